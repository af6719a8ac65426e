import { InputError } from '../errors.js';
import { profileBatch, type BatchOptions, type ProfileBatch } from './batch.js';
import { readArrays, writeArrays } from './files.js';
import { sampleArrays, type SampledBatch } from './samplers.js';
import { INPUT_ARRAYS } from './schema.js';
import type { NamedArrays } from '../types.js';

/**
 * Reads profiles from a .npz, .json, .csv or .parquet file and checks them.
 *
 * @throws InputError, one sentence that begins with the path, for a file or a number that makes no sense.
 */
export async function readProfiles(path: string, options: BatchOptions = {}): Promise<ProfileBatch> {
  const arrays = await readArrays(path);
  return inFile(path, () => profileBatch(arrays, undefined, options));
}

/** Runs a check of what a file holds; an InputError that it throws is made to begin with the path. */
export function inFile<T>(path: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (error instanceof InputError) throw new InputError(`${path}: ${error.message}`, error.location);
    throw error;
  }
}

/** Writes profiles to a .npz, .json, .csv or .parquet file, by way of a temporary name. */
export async function writeProfiles(path: string, batch: ProfileBatch | SampledBatch): Promise<void> {
  if (batch.kind === 'sampled') return writeArrays(path, sampleArrays(batch));
  const { count, agents, items, rows = 0, groups = 0, pieces = 0 } = batch;
  const size = { profile: count, agent: agents, item: items, row: rows, group: groups, piece: pieces };
  const arrays: NamedArrays = Object.fromEntries(
    Object.entries(batch.arrays).map(([name, { data, stride }]) => {
      const axes = INPUT_ARRAYS[name]!.axes ?? INPUT_ARRAYS[name]!.dimensions!;
      return [name, { shape: (stride === 0 ? axes.slice(1) : axes).map((axis) => size[axis]), data }];
    }),
  );
  return writeArrays(path, arrays);
}
