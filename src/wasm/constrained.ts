import type { Kernels } from './kernels.js';
import type { Placed } from './placed.js';
import { placeAddresses } from './problem.js';

const REALS_BEFORE = [
  'values',
  'demands',
  'budgets',
  'weights',
  'caps',
  'piece_slopes',
  'piece_constants',
  'constraint_matrix',
  'constraint_lower',
  'constraint_upper',
];
const OUTPUTS = ['allocation', 'utilities', 'prices', 'marginals', 'objective', 'dual_bound', 'status', 'residual'];

/**
 * Describes a chunk's profiles with their constraints, as class Constrained of assembly/welfarist/problem.ts reads it. `equalAt` is the address of
 * one number an agent, 1 for those that want equal amounts, or 0.
 */
export function placeConstrained(kernels: Kernels, input: Placed, output: Placed, equalAt: number): number {
  const operand = (bytes: number) => (name: string) => [input.address(name), bytes * input.stride(name)];
  return placeAddresses(kernels, [
    input.agents,
    input.items,
    input.rows ?? 0,
    input.groups ?? 0,
    input.pieces ?? 0,
    ...REALS_BEFORE.flatMap(operand(8)),
    ...operand(4)('groups'),
    ...['proportions', 'proportion_eps'].flatMap(operand(8)),
    equalAt,
    ...OUTPUTS.map((name) => output.address(name)),
  ]);
}
