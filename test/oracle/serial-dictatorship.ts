/** `lists[i]`: agent i's bundles, best first, each a map from good to units. */
export type Lists = readonly (readonly ReadonlyMap<number, number>[])[];

/** Serial dictatorship with plain counters. */
export function serialDictatorshipOracle(
  capacities: readonly number[],
  lists: Lists,
  order: readonly number[] = lists.map((_, i) => i),
): { assignment: number[]; remaining: number[] } {
  const remaining = [...capacities];
  const assignment = lists.map(() => -1);
  for (const agent of order) {
    const chosen = lists[agent]!.findIndex((bundle) => [...bundle].every(([good, units]) => units <= remaining[good]!));
    assignment[agent] = chosen;
    if (chosen >= 0) for (const [good, units] of lists[agent]![chosen]!) remaining[good]! -= units;
  }
  return { assignment, remaining };
}

const MASK = (1n << 64n) - 1n;
const GAMMA = 0x9e3779b97f4a7c15n;

/** SplitMix64 with big integers: the generator's output for a state that has been advanced already. */
export function splitMix(state: bigint): bigint {
  let z = state & MASK;
  z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK;
  z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK;
  return z ^ (z >> 31n);
}

export function hashOracle(seed: bigint, stream: bigint, counter: bigint): bigint {
  const key = splitMix(splitMix(seed + GAMMA) + stream * GAMMA);
  return splitMix(key + (counter + 1n) * GAMMA);
}

/** Fisher-Yates from the back with exact arithmetic on the top 53 bits. */
export function orderOracle(agents: number, seed: bigint): number[] {
  const order = Array.from({ length: agents }, (_, i) => i);
  for (let i = agents - 1; i > 0; i--) {
    const bits = hashOracle(seed, 0n, BigInt(agents - 1 - i)) >> 11n;
    const j = Number((bits * BigInt(i + 1)) >> 53n);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
