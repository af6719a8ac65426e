import type { Engine } from '../../engine/engine.js';
import { pa, pf } from '../../mechanisms/factories.js';
import type { Mechanism } from '../../mechanisms/mechanism.js';
import { materialize, sampleProfiles } from '../../profiles/samplers.js';
import type { Claim, Experiment, ExperimentOptions } from '../experiment.js';
import { peers } from '../python-peers.js';
import { mechanismOf } from '../../learning/held-out.js';
import { CITATION } from './instance.js';
import { timeTraining } from './training-time.js';

const AGENTS = 10;
const ITEMS = 3;
const ROUNDS = 5;
/** Seconds of inference in units of ExS-Net's, as printed, and of training. */
const PAPER = { pf: 40.1, pa: 310, 'expf-net': 114.5, training: 380.2 };
/** Both networks take the same steps, so that only what a step computes differs. */
const SAME_STEPS = { batch: 64, starts: 1, ascentSteps: 10 };

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

/** Table 1: time of the four rules, and of training, at 10 agents and 3 items. */
export const table1: Experiment = {
  id: 's0/table1',
  title: 'Time at 10 agents and 3 items: PF, PA, ExPF-Net, ExS-Net, a training step of both, and what Python has',
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
  const quick = options.setting === 'quick';
  const count = options.count ?? (quick ? 500 : 20_000);
  const batch = materialize(
    sampleProfiles('uniform', { agents: AGENTS, items: ITEMS, count, budget, seed: options.seed }),
  );
  const time: Record<string, number> = {};
  const size = { agents: AGENTS, items: ITEMS, budget };
  const step: Record<string, number> = {};
  const networks: Mechanism[] = [];
  for (const model of ['expf-net', 'exs-net']) {
    const { network, milliseconds } = await timeTraining(engine, { model, ...size, ...SAME_STEPS }, quick ? 3 : 15);
    step[model] = milliseconds;
    networks.push(mechanismOf(network));
    rows.push([data, `training step, per profile`, model, (milliseconds * 1000) / SAME_STEPS.batch, 0]);
  }
  for (const rule of [pf(), pa(), ...networks]) {
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
    ...(['pf', 'pa', 'expf-net'] as const).map((id) => ({
      claim: `${data}: ${id} takes no more of exs-net's times for a profile than in the paper`,
      paper: `${PAPER[id]} times`,
      measured: `${(time[id]! / time['exs-net']!).toFixed(1)} times (${time[id]!.toFixed(2)} against ${time['exs-net']!.toFixed(2)} us)`,
      holds: time[id]! <= 1.1 * PAPER[id] * time['exs-net']!,
    })),
    {
      claim: `${data}: nor a training step of expf-net, of those of exs-net with as many profiles and misreports`,
      paper: `${PAPER.training} times`,
      measured: `${(step['expf-net']! / step['exs-net']!).toFixed(1)} times (${step['expf-net']!.toFixed(1)} against ${step['exs-net']!.toFixed(1)} ms for ${SAME_STEPS.batch} profiles)`,
      holds: step['expf-net']! <= 1.1 * PAPER.training * step['exs-net']!,
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
