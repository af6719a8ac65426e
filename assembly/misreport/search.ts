// One agent's search for a misreport: what it knows, and how candidates are evaluated.
//
// A report is f64[2M]: values, then demands. An outcome is f64[1 + 2M]: the agent's true utility under the report, the amounts that proportional
// fairness gives it, and the least prices at which the others are content with the rest. Two reports are solved at a time, in the two
// lanes, from the solution under truth.
import { real, setReal } from '../arrays';
import { A, AGENT, END, ENTRY, ITEM, ITEM_SCALE, ON, VALUE, WEIGHT, WEIGHT_SCALE, X, agentsAt, entriesAt, itemsAt } from '../ipm/layout';
import { number } from '../ipm/problem';
import { BROKEN, OUT_OF_ITERATIONS, TIED, advance, begin, beginNear, solveCentred } from '../ipm/solve';
import { loadAgent, loadLane } from '../ipm/start';

/** The rules that can be searched inside a kernel. */
export const PF: i32 = 0;
export const PA: i32 = 1;

/** What a search may report, how long it looks, and where it stands. Addresses of the current profile. */
@unmanaged
export class Search {
  N: i32;
  M: i32;
  rule: i32;
  // The box of reports; demandHigh < 0: the supply.
  valueLow: f64;
  valueHigh: f64;
  demandLow: f64;
  demandHigh: f64;
  demandsToo: bool;
  // Effort.
  randomStarts: i32;
  ascents: i32; // candidates that climb
  steps: i32; // of each climb
  refined: i32; // candidates refined by pattern search
  halvings: i32; // of its steps
  nodes: i32; // of the bound
  tolerance: f64;
  seed: u64;
  // The profile.
  values: usize;
  demands: usize; // f64[N·M], always there
  budgets: usize; // f64[M], always there
  weights: usize;
  regularizer: usize;
  amounts: usize; // solution under truth
  prices: usize;
  // The agent.
  i: i32;
  weight: f64;
  trueValues: usize; // f64[M]
  trueDemands: usize; // f64[M], at most the supply
  usual: usize; // f64[M], demands of a report that lies about values alone: the agent's own, brought into the box where demands are lied about too
  regularizerRow: usize;
  without: usize; // f64[N], log utility of the others without the agent
  // Working memory.
  work: usize;
  vector: usize;
  first: usize; // outcomes
  second: usize;
  spare: usize;
  best: usize; // f64[2M]
  bestOutcome: usize; // f64[1 + 2M]
  evaluations: i32;
  stale: bool; // the lanes hold something else than this profile
}

// @ts-ignore: decorator
@inline export function top(s: Search, m: i32): f64 {
  const b = real(s.budgets, m);
  return s.demandHigh < 0 ? b : Math.min(s.demandHigh, b);
}

/** Absolute utility of agent j in a lane. */
function utilityIn(s: Search, lane: usize, j: i32): f64 {
  let u: f64 = 0;
  let e = entriesAt(s.work, s.N, s.M) + lane + <usize>(j * s.M) * ENTRY, item = itemsAt(s.work) + lane;
  for (let m: i32 = 0; m < s.M; ++m, e += ENTRY, item += ITEM) u += real(s.values, j * s.M + m) * load<f64>(e, A) * load<f64>(item, ITEM_SCALE);
  return u;
}

/** What an agent's presence leaves the others: Σ_{j≠i} w_j (log u_j − log u_j without i) / w_i, at what a lane holds. */
export function logFraction(s: Search, lane: usize): f64 {
  let sum: f64 = 0;
  for (let j: i32 = 0; j < s.N; ++j) {
    const without = real(s.without, j);
    if (j == s.i || !(without > -Infinity)) continue;
    sum += number(s.weights, j, 1) * (Math.log(utilityIn(s, lane, j)) - without);
  }
  return sum / s.weight;
}

/** Log utilities of the others at what a lane holds, into `without`; minus infinity for those who get nothing. */
export function takeWithout(s: Search, lane: usize): void {
  for (let j: i32 = 0; j < s.N; ++j) {
    const u = number(s.weights, j, 1) > 0 ? utilityIn(s, lane, j) : 0;
    setReal(s.without, j, u > 0 ? Math.log(u) : -Infinity);
  }
}

const INSIDE: f64 = 1e-9; // share of a supply within which a demand counts as met

/**
 * Least prices that support the others' optimum in a lane: max_j { w_j v_jm/u_j : a_jm < x_jm }, 0 if there is no such j ≠ i.
 */
export function takePrices(s: Search, lane: usize, prices: usize): void {
  const N = s.N, M = s.M, one = load<f64>(s.work + lane, WEIGHT_SCALE);
  memory.fill(prices, 0, (<usize>M) << 3);
  let row = entriesAt(s.work, N, M) + lane, agent = agentsAt(s.work, M) + lane;
  for (let j: i32 = 0; j < N; ++j, row += <usize>M * ENTRY, agent += AGENT) {
    if (j == s.i || !(load<f64>(agent, WEIGHT) > 0)) continue;
    let share: f64 = 0;
    for (let m: i32 = 0, e = row; m < M; ++m, e += ENTRY) share += load<f64>(e, VALUE) * load<f64>(e, A);
    if (!(share > 0)) continue;
    const rate = load<f64>(agent, WEIGHT) * one / share;
    for (let m: i32 = 0, e = row, item = itemsAt(s.work) + lane; m < M; ++m, e += ENTRY, item += ITEM) {
      // The lane knows no demand above the supply.
      const b = load<f64>(item, ITEM_SCALE), left = real(s.demands, j * M + m) - load<f64>(e, A) * b;
      if (load<i64>(e, ON) == 0 || !(left > INSIDE * b)) continue;
      const p = rate * load<f64>(e, VALUE);
      if (p > real(prices, m)) setReal(prices, m, p);
    }
  }
  for (let m: i32 = 0, item = itemsAt(s.work) + lane; m < M; ++m, item += ITEM) {
    const b = load<f64>(item, ITEM_SCALE);
    setReal(prices, m, b > 0 ? real(prices, m) / b : 0);
  }
}

/** The agent's outcome at what a lane holds. */
function takeOutcome(s: Search, lane: usize, outcome: usize): void {
  const M = s.M;
  let e = entriesAt(s.work, s.N, M) + lane + <usize>(s.i * M) * ENTRY, item = itemsAt(s.work) + lane;
  const f = s.rule == PA ? Math.min(1, Math.exp(logFraction(s, lane))) : 1;
  let value: f64 = 0;
  for (let m: i32 = 0; m < M; ++m, e += ENTRY, item += ITEM) {
    const a = Math.min(load<f64>(e, A), load<f64>(e, X)) * load<f64>(item, ITEM_SCALE);
    setReal(outcome, 1 + m, a);
    value += real(s.trueValues, m) * Math.min(f * a, real(s.trueDemands, m));
  }
  setReal(outcome, 0, value);
  takePrices(s, lane, outcome + ((<usize>(1 + M)) << 3));
}

function putReport(s: Search, lane: usize, report: usize): void {
  loadAgent(s.work, lane, s.N, s.M, s.i, report, report + (<usize>s.M << 3), s.weight, s.regularizerRow);
}

/** Puts the whole profile into both lanes, where something else has been there. */
function refresh(s: Search): void {
  if (!s.stale) return;
  for (let lane: usize = 0; lane < 16; lane += 8) {
    loadLane(s.work, lane, s.N, s.M, s.values, s.demands, s.budgets, s.weights, s.regularizer);
  }
  s.stale = false;
}

/** Runs the lanes to their ends and takes each outcome; bits of the lanes whose optimum must be centred are returned. */
function run(s: Search, lanes: i32, cold: bool): i32 {
  const regularized = s.regularizerRow != 0;
  if (cold) begin(s.work, s.N, s.M, lanes);
  else beginNear(s.work, s.N, s.M, lanes, s.amounts, s.prices);
  let again: i32 = 0;
  while (true) {
    const ended = advance(s.work, s.N, s.M, regularized, s.tolerance, s.vector);
    if (!ended) return again;
    for (let l: i32 = 0; l < 2; ++l) {
      if (!(ended & (1 << l))) continue;
      const lane = <usize>l << 3, end = load<i32>(s.work + lane, END), outcome = l ? s.second : s.first;
      if (end == TIED) again |= 1 << l;
      else if (end == BROKEN || end == OUT_OF_ITERATIONS) setReal(outcome, 0, -1);
      else takeOutcome(s, lane, outcome);
    }
  }
}

/** Outcomes of two reports (the same twice: one) into `first` and `second`. Where the optimum is not unique it is the centre, as users get it. */
export function evaluate(s: Search, a: usize, b: usize, cold: bool = false): void {
  refresh(s);
  putReport(s, 0, a);
  putReport(s, 8, b);
  s.evaluations += a == b ? 1 : 2;
  const again = run(s, a == b ? 1 : 3, cold);
  for (let l: i32 = 0; l < 2; ++l) {
    if (!(again & (1 << l))) continue;
    const report = l ? b : a, outcome = l ? s.second : s.first;
    putReport(s, 0, report);
    putReport(s, 8, report);
    const end = solveCentred(s.work, s.N, s.M, s.regularizerRow != 0, s.tolerance, s.vector);
    if (end == BROKEN || end == OUT_OF_ITERATIONS) setReal(outcome, 0, -1);
    else takeOutcome(s, 0, outcome);
  }
}

/**
 * Keeps a report if it is the best so far. A report that seems to be is solved again from a cold start, as users solve it: at the edge of a jump
 * the two may end on different sides. The outcome becomes that one.
 */
export function consider(s: Search, report: usize, outcome: usize): void {
  if (!(real(outcome, 0) > real(s.bestOutcome, 0))) return;
  const first = s.first, size = (<usize>(1 + 2 * s.M)) << 3;
  s.first = s.spare;
  evaluate(s, report, report, true);
  s.first = first;
  memory.copy(outcome, s.spare, size);
  if (!(real(outcome, 0) > real(s.bestOutcome, 0))) return;
  memory.copy(s.best, report, <usize>(2 * s.M) << 3);
  memory.copy(s.bestOutcome, outcome, size);
}
