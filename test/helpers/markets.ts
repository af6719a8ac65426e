import type { OrdinalProblem } from '../../src/mechanisms/mechanism.js';

/** A market over at most 30 goods from agents' lists of bit masks (bit g: good g), best first. */
export function marketOf(capacities: readonly number[], lists: readonly (readonly number[])[]): OrdinalProblem {
  const bundleStart = new Int32Array(lists.length + 1);
  lists.forEach((list, i) => (bundleStart[i + 1] = bundleStart[i]! + list.length));
  const whole = capacities.every(Number.isInteger);
  return {
    capacities: whole ? Int32Array.from(capacities) : Float64Array.from(capacities),
    bundleStart,
    bundleMask: BigUint64Array.from(lists.flat(), BigInt),
  };
}

/** The same list `count` times. */
export function copies<T>(count: number, list: readonly T[]): T[][] {
  return Array.from({ length: count }, () => [...list]);
}

/** Row t's goods and units, by plain loops. */
export function unitsOf({ capacities, bundleMask, bundleUnits }: OrdinalProblem, t: number): number[] {
  const goods = capacities.length;
  const words = Math.ceil(goods / 64);
  return Array.from({ length: goods }, (_, g) =>
    bundleUnits
      ? bundleUnits[t * goods + g]!
      : Number((bundleMask![t * words + Math.floor(g / 64)]! >> BigInt(g % 64)) & 1n),
  );
}
