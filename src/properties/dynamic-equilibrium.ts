import type { OrdinalBatch } from '../profiles/ordinal.js';
import { envyBeyondOne, unitTable } from './ordinal.js';

/** What the online mechanism left behind: the result arrays of `ocam`, in order of arrival (no batches). */
export interface DynamicOutcome {
  readonly assignment: ArrayLike<number | bigint>;
  readonly prices: ArrayLike<number>;
  readonly budgets: ArrayLike<number>;
  /** 0: of the sample. */
  readonly phase: ArrayLike<number>;
  /** Arrivals before each pricing, and the prices, one vector after the other. */
  readonly pricingAt: ArrayLike<number>;
  readonly postedPrices: ArrayLike<number>;
}

/** How far an outcome is from a dynamic approximate competitive equilibrium from equal incomes. */
export interface DynamicConditions {
  /** (i) Largest distance of a budget from 1 among agents after the sample: eps_b. */
  readonly budgetSpread: number;
  /** (ii) Agents after the sample who do not have their favourite among the bundles that their budget paid for. */
  readonly notFavourite: number;
  /** (iii) Smallest eps_f with use of every good at most (1 + eps_f) k c_j / n in all periods k but a share eps_n of them. */
  readonly above: number;
  /** (iv) Smallest eps_f with use of every good with a price at least (1 − eps_f) k c_j / n in all periods but a share eps_n. */
  readonly below: number;
  /** Agents after the sample who envy another of them by more than one object. */
  readonly envyBeyondOne: number;
  /** Agents after the sample. */
  readonly agents: number;
}

/**
 * The conditions of a dynamic approximate competitive equilibrium, measured: budgets nearly equal, everybody after the sample at its favourite, markets that nearly
 * clear in nearly all periods. `epsilonN`: share of the periods that may be out of line.
 */
export function dynamicConditions(
  problem: OrdinalBatch,
  outcome: DynamicOutcome,
  { epsilonN = 0.2 }: { readonly epsilonN?: number } = {},
): DynamicConditions {
  const n = problem.bundleStart.length - 1;
  const after = Array.from({ length: n }, (_, i) => i).filter((i) => outcome.phase[i] === 1);
  const { above, below } = errorsByPeriod(problem, outcome);
  const least = Math.min(n - 1, Math.ceil((1 - epsilonN) * n) - 1);
  return {
    budgetSpread: after.reduce((most, i) => Math.max(most, 1 - outcome.budgets[i]!), 0),
    notFavourite: notFavourite(problem, outcome),
    above: above.sort()[Math.max(0, least)]!,
    below: below.sort()[Math.max(0, least)]!,
    envyBeyondOne: envyBeyondOne(problem, outcome.assignment, after).length,
    agents: after.length,
  };
}

/** For every period the largest relative distance of use from k c_j / n, above and below, at least 0. */
function errorsByPeriod(problem: OrdinalBatch, { assignment, prices }: DynamicOutcome) {
  const { capacities, bundleStart } = problem;
  const goods = capacities.length;
  const n = bundleStart.length - 1;
  const units = unitTable(problem);
  const used = new Float64Array(goods);
  const above = new Float64Array(n);
  const below = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const row = bundleStart[i]! + Number(assignment[i]);
    for (let g = 0; g < goods; g++) {
      if (Number(assignment[i]) >= 0) used[g]! += units[row * goods + g]!;
      const line = ((i + 1) * capacities[g]!) / n;
      if (line === 0) continue;
      above[i] = Math.max(above[i]!, used[g]! / line - 1);
      if (prices[g]! > 0) below[i] = Math.max(below[i]!, 1 - used[g]! / line);
    }
  }
  return { above, below };
}

/** Agents at posted prices whose bundle is not the first of their list that costs no more than their budget. */
function notFavourite(problem: OrdinalBatch, outcome: DynamicOutcome): number {
  const { bundleStart, capacities } = problem;
  const goods = capacities.length;
  const units = unitTable(problem);
  let [epoch, wrong] = [-1, 0];
  for (let i = 0; i + 1 < bundleStart.length; i++) {
    while (epoch + 1 < outcome.pricingAt.length && outcome.pricingAt[epoch + 1]! <= i) epoch += 1;
    if (outcome.phase[i] !== 1) continue;
    const [from, to] = [bundleStart[i]!, bundleStart[i + 1]!];
    const chosen = Number(outcome.assignment[i]) < 0 ? to : from + Number(outcome.assignment[i]);
    let favourite = from;
    for (; favourite < to; favourite++) {
      let cost = 0;
      for (let g = 0; g < goods; g++) cost += units[favourite * goods + g]! * outcome.postedPrices[epoch * goods + g]!;
      if (cost <= outcome.budgets[i]!) break;
    }
    if (favourite !== chosen) wrong += 1;
  }
  return wrong;
}
