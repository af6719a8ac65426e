// Envy between agents, and what is left of it when one item leaves the envied bundle.
//
//     EF    max over i, j of  u_i(a_j)/w_j                    − u_i(a_i)/w_i
//     EF1   max over i, j of (u_i(a_j) − max_m U_im(j))/w_j   − u_i(a_i)/w_i     the item whose loss helps most
//     EFX   max over i, j of (u_i(a_j) − min_m U_im(j))/w_j   − u_i(a_i)/w_i     least, among items with U_im(j) > 0
//
// over all ordered pairs, never below 0, and 0 where the difference is within the rounding of the two sums. U and u: bundle.ts.
// A pair in which either agent has weight 0 does not count: no share of the supply is due to it, so nobody envies it and it
// envies nobody. A bundle in which i values nothing is not envied.
//
// measure     EF, EF1 or EFX
// values, demands, budgets, weights, allocation or owner (the other address 0): in, of a chunk; strides in elements
// out         f64[B]    out
// scratch     envyScratch(N, M) bytes
//
// Cost N² M operations for an allocation, N M + N² for owners.
// Foley, Resource Allocation and the Public Sector, 1967 (EF); Budish, The Combinatorial Assignment Problem, 2011 (EF1);
// Caragiannis et al., The Unreasonable Fairness of Maximum Nash Welfare, 2016 (EFX); Chakraborty, Igarashi, Suksompong, Zick,
// Weighted Envy-Freeness in Indivisible Item Allocation, 2020 (weights).
import { crossUtilities, excess, profile, rounding } from './bundle';

export const EF: i32 = 0;
export const EF1: i32 = 1;
export const EFX: i32 = 2;

export function envyScratch(agents: i32, items: i32): i32 {
  return (2 * agents * agents + items) << 3;
}

export function envy(
  measure: i32, count: i32, agents: i32, items: i32,
  values: usize, valuesStride: i32, demands: usize, demandsStride: i32, budgets: usize, budgetsStride: i32,
  weights: usize, weightsStride: i32, allocation: usize, allocationStride: i32, owner: usize, ownerStride: i32,
  out: usize, scratch: usize,
): void {
  const square = <usize>(agents * agents) << 3;
  const removed = scratch + square;
  for (let p: i32 = 0; p < count; ++p) {
    crossUtilities(
      agents, items, profile(values, valuesStride, p, 3), profile(demands, demandsStride, p, 3),
      profile(budgets, budgetsStride, p, 3), profile(allocation, allocationStride, p, 3), profile(owner, ownerStride, p, 2),
      scratch, measure == EF1 ? removed : 0, measure == EFX ? removed : 0, removed + square,
    );
    const w = profile(weights, weightsStride, p, 3);
    store<f64>(out + (<usize>p << 3), largest(measure, agents, items, scratch, removed, w));
  }
}

function largest(measure: i32, agents: i32, items: i32, cross: usize, removed: usize, w: usize): f64 {
  let worst: f64 = 0;
  for (let i: i32 = 0; i < agents; ++i) {
    const wi = w == 0 ? 1.0 : load<f64>(w + (<usize>i << 3));
    if (wi == 0) continue;
    const row = (<usize>i * <usize>agents) << 3;
    const own = load<f64>(cross + row + (<usize>i << 3)) / wi;
    for (let j: i32 = 0; j < agents; ++j) {
      const wj = w == 0 ? 1.0 : load<f64>(w + (<usize>j << 3));
      if (j == i || wj == 0) continue;
      const at = row + (<usize>j << 3);
      const whole = load<f64>(cross + at) / wj;
      const left = measure == EF ? whole : (load<f64>(cross + at) - load<f64>(removed + at)) / wj;
      worst = max(worst, excess(left, own, rounding(whole, items)));
    }
  }
  return worst;
}
