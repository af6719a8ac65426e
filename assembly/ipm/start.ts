// Scales a pair of profiles and sets the starting point of the interior point.
//
// Units: an item's supply is 1 (a, x and the slack are shares of it, prices are per supply), an agent's utility of its whole
// effective demand is 1, the largest weight is 1. Proportional fairness is invariant under all three, so magnitudes of 1e-9
// and 1e9 cost no accuracy.
import { add, and, div, max, min, mul, splat, sub, where } from '../lanes';
import { number } from './problem';
import {
  A, AGENT, AMPLE, COUNT, D_A, D_LAMBDA, D_MU, D_NU, D_SLACK, ENTRY, ITEM, ITEM_SCALE, LAMBDA, LINEAR, MU, NU, ON, OPEN, S,
  SLACK, STEP, VALUE, WEIGHT, WEIGHT_SCALE, X, agentsAt, entriesAt, itemsAt,
} from './layout';

// The starting point near a known solution.
const NEAR: f64 = 0.02; // least product of a slack and its dual
const INSIDE: f64 = 0.1; // share of a demand that an amount keeps from its bounds
const FULL: f64 = 0.95; // most of a supply that is given away
const CHEAPER: f64 = 0.95;

/** Puts one profile into one lane (0 or 8 bytes into each pair). */
export function loadLane(
  work: usize, lane: usize, N: i32, M: i32, values: usize, demands: usize, budgets: usize, weights: usize, regularizer: usize,
): void {
  let ample: i32 = 0;
  const items = itemsAt(work) + lane;
  let largest: f64 = 0;
  for (let i: i32 = 0; i < N; ++i) {
    const w = number(weights, i, 1);
    if (w > largest) largest = w;
  }
  if (!(largest > 0)) largest = 1;
  store<f64>(work + lane, largest, WEIGHT_SCALE);
  for (let m: i32 = 0; m < M; ++m) store<f64>(items + <usize>m * ITEM, number(budgets, m, 1), ITEM_SCALE);
  const row = <usize>M << 3;
  for (let i: i32 = 0; i < N; ++i) {
    const o = row * <usize>i;
    if (loadAgent(work, lane, N, M, i, values + o, demands ? demands + o : 0, number(weights, i, 1), regularizer ? regularizer + o : 0)) ample = 1;
  }
  store<i32>(work + lane, ample, AMPLE);
}

/**
 * Puts one agent's rows (values, and demands and regularizer if there are any, at their addresses) into a lane that has the supplies and the
 * unit of weights. True where some demand exceeds its supply.
 */
export function loadAgent(
  work: usize, lane: usize, N: i32, M: i32, i: i32, values: usize, demands: usize, weight: f64, regularizer: usize,
): bool {
  const zero = splat(0), one = splat(1);
  const first = entriesAt(work, N, M) + lane + <usize>(i * M) * ENTRY, agent = agentsAt(work, M) + lane + <usize>i * AGENT;
  const largest = load<f64>(work + lane, WEIGHT_SCALE);
  let ample = false, whole = zero, e = first;
  for (let m: i32 = 0, item = itemsAt(work) + lane, j: usize = 0; m < M; ++m, e += ENTRY, item += ITEM, j += 8) {
    const b = load<f64>(item, ITEM_SCALE);
    // Without demands the share is 1; with b = 1, the usual supply, no division is needed. Both tests go one way for a whole batch.
    const share = demands ? (b == 1 ? load<f64>(demands + j) : b > 0 ? load<f64>(demands + j) / b : 0) : b > 0 ? 1 : 0;
    if (share > 1) ample = true;
    const x = min(splat(share), one), v = splat(load<f64>(values + j) * b);
    whole = add(whole, mul(v, x));
    v128.store64_lane(e, v, 0, VALUE);
    v128.store64_lane(e, x, 0, X);
    store<f64>(e, regularizer ? load<f64>(regularizer + j) * b / largest : 0, LINEAR);
  }
  const w = splat(weight / largest);
  const live = and(f64x2.gt(w, zero), f64x2.gt(whole, zero));
  v128.store64_lane(agent, and(w, live), 0, WEIGHT);
  const unit = and(div(one, whole), live);
  e = first;
  for (let m: i32 = 0; m < M; ++m, e += ENTRY) {
    const x = v128.load64_splat(e, X);
    const on = and(f64x2.gt(x, zero), live);
    v128.store64_lane(e, and(mul(v128.load64_splat(e, VALUE), unit), on), 0, VALUE);
    v128.store64_lane(e, and(x, on), 0, X);
    v128.store64_lane(e, on, 0, ON);
  }
  return ample;
}

/**
 * A demand above the supply cannot bind: where its agent has all of the item, the dual of the bound belongs to the price. (Everybody else has
 * none of it, so that only duals of a >= 0 grow with the price.)
 */
export function priceAmple(work: usize, lane: usize, N: i32, M: i32, demands: usize, budgets: usize): void {
  const line = <usize>M * ENTRY;
  for (let m: i32 = 0, item = itemsAt(work) + lane; m < M; ++m, item += ITEM) {
    const column = entriesAt(work, N, M) + lane + <usize>m * ENTRY;
    let dual: f64 = 0;
    for (let i: i32 = 0, e = column; i < N; ++i, e += line) {
      if (load<i64>(e, ON) == 0 || load<f64>(e, S) != 0 || !(load<f64>(demands + (<usize>(i * M + m) << 3)) > number(budgets, m, 1))) continue;
      dual = load<f64>(e, NU);
      store<f64>(e, 0, NU);
    }
    if (!(dual > 0)) continue;
    store<f64>(item, load<f64>(item, LAMBDA) + dual, LAMBDA);
    for (let i: i32 = 0, e = column; i < N; ++i, e += line) {
      if (load<i64>(e, ON) != 0 && load<f64>(e, S) != 0) store<f64>(e, load<f64>(e, MU) + dual, MU);
    }
  }
}

/**
 * The starting point: the same fraction of each demand within most of the supply, prices somewhat below those that would stop every agent there.
 * The four numbers are those with the fewest iterations on random profiles from 2 x 2 to 100 x 10.
 */
export function start(work: usize, N: i32, M: i32): void {
  const zero = splat(0), one = splat(1), two = splat(2), full = splat(0.9);
  const items = itemsAt(work), agents = agentsAt(work, M), entries = entriesAt(work, N, M);
  const line = <usize>M * ENTRY;
  let count = zero;
  for (let m: i32 = 0; m < M; ++m) {
    const item = items + <usize>m * ITEM;
    let demand = zero;
    for (let i: i32 = 0, e = entries + <usize>m * ENTRY; i < N; ++i, e += line) demand = add(demand, v128.load(e, X));
    const open = f64x2.gt(demand, zero);
    const fraction = where(open, min(full, div(full, demand)), full);
    let used = zero;
    for (let i: i32 = 0, e = entries + <usize>m * ENTRY; i < N; ++i, e += line) {
      const x = v128.load(e, X), on = v128.load(e, ON);
      const a = mul(fraction, x);
      v128.store(e, a, A);
      v128.store(e, sub(x, a), S);
      used = add(used, a);
      count = add(count, v128.and(on, two));
      v128.store(e, zero, D_A);
      v128.store(e, zero, D_MU);
      v128.store(e, zero, D_NU);
    }
    v128.store(item, open, OPEN);
    v128.store(item, sub(one, used), SLACK);
    v128.store(item, zero, D_LAMBDA);
    v128.store(item, zero, D_SLACK);
    count = add(count, v128.and(open, one));
  }
  for (let m: i32 = 0; m < M; ++m) v128.store(items + <usize>m * ITEM, zero, LAMBDA);
  for (let i: i32 = 0; i < N; ++i) {
    const agent = agents + <usize>i * AGENT;
    const first = entries + <usize>i * line;
    let utility = zero;
    for (let m: i32 = 0, e = first; m < M; ++m, e += ENTRY) utility = add(utility, mul(v128.load(e, VALUE), v128.load(e, A)));
    const weight = v128.load(agent, WEIGHT);
    const slope = where(f64x2.gt(weight, zero), div(weight, utility), zero);
    for (let m: i32 = 0, e = first, item = items; m < M; ++m, e += ENTRY, item += ITEM) {
      // What a negative linear term adds to an agent's wish, a price must take.
      const pull = and(sub(mul(slope, v128.load(e, VALUE)), min(v128.load(e, LINEAR), zero)), v128.load(e, ON));
      v128.store(item, max(v128.load(item, LAMBDA), pull), LAMBDA);
    }
  }
  for (let m: i32 = 0; m < M; ++m) {
    const item = items + <usize>m * ITEM;
    const open = v128.load(item, OPEN);
    const top = v128.load(item, LAMBDA);
    const lambda = where(f64x2.gt(top, zero), mul(splat(0.6), top), one);
    v128.store(item, v128.and(lambda, open), LAMBDA);
    for (let i: i32 = 0, e = entries + <usize>m * ENTRY; i < N; ++i, e += line) {
      const on = v128.load(e, ON);
      v128.store(e, where(on, add(mul(splat(0.6), lambda), max(v128.load(e, LINEAR), zero)), one), MU);
      v128.store(e, where(on, mul(splat(0.75), lambda), one), NU);
    }
  }
  v128.store(work, count, COUNT);
  v128.store(work, zero, STEP);
}

/**
 * A starting point near a solution of nearly the same programme: `amounts` and `prices` are its allocation and prices in the user's units, the
 * same for both lanes. Everything is pulled inside its bounds so far that all products are about NEAR.
 */
export function startNear(work: usize, N: i32, M: i32, amounts: usize, prices: usize): void {
  const zero = splat(0), one = splat(1), two = splat(2), near = splat(NEAR), inside = splat(INSIDE);
  const items = itemsAt(work), agents = agentsAt(work, M), entries = entriesAt(work, N, M);
  const line = <usize>M * ENTRY;
  let count = zero;
  for (let m: i32 = 0; m < M; ++m) {
    const item = items + <usize>m * ITEM;
    const scale = v128.load(item, ITEM_SCALE);
    let used = zero, demand = zero;
    for (let i: i32 = 0, e = entries + <usize>m * ENTRY, j = m; i < N; ++i, e += line, j += M) {
      const x = v128.load(e, X), on = v128.load(e, ON);
      const least = mul(inside, x);
      const a = and(min(max(div(splat(load<f64>(amounts + (<usize>j << 3))), scale), least), sub(x, least)), on);
      v128.store(e, a, A);
      used = add(used, a);
      demand = add(demand, x);
      count = add(count, v128.and(on, two));
    }
    const open = f64x2.gt(demand, zero);
    const fit = min(one, div(splat(FULL), used));
    for (let i: i32 = 0, e = entries + <usize>m * ENTRY; i < N; ++i, e += line) {
      const a = and(mul(v128.load(e, A), fit), v128.load(e, ON));
      v128.store(e, a, A);
      v128.store(e, sub(v128.load(e, X), a), S);
      v128.store(e, zero, D_A);
      v128.store(e, zero, D_MU);
      v128.store(e, zero, D_NU);
    }
    const slack = sub(one, and(mul(used, fit), open));
    const price = div(mul(splat(load<f64>(prices + (<usize>m << 3))), scale), v128.load(work, WEIGHT_SCALE));
    v128.store(item, open, OPEN);
    v128.store(item, slack, SLACK);
    v128.store(item, and(max(mul(splat(CHEAPER), price), div(near, slack)), open), LAMBDA);
    v128.store(item, zero, D_LAMBDA);
    v128.store(item, zero, D_SLACK);
    count = add(count, v128.and(open, one));
  }
  for (let i: i32 = 0; i < N; ++i) {
    const agent = agents + <usize>i * AGENT, first = entries + <usize>i * line;
    let utility = zero;
    for (let m: i32 = 0, e = first; m < M; ++m, e += ENTRY) utility = add(utility, mul(v128.load(e, VALUE), v128.load(e, A)));
    const weight = v128.load(agent, WEIGHT);
    const slope = where(f64x2.gt(weight, zero), div(weight, utility), zero);
    for (let m: i32 = 0, e = first, item = items; m < M; ++m, e += ENTRY, item += ITEM) {
      const dual = sub(v128.load(item, LAMBDA), mul(slope, v128.load(e, VALUE))), on = v128.load(e, ON);
      v128.store(e, where(on, max(dual, div(near, v128.load(e, A))), one), MU);
      v128.store(e, where(on, max(f64x2.neg(dual), div(near, v128.load(e, S))), one), NU);
    }
  }
  v128.store(work, count, COUNT);
  v128.store(work, zero, STEP);
}
