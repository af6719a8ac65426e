import { InputError } from '../errors.js';
import { ignoredArrays, type ProfileBatch } from '../profiles/batch.js';
import type { NamedArrays } from '../types.js';
import { note } from './output.js';

/** Refuses a batch of no profiles: a file of nothing is a mistake, whatever the library makes of it. */
export function someProfiles(batch: ProfileBatch): ProfileBatch {
  if (batch.count === 0) throw new InputError('values has 0 profiles, expected at least one', { array: 'values' });
  return batch;
}

/** Names on stderr, in a note, every array of the file that `reader` has no use for. */
export function sayIgnored(reader: string, arrays: NamedArrays, reads: readonly string[]): void {
  for (const name of ignoredArrays(arrays, reads)) note(`${reader} ignores ${name}`);
}
