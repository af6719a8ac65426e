// The reduced system (forest.ts) for any free entries, as a dense symmetric matrix; tells its rank.
//
// Unknowns are in the solver's units: h over the supply, y over its unit of price, so that magnitudes common to an item do not decide a rank.
import { integer, real, setReal } from '../arrays';
import { leastNorm, leastNormBytes } from '../linalg/least-norm';
import { number } from '../ipm/problem';
import { Gradient, agentOf, binds, itemOf } from './state';

const NEGLIGIBLE: f64 = 1e-10; // share of the largest column that counts as zero

/** Unknowns: free entries, then binding budgets. */
export function reducedSize(g: Gradient): i32 {
  let n = g.frees;
  for (let m: i32 = 0; m < g.M; ++m) n += i32(binds(g, m));
  return n;
}

/** Largest system that is solved. */
export const REDUCED_LIMIT: i32 = 1600;

export function reducedBytes(N: i32, M: i32): usize {
  const n = min(N * M + M, REDUCED_LIMIT), m = <usize>n;
  return (m * m + 2 * m) * 8 + leastNormBytes(n);
}

/** Solves into h, s and y and sets the deficiency; where it is not 0 the numbers mean nothing. */
export function solveReduced(g: Gradient, work: usize): void {
  const N = g.N, M = g.M, n = reducedSize(g), frees = g.frees;
  const a = work, b = a + ((<usize>n * <usize>n) << 3), x = b + (<usize>n << 3), scratch = x + (<usize>n << 3);
  memory.fill(a, 0, (<usize>n * <usize>n) << 3);
  let row = frees;
  for (let m: i32 = 0; m < M; ++m) {
    // `column` serves as the index of the budget's unknown.
    if (!binds(g, m)) setReal(g.column, m, -1);
    else {
      setReal(g.column, m, row);
      ++row;
    }
  }
  memory.fill(b, 0, <usize>n << 3);
  for (let e: i32 = 0, from: i32 = 0; e < frees; ++e) {
    const j = integer(g.free, e), i = agentOf(g, j), m = itemOf(g, j), v = real(g.values, j), unit = real(g.unit, m);
    if (agentOf(g, integer(g.free, from)) != i) from = e;
    setReal(b, e, real(g.cotangent, j) / unit);
    for (let f = from; agentOf(g, integer(g.free, f)) == i; ++f) {
      const l = integer(g.free, f), supply = number(g.budgets, itemOf(g, l), 1);
      setReal(a, f * n + e, -real(g.kappa, i) * v * real(g.values, l) * supply / unit);
    }
    const budget = <i32>real(g.column, m);
    if (budget < 0) continue;
    setReal(a, budget * n + e, 1);
    setReal(a, e * n + budget, 1);
  }
  const rank = leastNorm(a, n, b, x, NEGLIGIBLE, scratch);
  g.deficiency = n - rank;
  memory.fill(g.h, 0, <usize>(N * M) << 3);
  memory.fill(g.s, 0, <usize>N << 3);
  for (let e: i32 = 0; e < frees; ++e) {
    const j = integer(g.free, e), i = agentOf(g, j), h = real(x, e) * number(g.budgets, itemOf(g, j), 1);
    setReal(g.h, j, h);
    setReal(g.s, i, real(g.s, i) + real(g.values, j) * h);
  }
  for (let m: i32 = 0; m < M; ++m) {
    const budget = <i32>real(g.column, m);
    setReal(g.y, m, budget < 0 ? 0 : real(x, budget) * real(g.unit, m));
  }
}
