import type { Kernels } from '../../wasm/kernels.js';
import type { OrdinalProblem } from '../mechanism.js';

/** The different bundles of a problem in the kernels' memory, and what is in them. */
export interface Bundles {
  /** Number of different bundles. */
  readonly count: number;
  /** Address, i32[T]: number of each row among the different bundles. */
  readonly ids: number;
  /** Entries of bundle b are `start[b]` … `start[b + 1] − 1` of `good` and `units`; goods ascending. */
  readonly start: Int32Array;
  readonly good: Int32Array;
  readonly units: Float64Array;
}

/** Smallest power of two that holds twice `entries`, a size for hash tables. */
export function tableSize(entries: number): number {
  let size = 16;
  while (size < 2 * entries) size *= 2;
  return size;
}

/** Merges equal rows. What it takes of the arena stays taken: `ids` is there. */
export function mergeBundles({ arena, call }: Kernels, problem: OrdinalProblem): Bundles {
  const { capacities, bundleMask, bundleUnits } = problem;
  const goods = capacities.length;
  const words = Math.ceil(goods / 64);
  const rows = problem.bundleStart[problem.bundleStart.length - 1]!;
  const ids = arena.take(4 * rows);
  const mark = arena.mark();
  const size = tableSize(rows);
  const table = arena.take(4 * size);
  const representative = arena.take(4 * rows);
  const width = bundleMask ? 8 * words : 2 * goods;
  const data = arena.take(rows * width);
  if (bundleMask) arena.u64(data, rows * words).set(bundleMask);
  else arena.u16(data, rows * goods).set(bundleUnits!);
  const count = call.mergeRows(rows, width, data, ids, representative, table, size);
  const start = new Int32Array(count + 1);
  const good: number[] = [];
  const units: number[] = [];
  const row = arena.i32(representative, count);
  for (let b = 0; b < count; b++) {
    for (const [g, amount] of contents(problem, row[b]!)) {
      good.push(g);
      units.push(amount);
    }
    start[b + 1] = good.length;
  }
  arena.release(mark);
  return { count, ids, start, good: Int32Array.from(good), units: Float64Array.from(units) };
}

/** Goods of a row, ascending, and how many units of each. */
export function* contents(problem: OrdinalProblem, row: number): Generator<readonly [good: number, units: number]> {
  const goods = problem.capacities.length;
  const { bundleMask, bundleUnits } = problem;
  if (bundleUnits) {
    for (let g = 0; g < goods; g++) {
      const amount = bundleUnits[row * goods + g]!;
      if (amount > 0) yield [g, amount];
    }
    return;
  }
  const words = Math.ceil(goods / 64);
  for (let w = 0; w < words; w++) {
    const word = bundleMask![row * words + w]!;
    // Halves as numbers: big integers would cost more than all the rest.
    for (const [half, shift] of [
      [Number(word & 0xffffffffn), 0],
      [Number(word >> 32n), 32],
    ] as const) {
      for (let bits = half; bits !== 0; bits = (bits & (bits - 1)) >>> 0) {
        yield [64 * w + shift + 31 - Math.clz32(bits & -bits), 1];
      }
    }
  }
}
