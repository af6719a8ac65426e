// The complementarity rows of the KKT matrix at the rounded active set: (dual, slack) of a ≥ 0, a ≤ x and Σ a ≤ b, of which rounding has set
// the smaller to 0. Where the larger vanishes too (a weakly active constraint) the row is scaled up to one unit, as any row may be: a row of
// rounding errors would be cut off as rank that is missing, and the dense answer would not be that of the active set.
import { real } from '../arrays';
import { number } from '../ipm/problem';
import { FREE, Gradient, LOWER, UPPER, VANISHES, binds, isFixed, kindOf } from './state';

// @ts-ignore: decorator
@inline export function priceOf(g: Gradient, m: i32): f64 { return binds(g, m) ? real(g.price, m) : 0; }

/** μ − ν of an entry whose demand is 0, from stationarity: the solver has eliminated it. */
// @ts-ignore: decorator
@inline function fixedDual(g: Gradient, i: i32, m: i32, j: i32): f64 {
  return priceOf(g, m) + number(g.regularizer, j, 0) - number(g.weights, i, 1) * number(g.values, j, 0) / real(g.utilities, i);
}

/** μ. Where somebody's demand cannot bind, what holds him is the item's price, and the duals of the others at 0 grow with it. */
export function dualLow(g: Gradient, i: i32, m: i32, j: i32): f64 {
  const kind = kindOf(g, j);
  return kind == LOWER ? real(g.lower, j) + real(g.shift, m) : isFixed(kind) ? Math.max(fixedDual(g, i, m, j), 0) : 0;
}

/** ν */
export function dualHigh(g: Gradient, i: i32, m: i32, j: i32): f64 {
  const kind = kindOf(g, j);
  return kind == UPPER ? real(g.upper, j) : isFixed(kind) ? Math.max(-fixedDual(g, i, m, j), 0) : 0;
}

/** A dual, or a unit of price where it vanishes. */
// @ts-ignore: decorator
@inline function scaled(g: Gradient, m: i32, dual: f64): f64 {
  const unit = real(g.unit, m);
  return unit > 0 && dual <= VANISHES * unit ? unit : dual;
}

/** The dual's place in the row of a ≥ 0. */
export function rowLow(g: Gradient, i: i32, m: i32, j: i32): f64 {
  const kind = kindOf(g, j);
  if (kind == LOWER || (isFixed(kind) && !(fixedDual(g, i, m, j) < 0))) return scaled(g, m, dualLow(g, i, m, j));
  return 0;
}

/** The dual's place in the row of a ≤ x. */
export function rowHigh(g: Gradient, i: i32, m: i32, j: i32): f64 {
  const kind = kindOf(g, j);
  if (kind == UPPER || (isFixed(kind) && fixedDual(g, i, m, j) < 0)) return scaled(g, m, dualHigh(g, i, m, j));
  return 0;
}

/** The dual's place in the row of a budget. */
export function rowPrice(g: Gradient, m: i32): f64 {
  return binds(g, m) ? scaled(g, m, real(g.price, m)) : 0;
}

/** The slack's place in the row of a ≥ 0. */
export function slackLow(g: Gradient, m: i32, j: i32): f64 {
  const kind = kindOf(g, j);
  if (kind != FREE && kind != UPPER) return 0;
  const a = real(g.allocation, j), b = number(g.budgets, m, 1);
  return a <= VANISHES * b ? b : a;
}

/** The slack's place in the row of a ≤ x, x finite. */
export function slackHigh(g: Gradient, m: i32, j: i32, x: f64): f64 {
  const kind = kindOf(g, j);
  if (kind != FREE && kind != LOWER) return 0;
  const over = (kind == LOWER ? 0 : real(g.allocation, j)) - x, b = number(g.budgets, m, 1);
  return -over <= VANISHES * b ? -b : over;
}

/** The slack's place in the row of a budget. */
export function slackPrice(g: Gradient, m: i32): f64 {
  if (binds(g, m)) return 0;
  const b = number(g.budgets, m, 1);
  let over = -b;
  for (let i: i32 = 0; i < g.N; ++i) over += real(g.allocation, i * g.M + m);
  return b > 0 && -over <= VANISHES * b ? -b : over;
}
