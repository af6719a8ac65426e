/** A lottery over vectors: chances of the options that have one. */
export interface Mixed {
  /** Amounts of each good, one vector an option. */
  readonly vectors: readonly Float64Array[];
  readonly chances: Float64Array;
}

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
  for (const of of lotteries) {
    const options = Array.from(of.chances.keys()).filter((k) => of.chances[k]! > 0);
    base.set(of, options.shift()!);
    for (const option of options) {
      pool.push({ of, option });
      if (pool.length > goods) shift(pool, base, goods);
    }
  }
}

/** Takes one chance to 0. */
function shift(pool: Free[], base: Map<Mixed, number>, goods: number): void {
  const columns = pool.map(({ of, option }) => {
    const from = of.vectors[base.get(of)!]!;
    return of.vectors[option]!.map((x, g) => x - from[g]!);
  });
  const move = dependency(columns, goods);
  // What the move does to every chance, those of the bases included.
  const speeds = pool.map(({ of, option }, k) => ({ of, option, speed: move[k]! }));
  const drawn = new Map<Mixed, number>();
  pool.forEach(({ of }, k) => drawn.set(of, (drawn.get(of) ?? 0) - move[k]!));
  for (const [of, speed] of drawn) speeds.push({ of, option: base.get(of)!, speed });
  let [step, leaving] = [Infinity, speeds[0]!];
  for (const one of speeds) {
    const room = one.speed < 0 ? one.of.chances[one.option]! / -one.speed : Infinity;
    if (room < step) [step, leaving] = [room, one];
  }
  for (const { of, option, speed } of speeds) {
    of.chances[option] = Math.max(0, of.chances[option]! + step * speed);
  }
  leaving.of.chances[leaving.option] = 0;
  let gone = pool.findIndex(({ of, option }) => of === leaving.of && option === leaving.option);
  if (gone < 0) {
    // The base is gone: another option of the same lottery takes its place.
    gone = pool.findIndex(({ of }) => of === leaving.of);
    base.set(leaving.of, pool[gone]!.option);
  }
  pool.splice(gone, 1);
}

/** Numbers, not all 0, with which columns of `rows` numbers add up to 0; there are more columns than rows. */
function dependency(columns: readonly Float64Array[], rows: number): Float64Array {
  const a = columns.map((column) => column.slice());
  const order = a.map((_, k) => k);
  const used = new Uint8Array(rows);
  const pivots: number[] = [];
  for (let k = 0; k < rows; k++) {
    let [best, row, column] = [1e-9, -1, -1];
    for (let c = k; c < a.length; c++) {
      for (let i = 0; i < rows; i++) {
        if (used[i] === 0 && Math.abs(a[c]![i]!) > best) [best, row, column] = [Math.abs(a[c]![i]!), i, c];
      }
    }
    if (row < 0) break;
    [a[k], a[column]] = [a[column]!, a[k]!];
    [order[k], order[column]] = [order[column]!, order[k]!];
    used[row] = 1;
    pivots.push(row);
    // Row operations: after them the pivot column is a unit vector.
    const pivot = a[k]![row]!;
    for (let c = k; c < a.length; c++) a[c]![row]! /= pivot;
    for (let i = 0; i < rows; i++) {
      const factor = a[k]![i]!;
      if (i === row || factor === 0) continue;
      for (let c = k; c < a.length; c++) a[c]![i]! -= factor * a[c]![row]!;
    }
  }
  const rank = pivots.length;
  const found = new Float64Array(a.length);
  found[order[rank]!] = 1;
  pivots.forEach((row, k) => (found[order[k]!] = -a[rank]![row]!));
  return found;
}
