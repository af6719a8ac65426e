import type { CardinalDefinition } from './mechanism.js';

/** The codes of assembly/utilitarian.ts. */
const VERTEX = 0;
const ENTROPY = 1;

/**
 * Maximises sum_i w_i v_i.a_i over divisible items: every item goes to the agents with the largest w_i v_im, up to their
 * effective demands.
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
    'greedy by weighted value, item by item; ties split by a lexicographically optimal flow (Fujishige, 1980) or by index',
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
        'where weighted values tie: the utilities of greatest weighted entropy (the limit gamma -> 1), or lowest agent first',
    },
  ],
  reads: ['values', 'demands', 'budgets', 'weights'],
  outputs: ['allocation', 'utilities', 'prices', 'objective', 'dual_bound'],
  claims: ['feasibility'],
  ties: 'select=entropy: utilities of greatest weighted entropy; select=vertex: lowest agent first',
  run({ call, arena }, input, output, options) {
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
        typeof options.tolerance === 'number' ? options.tolerance : 1e-11,
        output.address('allocation'),
        output.address('utilities'),
        output.address('prices'),
        output.address('objective'),
        output.address('dual_bound'),
        output.address('status'),
        output.address('residual'),
        scratch,
      );
    } finally {
      arena.release(mark);
    }
  },
};
