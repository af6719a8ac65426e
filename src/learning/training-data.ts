import { reportBox } from '../engine/exploitability.js';
import { InputError } from '../errors.js';
import { sharedParameters } from '../networks/network.js';
import { profileBatch, type ProfileBatch } from '../profiles/batch.js';
import { readArrays } from '../profiles/files.js';
import { inFile } from '../profiles/read.js';
import { drawArray, materialize, sampledArrays, sampleProfiles } from '../profiles/samplers.js';
import { Stream } from '../random.js';
import { Kernels } from '../wasm/kernels.js';
import type { TrainingBatch } from './stepper.js';
import type { TrainingConfig } from './training-config.js';

/** Purposes of random streams. */
const ORDER = 1;
const NOISE = 2;
/** Held-out profiles are drawn with another seed. */
export const ASIDE = 2 ** 40;

/** A batch of an iteration, and where its profiles stand in the fixed training set. */
export interface Visit extends TrainingBatch {
  readonly indices?: Int32Array;
}

/** Where values of reports lie, as src/learning/stepper.ts has it. */
export interface ReportRange {
  readonly valueLow: number;
  readonly valueHigh: number;
  readonly demandHigh: number;
}

/** Profiles to train on, by iteration, and profiles held out. */
export interface TrainingData {
  /** Profiles of the fixed training set; 0: fresh ones in every iteration. */
  readonly samples: number;
  readonly heldOut: ProfileBatch;
  readonly range: ReportRange;
  /** The batch of an iteration, on memory that the next call uses again. */
  visit(iteration: number): Visit;
}

export async function openTrainingData(config: TrainingConfig, seed: number): Promise<TrainingData> {
  return config.file === '' ? sampledData(config, seed) : fileData(config, seed);
}

/** Fresh profiles, or the first `samples` of them again and again. */
function sampledData(config: TrainingConfig, seed: number): TrainingData {
  const { agents, items } = config.network;
  const budget = config.budget > 0 ? { budget: config.budget } : {};
  const drawn = (from: number, count: number) =>
    sampleProfiles(config.sampler, { agents, items, count, seed: from, ...budget });
  const heldOut = materialize(drawn((seed + ASIDE) % Number.MAX_SAFE_INTEGER, config.heldOut));
  if (config.samples > 0) return fixedData(config, seed, materialize(drawn(seed, config.samples)), heldOut);
  const all = drawn(seed, Number.MAX_SAFE_INTEGER);
  const kernels = new Kernels();
  const room = newRoom(config, config.batch, agents, items);
  room.budgets.fill(all.budget);
  room.weights.fill(1);
  const length = config.batch * agents * items;
  const address = kernels.arena.take(8 * length);
  const named = sampledArrays(all).filter((name) => name !== 'budgets') as ('values' | 'demands')[];
  if (!named.includes('demands')) room.demands.fill(all.budget);
  return {
    samples: 0,
    heldOut,
    range: rangeOf(heldOut),
    visit(iteration) {
      for (const name of named) {
        drawArray(kernels, all, name, iteration * config.batch, config.batch, address);
        room[name].set(kernels.arena.f64(address, length));
      }
      cap(room, items);
      return told(config, room, seed, iteration);
    },
  };
}

/** Profiles of a file; the last ones are held out. */
async function fileData(config: TrainingConfig, seed: number): Promise<TrainingData> {
  const { agents, items } = config.network;
  const arrays = await readArrays(config.file);
  const all = inFile(config.file, () => profileBatch(arrays, ['values', 'demands', 'budgets', 'weights']));
  if (all.agents !== agents || all.items !== items) {
    throw new InputError(
      `${config.file}: holds ${all.agents} agents and ${all.items} items, config has ${agents} and ${items}`,
    );
  }
  const count = all.count - config.heldOut;
  if (count < config.batch) {
    throw new InputError(
      `${config.file}: holds ${all.count} profiles, expected at least ${config.batch} for a batch and ${config.heldOut} held out`,
    );
  }
  return fixedData(config, seed, partOf(all, 0, count), partOf(all, count, all.count));
}

/** A fixed training set, visited in a new random order each time round. */
function fixedData(config: TrainingConfig, seed: number, set: ProfileBatch, heldOut: ProfileBatch): TrainingData {
  const { agents, items, count } = set;
  const all = newRoom({ reportNoise: 0 }, count, agents, items);
  const fill = (to: Float32Array, name: string, each: number, absent: (k: number) => number) => {
    const array = set.arrays[name];
    for (let k = 0; k < to.length; k++) {
      const j = array && array.stride === 0 ? k % each : k;
      to[k] = array ? Number(array.data[j]) : absent(k);
    }
  };
  fill(all.budgets, 'budgets', items, () => 1);
  fill(all.values, 'values', agents * items, () => 0);
  fill(
    all.demands,
    'demands',
    agents * items,
    (k) => all.budgets[Math.floor(k / (agents * items)) * items + (k % items)]!,
  );
  fill(all.weights, 'weights', agents, () => 1);
  cap(all, items);
  const room = newRoom(config, config.batch, agents, items);
  const perRound = Math.floor(count / config.batch);
  let round = -1;
  let order: Int32Array = new Int32Array();
  return {
    samples: count,
    heldOut,
    range: rangeOf(heldOut),
    visit(iteration) {
      const now = Math.floor(iteration / perRound);
      if (now !== round) order = new Stream(seed, ORDER, now).choose(count, count);
      round = now;
      const first = (iteration % perRound) * config.batch;
      const indices = order.slice(first, first + config.batch);
      for (const name of ['values', 'demands', 'budgets', 'weights'] as const) {
        const each = all[name].length / count;
        indices.forEach((k, s) => room[name].set(all[name].subarray(k * each, (k + 1) * each), s * each));
      }
      return { ...told(config, room, seed, iteration), indices };
    },
  };
}

type Room = TrainingBatch;

function newRoom(
  { reportNoise }: Pick<TrainingConfig, 'reportNoise'>,
  count: number,
  agents: number,
  items: number,
): Room {
  const values = sharedParameters(count * agents * items);
  const demands = sharedParameters(count * agents * items);
  const noisy = reportNoise > 0;
  return {
    count,
    values,
    demands,
    reportedValues: noisy ? sharedParameters(values.length) : values,
    reportedDemands: noisy ? sharedParameters(demands.length) : demands,
    budgets: sharedParameters(count * items),
    weights: sharedParameters(count * agents),
  };
}

/** Demands above the supply cannot bind. */
function cap({ count, demands, budgets }: Room, items: number): void {
  const each = demands.length / count;
  for (let k = 0; k < demands.length; k++) {
    demands[k] = Math.min(demands[k]!, budgets[Math.floor(k / each) * items + (k % items)]!);
  }
}

/** What the mechanism is told: the truth, or the truth with noise on what is not 0. */
function told({ reportNoise, network }: TrainingConfig, room: Room, seed: number, iteration: number): Room {
  if (reportNoise === 0) return room;
  const stream = new Stream(seed, NOISE, iteration);
  const each = room.values.length / room.count;
  for (let k = 0; k < room.values.length; k++) {
    const most = room.budgets[Math.floor(k / each) * network.items + (k % network.items)]!;
    const noisy = (x: number) => (x === 0 ? 0 : Math.max(0, x + reportNoise * stream.normal()));
    room.reportedValues[k] = noisy(room.values[k]!);
    room.reportedDemands[k] = Math.min(most, noisy(room.demands[k]!));
  }
  return room;
}

function rangeOf(batch: ProfileBatch): ReportRange {
  const { low, high, demandHigh } = reportBox(batch);
  return { valueLow: low, valueHigh: high, demandHigh: demandHigh < 0 ? 3.4e38 : demandHigh };
}

/** Profiles `from` to `to` − 1. */
export function partOf(batch: ProfileBatch, from: number, to: number): ProfileBatch {
  const arrays = Object.entries(batch.arrays).map(([name, { data, stride }]) => {
    const part = stride === 0 ? data : (data as Float64Array).slice(from * stride, to * stride);
    const inner = shapeOf(name, batch);
    return [name, { shape: stride === 0 ? inner : [to - from, ...inner], data: part }];
  });
  return profileBatch(Object.fromEntries(arrays));
}

function shapeOf(name: string, { agents, items }: ProfileBatch): number[] {
  if (name === 'budgets') return [items];
  return name === 'weights' || name === 'order' ? [agents] : [agents, items];
}
