// Pairs in coordinates of cuts. Agents stand in falling order of utility; a cut p separates the first p + 1 of them from the rest, and the
// differences δ_p = u_p − u_{p+1} take the place of utilities, net flows across cuts that of the agents' balances. In these coordinates the
// Laplacian of the pairs is
//
//     C_pq = Σ_{i <= min(p,q), k > max(p,q)} rate_ik
//
// sums of positive terms only: where agents are tied some rates are huge and others tiny, and no common level hides the small ones.
import { integer, real, setInteger, setReal } from '../arrays';
import { cholesky, choleskySolve } from '../linalg/cholesky';
import { Interior } from './interior-state';

/** Orders agents by falling utility. */
export function orderAgents(t: Interior): void {
  for (let p: i32 = 0; p < t.n; ++p) {
    const u = real(t.u, p);
    let h = p;
    for (; h > 0 && real(t.u, integer(t.order, h - 1)) < u; --h) setInteger(t.order, h, integer(t.order, h - 1));
    setInteger(t.order, h, p);
  }
}

/** Index of the pair of agents a < b. */
// @ts-ignore: decorator
@inline function pairOf(n: i32, a: i32, b: i32): i32 { return ((a * (2 * n - a - 1)) >> 1) + b - a - 1; }

/** C⁻¹ into t.inverse, row-major of n − 1. */
export function invertCuts(t: Interior): void {
  const n = t.n, cuts = n - 1;
  // C_pq for q >= p, written to row q: over agents p, C_pq = C_{p−1,q} + Σ_{k>q} rate_pk.
  for (let p: i32 = 0; p < cuts; ++p) {
    const a = integer(t.order, p);
    let rest: f64 = 0;
    for (let q = n - 2; q >= p; --q) {
      const b = integer(t.order, q + 1);
      rest += real(t.rate, a < b ? pairOf(n, a, b) : pairOf(n, b, a));
      const at = t.matrix + (<usize>(q * cuts + p) << 4);
      const c = rest + (p > 0 ? load<f64>(at - 16) : 0);
      store<f64>(at, c);
      store<f64>(at, c, 8);
    }
  }
  cholesky(t.matrix, cuts);
  for (let c: i32 = 0; c < cuts; c += 2) {
    memory.fill(t.vector, 0, <usize>cuts << 4);
    store<f64>(t.vector + (<usize>c << 4), 1);
    if (c + 1 < cuts) store<f64>(t.vector + (<usize>(c + 1) << 4), 1, 8);
    choleskySolve(t.matrix, cuts, t.vector);
    for (let p: i32 = 0, at = t.vector; p < cuts; ++p, at += 16) {
      setReal(t.inverse, p * cuts + c, load<f64>(at));
      if (c + 1 < cuts) setReal(t.inverse, p * cuts + c + 1, load<f64>(at, 8));
    }
  }
}

/** to = C⁻¹ from, over cuts. */
export function throughCuts(t: Interior, from: usize, to: usize): void {
  const cuts = t.n - 1;
  for (let p: i32 = 0; p < cuts; ++p) {
    let sum: f64 = 0;
    for (let q: i32 = 0; q < cuts; ++q) sum += real(t.inverse, p * cuts + q) * real(from, q);
    setReal(to, p, sum);
  }
}

/** Balances of agents (t.r) as net flows across cuts, into `to`; the last is the sum of all. */
export function acrossCuts(t: Interior, to: usize): void {
  let sum: f64 = 0;
  for (let p: i32 = 0; p < t.n; ++p) {
    sum += real(t.r, integer(t.order, p));
    setReal(to, p, sum);
  }
}

/** Adds rate × difference to t.flow of every pair, by differences δ across cuts. */
export function flowBy(t: Interior, delta: usize): void {
  const n = t.n;
  for (let p: i32 = 0; p < n; ++p) {
    const a = integer(t.order, p);
    let apart: f64 = 0;
    for (let q = p + 1; q < n; ++q) {
      apart += real(delta, q - 1);
      const b = integer(t.order, q), e = a < b ? pairOf(n, a, b) : pairOf(n, b, a);
      const f = real(t.rate, e) * apart;
      setReal(t.flow, e, real(t.flow, e) + (a < b ? f : -f));
    }
  }
}

/** t.r = c − y − `step` Δy − Bᵀ(w + flow). */
export function balances(t: Interior, step: f64): void {
  for (let i: i32 = 0; i < t.n; ++i) setReal(t.r, i, real(t.q.weight, i) - real(t.y, i) - step * real(t.dy, i));
  for (let i: i32 = 0, e: i32 = 0; i < t.n; ++i) {
    for (let k = i + 1; k < t.n; ++k, ++e) {
      const w = real(t.w, e) + real(t.flow, e);
      setReal(t.r, i, real(t.r, i) - w);
      setReal(t.r, k, real(t.r, k) + w);
    }
  }
}
