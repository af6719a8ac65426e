import type { Engine } from '../../engine/engine.js';
import { openStepper } from '../../learning/open-stepper.js';
import { initialState, Trainer } from '../../learning/trainer.js';
import { trainingConfig } from '../../learning/training-config.js';
import { openTrainingData } from '../../learning/training-data.js';
import type { Network } from '../../networks/network.js';

/** Steps that are not timed: memory is taken and code gets warm. */
const WARM = 2;

/** Median milliseconds of a training step, its ascent of misreports included, and the network after all steps. */
export async function timeTraining(
  engine: Engine,
  fields: Readonly<Record<string, unknown>>,
  rounds: number,
): Promise<{ readonly network: Network; readonly milliseconds: number }> {
  const config = trainingConfig({ ...fields, heldOut: 1 });
  const data = await openTrainingData(config, 1);
  const state = initialState(config, data.samples, 1);
  const { stepper } = await openStepper(engine, config, state.parameters, { backend: 'kernels' });
  try {
    const trainer = new Trainer(config, 1, data, stepper, state);
    const times: number[] = [];
    for (let round = -WARM; round < rounds; round++) {
      const begun = performance.now();
      await trainer.iterate();
      if (round >= 0) times.push(performance.now() - begun);
    }
    return { network: trainer.network, milliseconds: times.sort((a, b) => a - b)[rounds >> 1]! };
  } finally {
    await stepper.close();
  }
}
