// Mehrotra's predictor-corrector for two profiles in two lanes (S. Mehrotra, On the implementation of a primal-dual interior
// point method, SIAM J. Optimization 2(4), 1992), ended by the exact solve of finish.ts as soon as the active set shows.
import { add, and, div, max, min, mul, splat, sub } from '../lanes';
import { cholesky, choleskySolve } from '../linalg/cholesky';
import { centreOfFace } from './centre';
import { spread, straight } from './centring';
import { FAILED, FINISHED, LOOSE, LOOSE_WEAK, WEAK, finish } from './finish';
import { affine, combined, factor, measureStationarity, move } from './newton';
import {
  CODE, COUNT, CURVE, DUAL_RESIDUAL, D_LAMBDA, D_SLACK, END, GAP, INFEASIBLE, ITEM, ITERATION, LAMBDA, LIVE, LONGEST, OPEN, RHS, RHS_CENTRE, RHS_CURVE, SLACK, STEP, TAU,
  itemsAt, schurAt,
} from './layout';
import { BY_SHARE, BY_SIZE, BY_TREND } from './round';
import { start, startNear } from './start';

export const ITERATIONS: i32 = 100;
const STATIONARITY: f64 = 1e-9;
const EARLY_GAP: f64 = 0.1; // tries to finish from here on
const AHEAD: f64 = 0.3; // least gap, in units of the stationarity left, to steer for ...
const PATIENCE: i32 = 6; // ... once this many iterations have not been enough: easy profiles do better without
const DEEPER: f64 = 1e-6; // share of the tolerance down to which a converged lane goes on looking for its active set
const TIED_GAP: f64 = 1e-6; // believes that the optimum is not unique from here on, and rounds by size

// Stages of a centred solve.
const FREELY: i32 = 0; // predictor-corrector
const CENTRING: i32 = 1; // Newton on one point of the central path
const FOLLOWING: i32 = 2; // along the path's tangent to the end
const CENTRE_AT: f64 = 1e-6; // mean product of the point
const CENTRED: f64 = 1e-7; // largest relative spread of the products there
const CENTRING_STEPS: i32 = 12;
const WIDE: f64 = 30; // margin in units of √τ that tells amounts that vanish like √τ from free ones

// How a lane ended.
export const RUNNING: i32 = 0;
export const EXACT: i32 = 1; // the exact optimum, unique
export const CONVERGED: i32 = 2; // within tolerance; the active set did not verify
export const TIED: i32 = 3; // the optimum is not unique, or seems so
export const OUT_OF_ITERATIONS: i32 = 4;
export const BROKEN: i32 = 5; // a number overflowed or is undefined

/** C dλ = rhs for the vector in scratch; the solution goes to D_LAMBDA. */
function solvePrices(work: usize, M: i32, vector: usize): void {
  choleskySolve(schurAt(work, M), M, vector);
  const end = itemsAt(work) + <usize>M * ITEM;
  for (let item = itemsAt(work), at = vector; item < end; item += ITEM, at += 16) v128.store(item, v128.load(at), D_LAMBDA);
}

/** Chooses and stores the next step, towards products of at least `least`. */
function step(work: usize, N: i32, M: i32, vector: usize, mode: i32, least: f64): void {
  const one = splat(1), gap = v128.load(work, GAP);
  const items = itemsAt(work), end = items + <usize>M * ITEM;
  cholesky(schurAt(work, M), M);
  for (let item = items, at = vector; item < end; item += ITEM, at += 16) {
    v128.store(at, and(sub(v128.load(item, RHS), v128.load(item, SLACK)), v128.load(item, OPEN)));
  }
  solvePrices(work, M, vector);
  // The longest affine step, the gap it would leave, and from that Mehrotra's centring parameter.
  let longest = one, left = splat(0);
  if (mode == CENTRING) straight(work, N, M);
  else {
    affine(work, N, M);
    longest = max(v128.load(work, LONGEST), one);
    let curve = v128.load(work, CURVE);
    for (let item = items; item < end; item += ITEM) {
      const open = v128.load(item, OPEN), dLambda = v128.load(item, D_LAMBDA), lambda = v128.load(item, LAMBDA), slack = v128.load(item, SLACK);
      // The affine step makes λ(b − Σ a) vanish to first order: dslack/slack = −1 − dλ/λ.
      const p = div(dLambda, lambda), dSlack = f64x2.neg(mul(slack, add(one, p)));
      v128.store(item, dSlack, D_SLACK);
      longest = max(longest, and(max(f64x2.neg(p), add(one, p)), open));
      curve = add(curve, and(mul(dLambda, dSlack), open));
    }
    const reach = div(one, longest);
    left = div(add(mul(sub(one, reach), gap), mul(mul(reach, reach), curve)), gap);
  }
  const mean = div(gap, v128.load(work, COUNT));
  let floor = splat(0);
  if (load<i32>(work, ITERATION) > PATIENCE) {
    // Products must not run ahead of stationarity, or the iterate jams at the boundary.
    measureStationarity(work, N, M);
    floor = div(min(mul(splat(AHEAD), v128.load(work, INFEASIBLE)), gap), v128.load(work, COUNT));
  }
  const tau = mode == CENTRING ? splat(least) : mode == FOLLOWING ? splat(0) : max(max(mul(mul(mul(left, left), left), mean), floor), splat(least));

  for (let item = items, at = vector; item < end; item += ITEM, at += 16) {
    const target = sub(tau, mul(v128.load(item, D_LAMBDA), v128.load(item, D_SLACK)));
    const rhs = add(add(v128.load(item, RHS), v128.load(item, RHS_CURVE)), mul(tau, v128.load(item, RHS_CENTRE)));
    v128.store(at, and(sub(rhs, sub(v128.load(item, SLACK), div(target, v128.load(item, LAMBDA)))), v128.load(item, OPEN)));
  }
  solvePrices(work, M, vector);
  v128.store(work, tau, TAU);
  combined(work, N, M);
  longest = v128.load(work, LONGEST);
  for (let item = items; item < end; item += ITEM) {
    const p = div(v128.load(item, D_SLACK), v128.load(item, SLACK)), q = div(v128.load(item, D_LAMBDA), v128.load(item, LAMBDA));
    longest = max(longest, and(max(f64x2.neg(p), f64x2.neg(q)), v128.load(item, OPEN)));
  }
  // The better the affine step predicts, the closer to the boundary the combined one may go.
  const boundary = mode == FOLLOWING ? splat(0.9999) : mode == CENTRING ? splat(0.99) : sub(one, min(splat(0.01), mul(left, splat(0.1))));
  v128.store(work, min(one, div(boundary, longest)), STEP);
}

/** Tests the live lanes after a move (the last one needs no factors, as a rule); END says how each ended, or RUNNING. */
function check(work: usize, N: i32, M: i32, live: i32, regularized: bool, tolerance: f64): void {
  let early: i32 = 0, late: i32 = 0, converged: i32 = 0;
  for (let l: i32 = 0; l < 2; ++l) {
    const bit = 1 << l, lane = <usize>l << 3;
    if (!(live & bit)) continue;
    const gap = load<f64>(work + lane, GAP);
    store<i32>(work + lane, gap < Infinity ? RUNNING : BROKEN, END);
    if (!(gap < EARLY_GAP)) continue;
    // Where the path jams, as it may near ties, steps say nothing: size tells by then.
    if (gap < TIED_GAP) late |= bit;
    else early |= bit;
    if (!(gap < tolerance)) continue;
    measureStationarity(work, N, M);
    if (load<f64>(work + lane, DUAL_RESIDUAL) < STATIONARITY) converged |= bit;
  }
  if (early) finish(work, N, M, early, regularized, converged, false, BY_TREND, 0);
  if (late) finish(work, N, M, late, regularized, converged, false, BY_SIZE, 0);
  for (let l: i32 = 0; l < 2; ++l) {
    const bit = 1 << l, lane = <usize>l << 3;
    if (!((early | late) & bit)) continue;
    if (converged & bit && load<i32>(work + lane, CODE) == FAILED) finish(work, N, M, bit, regularized, bit, false, BY_SHARE, 0);
    const code = load<i32>(work + lane, CODE);
    let end = converged & bit && load<f64>(work + lane, GAP) < tolerance * DEEPER ? CONVERGED : RUNNING;
    if (code == FINISHED || (code == WEAK && converged & bit)) end = EXACT;
    else if (code == LOOSE && load<f64>(work + lane, GAP) < TIED_GAP) end = TIED;
    store<i32>(work + lane, end, END);
  }
}

/** Sets the loaded pair going; `lanes` has one bit per lane that holds a profile. */
export function begin(work: usize, N: i32, M: i32, lanes: i32): void {
  start(work, N, M);
  store<i32>(work, 0, ITERATION);
  store<i32>(work, lanes, LIVE);
}

/** The same from a solution of nearly the same programme. */
export function beginNear(work: usize, N: i32, M: i32, lanes: i32, amounts: usize, prices: usize): void {
  startNear(work, N, M, amounts, prices);
  store<i32>(work, 0, ITERATION);
  store<i32>(work, lanes, LIVE);
}

/**
 * Iterates until some lane ends and returns those lanes' bits (END says how), or 0 when none is left. Read the ended lanes before the
 * next call, which does not keep them.
 */
export function advance(work: usize, N: i32, M: i32, regularized: bool, tolerance: f64, vector: usize): i32 {
  const live = load<i32>(work, LIVE);
  if (live == 0) return 0;
  while (true) {
    const iteration = load<i32>(work, ITERATION);
    if (iteration > 0) {
      factor(work, N, M, regularized);
      step(work, N, M, vector, FREELY, 0);
    }
    move(work, N, M);
    store<i32>(work, iteration + 1, ITERATION);
    check(work, N, M, live, regularized, tolerance);
    let ended: i32 = 0;
    for (let l: i32 = 0; l < 2; ++l) {
      if (!(live & (1 << l))) continue;
      const lane = <usize>l << 3;
      if (load<i32>(work + lane, END) == RUNNING && iteration == ITERATIONS) store<i32>(work + lane, OUT_OF_ITERATIONS, END);
      if (load<i32>(work + lane, END) != RUNNING) ended |= 1 << l;
    }
    if (ended) {
      store<i32>(work, live ^ ended, LIVE);
      return ended;
    }
  }
}

/**
 * Solves a profile whose optimum is not unique again, both lanes holding it, so that the answer is the analytic centre of the
 * optimal face: centres at a point of the central path, where all products equal τ, and follows the tangent from there. That errs by
 * O(τ²), and the exact solve around the loose entries takes the rest. Where some slack vanishes with its dual the path errs by O(√τ),
 * and the centre is climbed to on the face itself. Returns how it ended: EXACT (unique after all), TIED, or a failure.
 */
export function solveCentred(work: usize, N: i32, M: i32, regularized: bool, tolerance: f64, vector: usize): i32 {
  start(work, N, M);
  let mode = FREELY, centred: i32 = 0;
  let target = CENTRE_AT;
  for (let iteration: i32 = 0; iteration <= ITERATIONS; ++iteration) {
    if (iteration > 0) step(work, N, M, vector, mode, target);
    move(work, N, M);
    factor(work, N, M, regularized);
    store<i32>(work, iteration, ITERATION);
    const gap = load<f64>(work, GAP);
    if (!(gap < Infinity)) return BROKEN;
    if (mode == FREELY) {
      if (gap < 2 * target * load<f64>(work, COUNT)) {
        mode = CENTRING;
        centred = 0;
      }
    } else if (mode == CENTRING) {
      if (++centred == CENTRING_STEPS || spread(work, N, M) < CENTRED) mode = FOLLOWING;
    } else {
      finish(work, N, M, 1, regularized, 1, true, BY_SIZE, 0);
      const first = load<i32>(work, CODE);
      if (first == FAILED || first == LOOSE_WEAK) {
        // With weak entries taken for free the face would seem larger than it is.
        finish(work, N, M, 1, regularized, 1, true, BY_SIZE, WIDE * Math.sqrt(target));
        if (first == LOOSE_WEAK && load<i32>(work, CODE) == FAILED) finish(work, N, M, 1, regularized, 1, true, BY_SIZE, 0);
      }
      const end = load<i32>(work, CODE);
      if (end == LOOSE_WEAK) centreOfFace(work, N, M);
      if (end != FAILED) return end == LOOSE || end == LOOSE_WEAK ? TIED : EXACT;
      measureStationarity(work, N, M);
      if (gap < tolerance && load<f64>(work, DUAL_RESIDUAL) < STATIONARITY) return CONVERGED;
      if (gap < 0.1 * target * load<f64>(work, COUNT) && target > 1e-9) {
        // The active set does not show yet: closer to the optimum.
        target *= 0.1;
        mode = FREELY;
      }
    }
  }
  return OUT_OF_ITERATIONS;
}
