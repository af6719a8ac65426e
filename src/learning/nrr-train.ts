import type { Engine } from '../engine/engine.js';
import { nrr } from '../mechanisms/factories.js';
import { nrrFeatures, nrrSlope, nrrTemperature, type NrrBatch } from '../networks/neural-round-robin.js';
import { initialNetwork, type Network } from '../networks/network.js';
import type { ProfileBatch } from '../profiles/batch.js';
import { Kernels } from '../wasm/kernels.js';
import { initialState, rowsOf, runEpochs, seedOf, type EpochOptions } from './epochs.js';
import type { NrrTrainingConfig } from './nrr-config.js';
import { openNrrData } from './nrr-data.js';
import { measureAssignment, targetDistance, type NrrMeasured } from './nrr-held-out.js';
import { targetShares, targetsOf } from './nrr-targets.js';
import { Adam } from './optimizer.js';

export interface NrrTrained {
  readonly network: Network;
  readonly heldOut: NrrMeasured;
  readonly epochs: number;
  /** Mean loss of the last epoch that was run; NaN if none was. */
  readonly loss: number;
}

/**
 * Trains Neural Round Robin towards a rule's assignments (Maruo et al. 2024): cross-entropy through SoftSort and SoftRR, by
 * Adam. The network after the last epoch is returned and written; the same seed gives the same bits, interrupted or not.
 */
export async function trainNrr(
  engine: Engine,
  config: NrrTrainingConfig,
  options: EpochOptions = {},
): Promise<NrrTrained> {
  const seed = seedOf(options);
  const { agents, items } = config.network;
  const data = await openNrrData(config, seed);
  const targets = targetsOf(config.target, data.set.owner !== undefined);
  const sharesOf = ({ batch, owner }: (typeof data)['set']) => targetShares(engine, batch, targets, owner);
  const set = data.set.batch;
  const kernels = new Kernels();
  const all = { count: set.count, agents, items, values: everyValue(set), target: await sharesOf(data.set) };
  const features = nrrFeatures(kernels, all);
  const network = initialNetwork(config.network, seed);
  const state = initialState(network);
  const iterations = Math.ceil(set.count / config.batch) * config.epochs;
  const adam = new Adam(state, { rate: config.rate, decay: 'constant', clip: 0, iterations });
  const loss = await runEpochs(config, set.count, state, options, (which, step) => {
    const done = iterations > 1 ? step / (iterations - 1) : 1;
    const tau = nrrTemperature(kernels, config.tauSchedule, config.tauStart, config.tau, done);
    const told = rowsOf(features, 5 * agents, which);
    const found = nrrSlope(kernels, network, chosen(all, which), told, { ...config, tau });
    adam.step(state.parameters, found.gradient, step);
    return found.loss;
  });
  const heldOut = await measured(engine, network, data.heldOut.batch, await sharesOf(data.heldOut));
  return { network, heldOut, epochs: state.epoch, loss };
}

async function measured(
  engine: Engine,
  network: Network,
  batch: ProfileBatch,
  shares: Float64Array,
): Promise<NrrMeasured> {
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

function chosen({ agents, items, values, target }: NrrBatch, which: Int32Array): NrrBatch {
  const count = which.length;
  const size = agents * items;
  return { count, agents, items, values: rowsOf(values, size, which), target: rowsOf(target, size, which) };
}
