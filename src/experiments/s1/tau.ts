import type { Engine } from '../../engine/engine.js';
import { roundRobin, softRoundRobin } from '../../mechanisms/factories.js';
import { profileBatch, type ProfileBatch } from '../../profiles/batch.js';
import type { Claim, Experiment } from '../experiment.js';
import { CITATION, LEFTOVERS, profilesAside } from './nrr.js';

const TAUS = [1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1, 3, 10];
const GENERIC = 'generic';
const TIED = 'nearly tied';
const DATA = [
  { name: GENERIC, sampler: 'uniform-full' },
  { name: TIED, sampler: 'rank-one' },
] as const;
/** With picks left over, and with none. */
const SIZES = [
  { agents: 15, items: 5 },
  { agents: 5, items: 10 },
] as const;
/** Gaps of this many temperatures make a softmax hard, and then the allocations agree to this. */
const GAP = 30;
const AGREEMENT = 1e-9;

type Leftover = (typeof LEFTOVERS)[number];

interface Point {
  readonly data: string;
  readonly size: string;
  readonly leftover: Leftover;
  readonly tau: number;
  /** |A − Â| / (2M) to Round Robin, columns of Â divided by their sums; mean over profiles. */
  readonly distance: number;
  /** The same of SoftRR that knows no values. */
  readonly chance: number;
  /** Profiles whose gaps are GAP temperatures at least. */
  readonly clear: number;
  /** Largest |R − A| among these, picks left over counted on both sides. */
  readonly error: number;
}

/** How near SoftRR is to Round Robin. */
export const tau: Experiment = {
  id: 's1/tau',
  title: 'SoftRR against Round Robin over the temperature, on generic values and on nearly tied ones',
  citation: CITATION,
  async run(engine, write, options) {
    const points: Point[] = [];
    for (const { name, sampler } of DATA) {
      for (const size of SIZES) {
        const batch = profilesAside(options, { ...size, sampler });
        const owner = (await engine.allocate(roundRobin(), batch)).owner!;
        for (const leftover of LEFTOVERS) {
          for (const t of TAUS) points.push(await measured(engine, batch, owner, name, leftover, t));
        }
      }
    }
    await write.table(
      'tau.csv',
      ['data', 'size', 'leftover', 'tau', 'distance', 'chance', 'clear_profiles', 'largest_error'],
      points.map((p) => [p.data, p.size, p.leftover, p.tau, p.distance, p.chance, p.clear, p.error]),
    );
    await write.picture('tau.svg', picture(points));
    return claims(points);
  },
};

async function measured(
  engine: Engine,
  batch: ProfileBatch,
  owner: Int32Array,
  data: string,
  leftover: Leftover,
  tau: number,
): Promise<Point> {
  const { agents, items, count } = batch;
  const values = batch.arrays.values!.data as Float64Array;
  const blind = profileBatch({ values: { shape: [agents, items], data: new Float64Array(agents * items).fill(1) } });
  const plain = (await engine.allocate(softRoundRobin({ tau, leftover }), batch)).allocation!;
  const shares = (await engine.allocate(softRoundRobin({ tau, leftover, normalize: true }), batch)).allocation!;
  const unseen = (await engine.allocate(softRoundRobin({ tau, leftover, normalize: true }), blind)).allocation!;
  const size = agents * items;
  // Shares of a column sum to 1, so half of |A − Â| is what Â does not give to the owner.
  const missed = (from: Float64Array, stride: number) =>
    owner.reduce((sum, i, k) => sum + 1 - from[Math.floor(k / items) * stride + i * items + (k % items)]!, 0) /
    owner.length;
  let [clear, error] = [0, 0];
  for (let p = 0; p < count; p++) {
    if (leastGap(values.subarray(p * size, (p + 1) * size), agents, items) < GAP * tau) continue;
    clear += 1;
    for (let k = 0; k < size; k++) {
      const [i, m] = [Math.floor(k / items), k % items];
      const extra = leftover === 'uniform' ? picksLeftOver(i, agents, items) / items : 0;
      error = Math.max(error, Math.abs(plain[p * size + k]! - (owner[p * items + m] === i ? 1 : 0) - extra));
    }
  }
  return {
    ...{ data, size: `${agents} x ${items}`, leftover, tau, clear, error },
    distance: missed(shares, size),
    chance: missed(unseen, 0),
  };
}

/** Picks of agent i after the items are gone. */
function picksLeftOver(i: number, agents: number, items: number): number {
  const rounds = Math.ceil(items / agents);
  return rounds - Math.floor(items / agents) - (i < items % agents ? 1 : 0);
}

/**
 * Least difference, over the picks of Round Robin in the agents' order, between what SoftRR's softmax compares: v − min v + 1 of the item taken and of the
 * next best one, 0 of an item that is gone.
 */
export function leastGap(values: Float64Array, agents: number, items: number): number {
  const left = new Set(Array.from({ length: items }, (_, m) => m));
  let least = Infinity;
  for (let t = 0; left.size > 0; t++) {
    const row = values.subarray((t % agents) * items, ((t % agents) + 1) * items);
    const base = row.reduce((a, b) => Math.min(a, b), Infinity) - 1;
    const wants = [...left].sort((a, b) => row[b]! - row[a]! || a - b);
    const next = wants.length > 1 ? row[wants[1]!]! - base : wants.length < items ? 0 : -Infinity;
    least = Math.min(least, row[wants[0]!]! - base - next);
    left.delete(wants[0]!);
  }
  return least;
}

function claims(points: readonly Point[]): Claim[] {
  const clear = points.filter((p) => p.clear > 0);
  const worst = Math.max(0, ...clear.map(({ error }) => error));
  const at = (data: string, size: string, leftover: Leftover, tau: number) =>
    points.find((p) => p.data === data && p.size === size && p.leftover === leftover && p.tau === tau)!;
  const near = (data: string) => TAUS.filter((t) => at(data, '5 x 10', 'uniform', t).distance < 0.01).at(-1);
  return [
    {
      claim: `SoftRR is Round Robin to ${AGREEMENT} where gaps are ${GAP} temperatures at least (picks left over aside)`,
      paper: 'equal as the temperature goes to 0',
      measured: `largest difference ${worst.toExponential(1)}, over ${clear.reduce((sum, p) => sum + p.clear, 0)} profiles and temperatures`,
      holds: clear.length > 0 && worst <= AGREEMENT,
    },
    ...DATA.flatMap(({ name }) =>
      LEFTOVERS.map((leftover): Claim => {
        const { distance, chance } = at(name, '15 x 5', leftover, 0.01);
        return {
          claim: `at the published temperature of 0.01 it is near Round Robin, ${name} values, 15 x 5, ${leftover} leftovers (distance, and that of blind picks)`,
          paper: 'presumed',
          measured: `${distance.toFixed(3)}, ${chance.toFixed(3)}`,
          holds: distance < chance / 2,
        };
      }),
    ),
    ...DATA.map(({ name }) => ({
      claim: `highest temperature tried at which the distance is below 0.01, ${name} values, 5 x 10`,
      paper: 'not reported',
      measured: String(near(name) ?? `none from ${TAUS[0]}`),
    })),
  ];
}

function picture(points: readonly Point[]): object {
  const series = points.flatMap((p) => [
    { panel: `${p.data}, ${p.size}`, tau: p.tau, distance: p.distance, series: `${p.leftover} leftovers` },
    { panel: `${p.data}, ${p.size}`, tau: p.tau, distance: p.chance, series: `blind, ${p.leftover} leftovers` },
  ]);
  return {
    title: 'Distance of SoftRR to Round Robin',
    data: { values: series },
    facet: { field: 'panel', type: 'nominal', title: null },
    columns: 2,
    spec: {
      width: 280,
      height: 200,
      mark: { type: 'line', point: true },
      encoding: {
        x: { field: 'tau', type: 'quantitative', title: 'temperature', scale: { type: 'log' } },
        y: { field: 'distance', type: 'quantitative', title: '|A − Â| / (2M)' },
        color: { field: 'series', type: 'nominal', title: null },
        strokeDash: { field: 'series', type: 'nominal', title: null },
      },
    },
  };
}
