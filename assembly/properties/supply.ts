// What becomes of the supply: feasibility and efficiency.
//
//     FEASIBILITY  the largest of  −a_im,   a_im − min(x_im, b_m),   sum_i a_im − b_m,   divided by max(1, max_m b_m);
//                  never below 0; infinity where an amount is not a number
//     EFFICIENCY   sum_im a_im / sum_m b_m;   0 where there is no supply
//
// For indivisible items supply is 1 each: FEASIBILITY is 1 where an owner is no agent, EFFICIENCY the share of items whose
// owner is one.
//
// measure     FEASIBILITY or EFFICIENCY
// demands     f64[N·M]  in, address 0: the budgets
// budgets     f64[M]    in, address 0: all 1
// allocation  f64[N·M]  in; or owner i32[M] in (the other address 0); all of a chunk, strides in elements
// out         f64[B]    out
//
// Cost 3 N M. Needs no scratch.
// Zeng et al., Near-Optimal Fair Resource Allocation for Strategic Agents without Money, 2023 (efficiency: used supply over
// supply).
import { demand, profile } from './bundle';

export const FEASIBILITY: i32 = 0;
export const EFFICIENCY: i32 = 1;

export function supply(
  measure: i32, count: i32, agents: i32, items: i32, demands: usize, demandsStride: i32, budgets: usize, budgetsStride: i32,
  allocation: usize, allocationStride: i32, owner: usize, ownerStride: i32, out: usize,
): void {
  for (let p: i32 = 0; p < count; ++p) {
    const x = profile(demands, demandsStride, p, 3);
    const b = profile(budgets, budgetsStride, p, 3);
    const a = profile(allocation, allocationStride, p, 3);
    let result: f64 = 0;
    if (a == 0) {
      const owned = ownedItems(agents, items, profile(owner, ownerStride, p, 2));
      result = measure == FEASIBILITY ? <f64>(owned < items) : <f64>owned / <f64>items;
    } else {
      result = measure == FEASIBILITY ? violation(agents, items, x, b, a) : used(agents, items, b, a);
    }
    store<f64>(out + (<usize>p << 3), result);
  }
}

function ownedItems(agents: i32, items: i32, owner: usize): i32 {
  let owned: i32 = 0;
  for (let m: i32 = 0; m < items; ++m) owned += i32(load<u32>(owner + (<usize>m << 2)) < <u32>agents);
  return owned;
}

function violation(agents: i32, items: i32, x: usize, b: usize, a: usize): f64 {
  let worst: f64 = 0;
  let scale: f64 = 1;
  const row = <usize>items << 3;
  for (let item: usize = 0; item < row; item += 8) {
    const available = b == 0 ? 1.0 : load<f64>(b + item);
    let sum: f64 = 0;
    for (let i: i32 = 0; i < agents; ++i) {
      const at = <usize>i * row + item;
      const amount = load<f64>(a + at);
      sum += amount;
      worst = max(worst, max(-amount, amount - demand(x, b, at, item)));
    }
    worst = max(worst, sum - available);
    scale = max(scale, available);
  }
  return worst == worst ? worst / scale : Infinity;
}

function used(agents: i32, items: i32, b: usize, a: usize): f64 {
  let total: f64 = 0;
  let sum: f64 = 0;
  for (let m: i32 = 0; m < items; ++m) total += b == 0 ? 1.0 : load<f64>(b + (<usize>m << 3));
  for (let k: i32 = 0; k < agents * items; ++k) sum += load<f64>(a + (<usize>k << 3));
  return total == 0 ? 0 : sum / total;
}
