// The first point of the gamma-fair solver: strictly inside every constraint, marginal values alike.
//
// Utilities start in proportion to ω^{1/(1−γ)}, where all ω F'(u) are equal (from γ = 0 on to ω^{1−γ}, since those utilities lie too far apart): with γ < 0 and uneven scales a start at equal amounts
// would stand orders of magnitude from the optimum. Prices start above what anybody would pay, so that all duals are positive.
import { integer, real, setReal } from '../arrays';
import { POWER, elasticity, logSlope } from './concave';
import { rowCount, rowOf } from './factor';
import { BUNDLE, NOTHING, State } from './state';

const USED: f64 = 0.9; // of an item's supply
const LEVELLING: i32 = 8; // rounds of equalising marginal values
const LEAST: f64 = 1e-3; // share of its reach at which an agent starts at least
const HALF: f64 = 0.5; // of what a cap, a demand or a row leaves

/** Marginal value of agent i at u. */
export function marginal(s: State, i: i32, u: f64): f64 {
  if (s.kind != POWER) return Math.exp(real(s.shift, i) + logSlope(s, real(s.unit, i) * u));
  const omega = real(s.omega, i);
  return s.gamma == 1 ? omega : s.gamma == 0 ? omega / u : omega * Math.exp((s.gamma - 1) * Math.log(u));
}

export function start(s: State): void {
  // What stands beside the last variable takes part in loops over pairs: as nothing.
  const beside = s.variables;
  setReal(s.z, beside, 0);
  setReal(s.zl, beside, 0);
  setReal(s.dz, beside, 0);
  setReal(s.rd, beside, 0);
  setReal(s.cl, beside, 0);
  amounts(s);
  prices(s);
  duals(s);
}

/** u, ρ and what items have left, from z. */
export function measure(s: State): void {
  const M = s.M;
  for (let j: i32 = 0; j < M; ++j) setReal(s.rest, j, integer(s.open, j) == 1 ? 1 - real(s.s, j) : 1);
  for (let i: i32 = 0; i < s.n; ++i) {
    const begin = integer(s.firstVariable, i), end = integer(s.firstVariable, i + 1), k = rowCount(s, i), first = integer(s.firstRow, i);
    for (let r: i32 = 0; r < k; ++r) {
      const row = rowOf(s, i, r);
      let sum: f64 = 0;
      for (let v = begin, z = s.z; v < end; ++v) sum += real(row, v - begin) * real(z, v);
      if (r == 0) setReal(s.u, i, sum);
      else setReal(s.rho, first + r - 1, sum);
    }
    takeAll(s, s.rest, i, begin, end, s.z);
  }
}

/** list −= Q of variable v times z */
// @ts-ignore: decorator
@inline export function take(s: State, list: usize, i: i32, v: i32, z: f64): void {
  const j = integer(s.item, v);
  if (j >= 0) setReal(list, j, real(list, j) - z);
  else if (j == BUNDLE) for (let l: i32 = 0; l < s.M; ++l) setReal(list, l, real(list, l) - z * real(s.bundle, i * s.M + l));
}

/** list −= Q z of agent i */
export function takeAll(s: State, list: usize, i: i32, begin: i32, end: i32, z: usize): void {
  const item = s.item;
  for (let v = begin; v < end; ++v) {
    const j = integer(item, v);
    if (j >= 0) setReal(list, j, real(list, j) - real(z, v));
    else take(s, list, i, v, real(z, v));
  }
}

/** (Qᵀ list) of variable v */
// @ts-ignore: decorator
@inline export function priced(s: State, list: usize, i: i32, v: i32): f64 {
  const j = integer(s.item, v);
  if (j >= 0) return real(list, j);
  if (j == NOTHING) return 0;
  let sum: f64 = 0;
  for (let l: i32 = 0; l < s.M; ++l) sum += real(list, l) * real(s.bundle, i * s.M + l);
  return sum;
}

function amounts(s: State): void {
  const M = s.M, power = s.gamma < 0 ? 1 / (1 - s.gamma) : 1 - s.gamma;
  memory.fill(s.right, 0, <usize>M << 3);
  if (s.kind != POWER) level(s);
  for (let i: i32 = 0; i < s.n; ++i) {
    const begin = integer(s.firstVariable, i), end = integer(s.firstVariable, i + 1);
    let along: f64 = 0;
    for (let v = begin; v < end; ++v) along += real(s.w, v) * real(s.direction, v);
    const size = (s.kind == POWER ? Math.exp(power * Math.log(real(s.omega, i))) : real(s.du, i)) / along;
    for (let v = begin; v < end; ++v) {
      setReal(s.z, v, size * real(s.direction, v));
      take(s, s.right, i, v, -real(s.z, v));
    }
  }
  for (let i: i32 = 0; i < s.n; ++i) shrink(s, i);
  for (let j: i32 = 0; j < M; ++j) setReal(s.s, j, 1);
  for (let i: i32 = 0; i < s.n; ++i) {
    for (let v = integer(s.firstVariable, i); v < integer(s.firstVariable, i + 1); ++v) take(s, s.s, i, v, real(s.z, v));
  }
  measure(s);
}

/** Utilities (to s.du) whose marginal values are nearly alike: Newton's method on log ω F'(u) = the mean of these, utilities kept within bounds. */
function level(s: State): void {
  for (let i: i32 = 0; i < s.n; ++i) setReal(s.du, i, 1.0 / <f64>s.n);
  for (let round: i32 = 0; round < LEVELLING; ++round) {
    let mean: f64 = 0;
    for (let i: i32 = 0; i < s.n; ++i) {
      const value = real(s.shift, i) + logSlope(s, real(s.unit, i) * real(s.du, i));
      setReal(s.dY, i, value);
      mean += value / <f64>s.n;
    }
    for (let i: i32 = 0; i < s.n; ++i) {
      const u = real(s.du, i), change = (real(s.dY, i) - mean) / (1 + elasticity(s, real(s.unit, i) * u));
      setReal(s.du, i, max(min(u * Math.exp(max(min(change, 2), -2)), 1), LEAST));
    }
  }
}

/** Shrinks agent i's amounts until items, demands, the cap and rows leave room. In: s.right, the loads of the items. */
function shrink(s: State, i: i32): void {
  const begin = integer(s.firstVariable, i), end = integer(s.firstVariable, i + 1), k = rowCount(s, i), first = integer(s.firstRow, i);
  let factor: f64 = Infinity;
  for (let v = begin; v < end; ++v) {
    const j = integer(s.item, v);
    if (j >= 0) factor = min(factor, USED / real(s.right, j));
    else if (j == BUNDLE) for (let l: i32 = 0; l < s.M; ++l) if (real(s.bundle, i * s.M + l) > 0) factor = min(factor, USED / real(s.right, l));
    if (k > 1) factor = min(factor, HALF * real(s.ub, v) / real(s.z, v));
  }
  let u: f64 = 0;
  for (let v = begin; v < end; ++v) {
    const z = min(factor * real(s.z, v), HALF * real(s.ub, v));
    setReal(s.z, v, z);
    u += real(s.w, v) * z;
  }
  factor = min(1, HALF * real(s.cap, i) / u);
  for (let r: i32 = 1; r < k; ++r) {
    const row = rowOf(s, i, r), low = real(s.low, first + r - 1), high = real(s.high, first + r - 1);
    let sum: f64 = 0;
    for (let v = begin; v < end; ++v) sum += real(row, v - begin) * real(s.z, v);
    if (sum > 0 && high > 0 && high < Infinity) factor = min(factor, HALF * high / sum);
    if (sum < 0 && low < 0 && low > -Infinity) factor = min(factor, HALF * low / sum);
  }
  for (let v = begin; v < end; ++v) setReal(s.z, v, factor * real(s.z, v));
}

function prices(s: State): void {
  const M = s.M;
  let most: f64 = 0;
  memory.fill(s.pi, 0, <usize>M << 3);
  for (let i: i32 = 0; i < s.n; ++i) {
    // The cap's product c (B − u) starts at most as large as the agent's money, however far the cap is.
    const u = real(s.u, i), Y = marginal(s, i, u), cap = real(s.cap, i), y = cap < Infinity ? Y - min(HALF * Y, Y * u / (cap - u)) : Y;
    setReal(s.Y, i, Y);
    setReal(s.c, i, Y - y);
    for (let v = integer(s.firstVariable, i); v < integer(s.firstVariable, i + 1); ++v) {
      const need = y * real(s.w, v), j = integer(s.item, v);
      if (j >= 0) setReal(s.pi, j, max(real(s.pi, j), need));
      // Nobody knows which items stand behind a utility.
      else if (j == NOTHING) for (let l: i32 = 0; l < M; ++l) setReal(s.pi, l, max(real(s.pi, l), need));
      else {
        let square: f64 = 0;
        for (let l: i32 = 0; l < M; ++l) square += real(s.bundle, i * M + l) * real(s.bundle, i * M + l);
        for (let l: i32 = 0; l < M; ++l) setReal(s.pi, l, max(real(s.pi, l), need * real(s.bundle, i * M + l) / square));
      }
    }
  }
  for (let j: i32 = 0; j < M; ++j) most = max(most, real(s.pi, j));
  for (let j: i32 = 0; j < M; ++j) setReal(s.pi, j, 1.2 * real(s.pi, j) + 0.3 * most);
}

function duals(s: State): void {
  let mean: f64 = 0, open: i32 = 0;
  for (let j: i32 = 0; j < s.M; ++j) {
    if (integer(s.open, j) == 0) continue;
    mean += real(s.pi, j) * real(s.s, j);
    open += 1;
  }
  mean /= max(open, 1);
  for (let i: i32 = 0; i < s.n; ++i) {
    const begin = integer(s.firstVariable, i), end = integer(s.firstVariable, i + 1), k = rowCount(s, i), first = integer(s.firstRow, i);
    const y = real(s.Y, i) - real(s.c, i);
    for (let r = first; r < first + k - 1; ++r) {
      const low = real(s.low, r), high = real(s.high, r), rho = real(s.rho, r);
      setReal(s.ll, r, low < high && low > -Infinity ? mean / (rho - low) : 0);
      setReal(s.lu, r, low < high && high < Infinity ? mean / (high - rho) : 0);
    }
    for (let v = begin; v < end; ++v) {
      const z = real(s.z, v), ub = real(s.ub, v);
      const zu = ub < Infinity ? 0.1 * mean / (ub - z) : 0;
      let zl = priced(s, s.pi, i, v) - y * real(s.w, v) + zu;
      for (let r: i32 = 1; r < k; ++r) zl += (real(s.lu, first + r - 1) - real(s.ll, first + r - 1)) * real(rowOf(s, i, r), v - begin);
      setReal(s.zu, v, zu);
      setReal(s.zl, v, max(zl, 0.1 * mean / z));
    }
  }
}
