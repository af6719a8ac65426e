import type { Experiment } from '../experiment.js';
import { CITATION } from './agents.js';
import { oneSharpest, oneSharpestKnown } from './instances.js';
import { digits, lines, measured } from './report.js';

const E1 = 0.001;
const E2 = 0.002;
const SIZES = [2, 3, 5, 10];
/** Aversions in units of the threshold. */
const FACTORS = [0, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1.001, 1.01, 1.1, 1.5, 2, 4];
/** Section 5: how much one agent can lose for the sake of the others. */
export const section5: Experiment = {
  id: 's3/section5',
  title: 'The individual trade-off jumps at a small aversion',
  citation: CITATION,
  async run(engine, write, options) {
    const rows: number[][] = [];
    let worst = 0;
    for (const n of SIZES) {
      const { threshold, tradeoff } = oneSharpestKnown(n, E1, E2);
      const profiles = FACTORS.map((factor) => oneSharpest(n, E1, E2, factor * threshold));
      const { utilities } = await measured(engine, profiles, [], options);
      FACTORS.forEach((factor, k) => {
        const found = (1 - E1) / utilities[k]![0]!;
        rows.push([n, factor, factor * threshold, found]);
        worst = Math.max(worst, Math.abs(found - (factor < 1 ? 1 : tradeoff)));
      });
    }
    await write.table('section5.csv', ['n', 'factor', 'aversion', 'tradeoff'], rows);
    const shown = rows.map(([n, , aversion, tradeoff]) => ({ series: `${n}`, aversion, tradeoff }));
    const axes = [
      { field: 'aversion', title: 'aversion' },
      { field: 'tradeoff', title: 'u(x*) / u of agent 0' },
    ] as const;
    const title = 'What agent 0 loses, by aversion (α = β)';
    await write.picture('section5.svg', lines(title, shown, axes, { step: true, series: 'agents' }));
    return SIZES.map((n) => {
      const { threshold, tradeoff } = oneSharpestKnown(n, E1, E2);
      return {
        claim: `${n} agents: no trade-off below the threshold, n − ε2 − (n − 1) ε1 above`,
        paper: `nearly n`,
        measured: `threshold ${digits(threshold, 6)}, trade-off ${digits(tradeoff, 6)}, met to ${digits(worst, 2)}`,
        holds: worst < 1e-6,
      };
    });
  },
};
