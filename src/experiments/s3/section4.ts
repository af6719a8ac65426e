import type { Experiment } from '../experiment.js';
import { CITATION } from './agents.js';
import { richAndMany, richAndManyKnown } from './instances.js';
import { LOG, digits, lines, measured } from './report.js';

const ALPHA = 0.2;
const BETA = 0.1;
const EPSILONS = [0.2, 0.1, 0.05, 0.02, 0.01];
const SIZES = [2, 3, 5, 8];
/** Section 4: instances in which aversion gains much more than it costs. */
export const section4: Experiment = {
  id: 's3/section4',
  title: 'Gain and loss where one agent could have everything, by the number of agents',
  citation: CITATION,
  async run(engine, write, options) {
    const rows: number[][] = [];
    let [worst, largest] = [0, 0];
    for (const n of SIZES) {
      for (const epsilon of EPSILONS) {
        for (const scale of [1, epsilon]) {
          const profile = richAndMany(n, epsilon, scale, ALPHA, BETA);
          const { found } = await measured(engine, [profile], ['fs_loss', 'fs_gain'], options);
          const [loss, gain] = [found.fs_loss![0]!, found.fs_gain![0]!];
          const known = richAndManyKnown(n, epsilon, scale, ALPHA, BETA);
          worst = Math.max(worst, Math.abs(loss - known.loss), Math.abs(gain - known.gain));
          if (n === SIZES.at(-1)) largest = Math.max(largest, gain / loss);
          rows.push([n, epsilon, scale, loss, gain, gain / loss]);
        }
      }
    }
    await write.table('section4.csv', ['n', 'epsilon', 'scale', 'loss', 'gain', 'gain_over_loss'], rows);
    const shown = rows
      .filter(([, , scale]) => scale === 1)
      .map(([n, epsilon, , , , ratio]) => ({ series: `${n}`, epsilon, ratio }));
    const axes = [
      { field: 'epsilon', title: 'ε', scale: LOG },
      { field: 'ratio', title: 'gain / loss', scale: LOG },
    ] as const;
    const title = `Gain over loss, α = ${ALPHA}, β = ${BETA}`;
    await write.picture('section4.svg', lines(title, shown, axes, { series: 'agents' }));
    return [
      {
        claim: 'loss and gain are (n − 1) ε and −(n − 1) ε + (n − ε) (α + β), times ε in Proposition 4.4',
        paper: 'Eq. 27 and 130, factor (2 − ε) in place of (n − ε)/(n − 1): right for two agents only',
        measured: `the corrected forms are met to ${digits(worst)}`,
        holds: worst < 1e-9,
      },
      {
        claim: 'gain over loss grows without bound as ε falls',
        paper: 'to infinity',
        measured: `${digits(largest)} at ε = ${EPSILONS.at(-1)} among ${SIZES.at(-1)} agents`,
        holds: largest > 20,
      },
    ];
  },
};
