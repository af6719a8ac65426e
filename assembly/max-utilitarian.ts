// Every item to the agent that values it most.
//
//     owner(m) = argmax_i v_im,   the lowest i among equals
//
// values      f64[N·M]  in, row-major, >= 0; stride in elements between profiles, 0: one array for every profile
// owner       i32[M]    out, agent that gets the item (agent 0 gets what nobody values)
// utilities   f64[N]    out, sum of the values of the agent's items, added in the order of the items
// status      i32       out, SOLVED
// residual    f64       out, 0: each choice is the column's maximum itself
//
// Cost N M comparisons, two items in two lanes. Needs no scratch and cannot fail.
// Maximises the sum of utilities over all indivisible allocations, since that sum separates over the items; the training
// target of Maruo et al., Learning Fair and Preferable Allocations through Neural Network, 2024.
import { SOLVED } from './status';

export function maxUtilitarian(
  count: i32, agents: i32, items: i32, values: usize, valuesStride: i32,
  owner: usize, utilities: usize, status: usize, residual: usize,
): void {
  const row = <usize>items << 3;
  for (let p: i32 = 0; p < count; ++p) {
    const v = values + ((<usize>p * <usize>valuesStride) << 3);
    const own = owner + ((<usize>p * <usize>items) << 2);
    const u = utilities + ((<usize>p * <usize>agents) << 3);
    memory.fill(u, 0, <usize>agents << 3);
    let m: i32 = 0;
    for (; m + 1 < items; m += 2) {
      let at = v + (<usize>m << 3);
      let best = v128.load(at);
      let who = i64x2.splat(0);
      for (let i: i32 = 1; i < agents; ++i) {
        at += row;
        const x = v128.load(at);
        who = v128.bitselect(i64x2.splat(<i64>i), who, f64x2.gt(x, best));
        best = f64x2.pmax(best, x);
      }
      give(<i32>i64x2.extract_lane(who, 0), f64x2.extract_lane(best, 0), m, own, u);
      give(<i32>i64x2.extract_lane(who, 1), f64x2.extract_lane(best, 1), m + 1, own, u);
    }
    if (m < items) {
      let best = load<f64>(v + (<usize>m << 3));
      let who: i32 = 0;
      for (let i: i32 = 1; i < agents; ++i) {
        const x = load<f64>(v + <usize>i * row + (<usize>m << 3));
        if (x > best) {
          best = x;
          who = i;
        }
      }
      give(who, best, m, own, u);
    }
    store<i32>(status + (<usize>p << 2), SOLVED);
    store<f64>(residual + (<usize>p << 3), 0);
  }
}

// @ts-ignore: decorator
@inline
function give(agent: i32, value: f64, item: i32, own: usize, u: usize): void {
  store<i32>(own + (<usize>item << 2), agent);
  const at = u + (<usize>agent << 3);
  store<f64>(at, load<f64>(at) + value);
}
