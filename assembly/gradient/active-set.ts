// Rounds a solution to its active set: an entry is at 0 iff μ > a, at its demand iff ν > x − a, a budget binds iff λ > b − Σ a, each in the
// solver's units (supply 1, largest weight 1). What is half active would otherwise split dense and structured gradients.
import { real, setInteger, setReal } from '../arrays';
import { abs, add, and, div, loadPair, max, min, mul, splat, storePair, sub, where } from '../lanes';
import { FIXED, GONE, Gradient, KEPT, LOWER, UPPER, VANISHES, freeAgent, freeItem } from './state';

// @ts-ignore: decorator
@inline function first(wide: bool): v128 { return wide ? f64x2.splat(1) : f64x2(1, 0); }

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

/** Two neighbouring items. Their prices have the duals of unlimited demands counted in: where nobody's demand limits, all of it is the item's price. */
// @ts-ignore: decorator
@inline function settleItems(g: Gradient, m: i32, wide: bool, largest: f64): i32 {
  const at = <usize>m << 3, row = <usize>g.M << 3, zero = splat(0), demands = g.demands;
  const b = g.budgets ? loadPair(g.budgets + at, wide) : first(wide);
  let used = zero, shift = zero;
  for (let j = at, end = row * <usize>g.N; j < end; j += row) {
    const a = loadPair(g.allocation + j, wide), held = and(loadPair(g.upper + j, wide), f64x2.gt(a, zero));
    used = add(used, a);
    shift = max(shift, demands ? and(held, f64x2.gt(loadPair(demands + j, wide), b)) : held);
  }
  const price = loadPair(g.prices + at, wide), there = f64x2.gt(b, zero);
  const perSupply = and(div(splat(1), b), there), perUnit = and(div(b, splat(largest)), there), unit = mul(perSupply, splat(largest));
  const whole = add(price, shift), lambda = mul(whole, perUnit), slack = mul(sub(b, used), perSupply);
  const open = v128.or(f64x2.gt(used, zero), f64x2.gt(price, zero));
  v128.store(g.binding + at, and(and(open, f64x2.gt(lambda, slack)), splat(1)));
  v128.store(g.price + at, whole);
  v128.store(g.shift + at, shift);
  v128.store(g.unit + at, unit);
  v128.store(g.perSupply + at, perSupply);
  v128.store(g.perUnit + at, perUnit);
  v128.store(g.vanishing + at, where(there, mul(unit, splat(VANISHES)), splat(-1)));
  return popcnt(i64x2.bitmask(and(open, f64x2.le(max(lambda, slack), splat(VANISHES)))));
}

/** Largest weight, the unit of prices. */
function largestWeight(g: Gradient): f64 {
  if (!g.weights) return 1;
  let largest: f64 = 0;
  for (let i: i32 = 0; i < g.N; ++i) largest = Math.max(largest, real(g.weights, i));
  return largest > 0 ? largest : 1;
}

/** Stores the kinds of two neighbouring entries; returns a mask of those that are weakly active. */
// @ts-ignore: decorator
@inline function roundPair(g: Gradient, at: usize, item: usize, rate: v128, wide: bool): v128 {
  const zero = splat(0), one = splat(1), most = splat(Infinity);
  const perSupply = v128.load(g.perSupply + item), perUnit = v128.load(g.perUnit + item), vanishing = v128.load(g.vanishing + item);
  const there = f64x2.gt(perSupply, zero), amount = loadPair(g.allocation + at, wide);
  let x = most;
  if (g.demands) {
    x = loadPair(g.demands + at, wide);
    x = where(f64x2.gt(x, g.budgets ? loadPair(g.budgets + item, wide) : one), most, x);
  }
  x = and(x, there);
  const a = mul(amount, perSupply), s = sub(mul(x, perSupply), a);
  const mu = mul(add(loadPair(g.lower + at, wide), v128.andnot(v128.load(g.shift + item), f64x2.gt(a, zero))), perUnit);
  const nu = and(mul(loadPair(g.upper + at, wide), perUnit), f64x2.lt(x, most));
  const low = f64x2.gt(mu, a), high = v128.andnot(f64x2.gt(nu, s), low);
  const close = f64x2.le(min(max(a, mu), max(s, nu)), splat(VANISHES));

  // A demand of 0: what the entry would be worth decides.
  const v = loadPair(g.values + at, wide), price = v128.load(g.price + item);
  const dual = sub(g.regularizer ? add(price, loadPair(g.regularizer + at, wide)) : price, mul(rate, v));
  const edge = and(f64x2.le(abs(dual), vanishing), f64x2.gt(v, zero));
  const kept = and(f64x2.lt(dual, zero), there);

  const able = f64x2.gt(x, zero), live = f64x2.gt(rate, zero);
  const held = where(able, high, kept), unheld = where(able, and(low, splat(LOWER)), splat(FIXED));
  const kind = where(held, where(able, splat(UPPER), splat(KEPT)), unheld);
  storePair(g.kind + at, where(live, kind, splat(GONE)), wide);
  return and(where(able, close, edge), live);
}

/** The free entries among `M` of an agent, added to the list. Returns how many are listed then. */
// @ts-ignore: decorator
@inline function listFree(g: Gradient, i: i32, from: i32, kinds: usize): i32 {
  let count = from;
  for (let m: i32 = 0, entry = <u64>i << 32; m < g.M; ++m, ++entry) {
    store<u64>(g.free + (<usize>count << 3), entry);
    count += i32(load<u64>(kinds + (<usize>m << 3)) == 0);
  }
  return count;
}

/** 1/(κ v²) of the free entries. */
function measureFree(g: Gradient): void {
  let worthless = false;
  for (let e: i32 = 0; e < g.frees; ++e) {
    const i = freeAgent(g, e), v = real(g.values, i * g.M + freeItem(g, e));
    worthless = worthless || v == 0;
    setReal(g.ease, e, v > 0 ? 1 / (real(g.kappa, i) * v * v) : 0);
  }
  g.worthless = worthless;
}

/** Fills everything of `Gradient` down to the counts, and counts what is weakly active. */
export function roundActiveSet(g: Gradient): void {
  const N = g.N, M = g.M;
  const largest = largestWeight(g);
  settleAgents(g);
  let m: i32 = 0, weakItems: i32 = 0;
  for (; m + 1 < M; m += 2) weakItems += settleItems(g, m, true, largest);
  if (m < M) weakItems += settleItems(g, m, false, largest);

  const odd = (M & 1) != 0, row = <usize>M << 3, whole = row & ~15;
  let weak: v128 = i64x2.splat(0), count: i32 = 0, leaves: i32 = 0, links: i32 = 0;
  for (let i: i32 = 0, at: usize = 0; i < N; ++i, at += row) {
    const rate = v128.load64_splat(g.rate + (<usize>i << 3));
    for (let item: usize = 0; item < whole; item += 16) weak = i64x2.sub(weak, roundPair(g, at + item, item, rate, true));
    if (odd) weak = i64x2.sub(weak, roundPair(g, at + whole, whole, rate, false));
    const from = count;
    count = listFree(g, i, from, g.kind + at);
    setInteger(g.start, i, from);
    setInteger(g.leaves, leaves, from);
    leaves += i32(count - from == 1);
    setInteger(g.links, links, i);
    links += i32(count - from > 1);
  }
  setInteger(g.start, N, count);
  g.frees = count;
  g.leafCount = leaves;
  g.linkCount = links;
  g.weak = weakItems + <i32>(i64x2.extract_lane(weak, 0) + i64x2.extract_lane(weak, 1));
  measureFree(g);
}
