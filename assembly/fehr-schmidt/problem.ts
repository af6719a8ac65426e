// A chunk of profiles of the Fehr-Schmidt rule in memory: where its arrays start, and how far apart profiles are.
import { real, setReal } from '../arrays';

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
  weights: usize; // of the utilities, the largest about 1; absent: 1
  weightsStep: usize;
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
  weight: usize; // f64[n], c_i of the agents' utilities, at most about 1
  alike: bool; // every c_i is 1
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

/** Bytes of the arrays of a profile alone. */
export function listsBytes(n: i32, m: i32): usize {
  return <usize>(5 * n + m) << 3;
}

export function profileBytes(n: i32, m: i32): usize {
  return HEAD + listsBytes(n, m);
}

/** Where the arrays of a profile start that stands alone. */
// @ts-ignore: decorator
@inline export function lists(q: Profile): usize { return changetype<usize>(q) + HEAD; }

/** Gives a profile arrays from `at` on, which hold nothing yet. */
export function layProfile(q: Profile, at: usize, n: i32, m: i32): void {
  q.n = n;
  q.m = m;
  q.upper = at;
  q.weight = q.upper + (<usize>m << 3);
  q.alpha = q.weight + (<usize>n << 3);
  q.beta = q.alpha + (<usize>n << 3);
  q.kept = q.beta + (<usize>n << 3);
}

/** Adds up aversions. */
export function measureAversion(q: Profile): void {
  let sum: f64 = 0, most: f64 = 0;
  for (let i: i32 = 0; i < q.n; ++i) {
    const behind = real(q.alpha, i);
    sum += behind;
    most = max(most, max(behind, real(q.beta, i)));
  }
  q.alphaSum = sum;
  q.size = max(1, 2 * most * <f64>(q.n - 1));
}

/** Reads profile k, with arrays from `at` on; `alpha` and `beta` hold where an array is absent. */
export function loadProfile(p: Problem, q: Profile, at: usize, k: i32, alpha: f64, beta: f64): void {
  const n = p.N, m = p.M;
  layProfile(q, at, n, m);
  q.values = p.values + p.valuesStep * <usize>k;
  q.allocation = p.allocation + (<usize>(n * m) << 3) * <usize>k;
  q.utilities = p.utilities + (<usize>n << 3) * <usize>k;
  q.dual = p.dual + (<usize>n << 3) * <usize>k;
  const shares = p.shares ? p.shares + p.sharesStep * <usize>k : 0;
  for (let j: i32 = 0; j < m; ++j) setReal(q.upper, j, shares ? min(real(shares, j), 1) : 1);
  const from = p.alpha ? p.alpha + p.alphaStep * <usize>k : 0, to = p.beta ? p.beta + p.betaStep * <usize>k : 0;
  const others: f64 = n > 1 ? <f64>(n - 1) : Infinity;
  const weights = p.weights ? p.weights + p.weightsStep * <usize>k : 0;
  for (let i: i32 = 0; i < n; ++i) {
    setReal(q.weight, i, weights ? real(weights, i) : 1);
    setReal(q.alpha, i, (from ? real(from, i) : alpha) / others);
    setReal(q.beta, i, (to ? real(to, i) : beta) / others);
  }
  q.alike = weights == 0;
  measureAversion(q);
}
