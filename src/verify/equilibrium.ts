import { InputError } from '../errors.js';
import type { OrdinalBatch } from '../profiles/ordinal.js';
import { isAnswer, type NamedArrays } from '../types.js';
import { exactProblems } from './equilibrium-exact.js';
import { rowUnits } from './ordinal.js';
import { roundingProblems } from './rounding.js';

export interface EquilibriumVerdict {
  readonly problems: readonly string[];
  /** Largest relative violation of market clearing. */
  readonly residual: number;
  /** The result is one of no equilibrium (status 2 or worse). */
  readonly unanswered: boolean;
  /** Rational prices were there and clear exactly. */
  readonly exact: boolean;
}

const CLEARS = 1e-9;
const ROUNDING = 1e-9;

/**
 * Checks prices by buying for every agent at every budget: between the costs of its bundles, in order, its favourite among what it can afford. Demand is added
 * up with the law of budgets and compared with capacities and with what the result says of itself.
 */
export function verifyEquilibrium(problem: OrdinalBatch, results: NamedArrays): EquilibriumVerdict {
  const goods = problem.capacities.length;
  const take = (name: string, length?: number): number[] => {
    const array = results[name];
    if (!array) throw new InputError(`the result lacks ${name}`, { array: name });
    if (array.shape.length !== 1 || (length !== undefined && array.shape[0] !== length)) {
      throw new InputError(`${name} has shape [${array.shape.join(',')}], expected [${length ?? 'K'}]`, {
        array: name,
      });
    }
    return Array.from(array.data as ArrayLike<number>, Number);
  };
  const prices = take('prices', goods);
  const edges = take('law_edges');
  const mass = take('law_mass', edges.length - 1);
  const stated = take('expected_demand', goods);
  const [clearingError] = take('clearing_error', 1);
  const [status] = take('status', 1);
  const [residual] = take('residual', 1);
  const problems: string[] = [];
  if (!isAnswer(status!)) {
    if (residual !== Infinity) problems.push(`status is ${status} but residual is ${residual}, expected infinity`);
    if (prices.some((p) => p !== 0)) problems.push(`status is ${status} but there are prices`);
    return { problems, residual: Infinity, unanswered: true, exact: false };
  }
  prices.forEach((p, g) => {
    if (!(p >= 0 && p <= 1)) problems.push(`prices[${g}] is ${p}, expected a number from 0 to 1`);
  });
  if (edges.some((b, k) => !(b >= 0 && b <= 1) || (k > 0 && !(b > edges[k - 1]!)))) {
    problems.push('law_edges are not rising numbers from 0 to 1');
  }
  if (mass.some((x) => !(x >= 0)) || !(Math.abs(mass.reduce((a, b) => a + b, 0) - 1) <= 1e-9)) {
    problems.push('law_mass are not shares that add up to 1');
  }
  if (problems.length > 0) return { problems, residual: Infinity, unanswered: false, exact: false };

  const demand = demandUnder(problem, prices, edges, mass);
  let worst = 0;
  demand.forEach((d, g) => {
    const c = problem.capacities[g]!;
    const size = Math.max(1, c);
    if (!(Math.abs(d - stated[g]!) <= ROUNDING * size)) {
      problems.push(`expected_demand[${g}] is ${stated[g]}, the prices give ${d}`);
    }
    const z = (d - c) / (c > 0 ? c : 1);
    worst = Math.max(worst, prices[g]! > 0 && c > 0 ? Math.abs(z) : z);
  });
  if (!(worst <= CLEARS)) problems.push(`demand misses capacity by ${worst}, more than ${CLEARS}`);
  for (const [name, value] of Object.entries({ clearing_error: clearingError!, residual: residual! })) {
    if (!(Math.abs(value - worst) <= 1e-11)) problems.push(`${name} is ${value}, the prices give ${worst}`);
  }
  const limbs = results.exact_prices;
  if (limbs)
    problems.push(...exactProblems(problem, prices, edges, Array.from(limbs.data as ArrayLike<number>, BigInt)));
  if (results.assignment) problems.push(...roundingProblems(problem, results, prices, edges));
  return { problems, residual: worst, unanswered: false, exact: limbs !== undefined };
}

/** Expected demand, agent by agent: cuts the law at the costs of the agent's bundles and looks up the favourite in every part. */
function demandUnder(
  problem: OrdinalBatch,
  prices: readonly number[],
  edges: readonly number[],
  mass: readonly number[],
): number[] {
  const goods = prices.length;
  const demand = Array<number>(goods).fill(0);
  const below = (b: number) => {
    let sum = 0;
    for (let k = 0; k < mass.length; k++) {
      const width = edges[k + 1]! - edges[k]!;
      sum += mass[k]! * Math.min(1, Math.max(0, (b - edges[k]!) / width));
    }
    return sum;
  };
  for (let i = 0; i + 1 < problem.bundleStart.length; i++) {
    const copies = problem.multiplicity ? problem.multiplicity[i]! : 1;
    const rows = Array.from(
      { length: problem.bundleStart[i + 1]! - problem.bundleStart[i]! },
      (_, l) => problem.bundleStart[i]! + l,
    );
    const costs = rows.map((t) => rowUnits(problem, t).reduce((sum, [g, n]) => sum + n * prices[g]!, 0));
    const [low, high] = [edges[0]!, edges.at(-1)!];
    // A dearer bundle after a cheaper one is never bought, so its cost is no cut.
    const cuts = [low, high];
    costs.reduce((least, c) => {
      if (c < least && c > low && c < high) cuts.push(c);
      return Math.min(least, c);
    }, Infinity);
    cuts.sort((a, b) => a - b);
    for (let k = 0; k + 1 < cuts.length; k++) {
      const middle = (cuts[k]! + cuts[k + 1]!) / 2;
      const favourite = costs.findIndex((c) => c <= middle);
      if (favourite < 0) continue;
      const share = below(cuts[k + 1]!) - below(cuts[k]!);
      for (const [g, n] of rowUnits(problem, rows[favourite]!)) demand[g]! += copies * share * n;
    }
  }
  return demand;
}
