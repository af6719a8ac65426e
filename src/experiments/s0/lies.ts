import type { Engine } from '../../engine/engine.js';
import type { Mechanism } from '../../mechanisms/mechanism.js';
import { profileBatch, type ProfileBatch } from '../../profiles/batch.js';
import type { Claim, Experiment, ExperimentOptions } from '../experiment.js';
import { EXS, FIXED, learnBoth, learned, measureAll, PA, PF, testProfiles, type Entry } from './compare.js';
import { CITATION } from './instance.js';
import { trained } from './trained.js';

const AT = { point: '', agents: 2, items: 2, budget: 1, epsilon: 1e-3 };
const LEVELS = 21;
const VALUES_ONLY = `${EXS} (values only)`;

interface Found {
  readonly rule: string;
  readonly seed: number;
  readonly values: number;
  readonly demands: number;
  readonly both: number;
}

/** Beyond the paper: what can be gained by lies about values, about demands, and about both. */
export const lies: Experiment = {
  id: 's0/lies',
  title: 'Exploitability by lies about values alone, about demands alone, and about both, 2x2',
  citation: `beyond ${CITATION}`,
  async run(engine, write, options) {
    const nets = await learnBoth(engine, write, options, AT);
    const fields = { model: 'exs-net', agents: 2, items: 2, budget: 1, iterations: 3000, demandMisreport: false };
    const blind = await trained(engine, write, options, 'exs-net-2x2-values-only', fields);
    const entries: Entry[] = [...FIXED, ...nets, ...learned(VALUES_ONLY, blind, options.seeds)];
    const batch = testProfiles('uniform', AT, options);
    const values = await measureAll(engine, 'values', entries, batch, options, false);
    const both = await measureAll(engine, 'both', entries, batch, options);
    const found: Found[] = [];
    for (const [k, { rule, seed, mechanism }] of entries.entries()) {
      const demands = await demandLies(engine, mechanism, batch, options);
      found.push({ rule, seed, values: values[k]!.exploitability, demands, both: both[k]!.exploitability });
    }
    await write.table(
      'lies.csv',
      ['rule', 'seed', 'values', 'demands', 'both'],
      found.map((row) => [row.rule, row.seed, row.values, row.demands, row.both]),
    );
    await write.picture('lies.svg', picture(found));
    return claims(found);
  },
};

/** Mean gain by the best report of demands on a grid, values being true: a lower bound, of any rule. */
export async function demandLies(
  engine: Engine,
  mechanism: Mechanism,
  batch: ProfileBatch,
  options: ExperimentOptions,
): Promise<number> {
  const { count, agents, items } = batch;
  const [v, x] = [batch.arrays.values!, batch.arrays.demands!].map(({ data }) => data as Float64Array) as [
    Float64Array,
    Float64Array,
  ];
  const each = agents * items;
  const reports = LEVELS ** items;
  const worth = (allocation: Float64Array, from: number, k: number, i: number) => {
    let sum = 0;
    for (let m = 0; m < items; m++) {
      const j = i * items + m;
      sum += v[k * each + j]! * Math.min(allocation[from + j]!, x[k * each + j]!);
    }
    return sum;
  };
  const truth = (await engine.allocate(mechanism, batch, options)).allocation!;
  let total = 0;
  for (let i = 0; i < agents; i++) {
    const shape = [count * reports, agents, items];
    const values = new Float64Array(count * reports * each);
    const demands = new Float64Array(values.length);
    for (let k = 0; k < count; k++) {
      for (let r = 0; r < reports; r++) {
        const at = (k * reports + r) * each;
        for (let j = 0; j < each; j++) {
          values[at + j] = v[k * each + j]!;
          demands[at + j] = x[k * each + j]!;
        }
        for (let m = 0, rest = r; m < items; m++, rest = Math.floor(rest / LEVELS)) {
          demands[at + i * items + m] = (rest % LEVELS) / (LEVELS - 1);
        }
      }
    }
    const lying = profileBatch({
      values: { shape, data: values },
      demands: { shape, data: demands },
      budgets: { shape: [items], data: batch.arrays.budgets!.data.slice(0, items) },
    });
    const { allocation } = await engine.allocate(mechanism, lying, options);
    for (let k = 0; k < count; k++) {
      const before = worth(truth, k * each, k, i);
      let best = before;
      for (let r = 0; r < reports; r++) best = Math.max(best, worth(allocation!, (k * reports + r) * each, k, i));
      total += (best - before) / (count * agents);
    }
  }
  return total;
}

function claims(found: readonly Found[]): Claim[] {
  const mean = (rule: string, of: 'values' | 'demands' | 'both') => {
    const own = found.filter((row) => row.rule === rule);
    return own.reduce((sum, row) => sum + row[of], 0) / own.length;
  };
  const shown = (rule: string) =>
    (['values', 'demands', 'both'] as const).map((of) => `${of} ${mean(rule, of).toExponential(2)}`).join(', ');
  const rules = [...new Set(found.map(({ rule }) => rule))].filter((rule) => rule !== PA && rule !== VALUES_ONLY);
  return [
    {
      claim: 'PA leaves nothing to gain, values misreported',
      paper: '0',
      measured: shown(PA),
      holds: mean(PA, 'values') < 1e-6,
    },
    {
      claim: 'PA leaves nothing to gain, demands misreported too',
      paper: '0',
      measured: shown(PA),
      holds: mean(PA, 'both') < 1e-6,
    },
    ...rules.map((rule) => ({
      claim: `${rule}: which lies pay`,
      paper: '-',
      measured: `${shown(rule)}${rule === PF ? '' : ' (PF: ' + shown(PF) + ')'}`,
    })),
    {
      claim: 'ExS-Net trained against lies about values alone is as safe from others',
      paper: '-',
      measured: `${shown(VALUES_ONLY)}; trained against both: ${shown(EXS)}`,
      holds: mean(VALUES_ONLY, 'both') <= 1.5 * mean(EXS, 'both'),
    },
  ];
}

function picture(found: readonly Found[]): object {
  const values = found.flatMap(({ rule, values: v, demands, both }) => [
    { rule, lies: 'values', gain: v },
    { rule, lies: 'demands', gain: demands },
    { rule, lies: 'both', gain: both },
  ]);
  return {
    title: 'What lies pay, 2x2, supply 1',
    width: 480,
    height: 260,
    data: { values },
    mark: { type: 'point', filled: true, size: 60 },
    encoding: {
      x: { field: 'rule', type: 'nominal', title: null, sort: null, axis: { labelAngle: 0, labelLimit: 150 } },
      xOffset: { field: 'lies', sort: null },
      y: { field: 'gain', type: 'quantitative', title: 'expected exploitability' },
      color: { field: 'lies', type: 'nominal', title: 'lies about', sort: null },
    },
  };
}
