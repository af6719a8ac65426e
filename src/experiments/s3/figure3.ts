import type { Experiment } from '../experiment.js';
import { CITATION, KINDS, drawAgents } from './agents.js';
import { equalDivisionGain, gainAndLossBound } from './gains.js';
import { digits, lines, mean, measured, sum, utopiaOf } from './report.js';

const AVERSIONS = [0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5];
const [AGENTS, ITEMS, COUNT] = [5, 10, 400];

/** Gain against loss (Section 4): what aversion brings and costs agents of four kinds, by how averse they are. */
export const figure3: Experiment = {
  id: 's3/figure3',
  title: 'Gain and loss by aversion, for four kinds of agents',
  citation: CITATION,
  async run(engine, write, options) {
    const rows: (number | string)[][] = [];
    let violations = 0;
    for (const kind of KINDS) {
      const drawn = drawAgents(kind, AGENTS, ITEMS, options.count ?? COUNT, 0, options.seed);
      for (const aversion of AVERSIONS) {
        const all = Array<number>(AGENTS).fill(aversion);
        const profiles = drawn.map(({ values }) => ({ values, alpha: all, beta: all }));
        const { found } = await measured(engine, profiles, ['fs_loss', 'fs_gain'], options);
        const [losses, gains] = [[...found.fs_loss!], [...found.fs_gain!]];
        const best = profiles.map(utopiaOf);
        profiles.forEach((p, k) => {
          const [gain, most] = [gains[k]!, gainAndLossBound(p, best[k]!)];
          if (gain + losses[k]! > most + 1e-9 || gain < Math.max(0, equalDivisionGain(p, best[k]!)) - 1e-9)
            violations++;
        });
        const share = (list: readonly number[]) => mean(list.map((x, k) => x / sum(best[k]!)));
        rows.push([kind, aversion, share(losses), share(gains)]);
      }
    }
    await write.table('figure3.csv', ['agents', 'aversion', 'loss', 'gain'], rows);
    const shown = rows.flatMap(([kind, aversion, loss, gain]) => [
      { panel: kind, aversion, series: 'loss', y: loss },
      { panel: kind, aversion, series: 'gain', y: gain },
    ]);
    const axes = [
      { field: 'aversion', title: 'α = β' },
      { field: 'y', title: 'share of the utilitarian optimum' },
    ] as const;
    await write.picture('figure3.svg', lines(`${AGENTS} agents, ${ITEMS} items`, shown, axes));
    const last = KINDS.map((kind) => rows.find((row) => row[0] === kind && row[1] === AVERSIONS.at(-1))!);
    return [
      {
        claim: 'gain and loss add up to at most what is minded of x*, and gain is at least that of equal division',
        paper: 'Section 4; bounds derived here',
        measured: `${violations} of ${rows.length * (options.count ?? COUNT)} instances outside`,
        holds: violations === 0,
      },
      {
        claim: 'aversion brings more than it costs',
        paper: 'Section 4: gain may exceed loss by any factor',
        measured:
          last.map(([kind, , loss, gain]) => `${kind} ${digits(Number(gain) / Number(loss), 3)}`).join(', ') +
          ' times, α = β = 0.5',
        holds: last.every(([, , loss, gain]) => Number(gain) > Number(loss)),
      },
    ];
  },
};
