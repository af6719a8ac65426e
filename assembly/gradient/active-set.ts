// Rounds a solution to its active set: an entry is at 0 iff μ > a, at its demand iff ν > x − a, a budget binds iff λ > b − Σ a, each in the
// solver's units (supply 1, largest weight 1). What is half active would otherwise split dense and structured gradients.
import { real, setInteger, setReal } from '../arrays';
import { number } from '../ipm/problem';
import { FIXED, FREE, GONE, Gradient, LOWER, UPPER, VANISHES, bound } from './state';

/** Prices with the duals of unlimited demands counted in: where nobody's demand limits, all of it is the item's price. */
function settlePrices(g: Gradient, largest: f64): void {
  const N = g.N, M = g.M;
  for (let m: i32 = 0; m < M; ++m) {
    const b = number(g.budgets, m, 1), price = real(g.prices, m);
    const scale = b > 0 ? b / largest : 0;
    let used: f64 = 0, shift: f64 = 0;
    for (let i: i32 = 0, j = m; i < N; ++i, j += M) {
      const a = real(g.allocation, j);
      used += a;
      if (a > 0 && bound(g, j, b) == Infinity) shift = Math.max(shift, real(g.upper, j));
    }
    const lambda = (price + shift) * scale, slack = b > 0 ? (b - used) / b : 0;
    const open = used > 0 || price > 0;
    store<i8>(g.binding + m, open && lambda > slack ? 1 : 0);
    if (open && lambda <= VANISHES && slack <= VANISHES) ++g.weak;
    setReal(g.price, m, price + shift);
    setReal(g.shift, m, shift);
    setReal(g.unit, m, b > 0 ? largest / b : 0);
    // Kept here until forest.ts needs the room: reciprocals of supply and unit, so that entries need no division.
    setReal(g.above, m, b > 0 ? 1 / b : 0);
    setReal(g.below, m, scale);
  }
}

/** Fills `kind`, `binding`, the lists of free entries, and counts what is weakly active. */
export function roundActiveSet(g: Gradient): void {
  const N = g.N, M = g.M;
  let largest: f64 = 0;
  for (let i: i32 = 0; i < N; ++i) largest = Math.max(largest, number(g.weights, i, 1));
  if (!(largest > 0)) largest = 1;
  g.weak = 0;
  settlePrices(g, largest);
  let count: i32 = 0;
  for (let i: i32 = 0, j: i32 = 0; i < N; ++i) {
    setInteger(g.start, i, count);
    const u = real(g.utilities, i), w = number(g.weights, i, 1);
    const rate = u > 0 ? w / u : 0;
    setReal(g.kappa, i, u > 0 ? rate / u : 0);
    for (let m: i32 = 0; m < M; ++m, ++j) {
      if (!(rate > 0)) {
        store<i8>(g.kind + j, GONE);
        continue;
      }
      const b = number(g.budgets, m, 1), x = bound(g, j, b), unit = real(g.unit, m);
      if (x == 0) {
        store<i8>(g.kind + j, FIXED);
        const v = number(g.values, j, 0);
        const dual = real(g.price, m) + number(g.regularizer, j, 0) - rate * v;
        if (v > 0 && b > 0 && Math.abs(dual) <= VANISHES * unit) ++g.weak;
        continue;
      }
      const perSupply = real(g.above, m), perUnit = real(g.below, m);
      const a = real(g.allocation, j) * perSupply, s = x * perSupply - a;
      const mu = (real(g.lower, j) + (a > 0 ? 0 : real(g.shift, m))) * perUnit, nu = x == Infinity ? 0 : real(g.upper, j) * perUnit;
      if ((a <= VANISHES && mu <= VANISHES) || (s <= VANISHES && nu <= VANISHES)) ++g.weak;
      const kind = mu > a ? LOWER : nu > s ? UPPER : FREE;
      store<i8>(g.kind + j, kind);
      if (kind == FREE) setInteger(g.free, count++, m);
    }
  }
  setInteger(g.start, N, count);
}
