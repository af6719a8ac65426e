import type { Engine } from '../../engine/engine.js';
import { maxUtilitarian, nrr, roundRobin } from '../../mechanisms/factories.js';
import type { ProfileBatch } from '../../profiles/batch.js';
import { mean, orderedBy, range } from '../../learning/nrr-targets.js';
import type { Claim, Experiment } from '../experiment.js';
import { shown } from '../s0/report.js';
import { CITATION, LEFTOVERS, profilesAside, SEEDS, spreadOf, trainSeeds } from './nrr.js';

const SIZE = { agents: 3, items: 5 };
const SAMPLERS = ['rank-one', 'uniform-full'] as const;
/** All orders of three agents. */
const ORDERS = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
] as const;
const largest = (row: Float64Array) => row.reduce((a, b) => Math.max(a, b));
const smallest = (row: Float64Array) => row.reduce((a, b) => Math.min(a, b));
/** Orders that a network might learn: agents by falling score of their values. */
export const GUESSES: Readonly<Record<string, (row: Float64Array) => number>> = {
  'falling mean': mean,
  'rising mean': (row) => -mean(row),
  'falling maximum': largest,
  'falling minimum': smallest,
  'falling range': range,
  'rising range': (row) => -range(row),
};

/** Welfare over the greatest one, of every profile. */
type Ratios = Float64Array;

interface Learned {
  readonly sampler: string;
  readonly leftover: string;
  readonly seed: number;
  readonly ratios: Ratios;
  /** How many profiles have it first, second, … sixth of the six orders. */
  readonly places: readonly number[];
  /** Kendall's rank correlation with each guess, mean over profiles. */
  readonly likeness: Readonly<Record<string, number>>;
}

interface Ground {
  readonly sampler: string;
  readonly batch: ProfileBatch;
  /** One list for each of ORDERS. */
  readonly all: readonly Ratios[];
  readonly guesses: Readonly<Record<string, Int32Array>>;
  readonly byMean: Ratios;
}

/** What order is learned, and what it is worth among all orders. */
export const orderings: Experiment = {
  id: 's1/orderings',
  title: 'Learned orders of 3 agents over 5 items among all six: welfare, place, and what they go by',
  citation: CITATION,
  seeds: SEEDS,
  async run(engine, write, options) {
    const grounds: Ground[] = [];
    const learned: Learned[] = [];
    for (const sampler of SAMPLERS) {
      const ground = await groundOf(engine, sampler, profilesAside(options, { ...SIZE, sampler }));
      grounds.push(ground);
      for (const leftover of LEFTOVERS) {
        const fields = { ...SIZE, sampler, leftover };
        for (const { network, seed } of await trainSeeds(
          engine,
          `${sampler}, ${leftover} leftovers`,
          fields,
          options,
        )) {
          const { order } = await engine.allocate(nrr({ model: network }), ground.batch);
          const ratios = await ratiosOf(engine, ordered(ground.batch, order!));
          learned.push({
            ...{ sampler, leftover, seed, ratios },
            places: placesOf(ratios, ground.all),
            likeness: Object.fromEntries(
              Object.entries(ground.guesses).map(([name, guess]) => [name, likeness(order!, guess, SIZE.agents)]),
            ),
          });
        }
      }
    }
    const names = Object.keys(GUESSES);
    await write.table(
      'orderings.csv',
      [
        'sampler',
        'leftover',
        'seed',
        'welfare_ratio',
        ...ORDERS.map((_, k) => `place_${k + 1}`),
        ...names.map((name) => `like ${name}`),
      ],
      learned.map((l) => [
        l.sampler,
        l.leftover,
        l.seed,
        average(l.ratios),
        ...l.places,
        ...names.map((name) => l.likeness[name]!),
      ]),
    );
    await write.picture('orderings.svg', picture(grounds, learned));
    return grounds.flatMap((ground) =>
      claims(
        ground,
        learned.filter(({ sampler }) => sampler === ground.sampler),
      ),
    );
  },
};

const average = (list: ArrayLike<number>) => Array.from(list).reduce((a, b) => a + b, 0) / list.length;

async function groundOf(engine: Engine, sampler: string, batch: ProfileBatch): Promise<Ground> {
  const all: Ratios[] = [];
  for (const order of ORDERS) all.push(await ratiosOf(engine, ordered(batch, Int32Array.from(order))));
  const guesses = Object.entries(GUESSES).map(([name, score]) => [name, orderedBy(batch, score).arrays.order!.data]);
  return {
    ...{ sampler, batch, all },
    guesses: Object.fromEntries(guesses) as Record<string, Int32Array>,
    byMean: await ratiosOf(engine, orderedBy(batch, mean)),
  };
}

/** The same profiles in that order: one for all, or one each. */
function ordered(batch: ProfileBatch, data: Int32Array): ProfileBatch {
  const stride = data.length === batch.agents ? 0 : batch.agents;
  return { ...batch, arrays: { ...batch.arrays, order: { data, stride } } };
}

async function ratiosOf(engine: Engine, batch: ProfileBatch): Promise<Ratios> {
  const found = (await engine.allocate(roundRobin(), batch)).utilities!;
  const best = (await engine.allocate(maxUtilitarian(), batch)).utilities!;
  const sum = (u: Float64Array, p: number) =>
    u.subarray(p * batch.agents, (p + 1) * batch.agents).reduce((a, b) => a + b, 0);
  return Float64Array.from({ length: batch.count }, (_, p) => sum(found, p) / sum(best, p));
}

/** Orders that are better by less than this are equal: the same bundles, added up in another order. */
const SAME = 1e-12;

function placesOf(ratios: Ratios, all: readonly Ratios[]): number[] {
  const places = ORDERS.map(() => 0);
  ratios.forEach((r, p) => (places[all.filter((list) => list[p]! > r + SAME).length]! += 1));
  return places;
}

/** Mean over profiles of Kendall's correlation of two lists of orders [B,N]. */
function likeness(a: Int32Array, b: Int32Array, agents: number): number {
  let sum = 0;
  for (let at = 0; at < a.length; at += agents) {
    const place = (list: Int32Array, i: number) => list.indexOf(i, at);
    for (let i = 0; i < agents; i++) {
      for (let j = 0; j < i; j++) sum += place(a, i) < place(a, j) === place(b, i) < place(b, j) ? 1 : -1;
    }
  }
  return sum / ((a.length / agents) * ((agents * (agents - 1)) / 2));
}

function claims({ sampler, all, byMean }: Ground, learned: readonly Learned[]): Claim[] {
  const random = average(all.map(average));
  const most = average(all[0]!.map((_, p) => Math.max(...all.map((list) => list[p]!))));
  const ratios = learned.map(({ ratios }) => average(ratios));
  const [low, high] = [Math.min(...ratios), Math.max(...ratios)];
  const winner = learned[ratios.indexOf(high)]!;
  const alike = Object.entries(winner.likeness).sort(([, a], [, b]) => b - a);
  return [
    {
      claim: `${sampler}: learned orders are worth more than random ones (welfare ratio)`,
      paper: 'NRR improves on Round Robin',
      measured: `${shown(spreadOf(ratios))} over ${ratios.length} networks (${low.toFixed(3)} to ${high.toFixed(3)}); random ${random.toFixed(3)}`,
      holds: spreadOf(ratios).mean > random,
    },
    {
      claim: `${sampler}: the best network beside a fixed score and the best order of each profile (welfare ratio)`,
      paper: 'not compared',
      measured: `best network ${high.toFixed(4)}, falling mean ${average(byMean).toFixed(4)}, best of the six orders ${most.toFixed(4)}`,
    },
    {
      claim: `${sampler}: what the best network goes by (Kendall's correlation)`,
      paper: 'not told',
      measured: alike
        .slice(0, 3)
        .map(([name, x]) => `${name} ${x.toFixed(2)}`)
        .join(', '),
    },
  ];
}

const BINS = 30;

function picture(grounds: readonly Ground[], learned: readonly Learned[]): object {
  const panels = grounds.flatMap(({ sampler, all, byMean }) => {
    const own = learned.filter((l) => l.sampler === sampler);
    const best = own.reduce((a, b) => (average(b.ratios) > average(a.ratios) ? b : a));
    const worst = own.reduce((a, b) => (average(b.ratios) < average(a.ratios) ? b : a));
    const series: readonly (readonly [string, readonly number[]])[] = [
      ['all six orders', all.flatMap((list) => [...list])],
      ['falling mean', [...byMean]],
      ['best network', [...best.ratios]],
      ['worst network', [...worst.ratios]],
    ];
    const low = Math.min(...series[0]![1]);
    const shares = series.flatMap(([name, list]) => {
      const bins = new Array<number>(BINS).fill(0);
      for (const r of list)
        bins[Math.min(BINS - 1, Math.floor(((r - low) / (1 - low + SAME)) * BINS))]! += 1 / list.length;
      return bins.map((share, b) => ({ name, share, ratio: low + ((b + 0.5) / BINS) * (1 - low) }));
    });
    const places = own.flatMap(({ leftover, seed, places }) =>
      places.map((count, k) => ({
        place: k + 1,
        share: count / own[0]!.ratios.length,
        network: `${leftover} ${seed}`,
        leftover,
      })),
    );
    return [
      {
        title: `${sampler}: welfare over the greatest`,
        width: 300,
        height: 220,
        data: { values: shares },
        mark: { type: 'line', interpolate: 'step' },
        encoding: {
          x: { field: 'ratio', type: 'quantitative', title: 'welfare ratio', scale: { zero: false } },
          y: { field: 'share', type: 'quantitative', title: 'share of profiles' },
          color: { field: 'name', type: 'nominal', title: null, sort: null },
        },
      },
      {
        title: `${sampler}: place of the learned order among six`,
        width: 260,
        height: 220,
        data: { values: places },
        mark: { type: 'line', point: true, opacity: 0.6 },
        encoding: {
          x: { field: 'place', type: 'ordinal', title: 'orders worth more, and one' },
          y: { field: 'share', type: 'quantitative', title: 'share of profiles' },
          color: { field: 'leftover', type: 'nominal', title: 'leftovers' },
          detail: { field: 'network' },
        },
      },
    ];
  });
  return { concat: panels, columns: 2, resolve: { scale: { color: 'independent' } } };
}
