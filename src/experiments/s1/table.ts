import type { Claim, Experiment } from '../experiment.js';
import {
  CITATION,
  fixedRows,
  isReversed,
  LEFTOVERS,
  profilesAside,
  SEEDS,
  trainedRows,
  writeRows,
  type Row,
} from './nrr.js';

/** Hamming distance to the assignment of greatest welfare, welfare and EF1 of Round Robin in three orders, every training seed by itself. */
export const table: Experiment = {
  id: 's1/table',
  title:
    'Round Robin, in the order of falling mean value, and in a learned order, at 15 agents and 5 items: every seed',
  citation: CITATION,
  seeds: SEEDS,
  async run(engine, write, options) {
    const batch = profilesAside(options);
    const fixed = await fixedRows(engine, batch);
    const learned: Row[] = [];
    for (const leftover of LEFTOVERS) {
      learned.push(...(await trainedRows(engine, `nrr, ${leftover} leftovers`, { leftover }, batch, options)));
    }
    const rows = [...fixed, ...learned];
    await writeRows(write, 'table.csv', rows);
    await write.picture('table.svg', picture(rows));
    return claims(...fixed, learned);
  },
};

const shown = ({ hamming, welfareRatio }: Row) => `${hamming.toFixed(3)}, ${welfareRatio.toFixed(3)}`;

function claims(plain: Row, byMean: Row, learned: readonly Row[]): Claim[] {
  const good = learned.filter((row) => !isReversed(row, plain));
  const best = (from: readonly Row[]) => from.reduce((a, b) => (b.welfareRatio > a.welfareRatio ? b : a));
  const all = [plain, byMean, ...learned];
  return [
    {
      claim: 'every rule is EF1 on every profile',
      paper: 'EF1 by construction',
      measured: `${all.filter(({ ef1 }) => ef1 === 1).length} of ${all.length} rules and seeds`,
      holds: all.every(({ ef1 }) => ef1 === 1),
    },
    {
      claim: 'a learned order is nearer the greatest welfare than a fixed one (Hamming, welfare ratio)',
      paper: 'NRR improves on Round Robin',
      measured: `${shown(best(learned))} (best seed) against ${shown(plain)}`,
      holds: best(learned).welfareRatio > plain.welfareRatio && best(learned).hamming < plain.hamming,
    },
    {
      claim: 'and what it learns is the order of falling mean value (Hamming, welfare ratio)',
      paper: 'not compared',
      measured: good.length > 0 ? `${shown(best(good))} (best seed) against ${shown(byMean)}` : 'no seed learned it',
    },
    ...LEFTOVERS.map((leftover) => {
      const rows = learned.filter(({ rule }) => rule.includes(leftover));
      const reversed = rows.filter((row) => isReversed(row, plain));
      const losses = (of: readonly Row[]) => (of.length > 0 ? of.map(({ loss }) => loss.toFixed(2)).join(' ') : 'none');
      return {
        claim: `${leftover} leftovers: seeds that learn the opposite order`,
        paper: 'not mentioned',
        measured: `${reversed.length} of ${rows.length} (losses ${losses(reversed)}; the others ${losses(rows.filter((row) => !isReversed(row, plain)))})`,
      };
    }),
  ];
}

function picture(rows: readonly Row[]): object {
  return {
    title: 'Round Robin in several orders, 15 agents x 5 items; one point a seed',
    width: 420,
    height: 260,
    data: { values: rows.map(({ rule, hamming, welfareRatio }) => ({ rule, hamming, welfareRatio })) },
    mark: { type: 'point', filled: true, size: 90, opacity: 0.6 },
    encoding: {
      x: {
        field: 'hamming',
        type: 'quantitative',
        title: 'Hamming distance to greatest welfare',
        scale: { zero: false },
      },
      y: { field: 'welfareRatio', type: 'quantitative', title: 'welfare over the greatest', scale: { zero: false } },
      color: { field: 'rule', type: 'nominal', title: null },
      shape: { field: 'rule', type: 'nominal', title: null },
    },
  };
}
