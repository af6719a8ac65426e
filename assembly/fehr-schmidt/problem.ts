// A chunk of profiles of the Fehr-Schmidt rule in memory: where its arrays start, and how far apart profiles are.
import { real } from '../arrays';

/** Addresses and byte strides; a stride of 0 shares one array among all profiles, an address of 0 means absent. */
@unmanaged
export class Problem {
  N: i32;
  M: i32;
  values: usize;
  valuesStep: usize;
  alpha: usize;
  alphaStep: usize;
  beta: usize;
  betaStep: usize;
  shares: usize; // absent: 1
  sharesStep: usize;
  allocation: usize;
  utilities: usize;
  objective: usize;
  dual: usize;
  dualBound: usize;
  pivots: usize;
  status: usize;
  residuals: usize;
}

/** One profile in working form, and where its answer goes. */
@unmanaged
export class Profile {
  n: i32;
  m: i32;
  values: usize; // f64[n·m]
  upper: usize; // f64[m], min(share, 1)
  alpha: usize; // f64[n], α_i/(n−1); 0 where n = 1
  beta: usize; // f64[n], β_i/(n−1)
  kept: usize; // f64[2 n], work
  allocation: usize;
  utilities: usize;
  dual: usize;
  alphaSum: f64; // Σ α_i/(n−1)
  size: f64; // max(1, largest α_i + β_k over pairs)
}

const HEAD: usize = (offsetof<Profile>() + 15) & ~15;

export function profileBytes(n: i32, m: i32): usize {
  return HEAD + (<usize>(4 * n + m) << 3);
}

/** Reads profile k; `alpha` and `beta` hold where an array is absent. */
export function loadProfile(p: Problem, q: Profile, k: i32, alpha: f64, beta: f64): void {
  const n = p.N, m = p.M;
  q.n = n;
  q.m = m;
  q.values = p.values + p.valuesStep * <usize>k;
  q.upper = changetype<usize>(q) + HEAD;
  q.alpha = q.upper + (<usize>m << 3);
  q.beta = q.alpha + (<usize>n << 3);
  q.kept = q.beta + (<usize>n << 3);
  q.allocation = p.allocation + (<usize>(n * m) << 3) * <usize>k;
  q.utilities = p.utilities + (<usize>n << 3) * <usize>k;
  q.dual = p.dual + (<usize>n << 3) * <usize>k;
  const shares = p.shares ? p.shares + p.sharesStep * <usize>k : 0;
  for (let j: i32 = 0; j < m; ++j) store<f64>(q.upper + (<usize>j << 3), shares ? min(real(shares, j), 1) : 1);
  const from = p.alpha ? p.alpha + p.alphaStep * <usize>k : 0, to = p.beta ? p.beta + p.betaStep * <usize>k : 0;
  const others: f64 = n > 1 ? <f64>(n - 1) : Infinity;
  let sum: f64 = 0, most: f64 = 0;
  for (let i: i32 = 0; i < n; ++i) {
    const behind = (from ? real(from, i) : alpha) / others, ahead = (to ? real(to, i) : beta) / others;
    store<f64>(q.alpha + (<usize>i << 3), behind);
    store<f64>(q.beta + (<usize>i << 3), ahead);
    sum += behind;
    most = max(most, max(behind, ahead));
  }
  q.alphaSum = sum;
  q.size = max(1, 2 * most * <f64>(n - 1));
}
