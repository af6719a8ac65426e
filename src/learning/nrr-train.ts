import { appendFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine } from '../engine/engine.js';
import { InputError } from '../errors.js';
import { maxUtilitarian, nrr } from '../mechanisms/factories.js';
import { saveNetwork } from '../networks/files.js';
import { nrrFeatures, nrrSlope, type NrrBatch } from '../networks/neural-round-robin.js';
import { initialNetwork, type Network } from '../networks/network.js';
import { materialize, sampleProfiles } from '../profiles/samplers.js';
import { Stream } from '../random.js';
import { Kernels } from '../wasm/kernels.js';
import { loadCheckpoint, saveCheckpoint, type CheckpointLayout } from './checkpoint.js';
import type { NrrTrainingConfig } from './nrr-config.js';
import { measureAssignment, type NrrMeasured } from './nrr-held-out.js';
import { Adam } from './optimizer.js';
import { LOG, prepareFolder } from './run-folder.js';
import { ASIDE } from './training-data.js';

export interface NrrTrainOptions {
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

export interface NrrTrained {
  readonly network: Network;
  readonly heldOut: NrrMeasured;
  readonly epochs: number;
  /** Mean loss of the last epoch that was run; NaN if none was. */
  readonly loss: number;
}

/** Purpose of the random stream of visits. */
const ORDER = 5;
const LAYOUT: CheckpointLayout = { arrays: ['parameters', 'first', 'second'], numbers: ['epoch'] };

/**
 * Trains Neural Round Robin towards the assignments of greatest welfare (Maruo et al. 2024): cross-entropy through SoftSort and SoftRR, by
 * Adam. The network after the last epoch is returned and written; the same seed gives the same bits, interrupted or not.
 */
export async function trainNrr(
  engine: Engine,
  config: NrrTrainingConfig,
  options: NrrTrainOptions = {},
): Promise<NrrTrained> {
  const { seed = 0, out, resume = false, signal, onProgress } = options;
  if (!Number.isSafeInteger(seed) || seed < 0) throw new InputError(`seed is ${seed}, expected an integer from 0`);
  const { agents, items } = config.network;
  const drawn = (from: number, count: number) =>
    materialize(sampleProfiles(config.sampler, { agents, items, count, seed: from }));
  const set = drawn(seed, config.samples);
  const heldOut = drawn((seed + ASIDE) % Number.MAX_SAFE_INTEGER, config.heldOut);
  const { owner } = await engine.allocate(maxUtilitarian(), set);
  const kernels = new Kernels();
  const all = { count: set.count, agents, items, values: set.arrays.values!.data as Float64Array, target: owner! };
  const features = nrrFeatures(kernels, all);
  const { parameters } = initialNetwork(config.network, seed);
  const steps = Math.ceil(set.count / config.batch);
  const state = {
    epoch: 0,
    parameters,
    first: new Float32Array(parameters.length),
    second: new Float32Array(parameters.length),
  };
  const iterations = steps * config.epochs;
  const adam = new Adam(state, { rate: config.rate, decay: 'constant', clip: 0, iterations });
  const network: Network = { config: config.network, parameters };
  const log = out === undefined ? undefined : join(out, LOG);
  if (out !== undefined) await prepareFolder(out, config, seed, resume);
  if (out !== undefined && resume) await loadCheckpoint(out, LAYOUT, state, log!);
  const begun = performance.now();
  const settle = async (line: object) => {
    if (out === undefined || log === undefined) return;
    await appendFile(log, `${JSON.stringify({ ...line, seconds: (performance.now() - begun) / 1000 })}\n`);
    await saveCheckpoint(out, LAYOUT, state, (await stat(log)).size);
    await saveNetwork(out, network);
  };
  let loss = NaN;
  while (state.epoch < config.epochs && !signal?.aborted) {
    const order = new Stream(seed, ORDER, state.epoch).choose(set.count, set.count);
    loss = 0;
    for (let step = 0; step < steps; step++) {
      const visited = order.subarray(step * config.batch, (step + 1) * config.batch);
      const found = nrrSlope(kernels, network, chosen(all, visited), rowsOf(features, 5 * agents, visited), config);
      loss += (found.loss * visited.length) / set.count;
      adam.step(parameters, found.gradient, state.epoch * steps + step);
    }
    state.epoch += 1;
    await settle({ epoch: state.epoch, loss });
    onProgress?.(state.epoch, config.epochs, loss);
  }
  const measured = await measureAssignment(engine, nrr({ model: network }), heldOut);
  return { network, heldOut: measured, epochs: state.epoch, loss };
}

/** Rows of `width` numbers. */
function rowsOf<T extends Float64Array | Int32Array>(from: T, width: number, which: Int32Array): T {
  const to = from.slice(0, which.length * width) as T;
  which.forEach((k, s) => to.set(from.subarray(k * width, (k + 1) * width), s * width));
  return to;
}

function chosen({ agents, items, values, target }: NrrBatch, which: Int32Array): NrrBatch {
  const count = which.length;
  const size = agents * items;
  return { count, agents, items, values: rowsOf(values, size, which), target: rowsOf(target, items, which) };
}
