import type { Kernels } from '../wasm/kernels.js';
import { featuresOf } from './config.js';
import type { Network } from './network.js';

/** Profiles, row-major, and whom each item should go to. */
export interface NrrBatch {
  readonly count: number;
  readonly agents: number;
  readonly items: number;
  /** [S,N,M] */
  readonly values: Float64Array;
  /** [S,N,M], share of each item that each agent should get; sums to 1 over agents. */
  readonly target: Float64Array;
}

/** How soft orders and picks are in training, and what it punishes beside the distance to the target. */
export interface NrrLossOptions {
  /** Temperature of the picks. */
  readonly tau: number;
  /** Temperature of the order. */
  readonly softness: number;
  /** Picks after the items are gone: uniform over all items, or left out. */
  readonly leftover: 'uniform' | 'masked';
  /** Weight of the envy that one item does not explain (assembly/nrr/envy.ts), in units of 1 / value; default 0. */
  readonly envy?: number;
  /** The item whose loss helps most is taken from the envied bundle (default), or each item in turn. */
  readonly envyForm?: 'per-bundle' | 'per-good';
}

/** How the temperature of the picks moves in training. */
export const TAU_SCHEDULES = ['constant', 'linear', 'exponential'] as const;
export type TauSchedule = (typeof TAU_SCHEDULES)[number];

/** Temperature after the share `done` (0 to 1) of the steps, on the way from `from` to `to`; constant: `to`. */
export function nrrTemperature(
  { call }: Kernels,
  schedule: TauSchedule,
  from: number,
  to: number,
  done: number,
): number {
  return call.neuralTemperature(TAU_SCHEDULES.indexOf(schedule), from, to, done);
}

/** What the loss is made of; every derivative is of one profile's loss. */
export interface NrrStages {
  /** [S] cross-entropy of target and shares, mean over items, and the weighted envy. */
  readonly loss: Float64Array;
  /** [S,N] derivatives of the loss in the scores. */
  readonly dScores: Float64Array;
  /** [S,N,M] share of each item that each agent gets. */
  readonly shares: Float64Array;
  /** [S,N,N] row t: who picks t-th, softly. */
  readonly sorted: Float64Array;
}

/** What the network is told of each agent, [S,N,5]: largest value, smallest value, entries of three left singular vectors. */
export function nrrFeatures(
  { arena, call }: Kernels,
  { count, agents, items, values }: Omit<NrrBatch, 'target'>,
): Float64Array {
  const mark = arena.mark();
  try {
    const at = arena.take(8 * values.length);
    const out = arena.take(8 * count * agents * 5);
    const scratch = arena.take(call.neuralFeaturesScratch(agents, items));
    arena.f64(at, values.length).set(values);
    call.neuralFeatures(count, agents, items, at, agents * items, out, scratch);
    return arena.f64(out, count * agents * 5).slice();
  } finally {
    arena.release(mark);
  }
}

/** From scores [S,N] to the loss and its derivatives in them, and what is between. */
export function nrrLoss(kernels: Kernels, batch: NrrBatch, scores: Float64Array, how: NrrLossOptions): NrrStages {
  const { arena, call } = kernels;
  const { count, agents, items, values, target } = batch;
  const mark = arena.mark();
  try {
    const room = (length: number) => arena.take(8 * length);
    const [at, told, wanted] = [room(values.length), room(scores.length), room(target.length)] as const;
    const [loss, dScores] = [room(count), room(scores.length)] as const;
    const [shares, sorted] = [room(values.length), room(scores.length * agents)] as const;
    const scratch = arena.take(call.neuralLossScratch(agents, items));
    arena.f64(at, values.length).set(values);
    arena.f64(told, scores.length).set(scores);
    arena.f64(wanted, target.length).set(target);
    const { tau, softness, leftover, envy = 0, envyForm = 'per-bundle' } = how;
    const [masked, byGood] = [leftover === 'masked' ? 1 : 0, envyForm === 'per-good' ? 1 : 0];
    call.neuralLoss(
      ...([count, agents, items, at, told, wanted, tau, softness, masked, envy, byGood] as const),
      ...([loss, dScores, shares, sorted, scratch] as const),
    );
    return {
      loss: arena.f64(loss, count).slice(),
      dScores: arena.f64(dScores, scores.length).slice(),
      shares: arena.f64(shares, values.length).slice(),
      sorted: arena.f64(sorted, scores.length * agents).slice(),
    };
  } finally {
    arena.release(mark);
  }
}

/** Mean loss of a batch, and its derivatives in the parameters; `features` as of `nrrFeatures`. */
export function nrrSlope(
  kernels: Kernels,
  { config, parameters }: Network,
  batch: NrrBatch,
  features: Float64Array,
  how: NrrLossOptions,
): { readonly loss: number; readonly gradient: Float32Array } {
  const { arena, call } = kernels;
  const rows = batch.count * batch.agents;
  const hidden = config.hidden[0]!;
  const mark = arena.mark();
  try {
    const flat = arena.take(4 * parameters.length);
    const told = arena.take(8 * rows * featuresOf(config));
    const scores = arena.take(8 * rows);
    const gradient = arena.take(8 * parameters.length);
    new Float32Array(call.memory.buffer, flat, parameters.length).set(parameters);
    arena.f64(told, features.length).set(features);
    arena.f64(gradient, parameters.length).fill(0);
    call.neuralScores(rows, hidden, told, flat, scores);
    const { loss, dScores } = nrrLoss(kernels, batch, arena.f64(scores, rows).slice(), how);
    arena.f64(scores, rows).set(dScores);
    call.neuralScoresSlope(rows, hidden, told, flat, scores, gradient);
    return {
      loss: loss.reduce((a, b) => a + b, 0) / batch.count,
      gradient: Float32Array.from(arena.f64(gradient, parameters.length), (g) => g / batch.count),
    };
  } finally {
    arena.release(mark);
  }
}
