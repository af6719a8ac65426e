import { leximin, utilitarian, welfarist } from '../../mechanisms/factories.js';
import type { Mechanism } from '../../mechanisms/mechanism.js';
import { profileBatch, type ProfileBatch } from '../../profiles/batch.js';
import { Stream } from '../../random.js';
import type { Instance } from './inputs.js';

/** Rules that section 5 compares, and leximin. */
export const RULES: readonly (readonly [name: string, rule: Mechanism])[] = [
  ['utilitarian', utilitarian()],
  ['γ = 0.5', welfarist({ gamma: 0.5 })],
  ['γ = 0.1', welfarist({ gamma: 0.1 })],
  ['Nash', welfarist({ gamma: 0 })],
  ['γ = −1', welfarist({ gamma: -1 })],
  ['leximin', leximin()],
];

/** Which items a constrained agent wants in equal amounts: those that it values, or all. */
export type Reading = 'valued' | 'all';

/** Caps B_i = T U(0, 1) of a seed. */
export function capsOf({ agents, largestCap }: Instance, seed: number): Float64Array {
  const stream = new Stream(seed, 0x636170);
  return Float64Array.from({ length: agents }, () => largestCap * stream.unit());
}

/** Sets of agents that are constrained at once. */
export function pairsOf(agents: number): number[][] {
  return Array.from({ length: agents }, (_, i) => i).flatMap((i) =>
    Array.from({ length: agents - i - 1 }, (_, d) => [i, i + d + 1]),
  );
}

/** One profile for each set of constrained agents. */
export function profiles(
  { agents, items, values }: Instance,
  caps: Float64Array,
  sets: readonly (readonly number[])[],
  reading: Reading = 'valued',
): ProfileBatch {
  const each = agents * items;
  const groups = new Int32Array(sets.length * each).fill(-1);
  const wanted = (i: number, j: number) => reading === 'all' || values[i * items + j]! > 0;
  sets.forEach((set, k) => {
    for (const i of set) for (let j = 0; j < items; j++) if (wanted(i, j)) groups[k * each + i * items + j] = j;
  });
  // Every item is a group of its own; equal shares among those that an agent wants.
  const proportions = Float64Array.from({ length: each }, (_, k) => {
    const i = Math.floor(k / items);
    let n = 0;
    for (let j = 0; j < items; j++) if (wanted(i, j)) n++;
    return wanted(i, k % items) ? 1 / n : 0;
  });
  return profileBatch({
    values: { shape: [agents, items], data: values },
    caps: { shape: [agents], data: caps },
    groups: { shape: [sets.length, agents, items], data: groups },
    proportions: { shape: [agents, items], data: proportions },
  });
}
