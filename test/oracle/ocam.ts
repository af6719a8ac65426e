import type { OrdinalProblem, OrdinalResult } from '../../src/mechanisms/mechanism.js';
import { unitsOf } from '../helpers/markets.js';

/**
 * Serves one agent after the other with plain loops, at the prices and budgets that a result states: the sample by serial dictatorship with its share of
 * all places, the others by what they can afford and what is left.
 */
export function ocamOracle(
  problem: OrdinalProblem,
  result: OrdinalResult,
  { sample, share, most }: { sample: number; share: number; most: (capacity: number) => number },
): { assignment: number[]; stopped: number[]; used: number[] } {
  const goods = problem.capacities.length;
  const used = Array<number>(goods).fill(0);
  const at = Array.from(result.pricing_at as Int32Array);
  const assignment: number[] = [];
  const stopped: number[] = [];
  for (let i = 0; i + 1 < problem.bundleStart.length; i++) {
    const first = i < sample;
    const epoch = at.filter((k) => k <= i).length - 1;
    const prices = (result.posted_prices as Float64Array).subarray(epoch * goods, (epoch + 1) * goods);
    const affordable: number[] = [];
    for (let t = problem.bundleStart[i]!; t < problem.bundleStart[i + 1]!; t++) {
      const cost = first ? 0 : unitsOf(problem, t).reduce((sum, n, g) => sum + n * prices[g]!, 0);
      if (cost <= (result.budgets as Float64Array)[i]!) affordable.push(t);
    }
    const left = affordable.filter((t) =>
      unitsOf(problem, t).every((n, g) => {
        const c = problem.capacities[g]!;
        return n === 0 || used[g]! + n <= (first ? Math.floor(share * c + 1e-9) : most(c));
      }),
    );
    assignment.push(left.length > 0 ? left[0]! - problem.bundleStart[i]! : -1);
    stopped.push(!first && affordable.length > 0 && affordable[0] !== left[0] ? 1 : 0);
    if (left.length > 0) unitsOf(problem, left[0]!).forEach((n, g) => (used[g]! += n));
  }
  return { assignment, stopped, used };
}
