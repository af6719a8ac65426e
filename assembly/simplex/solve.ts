// Primal simplex with bounds (Chvátal, Linear Programming, 1983, chapters 7 and 8): the entering column of largest reduced cost among those noted, lowest
// index where they are equal; the leaving one by Harris's two passes, largest pivot first; after a long stall the lowest index each time (Bland).
//
// Cost rows² and the nonzeros a pivot; usually two or three pivots a row.
import { integer, real, setInteger, setReal } from '../arrays';
import { exchange, price, reducedCost, refactor, reprice, tableau } from './basis';
import { Simplex } from './state';

const COST: f64 = 1e-11; // reduced cost that counts as 0; the caller's costs are near 1
const PIVOT: f64 = 1e-9;
const SLIP: f64 = 1e-11; // bound that a basic value may overstep while a larger pivot is chosen
const REFACTOR: i32 = 60;
const BLOCK: i32 = 10; // columns of which the best is noted
const GOOD: f64 = 0.3; // share of the best reduced cost that a noted column must have
const FLIP: i32 = -1, ENDLESS: i32 = -2;

export const OPTIMAL: i32 = 0, LIMIT: i32 = 1, UNBOUNDED: i32 = 2, SINGULAR: i32 = 3;

/**
 * Maximises from the basis that is there. With `confirm` what the changed inverse says of an optimum is confirmed by a fresh one; without, the caller
 * has a check of its own.
 */
export function optimise(s: Simplex, confirm: bool = true): i32 {
  const m = s.rows, all = s.columns + m;
  const last = s.pivots + 200 + 50 * (all < 4000 ? all : 4000);
  let fresh = s.since == 0, priced = false;
  s.noted = 0;
  price(s);
  while (s.pivots < last) {
    if (s.since >= REFACTOR) {
      if (!refactor(s)) return SINGULAR;
      price(s);
      fresh = priced = true;
    }
    const j = entering(s, all, s.stalled > 2 * m + 20);
    if (j < 0) {
      if (!confirm) return OPTIMAL;
      if (priced || fresh) {
        if (fresh) return OPTIMAL;
        if (!refactor(s)) return SINGULAR;
        fresh = true;
      }
      // Prices that were carried along are made anew.
      price(s);
      priced = true;
      continue;
    }
    tableau(s, j);
    const place = move(s, j);
    if (place == ENDLESS) return UNBOUNDED;
    fresh = false;
    if (place < 0) continue;
    reprice(s, s.cost, place);
    priced = false;
  }
  return LIMIT;
}

/**
 * Which column enters; −1: none. A look at all of them notes the best of every block (multiple pricing); the next pivots choose among those noted, until
 * none of them is worth a good part of what the best was.
 */
function entering(s: Simplex, all: i32, first: bool): i32 {
  if (!first && s.noted > 0) {
    const j = amongNoted(s);
    if (j >= 0) return j;
  }
  const columns = s.columns;
  let best: f64 = COST, which: i32 = -1, noted: i32 = 0;
  for (let begin: i32 = 0; begin < all; begin += BLOCK) {
    const end = begin + BLOCK < all ? begin + BLOCK : all;
    let most: f64 = COST, choice: i32 = -1;
    for (let j = begin; j < end; ++j) {
      const d = j < columns ? reducedCost(s, j) : -real(s.y, j - columns);
      if (!(Math.abs(d) > most) || !improves(s, j, d)) continue;
      most = Math.abs(d);
      choice = j;
      if (most <= best) continue;
      best = most;
      which = j;
      s.cost = d;
      if (first) return j;
    }
    if (choice >= 0) setInteger(s.notes, noted++, choice);
  }
  s.noted = noted;
  s.worth = best;
  return which;
}

/** The best of the columns noted, if it is good enough. */
function amongNoted(s: Simplex): i32 {
  let best = GOOD * s.worth, which: i32 = -1;
  for (let k: i32 = 0; k < s.noted; ++k) {
    const j = integer(s.notes, k), d = j < s.columns ? reducedCost(s, j) : -real(s.y, j - s.columns);
    if (!(Math.abs(d) > best) || !improves(s, j, d)) continue;
    best = Math.abs(d);
    which = j;
    s.cost = d;
  }
  return which;
}

/** Whether a column of reduced cost d can move the way that d wants. */
// @ts-ignore: decorator
@inline function improves(s: Simplex, j: i32, d: f64): bool {
  const place = integer(s.place, j);
  return place < 0 && (place == -1) == (d > 0) && real(s.upper, j) != 0;
}

/** Lets column j go as far as the bounds let it. Returns the place that it takes, FLIP where it went to its other bound, ENDLESS where nothing stops it. */
function move(s: Simplex, j: i32): i32 {
  const m = s.rows, up = integer(s.place, j) == -1, own = real(s.upper, j), bland = s.stalled > 2 * m + 20;
  let reach = own, slip = bland ? 0 : SLIP;
  for (let k: i32 = 0; k < m; ++k) {
    const rate = up ? real(s.column, k) : -real(s.column, k);
    setReal(s.rate, k, rate);
    if (rate > PIVOT) reach = min(reach, (real(s.x, k) + slip) / rate);
    else if (rate < -PIVOT) reach = min(reach, (real(s.upper, integer(s.basis, k)) - real(s.x, k) + slip) / -rate);
  }
  if (reach == Infinity) return ENDLESS;
  let leaving: i32 = -1, step = own;
  for (let k: i32 = 0; k < m; ++k) {
    const rate = real(s.rate, k);
    if (!(Math.abs(rate) > PIVOT)) continue;
    const most = rate > 0 ? real(s.x, k) / rate : (real(s.upper, integer(s.basis, k)) - real(s.x, k)) / -rate;
    if (most > reach) continue;
    const better = leaving < 0 || (bland ? integer(s.basis, k) < integer(s.basis, leaving) : Math.abs(rate) > Math.abs(real(s.rate, leaving)));
    if (better) {
      leaving = k;
      step = most;
    }
  }
  if (leaving < 0 || step >= own) {
    leaving = -1;
    step = own;
  }
  step = max(step, 0);
  s.stalled = step > 0 ? 0 : s.stalled + 1;
  for (let k: i32 = 0; k < m; ++k) setReal(s.x, k, real(s.x, k) - step * real(s.rate, k));
  if (leaving < 0) {
    setInteger(s.place, j, up ? -2 : -1);
    s.pivots += 1;
    return FLIP;
  }
  exchange(s, j, leaving, up ? step : own - step, real(s.rate, leaving) > 0 ? -1 : -2);
  return leaving;
}

/** Value of a column. */
export function valueOf(s: Simplex, j: i32): f64 {
  const place = integer(s.place, j);
  return place >= 0 ? real(s.x, place) : place == -1 ? 0 : real(s.upper, j);
}
