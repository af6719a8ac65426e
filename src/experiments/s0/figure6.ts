import type { Claim, Experiment } from '../experiment.js';
import { ruleChart } from './charts.js';
import { compareAt, EXPF, EXS, PF, type Row } from './compare.js';
import { CITATION } from './instance.js';
import { rowsOf, shown, spread, writeRows } from './report.js';

const BUDGETS = [0.25, 0.5, 0.75, 1, 1.25, 1.5];
const EPSILON = 1e-3;
const label = (budget: number) => `supply ${budget}`;

/** Figure 6: scarcity, 2x2. */
export const figure6: Experiment = {
  id: 's0/figure6',
  title: 'The five rules at 2x2 as supply grows from 0.25 to 1.5, epsilon 1e-3',
  citation: CITATION,
  async run(engine, write, options) {
    const rows: Row[] = [];
    for (const budget of BUDGETS) {
      const at = { point: label(budget), agents: 2, items: 2, budget, epsilon: EPSILON };
      rows.push(...(await compareAt(engine, write, options, at, 2000)));
    }
    await writeRows(write, 'figure6.csv', rows);
    await write.picture(
      'figure6.svg',
      ruleChart('Zeng et al. 2023, Figure 6: 2x2', rows, ['logNsw', 'exploitability', 'efficiency'], {
        title: 'supply of each item',
        along: (point) => Number(point.replace('supply ', '')),
      }),
    );
    return BUDGETS.flatMap((budget) => claims(rows, label(budget)));
  },
};

function claims(rows: readonly Row[], point: string): Claim[] {
  const plain = spread(rowsOf(rows, PF, point), 'exploitability');
  return [EXPF, EXS].map((rule) => {
    const gain = spread(rowsOf(rows, rule, point), 'exploitability');
    const welfare = spread(rowsOf(rows, rule, point), 'logNsw');
    const best = spread(rowsOf(rows, PF, point), 'logNsw');
    return {
      claim: `${point}: exploitability of ${rule} is within twice epsilon, and below that of PF`,
      paper: 'less exploitable than PF, scarce or abundant',
      measured: `${shown(gain)} against ${shown(plain)} of PF; log-NSW ${shown(welfare)} against ${shown(best)}`,
      holds: gain.mean <= 2 * EPSILON && gain.mean < plain.mean,
    };
  });
}
