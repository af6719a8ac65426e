import type { OrdinalProblem } from '../../src/mechanisms/mechanism.js';
import { unitsOf } from '../helpers/markets.js';

/**
 * Chance of each bundle of an agent's list, nothing last, under a budget uniform on [1 - eps, 1]: the interval of budgets is cut at every cost and the
 * favourite of every piece is looked up.
 */
export function lottery(problem: OrdinalProblem, agent: number, prices: ArrayLike<number>, eps: number): number[] {
  const [from, to] = [problem.bundleStart[agent]!, problem.bundleStart[agent + 1]!];
  const costs = Array.from({ length: to - from }, (_, l) =>
    unitsOf(problem, from + l).reduce((sum, n, g) => sum + n * prices[g]!, 0),
  );
  const chances = Array<number>(costs.length + 1).fill(0);
  const cuts = [1 - eps, ...costs.filter((c) => c > 1 - eps && c < 1), 1].sort((a, b) => a - b);
  for (let k = 0; k + 1 < cuts.length; k++) {
    const middle = (cuts[k]! + cuts[k + 1]!) / 2;
    const favourite = costs.findIndex((c) => c <= middle);
    chances[favourite < 0 ? costs.length : favourite]! += (cuts[k + 1]! - cuts[k]!) / eps;
  }
  return chances;
}

/** Expected demand for each good, agent by agent. */
export function expectedDemandOracle(problem: OrdinalProblem, prices: ArrayLike<number>, eps: number): number[] {
  const demand = Array<number>(problem.capacities.length).fill(0);
  for (let i = 0; i + 1 < problem.bundleStart.length; i++) {
    const weight = problem.multiplicity ? problem.multiplicity[i]! : 1;
    lottery(problem, i, prices, eps).forEach((q, l) => {
      const row = problem.bundleStart[i]! + l;
      if (row >= problem.bundleStart[i + 1]! || q === 0) return;
      unitsOf(problem, row).forEach((n, g) => (demand[g]! += weight * q * n));
    });
  }
  return demand;
}
