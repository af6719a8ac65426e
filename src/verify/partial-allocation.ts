import type { Verdict } from './divisible.js';
import { fairStart, pourInTurn, unfairness, utilityOf, welfareOf, type Market } from './pour.js';
import { canGain, type ProfileView } from './profile.js';

const SAME = 1e-9; // relative difference at which two computations of one number agree
const ACCURATE = 1e-8; // residual of status 0
const FAIR = 1e-7; // unfairness, in units of the sum of weights
const REDUCED = 1e-4; // the same, for status 1
const ENOUGH = 1e-13; // gap of what is solved here, in the same units
const ROUNDS = 3000;

type Table = readonly (readonly number[])[];

function marketOf(view: ProfileView, without = -1): Market {
  const agents = Array.from({ length: view.agents }, (_, i) => i);
  const items = Array.from({ length: view.items }, (_, m) => m);
  const live = agents.map((i) => i !== without && canGain(view, i));
  return {
    weights: agents.map((i) => (live[i] ? view.weight(i) : 0)),
    values: agents.map((i) => items.map((m) => view.value(i, m))),
    caps: agents.map((i) => items.map((m) => (live[i] ? Math.min(view.demand(i, m), view.budget(m)) : 0))),
    supplies: items.map((m) => view.budget(m)),
  };
}

const total = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);

function tableOf(view: ProfileView): number[][] {
  return Array.from({ length: view.agents }, (_, i) =>
    Array.from({ length: view.items }, (__, m) => view.result('allocation', i, m)),
  );
}

/** Amounts within demands and supplies, and utilities that are theirs. */
function plainProblems(view: ProfileView, market: Market, allocation: Table): string[] {
  const problems: string[] = [];
  const unit = Math.max(1, ...market.supplies);
  market.supplies.forEach((supply, m) => {
    const used = total(allocation.map((row) => row[m]!));
    if (!(used <= supply + SAME * unit)) problems.push(`item ${m}: ${used} is given out of a supply of ${supply}`);
  });
  allocation.forEach((row, i) => {
    const bad = row.findIndex((x, m) => !(x >= 0 && x <= market.caps[i]![m]! + SAME * unit));
    if (bad >= 0) problems.push(`allocation[${i},${bad}] is ${row[bad]}, expected 0 to ${market.caps[i]![bad]}`);
    const utility = market.weights[i]! > 0 ? utilityOf(market, allocation, i) : 0;
    const given = view.result('utilities', i);
    if (!(Math.abs(utility - given) <= SAME * Math.max(1, utility)))
      problems.push(`utilities[${i}] is ${given}, the allocation gives ${utility}`);
  });
  return problems;
}

/** Status and residual of an answer: the residual itself is of duals that the file has not. */
function claims(view: ProfileView): string[] {
  const [status, residual] = [view.result('status'), view.result('residual')];
  if (status !== 0 && status !== 1) return [`status is ${status}, expected 0 or 1 of an answer`];
  if (!(residual >= 0 && (status === 1 || residual <= ACCURATE)))
    return [`the residual is ${residual}, no residual of status ${status}`];
  return [];
}

function unfair(
  view: ProfileView,
  market: Market,
  allocation: Table,
  most: number,
): { found: number; problems: string[] } {
  const weight = total(market.weights);
  const found = weight > 0 ? unfairness(market, allocation) / weight : 0;
  const allowed = view.result('status') === 0 ? most : REDUCED;
  if (found <= allowed) return { found, problems: [] };
  return { found, problems: [`the bundle before withholding is unfair by ${found}, expected at most ${allowed}`] };
}

/**
 * Fractions against f_i = exp((Σ_{j≠i} w_j log u_j(PF) − the others' largest welfare without i)/w_i), that welfare being solved for here and known within its
 * gap. `spread`: relative error of the utilities under `fair`.
 */
function fractionProblems(
  view: ProfileView,
  market: Market,
  fair: Table,
  fractions: readonly number[],
  spread: number,
) {
  const problems: string[] = [];
  const weight = total(market.weights);
  const equal = new Set(market.weights.filter((w) => w > 0)).size <= 1;
  fractions.forEach((f, i) => {
    const w = market.weights[i]!;
    if (!(f >= 0 && f <= 1)) problems.push(`fractions[${i}] is ${f}, expected a number from 0 to 1`);
    if (w === 0) {
      if (f !== 1) problems.push(`fractions[${i}] is ${f}, expected 1 of an agent who can gain nothing`);
      return;
    }
    if (equal && !(f >= Math.exp(-1) - spread)) problems.push(`fractions[${i}] is ${f}, less than 1/e`);
    if (problems.length > 0) return;
    const others = marketOf(view, i);
    const { welfare, gap } = pourInTurn(others, fair, ENOUGH * weight, ROUNDS);
    const most = Math.min(1, Math.exp((welfareOf(others, fair) - welfare) / w));
    const least = Math.exp((welfareOf(others, fair) - welfare - gap) / w);
    const slack = spread * (1 + weight / w);
    if (!(f <= most + slack && f >= least - slack))
      problems.push(`fractions[${i}] is ${f}, the others' welfare without the agent gives ${most}`);
  });
  return problems;
}

/** Partial Allocation: what is given, divided by the fractions, is proportionally fair, and the fractions are those of the rule. */
export function verifyPartialAllocation(view: ProfileView): Verdict {
  const market = marketOf(view);
  const allocation = tableOf(view);
  const fractions = allocation.map((_, i) => view.result('fractions', i));
  const problems = [...claims(view), ...plainProblems(view, market, allocation)];
  // A fraction too small to divide by: an agent of next to no weight.
  const tiny = fractions.some((f) => f < 1e-100);
  const fair = tiny
    ? pourInTurn(market, fairStart(market), ENOUGH * total(market.weights), ROUNDS).allocation
    : allocation.map((row, i) => row.map((x) => x / fractions[i]!));
  const { found, problems: more } = unfair(view, market, fair, FAIR);
  problems.push(...more);
  if (problems.length === 0) problems.push(...infeasible(market, fair));
  if (problems.length === 0) {
    const spread = view.result('status') === 0 ? 1e-8 : 1e-4;
    problems.push(...fractionProblems(view, market, fair, fractions, tiny ? 1e-5 : spread));
  }
  return { residual: found, problems };
}

function infeasible(market: Market, fair: Table): string[] {
  const unit = Math.max(1, ...market.supplies);
  const over = market.supplies.findIndex((supply, m) => !(total(fair.map((row) => row[m]!)) <= supply + 1e-8 * unit));
  return over < 0 ? [] : [`item ${over}: the bundles before withholding exceed the supply`];
}

/**
 * The mixture: proportional fairness where that was drawn; else Partial Allocation, whose fractions the file has not: they are taken from the
 * utilities, against those of proportional fairness as it is solved here.
 */
export function verifyMixture(view: ProfileView): Verdict {
  const market = marketOf(view);
  const allocation = tableOf(view);
  const drawn = view.result('drawn');
  const problems = [...claims(view), ...plainProblems(view, market, allocation)];
  if (drawn !== 0 && drawn !== 1) problems.push(`drawn is ${drawn}, expected 0 or 1`);
  if (drawn !== 0) {
    const { found, problems: more } = unfair(view, market, allocation, FAIR);
    return { residual: found, problems: [...problems, ...more] };
  }
  const weight = total(market.weights);
  const { allocation: poured, gap } = pourInTurn(market, fairStart(market), ENOUGH * weight, ROUNDS);
  // Σ w log u is strongly concave in log u: a gap bounds the relative error of utilities.
  const lightest = Math.min(...market.weights.filter((w) => w > 0));
  const spread = 1e-6 + 2 * Math.sqrt(weight > 0 ? (2 * gap) / lightest : 0);
  const fractions = allocation.map((_, i) =>
    market.weights[i]! > 0 ? Math.min(1, utilityOf(market, allocation, i) / utilityOf(market, poured, i)) : 1,
  );
  const fair = allocation.map((row, i) => row.map((x) => (fractions[i]! > 1e-100 ? x / fractions[i]! : 0)));
  const { found, problems: more } = fractions.every((f) => f > 1e-100)
    ? unfair(view, market, fair, 10 * spread)
    : { found: 0, problems: [] };
  problems.push(...more);
  if (problems.length === 0) problems.push(...fractionProblems(view, market, poured, fractions, spread));
  return { residual: found, problems };
}
