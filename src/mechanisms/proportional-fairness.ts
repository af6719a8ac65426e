import { placeRoom } from '../profiles/spots.js';
import type { Kernels } from '../wasm/kernels.js';
import type { Placed } from '../wasm/placed.js';
import { SOLUTION_ARRAYS, placeProblem } from '../wasm/problem.js';
import type { CardinalDefinition, OptionValues } from './mechanism.js';

/**
 * Proportional fairness (maximum Nash welfare of divisible items), optionally with a linear regularizer:
 *
 *     maximise  sum_i w_i log(v_i . a_i) - <z, a>    s.t.  0 <= a <= x,  sum_i a_im <= b_m
 *
 * Optimal iff w_i v_im / u_i - z_im - p_m + lower_im - upper_im = 0 with non-negative duals and complementary slackness.
 * Utilities are unique, allocations need not be: then the analytic centre of the optimal face is returned and `unique` is 0.
 * Invariant (without z) to the scale of each agent's values.
 */
export const proportionalFairness: CardinalDefinition = {
  kind: 'cardinal',
  id: 'pf',
  name: 'Proportional fairness',
  citation: 'Zeng et al., Near-Optimal Fair Resource Allocation for Strategic Agents without Money, 2023, Eq. 3 and 14',
  algorithm: 'interior point, two profiles in two SIMD lanes, ended by an exact solve of the active set',
  options: [
    {
      name: 'tolerance',
      type: 'number',
      default: 1e-11,
      range: [1e-15, 1e-3],
      about: 'duality gap, in units of the largest weight, at which to stop where the active set does not show',
    },
  ],
  reads: ['values', 'demands', 'budgets', 'weights', 'regularizer'],
  outputs: ['allocation', 'utilities', 'prices', 'lower_duals', 'upper_duals', 'unique', 'iterations'],
  claims: ['feasibility', 'pareto'],
  ties: 'the analytic centre of the optimal allocations',
  run({ call, arena }, input, output, options) {
    const { count, agents, items } = input;
    const mark = arena.mark();
    try {
      const scratch = arena.take(call.proportionalFairnessScratch(agents, items));
      call.proportionalFairness(
        count,
        agents,
        items,
        input.address('values'),
        input.stride('values'),
        input.address('demands'),
        input.stride('demands'),
        input.address('budgets'),
        input.stride('budgets'),
        input.address('weights'),
        input.stride('weights'),
        input.address('regularizer'),
        input.stride('regularizer'),
        options.tolerance as number,
        output.address('allocation'),
        output.address('utilities'),
        output.address('prices'),
        output.address('lower_duals'),
        output.address('upper_duals'),
        output.address('unique'),
        output.address('iterations'),
        output.address('status'),
        output.address('residual'),
        scratch,
      );
    } finally {
      arena.release(mark);
    }
  },
};

/** Proportional fairness of a chunk in room of its own, and where the solved problem is described. */
export interface Solved {
  readonly solution: Placed;
  /** Address, see placeProblem. */
  readonly problem: number;
}

/** Solves proportional fairness into fresh room. */
export function solveFair(kernels: Kernels, input: Placed, options: OptionValues): Solved {
  const solution = placeRoom(kernels, input, SOLUTION_ARRAYS);
  proportionalFairness.run(kernels, input, solution, options);
  return { solution, problem: placeProblem(kernels, input, solution) };
}
