import { InputError } from '../errors.js';
import type { OrdinalBatch } from '../profiles/ordinal.js';
import type { NamedArrays } from '../types.js';
import { rowUnits } from './ordinal.js';

const ROUNDING = 1e-12;
const MOST_PROBLEMS = 20;

/**
 * Checks the bundles of an equilibrium that was rounded: each is the favourite at the budget that is stated for it, budgets lie within the law, and excess
 * demand, counted anew, is within sqrt(σ m / 2).
 */
export function roundingProblems(
  problem: OrdinalBatch,
  results: NamedArrays,
  prices: readonly number[],
  edges: readonly number[],
): string[] {
  const problems: string[] = [];
  const note = (text: string) => {
    if (problems.length < MOST_PROBLEMS) problems.push(text);
  };
  const agents = Array.from({ length: problem.bundleStart.length - 1 }, (_, i) => i).flatMap((i) =>
    Array<number>(problem.multiplicity ? problem.multiplicity[i]! : 1).fill(i),
  );
  const take = (name: string, length: number): number[] => {
    const array = results[name];
    if (!array) throw new InputError(`the result lacks ${name}`, { array: name });
    if (array.shape.length !== 1 || array.shape[0] !== length) {
      throw new InputError(`${name} has shape [${array.shape.join(',')}], expected [${length}]`, { array: name });
    }
    return Array.from(array.data as ArrayLike<number>, Number);
  };
  const goods = prices.length;
  const assignment = take('assignment', agents.length);
  const budgets = take('budgets', agents.length);
  const consumed = take('consumed', goods);
  const [norm] = take('excess_norm', 1);
  const [bound] = take('excess_bound', 1);
  const used = Array<number>(goods).fill(0);
  const costs = Array.from({ length: problem.bundleStart.at(-1)! }, (_, t) =>
    rowUnits(problem, t).reduce((sum, [g, n]) => sum + n * prices[g]!, 0),
  );
  agents.forEach((i, k) => {
    const [from, to] = [problem.bundleStart[i]!, problem.bundleStart[i + 1]!];
    const [choice, budget] = [assignment[k]!, budgets[k]!];
    if (!(Number.isInteger(choice) && choice >= -1 && choice < to - from)) {
      return note(`assignment[${k}] is ${choice}, expected -1 to ${to - from - 1}`);
    }
    if (!(budget >= edges[0]! - ROUNDING && budget <= edges.at(-1)! + ROUNDING)) {
      note(`budgets[${k}] is ${budget}, expected a number from ${edges[0]} to ${edges.at(-1)}`);
    }
    const own = choice < 0 ? to : from + choice;
    if (choice >= 0 && costs[own]! > budget + ROUNDING) {
      note(`agent ${k} has a bundle that costs ${costs[own]} and a budget of ${budget}`);
    }
    for (let t = from; t < own; t++) {
      if (costs[t]! < budget - ROUNDING) return note(`agent ${k} could pay for bundle ${t - from}, which it prefers`);
    }
    if (choice >= 0) for (const [g, n] of rowUnits(problem, own)) used[g]! += n;
  });
  let largest = 0;
  for (let t = 0; t < costs.length; t++) {
    largest = Math.max(
      largest,
      rowUnits(problem, t).reduce((sum, [, n]) => sum + n * n, 0),
    );
  }
  let [squares, open] = [0, 0];
  used.forEach((n, g) => {
    const c = problem.capacities[g]!;
    if (n !== consumed[g]) note(`consumed[${g}] is ${consumed[g]}, the assignment hands out ${n}`);
    if (c > 0) open += 1;
    if (prices[g]! > 0 || n > c) squares += (n - c) ** 2;
  });
  const limit = Math.sqrt((largest * open) / 2);
  for (const [name, stated, found] of [
    ['excess_norm', norm!, Math.sqrt(squares)],
    ['excess_bound', bound!, limit],
  ] as const) {
    if (!(Math.abs(stated - found) <= 1e-9 * Math.max(1, found))) note(`${name} is ${stated}, expected ${found}`);
  }
  if (!(Math.sqrt(squares) <= limit + 1e-9)) note(`excess demand has norm ${Math.sqrt(squares)}, more than ${limit}`);
  return problems;
}
