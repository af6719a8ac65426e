import type { Experiment } from '../experiment.js';
import { CITATION, drawAgents } from './agents.js';
import { limitRatio, relativeLossBound } from './bounds.js';
import { expectedShare, powerDistribution } from './expectations.js';
import { LOG, digits, lines, mean, measured, sum, utopiaOf } from './report.js';

const SIZES = [2, 3, 5, 10, 20, 40];
const [ITEMS, COUNT, AVERSION] = [10, 60, 0.1];

/** Many agents (Section 3, Eq. 20): share of welfare lost, its bounds, and the price of envy-freeness, by the number of agents. */
export const figure5: Experiment = {
  id: 's3/figure5',
  title: 'Share of welfare lost by the number of agents, beside the price of envy-freeness',
  citation: `${CITATION}; Caragiannis et al., The Efficiency of Fair Division, 2012`,
  async run(engine, write, options) {
    const rows: number[][] = [];
    const most = 1 - limitRatio(AVERSION, AVERSION, AVERSION, AVERSION);
    for (const n of SIZES) {
      const all = Array<number>(n).fill(AVERSION);
      const drawn = drawAgents('independent', n, ITEMS, options.count ?? COUNT, 0, options.seed);
      const profiles = drawn.map(({ values }) => ({ values, alpha: all, beta: all }));
      const { utilities } = await measured(engine, profiles, [], options);
      const shares = profiles.map((p, k) => 1 - sum(utilities[k]!) / sum(utopiaOf(p)));
      const price = Math.max(...shares.map((share) => 1 / (1 - share)));
      const expected = expectedShare(most, n, powerDistribution(1));
      rows.push([n, mean(shares), Math.max(...shares), expected, relativeLossBound(profiles[0]!), price, Math.sqrt(n)]);
    }
    const columns = ['n', 'loss', 'largest_loss', 'expected_bound', 'bound', 'price', 'sqrt_n'];
    await write.table('figure5.csv', columns, rows);
    const shown = rows.flatMap(([n, loss, , expected, bound, price, root]) => [
      { panel: 'share of welfare lost', series: 'mean loss', n, y: loss },
      { panel: 'share of welfare lost', series: 'bound in expectation', n, y: expected },
      { panel: 'share of welfare lost', series: 'bound', n, y: bound },
      { panel: 'price: utilitarian optimum over welfare', series: 'inequality aversion, largest', n, y: price },
      { panel: 'price: utilitarian optimum over welfare', series: 'envy-freeness, order √n', n, y: root },
    ]);
    const axes = [
      { field: 'n', title: 'agents', scale: LOG },
      { field: 'y', title: 'share, or ratio' },
    ] as const;
    const title = `Independent uniform values, ${ITEMS} items, α = β = ${AVERSION}`;
    await write.picture('figure5.svg', lines(title, shown, axes, { apart: true }));
    const [first, last] = [rows[0]!, rows.at(-1)!];
    return [
      {
        claim: 'the share lost stays below a number that does not grow with the agents',
        paper: 'in the manner of Theorem 3.4 and Eq. 20',
        measured: `at most ${digits(Math.max(...rows.map((row) => row[2]!)), 3)}, bound ${digits(most, 3)} for any number of agents`,
        holds: rows.every(([, , largest, , bound]) => largest! <= bound! + 1e-9 && Math.abs(bound! - most) < 1e-12),
      },
      {
        claim: 'so its price stays bounded where that of envy-freeness grows as √n',
        paper: 'Section 3, against the order √n of Caragiannis et al.',
        measured: `${digits(first[5]!, 3)} among 2, ${digits(last[5]!, 3)} among ${last[0]}; √n = ${digits(last[6]!, 3)}`,
        holds: rows.every(([, , , , , price]) => price! <= 1 / (1 - most)) && last[5]! < last[6]!,
      },
    ];
  },
};
