// One profile's solution of proportional fairness, what the gradient needs to know of it, and working memory.
//
// Notation of docs/numerics.md; further κ_i = w_i/u_i², h_im = u_i g_im (g: the solution of Kᵀg = rhs), s_i = v_i·h_i, y_m = λ_m g_λm.
//
// Loops over entries take two neighbours of a row in the lanes of an f64x2 and have no branch that depends on them: half of the demands of a
// profile may be 0, and a branch guessed wrong costs as much as an entry. Arrays of items and agents have an even length for that.
import { Problem, at, number } from '../ipm/problem';

// What rounding made of an entry: a number, so that two fit the lanes; negative where the demand keeps it from more, as −FIXED does where
// the entry would be worth more than the price.
export const FREE: f64 = 0; // strictly inside its bounds, or weakly active
export const LOWER: f64 = 1; // at 0
export const UPPER: f64 = -1; // at its demand
export const FIXED: f64 = 2; // demand 0: 0 whatever happens
export const GONE: f64 = 3; // of an agent that gets nothing

/** Slack or dual, in the solver's units, at or below which a constraint counts as weakly active. */
export const VANISHES: f64 = 1e-9;

/** Addresses of one profile's arrays (0: absent) and of the working memory. */
@unmanaged
export class Gradient {
  N: i32;
  M: i32;
  values: usize;
  demands: usize;
  budgets: usize;
  weights: usize;
  regularizer: usize;
  cotangent: usize;
  allocation: usize;
  utilities: usize;
  prices: usize;
  lower: usize;
  upper: usize;
  // Working memory.
  h: usize; // f64[N·M]
  y: usize; // f64[M]
  s: usize; // f64[N]
  kappa: usize; // f64[N], 0 for an agent that gets nothing
  rate: usize; // f64[N], w/u, 0 for the same
  perUtility: usize; // f64[N], 1/u, 0 for the same
  price: usize; // f64[M], duals of unlimited demands counted in
  shift: usize; // f64[M], what was counted in
  unit: usize; // f64[M], W/b: what a price is measured in
  perSupply: usize; // f64[M], 1/b
  perUnit: usize; // f64[M], b/W
  vanishing: usize; // f64[M], VANISHES; negative where there is no supply
  kind: usize; // f64[N·M]
  binding: usize; // f64[M], 1 or 0
  ease: usize; // f64[N·M], 1/(κ v²) of each free entry
  places: usize; // (item, agent) i32[N·M + 1][2] of every entry, then that of none
  free: usize; // i32[N·M + 1], free entries in order, then N·M
  leaves: usize; // i32[N], places in `free` of entries whose agent has no other
  links: usize; // i32[N], places in `free` of the first entry of an agent who has several
  up: usize; // i32[N·M], for each of those the place of the entry by which it hangs
  root: usize; // i32[M]
  queue: usize; // i32[M]
  gain: usize; // f64[M]
  offset: usize; // f64[M]
  column: usize; // f64[M]
  above: usize; // f64[M]
  below: usize; // f64[M]
  unlimited: bool; // some demand exceeds the supply, or there are none
  frees: i32;
  leafCount: i32;
  linkCount: i32;
  worthless: bool; // some free entry is worth nothing, so that it can move at will
  weak: i32; // constraints whose slack and dual both vanish
  idle: i32; // binding budgets that no free entry shares
  deficiency: i32; // of the reduced system
  residual: f64; // of the linear system, relative
}

/** Bytes of working memory of one profile. */
export function gradientBytes(N: i32, M: i32): usize {
  const entries = <usize>N * <usize>M, agents = <usize>N + 2, items = <usize>M + 2;
  return offsetof<Gradient>() + 16 + 8 * (4 * entries + 1 + 4 * agents + 13 * items) + 4 * (2 * entries + 2 * agents + 2 * items);
}

/** Lays the working memory out. */
export function prepare(base: usize, N: i32, M: i32): Gradient {
  const g = changetype<Gradient>(base);
  const entries = (<usize>N * <usize>M) << 3, agents = <usize>((N + 1) & ~1) << 3, items = <usize>((M + 1) & ~1) << 3;
  g.N = N;
  g.M = M;
  let top = (base + offsetof<Gradient>() + 15) & ~15;
  g.s = top;
  g.kappa = top + agents;
  g.rate = top + 2 * agents;
  g.perUtility = top + 3 * agents;
  top += 4 * agents;
  g.y = top;
  g.price = top + items;
  g.shift = top + 2 * items;
  g.unit = top + 3 * items;
  g.perSupply = top + 4 * items;
  g.perUnit = top + 5 * items;
  g.vanishing = top + 6 * items;
  g.binding = top + 7 * items;
  g.gain = top + 8 * items;
  g.offset = top + 9 * items;
  g.column = top + 10 * items;
  g.above = top + 11 * items;
  g.below = top + 12 * items;
  top += 13 * items;
  g.h = top;
  g.kind = top + entries;
  g.ease = top + 2 * entries;
  top += 3 * entries;
  g.places = top;
  top += entries + 8;
  g.free = top;
  top += (entries >> 1) + 8; // one more is written than counts
  g.up = top;
  top += entries >> 1;
  g.leaves = top;
  top += <usize>(N + 1) << 2;
  g.links = top;
  top += <usize>(N + 1) << 2;
  g.root = top;
  top += <usize>M << 2;
  g.queue = top;
  for (let i: i32 = 0, place = g.places; i <= N; ++i) {
    for (let m: i32 = 0; m < M && (i < N || m == 0); ++m, place += 8) store<u64>(place, <u64>m | (<u64>i << 32));
  }
  return g;
}

/** Points at profile k of a solved chunk. */
export function point(g: Gradient, p: Problem, k: i32, cotangent: usize): void {
  const entries = <usize>(p.N * p.M) << 3;
  g.values = at(p.values, p.valuesStep, k);
  g.demands = at(p.demands, p.demandsStep, k);
  g.budgets = at(p.budgets, p.budgetsStep, k);
  g.weights = at(p.weights, p.weightsStep, k);
  g.regularizer = at(p.regularizer, p.regularizerStep, k);
  g.cotangent = cotangent;
  g.allocation = p.allocation + entries * k;
  g.lower = p.lower + entries * k;
  g.upper = p.upper + entries * k;
  g.utilities = p.utilities + (<usize>(k * p.N) << 3);
  g.prices = p.prices + (<usize>(k * p.M) << 3);
}

// @ts-ignore: decorator
@inline export function kindOf(g: Gradient, j: i32): f64 { return load<f64>(g.kind + (<usize>j << 3)); }
// @ts-ignore: decorator
@inline export function isFixed(kind: f64): bool { return Math.abs(kind) == FIXED; }
// @ts-ignore: decorator
@inline export function binds(g: Gradient, m: i32): bool { return load<f64>(g.binding + (<usize>m << 3)) != 0; }
/** Item and agent of an entry; agent N of entry N·M. */
// @ts-ignore: decorator
@inline export function itemOf(g: Gradient, j: i32): i32 { return load<i32>(g.places + (<usize>j << 3)); }
// @ts-ignore: decorator
@inline export function agentOf(g: Gradient, j: i32): i32 { return load<i32>(g.places + (<usize>j << 3), 4); }

/** The bound of an entry: infinite where the demand cannot bind. */
// @ts-ignore: decorator
@inline export function bound(g: Gradient, j: i32, supply: f64): f64 {
  if (!(supply > 0)) return 0;
  if (!g.demands) return Infinity;
  const x = number(g.demands, j, 0);
  return x > supply ? Infinity : x;
}
