// Ends a solve exactly: rounds the iterate to an active set, solves the optimality conditions for it (tree.ts) and checks the signs.
//
// With an exact solution of
//
//     w_i v_im / u_i = λ_m + z_im on free entries,     Σ_i a_im = b_m on binding budgets
//
// the point is optimal iff every other sign holds, whatever the iterate was. Both lanes are rounded (round.ts) and checked at once.
import { add, and, max, min, mul, splat, sub, where } from '../lanes';
import {
  A, AGENT, BINDING, CODE, D_A, D_LAMBDA, D_MU, D_NU, ENTRY, ITEM, LAMBDA, LEAST, LEFT, LINEAR, MU, NU, ON, OPEN, RATE, ROOT, S, VALUE, X,
  agentsAt, entriesAt, itemsAt,
} from './layout';
import { CYCLE, KEPT_SOME, NONSENSE, UNSEEN } from './graph';
import { round } from './round';
import { solveTree } from './tree';

// What became of a lane.
export const FINISHED: i32 = 0; // a strictly complementary optimum was stored
export const WEAK: i32 = 1; // an optimum, stored if accepted; some slack and its dual both vanish
export const LOOSE: i32 = 2; // not unique: an optimum was stored if loose entries were allowed
export const LOOSE_WEAK: i32 = 3; // both
export const FAILED: i32 = 4; // the rounded set is not the optimum's

const VIOLATION: f64 = 1e-13; // of a sign or bound, clamped away
const SPILL: f64 = 1e-9; // of a budget: what rounding leaves where an item is worth little to those who share it
const BALANCE: f64 = 1e-10; // of the stationarity of a loose entry
const STRICT: f64 = 1e-10; // least slack or dual of a strictly complementary point

/** Price, in one lane, of a binding item whose supply capped demands use up: the nearest to the iterate's at which all of it is wanted. */
function anyPrice(work: usize, lane: usize, N: i32, M: i32, m: i32): f64 {
  let low: f64 = 0, high: f64 = Infinity;
  let agent = agentsAt(work, M) + lane, e = entriesAt(work, N, M) + lane + <usize>m * ENTRY;
  for (let i: i32 = 0; i < N; ++i, agent += AGENT, e += <usize>M * ENTRY) {
    const worth = load<f64>(agent, RATE) * load<f64>(e, VALUE) - load<f64>(e, LINEAR);
    if (load<i64>(e, D_MU)) low = Math.max(low, worth);
    else if (load<i64>(e, D_NU)) high = Math.min(high, worth);
  }
  return Math.max(low, Math.min(load<f64>(itemsAt(work) + <usize>m * ITEM + lane, LAMBDA), high));
}

/** What the tree leaves open in one lane: prices of items nobody hangs on, supplies, signs of prices. False if something is wrong. */
function settle(work: usize, lane: usize, N: i32, M: i32): bool {
  let least: f64 = Infinity;
  for (let m: i32 = 0, item = itemsAt(work) + lane; m < M; ++m, item += ITEM) {
    const left = load<f64>(item, LEFT);
    if (load<i64>(item, BINDING) == 0) {
      if (load<i64>(item, OPEN) != 0) least = Math.min(least, left);
      continue;
    }
    if (load<i64>(item, ROOT) == UNSEEN) store<f64>(item, anyPrice(work, lane, N, M, m), D_LAMBDA);
    else least = Math.min(least, load<f64>(item, D_LAMBDA));
    if (!(Math.abs(left) <= SPILL)) return false;
  }
  store<f64>(work + lane, least, LEAST);
  return least > -VIOLATION;
}

/** Smallest slack or dual of both lanes, in LEAST; every entry that is free is between its bounds iff it is not negative. */
function signs(work: usize, N: i32, M: i32): void {
  let least = v128.load(work, LEAST);
  const items = itemsAt(work);
  let e = entriesAt(work, N, M), agent = agentsAt(work, M);
  const large = splat(Infinity);
  for (let i: i32 = 0; i < N; ++i, agent += AGENT) {
    const rate = v128.load(agent, RATE);
    for (let m: i32 = 0, item = items; m < M; ++m, e += ENTRY, item += ITEM) {
      const dual = sub(add(v128.load(item, D_LAMBDA), v128.load(e, LINEAR)), mul(rate, v128.load(e, VALUE)));
      const a = v128.load(e, D_A);
      const slack = min(a, sub(v128.load(e, X), a));
      const number = where(v128.load(e, D_MU), dual, where(v128.load(e, D_NU), f64x2.neg(dual), slack));
      least = min(where(v128.load(e, ON), number, large), least);
    }
  }
  v128.store(work, least, LEAST);
}

/** Entries that kept the iterate's amount must be stationary too. Plain code: this happens in tied profiles only. */
function balanced(work: usize, lane: usize, N: i32, M: i32): bool {
  const items = itemsAt(work) + lane;
  let e = entriesAt(work, N, M) + lane, agent = agentsAt(work, M) + lane;
  for (let i: i32 = 0; i < N; ++i, agent += AGENT) {
    const rate = load<f64>(agent, RATE);
    for (let m: i32 = 0, item = items; m < M; ++m, e += ENTRY, item += ITEM) {
      if (load<i64>(e, ON) == 0 || load<i64>(e, D_MU) != 0 || load<i64>(e, D_NU) != 0) continue;
      const lambda = load<f64>(item, D_LAMBDA);
      if (!(Math.abs(lambda + load<f64>(e, LINEAR) - rate * load<f64>(e, VALUE)) <= BALANCE * Math.max(1, lambda))) return false;
    }
  }
  return true;
}

/** Puts the exact point into the lanes of a mask. */
function keepPoint(work: usize, N: i32, M: i32, lanes: v128): void {
  const zero = splat(0);
  const items = itemsAt(work);
  for (let m: i32 = 0, item = items; m < M; ++m, item += ITEM) {
    v128.store(item, where(lanes, max(v128.load(item, D_LAMBDA), zero), v128.load(item, LAMBDA)), LAMBDA);
  }
  let e = entriesAt(work, N, M), agent = agentsAt(work, M);
  for (let i: i32 = 0; i < N; ++i, agent += AGENT) {
    const rate = v128.load(agent, RATE);
    for (let m: i32 = 0, item = items; m < M; ++m, e += ENTRY, item += ITEM) {
      const set = and(lanes, v128.load(e, ON)), x = v128.load(e, X);
      const a = min(max(v128.load(e, D_A), zero), x);
      const dual = sub(add(v128.load(item, LAMBDA), v128.load(e, LINEAR)), mul(rate, v128.load(e, VALUE)));
      v128.store(e, where(set, a, v128.load(e, A)), A);
      v128.store(e, where(set, sub(x, a), v128.load(e, S)), S);
      v128.store(e, where(set, and(max(dual, zero), v128.load(e, D_MU)), v128.load(e, MU)), MU);
      v128.store(e, where(set, and(max(f64x2.neg(dual), zero), v128.load(e, D_NU)), v128.load(e, NU)), NU);
    }
  }
}

/**
 * Tries to finish the lanes whose bits are set in `lanes`; CODE says what became of each. A lane's A, S, MU, NU and LAMBDA are the exact
 * optimum's on FINISHED, on WEAK if the lane's bit is set in `acceptWeak`, and on LOOSE and LOOSE_WEAK if `allowLoose`; otherwise they
 * are untouched. `rule` and `margin` say how to round. Changes D_A, D_MU, D_NU and D_LAMBDA in any case.
 */
export function finish(
  work: usize, N: i32, M: i32, lanes: i32, regularized: bool, acceptWeak: i32, allowLoose: bool, rule: i32, margin: f64,
): void {
  round(work, N, M, rule, margin);
  let kept: i32 = 0, alive = lanes;
  for (let l: i32 = 0; l < 2; ++l) {
    const bit = 1 << l, lane = <usize>l << 3;
    if (!(lanes & bit)) continue;
    const graph = solveTree(work, lane, N, M, regularized, allowLoose);
    let code = graph == CYCLE ? LOOSE : graph == NONSENSE ? FAILED : FINISHED;
    if (graph == KEPT_SOME) kept |= bit;
    if (code == FINISHED && !settle(work, lane, N, M)) code = FAILED;
    if (code != FINISHED) alive ^= bit;
    store<i32>(work + lane, code, CODE);
  }
  if (!alive) return;
  signs(work, N, M);
  let stored: i32 = 0;
  for (let l: i32 = 0; l < 2; ++l) {
    const bit = 1 << l, lane = <usize>l << 3;
    if (!(alive & bit)) continue;
    const least = load<f64>(work + lane, LEAST);
    let code: i32;
    if (!(least > -VIOLATION) || (kept & bit && !balanced(work, lane, N, M))) code = FAILED;
    else if (least > STRICT) code = kept & bit ? LOOSE : FINISHED;
    else code = kept & bit ? LOOSE_WEAK : WEAK;
    if (code != FAILED && (code != WEAK || acceptWeak & bit)) stored |= bit;
    store<i32>(work + lane, code, CODE);
  }
  if (stored) keepPoint(work, N, M, i64x2(stored & 1 ? -1 : 0, stored & 2 ? -1 : 0));
}
