// Right-hand derivatives of the real map, parameter by parameter, where no derivative exists:
//
//     lim_{t↓0} (l(a(p + t e_j)) − l(a(p))) / t
//
// by one-sided differences of exact solves at t, 2t, 4t, 8t, extrapolated to third order (the map is smooth on each side). Two estimates must
// agree, else t shrinks: a kink nearby goes away, a jump of the allocation does not, and then no one-sided derivative exists either.
//
// Cost: 4 or 8 solves for each of the 3NM + N + M parameters.
import { real, setReal } from '../arrays';
import { number } from '../ipm/problem';
import { proportionalFairness } from '../proportional-fairness';
import { REDUCED_ACCURACY } from '../status';
import { Derivatives } from './derivatives';
import { Gradient } from './state';

const STEPS: i32 = 4;
const FIRST: f64 = 1.0 / 131072; // share of the parameter's scale
const SHRINK: f64 = 1.0 / 64;
const TRIES: i32 = 2; // below, the solver takes what moves for a tie (1e-10)
const AGREES: f64 = 1e-4; // of two estimates, relative
const NOISE: f64 = 1e-13; // what rounding leaves of a difference of losses, over the loss's scale

/** Solutions of the perturbed profiles, and one perturbed array. */
@unmanaged
class Sides {
  copy: usize;
  allocation: usize;
  utilities: usize;
  prices: usize;
  lower: usize;
  upper: usize;
  unique: usize;
  iterations: usize;
  status: usize;
  residual: usize;
  scratch: usize;
  slopes: usize; // of the losses, then the steps themselves
  /** Loss at the profile, and the largest it can be. */
  loss: f64;
  size: f64;
  /** One of the shifted profiles has many optima: its answer is a centre, known to 1e-6 only. */
  tied: bool;
}

export function oneSidedBytes(N: i32, M: i32): usize {
  const entries = <usize>N * <usize>M;
  return offsetof<Sides>() + 8 * (4 * entries + <usize>N + <usize>M) * STEPS + 8 * 6 * STEPS;
}

function layOut(base: usize, N: i32, M: i32, scratch: usize): Sides {
  const s = changetype<Sides>(base);
  const block = ((<usize>(N * M)) << 3) * STEPS;
  s.copy = (base + offsetof<Sides>() + 7) & ~7;
  s.allocation = s.copy + block;
  s.lower = s.allocation + block;
  s.upper = s.lower + block;
  s.utilities = s.upper + block;
  s.prices = s.utilities + ((<usize>N << 3) * STEPS);
  s.residual = s.prices + ((<usize>M << 3) * STEPS);
  s.status = s.residual + 8 * STEPS;
  s.iterations = s.status + 8 * STEPS;
  s.unique = s.iterations + 8 * STEPS;
  s.slopes = s.unique + 8 * STEPS;
  s.scratch = scratch;
  return s;
}

function lossOf(g: Gradient, allocation: usize): f64 {
  let sum: f64 = 0;
  for (let j: i32 = 0; j < g.N * g.M; ++j) sum += real(g.cotangent, j) * real(allocation, j);
  return sum;
}

/** Which array is perturbed. */
const VALUES: i32 = 0;
const DEMANDS: i32 = 1;
const BUDGETS: i32 = 2;
const WEIGHTS: i32 = 3;
const REGULARIZER: i32 = 4;

/** Solves the profile with element j of one array (`original`, `length` elements) raised by t, 2t, 4t and 8t; losses per unit go to `slopes`. */
function solveSides(g: Gradient, s: Sides, which: i32, original: usize, length: i32, absent: f64, j: i32, t: f64, tolerance: f64): bool {
  let step = t;
  const slopes = s.slopes, steps = slopes + (STEPS << 3);
  for (let k: i32 = 0; k < STEPS; ++k, step *= 2) {
    const copy = s.copy + ((<usize>(k * length)) << 3);
    for (let e: i32 = 0; e < length; ++e) setReal(copy, e, number(original, e, absent));
    setReal(copy, j, real(copy, j) + step);
    setReal(steps, k, real(copy, j) - number(original, j, absent));
  }
  proportionalFairness(
    STEPS, g.N, g.M,
    which == VALUES ? s.copy : g.values, which == VALUES ? length : 0,
    which == DEMANDS ? s.copy : g.demands, which == DEMANDS ? length : 0,
    which == BUDGETS ? s.copy : g.budgets, which == BUDGETS ? length : 0,
    which == WEIGHTS ? s.copy : g.weights, which == WEIGHTS ? length : 0,
    which == REGULARIZER ? s.copy : g.regularizer, which == REGULARIZER ? length : 0, tolerance,
    s.allocation, s.utilities, s.prices, s.lower, s.upper, s.unique, s.iterations, s.status, s.residual, s.scratch,
  );
  s.tied = false;
  for (let k: i32 = 0; k < STEPS; ++k) {
    if (load<i32>(s.status + (<usize>k << 2)) > REDUCED_ACCURACY) return false;
    if (load<i8>(s.unique + k) == 0) s.tied = true;
    const loss = lossOf(g, s.allocation + ((<usize>(k * g.N * g.M)) << 3));
    setReal(slopes, k, (loss - s.loss) / real(steps, k));
  }
  return true;
}

/** The right-hand derivative in one parameter, or NaN where there is none. */
function rightDerivative(g: Gradient, s: Sides, which: i32, original: usize, length: i32, absent: f64, j: i32, scale: f64, tolerance: f64): f64 {
  const slopes = s.slopes;
  let t = FIRST * scale;
  for (let turn: i32 = 0; turn < TRIES; ++turn, t *= SHRINK) {
    if (!solveSides(g, s, which, original, length, absent, j, t, tolerance)) continue;
    const d1 = real(slopes, 0), d2 = real(slopes, 1), d4 = real(slopes, 2), d8 = real(slopes, 3);
    const near = (4 * (2 * d1 - d2) - (2 * d2 - d4)) / 3, far = (4 * (2 * d2 - d4) - (2 * d4 - d8)) / 3;
    const size = Math.max(Math.abs(near), Math.abs(far));
    if (Math.abs(near - far) <= AGREES * size + NOISE * s.size / t) return near;
    if (s.tied) break; // closer by, the solver no longer sees the tie, and takes what moves along it for 0
  }
  return NaN;
}

/**
 * Replaces the derivatives of a profile (which hold the least-norm values) by right-hand ones where these exist. Returns false where some
 * do not. Derivatives of agents that get nothing stay 0, as those in demands that cannot bind.
 */
export function oneSided(g: Gradient, out: Derivatives, tolerance: f64, work: usize, scratch: usize): bool {
  const N = g.N, M = g.M, entries = N * M;
  const s = layOut(work, N, M, scratch);
  s.loss = lossOf(g, g.allocation);
  s.size = 0;
  let largest: f64 = 0, top: f64 = 0, all = true;
  for (let i: i32 = 0; i < N; ++i) largest = Math.max(largest, number(g.weights, i, 1));
  if (!(largest > 0)) largest = 1;
  for (let j: i32 = 0; j < entries; ++j) {
    top = Math.max(top, number(g.values, j, 0));
    s.size += Math.abs(real(g.cotangent, j)) * number(g.budgets, j % M, 1);
  }
  if (!(top > 0)) top = 1;
  for (let i: i32 = 0; i < N; ++i) {
    if (real(g.kappa, i) == 0) continue;
    for (let m: i32 = 0; m < M; ++m) {
      const j = i * M + m, b = number(g.budgets, m, 1);
      if (!(b > 0)) continue;
      const dv = rightDerivative(g, s, VALUES, g.values, entries, 0, j, top, tolerance);
      if (dv == dv) setReal(out.values, j, dv);
      else all = false;
      const dz = rightDerivative(g, s, REGULARIZER, g.regularizer, entries, 0, j, largest / b, tolerance);
      if (dz == dz) setReal(out.regularizer, j, dz);
      else all = false;
      if (!g.demands || number(g.demands, j, 0) > b) continue;
      const dx = rightDerivative(g, s, DEMANDS, g.demands, entries, 0, j, b, tolerance);
      if (dx == dx) setReal(out.demands, j, dx);
      else all = false;
    }
    const dw = rightDerivative(g, s, WEIGHTS, g.weights, N, 1, i, largest, tolerance);
    if (dw == dw) setReal(out.weights, i, dw);
    else all = false;
  }
  for (let m: i32 = 0; m < M; ++m) {
    const b = number(g.budgets, m, 1);
    if (!(b > 0)) continue;
    const db = rightDerivative(g, s, BUDGETS, g.budgets, M, 1, m, b, tolerance);
    if (db == db) setReal(out.budgets, m, db);
    else all = false;
  }
  return all;
}
