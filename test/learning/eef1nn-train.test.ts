import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine, initialNetwork, loadNetwork } from 'evenhand';
import { eef1nnTrainingConfig, openBackend, trainEef1nn } from 'evenhand/learning';
import { AssignmentKernels } from '#dist/learning/assignment-stepper.js';
import { AssignmentTensors } from '#dist/learning/assignment-tensors.js';
import { eef1nnOutput } from '#dist/networks/eef1nn.js';
import { Kernels } from '#dist/wasm/kernels.js';
import { afterAll, describe, expect, it } from 'vitest';
import { Draw } from '../helpers/draw.js';
import { distance } from './support.js';

const engine = await createEngine({ threads: 0 });
const folder = mkdtempSync(join(tmpdir(), 'evenhand-eef1nn-'));
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await engine.close();
});

const SMALL = { model: 'eef1nn', agents: 4, items: 3, hidden: [8, 4], samples: 10, epochs: 4, heldOut: 20 };
const config = eef1nnTrainingConfig(SMALL);
const log = (out: string) =>
  readFileSync(join(out, 'log.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => ({ ...(JSON.parse(line) as object), seconds: undefined }));

describe('training of EEF1-NN', () => {
  it('gives the same bits again, stopped and continued or not, for any number of threads', async () => {
    const whole = join(folder, 'whole');
    const { network, heldOut, backend } = await trainEef1nn(engine, config, {
      seed: 3,
      out: whole,
      backend: 'kernels',
    });
    expect(backend).toBe('kernels');
    const two = await createEngine({ threads: 2 });
    const again = await trainEef1nn(two, config, { seed: 3, backend: 'kernels' }).finally(() => two.close());
    expect([...again.network.parameters]).toEqual([...network.parameters]);
    const cut = join(folder, 'cut');
    const stop = new AbortController();
    const first = await trainEef1nn(engine, config, {
      seed: 3,
      out: cut,
      backend: 'kernels',
      signal: stop.signal,
      onProgress: (done) => done === 2 && stop.abort(),
    });
    expect(first.epochs).toBe(2);
    const rest = await trainEef1nn(engine, config, { seed: 3, out: cut, resume: true, backend: 'kernels' });
    expect([...rest.network.parameters]).toEqual([...network.parameters]);
    expect(rest.heldOut).toEqual(heldOut);
    expect(log(cut)).toEqual(log(whole));
    expect(log(cut).length).toBe(4);
    for (const name of ['weights.npz', 'network.json']) {
      expect(readFileSync(join(cut, name))).toEqual(readFileSync(join(whole, name)));
    }
    expect([...(await loadNetwork(cut)).parameters]).toEqual([...network.parameters]);
    await expect(trainEef1nn(engine, config, { seed: 3, out: cut })).rejects.toThrow('holds a run already');
  });

  it('learns to give items to those who value them most, where envy does not count and the gradient does not vanish', async () => {
    const easy = eef1nnTrainingConfig({
      ...SMALL,
      envy: 0,
      offset: 0,
      sampler: 'uniform',
      samples: 40,
      epochs: 30,
      rate: 0.01,
    });
    const { heldOut } = await trainEef1nn(engine, easy, { seed: 1, backend: 'kernels' });
    expect(heldOut.hamming).toBeLessThan(0.1);
    expect(heldOut.welfareRatio).toBeGreaterThan(0.95);
  });

  it('refuses what it does not know', () => {
    expect(() => eef1nnTrainingConfig({ ...SMALL, epoch: 3 })).toThrow('did you mean epochs?');
    expect(() => eef1nnTrainingConfig({ ...SMALL, model: 'nrr', hidden: [4] })).toThrow('expected eef1nn');
    expect(() => eef1nnTrainingConfig({ ...SMALL, violation: 'efx' })).toThrow('good, bundle, ef1');
  });
});

describe('kernels and tensors', async () => {
  const draw = new Draw('steppers of eef1nn');
  const { parameters } = initialNetwork(config.network, 5);
  const values = draw.reals(5 * 12, 0, 2);
  const target = Int32Array.from(draw.integers(5 * 3, 0, 3));
  const batch = { count: 5, agents: 4, items: 3, values, target };
  const kernels = new AssignmentKernels(engine, config.network);

  it.each(['cpu', 'wasm'] as const)('agree on output, loss and gradient, %s', async (name) => {
    const backend = await openBackend(name);
    const tensors = new AssignmentTensors(backend, config.network);
    const ours = eef1nnOutput(new Kernels(), { config: config.network, parameters }, batch);
    (await tensors.output(parameters, batch)).forEach((x, k) => expect(Math.abs(x - ours[k]!)).toBeLessThan(1e-5));
    const before = backend.tf.memory().numTensors;
    for (const violation of ['good', 'bundle', 'ef1'] as const) {
      for (const offset of [0, 1e-9]) {
        const how = { temperature: 0.3, envy: 0.5, violation, offset };
        const one = await kernels.gradient(parameters, batch, how);
        const other = await tensors.gradient(parameters, batch, how);
        expect(Math.abs(one.loss / other.loss - 1)).toBeLessThan(1e-5);
        expect(distance(one.gradient, other.gradient)).toBeLessThan(1e-4);
      }
    }
    expect(backend.tf.memory().numTensors).toBe(before);
  });
});
