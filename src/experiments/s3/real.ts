import { fehrSchmidt } from '../../mechanisms/factories.js';
import { profileBatch } from '../../profiles/batch.js';
import type { Experiment } from '../experiment.js';
import { arielCourses, panama, type RealInput } from '../real-inputs.js';
import { CITATION } from './agents.js';
import { digits } from './report.js';

const AVERSIONS = [0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5];
const METRICS = ['fs_loss', 'fs_gain', 'individual_tradeoff', 'pof_bertsimas', 'egalitarian', 'gini'];

/** Points that people gave: the Panama Canal Treaty's ten issues, and course bids divided as shares of one seat each. */
export const real: Experiment = {
  id: 's3/real',
  title: 'Inequality aversion on points that people gave: two countries over ten issues, 26 students over 23 courses',
  citation: CITATION,
  async run(engine, write, options) {
    const inputs: Record<string, RealInput> = { panama: panama(), 'ariel-courses': arielCourses() };
    const rows: (number | string)[][] = [];
    for (const [name, { batch, agents, items }] of Object.entries(inputs)) {
      const [n, m] = [agents.length, items.length];
      const count = AVERSIONS.length;
      const repeated = new Float64Array(count * n * m);
      for (let k = 0; k < count; k++) repeated.set(batch.arrays.values!.data as Float64Array, k * n * m);
      const aversions = Float64Array.from({ length: count * n }, (_, k) => AVERSIONS[Math.floor(k / n)]!);
      const all = profileBatch({
        values: { shape: [count, n, m], data: repeated },
        alpha: { shape: [count, n], data: aversions },
        beta: { shape: [count, n], data: aversions },
      });
      const { allocation, pivots, residual } = await engine.allocate(fehrSchmidt(), all, options);
      const placed = { allocation: { data: allocation!, stride: n * m } };
      const found = await engine.measure(METRICS, all, placed, options);
      AVERSIONS.forEach((aversion, k) =>
        rows.push([name, aversion, ...METRICS.map((metric) => found[metric]![k]!), pivots![k]!, residual[k]!]),
      );
    }
    const finite = rows.map((row) => row.map((x) => (x === Infinity ? -1 : x)));
    await write.table('real.csv', ['input', 'aversion', ...METRICS, 'pivots', 'residual'], finite);
    await write.picture('real.svg', {
      title: 'Share of the utilitarian optimum given up, and inequality, by aversion (α = β)',
      data: {
        values: rows.flatMap((row) =>
          ['pof_bertsimas', 'gini'].map((metric) => ({
            input: row[0],
            aversion: row[1],
            metric: metric === 'gini' ? 'Gini index' : 'share given up',
            y: row[2 + METRICS.indexOf(metric)],
          })),
        ),
      },
      facet: { column: { field: 'input', type: 'nominal', title: null } },
      spec: {
        width: 260,
        height: 220,
        mark: { type: 'line', point: true },
        encoding: {
          x: { field: 'aversion', type: 'quantitative' },
          y: { field: 'y', type: 'quantitative', title: null },
          color: { field: 'metric', type: 'nominal', title: null },
        },
      },
    });
    const at = (name: string, aversion: number, metric: string) =>
      Number(rows.find((row) => row[0] === name && row[1] === aversion)![2 + METRICS.indexOf(metric)]);
    return ['panama', 'ariel-courses'].map((name) => ({
      claim: `${name}: what aversion of 0.5 costs, and what it does to inequality`,
      paper: 'not in the paper',
      measured: `${digits(100 * at(name, 0.5, 'pof_bertsimas'))} % of welfare; Gini index from ${digits(at(name, 0, 'gini'))} to ${digits(at(name, 0.5, 'gini'))}`,
      holds: at(name, 0.5, 'gini') <= at(name, 0, 'gini') + 1e-12 && at(name, 0.5, 'fs_gain') >= 0,
    }));
  },
};
