import type { Kernels } from '../wasm/kernels.js';
import type { Placed } from '../wasm/placed.js';
import type { CardinalDefinition } from './mechanism.js';
import { solveFair, type Solved } from './proportional-fairness.js';

const TOLERANCE = 1e-11;

/** Solves proportional fairness into fresh room and withholds from it into `output`. */
export function withhold(kernels: Kernels, input: Placed, output: Placed): Solved {
  const { call, arena } = kernels;
  const { count, agents, items } = input;
  const { solution, problem } = solveFair(kernels, input, { tolerance: TOLERANCE });
  const scratch = arena.take(call.partialAllocationScratch(agents, items));
  call.partialAllocation(
    count,
    problem,
    TOLERANCE,
    output.address('allocation'),
    output.address('utilities'),
    output.address('fractions'),
    scratch,
  );
  arena.i32(output.address('status'), count).set(arena.i32(solution.address('status'), count));
  arena.f64(output.address('residual'), count).set(arena.f64(solution.address('residual'), count));
  return { solution, problem };
}

/**
 * Partial Allocation: every agent gets the fraction f_i of its proportionally fair bundle, f_i being what its presence leaves the others of
 * their welfare. Truthful in values (Cole, Gkatzelis, Goel 2013, Theorem 3.2), not in demands (docs/papers/s0.md).
 *
 * `residual` is that of the proportionally fair solution; an agent that gets nothing has fraction 1.
 */
export const partialAllocation: CardinalDefinition = {
  kind: 'cardinal',
  id: 'pa',
  name: 'Partial Allocation',
  citation:
    'Cole, Gkatzelis, Goel, Mechanism Design for Fair Division: Allocating Divisible Items without Payments, 2013, Mechanism 1',
  algorithm: 'proportional fairness, and once more without each agent that holds something scarce, two at a time',
  options: [],
  reads: ['values', 'demands', 'budgets', 'weights'],
  outputs: ['allocation', 'utilities', 'fractions'],
  claims: ['feasibility'],
  ties: 'as proportional fairness',
  run(kernels, input, output) {
    const mark = kernels.arena.mark();
    try {
      withhold(kernels, input, output);
    } finally {
      kernels.arena.release(mark);
    }
  },
};
