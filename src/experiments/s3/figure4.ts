import type { Experiment } from '../experiment.js';
import { CITATION, drawAgents } from './agents.js';
import { leastUtilityBound, tradeoffBound } from './gains.js';
import { digits, lines, measured, sum, utopiaOf } from './report.js';

const AVERSIONS = [0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 1, 2];
const SIZES = [2, 3, 5];
const [ITEMS, COUNT] = [5, 200];
/** An aversion past which only equal utilities are optimal. */
const EQUAL = 1000;

/** One agent's trade-off (Section 5): how much of what it had in the utilitarian optimum the worst off in this respect keeps. */
export const figure4: Experiment = {
  id: 's3/figure4',
  title: 'Individual trade-off by aversion, against equal utilities for all',
  citation: CITATION,
  async run(engine, write, options) {
    const rows: number[][] = [];
    let [violations, bounded, above] = [0, 0, 0];
    for (const n of SIZES) {
      const drawn = drawAgents('independent', n, ITEMS, options.count ?? COUNT, 0, options.seed);
      const solve = (aversion: number) => {
        const all = Array<number>(n).fill(aversion);
        return measured(
          engine,
          drawn.map(({ values }) => ({ values, alpha: all, beta: all })),
          [],
          options,
        );
      };
      const best = drawn.map(utopiaOf);
      const equal = (await solve(EQUAL)).utilities.map((u) => Math.min(...u));
      for (const aversion of AVERSIONS) {
        const { utilities } = await solve(aversion);
        const tradeoffs = utilities.map((u, k) =>
          Math.max(...u.map((x, i) => (best[k]![i]! > 0 ? best[k]![i]! / x : 0))),
        );
        utilities.forEach((u, k) => {
          const least = leastUtilityBound(n, aversion, sum(best[k]!), equal[k]!);
          if (Math.min(...u) < least - 1e-8) violations++;
          const all = Array<number>(n).fill(aversion);
          const bound = tradeoffBound({ alpha: all, beta: all }, best[k]!, u, equal[k]!);
          if (bound === Infinity) return;
          bounded++;
          if (tradeoffs[k]! > bound * (1 + 1e-8)) above++;
        });
        const reached = equal.map((u, k) => Math.max(...best[k]!) / u);
        rows.push([n, aversion, median(tradeoffs), median(reached)]);
      }
    }
    await write.table('figure4.csv', ['n', 'aversion', 'tradeoff', 'equal_tradeoff'], rows);
    const shown = rows.flatMap(([n, aversion, tradeoff, equal]) => [
      { panel: `${n} agents`, aversion, series: 'trade-off', y: tradeoff },
      { panel: `${n} agents`, aversion, series: 'with equal utilities', y: equal },
    ]);
    const axes = [
      { field: 'aversion', title: 'α = β' },
      { field: 'y', title: 'u(x*) / u, median of the largest' },
    ] as const;
    await write.picture('figure4.svg', lines(`Independent agents, ${ITEMS} items`, shown, axes));
    const grows = SIZES.every((n) => {
      const own = rows.filter((row) => row[0] === n);
      return own[0]![2]! <= own.at(-1)![2]!;
    });
    return [
      {
        claim: 'nobody falls below what the equal utilities and the aversion guarantee',
        paper: 'Section 5; bound derived here, in the manner of Proposition 5.2',
        measured: `${violations} of ${rows.length * (options.count ?? COUNT)} instances below`,
        holds: violations === 0,
      },
      {
        claim: 'the trade-off is at most max u*/u^e where the inequality that is minded makes up for who has more',
        paper: 'Proposition 5.2, with α in its condition',
        measured: `${above} of ${bounded} above`,
        holds: above === 0 && bounded > 0,
      },
      {
        claim: 'the trade-off grows with aversion towards that of equal utilities',
        paper: 'Section 5: individuals may lose up to a factor of about n',
        measured: SIZES.map((n) => {
          const own = rows.filter((row) => row[0] === n);
          return `${n} agents: ${digits(own[0]![2]!, 3)} to ${digits(own.at(-1)![2]!, 3)}, equal ${digits(own[0]![3]!, 3)}`;
        }).join('; '),
        holds: grows,
      },
    ];
  },
};

function median(list: readonly number[]): number {
  return [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]!;
}
