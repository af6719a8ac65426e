/** Σ a_j x_j <= most, with most >= 0. */
export interface Limit {
  readonly a: readonly number[];
  readonly most: number;
}

const TINY = 1e-12;
const PIVOTS = 10_000;

/**
 * Largest Σ c_j x_j over x >= 0 within limits, which x = 0 satisfies: a tableau, entering and leaving by lowest index (Bland), so that it ends.
 * Infinite where nothing limits it.
 */
export function largest(c: readonly number[], limits: readonly Limit[]): number {
  const scale = Math.max(...c.map(Math.abs));
  if (!(scale > 0)) return 0;
  const width = c.length + limits.length;
  const rows = limits.map(({ a, most }, r) => [...a, ...limits.map((_, q) => (q === r ? 1 : 0)), most]);
  const basis = limits.map((_, r) => c.length + r);
  const cost = [...c.map((x) => x / scale), ...limits.map(() => 0), 0];
  for (let pivots = 0; pivots < PIVOTS; pivots++) {
    const j = cost.findIndex((d, k) => k < width && d > TINY);
    if (j < 0) return -cost[width]! * scale;
    let leaving = -1;
    let least = Infinity;
    rows.forEach((row, r) => {
      if (!(row[j]! > TINY)) return;
      const ratio = row[width]! / row[j]!;
      if (ratio < least - TINY || (ratio <= least + TINY && leaving >= 0 && basis[r]! < basis[leaving]!)) {
        least = Math.min(least, ratio);
        leaving = r;
      } else if (leaving < 0) {
        least = ratio;
        leaving = r;
      }
    });
    if (leaving < 0) return Infinity;
    const pivot = rows[leaving]!;
    const by = pivot[j]!;
    for (let k = 0; k <= width; k++) pivot[k]! /= by;
    for (const row of [...rows, cost]) {
      const f = row[j]!;
      if (row === pivot || f === 0) continue;
      for (let k = 0; k <= width; k++) row[k]! -= f * pivot[k]!;
    }
    basis[leaving] = j;
  }
  return NaN;
}
