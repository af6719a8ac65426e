import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.js';
import { openBackend } from '../../src/learning/backend.js';
import { matMul } from '../../src/learning/matmul.js';
import { networkOutput, parameterTensors } from '../../src/learning/network-graph.js';
import { tanh } from '../../src/learning/tanh.js';
import { TensorStepper } from '../../src/learning/tensor-stepper.js';
import type { TrainingBatch } from '../../src/learning/stepper.js';
import type { NetworkConfig } from '../../src/networks/config.js';
import { networkRows } from '../oracle/network.js';
import { distance, plain, randomBatch, randomParameters, tiny } from './support.js';

const backend = await openBackend('cpu');
const { tf } = backend;

/** Output of a network on a batch as told, [B,rows,M]. */
async function outputs(config: NetworkConfig, parameters: Float32Array, batch: TrainingBatch): Promise<Float32Array> {
  const agents = batch.values.length / (batch.count * config.items);
  const shape: [number, number, number] = [batch.count, agents, config.items];
  const reports = {
    values: tf.tensor3d(batch.reportedValues, shape),
    demands: tf.tensor3d(batch.reportedDemands, shape),
    budgets: tf.tensor2d(batch.budgets, [batch.count, config.items]),
    weights: tf.tensor2d(batch.weights, [batch.count, agents]),
  };
  const made = networkOutput(tf, config, { parameters: parameterTensors(tf, config, parameters), reports });
  return (await made.data()) as Float32Array;
}

/** The batch with agents in another order. */
function reordered(batch: TrainingBatch, order: number[], items: number): TrainingBatch {
  const rows = (x: Float32Array, width: number) =>
    x.map((_, k) => {
      const row = Math.floor(k / width);
      const from = row - (row % order.length) + order[row % order.length]!;
      return x[from * width + (k % width)]!;
    });
  const values = rows(batch.values, items);
  const demands = rows(batch.demands, items);
  return {
    ...batch,
    values,
    reportedValues: values,
    demands,
    reportedDemands: demands,
    weights: rows(batch.weights, 1),
  };
}

describe.each(['exs-net', 'expf-net'])('%s', (model) => {
  it.each([
    ['dense', true],
    ['dense', false],
    ['equivariant', true],
    ['equivariant', false],
  ])('has the output that its configuration describes: %s, weights %s', async (architecture, agentWeights) => {
    const config = tiny(model, architecture, { agentWeights, hidden: [4, 3, 5], scale: 2.5 });
    const parameters = randomParameters(config, 5);
    const batch = randomBatch(config, 3, 6);
    const expected = [0, 1, 2].flatMap((s) => networkRows(config, parameters, plain(config, batch, s, true)).flat());
    expect(distance(await outputs(config, parameters, batch), expected)).toBeLessThan(1e-6);
  });

  it('treats all agents alike where it is equivariant, whatever their number', async () => {
    const config = tiny(model, 'equivariant');
    const parameters = randomParameters(config, 7);
    const order = [3, 1, 4, 0, 2];
    const batch = randomBatch({ ...config, agents: 5 }, 2, 8);
    const straight = await outputs(config, parameters, batch);
    const turned = await outputs(config, parameters, reordered(batch, order, config.items));
    const rows = straight.length / 2 / config.items;
    const expected = straight.map((_, k) => {
      const [profile, row] = [Math.floor(k / (rows * config.items)), Math.floor(k / config.items) % rows];
      return straight[(profile * rows + (order[row] ?? row)) * config.items + (k % config.items)]!;
    });
    expect(distance(turned, expected)).toBeLessThan(1e-6);
    const oracle = [0, 1].flatMap((s) => networkRows(config, parameters, plain(config, batch, s, true)).flat());
    expect(distance(straight, oracle)).toBeLessThan(1e-6);
  });

  it('refuses another number of agents where it is dense', async () => {
    const config = tiny(model, 'dense');
    const batch = randomBatch({ ...config, agents: 5 }, 2, 8);
    await expect(outputs(config, randomParameters(config, 1), batch)).rejects.toThrow(InputError);
  });
});

describe('exs-net', () => {
  const config = tiny('exs-net', 'dense', { agents: 2, items: 1, hidden: [4], agentWeights: false });
  const even: TrainingBatch = {
    count: 2,
    values: Float32Array.of(1, 1, 1, 1),
    reportedValues: Float32Array.of(1, 1, 1, 1),
    demands: Float32Array.of(1, 1, 1, 1),
    reportedDemands: Float32Array.of(1, 1, 1, 1),
    budgets: Float32Array.of(1, 1),
    weights: Float32Array.of(1, 1, 1, 1),
  };

  it('learns to divide an item evenly and to burn nothing', async () => {
    const stepper = new TensorStepper(await openBackend('wasm'), config);
    const parameters = randomParameters(config, 3);
    let loss = NaN;
    const none = new Float32Array(0);
    for (let step = 0; step < 300; step++) {
      await stepper.setParameters(parameters);
      const made = await stepper.gradient(even, new Int32Array(0), none, none, { offset: 0, envy: 0 });
      made.gradient.forEach((slope, k) => (parameters[k]! -= 0.3 * slope));
      loss = made.loss;
    }
    expect(loss).toBeGreaterThan(2 * Math.LN2);
    expect(loss).toBeLessThan(2 * Math.LN2 + 0.02);
    for (const share of await stepper.allocate(even)) expect(share).toBeCloseTo(0.5, 1);
  });

  it("is trained by a user's own utility and welfare", async () => {
    await openBackend('cpu');
    const parameters = randomParameters(config, 4);
    const options = {
      utility: (lib: typeof tf, values: object, _: object, allocation: object) =>
        lib.sum(lib.mul(values as never, lib.sqrt(allocation as never)), 2),
      welfare: (lib: typeof tf, utilities: object) => lib.sum(utilities as never, 1),
    };
    const stepper = new TensorStepper(backend, config, options);
    const none = new Float32Array(0);
    const batch = randomBatch(config, 1, 9);
    const loss = async (flat: Float32Array) => {
      await stepper.setParameters(flat);
      return stepper.gradient(batch, new Int32Array(0), none, none, { offset: 0, envy: 0 });
    };
    const made = await loss(parameters);
    const shares = await stepper.allocate(batch);
    const root = (i: number) => batch.values[i]! * Math.sqrt(shares[i]!);
    expect(distance(made.utilities, [root(0), root(1)])).toBeLessThan(1e-6);
    expect(made.loss).toBeCloseTo(-root(0) - root(1), 5);
    // Along its own gradient the loss falls as fast as that says.
    const length = Math.hypot(...made.gradient);
    const at = (step: number) => loss(parameters.map((x, k) => x + (step * made.gradient[k]!) / length));
    const slope = ((await at(0.02)).loss - (await at(-0.02)).loss) / 0.04;
    expect(slope / length).toBeCloseTo(1, 2);
  });

  it('shares the derivative of envy among those who are envied alike', async () => {
    const three = tiny('exs-net', 'dense', { agents: 3, items: 1, hidden: [2], agentWeights: false });
    const stepper = new TensorStepper(backend, three);
    // Constant logits: the first agent gets less than the others, who get the same.
    const parameters = randomParameters(three, 1, 0);
    parameters.set([0, 1, 1, -9], parameters.length - 4);
    await stepper.setParameters(parameters);
    const batch = { ...randomBatch(three, 1, 9), demands: Float32Array.of(1, 1, 1), values: Float32Array.of(1, 1, 1) };
    const told = { ...batch, reportedDemands: batch.demands, budgets: Float32Array.of(1) };
    const none = new Float32Array(0);
    const slope = async (envy: number) =>
      (await stepper.gradient(told, new Int32Array(0), none, none, { offset: 0, envy })).gradient.slice(-4);
    const [without, withEnvy] = [await slope(0), await slope(1)];
    const added = withEnvy.map((x, k) => x - without[k]!);
    const p = 1 / (1 + 2 * Math.E + Math.exp(-9));
    // d (max(p2, p3) − p1) / d logit 1, the derivative being half of p2's and half of p3's.
    expect(added[0]).toBeCloseTo(-p * p * Math.E - p * (1 - p), 5);
    expect(added[1]).toBeCloseTo(added[2]!, 6);
  });
});

describe('matMul', () => {
  it('has the derivatives of the product', async () => {
    const [a, b] = [tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]), tf.tensor2d([1, -1, 0.5, 2, -2, 1], [3, 2])];
    const weight = tf.tensor2d([1, 2, 3, 4], [2, 2]);
    const ours = tf.grads((x, y) => tf.sum(tf.mul(matMul(tf, x, y), weight)))([a, b]);
    const theirs = tf.grads((x, y) => tf.sum(tf.mul(tf.matMul(x, y), weight)))([a, b]);
    for (const k of [0, 1]) expect(await ours[k]!.data()).toEqual(await theirs[k]!.data());
    const alone = (constant: 'a' | 'b') =>
      tf.grad((z) => tf.sum(tf.mul(constant === 'a' ? matMul(tf, a, z, 'a') : matMul(tf, z, b, 'b'), weight)));
    expect(await alone('b')(a).data()).toEqual(await theirs[0]!.data());
    expect(await alone('a')(b).data()).toEqual(await theirs[1]!.data());
  });
});

describe('tanh on WebAssembly', () => {
  it('has the values and derivatives of tanh', async () => {
    const wasm = await openBackend('wasm');
    const given = [-30, -2, -0.5, -1e-3, 0, 1e-4, 0.3, 1, 5, 90];
    const x = tf.tensor1d(given);
    const { value, grad } = tf.valueAndGrad((each) => tanh(tf, each))(x);
    const differs = (a: ArrayLike<number>, f: (x: number) => number) =>
      Math.max(...given.map((each, k) => Math.abs(a[k]! - f(each))));
    expect(wasm.tf.getBackend()).toBe('wasm');
    expect(differs((await value.data()) as Float32Array, Math.tanh)).toBeLessThan(2e-7);
    expect(differs((await grad.data()) as Float32Array, (each) => 1 - Math.tanh(each) ** 2)).toBeLessThan(4e-7);
    await openBackend('cpu');
  });
});
