// What agents make of bundles: the quantities that every property is made of.
//
//     c_im      = min(x_im, b_m)                    effective demand; 1 for indivisible items
//     U_im(j)   = v_im min(a_jm, c_im)              for indivisible items v_im where j owns m, else 0
//     u_i(a_j)  = sum_m U_im(j)
//
// values      f64[N·M]  in, >= 0
// demands     f64[N·M]  in, address 0: the budgets            (not read for indivisible items)
// budgets     f64[M]    in, address 0: all 1                  (not read for indivisible items)
// allocation  f64[N·M]  in, amounts; or
// owner       i32[M]    in, agent that has the item; an item whose owner is no agent belongs to nobody
//
// Sums run over the items in rising order, so that equal bundles have equal bits. NaN in, NaN out: the built-in minimum and
// maximum keep it. Addresses are of one profile.

/** Effective demand of agent i for item m; `at` is the offset of the entry, `item` that of the item. */
// @ts-ignore: decorator
@inline
export function demand(demands: usize, budgets: usize, at: usize, item: usize): f64 {
  const supply = budgets == 0 ? 1.0 : load<f64>(budgets + item);
  return demands == 0 ? supply : min(load<f64>(demands + at), supply);
}

/** u_i of the whole supply, capped at the effective demand: what i would have alone. */
export function aloneUtility(i: i32, items: i32, values: usize, demands: usize, budgets: usize, indivisible: bool): f64 {
  let sum: f64 = 0;
  let at = (<usize>i * <usize>items) << 3;
  const end = <usize>items << 3;
  for (let item: usize = 0; item < end; item += 8) {
    const v = load<f64>(values + at);
    sum += indivisible ? v : v * demand(demands, budgets, at, item);
    at += 8;
  }
  return sum;
}

/** u_i(a_i). */
export function ownUtility(
  i: i32, items: i32, values: usize, demands: usize, budgets: usize, allocation: usize, owner: usize,
): f64 {
  let sum: f64 = 0;
  let at = (<usize>i * <usize>items) << 3;
  const end = <usize>items << 3;
  if (allocation == 0) {
    for (let item: usize = 0; item < end; item += 8) {
      if (load<i32>(owner + (item >> 1)) == i) sum += load<f64>(values + at);
      at += 8;
    }
    return sum;
  }
  for (let item: usize = 0; item < end; item += 8) {
    sum += load<f64>(values + at) * min(load<f64>(allocation + at), demand(demands, budgets, at, item));
    at += 8;
  }
  return sum;
}

/** The most that one more item, as much of it as i can use, would add to u_i(a_i). */
export function bestAddition(
  i: i32, items: i32, values: usize, demands: usize, budgets: usize, allocation: usize, owner: usize,
): f64 {
  let best: f64 = 0;
  let at = (<usize>i * <usize>items) << 3;
  const end = <usize>items << 3;
  for (let item: usize = 0; item < end; item += 8) {
    const v = load<f64>(values + at);
    if (allocation == 0) {
      if (load<i32>(owner + (item >> 1)) != i) best = max(best, v);
    } else {
      const c = demand(demands, budgets, at, item);
      best = max(best, v * (c - min(load<f64>(allocation + at), c)));
    }
    at += 8;
  }
  return best;
}

/**
 * Fills cross[i·N + j] = u_i(a_j), most[i·N + j] = max_m U_im(j) and least[i·N + j] = the smallest positive U_im(j)
 * (infinity where there is none). `most` and `least` at 0 are left out; `caps` is scratch for M numbers.
 *
 * Two bundles j go side by side in two lanes, so that each sum keeps the order of the items. The pseudo-minimum keeps an
 * amount that is not a number, and so does the sum.
 */
export function crossUtilities(
  agents: i32, items: i32, values: usize, demands: usize, budgets: usize, allocation: usize, owner: usize,
  cross: usize, most: usize, least: usize, caps: usize,
): void {
  if (allocation == 0) {
    crossOfOwners(agents, items, values, owner, cross, most, least);
    return;
  }
  const row = <usize>items << 3;
  let o: usize = 0;
  for (let i: i32 = 0; i < agents; ++i) {
    const start = <usize>i * row;
    for (let item: usize = 0; item < row; item += 8) {
      store<f64>(caps + item, demand(demands, budgets, start + item, item));
    }
    for (let j: i32 = 0; j < agents; j += 2) {
      const alone = j + 1 == agents;
      const a = allocation + <usize>j * row;
      const other = alone ? a : a + row;
      let sum = f64x2.splat(0);
      let largest = f64x2.splat(0);
      let smallest = f64x2.splat(Infinity);
      for (let item: usize = 0; item < row; item += 8) {
        const amounts = v128.load64_lane(other + item, v128.load64_zero(a + item), 1);
        const part = f64x2.mul(v128.load64_splat(values + start + item), f64x2.pmin(amounts, v128.load64_splat(caps + item)));
        sum = f64x2.add(sum, part);
        largest = f64x2.pmax(largest, part);
        const positive = v128.bitselect(part, f64x2.splat(Infinity), f64x2.gt(part, f64x2.splat(0)));
        smallest = f64x2.pmin(smallest, positive);
      }
      put(cross, o, sum, alone);
      if (most) put(most, o, largest, alone);
      if (least) put(least, o, smallest, alone);
      o += alone ? 8 : 16;
    }
  }
}

// @ts-ignore: decorator
@inline
function put(list: usize, at: usize, pair: v128, alone: bool): void {
  if (alone) store<f64>(list + at, f64x2.extract_lane(pair, 0));
  else v128.store(list + at, pair);
}

/** The same for indivisible items: one pass over the items of each agent, whatever the number of bundles. */
function crossOfOwners(
  agents: i32, items: i32, values: usize, owner: usize, cross: usize, most: usize, least: usize,
): void {
  const row = <usize>agents << 3;
  for (let i: i32 = 0; i < agents; ++i) {
    const o = <usize>i * row;
    for (let j: usize = 0; j < row; j += 8) {
      store<f64>(cross + o + j, 0);
      if (most) store<f64>(most + o + j, 0);
      if (least) store<f64>(least + o + j, Infinity);
    }
    const v = values + ((<usize>i * <usize>items) << 3);
    for (let m: i32 = 0; m < items; ++m) {
      const j = load<i32>(owner + (<usize>m << 2));
      if (<u32>j >= <u32>agents) continue;
      const at = o + (<usize>j << 3);
      const x = load<f64>(v + (<usize>m << 3));
      store<f64>(cross + at, load<f64>(cross + at) + x);
      if (most) store<f64>(most + at, max(load<f64>(most + at), x));
      if (least && x > 0) store<f64>(least + at, min(load<f64>(least + at), x));
    }
  }
}

/** `utilities` f64[B·N] of a chunk: u_i(a_i) of every agent of every profile. */
export function utilities(
  count: i32, agents: i32, items: i32,
  values: usize, valuesStride: i32, demands: usize, demandsStride: i32, budgets: usize, budgetsStride: i32,
  allocation: usize, allocationStride: i32, owner: usize, ownerStride: i32, out: usize,
): void {
  for (let p: i32 = 0; p < count; ++p) {
    const v = profile(values, valuesStride, p, 3);
    const x = profile(demands, demandsStride, p, 3);
    const b = profile(budgets, budgetsStride, p, 3);
    const a = profile(allocation, allocationStride, p, 3);
    const o = profile(owner, ownerStride, p, 2);
    for (let i: i32 = 0; i < agents; ++i) {
      store<f64>(out, ownUtility(i, items, v, x, b, a, o));
      out += 8;
    }
  }
}

/** Address of profile p's part of an array with 2^shift bytes an element; an absent array stays absent. */
// @ts-ignore: decorator
@inline
export function profile(array: usize, stride: i32, p: i32, shift: usize): usize {
  return array == 0 ? array : array + ((<usize>p * <usize>stride) << shift);
}

/** Bound on the rounding of a sum of `terms` non-negative numbers, each a product, that came out as `sum`. */
// @ts-ignore: decorator
@inline
export function rounding(sum: f64, terms: i32): f64 {
  return <f64>(terms + 4) * f64.EPSILON * sum;
}

/**
 * more − less, but 0 where that is within `slack`: a rule that satisfies a property exactly is not blamed for the order of
 * its additions. NaN stays NaN.
 */
// @ts-ignore: decorator
@inline
export function excess(more: f64, less: f64, slack: f64): f64 {
  const difference = more - less;
  return difference <= slack ? 0 : difference;
}
