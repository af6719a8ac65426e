import { eceei, ocam } from '../../mechanisms/factories.js';
import type { OrdinalProblem } from '../../mechanisms/mechanism.js';
import { clearingOverTime, envyBeyondOne, unservedByFifth } from '../../properties/ordinal.js';
import { Stream } from '../../random.js';
import type { Claim, Experiment } from '../experiment.js';
import { inOrder, slotPairs } from './inputs.js';
import { useOf } from './use.js';

/** Weight of noise against the hour that agents like: 0 is sorted by it, infinity is random. */
const NOISE = [0, 1, 4, 16, Infinity];
const percent = (x: number) => `${(100 * x).toFixed(1)} %`;
const RULES = [
  ['as printed', { mode: 'paper' }],
  ['hard stop', { reprice: 0, drift: 0 }],
  ['hard stop, reserve', { reprice: 0, drift: 0, reserve: -1 }],
  ['drift only', { reprice: 0 }],
  ['re-priced', { drift: 0 }],
  ['re-priced, drift', {}],
] as const;

/** What becomes of the mechanism when agents who like early hours come early, from a little to entirely. */
export const arrivalOrder: Experiment = {
  id: 's4/arrival-order',
  title: 'Arrivals that are not random: what prices miss, whom a stop touches, when drift is noticed',
  citation: 'Nguyen, Teytelboym, Vardi, Dynamic Combinatorial Assignment, arXiv 2303.13967, Assumption 1',
  async run(engine, write, options) {
    const problem = slotPairs(options.count ?? (options.setting === 'quick' ? 300 : 3000), options.seed);
    const agents = problem.bundleStart.length - 1;
    const after = Array.from({ length: agents }, (_, i) => i).slice(Math.round(0.1 * agents));
    const rows: (number | string)[][] = [];
    for (const noise of NOISE) {
      const arrivals = inOrder(problem, trend(problem, noise, options.seed));
      const { prices } = await engine.allocate(eceei({ epsilon: 0.2 }), arrivals, options);
      for (const [name, settings] of RULES) {
        const result = await engine.allocate(ocam({ ...settings, seed: options.seed }), arrivals, options);
        const assignment = result.assignment as BigInt64Array;
        const { above, below } = clearingOverTime(arrivals, { assignment, prices: prices as Float64Array });
        const over = useOf(arrivals, assignment).reduce(
          (most, n, g) => Math.max(most, n / Math.max(1, arrivals.capacities[g]!) - 1),
          0,
        );
        rows.push([
          String(noise),
          name,
          above,
          below,
          over,
          (result.stopped as Int8Array).reduce((sum, x) => sum + x, 0) / agents,
          envyBeyondOne(arrivals, assignment, after).length / after.length,
          unservedByFifth(arrivals, assignment)[4]!,
          (result.pricing_reason as Int32Array).filter((reason) => reason === 2).length,
        ]);
      }
    }
    const columns = [
      'noise',
      'rule',
      'above',
      'below',
      'overused',
      'stopped',
      'envy_beyond_one',
      'unserved_last_fifth',
    ];
    await write.table('arrival-order.csv', [...columns, 'drift_noticed'], rows);
    await write.picture('arrival-order.svg', picture(rows));
    return claimsOf(rows);
  },
};

/** Agents by the mean place of their favourite flight among take-off slots, noise added: who likes early hours tends to come early. */
function trend(problem: OrdinalProblem, noise: number, seed: number): Int32Array {
  const agents = problem.bundleStart.length - 1;
  const draw = new Stream(seed, agents, 7);
  const half = Math.floor(problem.capacities.length / 2);
  const keys = Float64Array.from({ length: agents }, (_, i) => {
    const mask = problem.bundleMask![problem.bundleStart[i]!]!;
    const slots = Array.from({ length: half }, (__, g) => g).filter((g) => (mask >> BigInt(g)) & 1n);
    const hour = slots.reduce((sum, g) => sum + g, 0) / Math.max(1, slots.length) / half;
    const random = draw.unit();
    return noise === Infinity ? random : hour + noise * random;
  });
  return Int32Array.from(keys.keys()).sort((a, b) => keys[a]! - keys[b]! || a - b);
}

function claimsOf(rows: readonly (readonly (number | string)[])[]): Claim[] {
  const of = (noise: number, rule: string, column: number) =>
    Number(rows.find((row) => row[0] === String(noise) && row[1] === rule)![column]);
  const across = (rule: string, column: number, show: (x: number) => string) =>
    NOISE.map((noise) => show(of(noise, rule, column))).join(', ');
  const order = 'sorted by hour … random';
  return [
    {
      claim: `largest overuse as printed, ${order}`,
      paper: 'small in random order; nothing is said of others',
      measured: across('as printed', 4, percent),
    },
    {
      claim: `agents whom a stop touches, prices made once, ${order}`,
      paper: '-',
      measured: across('hard stop', 5, percent),
    },
    {
      claim: `the same with a reserve from a hold-out, ${order}`,
      paper: '-',
      measured: across('hard stop, reserve', 5, percent),
    },
    {
      claim: `the same with new prices after every tenth and when drift is noticed, ${order}`,
      paper: '-',
      measured: across('re-priced, drift', 5, percent),
    },
    {
      claim: `times that drift is noticed where prices are made anew for no other reason, ${order}`,
      paper: '-',
      measured: across('drift only', 8, String),
      holds: of(0, 'drift only', 8) > 0 && of(Infinity, 'drift only', 8) === 0,
    },
    {
      claim: `without a bundle in the last fifth, prices made once with a stop; with new prices and drift, ${order}`,
      paper: '-',
      measured: `${across('hard stop', 7, percent)}; ${across('re-priced, drift', 7, percent)}`,
    },
  ];
}

function picture(rows: readonly (readonly (number | string)[])[]): object {
  const values = rows.map(([noise, rule, above, below, , stopped]) => ({
    noise: noise === 'Infinity' ? 'random' : noise,
    rule,
    off: Math.max(Number(above), Number(below)),
    stopped,
  }));
  const x = { field: 'noise', type: 'ordinal', sort: null, title: 'noise against the hour that agents like' };
  const panel = (field: string, title: string) => ({
    width: 260,
    height: 220,
    mark: { type: 'line', point: true },
    encoding: {
      x,
      y: { field, type: 'quantitative', title },
      color: { field: 'rule', type: 'nominal', title: 'rule', sort: null },
    },
  });
  return {
    title: 'Early birds come early: order from sorted to random',
    data: { values },
    hconcat: [panel('off', 'eps_f from k = n / 5 on'), panel('stopped', 'share of agents whom a stop touches')],
  };
}
