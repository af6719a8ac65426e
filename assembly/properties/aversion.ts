// What inequality aversion costs and gains: an allocation a against x*, the utilitarian optimum, for a chunk of profiles.
//
//     FS_LOSS       Σ u_i(x*) − Σ u_i(a)
//     FS_GAIN       f(u(a)) − f(u(x*)),    f(u) = Σ u_i − 1/(n−1) Σ_i Σ_k [ α_i (u_k − u_i)^+ + β_i (u_i − u_k)^+ ]
//     TRADEOFF      max_i u_i(x*)/u_i(a);  0/0 is left out, 1 where all are; infinite where an agent lost everything
//     BERTSIMAS     (Σ u_i(x*) − Σ u_i(a)) / Σ u_i(x*);  0 where that is 0
//     CARAGIANNIS   Σ u_i(x*) / Σ u_i(a);  1 for 0/0
//
// x* gives an item to the agents that value it most, lowest index first among equals, each up to min(demand, budget, share), until the budget is
// gone. FS_LOSS and both prices do not depend on that rule; FS_GAIN and TRADEOFF do. Weights play no part.
//
// values f64[N·M], demands f64[N·M] (0: the budgets), budgets f64[M] (0: 1), alpha and beta f64[N] (0: `averse` each), shares f64[M] (0: no bound),
// allocation f64[N·M] or owner i32[M] in; out f64. Addresses and strides as everywhere; `scratch` aversionScratch(N) bytes.
// Shirali et al., Participatory Objective Design via Preference Elicitation, 2024, Definitions 2.4 to 2.6, Eq. 6 to 8; Bertsimas, Farias, Trichakis, The Price
// of Fairness, 2011; Caragiannis, Kaklamanis, Kanellopoulos, Kyropoulou, The Efficiency of Fair Division, 2012.
import { real, setReal } from '../arrays';
import { demand, ownUtility } from './bundle';

const FS_LOSS: i32 = 0;
const FS_GAIN: i32 = 1;
const TRADEOFF: i32 = 2;
const BERTSIMAS: i32 = 3;

export function aversionScratch(agents: i32): i32 {
  return 24 * agents;
}

// @ts-ignore: decorator
@inline function part(array: usize, stride: i32, p: i32): usize { return array == 0 ? array : array + ((<usize>p * <usize>stride) << 3); }

/** Utilities of x*. */
function utopia(n: i32, m: i32, v: usize, x: usize, b: usize, shares: usize, best: usize, left: usize): void {
  for (let i: i32 = 0; i < n; ++i) setReal(best, i, 0);
  for (let j: i32 = 0; j < m; ++j) {
    for (let i: i32 = 0; i < n; ++i) setReal(left, i, real(v, i * m + j));
    let rest = b == 0 ? 1.0 : real(b, j);
    while (rest > 0) {
      let first: i32 = -1, most: f64 = 0;
      for (let i: i32 = 0; i < n; ++i) {
        if (!(real(left, i) > most)) continue;
        most = real(left, i);
        first = i;
      }
      if (first < 0) break;
      const e = first * m + j;
      let amount = min(rest, demand(x, b, <usize>e << 3, <usize>j << 3));
      if (shares != 0) amount = min(amount, real(shares, j));
      setReal(best, first, real(best, first) + most * amount);
      setReal(left, first, 0);
      rest -= amount;
    }
  }
}

function welfare(n: i32, u: usize, alpha: usize, beta: usize, averse: f64): f64 {
  let sum: f64 = 0, cost: f64 = 0;
  for (let i: i32 = 0; i < n; ++i) {
    const behind = alpha == 0 ? averse : real(alpha, i), ahead = beta == 0 ? averse : real(beta, i), own = real(u, i);
    sum += own;
    for (let k: i32 = 0; k < n; ++k) {
      const d = real(u, k) - own;
      cost += d > 0 ? behind * d : -ahead * d;
    }
  }
  return n > 1 ? sum - cost / <f64>(n - 1) : sum;
}

/** Largest best/own; 0/0 left out. */
function tradeoff(n: i32, best: usize, own: usize): f64 {
  let most: f64 = -1;
  for (let i: i32 = 0; i < n; ++i) if (real(best, i) != 0 || real(own, i) != 0) most = max(most, real(best, i) / real(own, i));
  return most < 0 ? 1 : most;
}

export function aversion(
  code: i32, count: i32, agents: i32, items: i32,
  values: usize, valuesStride: i32, demands: usize, demandsStride: i32, budgets: usize, budgetsStride: i32,
  alpha: usize, alphaStride: i32, beta: usize, betaStride: i32, shares: usize, sharesStride: i32, averse: f64,
  allocation: usize, allocationStride: i32, owner: usize, ownerStride: i32, out: usize, scratch: usize,
): void {
  const best = scratch, own = best + (<usize>agents << 3), left = own + (<usize>agents << 3);
  const indivisible = allocation == 0;
  for (let p: i32 = 0; p < count; ++p) {
    const v = part(values, valuesStride, p);
    const none: usize = 0;
    const x = indivisible ? none : part(demands, demandsStride, p), b = indivisible ? none : part(budgets, budgetsStride, p);
    const from = part(alpha, alphaStride, p), to = part(beta, betaStride, p);
    const a = part(allocation, allocationStride, p), o = indivisible ? owner + ((<usize>p * <usize>ownerStride) << 2) : none;
    utopia(agents, items, v, x, b, indivisible ? none : part(shares, sharesStride, p), best, left);
    let most: f64 = 0, sum: f64 = 0;
    for (let i: i32 = 0; i < agents; ++i) {
      setReal(own, i, ownUtility(i, items, v, x, b, a, o));
      most += real(best, i);
      sum += real(own, i);
    }
    let found: f64;
    if (code == FS_LOSS) found = most - sum;
    else if (code == FS_GAIN) found = welfare(agents, own, from, to, averse) - welfare(agents, best, from, to, averse);
    else if (code == TRADEOFF) found = tradeoff(agents, best, own);
    else if (code == BERTSIMAS) found = most > 0 ? (most - sum) / most : 0;
    else found = most == 0 && sum == 0 ? 1 : most / sum;
    setReal(out, p, found);
  }
}
