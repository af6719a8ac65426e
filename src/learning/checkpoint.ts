import { readFile, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../errors.js';
import { readNpz, writeNpz } from '../profiles/npz.js';
import type { NamedArrays, NdArray } from '../types.js';
import type { TrainingState } from './trainer.js';

const FILE = 'checkpoint.npz';
const ARRAYS = ['parameters', 'first', 'second', 'multipliers', 'gains', 'counted', 'kept', 'best'] as const;
const NUMBERS = ['iteration', 'bestIteration', 'bestWithin', 'bestScore', 'stale'] as const;

/** Writes everything that the continuation of a run depends on, and how long its log is. */
export async function saveCheckpoint(folder: string, state: TrainingState, logBytes: number): Promise<void> {
  const numbers = Float64Array.of(...NUMBERS.map((name) => state[name]), logBytes);
  const arrays: Record<string, NdArray> = { numbers: { shape: [numbers.length], data: numbers } };
  for (const name of ARRAYS) arrays[name] = { shape: [state[name].length], data: state[name].slice() };
  await writeNpz(join(folder, FILE), arrays);
}

/** Fills `state` from a folder's checkpoint and cuts the log back to where it was. */
export async function loadCheckpoint(folder: string, state: TrainingState, log: string): Promise<void> {
  const path = join(folder, FILE);
  let arrays: NamedArrays;
  try {
    arrays = await readNpz(path);
  } catch (error) {
    throw new InputError(`${path}: cannot be resumed from (${(error as Error).message})`);
  }
  const numbers = arrays.numbers?.data;
  if (!numbers || numbers.length !== NUMBERS.length + 1)
    throw new InputError(`${path}: is not a checkpoint of evenhand train`);
  for (const name of ARRAYS) {
    const found = arrays[name]?.data;
    if (!found || found.length !== state[name].length) {
      throw new InputError(
        `${path}: ${name} has ${found?.length ?? 0} elements, expected ${state[name].length}: the configuration is another one`,
      );
    }
    state[name].set(found as Float32Array);
  }
  NUMBERS.forEach((name, k) => (state[name] = Number(numbers[k])));
  const bytes = Number(numbers[NUMBERS.length]);
  const { size } = await stat(log).catch(() => ({ size: 0 }));
  if (size < bytes)
    throw new InputError(`${log}: holds ${size} bytes, expected at least the ${bytes} of the checkpoint`);
  await truncate(log, bytes);
}

/** Whether a folder has a checkpoint. */
export async function hasCheckpoint(folder: string): Promise<boolean> {
  return (await readFile(join(folder, FILE)).catch(() => undefined)) !== undefined;
}
