/** A lottery over vectors: chances of the options that have one. */
export interface Mixed {
  /** Amounts of each good, one vector an option. */
  readonly vectors: readonly Float64Array[];
  readonly chances: Float64Array;
}

/** What of a column is left after elimination and counts as 0; amounts are whole numbers. */
const NOTHING_LEFT = 1e-9;

interface Free {
  readonly of: Mixed;
  readonly option: number;
}

/**
 * Shifts chances within lotteries, the sum of their means staying as it is, until all but at most `goods` of them are certain: a vertex of the polytope of
 * lotteries with that sum. With d_k the difference of an option from another one of its lottery, any goods + 1 of the d_k are linearly dependent;
 * moving along the dependency drives a chance to 0. This is the proof of Shapley and Folkman's theorem (Starr, Quasi-Equilibria in Markets with
 * Non-Convex Preferences, 1969), run. Afterwards chances beyond one a lottery number at most `goods` in all.
 */
export function toVertex(lotteries: readonly Mixed[], goods: number): void {
  const pool: Free[] = [];
  const base = new Map<Mixed, number>();
  const known = new Independent(goods);
  const difference = new Float64Array(goods);
  for (const of of lotteries) {
    const options = Array.from(of.chances.keys()).filter((k) => of.chances[k]! > 0);
    base.set(of, options.shift()!);
    for (const option of options) {
      pool.push({ of, option });
      while (known.count < pool.length) {
        const { of, option } = pool[known.count]!;
        const [to, from] = [of.vectors[option]!, of.vectors[base.get(of)!]!];
        for (let g = 0; g < goods; g++) difference[g] = to[g]! - from[g]!;
        const move = known.add(difference);
        if (move) known.cut(shift(pool, base, move));
      }
    }
  }
}

/** Moves along a dependency of the first options of the pool until a chance is 0, and takes it out. Returns how many before it are as they were. */
function shift(pool: Free[], base: Map<Mixed, number>, move: Float64Array): number {
  // What the move does to the chances of the bases.
  const bases = new Map<Mixed, number>();
  move.forEach((speed, k) => bases.set(pool[k]!.of, (bases.get(pool[k]!.of) ?? 0) - speed));
  let step = Infinity;
  let gone = 0;
  let emptied: Mixed | undefined;
  move.forEach((speed, k) => {
    const { of, option } = pool[k]!;
    if (!(speed < 0) || !(of.chances[option]! / -speed < step)) return;
    step = of.chances[option]! / -speed;
    gone = k;
  });
  for (const [of, speed] of bases) {
    const chance = of.chances[base.get(of)!]!;
    if (!(speed < 0) || !(chance / -speed < step)) continue;
    step = chance / -speed;
    emptied = of;
  }
  const go = ({ chances }: Mixed, option: number, speed: number) => {
    chances[option] = Math.max(0, chances[option]! + step * speed);
  };
  move.forEach((speed, k) => go(pool[k]!.of, pool[k]!.option, speed));
  for (const [of, speed] of bases) go(of, base.get(of)!, speed);
  if (emptied) {
    // Another option of the same lottery takes the place of its base.
    emptied.chances[base.get(emptied)!] = 0;
    gone = pool.findIndex(({ of }) => of === emptied);
    base.set(emptied, pool[gone]!.option);
  } else pool[gone]!.of.chances[pool[gone]!.option] = 0;
  pool.splice(gone, 1);
  return gone;
}

/** Columns that are linearly independent, factored as they come: A = L U, a row of its own for each, the largest entry left. */
class Independent {
  count = 0;
  private readonly lower: Float64Array;
  private readonly upper: Float64Array;
  private readonly row: Int32Array;
  private readonly taken: Uint8Array;

  constructor(private readonly rows: number) {
    this.lower = new Float64Array(rows * rows);
    this.upper = new Float64Array((rows + 1) * (rows + 1));
    this.row = new Int32Array(rows);
    this.taken = new Uint8Array(rows);
  }

  /**
   * Takes a column in, whose array is changed. If it depends on those before: numbers, the last one 1, with which they and it add up to 0, and it is not
   * taken in.
   */
  add(column: Float64Array): Float64Array | undefined {
    const { rows, count, lower, upper } = this;
    const own = count * (rows + 1);
    for (let p = 0; p < count; p++) {
      const factor = column[this.row[p]!]!;
      upper[own + p] = factor;
      if (factor === 0) continue;
      for (let i = 0; i < rows; i++) column[i]! -= factor * lower[p * rows + i]!;
    }
    let [most, best] = [NOTHING_LEFT, -1];
    for (let i = 0; i < rows; i++) {
      if (this.taken[i] === 0 && Math.abs(column[i]!) > most) [most, best] = [Math.abs(column[i]!), i];
    }
    if (best < 0) return this.dependency();
    const pivot = column[best]!;
    for (let i = 0; i < rows; i++) lower[count * rows + i] = this.taken[i] === 0 ? column[i]! / pivot : 0;
    upper[own + count] = pivot;
    this.row[count] = best;
    this.taken[best] = 1;
    this.count += 1;
    return undefined;
  }

  /** Keeps the first `count` columns. */
  cut(count: number): void {
    for (; this.count > count; this.count--) this.taken[this.row[this.count - 1]!] = 0;
  }

  private dependency(): Float64Array {
    const { rows, count, upper } = this;
    const found = new Float64Array(count + 1);
    found[count] = 1;
    for (let p = count - 1; p >= 0; p--) {
      let sum = 0;
      for (let k = p + 1; k <= count; k++) sum += found[k]! * upper[k * (rows + 1) + p]!;
      found[p] = -sum / upper[p * (rows + 1) + p]!;
    }
    return found;
  }
}

/**
 * An option for every lottery, one after the other, each the one that keeps the sum nearest to the means so far: the square of the distance stays at most the sum of the
 * variances (the method of conditional expectations).
 */
export function settle(lotteries: readonly Mixed[], goods: number): number[] {
  const rest = new Float64Array(goods);
  return lotteries.map(({ vectors, chances }) => {
    const mean = new Float64Array(goods);
    chances.forEach((chance, k) => vectors[k]!.forEach((x, g) => (mean[g]! += chance * x)));
    let [least, best] = [Infinity, 0];
    chances.forEach((chance, k) => {
      const length = rest.reduce((sum, r, g) => sum + (r + vectors[k]![g]! - mean[g]!) ** 2, 0);
      if (chance > 0 && length < least) [least, best] = [length, k];
    });
    rest.forEach((r, g) => (rest[g] = r + vectors[best]![g]! - mean[g]!));
    return best;
  });
}
