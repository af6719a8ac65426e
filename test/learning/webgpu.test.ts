import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createEngine, initialNetwork, networkConfig } from 'evenhand';
import { afterAll, describe, expect, it } from 'vitest';
import type { Utility } from '../../src/learning/allocation-graph.js';
import { AssignmentKernels } from '#dist/learning/assignment-stepper.js';
import { AssignmentTensors } from '../../src/learning/assignment-tensors.js';
import { openBackend, type Backend } from '../../src/learning/backend.js';
import { TensorStepper } from '../../src/learning/tensor-stepper.js';
import type { AscentOptions, TrainingBatch } from '../../src/learning/stepper.js';
import type { NetworkConfig } from '../../src/networks/config.js';
import { distance, randomBatch, randomParameters, randomReports, tiny } from './support.js';

const ASCENT: AscentOptions = { steps: 2, rate: 0.05, valueLow: 0.1, valueHigh: 1, demandHigh: 1, demandsToo: true };
const AGENTS = Int32Array.of(1);

const engine = await createEngine({ threads: 0 });
afterAll(() => engine.close());

/** Misreports, gradients and parameters of a few steps. */
async function steps(backend: Backend, config: NetworkConfig, batch: TrainingBatch): Promise<Float32Array[]> {
  const stepper = new TensorStepper(backend, config, { engine });
  const parameters = randomParameters(config, 31);
  const reports = randomReports(config, batch.count, 32);
  const results: Float32Array[] = [];
  for (let step = 0; step < 3; step++) {
    await stepper.setParameters(parameters);
    const gains = await stepper.ascend(batch, { agents: AGENTS, starts: 1, reports }, ASCENT);
    const made = await stepper.gradient(batch, AGENTS, reports, Float32Array.of(1), { offset: 0.01, envy: 0.5 });
    made.gradient.forEach((slope, k) => (parameters[k]! -= 0.05 * slope));
    results.push(gains, made.gradient, made.utilities, made.efficiency);
  }
  results.push(reports, parameters, await stepper.allocate(batch));
  return results;
}

// Without an adapter, in hardware or software, there is nothing to test.
const webgpu = await openBackend('webgpu').catch(() => undefined);
if (webgpu)
  describe(webgpu.description, () => {
    it.each([
      ['exs-net', 'dense'],
      ['exs-net', 'equivariant'],
      ['expf-net', 'equivariant'],
    ])('trains %s, %s, as plain JavaScript does, and keeps no tensor', async (model, architecture) => {
      const config = tiny(model, architecture, { hidden: [4] });
      const batch = randomBatch(config, 2, 33);
      const before = webgpu.tf.memory().numTensors;
      const ours = await steps(webgpu, config, batch);
      expect(webgpu.tf.memory().numTensors).toBe(before);
      const theirs = await steps(await openBackend('cpu'), config, batch);
      theirs.forEach((each, k) => expect(distance(ours[k]!, each)).toBeLessThan(1e-4));
    });

    it('finds the gradient of an eef1nn as the kernels do, and keeps no tensor', async () => {
      const config = networkConfig({ model: 'eef1nn', agents: 3, items: 2, hidden: [4] });
      const { parameters } = initialNetwork(config, 3);
      const values = Float64Array.of(1, 0.2, 0.5, 0.9, 0.3, 0.7, 0.4, 0.1, 0.6, 0.8, 0.9, 0.2);
      const batch = { count: 2, agents: 3, items: 2, values, target: Int32Array.of(0, 1, 1, 2) };
      const how = { temperature: 0.3, offset: 1e-9, envy: 0.5, violation: 'ef1' } as const;
      const before = webgpu.tf.memory().numTensors;
      const ours = await new AssignmentTensors(webgpu, config).gradient(parameters, batch, how);
      expect(webgpu.tf.memory().numTensors).toBe(before);
      const theirs = await new AssignmentKernels(engine, config).gradient(parameters, batch, how);
      expect(Math.abs(ours.loss / theirs.loss - 1)).toBeLessThan(1e-4);
      expect(distance(ours.gradient, theirs.gradient)).toBeLessThan(1e-4);
    });

    it('throws where the device failed, although numbers came back', async () => {
      const config = tiny('exs-net', 'dense', { hidden: [4] });
      // What is cast from booleans has integers in its buffer, which the kernel of transposition does not expect.
      const utility: Utility = (tf, values, _, allocation) =>
        tf.sum(tf.transpose(tf.cast(tf.greater(tf.mul(values, allocation), 0.1), 'float32'), [0, 2, 1]), 1);
      const { tf } = webgpu;
      const silent = { ...webgpu, fault: () => undefined };
      const batch = randomBatch(config, 2, 33);
      const of = (backend: Backend) =>
        new TensorStepper(backend, config, { utility }).ascend(
          batch,
          { agents: AGENTS, starts: 1, reports: randomReports(config, 2, 1) },
          { ...ASCENT, steps: 0 },
        );
      expect(await of(silent)).toHaveLength(2);
      await expect(of(webgpu)).rejects.toThrow('the webgpu backend failed: ');
      expect(tf.getBackend()).toBe('webgpu');
    });
  });

describe('npm run verify:gpu', () => {
  const verify = (...args: string[]) =>
    spawnSync(process.execPath, ['scripts/verify-gpu.mjs', ...args], { encoding: 'utf8' });

  it('compares a GPU with plain JavaScript, or says in one sentence that there is none', () => {
    const { status, stdout, stderr } = verify();
    if (status === 0) expect(stdout).toMatch(/^device .*\ngradient .*: ok\nstep .* ms/);
    else
      expect([status, stdout, stderr]).toEqual([1, '', expect.stringMatching(/^verify-gpu: there is no GPU .*\.\n$/)]);
  });

  if (webgpu)
    it('runs on what is no GPU where that is allowed', () => {
      const { status, stdout, stderr } = verify('--backend', 'webgpu', '--allow-software');
      expect([status, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(/^device .*WebGPU.*\ngradient .*: ok\nstep .* ms/);
    });
});

it('WebGPU is found where there is a software driver', () => {
  const driver =
    existsSync('/usr/lib/chromium/vk_swiftshader_icd.json') && existsSync('/usr/lib/x86_64-linux-gnu/libvulkan.so.1');
  if (driver) expect(webgpu?.name).toBe('webgpu');
});
