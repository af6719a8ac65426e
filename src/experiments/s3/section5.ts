import { fehrSchmidt } from '../../mechanisms/factories.js';
import type { Experiment } from '../experiment.js';
import { CITATION, batchOf } from './agents.js';
import { individualCollapse, type Averse } from './bounds.js';

const E1 = 0.001;
const E2 = 0.002;
const SIZES = [2, 3, 5, 10];
/** Aversions in units of the threshold. */
const FACTORS = [0, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1.001, 1.01, 1.1, 1.5, 2, 4];
const digits = (x: number, n = 6): string => String(Number(x.toPrecision(n)));

/** Proposition 5.1: agent 0 has 1 − ε1 of its worth in item 0, the others 1 − ε2 of theirs. */
function instance(n: number, aversion: number): Averse {
  return {
    values: Array.from({ length: n }, (_, i) => {
      const e = i === 0 ? E1 : E2;
      return Array.from({ length: n }, (__, j) => (j === 0 ? 1 - e : e / (n - 1)));
    }),
    alpha: Array<number>(n).fill(aversion),
    beta: Array<number>(n).fill(aversion),
  };
}

/** Section 5: how much one agent can lose for the sake of the others. */
export const section5: Experiment = {
  id: 's3/section5',
  title: 'The individual trade-off jumps at a small aversion',
  citation: CITATION,
  async run(engine, write, options) {
    const rows: number[][] = [];
    let worst = 0;
    for (const n of SIZES) {
      const { threshold, tradeoff } = individualCollapse(n, E1, E2);
      const profiles = FACTORS.map((factor) => instance(n, factor * threshold));
      const { utilities } = await engine.allocate(fehrSchmidt(), batchOf(profiles), options);
      FACTORS.forEach((factor, k) => {
        const found = (1 - E1) / utilities![k * n]!;
        rows.push([n, factor, factor * threshold, found]);
        worst = Math.max(worst, Math.abs(found - (factor < 1 ? 1 : tradeoff)));
      });
    }
    await write.table('section5.csv', ['n', 'factor', 'aversion', 'tradeoff'], rows);
    await write.picture('section5.svg', {
      title: 'What agent 0 loses, by aversion (α = β)',
      width: 420,
      height: 280,
      data: { values: rows.map(([n, , aversion, tradeoff]) => ({ n: `${n}`, aversion, tradeoff })) },
      mark: { type: 'line', point: true, interpolate: 'step-after' },
      encoding: {
        x: { field: 'aversion', type: 'quantitative', title: 'aversion' },
        y: { field: 'tradeoff', type: 'quantitative', title: 'u(x*) / u of agent 0' },
        color: { field: 'n', type: 'nominal', title: 'agents', sort: null },
      },
    });
    return SIZES.map((n) => {
      const { threshold, tradeoff } = individualCollapse(n, E1, E2);
      return {
        claim: `${n} agents: no trade-off below the threshold, n − ε2 − (n − 1) ε1 above`,
        paper: `nearly n`,
        measured: `threshold ${digits(threshold)}, trade-off ${digits(tradeoff)}, met to ${digits(worst, 2)}`,
        holds: worst < 1e-6,
      };
    });
  },
};
