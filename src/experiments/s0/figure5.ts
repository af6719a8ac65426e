import type { Experiment } from '../experiment.js';
import { ruleChart } from './charts.js';
import { compareAt, type Point, type Row } from './compare.js';
import { CITATION } from './instance.js';
import { comparisonClaims, writeRows } from './report.js';

const POINTS: readonly Point[] = [
  { point: '2x3', agents: 2, items: 3, budget: 1, epsilon: 1e-3 },
  { point: '3x5', agents: 3, items: 5, budget: 1.5, epsilon: 1e-3 },
  { point: '5x3', agents: 5, items: 3, budget: 2.5, epsilon: 1e-3 },
  // Four profiles in five are uncontested at the supply above.
  { point: '5x3 scarce', agents: 5, items: 3, budget: 1, epsilon: 1e-3 },
];

/** Figure 5: the comparison of Figure 4 at other sizes. */
export const figure5: Experiment = {
  id: 's0/figure5',
  title: 'Log-NSW, exploitability and efficiency of the five rules at 2x3, 3x5 and 5x3',
  citation: CITATION,
  async run(engine, write, options) {
    const rows: Row[] = [];
    for (const at of POINTS) rows.push(...(await compareAt(engine, write, options, at)));
    await writeRows(write, 'figure5.csv', rows);
    await write.picture(
      'figure5.svg',
      ruleChart('Zeng et al. 2023, Figure 5', rows, ['logNsw', 'exploitability', 'efficiency'], {
        title: 'agents x items',
      }),
    );
    return POINTS.flatMap(({ point, agents }) => comparisonClaims(rows, point, agents));
  },
};
