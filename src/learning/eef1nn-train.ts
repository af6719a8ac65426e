import type { Engine } from '../engine/engine.js';
import { eef1nn, maxUtilitarian } from '../mechanisms/factories.js';
import { initialNetwork, type Network } from '../networks/network.js';
import { materialize, sampleProfiles } from '../profiles/samplers.js';
import { AssignmentKernels, type AssignmentStepper } from './assignment-stepper.js';
import type { Eef1nnTrainingConfig } from './eef1nn-config.js';
import { initialState, rowsOf, runEpochs, seedOf, type EpochOptions } from './epochs.js';
import { measureAssignment, type NrrMeasured } from './nrr-held-out.js';
import { chooseStepper, type StepperOptions } from './open-stepper.js';
import { Adam } from './optimizer.js';
import { ASIDE } from './training-data.js';

export interface Eef1nnTrainOptions extends EpochOptions, Pick<StepperOptions, 'backend'> {}

export interface Eef1nnTrained {
  readonly network: Network;
  readonly heldOut: NrrMeasured;
  readonly epochs: number;
  /** Mean loss of the last epoch that was run; NaN if none was. */
  readonly loss: number;
  /** Name of what computed the steps, and why others were not taken. */
  readonly backend: string;
  readonly refused: readonly { readonly name: string; readonly reason: string }[];
}

/**
 * Trains an EEF1-NN towards the assignments of greatest welfare and away from envy, by Adam. The network after the last epoch is returned and
 * written; by kernels the same seed gives the same bits for any number of threads, interrupted or not.
 */
export async function trainEef1nn(
  engine: Engine,
  config: Eef1nnTrainingConfig,
  options: Eef1nnTrainOptions = {},
): Promise<Eef1nnTrained> {
  const seed = seedOf(options);
  const { agents, items } = config.network;
  const drawn = (from: number, count: number) =>
    materialize(sampleProfiles(config.sampler, { agents, items, count, seed: from }));
  const set = drawn(seed, config.samples);
  const heldOut = drawn((seed + ASIDE) % Number.MAX_SAFE_INTEGER, config.heldOut);
  const target = (await engine.allocate(maxUtilitarian(), set)).owner!;
  const values = set.arrays.values!.data as Float64Array;
  const { stepper, refused } = await chooseStepper<AssignmentStepper>(
    options.backend ?? 'auto',
    () => new AssignmentKernels(engine, config.network),
    async (backend) => {
      const { AssignmentTensors } = await import('./assignment-tensors.js');
      return new AssignmentTensors(backend, config.network);
    },
  );
  const network = initialNetwork(config.network, seed);
  const state = initialState(network);
  const iterations = Math.ceil(config.samples / config.batch) * config.epochs;
  const adam = new Adam(state, { rate: config.rate, decay: 'constant', clip: 0, iterations });
  const loss = await runEpochs(config, set.count, state, options, async (which, step) => {
    const batch = {
      count: which.length,
      agents,
      items,
      values: rowsOf(values, agents * items, which),
      target: rowsOf(target, items, which),
    };
    const found = await stepper.gradient(state.parameters, batch, config);
    adam.step(state.parameters, found.gradient, step);
    return found.loss;
  });
  const measured = await measureAssignment(engine, eef1nn({ model: network }), heldOut);
  return { network, heldOut: measured, epochs: state.epoch, loss, backend: stepper.name, refused };
}
