import type { Engine } from '../../engine/engine.js';
import type { Experiment, ExperimentOptions } from '../experiment.js';
import { EXPF, EXS, FIXED, learnBoth, PF, type Entry } from './compare.js';
import { allocationMaps, reportGrid } from './figure8-pf.js';
import { CITATION, reportsOfAgent1 } from './instance.js';

const AT = { point: '', agents: 2, items: 2, budget: 1, epsilon: 1e-3 };
const DEMAND = 1;
/** Reports (1, r), r from 0.1 to 1, between which edges are looked for. */
const PATH = 4000;

/** Figure 8: what agent 1 gets as a function of the two values that it reports, under four rules. */
export const figure8: Experiment = {
  id: 's0/figure8',
  title: 'Allocation maps of PF, PA, ExPF-Net and ExS-Net, two agents and two items',
  citation: CITATION,
  async run(engine, write, options) {
    const nets = await learnBoth(engine, write, options, AT);
    const firsts = [EXPF, EXS].map((rule) => nets.find((entry) => entry.rule === rule)!);
    const pairs = reportGrid(options.setting === 'quick' ? 10 : 46);
    const rows: (string | number)[][] = [];
    const maps: object[] = [];
    for (const { rule, seed, mechanism } of [...FIXED, ...firsts]) {
      const { allocation } = await engine.allocate(mechanism, reportsOfAgent1(pairs, DEMAND), options);
      const own = pairs.map(([first, second], k) => [first, second, allocation![4 * k]!, allocation![4 * k + 1]!]);
      rows.push(...own.map((row) => [rule, seed, ...row]));
      maps.push(allocationMaps(seed > 0 ? `${rule}, seed ${seed}` : rule, own));
    }
    await write.table('figure8.csv', ['rule', 'seed', 'v11', 'v12', 'a11', 'a12'], rows);
    await write.picture('figure8.svg', {
      title: 'Zeng et al. 2023, Figure 8: what agent 1 gets (agent 2 values the items at 1 and 1/4)',
      vconcat: maps,
    });
    const ofRule = (rule: string) =>
      edges(
        engine,
        [...FIXED, ...nets].filter((entry) => entry.rule === rule),
        options,
      );
    const digits = (x: number) => (x < 1e-3 ? x.toExponential(1) : x.toPrecision(3));
    const [[plain], expf, exs] = [await ofRule(PF), await ofRule(EXPF), await ofRule(EXS)];
    const along = 'largest change along 4000 reports with v11 = 1';
    return [
      {
        claim: 'the map of PF has a sharp edge',
        paper: 'two regions with a sharp edge',
        measured: `${along}: ${digits(plain!)} of an item`,
        holds: plain! > 0.1,
      },
      {
        claim: 'the map of ExS-Net has no edge',
        paper: 'smooth',
        measured: `${along}: ${exs.map(digits).join(', ')}, one number a seed`,
        holds: exs.every((edge) => edge < 1e-2),
      },
      {
        claim: 'the edge of ExPF-Net is less sharp than that of PF',
        paper: 'regions are kept, the edge fades',
        measured: `${along}: ${expf.map(digits).join(', ')}, one number a seed`,
        holds: expf.every((edge) => edge < plain!),
      },
    ];
  },
};

/** The largest change of agent 1's share of an item from one report of the path to the next. */
async function edges(engine: Engine, entries: readonly Entry[], options: ExperimentOptions): Promise<number[]> {
  const path = Array.from({ length: PATH }, (_, k) => [1, 0.1 + (0.9 * k) / (PATH - 1)] as const);
  const found: number[] = [];
  for (const { mechanism } of entries) {
    const { allocation } = await engine.allocate(mechanism, reportsOfAgent1(path, DEMAND), options);
    let most = 0;
    for (let k = 1; k < PATH; k++) {
      for (const item of [0, 1]) {
        most = Math.max(most, Math.abs(allocation![4 * k + item]! - allocation![4 * k - 4 + item]!));
      }
    }
    found.push(most);
  }
  return found;
}
