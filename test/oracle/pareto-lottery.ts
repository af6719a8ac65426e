import highsLoader from 'highs';
import type { OrdinalProblem } from '../../src/mechanisms/mechanism.js';
import { unitsOf } from '../helpers/markets.js';

// The package is CommonJS: what is imported is the loader itself, which its types call `default`.
const highs = await (highsLoader as unknown as typeof highsLoader.default)();

/**
 * Largest total chance of a bundle that an agent strictly prefers to its own, over lotteries in which everybody of `agents` gets nothing worse than its own and
 * together, in expectation, no more of any good than they hold now: 0 where the assignment is efficient among lotteries. By a linear programme.
 */
export function mostImprovement(
  problem: OrdinalProblem,
  assignment: ArrayLike<number | bigint>,
  agents: readonly number[],
): number {
  const goods = problem.capacities.length;
  const used = Array<number>(goods).fill(0);
  const better: string[] = [];
  const rows: string[] = [];
  const uses = Array.from({ length: goods }, (): string[] => []);
  for (const i of agents) {
    const from = problem.bundleStart[i]!;
    const own = Number(assignment[i]);
    const to = own < 0 ? problem.bundleStart[i + 1]! : from + own;
    const mine: string[] = [];
    for (let t = from; t < to + (own < 0 ? 0 : 1); t++) {
      const name = `x${i}_${t - from}`;
      mine.push(name);
      if (t < to) better.push(name);
      unitsOf(problem, t).forEach((n, g) => {
        if (n === 0) return;
        uses[g]!.push(`+ ${n} ${name}`);
        if (t === from + own) used[g]! += n;
      });
    }
    if (mine.length > 0) rows.push(` a${i}: ${mine.map((x) => `+ 1 ${x}`).join(' ')} ${own < 0 ? '<=' : '='} 1`);
  }
  if (better.length === 0) return 0;
  uses.forEach((terms, g) => {
    if (terms.length > 0) rows.push(` g${g}: ${terms.join(' ')} <= ${used[g]}`);
  });
  const answer = highs.solve(
    ['Maximize', ` obj: ${better.map((x) => `+ 1 ${x}`).join(' ')}`, 'Subject To', ...rows, 'End'].join('\n'),
  );
  if (answer.Status !== 'Optimal') throw new Error(`the programme is ${answer.Status}`);
  return answer.ObjectiveValue;
}
