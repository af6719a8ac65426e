// Residual of proportional fairness, from the numbers handed to the user and nothing else:
//
//     stationarity     | w_i v_im/u_i − z_im + μ_im − ν_im − λ_m |        u_i = v_i·a_i; no first term where u_i can only be 0
//     signs            −a, −μ, −ν, −λ
//     box and budget   a_im − x_im,  Σ_i a_im − b_m
//     complementarity  μ a,  ν (x − a),  λ (b − Σ a)
//
// prices in units of max(1, largest λ), quantities in units of max(1, largest supply), products in both. Entries of agents that can gain
// nothing count as fixed at 0.
import { max, splat } from '../lanes';
import { Problem, at, cap, number } from './problem';

// Maxima are kept in f64x2.pmax, which has no branch; it drops NaN, so a sum that NaN or infinity would poison goes along.
export function residual(p: Problem, k: i32): f64 {
  const N = p.N, M = p.M;
  const values = at(p.values, p.valuesStep, k), demands = at(p.demands, p.demandsStep, k);
  const budgets = at(p.budgets, p.budgetsStep, k), weights = at(p.weights, p.weightsStep, k);
  const regularizer = at(p.regularizer, p.regularizerStep, k);
  const entries = <usize>(N * M) << 3, row = <usize>M << 3;
  const a = p.allocation + entries * k, mu = p.lower + entries * k, nu = p.upper + entries * k, lambda = p.prices + row * k;
  let supply: f64 = 1, price: f64 = 1, poison: f64 = 0;
  let prices = splat(0), quantities = splat(0), products = splat(0);
  for (let m: i32 = 0; m < M; ++m) {
    const l = number(lambda, m, 0), b = number(budgets, m, 1);
    if (l > price) price = l;
    if (b > supply) supply = b;
    let left = b;
    for (let i: i32 = 0, j = m; i < N; ++i, j += M) left -= number(a, j, 0);
    prices = max(prices, splat(-l));
    quantities = max(quantities, splat(-left));
    products = max(products, splat(Math.abs(l * left)));
    poison += l - l + (left - left);
  }
  for (let i: i32 = 0, j: i32 = 0; i < N; ++i, j += M) {
    const w = number(weights, i, 1);
    let full: f64 = 0, u: f64 = 0;
    for (let m: i32 = 0; m < M; ++m) {
      const v = number(values, j + m, 0);
      full += v * cap(demands, budgets, j + m, m);
      u += v * number(a, j + m, 0);
    }
    const live = w > 0 && full > 0;
    const slope = live ? w / u : 0;
    for (let m: i32 = 0; m < M; ++m) {
      const x = live ? cap(demands, budgets, j + m, m) : 0;
      const amount = number(a, j + m, 0), low = number(mu, j + m, 0), high = number(nu, j + m, 0);
      const s = slope * number(values, j + m, 0) - number(regularizer, j + m, 0) + low - high - number(lambda, m, 0);
      prices = max(prices, splat(Math.abs(s)));
      prices = max(prices, f64x2.neg(f64x2.replace_lane(splat(low), 1, high)));
      quantities = max(quantities, f64x2.replace_lane(splat(-amount), 1, amount - x));
      products = max(products, f64x2.abs(f64x2.replace_lane(splat(low * amount), 1, high * (x - amount))));
      poison += s - s + (amount - amount);
    }
  }
  const worst = f64x2.div(prices, splat(price));
  const other = max(f64x2.div(quantities, splat(supply)), f64x2.div(products, splat(price * supply)));
  const both = max(worst, other);
  return Math.max(f64x2.extract_lane(both, 0), f64x2.extract_lane(both, 1)) + poison;
}
