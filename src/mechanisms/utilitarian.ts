import type { Kernels } from '../wasm/kernels.js';
import type { Placed } from '../wasm/placed.js';
import {
  EQUAL_ITEMS,
  WELFARE_OUTPUTS,
  WELFARE_READS,
  callConstrained,
  powerWelfare,
  checkEqualItems,
  isConstrained,
  writeRule,
} from './constrained.js';
import type { CardinalDefinition, OptionValues } from './mechanism.js';

/** The codes of assembly/utilitarian.ts. */
const VERTEX = 0;
const ENTROPY = 1;

/**
 * Maximises sum_i w_i V_i over divisible items, V_i = min(B_i, v_i.a_i). Without caps and constraints every item goes to the agents with the
 * largest w_i v_im, up to their effective demands.
 *
 * `prices` are the duals of the budgets, `dual_bound` the bound that they prove. Under `entropy` the utilities are unique:
 * the limit of the gamma-fair rule as gamma grows to 1; the allocation behind them need not be.
 */
export const utilitarian: CardinalDefinition = {
  kind: 'cardinal',
  id: 'utilitarian',
  name: 'Utilitarian',
  citation: 'Shen et al., Robust Allocations with Diversity Constraints, 2021',
  algorithm:
    'greedy by weighted value, item by item, ties split by a lexicographically optimal flow (Fujishige, 1980) or by index; ' +
    'under caps and constraints an interior point and the entropy on its optimal face, or the primal simplex',
  options: [
    {
      name: 'tolerance',
      type: 'number',
      default: 1e-11,
      range: [0, 1],
      about: 'largest relative duality gap or infeasibility that counts as solved',
    },
    {
      name: 'select',
      type: 'choice',
      default: 'entropy',
      choices: ['entropy', 'vertex'],
      about:
        'where optima tie: the utilities of greatest weighted entropy (the limit gamma -> 1), or a vertex (without constraints: lowest agent first)',
    },
    EQUAL_ITEMS,
  ],
  reads: WELFARE_READS,
  outputs: WELFARE_OUTPUTS,
  claims: ['feasibility'],
  ties: 'select=entropy: utilities of greatest weighted entropy; select=vertex: lowest agent first, under constraints the vertex that the pivots end at',
  check: checkEqualItems,
  run: runUtilitarian,
};

/** Solves a chunk: item by item where nothing but demands and supplies constrains, else as a linear programme or its face of greatest entropy. */
export function runUtilitarian(kernels: Kernels, input: Placed, output: Placed, options: OptionValues): void {
  const { call } = kernels;
  const tolerance = typeof options.tolerance === 'number' ? options.tolerance : 1e-11;
  if (!isConstrained(input, options)) greedy(kernels, input, output, options, tolerance);
  else if (options.select === 'vertex') {
    callConstrained(kernels, input, output, options, 'utilitarianVertexScratch', (problemAt, scratchAt) => {
      call.utilitarianVertex(input.count, problemAt, scratchAt);
    });
  } else {
    callConstrained(kernels, input, output, options, 'welfaristScratch', (problemAt, scratchAt) => {
      call.welfarist(input.count, problemAt, 0, 1, 1, 0, Math.max(tolerance, 1e-14), scratchAt);
    });
  }
  writeRule(kernels, output, powerWelfare(1), options);
}

function greedy(kernels: Kernels, input: Placed, output: Placed, options: OptionValues, tolerance: number): void {
  const { call, arena } = kernels;
  const { count, agents, items } = input;
  const operand = (name: string): [number, number] => {
    const address = input.address(name);
    return [address, address === 0 ? 0 : input.stride(name)];
  };
  const mark = arena.mark();
  try {
    const scratch = arena.take(call.utilitarianScratch(agents, items));
    call.utilitarian(
      count,
      agents,
      items,
      ...operand('values'),
      ...operand('demands'),
      ...operand('budgets'),
      ...operand('weights'),
      options.select === 'vertex' ? VERTEX : ENTROPY,
      tolerance,
      output.address('allocation'),
      output.address('utilities'),
      output.address('prices'),
      output.address('objective'),
      output.address('dual_bound'),
      output.address('status'),
      output.address('residual'),
      scratch,
    );
    // A further unit of an agent's utility is worth its weight.
    const weights = input.address('weights');
    const marginals = arena.f64(output.address('marginals'), count * agents).fill(1);
    if (weights === 0) return;
    const stride = input.stride('weights');
    for (let k = 0; k < count; k++) marginals.set(arena.f64(weights + 8 * k * stride, agents), k * agents);
  } finally {
    arena.release(mark);
  }
}
