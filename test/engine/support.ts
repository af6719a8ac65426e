import {
  MECHANISMS,
  materialize,
  profileBatch,
  sampleProfiles,
  type AllocationResult,
  type ProfileBatch,
} from 'evenhand';
import { expect } from 'vitest';
import type { NamedArrays, NumericArray } from '../../src/types.js';

/** Ids of the mechanisms that take a batch of profiles; new ones are covered without a change here. */
export const CARDINAL = MECHANISMS.filter(({ kind }) => kind === 'cardinal').map(({ id }) => id);

export function bytesOf(data: NumericArray): Buffer {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

/** The typed arrays among a result's fields, by name. */
export function arraysOf(result: AllocationResult): Record<string, NumericArray> {
  return Object.fromEntries(Object.entries(result).filter(([, value]) => ArrayBuffer.isView(value)));
}

/** Every output array is there in both, and has the same bytes. */
export function expectSameBits(result: AllocationResult, expected: AllocationResult): void {
  const [found, wanted] = [arraysOf(result), arraysOf(expected)];
  expect(Object.keys(found)).toEqual(Object.keys(wanted));
  for (const [name, data] of Object.entries(wanted)) {
    expect(`${name} ${bytesOf(found[name]!).equals(bytesOf(data))}`).toBe(`${name} true`);
  }
}

/** The elements of profile `k` of every output array. */
export function profileOf(result: AllocationResult, k: number): Record<string, number[]> {
  return Object.fromEntries(
    Object.entries(arraysOf(result)).map(([name, data]) => {
      const each = data.length / result.count;
      return [name, Array.from(data.subarray(k * each, (k + 1) * each), Number)];
    }),
  );
}

export interface Profile {
  readonly values: readonly number[];
  readonly demands: readonly number[];
  readonly budgets: readonly number[];
  readonly weights: readonly number[];
}

/** A batch of `profiles`, each with arrays of its own. */
export function stack(agents: number, items: number, profiles: readonly Profile[]): ProfileBatch {
  return profileBatch(stacked(agents, items, profiles));
}

export function stacked(agents: number, items: number, profiles: readonly Profile[]): NamedArrays {
  const count = profiles.length;
  const of = (name: keyof Profile, shape: number[]) => ({
    shape: [count, ...shape],
    data: Float64Array.from(profiles.flatMap((profile) => [...profile[name]])),
  });
  return {
    values: of('values', [agents, items]),
    demands: of('demands', [agents, items]),
    budgets: of('budgets', [items]),
    weights: of('weights', [agents]),
  };
}

/** Random profiles one by one. */
export function drawn(agents: number, items: number, count: number, seed: number): Profile[] {
  const { arrays } = materialize(sampleProfiles('uniform', { agents, items, count, budget: 1, seed }));
  const entries = agents * items;
  return Array.from({ length: count }, (_, k) => ({
    values: [...(arrays.values!.data as Float64Array).slice(k * entries, (k + 1) * entries)],
    demands: [...(arrays.demands!.data as Float64Array).slice(k * entries, (k + 1) * entries)],
    budgets: new Array<number>(items).fill(1),
    weights: Array.from({ length: agents }, (__, i) => 1 + (i % 2)),
  }));
}
