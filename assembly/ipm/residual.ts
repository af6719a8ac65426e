// Residual of proportional fairness, from the numbers handed to the user and nothing else:
//
//     stationarity     | w_i v_im/u_i − z_im + μ_im − ν_im − λ_m |        u_i = v_i·a_i; no first term where u_i can only be 0
//     signs            −a, −μ, −ν, −λ
//     box and budget   a_im − x_im,  Σ_i a_im − b_m
//     complementarity  μ a,  ν (x − a),  λ (b − Σ a)
//
// prices in units of max(1, largest λ), quantities in units of max(1, largest supply), products in both. Entries of agents that can gain
// nothing count as fixed at 0.
import { abs, add, and, div, loadPair, max, mul, neg, splat, sub, where } from '../lanes';
import { Problem, at, number } from './problem';

/** Bounds x of two neighbours of a row, as `cap` of problem.ts has them. */
// @ts-ignore: decorator
@inline function caps(demands: usize, budgets: usize, from: usize, o: usize, wide: bool): v128 {
  const b = budgets ? loadPair(budgets + o, wide) : splat(1);
  return demands ? where(f64x2.gt(b, splat(0)), loadPair(demands + from + o, wide), b) : b;
}

// @ts-ignore: decorator
@inline function total(x: v128): v128 { return splat(f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1)); }

// Two neighbours of a row at a time. Maxima are kept in f64x2.pmax, which has no branch; it drops NaN, so a sum that NaN or infinity would
// poison goes along.
export function residual(p: Problem, k: i32): f64 {
  const N = p.N, M = p.M, zero = splat(0), one = splat(1);
  const values = at(p.values, p.valuesStep, k), demands = at(p.demands, p.demandsStep, k);
  const budgets = at(p.budgets, p.budgetsStep, k), weights = at(p.weights, p.weightsStep, k);
  const regularizer = at(p.regularizer, p.regularizerStep, k);
  const row = <usize>M << 3, last = row - 8, entries = row * N;
  const a = p.allocation + entries * k, mu = p.lower + entries * k, nu = p.upper + entries * k, lambda = p.prices + row * k;
  let supply = one, price = one, poison = zero, prices = zero, quantities = zero, products = zero;
  for (let o: usize = 0; o < row; o += 16) {
    const wide = o < last, l = loadPair(lambda + o, wide), b = budgets ? loadPair(budgets + o, wide) : one;
    let left = b;
    for (let from: usize = 0; from < entries; from += row) left = sub(left, loadPair(a + from + o, wide));
    price = max(price, l);
    supply = max(supply, b);
    prices = max(prices, neg(l));
    quantities = max(quantities, neg(left));
    products = max(products, abs(mul(l, left)));
    poison = add(poison, add(sub(l, l), sub(left, left)));
  }
  for (let i: i32 = 0, from: usize = 0; i < N; ++i, from += row) {
    let full = zero, u: f64 = 0;
    for (let o: usize = 0; o < row; o += 16) {
      const wide = o < last, v = loadPair(values + from + o, wide);
      full = add(full, mul(v, caps(demands, budgets, from, o, wide)));
      // In the order of plain code: where duals are huge a residual is all rounding, which others can then repeat.
      const gain = mul(v, loadPair(a + from + o, wide));
      u = u + f64x2.extract_lane(gain, 0) + f64x2.extract_lane(gain, 1);
    }
    const w = splat(number(weights, i, 1)), live = and(f64x2.gt(w, zero), f64x2.gt(total(full), zero));
    const slope = and(div(w, splat(u)), live);
    for (let o: usize = 0; o < row; o += 16) {
      const wide = o < last, x = and(caps(demands, budgets, from, o, wide), live);
      const amount = loadPair(a + from + o, wide), low = loadPair(mu + from + o, wide), high = loadPair(nu + from + o, wide);
      let s = mul(slope, loadPair(values + from + o, wide));
      if (regularizer) s = sub(s, loadPair(regularizer + from + o, wide));
      s = sub(sub(add(s, low), high), loadPair(lambda + o, wide));
      const room = sub(x, amount);
      prices = max(max(prices, abs(s)), max(neg(low), neg(high)));
      quantities = max(quantities, max(neg(amount), neg(room)));
      products = max(products, max(abs(mul(low, amount)), abs(mul(high, room))));
      poison = add(poison, add(sub(s, s), sub(amount, amount)));
    }
  }
  price = max(price, v128.shuffle<u64>(price, price, 1, 0));
  supply = max(supply, v128.shuffle<u64>(supply, supply, 1, 0));
  const worst = max(div(prices, price), max(div(quantities, supply), div(products, mul(price, supply))));
  return Math.max(f64x2.extract_lane(worst, 0), f64x2.extract_lane(worst, 1)) + f64x2.extract_lane(total(poison), 0);
}
