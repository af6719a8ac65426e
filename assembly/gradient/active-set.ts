// Rounds a solution to its active set: an entry is at 0 iff μ > a, at its demand iff ν > x − a, a budget binds iff λ > b − Σ a, each in the
// solver's units (supply 1, largest weight 1). What is half active would otherwise split dense and structured gradients.
import { integer, real, setInteger, setReal } from '../arrays';
import { add, and, div, loadPair, max, min, mul, splat, storePair, sub, where } from '../lanes';
import { FIXED, GONE, Gradient, LOWER, VANISHES, agentOf } from './state';

/** What each agent's entries share. */
function settleAgents(g: Gradient): void {
  const N = g.N, zero = splat(0), weights = g.weights;
  for (let i: i32 = 0, at: usize = 0; i < N; i += 2, at += 16) {
    const wide = i + 1 < N;
    const u = loadPair(g.utilities + at, wide);
    const perUtility = and(div(splat(1), u), f64x2.gt(u, zero));
    const rate = weights ? mul(loadPair(weights + at, wide), perUtility) : perUtility;
    v128.store(g.perUtility + at, perUtility);
    v128.store(g.rate + at, rate);
    v128.store(g.kappa + at, mul(rate, perUtility));
  }
}

/** Largest weight, the unit of prices. */
function largestWeight(g: Gradient): f64 {
  if (!g.weights) return 1;
  let largest: f64 = 0;
  for (let i: i32 = 0; i < g.N; ++i) largest = Math.max(largest, real(g.weights, i));
  return largest > 0 ? largest : 1;
}

// @ts-ignore: decorator
@inline function supplies(g: Gradient, item: usize, wide: bool): v128 {
  return g.budgets ? loadPair(g.budgets + item, wide) : wide ? f64x2.splat(1) : f64x2(1, 0);
}

/** Largest dual of a demand that is no limit, of two items. */
// @ts-ignore: decorator
@inline function unlimitedDuals(g: Gradient, at: usize, b: v128, wide: bool): v128 {
  const row = <usize>g.M << 3, demands = g.demands;
  let shift = splat(0);
  for (let j = at, end = row * <usize>g.N; j < end; j += row) {
    const held = and(loadPair(g.upper + j, wide), f64x2.gt(loadPair(g.allocation + j, wide), splat(0)));
    shift = max(shift, demands ? and(held, f64x2.gt(loadPair(demands + j, wide), b)) : held);
  }
  return shift;
}

/**
 * Two neighbouring items; returns how many are weakly active. Their prices have the duals of unlimited demands counted in: where nobody's
 * demand limits, all of it is the item's price.
 */
// @ts-ignore: decorator
@inline function settleItems(g: Gradient, m: i32, wide: bool, largest: f64): i32 {
  const at = <usize>m << 3, row = <usize>g.M << 3, zero = splat(0), demands = g.demands;
  const b = supplies(g, at, wide), there = f64x2.gt(b, zero);
  let used = zero, over = zero, shift = zero;
  for (let j = at, end = row * <usize>g.N; j < end; j += row) {
    used = add(used, loadPair(g.allocation + j, wide));
    if (demands) over = v128.or(over, f64x2.gt(loadPair(demands + j, wide), b));
  }
  if (!demands || v128.any_true(over)) {
    g.unlimited = true;
    shift = unlimitedDuals(g, at, b, wide);
  }
  const perSupply = and(div(splat(1), b), there), perUnit = and(div(b, splat(largest)), there);
  const own = loadPair(g.prices + at, wide), price = add(own, shift), lambda = mul(price, perUnit), slack = mul(sub(b, used), perSupply);
  const open = v128.or(f64x2.gt(used, zero), f64x2.gt(own, zero));
  v128.store(g.binding + at, and(and(open, f64x2.gt(lambda, slack)), splat(1)));
  v128.store(g.price + at, price);
  v128.store(g.shift + at, shift);
  v128.store(g.unit + at, mul(perSupply, splat(largest)));
  v128.store(g.perSupply + at, perSupply);
  v128.store(g.perUnit + at, perUnit);
  v128.store(g.vanishing + at, where(there, splat(VANISHES), splat(-1)));
  return popcnt(i64x2.bitmask(and(open, f64x2.le(max(lambda, slack), splat(VANISHES)))));
}

/**
 * Stores the kinds of two neighbouring entries; returns a mask of those that are weakly active. At a demand of 0 the solver's duals are those
 * that stationarity asks for, one of them 0: which one says whether the entry would be worth more than the price.
 */
// @ts-ignore: decorator
@inline function roundPair(g: Gradient, at: usize, item: usize, wide: bool, unlimited: bool): v128 {
  const zero = splat(0), perSupply = v128.load(g.perSupply + item), perUnit = v128.load(g.perUnit + item);
  const a = mul(loadPair(g.allocation + at, wide), perSupply);
  let x = zero, low = loadPair(g.lower + at, wide), high = loadPair(g.upper + at, wide);
  if (unlimited) {
    const most = splat(Infinity);
    x = g.demands ? loadPair(g.demands + at, wide) : most;
    const beyond = f64x2.gt(x, supplies(g, item, wide));
    x = and(where(beyond, most, x), f64x2.gt(perSupply, zero));
    low = add(low, v128.andnot(v128.load(g.shift + item), f64x2.gt(a, zero)));
    high = v128.andnot(high, beyond);
    const both = and(min(low, high), f64x2.eq(x, zero));
    low = sub(low, both);
    high = sub(high, both);
  } else x = loadPair(g.demands + at, wide);
  const s = sub(mul(x, perSupply), a), mu = mul(low, perUnit), nu = mul(high, perUnit);
  const able = f64x2.gt(x, zero), atZero = f64x2.gt(mu, a), above = v128.andnot(f64x2.gt(nu, s), atZero);
  const size = where(able, and(v128.or(atZero, above), splat(LOWER)), splat(FIXED));
  storePair(g.kind + at, v128.or(size, and(above, splat(-0.0))), wide);
  const below = max(a, mu), beside = max(s, nu);
  const close = f64x2.le(where(able, min(below, beside), max(below, beside)), v128.load(g.vanishing + item));
  return and(close, v128.or(able, f64x2.gt(loadPair(g.values + at, wide), zero)));
}

/** Kinds of all entries; returns how many are weakly active. */
function roundEntries(g: Gradient): i32 {
  const M = g.M, odd = (M & 1) != 0, row = <usize>M << 3, whole = row & ~15, unlimited = g.unlimited;
  let weak: v128 = i64x2.splat(0);
  for (let i: i32 = 0, at: usize = 0; i < g.N; ++i, at += row) {
    if (real(g.rate, i) == 0) {
      for (let m: usize = 0; m < row; m += 8) store<f64>(g.kind + at + m, GONE);
      continue;
    }
    for (let item: usize = 0; item < whole; item += 16) weak = i64x2.sub(weak, roundPair(g, at + item, item, true, unlimited));
    if (odd) weak = i64x2.sub(weak, roundPair(g, at + whole, whole, false, unlimited));
  }
  return <i32>(i64x2.extract_lane(weak, 0) + i64x2.extract_lane(weak, 1));
}

/** The list of free entries, with 1/(κ v²), and who has one or several. */
function listFree(g: Gradient): void {
  const entries = g.N * g.M, kinds = g.kind, list = g.free;
  let count: i32 = 0;
  for (let j: i32 = 0; j < entries; ++j) {
    setInteger(list, count, j);
    count += i32(load<u64>(kinds + (<usize>j << 3)) == 0);
  }
  setInteger(list, count, entries);
  let leaves: i32 = 0, links: i32 = 0, before: i32 = -1, worthless = 0;
  for (let e: i32 = 0, j = integer(list, 0), i = agentOf(g, j); e < count; ++e) {
    const v = real(g.values, j), next = integer(list, e + 1), after = agentOf(g, next);
    worthless |= i32(v == 0);
    setReal(g.ease, e, v != 0 ? 1 / (real(g.kappa, i) * v * v) : 0);
    setInteger(g.leaves, leaves, e);
    setInteger(g.links, links, e);
    const first = i32(i != before), last = i32(i != after);
    leaves += first & last;
    links += first & (last ^ 1);
    before = i;
    j = next;
    i = after;
  }
  g.frees = count;
  g.leafCount = leaves;
  g.linkCount = links;
  g.worthless = worthless != 0;
}

/** Fills everything of `Gradient` down to the counts, and counts what is weakly active. */
export function roundActiveSet(g: Gradient): void {
  const M = g.M, largest = largestWeight(g);
  let m: i32 = 0, weak: i32 = 0;
  settleAgents(g);
  g.unlimited = false;
  for (; m + 1 < M; m += 2) weak += settleItems(g, m, true, largest);
  if (m < M) weak += settleItems(g, m, false, largest);
  g.weak = weak + roundEntries(g);
  listFree(g);
}
