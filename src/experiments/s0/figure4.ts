import type { Experiment } from '../experiment.js';
import { ruleChart } from './charts.js';
import { compareAt, type Point, type Row } from './compare.js';
import { CITATION } from './instance.js';
import { comparisonClaims, writeRows } from './report.js';

const POINTS: readonly Point[] = [
  { point: '2x2', agents: 2, items: 2, budget: 1, epsilon: 1e-3 },
  { point: '2x5', agents: 2, items: 5, budget: 1, epsilon: 2e-3 },
  { point: '10x3', agents: 10, items: 3, budget: 5, epsilon: 1e-4 },
  // At the paper's supply hardly anything is contested among ten agents.
  { point: '10x3 scarce', agents: 10, items: 3, budget: 1, epsilon: 1e-3 },
];

/** Figure 4: welfare, exploitability and efficiency of five rules at three sizes. */
export const figure4: Experiment = {
  id: 's0/figure4',
  title: 'Log-NSW, exploitability and efficiency of PF, PA, their mixture, ExPF-Net and ExS-Net at 2x2, 2x5 and 10x3',
  citation: CITATION,
  async run(engine, write, options) {
    const rows: Row[] = [];
    for (const at of POINTS) rows.push(...(await compareAt(engine, write, options, at)));
    await writeRows(write, 'figure4.csv', rows);
    await write.picture(
      'figure4.svg',
      ruleChart('Zeng et al. 2023, Figure 4', rows, ['logNsw', 'exploitability', 'efficiency'], {
        title: 'agents x items',
      }),
    );
    return POINTS.flatMap(({ point, agents }) => comparisonClaims(rows, point, agents));
  },
};
