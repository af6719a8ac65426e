import { Stream } from '../../random.js';
import type { Experiment } from '../experiment.js';
import { CITATION } from './agents.js';
import type { Averse } from './bounds.js';
import { expectedLossBoundPower, expectedPassingPower, expectedThreshold, powerDistribution } from './expectations.js';
import { LOG, digits, lines, mean, measured, sum, utopiaOf } from './report.js';

const CHARGES = [0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8]; // c = 1 − r
const POWERS = [1, 2, 5];
const ITEMS = 10;
const COUNT = 1500;

/** Two agents, α = β, whose values are the largest of s uniform numbers. */
function draw(c: number, s: number, count: number, seed: number): Averse[] {
  const stream = new Stream(seed, s, CHARGES.indexOf(c));
  const value = () => Math.max(...Array.from({ length: s }, () => stream.unit()));
  const row = () => Array.from({ length: ITEMS }, value);
  const aversion = c / (2 - c) / 2;
  const both = [aversion, aversion];
  return Array.from({ length: count }, () => ({ values: [row(), row()], alpha: both, beta: both }));
}

/** True where loss and the bounds after it go up, but for rounding. */
const rising = (row: readonly number[]): boolean =>
  row.slice(2).every((y, k, all) => k === 0 || all[k - 1]! <= y * (1 + 1e-9));

/** Independent agents (Section 3, Appendix E): mean loss and its bound by the distribution of values x^s and the charge c = 1 − r. */
export const figure2: Experiment = {
  id: 's3/figure2',
  title: 'Expected loss of two independent agents, by how much may pass',
  citation: CITATION,
  async run(engine, write, options) {
    const rows: number[][] = [];
    for (const s of POWERS) {
      for (const c of CHARGES) {
        const profiles = draw(c, s, options.count ?? COUNT, options.seed);
        const { utilities } = await measured(engine, profiles, [], options);
        const losses = profiles.map((p, k) => sum(utopiaOf(p)) - sum(utilities[k]!));
        const coarse = Math.min(...[0.25, 0.5, 0.75, 1].map((tau) => expectedThreshold(c, tau, powerDistribution(s))));
        rows.push([
          s,
          c,
          mean(losses),
          ITEMS * expectedPassingPower(c, s),
          ITEMS * coarse,
          expectedLossBoundPower(ITEMS, c, s),
        ]);
      }
    }
    await write.table('figure2.csv', ['s', 'c', 'loss', 'bound', 'threshold_bound', 'corollary_e2'], rows);
    const shown = rows.flatMap(([s, c, ...y]) =>
      ['mean loss', 'expected passing', 'by thresholds', 'm s c²'].map((series, k) => ({
        panel: `x^${s}`,
        series,
        c,
        y: y[k],
      })),
    );
    const axes = [
      { field: 'c', title: 'c = 1 − r' },
      { field: 'y', title: 'loss', scale: LOG },
    ] as const;
    await write.picture('figure2.svg', lines(`Two independent agents, ${ITEMS} items`, shown, axes));
    const at = (s: number, c: number) => rows.find((row) => row[0] === s && row[1] === c)!;
    const [small, large] = [at(1, 0.1), at(1, 0.2)];
    return [
      {
        claim: 'mean loss is below what may pass in expectation, which is below what thresholds give, below m s c²',
        paper: 'Corollary E.2; in the manner of Theorem D.1, Lemma E.1',
        measured: `${rows.filter(rising).length} of ${rows.length} cases`,
        holds: rows.every(rising),
      },
      {
        claim: 'for uniform values what may pass grows as c²',
        paper: 'm c²/3',
        measured: `${digits(large[3]! / small[3]!, 6)} times from c = 0.1 to 0.2`,
        holds: Math.abs(large[3]! / small[3]! - 4) < 1e-9,
      },
    ];
  },
};
