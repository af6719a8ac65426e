// Learned rules that assign items, on one thread: whole calls of allocate, and a training step of EEF1-NN by kernels and by tensors.
import { createEngine } from '#dist/engine/engine.js';
import { AssignmentKernels } from '#dist/learning/assignment-stepper.js';
import { AssignmentTensors } from '#dist/learning/assignment-tensors.js';
import { openBackend } from '#dist/learning/backend.js';
import { eef1nn, maxUtilitarian, nrr } from '#dist/mechanisms/factories.js';
import { networkConfig } from '#dist/networks/config.js';
import { initialNetwork } from '#dist/networks/network.js';
import { materialize, sampleProfiles } from '#dist/profiles/samplers.js';
import type { Row } from './rows.js';
import { median, seconds, time } from './stats.js';

const profiles = (agents: number, items: number, count: number) =>
  materialize(sampleProfiles('rank-one', { agents, items, count, seed: 1 }));

async function allocate(
  model: 'nrr' | 'eef1nn',
  agents: number,
  items: number,
  count: number,
  target?: number,
): Promise<Row[]> {
  const engine = await createEngine({ threads: 0 });
  try {
    const network = initialNetwork(networkConfig({ model, agents: 15, items: 5 }), 1);
    const rule = (model === 'nrr' ? nrr : eef1nn)({ model: network });
    const batch = profiles(agents, items, count);
    const { ef1 } = await engine.measure(['ef1'], batch, {
      owner: { data: (await engine.allocate(rule, batch)).owner!, stride: items },
    });
    if (model === 'nrr' && ef1!.some((x) => x > 1e-9)) throw new Error('Round Robin is EF1 in every order');
    const ms = await time(model, () => engine.allocate(rule, batch), { runs: 15, warmup: 5 });
    const each = ms / 1000 / count;
    return [
      {
        name: `allocate ${model} ${agents}x${items}`,
        value: `${Math.round(1 / each).toLocaleString('en-US')} profiles/s`,
        note: `${seconds(each)} a profile, one thread`,
        ...(target === undefined ? {} : { target: `>= ${target.toLocaleString('en-US')}`, met: 1 / each >= target }),
      },
    ];
  } finally {
    await engine.close();
  }
}

/** A gradient of the published size: four profiles. */
async function step(): Promise<Row[]> {
  const engine = await createEngine({ threads: 0 });
  try {
    const batch = profiles(15, 5, 4);
    const target = (await engine.allocate(maxUtilitarian(), batch)).owner!;
    const given = { count: 4, agents: 15, items: 5, values: batch.arrays.values!.data as Float64Array, target };
    const how = { temperature: 0.01, offset: 1e-9, envy: 1, violation: 'good' } as const;
    const config = networkConfig({ model: 'eef1nn', agents: 15, items: 5 });
    const { parameters } = initialNetwork(config, 1);
    const [kernels, tensors] = [
      new AssignmentKernels(engine, config),
      new AssignmentTensors(await openBackend('wasm'), config),
    ];
    const losses: number[] = [];
    const times: [number[], number[]] = [[], []];
    for (let round = 0; round < 20; round++) {
      for (const [k, stepper] of [kernels, tensors].entries()) {
        const begun = performance.now();
        losses[k] = (await stepper.gradient(parameters, given, how)).loss;
        if (round >= 5) times[k]!.push((performance.now() - begun) / 1000);
      }
    }
    if (Math.abs(losses[0]! / losses[1]! - 1) > 1e-4) throw new Error(`the losses differ: ${losses.join(' and ')}`);
    const [own, others] = [median(times[0]), median(times[1])];
    return [
      { name: 'train eef1nn 15x5, gradient of 4 profiles', value: seconds(own), note: 'kernels, one thread' },
      {
        name: '  TensorFlow.js on WebAssembly over that',
        value: `${(others / own).toFixed(1)} times`,
        note: seconds(others),
      },
    ];
  } finally {
    await engine.close();
  }
}

export const cases = {
  'allocate nrr 15x5': () => allocate('nrr', 15, 5, 20_000, 100_000),
  'allocate eef1nn 15x5': () => allocate('eef1nn', 15, 5, 100),
  'allocate eef1nn 30x60': () => allocate('eef1nn', 30, 60, 4),
  'train eef1nn': step,
};
