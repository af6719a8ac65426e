// Solves the optimality conditions exactly for the active set that the iterate shows, in one lane.
//
// Round: entry at 0 iff μ > a, at its demand iff ν > s, else free; budget binding iff λ > slack. On free entries
//
//     w_i v_im / u_i = λ_m + z_im,     u_i = c_i + Σ_free v_im a_im,     Σ_{i free} a_im = b'_m = b_m − Σ_capped x_im.
//
// Free entries are the edges of a graph between agents and binding items. Where it is a forest, every price in a tree is an
// affine function of the root's, λ_m = g_m θ + h_m, and the budget equations weighted by g give one equation for θ,
//
//     Σ_i [ g_m w_i / (g_m θ + h_m + z_im) − c_i g_m / v_im ] = Σ_m g_m b'_m      (m: the item through which i was reached),
//
// linear in 1/θ without regularizer. Amounts follow from the leaves inwards. There is no subtraction of nearly equal numbers, so
// the result is exact to rounding. An edge that closes a cycle shows that the allocation is not unique; it, and what is free to move of an
// item that does not bind, is loose: it keeps the iterate's amount, and the tree is solved around it.
//
// Cost: a few operations an entry. Changes D_A (the amounts), D_MU (the class) and D_LAMBDA only, unless it succeeds.
import {
  A, AGENT, CAPPED, D_A, D_LAMBDA, D_MU, ENTRY, GAIN, ITEM, LAMBDA, LEFT, LINEAR, MU, NU, ON, OPEN, PARENT, QUEUE, RATE, S, SHIFT,
  SLACK, UP, VALUE, WEIGHT, X, agentsAt, entriesAt, itemsAt,
} from './layout';

export const FINISHED: i32 = 0; // a strictly complementary optimum was stored
export const WEAK: i32 = 1; // an optimum was stored, but some slack and its dual both vanish
export const LOOSE: i32 = 2; // not unique: an optimum was stored if loose entries were allowed
export const LOOSE_WEAK: i32 = 3; // both
export const FAILED: i32 = 4; // the rounded set is not the optimum's

const OFF: i64 = 0, AT_ZERO: i64 = 1, AT_DEMAND: i64 = 2, FREE: i64 = 3, KEPT: i64 = 4;
const UNSEEN: i64 = -1, ROOT: i64 = -2, SPARE: i64 = -3, UNSERVED: i64 = -4;
const VIOLATION: f64 = 1e-13; // of a sign or bound, clamped away
const BALANCE: f64 = 1e-10; // of the stationarity of a loose entry
const STRICT: f64 = 1e-10; // least slack or dual of a strictly complementary point

// @ts-ignore: decorator
@inline function f(at: usize, o: usize): f64 { return load<f64>(at + o); }

/** Classifies entries (nothing within `margin` of a bound is free), sums what capped demands use. */
function round(items: usize, agents: usize, entries: usize, N: i32, M: i32, margin: f64): void {
  for (let m: i32 = 0, item = items; m < M; ++m, item += ITEM) {
    store<f64>(item, 1, LEFT);
    store<i64>(item, UNSEEN, PARENT);
  }
  let e = entries;
  for (let i: i32 = 0, agent = agents; i < N; ++i, agent += AGENT) {
    let capped: f64 = 0;
    for (let m: i32 = 0, item = items; m < M; ++m, e += ENTRY, item += ITEM) {
      let kind = OFF;
      if (load<i64>(e, ON) != 0) {
        const a = f(e, A), s = f(e, S);
        if (Math.min(a, s) < margin) kind = a < s ? AT_ZERO : AT_DEMAND;
        else kind = f(e, MU) > a ? AT_ZERO : f(e, NU) > s ? AT_DEMAND : FREE;
        if (kind == AT_DEMAND) {
          const x = f(e, X);
          capped += f(e, VALUE) * x;
          store<f64>(item, f(item, LEFT) - x, LEFT);
          store<f64>(e, x, D_A);
        } else store<f64>(e, 0, D_A);
      } else store<f64>(e, 0, D_A);
      store<i64>(e, kind, D_MU);
    }
    store<f64>(agent, capped, CAPPED);
    store<i64>(agent, UNSEEN, UP);
  }
}

/** Lets an entry keep the iterate's amount. */
function keep(e: usize, agent: usize, item: usize): void {
  const a = f(e, A);
  store<i64>(e, KEPT, D_MU);
  store<f64>(e, a, D_A);
  store<f64>(agent, f(agent, CAPPED) + f(e, VALUE) * a, CAPPED);
  store<f64>(item, f(item, LEFT) - a, LEFT);
}

/**
 * Visits the tree of item `root` breadth first; its items are the queue's records from `from` on. Returns the queue's new length, or
 * -1 for a cycle where loose entries are not allowed.
 */
function grow(items: usize, agents: usize, entries: usize, N: i32, M: i32, root: i32, from: i32, allowLoose: bool): i32 {
  const line = <usize>M * ENTRY;
  let head = from, tail = from + 1;
  store<i64>(items + <usize>from * ITEM, root, QUEUE);
  const first = items + <usize>root * ITEM;
  store<f64>(first, 1, GAIN);
  store<f64>(first, 0, SHIFT);
  store<i64>(first, ROOT, PARENT);
  while (head < tail) {
    const m = <i32>load<i64>(items + <usize>head * ITEM, QUEUE);
    ++head;
    const item = items + <usize>m * ITEM;
    const gain = f(item, GAIN), shift = f(item, SHIFT), parent = load<i64>(item, PARENT);
    let e = entries + <usize>m * ENTRY;
    for (let i: i32 = 0, agent = agents; i < N; ++i, agent += AGENT, e += line) {
      if (load<i64>(e, D_MU) != FREE || <i64>i == parent) continue;
      if (load<i64>(agent, UP) != UNSEEN) {
        if (!allowLoose) return -1;
        keep(e, agent, item);
        continue;
      }
      store<i64>(agent, m, UP);
      const v = f(e, VALUE);
      const perValue = gain / v, offset = (shift + f(e, LINEAR)) / v;
      let other = entries + <usize>i * line;
      for (let l: i32 = 0, next = items; l < M; ++l, other += ENTRY, next += ITEM) {
        if (l == m || load<i64>(other, D_MU) != FREE) continue;
        if (load<i64>(next, PARENT) != UNSEEN) {
          if (!allowLoose) return -1;
          keep(other, agent, next);
          continue;
        }
        const vl = f(other, VALUE);
        store<f64>(next, vl * perValue, GAIN);
        store<f64>(next, vl * offset - f(other, LINEAR), SHIFT);
        store<i64>(next, i, PARENT);
        store<i64>(items + <usize>tail * ITEM, l, QUEUE);
        ++tail;
      }
    }
  }
  return tail;
}

/** Price at the root: Newton's method on the one equation (one step suffices without regularizer). */
function rootPrice(items: usize, agents: usize, entries: usize, N: i32, M: i32, from: i32, to: i32, regularized: bool): f64 {
  const line = <usize>M * ENTRY;
  let right: f64 = 0, money: f64 = 0;
  for (let k = from; k < to; ++k) {
    const m = <i32>load<i64>(items + <usize>k * ITEM, QUEUE);
    const item = items + <usize>m * ITEM;
    const gain = f(item, GAIN);
    right += gain * f(item, LEFT);
    let e = entries + <usize>m * ENTRY;
    for (let i: i32 = 0, agent = agents; i < N; ++i, agent += AGENT, e += line) {
      if (load<i64>(agent, UP) != m) continue;
      right += f(agent, CAPPED) * gain / f(e, VALUE);
      money += f(agent, WEIGHT);
    }
  }
  if (!regularized) return money / right;
  let theta = f(items + <usize>load<i64>(items + <usize>from * ITEM, QUEUE) * ITEM, LAMBDA);
  for (let round: i32 = 0; round < 20; ++round) {
    let value = -right, slope: f64 = 0;
    for (let k = from; k < to; ++k) {
      const m = <i32>load<i64>(items + <usize>k * ITEM, QUEUE);
      const item = items + <usize>m * ITEM;
      const gain = f(item, GAIN);
      let e = entries + <usize>m * ENTRY;
      for (let i: i32 = 0, agent = agents; i < N; ++i, agent += AGENT, e += line) {
        if (load<i64>(agent, UP) != m) continue;
        const g = gain / (gain * theta + f(item, SHIFT) + f(e, LINEAR));
        value += f(agent, WEIGHT) * g;
        slope += f(agent, WEIGHT) * g * g;
      }
    }
    const step = value / slope;
    theta += step;
    if (!(Math.abs(step) > 1e-16 * Math.abs(theta))) break;
  }
  return theta;
}

/** Amounts of the tree's free entries, leaves first; prices and utilities with them. */
function amounts(items: usize, agents: usize, entries: usize, N: i32, M: i32, from: i32, to: i32, theta: f64): void {
  const line = <usize>M * ENTRY;
  for (let k = to - 1; k >= from; --k) {
    const m = <i32>load<i64>(items + <usize>k * ITEM, QUEUE);
    const item = items + <usize>m * ITEM;
    const lambda = f(item, GAIN) * theta + f(item, SHIFT);
    store<f64>(item, lambda, D_LAMBDA);
    const parent = load<i64>(item, PARENT);
    let left = f(item, LEFT);
    let e = entries + <usize>m * ENTRY;
    for (let i: i32 = 0, agent = agents; i < N; ++i, agent += AGENT, e += line) {
      if (load<i64>(agent, UP) != m) continue;
      const v = f(e, VALUE);
      const slope = (lambda + f(e, LINEAR)) / v;
      store<f64>(agent, slope, RATE);
      let need = f(agent, WEIGHT) / slope - f(agent, CAPPED);
      let other = entries + <usize>i * line;
      for (let l: i32 = 0; l < M; ++l, other += ENTRY) {
        if (l != m && load<i64>(other, D_MU) == FREE) need -= f(other, VALUE) * f(other, D_A);
      }
      const a = need / v;
      store<f64>(e, a, D_A);
      left -= a;
    }
    if (parent >= 0) store<f64>(entries + <usize>parent * line + <usize>m * ENTRY, left, D_A);
    else store<f64>(item, left, LEFT);
  }
}

/** The price nearest to the iterate's at which those at their demand want all of it and those at 0 nothing. */
function anyPrice(item: usize, agents: usize, column: usize, N: i32, line: usize): f64 {
  let low: f64 = 0, high: f64 = Infinity;
  for (let i: i32 = 0, agent = agents, e = column; i < N; ++i, agent += AGENT, e += line) {
    const kind = load<i64>(e, D_MU);
    const worth = f(agent, RATE) * f(e, VALUE) - f(e, LINEAR);
    if (kind == AT_ZERO) low = Math.max(low, worth);
    else if (kind == AT_DEMAND) high = Math.min(high, worth);
  }
  return Math.max(low, Math.min(f(item, LAMBDA), high));
}

/**
 * Tries to finish one lane (0 or 8). On FINISHED, on WEAK if `acceptWeak` and on LOOSE and LOOSE_WEAK if `allowLoose`, the lane's A, S, MU, NU and LAMBDA are
 * the exact optimum's; otherwise they are untouched.
 */
export function finish(
  work: usize, lane: usize, N: i32, M: i32, regularized: bool, acceptWeak: bool, allowLoose: bool, margin: f64,
): i32 {
  const items = itemsAt(work) + lane, agents = agentsAt(work, M) + lane, entries = entriesAt(work, N, M) + lane;
  const line = <usize>M * ENTRY;
  round(items, agents, entries, N, M, margin);

  let least: f64 = Infinity; // smallest slack or dual
  for (let m: i32 = 0, item = items; m < M; ++m, item += ITEM) {
    const open = load<i64>(item, OPEN) != 0;
    if (open && f(item, LAMBDA) > f(item, SLACK)) continue;
    // Supply to spare: nobody is rationed, so only what nobody values is free to move.
    let e = entries + <usize>m * ENTRY;
    for (let i: i32 = 0, agent = agents; i < N; ++i, agent += AGENT, e += line) {
      if (load<i64>(e, D_MU) != FREE) continue;
      if (f(e, VALUE) != 0) return FAILED;
      if (!allowLoose) return LOOSE;
      keep(e, agent, item);
    }
    store<f64>(item, 0, D_LAMBDA);
    store<i64>(item, SPARE, PARENT);
    if (open) least = Math.min(least, f(item, LEFT));
  }

  let seen: i32 = 0;
  for (let m: i32 = 0, item = items; m < M; ++m, item += ITEM) {
    if (load<i64>(item, PARENT) != UNSEEN) continue;
    const to = grow(items, agents, entries, N, M, m, seen, allowLoose);
    if (to < 0) return LOOSE;
    let served = to - seen > 1;
    for (let i: i32 = 0, agent = agents; i < N && !served; ++i, agent += AGENT) served = load<i64>(agent, UP) == m;
    if (served) {
      amounts(items, agents, entries, N, M, seen, to, rootPrice(items, agents, entries, N, M, seen, to, regularized));
      for (let k = seen; k < to; ++k) {
        const lambda = f(items + <usize>load<i64>(items + <usize>k * ITEM, QUEUE) * ITEM, D_LAMBDA);
        if (!(lambda > -VIOLATION)) return FAILED;
        least = Math.min(least, lambda);
      }
    } else store<i64>(item, UNSERVED, PARENT); // capped demands use the supply up: any price in a range will do
    if (!(Math.abs(f(item, LEFT)) <= VIOLATION)) return FAILED;
    seen = to;
  }

  for (let i: i32 = 0, agent = agents; i < N; ++i, agent += AGENT) {
    // An agent none of whose entries is an edge has what its capped and kept amounts give.
    if (load<i64>(agent, UP) == UNSEEN) store<f64>(agent, f(agent, WEIGHT) / f(agent, CAPPED), RATE);
  }
  for (let m: i32 = 0, item = items; m < M; ++m, item += ITEM) {
    if (load<i64>(item, PARENT) == UNSERVED) store<f64>(item, anyPrice(item, agents, entries + <usize>m * ENTRY, N, line), D_LAMBDA);
  }

  // Signs and bounds of everything that was not imposed.
  let loose = false;
  let e = entries;
  for (let i: i32 = 0, agent = agents; i < N; ++i, agent += AGENT) {
    if (!(f(agent, WEIGHT) > 0)) {
      e += line;
      continue;
    }
    const slope = f(agent, RATE);
    if (!(slope < Infinity)) return FAILED;
    for (let m: i32 = 0, item = items; m < M; ++m, e += ENTRY, item += ITEM) {
      const kind = load<i64>(e, D_MU);
      if (kind == OFF) continue;
      const dual = f(item, D_LAMBDA) + f(e, LINEAR) - slope * f(e, VALUE);
      if (kind == FREE || kind == KEPT) {
        const a = f(e, D_A);
        least = Math.min(least, Math.min(a, f(e, X) - a));
        if (kind == KEPT) {
          loose = true;
          if (!(Math.abs(dual) <= BALANCE * Math.max(1, f(item, D_LAMBDA)))) return FAILED;
        }
      } else least = Math.min(least, kind == AT_ZERO ? dual : -dual);
      if (!(least > -VIOLATION)) return FAILED;
    }
  }
  const strict = least > STRICT;
  if (!strict && !acceptWeak) return WEAK;

  e = entries;
  for (let m: i32 = 0, item = items; m < M; ++m, item += ITEM) store<f64>(item, Math.max(f(item, D_LAMBDA), 0), LAMBDA);
  for (let i: i32 = 0, agent = agents; i < N; ++i, agent += AGENT) {
    const slope = f(agent, RATE);
    for (let m: i32 = 0, item = items; m < M; ++m, e += ENTRY, item += ITEM) {
      const kind = load<i64>(e, D_MU);
      if (kind == OFF) continue;
      const x = f(e, X), a = Math.min(Math.max(f(e, D_A), 0), x);
      const dual = f(item, LAMBDA) + f(e, LINEAR) - slope * f(e, VALUE);
      store<f64>(e, a, A);
      store<f64>(e, x - a, S);
      store<f64>(e, kind == AT_ZERO ? Math.max(dual, 0) : 0, MU);
      store<f64>(e, kind == AT_DEMAND ? Math.max(-dual, 0) : 0, NU);
    }
  }
  return loose ? (strict ? LOOSE : LOOSE_WEAK) : strict ? FINISHED : WEAK;
}

/** Takes out of the problem what lane 0's last `finish` found to be 0 in every optimum; both lanes hold the same profile. */
export function dropZeros(work: usize, N: i32, M: i32): void {
  const zero = f64x2.splat(0);
  let e = entriesAt(work, N, M);
  for (let j: i32 = 0, n = N * M; j < n; ++j, e += ENTRY) {
    if (load<i64>(e, D_MU) != AT_ZERO) continue;
    v128.store(e, zero, ON);
    v128.store(e, zero, X);
    v128.store(e, zero, VALUE);
  }
}
