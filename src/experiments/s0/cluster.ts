import { join } from 'node:path';
import { profileBatch } from '../../profiles/batch.js';
import { writeArrays } from '../../profiles/files.js';
import { materialize, sampleProfiles } from '../../profiles/samplers.js';
import type { NamedArrays } from '../../types.js';
import type { Experiment } from '../experiment.js';
import { gpuCluster } from '../real-inputs.js';
import { ruleChart } from './charts.js';
import { EXPF, EXS, FIXED, HALF, learned, measureAll, mixture } from './compare.js';
import { CITATION } from './instance.js';
import { comparisonClaims, writeRows } from './report.js';
import { trained } from './trained.js';

/** Values drawn for each window of requests: what a unit is worth to a task is not recorded. */
const DRAWS = 2;
/** Windows that come last in time: for choosing the best network, and, after those, for the test. */
const CHOICE = 50;
const TEST = 76;
const POINT = 'gpu cluster';

/** Beyond the paper: requests of a real cluster as the distribution. */
export const cluster: Experiment = {
  id: 's0/cluster',
  title: 'Requests of a GPU cluster, 16 at a time, for processor, memory and GPU: the five rules on later windows',
  citation: `beyond ${CITATION}; requests of the openb cluster`,
  async run(engine, write, options) {
    const { batch } = gpuCluster();
    const { count, agents, items } = batch;
    const quick = options.setting === 'quick';
    const file = join(write.folder, 'profiles.npz');
    await writeArrays(file, windows(0, count - TEST, DRAWS));
    const fields = { architecture: 'equivariant', hidden: [64, 64], agents, items, file, heldOut: CHOICE * DRAWS };
    const nets = [];
    for (const [rule, model, iterations] of [
      [EXPF, 'expf-net', 800],
      [EXS, 'exs-net', 1500],
    ] as const) {
      const all = { model, iterations, epsilon: 1e-3, ...fields };
      const networks = await trained(engine, write, options, model, all, { iterations: 10, heldOut: 4, batch: 8 });
      nets.push(...learned(rule, networks, options.seeds));
    }
    const tested = Math.min(TEST, options.count ?? (quick ? 8 : TEST));
    const later = profileBatch(windows(count - TEST, count - TEST + tested, 1));
    const rows = await measureAll(engine, POINT, [...FIXED, ...nets], later, options);
    rows.splice(2, 0, mixture(rows, 0.5, HALF));
    await writeRows(write, 'cluster.csv', rows);
    await write.picture(
      'cluster.svg',
      ruleChart(
        'Requests of a GPU cluster, 16 at a time, supply half of what they ask for',
        rows,
        ['logNsw', 'exploitability', 'efficiency'],
        {
          title: '',
        },
      ),
    );
    return comparisonClaims(rows, POINT, agents).map((claim) => ({
      ...claim,
      paper: `${claim.paper} (uniform profiles)`,
    }));
  },
};

/** Windows from … to, each with several draws of values; demands in units of the supply, none above it, and a supply of 1. */
function windows(from: number, to: number, draws: number): NamedArrays {
  const { batch } = gpuCluster();
  const { agents, items } = batch;
  const each = agents * items;
  const count = (to - from) * draws;
  const asked = batch.arrays.demands!.data as Float64Array;
  const supply = batch.arrays.budgets!.data as Float64Array;
  const drawn = materialize(sampleProfiles('uniform-full', { agents, items, count: to * draws, seed: 1 }));
  const demands = Float64Array.from({ length: count * each }, (_, k) => {
    const window = from + Math.floor(k / (each * draws));
    const most = supply[window * items + (k % items)]!;
    return most > 0 ? Math.min(1, asked[window * each + (k % each)]! / most) : 0;
  });
  const shape = [count, agents, items];
  return {
    values: { shape, data: (drawn.arrays.values!.data as Float64Array).slice(from * draws * each) },
    demands: { shape, data: demands },
    budgets: { shape: [count, items], data: new Float64Array(count * items).fill(1) },
  };
}
