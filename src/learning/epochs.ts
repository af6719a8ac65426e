import { appendFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../errors.js';
import { saveNetwork } from '../networks/files.js';
import type { NetworkConfig } from '../networks/config.js';
import type { Network } from '../networks/network.js';
import { Stream } from '../random.js';
import { loadCheckpoint, saveCheckpoint, type CheckpointLayout } from './checkpoint.js';
import { LOG, prepareFolder } from './run-folder.js';

export interface EpochOptions {
  /** Draws and initial parameters; default 0. */
  readonly seed?: number;
  /** Folder for network, log and checkpoint; absent: nothing is written. */
  readonly out?: string;
  /** Go on from the folder's checkpoint, exactly as if it had not stopped. */
  readonly resume?: boolean;
  /** Stops after the epoch under way. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number, loss: number) => void;
}

/** What the continuation of a run depends on. */
export interface EpochState {
  epoch: number;
  readonly parameters: Float32Array;
  readonly first: Float32Array;
  readonly second: Float32Array;
}

interface Run {
  readonly network: NetworkConfig;
  readonly epochs: number;
  /** Profiles of a step. */
  readonly batch: number;
}

const LAYOUT: CheckpointLayout = { arrays: ['parameters', 'first', 'second'], numbers: ['epoch'] };
/** Purpose of the random stream of visits. */
const ORDER = 5;

/** The seed of a run, refused with a sentence if it is none. */
export function seedOf({ seed = 0 }: EpochOptions): number {
  if (!Number.isSafeInteger(seed) || seed < 0) throw new InputError(`seed is ${seed}, expected an integer from 0`);
  return seed;
}

export function initialState({ parameters }: Network): EpochState {
  const zeros = () => new Float32Array(parameters.length);
  return { epoch: 0, parameters, first: zeros(), second: zeros() };
}

/**
 * Visits each of `samples` profiles once an epoch in a random order, some at a time: `visit` takes a step and returns the mean loss of those visited. Keeps log,
 * checkpoint and network in the folder; the same seed gives the same visits, interrupted or not. Returns the mean loss of the last epoch
 * that was run, NaN if none was.
 */
export async function runEpochs(
  config: Run,
  samples: number,
  state: EpochState,
  options: EpochOptions,
  visit: (which: Int32Array, step: number) => number | Promise<number>,
): Promise<number> {
  const { out, resume = false, signal, onProgress } = options;
  const seed = seedOf(options);
  const log = out === undefined ? undefined : join(out, LOG);
  if (out !== undefined) await prepareFolder(out, config, seed, resume);
  if (out !== undefined && resume) await loadCheckpoint(out, LAYOUT, state, log!);
  const begun = performance.now();
  const settle = async (line: object) => {
    if (out === undefined || log === undefined) return;
    await appendFile(log, `${JSON.stringify({ ...line, seconds: (performance.now() - begun) / 1000 })}\n`);
    await saveCheckpoint(out, LAYOUT, state, (await stat(log)).size);
    await saveNetwork(out, { config: config.network, parameters: state.parameters });
  };
  const { epochs, batch } = config;
  const steps = Math.ceil(samples / batch);
  let loss = NaN;
  while (state.epoch < epochs && !signal?.aborted) {
    const order = new Stream(seed, ORDER, state.epoch).choose(samples, samples);
    loss = 0;
    for (let step = 0; step < steps; step++) {
      const which = order.subarray(step * batch, (step + 1) * batch);
      loss += ((await visit(which, state.epoch * steps + step)) * which.length) / samples;
    }
    state.epoch += 1;
    await settle({ epoch: state.epoch, loss });
    onProgress?.(state.epoch, epochs, loss);
  }
  return loss;
}

/** Rows of `width` numbers. */
export function rowsOf<T extends Float64Array | Int32Array>(from: T, width: number, which: Int32Array): T {
  const to = from.slice(0, which.length * width) as T;
  which.forEach((k, s) => to.set(from.subarray(k * width, (k + 1) * width), s * width));
  return to;
}
