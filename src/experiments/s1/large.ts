import { Pace } from '../../engine/schedule.js';
import type { Claim, Experiment } from '../experiment.js';
import { CITATION } from './nrr.js';
import {
  BY_MEAN,
  EEF1NN,
  learn,
  measureAll,
  NRR,
  picture,
  RR,
  select,
  shown,
  spread,
  writeRows,
  type Learned,
  type Row,
} from './sizes.js';

/** Where networks that are to carry over are trained. */
const SMALL = { agents: 15, items: 5 };
const OWN = 'nrr, trained at that number of agents';
const SIZES = {
  paper: { agents: [50, 100, 200], count: 20 },
  quick: { agents: [20], count: 4 },
} as const;

/** Many agents, which the paper leaves open: rules learned among fifteen, and orders learned among as many as are tested. */
export const large: Experiment = {
  id: 's1/large',
  title: 'Learned rules among 50, 100 and 200 agents: carried over from 15, and orders trained there',
  citation: `beyond ${CITATION}`,
  seeds: { paper: [1, 2, 3, 4, 5, 6, 7, 8], quick: [1, 2] },
  async run(engine, write, options) {
    const { agents, count } = SIZES[options.setting];
    const carried: Learned[] = [];
    for (const rule of [NRR, EEF1NN] as const) {
      carried.push(...(await learn(engine, write, options, rule, SMALL.agents, SMALL.items)));
    }
    const rows: Row[] = [];
    const pace = new Pace();
    for (const [k, n] of agents.entries()) {
      const own = await learn(engine, write, options, NRR, n, SMALL.items);
      const learned = [...carried, ...own.map((each) => ({ ...each, rule: OWN }))];
      for (const m of [SMALL.items, n / 2]) {
        rows.push(...(await measureAll(engine, learned, n, m, options.count ?? count, options)));
      }
      options.onProgress?.(pace.at(k + 1, agents.length));
    }
    await writeRows(write, 'large.csv', rows);
    await write.picture('large.svg', picture('many agents; band: standard deviation over training seeds', rows));
    return [fairness(rows), ...agents.flatMap((n) => [SMALL.items, n / 2].map((m) => claim(rows, n, m)))];
  },
};

function fairness(rows: readonly Row[]): Claim {
  const ordered = rows.filter(({ rule }) => rule !== EEF1NN);
  return {
    claim: 'orders, carried over or not, are EF1 on every profile',
    paper: 'EF1 by construction',
    measured: `EF1 rate at least ${Math.min(...ordered.map(({ ef1 }) => ef1)).toFixed(3)}`,
    holds: ordered.every(({ ef1 }) => ef1 === 1),
  };
}

function claim(rows: readonly Row[], n: number, m: number): Claim {
  const of = (rule: string) => {
    const at = select(rows, rule, n, m);
    return `${shown(spread(at, 'hamming'))}, ${shown(spread(at, 'welfareRatio'))}`;
  };
  const better = (rule: string) => {
    const plain = select(rows, RR, n, m)[0]!;
    const all = select(rows, rule, n, m);
    return `${all.filter((row) => row.welfareRatio > plain.welfareRatio).length} of ${all.length} seeds above Round Robin`;
  };
  return {
    claim: `${n} agents, ${m} items (Hamming, welfare ratio)`,
    paper: 'left open',
    measured: [
      `Round Robin ${of(RR)}`,
      `by mean value ${of(BY_MEAN)}`,
      `NRR carried over ${of(NRR)} (${better(NRR)})`,
      `trained there ${of(OWN)} (${better(OWN)})`,
      `EEF1-NN carried over ${of(EEF1NN)}`,
    ].join('; '),
  };
}
