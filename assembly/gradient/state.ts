// One profile's solution of proportional fairness, what the gradient needs to know of it, and working memory.
//
// Notation of docs/numerics.md; further κ_i = w_i/u_i², h_im = u_i g_im (g: the solution of Kᵀg = rhs), s_i = v_i·h_i, y_m = λ_m g_λm.
import { Problem, at, number } from '../ipm/problem';

// What rounding made of an entry.
export const FREE: i32 = 0; // strictly inside its bounds, or weakly active
export const LOWER: i32 = 1; // at 0
export const UPPER: i32 = 2; // at its demand
export const FIXED: i32 = 3; // demand 0: 0 whatever happens
export const GONE: i32 = 4; // of an agent that gets nothing

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
  s: usize; // f64[N]
  y: usize; // f64[M]
  kappa: usize; // f64[N], 0 for an agent that gets nothing
  price: usize; // f64[M], duals of unlimited demands counted in
  shift: usize; // f64[M], what was counted in
  unit: usize; // f64[M], W/b: what a price is measured in
  kind: usize; // i8[N·M], padded to 8
  binding: usize; // i8[M], padded to 8
  start: usize; // i32[N + 1], first free entry of each agent in `free`
  free: usize; // i32[N·M], items of free entries
  up: usize; // i32[N]
  links: usize; // i32[N]
  root: usize; // i32[M]
  queue: usize; // i32[M]
  gain: usize; // f64[M]
  offset: usize; // f64[M]
  column: usize; // f64[M]
  above: usize; // f64[M]
  below: usize; // f64[M]
  weak: i32; // constraints whose slack and dual both vanish
  idle: i32; // binding budgets that no free entry shares
  deficiency: i32; // of the reduced system
  residual: f64; // of the linear system, relative
}

/** Bytes of working memory of one profile. */
export function gradientBytes(N: i32, M: i32): usize {
  const n = <usize>N, m = <usize>M, entries = n * m;
  return offsetof<Gradient>() + 8 * (entries + 2 * n + 9 * m) + ((entries + 7) & ~7) + ((m + 7) & ~7) + 4 * (3 * n + 2 + entries + 2 * m) + 64;
}

/** Lays the working memory out. */
export function prepare(base: usize, N: i32, M: i32): Gradient {
  const g = changetype<Gradient>(base);
  const n = <usize>N, m = <usize>M, entries = n * m;
  g.N = N;
  g.M = M;
  let top = (base + offsetof<Gradient>() + 7) & ~7;
  g.h = top;
  top += entries << 3;
  g.s = top;
  top += n << 3;
  g.kappa = top;
  top += n << 3;
  g.y = top;
  g.price = top + (m << 3);
  g.shift = top + (m << 3) * 2;
  g.unit = top + (m << 3) * 3;
  g.gain = top + (m << 3) * 4;
  g.offset = top + (m << 3) * 5;
  g.column = top + (m << 3) * 6;
  g.above = top + (m << 3) * 7;
  g.below = top + (m << 3) * 8;
  top += (m << 3) * 9;
  g.kind = top;
  top += (entries + 7) & ~7;
  g.binding = top;
  top += (m + 7) & ~7;
  g.start = top;
  top += (n + 1) << 2;
  g.free = top;
  top += entries << 2;
  g.up = top;
  top += n << 2;
  g.links = top;
  top += n << 2;
  g.root = top;
  top += m << 2;
  g.queue = top;
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

/** The bound of an entry: infinite where the demand cannot bind. */
// @ts-ignore: decorator
@inline export function bound(g: Gradient, j: i32, supply: f64): f64 {
  if (!(supply > 0)) return 0;
  if (!g.demands) return Infinity;
  const x = number(g.demands, j, 0);
  return x > supply ? Infinity : x;
}
