import { InputError } from '../../errors.js';
import type { OrdinalProblem } from '../mechanism.js';
import { contents } from './bundles.js';
import type { BudgetLaw } from './clearing.js';
import { lottery, type Outcome } from './lotteries.js';
import { toVertex, type Mixed } from './vertex.js';

/** One bundle for everybody: an approximate competitive equilibrium with budgets that differ by at most eps. */
export interface Rounded {
  /** Index into the list, -1 nothing, of every agent; agents of one multiplicity one after the other. */
  readonly assignment: BigInt64Array;
  /** A budget with which the bundle is the favourite, for each of them. */
  readonly budgets: Float64Array;
  /** Places handed out of each good. */
  readonly consumed: Int32Array;
  /** Euclidean norm of excess demand: of goods without a price only what is too much. */
  readonly norm: number;
  /** What the norm is at most: sqrt(σ m / 2). */
  readonly bound: number;
}

/** Most agents that a rounding is made for, multiplicities counted. */
const MOST = 1_000_000;
const PASSES = 100;
const GAIN = 1e-9;

/**
 * Gives everybody one bundle of its lottery. At a vertex of the lotteries with the same expected demand at most m of them are mixed (toVertex); those are settled one
 * by one, each so that the square of the excess, expected over those to come, does not rise (the method of conditional expectations). With bundles of
 * squared length at most σ the variances at a vertex add up to at most σ m / 2, hence the bound. Whoever can lower the excess further by another bundle of
 * its own lottery then gets that one.
 *
 * Nguyen, Teytelboym, Vardi, Dynamic Combinatorial Assignment, arXiv 2303.13967, Appendix B, Proposition 3; the bound is that of Budish, The Combinatorial
 * Assignment Problem, 2011, Theorem 1, with bundles of σ goods.
 */
export function roundLotteries(problem: OrdinalProblem, prices: Float64Array, law: BudgetLaw): Rounded {
  const { capacities, bundleStart, multiplicity } = problem;
  const goods = capacities.length;
  const agents = bundleStart.length - 1;
  const total = multiplicity ? multiplicity.reduce((sum, n) => sum + n, 0) : agents;
  if (total > MOST) throw new InputError(`multiplicity adds up to ${total}, expected at most ${MOST} to round`);
  const places: { agent: number; outcomes: readonly Outcome[]; vectors: Float64Array[] }[] = [];
  const mixed: (Mixed & { at: number })[] = [];
  const chosen: number[] = [];
  for (let i = 0; i < agents; i++) {
    const outcomes = lottery(problem, i, prices, law);
    const vectors = outcomes.map(({ choice }) => amounts(problem, i, choice));
    for (let copy = 0; copy < (multiplicity ? multiplicity[i]! : 1); copy++) {
      if (outcomes.length > 1) {
        mixed.push({ vectors, chances: Float64Array.from(outcomes, ({ share }) => share), at: places.length });
      }
      places.push({ agent: i, outcomes, vectors });
      chosen.push(0);
    }
  }
  toVertex(mixed, goods);
  settle(mixed, goods).forEach((option, k) => (chosen[mixed[k]!.at] = option));

  const used = new Float64Array(goods);
  places.forEach(({ vectors }, k) => vectors[chosen[k]!]!.forEach((x, g) => (used[g]! += x)));
  const excess = (g: number, demand: number) => {
    const z = demand - capacities[g]!;
    return prices[g]! > 0 ? z : Math.max(0, z);
  };
  improve(places, chosen, used, excess);
  return {
    assignment: BigInt64Array.from(places, ({ outcomes }, k) => BigInt(outcomes[chosen[k]!]!.choice)),
    budgets: Float64Array.from(places, ({ outcomes }, k) => outcomes[chosen[k]!]!.budget),
    consumed: Int32Array.from(used),
    norm: Math.sqrt(used.reduce((sum, demand, g) => sum + excess(g, demand) ** 2, 0)),
    bound: excessBound(problem),
  };
}

/** sqrt(σ m / 2): σ the largest sum of squared units of a bundle (its size where units are 1), m the goods with places. */
export function excessBound(problem: OrdinalProblem): number {
  let largest = 0;
  for (let row = 0; row < problem.bundleStart.at(-1)!; row++) {
    let size = 0;
    for (const [, n] of contents(problem, row)) size += n * n;
    largest = Math.max(largest, size);
  }
  return Math.sqrt((largest * problem.capacities.filter((c) => c > 0).length) / 2);
}

function amounts(problem: OrdinalProblem, agent: number, choice: number): Float64Array {
  const vector = new Float64Array(problem.capacities.length);
  if (choice >= 0) for (const [g, n] of contents(problem, problem.bundleStart[agent]! + choice)) vector[g] = n;
  return vector;
}

/** An option for every lottery, one after the other, each the one that keeps the sum nearest to the means. */
function settle(lotteries: readonly Mixed[], goods: number): number[] {
  const rest = new Float64Array(goods);
  return lotteries.map(({ vectors, chances }) => {
    const mean = new Float64Array(goods);
    chances.forEach((chance, k) => vectors[k]!.forEach((x, g) => (mean[g]! += chance * x)));
    let [least, best] = [Infinity, 0];
    chances.forEach((chance, k) => {
      const length = rest.reduce((sum, r, g) => sum + (r + vectors[k]![g]! - mean[g]!) ** 2, 0);
      if (chance > 0 && length < least) [least, best] = [length, k];
    });
    rest.forEach((r, g) => (rest[g] = r + vectors[best]![g]! - mean[g]!));
    return best;
  });
}

/** Changes single bundles within the lotteries as given as long as that lowers the sum of squared excess. */
function improve(
  places: readonly { readonly vectors: readonly Float64Array[] }[],
  chosen: number[],
  used: Float64Array,
  excess: (g: number, demand: number) => number,
): void {
  for (let pass = 0, changed = true; changed && pass < PASSES; pass++) {
    changed = false;
    places.forEach(({ vectors }, k) => {
      for (let option = 0; option < vectors.length; option++) {
        const [from, to] = [vectors[chosen[k]!]!, vectors[option]!];
        let change = 0;
        for (let g = 0; g < used.length; g++) {
          if (from[g] === to[g]) continue;
          change += excess(g, used[g]! + to[g]! - from[g]!) ** 2 - excess(g, used[g]!) ** 2;
        }
        if (!(change < -GAIN)) continue;
        for (let g = 0; g < used.length; g++) used[g]! += to[g]! - from[g]!;
        chosen[k] = option;
        changed = true;
      }
    });
  }
}
