import type { OrdinalProblem } from '../mechanism.js';
import { contents } from './bundles.js';
import type { BudgetLaw } from './clearing.js';
import { staircase } from './lotteries.js';
import { minimise } from './simplex.js';

/** Breakpoints nearer than this are one. */
const APART = 1e-13;

/**
 * A law of budgets, the same for everybody, under which given prices clear the market exactly: the uniform law re-weighted between the costs of bundles,
 * moving as little of it as possible (a linear programme with one row a good). Undefined if no law on [1 − eps, 1] does.
 *
 * The last resort where no prices were found that clear under the uniform law, and the way to prices with few digits.
 */
export function clearingLaw(problem: OrdinalProblem, prices: Float64Array, epsilon: number): BudgetLaw | undefined {
  const { capacities, bundleStart, multiplicity } = problem;
  const goods = capacities.length;
  const lists = Array.from({ length: bundleStart.length - 1 }, (_, i) => staircase(problem, i, prices, 1 - epsilon));
  const points = lists.flatMap((steps) => steps.map(({ cost }) => cost)).filter((c) => c > 1 - epsilon && c < 1);
  const edges = [1 - epsilon];
  for (const c of Float64Array.from(points).sort()) if (c - edges.at(-1)! > APART && 1 - c > APART) edges.push(c);
  edges.push(1);
  const pieces = edges.length - 1;
  // Demand of everybody if all budgets lay in the piece.
  const demand = Array.from({ length: pieces }, () => new Float64Array(goods));
  lists.forEach((steps, i) => {
    const weight = multiplicity ? multiplicity[i]! : 1;
    let s = 0;
    for (let k = pieces - 1; k >= 0; k--) {
      const middle = 0.5 * (edges[k]! + edges[k + 1]!);
      while (s < steps.length && steps[s]!.cost > middle) s++;
      if (s === steps.length) break;
      for (const [g, n] of contents(problem, steps[s]!.row)) demand[k]![g]! += weight * n;
    }
  });
  const open = Array.from({ length: goods }, (_, g) => g).filter((g) => capacities[g]! > 0);
  const free = open.filter((g) => !(prices[g]! > 0));
  const columnOf = (k: number) => Float64Array.from([...open.map((g) => demand[k]![g]! / capacities[g]!), 1]);
  const slack = free.map((g) => Float64Array.from([...open, -1], (h) => (h === g ? 1 : 0)));
  const uniform = demand.map((_, k) => (edges[k + 1]! - edges[k]!) / epsilon);
  // Share of a piece: at most its uniform share at no cost, and beyond it at a cost of 1.
  const solution = minimise({
    columns: [...demand.map((_, k) => columnOf(k)), ...demand.map((_, k) => columnOf(k)), ...slack],
    side: new Float64Array(open.length + 1).fill(1),
    costs: Float64Array.from([...uniform.map(() => 0), ...uniform.map(() => 1), ...slack.map(() => 0)]),
    upper: Float64Array.from([...uniform, ...uniform.map(() => Infinity), ...slack.map(() => Infinity)]),
  });
  if (!solution) return undefined;
  const mass = Float64Array.from(uniform, (_, k) => solution[k]! + solution[pieces + k]!);
  return { edges: Float64Array.from(edges), mass };
}
