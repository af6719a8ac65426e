import { stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../errors.js';
import { readNpz, writeNpz } from '../profiles/npz.js';
import type { NamedArrays, NdArray } from '../types.js';

const FILE = 'checkpoint.npz';

/** Names of what the continuation of a run depends on: typed arrays and numbers of its state. */
export interface CheckpointLayout {
  readonly arrays: readonly string[];
  readonly numbers: readonly string[];
}

/** Of the state of a Trainer. */
export const TRAINER_LAYOUT: CheckpointLayout = {
  arrays: ['parameters', 'first', 'second', 'multipliers', 'gains', 'counted', 'kept', 'best'],
  numbers: ['iteration', 'bestIteration', 'bestWithin', 'bestScore', 'stale'],
};

/** State of a training run by those names. */
type State = Record<string, number | Float32Array | Float64Array>;

/** Writes everything that the continuation of a run depends on, and how long its log is. */
export async function saveCheckpoint(
  folder: string,
  layout: CheckpointLayout,
  from: object,
  logBytes: number,
): Promise<void> {
  const state = from as State;
  const numbers = Float64Array.of(...layout.numbers.map((name) => state[name] as number), logBytes);
  const arrays: Record<string, NdArray> = { numbers: { shape: [numbers.length], data: numbers } };
  for (const name of layout.arrays) {
    const data = state[name] as Float64Array;
    arrays[name] = { shape: [data.length], data: data.slice() };
  }
  await writeNpz(join(folder, FILE), arrays);
}

/** Fills `state` from a folder's checkpoint and cuts the log back to where it was. */
export async function loadCheckpoint(
  folder: string,
  layout: CheckpointLayout,
  into: object,
  log: string,
): Promise<void> {
  const state = into as State;
  const path = join(folder, FILE);
  let arrays: NamedArrays;
  try {
    arrays = await readNpz(path);
  } catch (error) {
    throw new InputError(`${path}: cannot be resumed from (${(error as Error).message})`);
  }
  const numbers = arrays.numbers?.data;
  if (!numbers || numbers.length !== layout.numbers.length + 1)
    throw new InputError(`${path}: is not a checkpoint of evenhand train`);
  for (const name of layout.arrays) {
    const found = arrays[name]?.data;
    const own = state[name] as Float64Array;
    if (!found || found.length !== own.length) {
      throw new InputError(
        `${path}: ${name} has ${found?.length ?? 0} elements, expected ${own.length}: the configuration is another one`,
      );
    }
    own.set(found as Float64Array);
  }
  layout.numbers.forEach((name, k) => (state[name] = Number(numbers[k])));
  const bytes = Number(numbers[layout.numbers.length]);
  const { size } = await stat(log).catch(() => ({ size: 0 }));
  if (size < bytes)
    throw new InputError(`${log}: holds ${size} bytes, expected at least the ${bytes} of the checkpoint`);
  await truncate(log, bytes);
}

/** Whether a folder has a checkpoint. */
export async function hasCheckpoint(folder: string): Promise<boolean> {
  return (await stat(join(folder, FILE)).catch(() => undefined)) !== undefined;
}
