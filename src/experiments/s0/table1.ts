import type { Engine } from '../../engine/engine.js';
import { pa, pf } from '../../mechanisms/factories.js';
import { materialize, sampleProfiles } from '../../profiles/samplers.js';
import type { Claim, Experiment, ExperimentOptions } from '../experiment.js';
import { peers } from '../python-peers.js';
import { CITATION } from './instance.js';

const AGENTS = 10;
const ITEMS = 3;
const ROUNDS = 5;
/** Seconds of inference in units of ExS-Net's, as printed. */
const PAPER = { pf: 40.1, pa: 310 };

/** Median of the times of a call, after one that warms up. */
async function timed(call: () => Promise<unknown>): Promise<number> {
  await call();
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const begun = performance.now();
    await call();
    times.push(performance.now() - begun);
  }
  return times.sort((a, b) => a - b)[ROUNDS >> 1]!;
}

/** Table 1: time of proportional fairness and Partial Allocation at 10 agents and 3 items. */
export const table1: Experiment = {
  id: 's0/table1',
  title: 'Time of a profile at 10 agents and 3 items: proportional fairness, Partial Allocation, and what Python has',
  citation: CITATION,
  async run(engine, write, options) {
    const rows: (string | number)[][] = [];
    const claims: Claim[] = [];
    for (const [data, budget] of [
      ["the paper's supply 5", 5],
      ['scarce, supply 1', 1],
    ] as const) {
      claims.push(...(await oneSetting(engine, data, budget, options, rows)));
    }
    await write.table('table1.csv', ['data', 'system', 'rule', 'microseconds', 'log_nsw_difference'], rows);
    await write.picture('table1.svg', picture(rows));
    return claims;
  },
};

async function oneSetting(
  engine: Engine,
  data: string,
  budget: number,
  options: ExperimentOptions,
  rows: (string | number)[][],
): Promise<Claim[]> {
  const count = options.count ?? 20_000;
  const batch = materialize(
    sampleProfiles('uniform', { agents: AGENTS, items: ITEMS, count, budget, seed: options.seed }),
  );
  const time: Record<string, number> = {};
  for (const rule of [pf(), pa()]) {
    time[rule.id] = ((await timed(() => engine.allocate(rule, batch, options))) * 1000) / count;
    rows.push([data, `evenhand, ${engine.threads} threads`, rule.id, time[rule.id]!, 0]);
  }
  const few = Math.min(count, 100);
  const entries = few * AGENTS * ITEMS;
  const { utilities } = await engine.allocate(pf(), batch, options);
  const ours = welfare(utilities!, few);
  const found = await peers({
    agents: AGENTS,
    items: ITEMS,
    count: few,
    budget,
    values: batch.arrays.values!.data.slice(0, entries) as Float64Array,
    demands: batch.arrays.demands!.data.slice(0, entries) as Float64Array,
  });
  for (const { name, seconds, logNsw } of found)
    rows.push([data, name, 'pf', seconds * 1e6, Math.abs(logNsw - ours) / few]);
  const ratio = time.pa! / time.pf!;
  return [
    {
      claim: `${data}: Partial Allocation over proportional fairness, time`,
      paper: `${(PAPER.pa / PAPER.pf).toFixed(2)} times`,
      measured: `${ratio.toFixed(2)} times (${time.pf!.toFixed(2)} and ${time.pa!.toFixed(2)} us a profile)`,
      holds: ratio <= PAPER.pa / PAPER.pf + 0.5,
    },
    ...found.map(({ name, seconds, logNsw }) => ({
      claim: `${data}: proportional fairness against ${name}`,
      paper: 'a convex solver called once a profile',
      measured: `${((seconds * 1e6) / time.pf!).toFixed(0)} times the time here; mean log-NSW differs by ${(Math.abs(logNsw - ours) / few).toExponential(1)}`,
    })),
    ...(found.length === 0
      ? [
          {
            claim: `${data}: convex solvers of Python`,
            paper: '-',
            measured: 'no Python with cvxopt or cvxpy and clarabel found',
          },
        ]
      : []),
  ];
}

function welfare(utilities: Float64Array, count: number): number {
  return utilities.subarray(0, count * AGENTS).reduce((sum, u) => (u > 0 ? sum + Math.log(u) : sum), 0);
}

function picture(rows: readonly (readonly (string | number)[])[]): object {
  return {
    title: 'Time of one profile, 10 agents x 3 items',
    width: 420,
    data: {
      values: rows.map(([data, system, rule, microseconds]) => ({ data, system: `${system}: ${rule}`, microseconds })),
    },
    height: { step: 34 },
    mark: { type: 'point', filled: true, size: 140 },
    encoding: {
      y: { field: 'system', type: 'nominal', title: null, sort: 'x', axis: { labelLimit: 400, grid: true } },
      x: {
        field: 'microseconds',
        type: 'quantitative',
        title: 'microseconds a profile (logarithmic)',
        scale: { type: 'log' },
      },
      color: { field: 'data', type: 'nominal', legend: { labelLimit: 300 } },
    },
  };
}
