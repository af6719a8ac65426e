import { InputError } from '../errors.js';
import { listsInOrder } from '../mechanisms/ocam/batch.js';
import { holdOut } from '../mechanisms/ocam/pricing.js';
import type { OrdinalBatch } from '../profiles/ordinal.js';
import { Kernels } from '../wasm/kernels.js';

export interface HoldOutOptions {
  /** Agents that are the sample, the first ones of the problem; default all of them. */
  readonly sample?: number;
  /** Places that the sample stands for, as a share of the problem's; default the share of its agents that the sample is. */
  readonly share?: number;
  /** Budgets are uniform on [1 − epsilonBudget, 1]; default 0.2. */
  readonly epsilonBudget?: number;
  /** Seed of the splits; default 0. */
  readonly seed?: number;
}

/**
 * How far a market opened with this sample is likely to miss capacity at the end, as a share of the capacity of its worst good, before anything is handed out: prices of one
 * half of the sample are tried on the other half, in four random splits, and half of the mean of the largest misses is returned. At most 0.9.
 */
export function holdOutError(
  problem: OrdinalBatch,
  { sample, share, epsilonBudget = 0.2, seed = 0 }: HoldOutOptions = {},
): number {
  const agents = problem.bundleStart.length - 1;
  const size = sample ?? agents;
  if (!(Number.isInteger(size) && size >= 2 && size <= agents)) {
    throw new InputError(`sample is ${size}, expected an integer from 2 to ${agents}`);
  }
  if (!(epsilonBudget >= 1e-6 && epsilonBudget <= 1)) {
    throw new InputError(`epsilonBudget is ${epsilonBudget}, expected a number from 0.000001 to 1`);
  }
  const part = share ?? size / agents;
  if (!(part > 0 && part <= 1)) throw new InputError(`share is ${part}, expected a number above 0, at most 1`);
  const kernels = new Kernels();
  const lists = listsInOrder(
    kernels,
    problem,
    Int32Array.from({ length: size }, (_, i) => i),
  );
  const capacities = Float64Array.from(problem.capacities, (c) => c * part);
  return holdOut(kernels, lists, 0, size, capacities, { epsilon: epsilonBudget, seed });
}
