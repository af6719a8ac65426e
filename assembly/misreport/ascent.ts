// Projected ascent on reports with the analytic gradient of proportional fairness (docs/papers/s0.md), two candidates at a time.
//
//     PF   l = Σ_m v_im [a_im < x_im] a_im                 (the true utility's slope)
//     PA   l' = f v_im [f a_im < x_im] on the agent's row, and through f: Σ_m v_im a_im f (w_j/w_i) v_jm/u_j on row j
//
// A line search tries steps over six orders of magnitude and takes the best, so that a step may also cross a jump.
import { real, setReal } from '../arrays';
import { roundActiveSet } from '../gradient/active-set';
import { rest } from '../gradient/derivatives';
import { solveForest } from '../gradient/forest';
import { Gradient, UPPER, gradientBytes, isFixed, kindOf, point, prepare } from '../gradient/state';
import { Problem, number } from '../ipm/problem';
import { proportionalFairness } from '../proportional-fairness';
import { REDUCED_ACCURACY } from '../status';
import { Elite, eliteReport, eliteValue, offer } from './elite';
import { PA, Search, consider, evaluate, top } from './search';

const LENGTHS: i32 = 10; // of one line search: the longest moves the report by half the box, each next a quarter of that
const PROGRESS: f64 = 1e-9; // relative, below which a climb ends

@unmanaged
export class Ascent {
  s: Search;
  values: usize; // f64[2·N·M]: two profiles with the agent's reports
  demands: usize;
  problem: usize; // class Problem of those two
  cotangent: usize; // f64[N·M]
  gradient: usize; // f64[2M] of each
  drafts: usize; // f64[2M] twice
  reports: usize; // f64[2M] twice: where the climbs stand
  scratch: usize; // of proportionalFairness
  state: usize; // of the gradient
}

/** `solver`: bytes of scratch of proportionalFairness. */
export function ascentBytes(N: i32, M: i32, solver: usize): usize {
  const entries = <usize>N * <usize>M;
  return (
    offsetof<Ascent>() + offsetof<Problem>() + 64 + solver + gradientBytes(N, M) +
    8 * (entries * 4 + entries * 6 + <usize>(2 * N) + <usize>(2 * M) + 8 + entries + <usize>(12 * M))
  );
}

export function layOutAscent(at: usize, s: Search): Ascent {
  const c = changetype<Ascent>(at), N = s.N, M = s.M;
  const block = (<usize>(2 * N * M)) << 3;
  c.s = s;
  let top = (at + offsetof<Ascent>() + 7) & ~7;
  c.values = top;
  c.demands = top + block;
  top += 2 * block;
  const p = changetype<Problem>(top);
  c.problem = top;
  top = (top + offsetof<Problem>() + 7) & ~7;
  p.N = N;
  p.M = M;
  p.values = c.values;
  p.demands = c.demands;
  p.valuesStep = p.demandsStep = block >> 1;
  p.budgetsStep = p.weightsStep = p.regularizerStep = 0;
  p.allocation = top;
  p.lower = top + block;
  p.upper = top + 2 * block;
  top += 3 * block;
  p.utilities = top;
  top += (<usize>(2 * N)) << 3;
  p.prices = top;
  top += (<usize>(2 * M)) << 3;
  p.residuals = top;
  p.status = top + 16;
  p.iterations = top + 24;
  p.unique = top + 32;
  top += 64;
  c.cotangent = top;
  top += block >> 1;
  c.gradient = top;
  c.drafts = top + ((<usize>(4 * M)) << 3);
  c.reports = c.drafts + ((<usize>(4 * M)) << 3);
  top = c.reports + ((<usize>(4 * M)) << 3);
  c.state = top;
  top = (top + gradientBytes(N, M) + 63) & ~63;
  c.scratch = top;
  return c;
}

// @ts-ignore: decorator
@inline function half(base: usize, M: i32, which: i32): usize { return base + ((<usize>(2 * M * which)) << 3); }

/** dl/da at solved profile k of the two. */
function takeCotangent(c: Ascent, k: i32): void {
  const s = c.s, N = s.N, M = s.M, p = changetype<Problem>(c.problem);
  const a = p.allocation + ((<usize>(k * N * M)) << 3), u = p.utilities + ((<usize>(k * N)) << 3);
  memory.fill(c.cotangent, 0, (<usize>(N * M)) << 3);
  let f: f64 = 1;
  if (s.rule == PA) {
    let sum: f64 = 0;
    for (let j: i32 = 0; j < N; ++j) {
      const without = real(s.without, j);
      if (j != s.i && without > -Infinity && real(u, j) > 0) sum += number(s.weights, j, 1) * (Math.log(real(u, j)) - without);
    }
    f = Math.min(1, Math.exp(sum / s.weight));
  }
  let mass: f64 = 0;
  for (let m: i32 = 0; m < M; ++m) {
    const j = s.i * M + m, v = real(s.trueValues, m);
    if (!(f * real(a, j) < real(s.trueDemands, m))) continue;
    setReal(c.cotangent, j, f * v);
    mass += v * real(a, j);
  }
  if (s.rule != PA) return;
  for (let j: i32 = 0; j < N; ++j) {
    if (j == s.i || !(real(s.without, j) > -Infinity) || !(real(u, j) > 0)) continue;
    const slope = mass * f * number(s.weights, j, 1) / (s.weight * real(u, j));
    for (let m: i32 = 0; m < M; ++m) setReal(c.cotangent, j * M + m, slope * real(s.values, j * M + m));
  }
}

/** Solves the profile twice as users do, by the kernel that they call: with agent i's report, and with agent `other`'s. */
export function solveReports(c: Ascent, i: i32, report: usize, other: i32, otherReport: usize): void {
  const s = c.s, N = s.N, M = s.M, p = changetype<Problem>(c.problem);
  const row = (<usize>M) << 3, rows = row * <usize>N;
  for (let k: i32 = 0; k < 2; ++k) {
    const own = rows * k + row * <usize>(k ? other : i), said = k ? otherReport : report;
    memory.copy(c.values + rows * k, s.values, rows);
    memory.copy(c.demands + rows * k, s.demands, rows);
    memory.copy(c.values + own, said, row);
    memory.copy(c.demands + own, said + row, row);
  }
  p.budgets = s.budgets;
  p.weights = s.weights;
  p.regularizer = s.regularizer;
  proportionalFairness(
    2, N, M, c.values, N * M, c.demands, N * M, s.budgets, 0, s.weights, 0, s.regularizer, 0, s.tolerance,
    p.allocation, p.utilities, p.prices, p.lower, p.upper, p.unique, p.iterations, p.status, p.residuals, c.scratch,
  );
}

/** Gradients in the agent's report at the two reports where the climbs stand; zeros where there is none. */
function takeGradients(c: Ascent): void {
  const s = c.s, N = s.N, M = s.M, p = changetype<Problem>(c.problem);
  solveReports(c, s.i, c.reports, s.i, half(c.reports, M, 1));
  s.evaluations += 2;
  for (let k: i32 = 0; k < 2; ++k) {
    const to = half(c.gradient, M, k);
    memory.fill(to, 0, (<usize>(2 * M)) << 3);
    if (load<i32>(p.status + (<usize>k << 2)) > REDUCED_ACCURACY) continue;
    takeCotangent(c, k);
    const g: Gradient = prepare(c.state, N, M);
    point(g, p, k, c.cotangent);
    roundActiveSet(g);
    if (real(g.kappa, s.i) == 0 || !solveForest(g)) continue;
    const kappa = real(g.kappa, s.i), spread = kappa * real(g.s, s.i), slope = kappa * real(g.utilities, s.i);
    for (let m: i32 = 0; m < M; ++m) {
      const j = s.i * M + m, kind = kindOf(g, j);
      setReal(to, m, spread * real(g.allocation, j) - slope * real(g.h, j));
      const pull = rest(g, s.i, m, j);
      if (s.demandsToo && (kind == UPPER || (isFixed(kind) && pull > 0))) setReal(to, M + m, pull);
    }
  }
}

/** A report moved along its gradient, kept in the box: `length` is the largest move, as a share of the box. */
function along(s: Search, report: usize, gradient: usize, length: f64, draft: usize): void {
  const M = s.M, span = s.valueHigh - s.valueLow;
  let largest: f64 = 0;
  for (let m: i32 = 0; m < M; ++m) {
    largest = Math.max(largest, Math.abs(real(gradient, m)) * span);
    largest = Math.max(largest, Math.abs(real(gradient, M + m)) * top(s, m));
  }
  const t = length / largest;
  for (let m: i32 = 0; m < M; ++m) {
    const v = real(report, m), b = top(s, m), x = real(report, M + m);
    const dv = t * real(gradient, m) * span * span, dx = t * real(gradient, M + m) * b * b;
    setReal(draft, m, dv == 0 ? v : Math.max(s.valueLow, Math.min(v + dv, s.valueHigh)));
    setReal(draft, M + m, dx == 0 ? x : Math.max(s.demandLow, Math.min(x + dx, b)));
  }
}

/** Moves climb k to the best of a line of steps, if any is better than `value`; returns the value it then has. */
function search(c: Ascent, elite: Elite, k: i32, value: f64): f64 {
  const s = c.s, M = s.M;
  const report = half(c.reports, M, k), gradient = half(c.gradient, M, k);
  const first = c.drafts, second = half(c.drafts, M, 1);
  let zero = true;
  for (let m: i32 = 0; m < 2 * M; ++m) if (real(gradient, m) != 0) zero = false;
  if (zero) return value;
  let best = value, length: f64 = 0.5, chosen: f64 = 0;
  for (let n: i32 = 0; n < LENGTHS; n += 2, length *= 0.0625) {
    along(s, report, gradient, length, first);
    along(s, report, gradient, length * 0.25, second);
    evaluate(s, first, second);
    for (let l: i32 = 0; l < 2; ++l) {
      const outcome = l ? s.second : s.first;
      consider(s, l ? second : first, outcome);
      offer(elite, l ? second : first, outcome);
      if (real(outcome, 0) > best) {
        best = real(outcome, 0);
        chosen = l ? length * 0.25 : length;
      }
    }
    if (best > value && chosen > length) break; // shorter ones will not do better
  }
  if (chosen > 0) {
    along(s, report, gradient, chosen, first);
    memory.copy(report, first, (<usize>(2 * M)) << 3);
  }
  return best;
}

/** Climbs from the first candidates of the list, which takes up what is found on the way. */
export function ascend(s: Search, elite: Elite, at: usize): void {
  if (!(s.steps > 0)) return;
  const c = layOutAscent(at, s), M = s.M;
  const climbs = min(s.ascents, elite.count);
  // The list changes while it is climbed from; take the starts first.
  for (let k: i32 = 0; k < climbs; k += 2) {
    const other = min(k + 1, elite.count - 1);
    memory.copy(c.reports, eliteReport(elite, k), (<usize>(2 * M)) << 3);
    memory.copy(half(c.reports, M, 1), eliteReport(elite, other), (<usize>(2 * M)) << 3);
    let first = eliteValue(elite, k), second = other == k ? Infinity : eliteValue(elite, other);
    for (let step: i32 = 0; step < s.steps; ++step) {
      takeGradients(c);
      const a = search(c, elite, 0, first), b = second < Infinity ? search(c, elite, 1, second) : second;
      const still = a - first <= PROGRESS * a && (b == Infinity || b - second <= PROGRESS * b);
      first = a;
      second = b;
      if (still) break;
    }
  }
}
