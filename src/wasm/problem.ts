import type { Kernels } from './kernels.js';
import type { Placed } from './placed.js';

const INPUTS = ['values', 'demands', 'budgets', 'weights', 'regularizer'];
/** What proportional fairness writes, in the order in which its kernels take the addresses. */
export const SOLUTION_ARRAYS = [
  'allocation',
  'utilities',
  'prices',
  'lower_duals',
  'upper_duals',
  'unique',
  'iterations',
  'status',
  'residual',
];

/** Writes addresses for kernels that take them as a block, and returns where it stands. */
export function placeAddresses({ arena, call }: Kernels, addresses: readonly number[]): number {
  const at = arena.take(4 * addresses.length);
  new Uint32Array(call.memory.buffer, at, addresses.length).set(addresses);
  return at;
}

/** Describes a chunk's profiles and room for their proportional fairness, as class Problem of assembly/ipm/problem.ts reads it. */
export function placeProblem(kernels: Kernels, input: Placed, solution: Placed): number {
  return placeAddresses(kernels, [
    input.agents,
    input.items,
    ...INPUTS.flatMap((name) => [input.address(name), 8 * input.stride(name)]),
    ...SOLUTION_ARRAYS.map((name) => solution.address(name)),
  ]);
}
