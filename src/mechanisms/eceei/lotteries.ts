import type { OrdinalProblem } from '../mechanism.js';
import { contents } from './bundles.js';
import type { BudgetLaw } from './clearing.js';

/** A bundle that some budget up to 1 buys. */
export interface Step {
  /** Row of the problem. */
  readonly row: number;
  readonly cost: number;
}

/** Rows of an agent that some budget up to 1 buys, costs falling, down to the first at or below `low`. */
export function staircase(problem: OrdinalProblem, agent: number, prices: ArrayLike<number>, low: number): Step[] {
  const steps: Step[] = [];
  let cheapest = 1;
  for (let row = problem.bundleStart[agent]!; row < problem.bundleStart[agent + 1]!; row++) {
    let cost = 0;
    for (const [g, n] of contents(problem, row)) cost += n * prices[g]!;
    if (cost >= cheapest) continue;
    steps.push({ row, cost });
    cheapest = cost;
    if (cost <= low) break;
  }
  return steps;
}

/** One thing that an agent may get. */
export interface Outcome {
  /** Index into the agent's list, -1 nothing. */
  readonly choice: number;
  readonly share: number;
  /** Smallest budget of the law with which it is the favourite. */
  readonly budget: number;
}

/** Chances below this are rounding: what is tied, not what is drawn. */
const CHANCE = 1e-12;

/** What an agent gets at prices when its budget is drawn from a law: outcomes with a chance, dearest first; shares add up to 1. */
export function lottery(
  problem: OrdinalProblem,
  agent: number,
  prices: ArrayLike<number>,
  { edges, mass }: BudgetLaw,
): Outcome[] {
  const low = edges[0]!;
  const below = (b: number) => {
    let sum = 0;
    for (let k = 0; k < mass.length; k++) {
      const part = (b - edges[k]!) / (edges[k + 1]! - edges[k]!);
      if (part <= 0) break;
      sum += mass[k]! * Math.min(1, part);
    }
    return sum;
  };
  const all: Outcome[] = [];
  let above = below(1);
  const add = (choice: number, budget: number) => {
    const rest = below(budget);
    if (above - rest > CHANCE) all.push({ choice, share: above - rest, budget });
    above = rest;
  };
  for (const { row, cost } of staircase(problem, agent, prices, low)) {
    add(row - problem.bundleStart[agent]!, Math.max(low, cost));
  }
  add(-1, low);
  const whole = all.reduce((sum, { share }) => sum + share, 0);
  return all.map((outcome) => ({ ...outcome, share: outcome.share / whole }));
}
