// Scales a pair of profiles and sets the starting point of the interior point.
//
// Units: an item's supply is 1 (a, x and the slack are shares of it, prices are per supply), an agent's utility of its whole
// effective demand is 1, the largest weight is 1. Proportional fairness is invariant under all three, so magnitudes of 1e-9
// and 1e9 cost no accuracy.
import { add, div, max, min, mul, splat, sub, where } from '../lanes';
import {
  A, AGENT, COUNT, D_A, D_LAMBDA, D_MU, D_NU, D_SLACK, ENTRY, ITEM, ITEM_SCALE, LAMBDA, LINEAR, MU, NU, ON, OPEN, S,
  SLACK, STEP, VALUE, WEIGHT, WEIGHT_SCALE, X, agentsAt, entriesAt, itemsAt,
} from './layout';

/** Demands above this many supplies are as good as none. */
const LARGEST: f64 = 1e6;

/** Puts one profile into one lane (0 or 8 bytes into each pair). */
export function loadLane(
  work: usize, lane: usize, N: i32, M: i32, values: usize, demands: usize, budgets: usize, weights: usize, regularizer: usize,
): void {
  const items = itemsAt(work) + lane, agents = agentsAt(work, M) + lane;
  let largest: f64 = 0;
  for (let i: i32 = 0; i < N; ++i) largest = Math.max(largest, weights ? load<f64>(weights + (<usize>i << 3)) : 1);
  if (!(largest > 0)) largest = 1;
  store<f64>(work + lane, largest, WEIGHT_SCALE);
  for (let m: i32 = 0; m < M; ++m) {
    store<f64>(items + <usize>m * ITEM, budgets ? load<f64>(budgets + (<usize>m << 3)) : 1, ITEM_SCALE);
  }
  let e = entriesAt(work, N, M) + lane;
  for (let i: i32 = 0; i < N; ++i) {
    const w = weights ? load<f64>(weights + (<usize>i << 3)) : 1;
    const first = e;
    let full: f64 = 0;
    for (let m: i32 = 0; m < M; ++m, e += ENTRY) {
      const o = <usize>(i * M + m) << 3;
      const b = load<f64>(items + <usize>m * ITEM, ITEM_SCALE);
      const x = demands ? load<f64>(demands + o) : b;
      const v = load<f64>(values + o) * b;
      let share = b == 1 ? x : b > 0 ? x / b : 0;
      full += share < 1 ? v * share : v;
      if (share > LARGEST) share = LARGEST;
      store<f64>(e, v, VALUE);
      store<f64>(e, share, X);
      store<f64>(e, regularizer ? load<f64>(regularizer + o) * b / largest : 0, LINEAR);
    }
    const live = w > 0 && full > 0;
    store<f64>(agents + <usize>i * AGENT, live ? w / largest : 0, WEIGHT);
    const unit = live ? 1 / full : 0;
    e = first;
    for (let m: i32 = 0; m < M; ++m, e += ENTRY) {
      const on = live && load<f64>(e, X) > 0;
      store<f64>(e, on ? load<f64>(e, VALUE) * unit : 0, VALUE);
      store<i64>(e, on ? -1 : 0, ON);
      if (!on) store<f64>(e, 0, X);
    }
  }
}

/** The starting point: the same fraction of each demand within half the supply, prices that would stop every agent there. */
export function start(work: usize, N: i32, M: i32): void {
  const zero = splat(0), one = splat(1), half = splat(0.5), two = splat(2);
  const items = itemsAt(work), agents = agentsAt(work, M), entries = entriesAt(work, N, M);
  const line = <usize>M * ENTRY;
  let count = zero;
  for (let m: i32 = 0; m < M; ++m) {
    const item = items + <usize>m * ITEM;
    let demand = zero;
    for (let i: i32 = 0, e = entries + <usize>m * ENTRY; i < N; ++i, e += line) demand = add(demand, v128.load(e, X));
    const open = f64x2.gt(demand, zero);
    const fraction = where(open, min(half, div(half, demand)), half);
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
      v128.store(item, max(v128.load(item, LAMBDA), mul(slope, v128.load(e, VALUE))), LAMBDA);
    }
  }
  for (let m: i32 = 0; m < M; ++m) {
    const item = items + <usize>m * ITEM;
    const open = v128.load(item, OPEN);
    const top = v128.load(item, LAMBDA);
    const lambda = where(f64x2.gt(top, zero), top, one);
    v128.store(item, v128.and(lambda, open), LAMBDA);
    for (let i: i32 = 0, e = entries + <usize>m * ENTRY; i < N; ++i, e += line) {
      const on = v128.load(e, ON);
      v128.store(e, where(on, lambda, one), MU);
      v128.store(e, where(on, div(mul(half, lambda), max(one, v128.load(e, X))), one), NU);
    }
  }
  v128.store(work, count, COUNT);
  v128.store(work, zero, STEP);
}
