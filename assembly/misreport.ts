// Exploitability of proportional fairness and Partial Allocation: for every agent of every profile the best misreport that a search finds, the gain
// in true utility (Zeng et al. 2023, Eq. 4 and 6), and a bound that no misreport exceeds.
//
//     gain_i = max_{v'_i, x'_i in a box} Σ_m v_im min(a_im(v'_i, x'_i, others'), x_im) − Σ_m v_im min(a_im, x_im)
//
// Starts (misreport/starts.ts), projected ascent with the analytic gradient (ascent.ts), pattern search (pattern.ts), branch and bound over bundles
// (bound.ts). The truth is always a candidate. What is returned was solved again from the stored report, by the kernel that users call.
//
// values, demands, …, and the solution under truth: class Problem; truth f64[N·M] a profile: the rule's allocation under truth.
// gain, bound, truthful f64[N] a profile; reported values and demands f64[N·M]: row i is agent i's; evaluations i32: solves of the search.
// Nothing is random but by (seed, index of the profile, agent). Statuses: those of the solution under truth.
import { integer, real, setInteger, setReal } from './arrays';
import { Problem, at, cap, number } from './ipm/problem';
import { Ascent, ascend, layOutAscent, solveReports } from './misreport/ascent';
import { closeBound, openBound } from './misreport/bound';
import { Desk, Found, Settings, deskBytes, layOutDesk } from './misreport/desk';
import { Elite, emptyElite, offer } from './misreport/elite';
import { refine } from './misreport/pattern';
import { PA, Search, consider, evaluate, top } from './misreport/search';
import { tryBoth, tryStarts } from './misreport/starts';
import { partialAllocation } from './partial-allocation';
import { streamKey } from './random';
import { REDUCED_ACCURACY } from './status';

const NOISE: f64 = 1e-12; // share of an agent's utility of everything that is rounding, no gain

export function misreportScratch(N: i32, M: i32, candidates: i32, nodes: i32): usize { return deskBytes(N, M, candidates, nodes); }

/** Points the search at profile k. */
function openProfile(d: Desk, k: i32): void {
  const s = changetype<Search>(d.search), p = d.problem, N = p.N, M = p.M;
  const demands = at(p.demands, p.demandsStep, k), budgets = at(p.budgets, p.budgetsStep, k);
  s.values = at(p.values, p.valuesStep, k);
  s.weights = at(p.weights, p.weightsStep, k);
  s.regularizer = at(p.regularizer, p.regularizerStep, k);
  for (let m: i32 = 0; m < M; ++m) setReal(s.budgets, m, number(budgets, m, 1));
  for (let i: i32 = 0, j: i32 = 0; i < N; ++i) for (let m: i32 = 0; m < M; ++m, ++j) setReal(s.demands, j, cap(demands, budgets, j, m));
  s.amounts = p.allocation + ((<usize>(k * N * M)) << 3);
  s.prices = p.prices + ((<usize>(k * M)) << 3);
  s.evaluations = 0;
  s.seed = streamKey(<u64>d.settings.seed, 0x6c6965 + <u64>(d.settings.first + <f64>k));
}

/** The agent's own numbers; returns the utility of everything it can use. */
function openAgent(s: Search, i: i32): f64 {
  const M = s.M, row = (<usize>(i * M)) << 3;
  s.i = i;
  s.weight = number(s.weights, i, 1);
  s.trueValues = s.values + row;
  s.regularizerRow = s.regularizer ? s.regularizer + row : 0;
  s.stale = true;
  let whole: f64 = 0;
  for (let m: i32 = 0; m < M; ++m) {
    const own = real(s.demands + row, m), x = Math.min(own, real(s.budgets, m));
    setReal(s.trueDemands, m, x);
    setReal(s.usual, m, s.demandsToo ? Math.max(s.demandLow, Math.min(own, top(s, m))) : own);
    whole += real(s.trueValues, m) * x;
  }
  return whole;
}

function trueUtility(s: Search, allocation: usize): f64 {
  let u: f64 = 0;
  for (let m: i32 = 0; m < s.M; ++m) u += real(s.trueValues, m) * Math.min(real(allocation, m), real(s.trueDemands, m));
  return u;
}

/** Whether the agent can use less than the supply of something it values: if not, Partial Allocation is truthful in demands too. */
function saturates(s: Search): bool {
  for (let m: i32 = 0; m < s.M; ++m) if (real(s.trueValues, m) > 0 && real(s.trueDemands, m) < real(s.budgets, m)) return true;
  return false;
}

/** Starts, climbs and refines, all in the box; returns the candidates. `report`: the truth brought into the box. */
function look(d: Desk, report: usize, truth: f64): Elite {
  const s = changetype<Search>(d.search);
  const e: Elite = emptyElite(d.elite, s.M, <i32>d.settings.candidates, s.budgets);
  if (real(s.bestOutcome, 0) > truth) offer(e, s.best, s.bestOutcome);
  tryBoth(s, e, report, report);
  tryStarts(s, e, d.pairing, d.draft, d.alone, <i32>d.settings.levels);
  ascend(s, e, d.ascent);
  refine(s, e, d.pattern);
  return e;
}

/** Searches for agent i: the best report goes to `report`; returns the bound on its utility. */
function searchAgent(d: Desk, i: i32, truthful: f64, whole: f64, report: usize): f64 {
  const s = changetype<Search>(d.search), M = s.M, row = (<usize>(i * M)) << 3;
  memory.copy(report, s.values + row, (<usize>M) << 3);
  memory.copy(report + ((<usize>M) << 3), s.demands + row, (<usize>M) << 3);
  if (!(s.weight > 0) || !(whole > 0) || truthful >= whole * (1 - 1e-12)) return truthful;
  const margin = d.settings.margin * whole;
  setReal(s.bestOutcome, 0, -1);
  openBound(s, d.bound);
  const bounded = s.regularizerRow == 0, exact = s.rule == PA && (!s.demandsToo || !saturates(s)) && bounded;
  evaluate(s, report, report);
  consider(s, report, s.first);
  const truth = real(s.bestOutcome, 0);
  for (let m: i32 = 0; m < M; ++m) {
    setReal(report, m, Math.max(s.valueLow, Math.min(real(report, m), s.valueHigh)));
    setReal(report, M + m, real(s.usual, m));
  }
  if (s.demandsToo && d.settings.valuesFirst != 0 && !(s.rule == PA && bounded)) {
    // Values alone first: where they are what pays, bundles asked for by their demands crowd them out of the list.
    s.demandsToo = false;
    look(d, report, truth);
    s.demandsToo = true;
  }
  const e = look(d, report, truth);
  let bound = whole;
  if (exact) bound = Math.max(truthful, real(s.bestOutcome, 0));
  else if (bounded) {
    const before = real(s.bestOutcome, 0);
    bound = closeBound(s, d.bound, e, margin);
    if (real(s.bestOutcome, 0) > before) {
      refine(s, e, d.pattern);
      bound = Math.max(bound, real(s.bestOutcome, 0));
    }
  }
  memory.copy(report, s.best, (<usize>(2 * M)) << 3);
  return bound;
}

/** Solves the stored reports of agents i and `other` as a user would, and writes what they bring. */
function settle(d: Desk, k: i32, i: i32, other: i32): void {
  const s = changetype<Search>(d.search), f = d.found, N = s.N, M = s.M;
  const c: Ascent = layOutAscent(d.ascent, s), p = changetype<Problem>(c.problem);
  const row = (<usize>M) << 3, rows = row * <usize>N;
  solveReports(c, i, d.reports + 2 * row * <usize>i, other, d.reports + 2 * row * <usize>other);
  let allocation = p.allocation;
  if (s.rule == PA) {
    const utilities = d.withheld + 2 * rows, fractions = utilities + ((<usize>(2 * N)) << 3);
    partialAllocation(2, c.problem, s.tolerance, d.withheld, utilities, fractions, d.withholding);
    allocation = d.withheld;
  }
  for (let l: i32 = 0; l < (other == i ? 1 : 2); ++l) {
    const which = l ? other : i, own = row * <usize>which, to = k * N + which;
    const whole = openAgent(s, which);
    const truthful = real(f.truthful, to), report = d.reports + 2 * own, solved = integer(p.status, l) <= REDUCED_ACCURACY;
    const u = solved ? trueUtility(s, allocation + rows * l + own) : truthful;
    const better = u - truthful > NOISE * whole;
    const stored = ((<usize>(k * N * M)) << 3) + own;
    memory.copy(f.values + stored, better ? report : s.values + own, row);
    memory.copy(f.demands + stored, better ? report + row : s.demands + own, row);
    setReal(f.gain, to, better ? u - truthful : 0);
    setReal(f.bound, to, Math.max(real(f.bound, to) - truthful, better ? u - truthful : 0));
  }
}

/** Searches for every agent of `count` solved profiles. */
export function misreport(count: i32, problem: usize, settings: usize, found: usize, scratch: usize): void {
  const p = changetype<Problem>(problem), f = changetype<Found>(found), N = p.N, M = p.M;
  const d = layOutDesk(scratch, p, changetype<Settings>(settings), f), s = changetype<Search>(d.search);
  for (let k: i32 = 0; k < count; ++k) {
    if (integer(p.status, k) > REDUCED_ACCURACY) continue;
    openProfile(d, k);
    for (let i: i32 = 0; i < N; ++i) {
      const whole = openAgent(s, i), truthful = trueUtility(s, f.truth + ((<usize>((k * N + i) * M)) << 3));
      setReal(f.truthful, k * N + i, truthful);
      setReal(f.bound, k * N + i, searchAgent(d, i, truthful, whole, d.reports + ((<usize>(2 * i * M)) << 3)));
    }
    setInteger(f.evaluations, k, s.evaluations);
    for (let i: i32 = 0; i < N; i += 2) settle(d, k, i, min(i + 1, N - 1));
  }
}
