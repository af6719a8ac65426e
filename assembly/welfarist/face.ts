// The face of the utilitarian optima, and the point of greatest entropy −Σ w V log V on it: the limit of the gamma-fair rules as γ grows to 1
// (V^(1−e)/(1−e) = V + e (V − V log V) + O(e²), and Σ w V is the same on the whole face).
//
// The interior point ends near the analytic centre of the face and of the optimal duals, where of every complementary pair exactly one
// vanishes. So what is smaller, each in its own unit, is 0: amounts stay at their bounds, items with a price are used up, caps and rows with a
// multiplier bind. On the rest the same solver maximises the entropy.
import { integer, real, setInteger, setReal } from '../arrays';
import { rowCount } from './factor';
import { measure } from './start';
import { State } from './state';

const NOTHING: f64 = 1e-7; // utility that is 0 on the whole face
const OPENING: f64 = 0.1; // of the mean money of an agent: complementarity at which the second solve starts

/** Fixes what the optimal duals fix; the entropy's first point is the centre that is there. */
export function restrict(s: State): void {
  let total: f64 = 0, most: f64 = 0;
  for (let i: i32 = 0; i < s.n; ++i) {
    total += real(s.omega, i) * real(s.u, i);
    for (let v = integer(s.firstVariable, i); v < integer(s.firstVariable, i + 1); ++v) most = max(most, real(s.omega, i) * real(s.w, v));
  }
  s.unitOfMoney = total;
  let largest: f64 = 0;
  for (let i: i32 = 0; i < s.n; ++i) largest = max(largest, real(s.unit, i));
  for (let i: i32 = 0; i < s.n; ++i) setReal(s.shift, i, Math.log(real(s.unit, i) / largest));
  for (let j: i32 = 0; j < s.M; ++j) {
    if (integer(s.open, j) == 0 || real(s.s, j) * most > real(s.pi, j)) continue;
    setInteger(s.open, j, 2);
    setReal(s.s, j, 0);
  }
  for (let i: i32 = 0; i < s.n; ++i) fix(s, i);
  s.entropy = 1;
  measure(s);
  open(s, OPENING * total / s.n);
}

function fix(s: State, i: i32): void {
  const begin = integer(s.firstVariable, i), end = integer(s.firstVariable, i + 1), first = integer(s.firstRow, i), k = rowCount(s, i);
  const omega = real(s.omega, i), nothing = real(s.u, i) < NOTHING;
  let level: f64 = 0;
  for (let v = begin; v < end; ++v) level = max(level, omega * real(s.w, v));
  for (let v = begin; v < end; ++v) {
    const z = real(s.z, v), ub = real(s.ub, v);
    const low = nothing || z * level < real(s.zl, v), high = !low && ub < Infinity && (ub - z) * level < real(s.zu, v);
    setInteger(s.frozen, v, low || high ? 1 : 0);
    if (low) setReal(s.z, v, 0);
    if (high) setReal(s.z, v, ub);
  }
  const capped = real(s.cap, i) < Infinity && (real(s.cap, i) - real(s.u, i)) * omega < real(s.c, i);
  setInteger(s.fixedCap, i, capped || nothing ? 1 : 0);
  if (nothing) setReal(s.cap, i, 0);
  for (let r = first; r < first + k - 1; ++r) {
    const low = real(s.low, r), high = real(s.high, r), rho = real(s.rho, r);
    if (low == high) continue;
    if (high < Infinity && (high - rho) * level < real(s.lu, r)) setReal(s.low, r, high);
    else if (low > -Infinity && (rho - low) * level < real(s.ll, r)) setReal(s.high, r, low);
  }
}

/** Duals of the second solve, all products alike. */
function open(s: State, mu: f64): void {
  for (let j: i32 = 0; j < s.M; ++j) setReal(s.pi, j, integer(s.open, j) == 1 ? mu / real(s.s, j) : 0);
  for (let i: i32 = 0; i < s.n; ++i) {
    const fixed = integer(s.fixedCap, i) != 0, cap = real(s.cap, i), u = real(s.u, i);
    setReal(s.Y, i, fixed ? 0 : -real(s.omega, i) * (Math.log(u) + real(s.shift, i)));
    setReal(s.c, i, !fixed && cap < Infinity ? mu / (cap - u) : 0);
  }
  for (let r: i32 = 0; r < s.rows; ++r) {
    const low = real(s.low, r), high = real(s.high, r), free = low < high;
    setReal(s.lu, r, free && high < Infinity ? mu / (high - real(s.rho, r)) : 0);
    setReal(s.ll, r, free && low > -Infinity ? mu / (real(s.rho, r) - low) : 0);
  }
  for (let v: i32 = 0; v < s.variables; ++v) {
    const free = integer(s.frozen, v) == 0;
    setReal(s.zl, v, free ? mu / real(s.z, v) : 0);
    setReal(s.zu, v, free && real(s.ub, v) < Infinity ? mu / (real(s.ub, v) - real(s.z, v)) : 0);
  }
}
