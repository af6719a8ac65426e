// Primal simplex with bounds (Chvátal, Linear Programming, 1983, chapters 7 and 8): the entering column of largest reduced cost, lowest index
// where they are equal; the leaving one by Harris's two passes, largest pivot first; after a long stall the lowest index each time (Bland).
//
// Cost rows² and the nonzeros a pivot; usually two or three pivots a row.
import { integer, real, setInteger, setReal } from '../arrays';
import { exchange, price, reducedCost, refactor, tableau } from './basis';
import { Simplex } from './state';

const COST: f64 = 1e-11; // reduced cost that counts as 0; the caller's costs are near 1
const PIVOT: f64 = 1e-9;
const SLIP: f64 = 1e-11; // bound that a basic value may overstep while a larger pivot is chosen
const REFACTOR: i32 = 60;

export const OPTIMAL: i32 = 0, LIMIT: i32 = 1, UNBOUNDED: i32 = 2, SINGULAR: i32 = 3;

/** Maximises from the basis that is there. */
export function optimise(s: Simplex): i32 {
  const m = s.rows, all = s.columns + m;
  const last = s.pivots + 200 + 50 * (all < 4000 ? all : 4000);
  let fresh = s.since == 0;
  while (s.pivots < last) {
    if (s.since >= REFACTOR) {
      if (!refactor(s)) return SINGULAR;
      fresh = true;
    }
    price(s);
    const j = entering(s, all, s.stalled > 2 * m + 20);
    if (j < 0) {
      // What the changed inverse says is confirmed by a fresh one.
      if (fresh) return OPTIMAL;
      if (!refactor(s)) return SINGULAR;
      fresh = true;
      continue;
    }
    tableau(s, j);
    if (!move(s, j)) return UNBOUNDED;
    fresh = false;
  }
  return LIMIT;
}

function entering(s: Simplex, all: i32, first: bool): i32 {
  let best: f64 = COST, which: i32 = -1;
  for (let j: i32 = 0; j < all; ++j) {
    const place = integer(s.place, j);
    if (place >= 0 || real(s.upper, j) == 0) continue;
    const d = place == -1 ? reducedCost(s, j) : -reducedCost(s, j);
    if (d > best) {
      if (first) return j;
      best = d;
      which = j;
    }
  }
  return which;
}

/** Lets column j go as far as the bounds let it; false where nothing stops it. */
function move(s: Simplex, j: i32): bool {
  const m = s.rows, up = integer(s.place, j) == -1, own = real(s.upper, j), bland = s.stalled > 2 * m + 20;
  let reach = own, slip = bland ? 0 : SLIP;
  for (let k: i32 = 0; k < m; ++k) {
    const rate = up ? real(s.column, k) : -real(s.column, k);
    setReal(s.rate, k, rate);
    if (rate > PIVOT) reach = min(reach, (real(s.x, k) + slip) / rate);
    else if (rate < -PIVOT) reach = min(reach, (real(s.upper, integer(s.basis, k)) - real(s.x, k) + slip) / -rate);
  }
  if (reach == Infinity) return false;
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
    return true;
  }
  exchange(s, j, leaving, up ? step : own - step, real(s.rate, leaving) > 0 ? -1 : -2);
  return true;
}

/** Value of a column. */
export function valueOf(s: Simplex, j: i32): f64 {
  const place = integer(s.place, j);
  return place >= 0 ? real(s.x, place) : place == -1 ? 0 : real(s.upper, j);
}
