import { InputError, badElement } from '../errors.js';
import type { NamedArrays, NdArray } from '../types.js';

const WORD = 64;
/** Most units of a good that `bundle_units` can hold. */
const MAX_UNITS = 0xffff;
/** Elements that a problem may need; far beyond what fits in memory. */
const MAX_ELEMENTS = 2 ** 31;

/** True when `arrays` hold lists of bundles, which .json files spell as `bundles`. */
export function hasBundles(arrays: NamedArrays): boolean {
  return arrays['bundle_start'] !== undefined;
}

/**
 * Encodes `bundles`, for each agent a list of lists of goods, as `bundle_start` int64 [n+1] and `bundle_mask` uint64
 * ([T] for at most 64 goods, else [T, ceil(G/64)]); when some bundle names a good more than once, as `bundle_units`
 * uint16 [T, G] instead of the mask. `arrays` must hold `capacities` [G]. Throws InputError naming the index of
 * anything that is not a good.
 */
export function encodeBundles(bundles: unknown, arrays: NamedArrays): NamedArrays {
  for (const name of ['bundle_start', 'bundle_mask', 'bundle_units']) {
    if (arrays[name]) throw new InputError(`holds both bundles and ${name}, expected one of them`);
  }
  const goods = countGoods(arrays);
  const { starts, rows, repeated } = checkedRows(bundles, goods);
  const bundle_start: NdArray = { shape: [starts.length], data: BigInt64Array.from(starts, BigInt) };
  const words = Math.max(1, Math.ceil(goods / WORD));
  if (rows.length * (repeated ? goods : words) > MAX_ELEMENTS) {
    throw new InputError(`bundles has ${rows.length} bundles of ${goods} goods, more than can be held in memory`);
  }
  if (repeated) {
    const units = new Uint16Array(rows.length * goods);
    rows.forEach((row, t) => {
      for (const good of row) units[t * goods + good]!++;
    });
    return { bundle_start, bundle_units: { shape: [rows.length, goods], data: units } };
  }
  const mask = new BigUint64Array(rows.length * words);
  rows.forEach((row, t) => {
    for (const good of row) mask[t * words + Math.floor(good / WORD)]! |= 1n << BigInt(good % WORD);
  });
  return { bundle_start, bundle_mask: { shape: words === 1 ? [rows.length] : [rows.length, words], data: mask } };
}

function countGoods(arrays: NamedArrays): number {
  const capacities = arrays['capacities'];
  if (!capacities) throw new InputError('holds bundles but no capacities', { array: 'capacities' });
  if (capacities.shape.length !== 1) {
    throw badElement('capacities', [], `an array of ${capacities.shape.length} dimensions`, 'one number for each good');
  }
  return capacities.shape[0]!;
}

/** Flattens the lists of all agents, checking every good. */
function checkedRows(
  bundles: unknown,
  goods: number,
): { starts: number[]; rows: readonly (readonly number[])[]; repeated: boolean } {
  const starts = [0];
  const rows: (readonly number[])[] = [];
  let repeated = false;
  list(bundles, [], 'a list for each agent').forEach((agent, i) => {
    list(agent, [i], 'a list of bundles').forEach((bundle, j) => {
      const row = list(bundle, [i, j], 'a list of goods') as number[];
      row.forEach((good: unknown, k) => {
        if (!(typeof good === 'number' && Number.isInteger(good) && good >= 0 && good < goods)) {
          throw badElement('bundles', [i, j, k], JSON.stringify(good), `a good 0..${goods - 1}`);
        }
      });
      if (new Set(row).size < row.length) repeated = true;
      if (row.length > MAX_UNITS) throw badElement('bundles', [i, j], `${row.length} goods`, `at most ${MAX_UNITS}`);
      rows.push(row);
    });
    starts.push(rows.length);
  });
  return { starts, rows, repeated };
}

function list(value: unknown, index: readonly number[], expected: string): unknown[] {
  if (!Array.isArray(value)) throw badElement('bundles', index, JSON.stringify(value), expected);
  return value;
}

/**
 * The lists of bundles of each agent, from `capacities`, `bundle_start` and `bundle_mask` or `bundle_units`; goods in
 * ascending order, repeated as often as a bundle has units of them. Throws InputError when the arrays disagree.
 */
export function* bundlesOf(arrays: NamedArrays): Generator<number[][]> {
  const goods = countGoods(arrays);
  const starts = Array.from(arrays['bundle_start']!.data as ArrayLike<number | bigint>, Number);
  const { bundle_mask: mask, bundle_units: units } = arrays;
  const table = mask ?? units;
  if (!table || (mask && units)) throw new InputError('bundle_start needs bundle_mask or bundle_units, one of them');
  const width = mask ? Math.max(1, Math.ceil(goods / WORD)) : goods;
  const rows = table.shape[0] ?? 0;
  if (table.data.length !== rows * width) {
    const name = mask ? 'bundle_mask' : 'bundle_units';
    throw new InputError(`${name} has ${table.data.length} elements, expected ${width} for each of ${rows} bundles`);
  }
  for (let i = 0; i + 1 < starts.length; i++) {
    const [start, end] = [starts[i]!, starts[i + 1]!];
    if (!(start >= 0 && start <= end && end <= rows)) {
      throw badElement('bundle_start', [i + 1], end, `an integer ${Math.max(0, start)}..${rows}`);
    }
    const agent: number[][] = [];
    for (let t = start; t < end; t++) {
      agent.push(mask ? goodsOfMask(mask, t, width, goods) : goodsOfUnits(table, t, goods));
    }
    yield agent;
  }
}

function goodsOfMask(mask: NdArray, t: number, words: number, goods: number): number[] {
  const row: number[] = [];
  for (let w = 0; w < words; w++) {
    const word = BigInt.asUintN(WORD, BigInt(mask.data[t * words + w]!));
    for (let bits = word, g = w * WORD; bits > 0n; bits >>= 1n, g++) {
      if ((bits & 1n) === 0n) continue;
      if (g >= goods) throw badElement('bundle_mask', words === 1 ? [t] : [t, w], word, `goods 0..${goods - 1} only`);
      row.push(g);
    }
  }
  return row;
}

function goodsOfUnits(units: NdArray, t: number, goods: number): number[] {
  const row: number[] = [];
  for (let g = 0; g < goods; g++) {
    for (let n = Number(units.data[t * goods + g]!); n > 0; n--) row.push(g);
  }
  return row;
}
