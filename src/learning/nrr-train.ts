import { appendFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine } from '../engine/engine.js';
import { InputError } from '../errors.js';
import { nrr } from '../mechanisms/factories.js';
import { saveNetwork } from '../networks/files.js';
import { nrrFeatures, nrrSlope, nrrTemperature, type NrrBatch } from '../networks/neural-round-robin.js';
import { initialNetwork, type Network } from '../networks/network.js';
import type { ProfileBatch } from '../profiles/batch.js';
import { Stream } from '../random.js';
import { Kernels } from '../wasm/kernels.js';
import { loadCheckpoint, saveCheckpoint, type CheckpointLayout } from './checkpoint.js';
import type { NrrTrainingConfig } from './nrr-config.js';
import { openNrrData } from './nrr-data.js';
import { measureAssignment, targetDistance, type NrrHeldOut } from './nrr-held-out.js';
import { targetShares, targetsOf } from './nrr-targets.js';
import { Adam } from './optimizer.js';
import { LOG, prepareFolder } from './run-folder.js';

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
  readonly heldOut: NrrHeldOut;
  readonly epochs: number;
  /** Mean loss of the last epoch that was run; NaN if none was. */
  readonly loss: number;
}

/** Purpose of the random stream of visits. */
const ORDER = 5;
const LAYOUT: CheckpointLayout = { arrays: ['parameters', 'first', 'second'], numbers: ['epoch'] };

/**
 * Trains Neural Round Robin towards a rule's assignments (Maruo et al. 2024): cross-entropy through SoftSort and SoftRR, by
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
  const data = await openNrrData(config, seed);
  const targets = targetsOf(config.target, data.set.owner !== undefined);
  const sharesOf = ({ batch, owner }: (typeof data)['set']) => targetShares(engine, batch, targets, owner);
  const set = data.set.batch;
  const kernels = new Kernels();
  const all = { count: set.count, agents, items, values: everyValue(set), target: await sharesOf(data.set) };
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
      const now = state.epoch * steps + step;
      const done = iterations > 1 ? now / (iterations - 1) : 1;
      const tau = nrrTemperature(kernels, config.tauSchedule, config.tauStart, config.tau, done);
      const told = rowsOf(features, 5 * agents, visited);
      const found = nrrSlope(kernels, network, chosen(all, visited), told, { ...config, tau });
      loss += (found.loss * visited.length) / set.count;
      adam.step(parameters, found.gradient, now);
    }
    state.epoch += 1;
    await settle({ epoch: state.epoch, loss });
    onProgress?.(state.epoch, config.epochs, loss);
  }
  const heldOut = await measured(engine, network, data.heldOut.batch, await sharesOf(data.heldOut));
  return { network, heldOut, epochs: state.epoch, loss };
}

async function measured(
  engine: Engine,
  network: Network,
  batch: ProfileBatch,
  shares: Float64Array,
): Promise<NrrHeldOut> {
  const rule = nrr({ model: network });
  const { owner } = await engine.allocate(rule, batch);
  return {
    ...(await measureAssignment(engine, rule, batch)),
    targetDistance: targetDistance(owner!, shares, batch.agents, batch.items),
  };
}

/** [S,N,M], also where one array of values holds for every profile. */
function everyValue({ count, agents, items, arrays }: ProfileBatch): Float64Array {
  const { data, stride } = arrays.values!;
  const each = agents * items;
  if (stride > 0) return data as Float64Array;
  return Float64Array.from({ length: count * each }, (_, k) => Number(data[k % each]));
}

/** Rows of `width` numbers. */
function rowsOf(from: Float64Array, width: number, which: Int32Array): Float64Array {
  const to = from.slice(0, which.length * width);
  which.forEach((k, s) => to.set(from.subarray(k * width, (k + 1) * width), s * width));
  return to;
}

function chosen({ agents, items, values, target }: NrrBatch, which: Int32Array): NrrBatch {
  const count = which.length;
  const size = agents * items;
  return { count, agents, items, values: rowsOf(values, size, which), target: rowsOf(target, size, which) };
}
