/** Profiles per leaf of the summation tree. Fixed, so that sums do not depend on threads or chunks. */
export const BLOCK = 256;

/** Numbers of one block in an array: n, mean, sum of squared deviations, min, max, zeros (infinities), satisfied. */
export const FIELDS = 7;

/** A violation of at most this is rounding. */
export const SATISFIED = 1e-9;

export interface Moments {
  readonly n: number;
  readonly mean: number;
  /** Sum of squared deviations from the mean. */
  readonly m2: number;
  readonly min: number;
  readonly max: number;
  /** Profiles with an infinity: in min, max and quantiles, not in n, mean and m2. */
  readonly zeros: number;
  /** Profiles with at most SATISFIED. */
  readonly satisfied: number;
}

const EMPTY: Moments = { n: 0, mean: 0, m2: 0, min: Infinity, max: -Infinity, zeros: 0, satisfied: 0 };

/** Writes the moments of `values[from … to − 1]`, those with `use` not 1, or undecided (NaN), left out, at `out[at]`. */
export function measureBlock(
  values: Float64Array,
  use: Uint8Array,
  from: number,
  to: number,
  out: Float64Array,
  at: number,
): void {
  let n = 0;
  let sum = 0;
  let min = Infinity;
  let max = -Infinity;
  let zeros = 0;
  let satisfied = 0;
  for (let k = from; k < to; k++) {
    const x = values[k]!;
    if (use[k] !== 1 || Number.isNaN(x)) continue;
    if (x < min) min = x;
    if (x <= SATISFIED) satisfied += 1;
    if (x > max) max = x;
    if (x === -Infinity || x === Infinity) {
      zeros += 1;
      continue;
    }
    n += 1;
    sum += x;
  }
  const mean = n > 0 ? sum / n : 0;
  let m2 = 0;
  for (let k = from; k < to; k++) {
    if (use[k] !== 1 || !Number.isFinite(values[k])) continue;
    const d = values[k]! - mean;
    m2 += d * d;
  }
  out.set([n, mean, m2, min, max, zeros, satisfied], at);
}

function merge(a: Moments, b: Moments): Moments {
  const n = a.n + b.n;
  const shared = {
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
    zeros: a.zeros + b.zeros,
    satisfied: a.satisfied + b.satisfied,
  };
  if (a.n === 0) return { n, mean: b.mean, m2: b.m2, ...shared };
  if (b.n === 0) return { n, mean: a.mean, m2: a.m2, ...shared };
  const d = b.mean - a.mean;
  return { n, mean: a.mean + (d * b.n) / n, m2: a.m2 + b.m2 + (d * d * a.n * b.n) / n, ...shared };
}

/**
 * Merges blocks in profile order along a binary tree whose shape only their number decides (Chan, Golub, LeVeque 1983): the node of level l
 * that begins at block k covers blocks k … k + 2^l − 1, and k is a multiple of 2^l.
 */
export class MomentsTree {
  private readonly stack: { level: number; start: number; moments: Moments }[] = [];

  /** `next` is the index of the first block to come. */
  constructor(private next = 0) {}

  /** Adds the next block, or the next node of that level, from its numbers at `data[at]`. */
  push(data: Float64Array, at: number, level = 0): void {
    let moments: Moments = {
      n: data[at]!,
      mean: data[at + 1]!,
      m2: data[at + 2]!,
      min: data[at + 3]!,
      max: data[at + 4]!,
      zeros: data[at + 5]!,
      satisfied: data[at + 6]!,
    };
    let start = this.next;
    this.next += 2 ** level;
    for (
      let top = this.stack.at(-1);
      top?.level === level && (top.start / 2 ** level) % 2 === 0;
      top = this.stack.at(-1)
    ) {
      this.stack.pop();
      moments = merge(top.moments, moments);
      start = top.start;
      level += 1;
    }
    this.stack.push({ level, start, moments });
  }

  /** Adds the nodes of a tree over the blocks that come next. */
  append(nodes: Float64Array): void {
    for (let at = 0; at < nodes.length; at += FIELDS + 1) this.push(nodes, at + 1, nodes[at]!);
  }

  /** The nodes as numbers, level first: at most two a level. */
  nodes(): Float64Array {
    return Float64Array.from(
      this.stack.flatMap(({ level, moments: { n, mean, m2, min, max, zeros, satisfied } }) => [
        level,
        n,
        mean,
        m2,
        min,
        max,
        zeros,
        satisfied,
      ]),
    );
  }

  total(): Moments {
    return this.stack.reduceRight((sum, { moments }) => merge(moments, sum), EMPTY);
  }
}

/** Cuts numbers that come in pieces of any length into the blocks of a tree. */
export class BlockStream {
  private readonly values = new Float64Array(BLOCK);
  private readonly use = new Uint8Array(BLOCK);
  private readonly numbers = new Float64Array(FIELDS);
  private length = 0;

  constructor(private readonly tree: MomentsTree) {}

  /** Adds numbers; those that `used` says no to take their place in a block and no more. */
  add(values: Float64Array, used: (j: number) => boolean): void {
    values.forEach((x, j) => {
      this.values[this.length] = x;
      this.use[this.length] = used(j) ? 1 : 0;
      this.length += 1;
      if (this.length === BLOCK) this.end();
    });
  }

  /** Pushes the last block, which may be shorter. */
  end(): void {
    if (this.length === 0) return;
    measureBlock(this.values, this.use, 0, this.length, this.numbers, 0);
    this.tree.push(this.numbers, 0);
    this.length = 0;
  }
}

const SHIFT = 13; // keeps sign, exponent and 7 bits of mantissa of the upper half of a float64: 128 cells an octave
const word = new Uint32Array(2);
const float = new Float64Array(word.buffer);
const UPPER = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;

/** Cell of a number; cells of larger numbers are larger. */
function cellOf(x: number): number {
  float[0] = x;
  const bits = word[UPPER]!;
  return bits >>> 31 ? -((bits & 0x7fffffff) >>> SHIFT) - 1 : bits >>> SHIFT;
}

/** Middle of a cell: within 0.4 % of every number in it. */
function middleOf(cell: number): number {
  const magnitude = cell < 0 ? -cell - 1 : cell;
  if (magnitude === 0) return 0;
  word[UPPER] = (magnitude << SHIFT) >>> 0;
  word[1 - UPPER] = 0;
  const low = float[0]!;
  word[UPPER] = ((magnitude + 1) << SHIFT) >>> 0;
  const high = float[0]!;
  const middle = Number.isFinite(low) ? (Number.isFinite(high) ? (low + high) / 2 : low) : Infinity;
  return cell < 0 ? -middle : middle;
}

const CELLS = 2 ** 18; // of each sign
let tally: Uint32Array | undefined; // zero between calls; kept, so that long runs leave no garbage
let seen = new Int32Array(1024);

/** Cells and counts of those numbers whose `use` is 1 and that are decided, alternating. */
export function countCells(values: Float64Array, use: Uint8Array): Int32Array {
  tally ??= new Uint32Array(2 * CELLS);
  let different = 0;
  for (let k = 0; k < values.length; k++) {
    if (use[k] !== 1 || Number.isNaN(values[k])) continue;
    const cell = cellOf(values[k]!);
    if (tally[cell + CELLS]!++ > 0) continue;
    if (different === seen.length) {
      const longer = new Int32Array(2 * different);
      longer.set(seen);
      seen = longer;
    }
    seen[different++] = cell;
  }
  const out = new Int32Array(2 * different);
  for (let k = 0; k < different; k++) {
    out[2 * k] = seen[k]!;
    out[2 * k + 1] = tally[seen[k]! + CELLS]!;
    tally[seen[k]! + CELLS] = 0;
  }
  return out;
}

/** Counts of cells, for quantiles of more numbers than one keeps. Counts add up, so any order of merging gives the same. */
export class Histogram {
  private readonly counts = new Map<number, number>();

  add(values: Float64Array, use: Uint8Array): void {
    this.merge(countCells(values, use));
  }

  /** Adds cells and counts, alternating. */
  merge(cells: Int32Array): void {
    for (let k = 0; k < cells.length; k += 2) {
      this.counts.set(cells[k]!, (this.counts.get(cells[k]!) ?? 0) + cells[k + 1]!);
    }
  }

  /** The number of rank ceil(q n), to 0.4 % relative. */
  quantile(q: number): number {
    const cells = [...this.counts.keys()].sort((a, b) => a - b);
    const total = [...this.counts.values()].reduce((a, b) => a + b, 0);
    let left = Math.max(1, Math.ceil(q * total));
    for (const cell of cells) {
      left -= this.counts.get(cell)!;
      if (left <= 0) return middleOf(cell);
    }
    return NaN;
  }
}

/** Quantile of sorted numbers, between ranks by linear interpolation. */
export function exactQuantile(sorted: Float64Array, q: number): number {
  if (sorted.length === 0) return NaN;
  const at = q * (sorted.length - 1);
  const low = sorted[Math.floor(at)]!;
  const high = sorted[Math.ceil(at)]!;
  const t = at - Math.floor(at);
  // Nothing lies between minus infinity and a number.
  return t === 0 || low === high || low === -Infinity ? low : low + (high - low) * t;
}
