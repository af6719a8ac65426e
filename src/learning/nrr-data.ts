import { badElement, InputError } from '../errors.js';
import { profileBatch, type ProfileBatch } from '../profiles/batch.js';
import { convertArray } from '../profiles/convert.js';
import { readArrays } from '../profiles/files.js';
import { inFile } from '../profiles/read.js';
import { materialize, sampleProfiles } from '../profiles/samplers.js';
import type { NamedArrays } from '../types.js';
import type { NrrTrainingConfig } from './nrr-config.js';
import { ASIDE, partOf } from './training-data.js';

/** Profiles, and whom the file gives their items to, [B,M]. */
export interface NrrProfiles {
  readonly batch: ProfileBatch;
  readonly owner?: Int32Array;
}

/** Profiles to train on and profiles held out: drawn, or those of a file, whose last ones are held out. */
export async function openNrrData(
  config: NrrTrainingConfig,
  seed: number,
): Promise<{ readonly set: NrrProfiles; readonly heldOut: NrrProfiles }> {
  if (config.file !== '') return fileData(config);
  const { agents, items } = config.network;
  const drawn = (from: number, count: number) => ({
    batch: materialize(sampleProfiles(config.sampler, { agents, items, count, seed: from })),
  });
  return {
    set: drawn(seed, config.samples),
    heldOut: drawn((seed + ASIDE) % Number.MAX_SAFE_INTEGER, config.heldOut),
  };
}

async function fileData({ file, network, heldOut }: NrrTrainingConfig) {
  const arrays = await readArrays(file);
  const batch = inFile(file, () => profileBatch(arrays, ['values', 'order']));
  const { agents, items } = network;
  if (batch.agents !== agents || batch.items !== items) {
    throw new InputError(
      `${file}: holds ${batch.agents} agents and ${batch.items} items, config has ${agents} and ${items}`,
    );
  }
  const owner = inFile(file, () => ownersIn(arrays, batch));
  const count = batch.count - heldOut;
  if (count < 1) {
    throw new InputError(`${file}: holds ${batch.count} profiles, expected more than the ${heldOut} held out`);
  }
  const part = (from: number, to: number): NrrProfiles => ({
    batch: partOf(batch, from, to),
    ...(owner ? { owner: owner.subarray(from * items, to * items) } : {}),
  });
  return { set: part(0, count), heldOut: part(count, batch.count) };
}

/** The array `owner` [B,M] of a file, if it has one; every item needs an owner. */
function ownersIn(arrays: NamedArrays, { count, agents, items }: ProfileBatch): Int32Array | undefined {
  const array = arrays.owner;
  if (!array) return undefined;
  if (array.data.length !== count * items || array.shape.at(-1) !== items) {
    throw new InputError(`owner has shape [${array.shape.join(',')}], expected [${count},${items}]`, {
      array: 'owner',
    });
  }
  const owner = convertArray('owner', array, 'int32') as Int32Array;
  owner.forEach((i, k) => {
    if (i >= 0 && i < agents) return;
    throw badElement('owner', [Math.floor(k / items), k % items], i, `an agent from 0 to ${agents - 1}`);
  });
  return owner;
}
