import { InputError, badElement } from '../errors.js';
import type { ProfileBatch } from '../profiles/batch.js';
import { indexOf } from '../profiles/convert.js';
import { AVERSION } from '../profiles/schema.js';
import type { SampledBatch } from '../profiles/samplers.js';
import type { Placed } from '../wasm/placed.js';
import { placeAddresses } from '../wasm/problem.js';
import type { CardinalDefinition } from './mechanism.js';

/** The codes of assembly/fehr-schmidt.ts. */
const SOLVERS = { auto: 0, simplex: 1, ipm: 2 } as const;

/** Refuses supplies other than 1: `shares` bound what one agent gets of an item, in place of demands. */
export function oneOfEach(batch: ProfileBatch | SampledBatch, rule: string): void {
  const expected = `1: ${rule} divides one unit of each item (shares bound what one agent gets of it)`;
  if (batch.kind === 'sampled') {
    if (batch.budget !== 1) throw new InputError(`the supply of every item is ${batch.budget}, expected ${expected}`);
    return;
  }
  const budgets = batch.arrays.budgets;
  if (!budgets) return;
  const { items } = batch;
  const shape = budgets.data.length === items ? [items] : [budgets.data.length / items, items];
  for (const [k, x] of budgets.data.entries()) {
    if (Number(x) === 1 || batch.bad?.[Math.floor(k / items)] === 1) continue;
    throw badElement('budgets', indexOf(shape, k), x, expected);
  }
}

/**
 * A chunk's profiles and room for results, in the order in which class Problem of assembly/fehr-schmidt/problem.ts reads them. No rule reads `weights`
 * of the utilities: one makes its own in the kernel, the other has none.
 */
export function aversionProblem(input: Placed, output: Placed): number[] {
  const operands = ['values', 'alpha', 'beta', 'shares', 'weights'];
  const results = ['allocation', 'utilities', 'objective', 'dual', 'dual_bound', 'pivots', 'status', 'residual'];
  return [
    input.agents,
    input.items,
    ...operands.flatMap((name) => [input.address(name), 8 * input.stride(name)]),
    ...results.map((name) => output.address(name)),
  ];
}

/**
 * Maximises Σ u_i − 1/(n−1) Σ_i Σ_k [α_i (u_k − u_i)^+ + β_i (u_i − u_k)^+] over divisible items, of which there is one each and an agent gets
 * at most its share b_j.
 *
 * `dual` holds prices of the agents' utilities: every allocation's objective is at most Σ_j max Σ_i y_i a_ij x_ij, which is `dual_bound`.
 */
export const fehrSchmidt: CardinalDefinition = {
  kind: 'cardinal',
  id: 'fehr-schmidt',
  name: 'Fehr-Schmidt',
  citation:
    'Shirali et al., Participatory Objective Design via Preference Elicitation, 2024, Eq. 9 to 11; Fehr, Schmidt, A Theory of Fairness, Competition, and Cooperation, 1999',
  algorithm:
    'closed form for two agents, else a primal simplex over ordered groups of agents with equal utility; an interior point where its certificate fails',
  options: [
    {
      name: 'solver',
      type: 'choice',
      default: 'auto',
      choices: Object.keys(SOLVERS),
      about:
        'auto: closed form or simplex, interior point where the certificate fails; simplex: without closed form; ipm: the interior point, which ends near the centre of the optimal allocations',
    },
    {
      name: 'select',
      type: 'choice',
      default: 'vertex',
      choices: ['vertex', 'utilitarian'],
      about:
        'of several optima: the vertex where the simplex ends, or one with the largest sum of utilities (not by solver=ipm)',
    },
  ],
  reads: ['values', 'budgets', 'alpha', 'beta', 'shares'],
  outputs: ['allocation', 'utilities', 'objective', 'dual', 'dual_bound', 'pivots'],
  claims: ['feasibility'],
  ties: 'the vertex that the simplex ends at, which starts from every item with the lowest agent that values it most; select=utilitarian: a largest sum of utilities; solver=ipm: near the centre',
  admit: (batch) => oneOfEach(batch, 'fehr-schmidt'),
  run(kernels, input, output, options) {
    const { call, arena } = kernels;
    const { count, agents, items } = input;
    const mark = arena.mark();
    try {
      const problem = placeAddresses(kernels, aversionProblem(input, output));
      const scratch = arena.take(call.fehrSchmidtScratch(agents, items));
      const solver = SOLVERS[(options.solver ?? 'auto') as keyof typeof SOLVERS];
      call.fehrSchmidt(count, problem, AVERSION, AVERSION, solver, options.select === 'utilitarian' ? 1 : 0, scratch);
    } finally {
      arena.release(mark);
    }
  },
};
