// The rigorous bound: for any prices π >= 0, marginals y >= 0 and row multipliers λ, every feasible point has
//
//     Σ ω F(u) <= Σ_j π_j + Σ_i [ F̂_i(y_i) + Σ_r max(λ_r, 0) U_r + min(λ_r, 0) L_r + Σ_v ub_v (y w_v − Σ_r λ_r a_rv − (Qᵀπ)_v)⁺ ]
//
// F̂_i(y) = max over 0 < u <= B of ω F(u) − y u, for powers at u = min(B, (y/ω)^(−1/(1−γ))). Differences of F are taken as they stand, so that the gap has its
// digits where γ is near 0 or welfare large.
import { integer, real } from '../arrays';
import { POWER } from './concave';
import { rowCount, rowOf } from './factor';
import { State } from './state';
import { marginal, priced } from './start';

/** F(a) − F(b) */
export function rise(gamma: f64, a: f64, b: f64): f64 {
  if (gamma == 1) return a - b;
  const log = Math.log(a / b);
  if (gamma == 0) return log;
  return Math.exp(gamma * Math.log(b)) * Math.expm1(gamma * log) / gamma;
}

/** max ω F(u) − y u over 0 < u <= cap, less ω F(at). */
export function conjugate(gamma: f64, omega: f64, cap: f64, y: f64, at: f64): f64 {
  if (gamma == 1) {
    // An agent without a cap has y = ω: then any u.
    return (cap < Infinity ? max(omega - y, 0) * cap : 0) - omega * at;
  }
  const free = y > 0 ? Math.exp(-Math.log(y / omega) / (1 - gamma)) : Infinity;
  const u = min(cap, free);
  if (u == Infinity) return Infinity;
  return omega * rise(gamma, u, at) - y * u;
}

/**
 * max ω F(u') − y u' over 0 < u' <= most, less ω F(u), for F that is not a power: at most what the tangent at u says, in which what Y misses ω F'(u) by
 * counts at the width of the interval.
 */
function tangent(s: State, i: i32, y: f64): f64 {
  const u = real(s.u, i), slope = marginal(s, i, u), most = max(min(real(s.cap, i), real(s.most, i)), u);
  return max((slope - y) * (most - u), (y - slope) * u) - y * u;
}

/** Money: Σ ω F'(u) u (Σ ω u^γ for powers), what gaps are measured in. */
export function money(s: State): f64 {
  let sum: f64 = 0;
  if (s.kind != POWER) {
    for (let i: i32 = 0; i < s.n; ++i) sum += marginal(s, i, real(s.u, i)) * real(s.u, i);
    return sum;
  }
  for (let i: i32 = 0; i < s.n; ++i) sum += real(s.omega, i) * (s.gamma == 0 ? 1 : Math.exp(s.gamma * Math.log(real(s.u, i))));
  return sum;
}

/** The multiplier of row r. */
// @ts-ignore: decorator
@inline export function multiplier(s: State, r: i32): f64 { return real(s.lu, r) - real(s.ll, r); }

/** Bound less welfare, at the duals there are. */
export function gap(s: State): f64 {
  let sum: f64 = 0;
  for (let j: i32 = 0; j < s.M; ++j) if (integer(s.open, j)) sum += max(real(s.pi, j), 0);
  for (let i: i32 = 0; i < s.n; ++i) {
    const begin = integer(s.firstVariable, i), end = integer(s.firstVariable, i + 1), k = rowCount(s, i), first = integer(s.firstRow, i);
    const y = dualOf(s, i);
    sum += s.kind == POWER ? conjugate(s.gamma, real(s.omega, i), real(s.cap, i), y, real(s.u, i)) : tangent(s, i, y);
    for (let r = first; r < first + k - 1; ++r) {
      const l = multiplier(s, r);
      if (l > 0) sum += l * real(s.high, r);
      else if (l < 0) sum += l * real(s.low, r);
    }
    for (let v = begin; v < end; ++v) {
      let over = y * real(s.w, v) - priced(s, s.pi, i, v);
      for (let r: i32 = 1; r < k; ++r) over -= multiplier(s, first + r - 1) * real(rowOf(s, i, r), v - begin);
      if (over > 0) sum += over * min(1, real(s.ub, v));
    }
  }
  return sum;
}

/** y of an agent: what a further unit of its utility is worth. */
export function dualOf(s: State, i: i32): f64 {
  if (s.gamma == 1 && !(real(s.cap, i) < Infinity)) return real(s.omega, i);
  return max(real(s.Y, i) - real(s.c, i), 0);
}
