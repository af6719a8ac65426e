import { Status } from '../types.js';
import type { Kernels } from '../wasm/kernels.js';
import type { Placed } from '../wasm/placed.js';
import { placeAddresses } from '../wasm/problem.js';
import type { OptionSpec, OptionValues } from './mechanism.js';
import { proportionalFairness, solveFair } from './proportional-fairness.js';

/** What the gradient takes beside the mechanism's own options. */
export const GRADIENT_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'degenerate',
    type: 'choice',
    default: 'least-norm',
    choices: ['least-norm', 'one-sided', 'error'],
    about:
      'where no derivative exists: the least-norm value with status 7, right-hand derivatives of the real map, or status 5',
  },
  {
    name: 'method',
    type: 'choice',
    default: 'structured',
    choices: ['structured', 'dense'],
    about: 'the reduced system, or the whole KKT matrix by a complete orthogonal decomposition',
  },
];

const DERIVATIVES = ['d_values', 'd_demands', 'd_weights', 'd_regularizer', 'd_budgets'];

/**
 * Derivatives of a loss l(a) through proportional fairness, from `cotangent` = dl/da: `d_values`, `d_demands`, `d_weights`,
 * `d_regularizer`, `d_budgets` (Zeng et al. 2023, section 3, with the corrections of docs/papers/s0.md).
 *
 * `rank_deficiency` is that of the reduced system, `weakly_active` counts constraints whose slack and dual both vanish (1e-9 in units of
 * supply and price). Where either is positive no derivative exists, and the option `degenerate` says what is returned. `residual` is that
 * of the linear system, relative to the largest cotangent. A derivative in a demand of 0 is the right-hand one; where a demand
 * exceeds the supply, or none is given, it cannot bind and its derivative is 0. Agents that get nothing have derivatives 0.
 */
export const proportionalFairnessGradient = {
  reads: [...proportionalFairness.reads, 'cotangent'],
  outputs: [...DERIVATIVES, 'rank_deficiency', 'weakly_active'],
  run(kernels: Kernels, input: Placed, output: Placed, options: OptionValues): void {
    const { call, arena } = kernels;
    const { count, agents, items } = input;
    const mark = arena.mark();
    try {
      const { solution, problem } = solveFair(kernels, input, options);
      const chunk = placeAddresses(kernels, [
        input.address('cotangent'),
        8 * input.stride('cotangent'),
        ...DERIVATIVES.map((name) => output.address(name)),
        ...['rank_deficiency', 'weakly_active', 'residual'].map((name) => output.address(name)),
      ]);
      const scratch = arena.take(call.gradientScratch(agents, items));
      const all = options.method === 'dense';
      const pending = call.gradientForest(count, problem, chunk, scratch);
      if (pending > 0 || all) {
        const dense = arena.take(call.gradientDenseScratch(agents, items));
        call.gradientGeneral(count, problem, chunk, all ? 1 : 0, scratch, dense);
      }
      if (options.degenerate === 'one-sided') {
        const work = arena.take(call.gradientOneSidedScratch(agents, items));
        const solver = arena.take(call.proportionalFairnessScratch(agents, items));
        call.gradientOneSided(count, problem, chunk, Number(options.tolerance), scratch, work, solver);
      }
      const status = arena.i32(solution.address('status'), count);
      if (options.degenerate === 'error') {
        status.forEach((s, k) => (status[k] = s === Status.noDerivative ? Status.numericalError : s));
      }
      arena.i32(output.address('status'), count).set(status);
    } finally {
      arena.release(mark);
    }
  },
};
