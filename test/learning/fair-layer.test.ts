import { createEngine, pf, profileBatch } from 'evenhand';
import { afterAll, describe, expect, it } from 'vitest';
import { openBackend } from '../../src/learning/backend.js';
import { FairLayer } from '../../src/learning/fair-layer.js';
import { distance, stream } from './support.js';

const engine = await createEngine({ threads: 1 });
afterAll(() => engine.close());
const { tf } = await openBackend('wasm');
const layer = new FairLayer(tf, engine);

const [B, N, M] = [12, 3, 2];
const draw = stream(11);
const fill = (length: number, low: number, high: number) =>
  Float32Array.from({ length }, () => low + (high - low) * draw());
const data = {
  values: fill(B * N * M, 0.2, 1),
  demands: fill(B * N * M, 0.2, 0.9),
  budgets: fill(B * M, 0.8, 1.2),
  weights: fill(B * N, 0.5, 1.5),
  regularizer: fill(B * N * M, -1, 1),
};
const factors = fill(B * N * M, -1, 1);
type Data = { [K in keyof typeof data]: ArrayLike<number> };

const shape: [number, number, number] = [B, N, M];
const tensors = (given: typeof data) => ({
  values: tf.tensor3d(given.values, shape),
  demands: tf.tensor3d(given.demands, shape),
  budgets: tf.tensor2d(given.budgets, [B, M]),
  weights: tf.tensor2d(given.weights, [B, N]),
  regularizer: tf.tensor3d(given.regularizer, shape),
});

/** sum over a profile's entries of c sin(3 a), of the allocation solved anew in doubles: a number a profile. */
async function losses(given: Data): Promise<Float64Array> {
  const arrays = Object.entries(given).map(([name, each]) => {
    const size = name === 'budgets' ? [B, M] : name === 'weights' ? [B, N] : shape;
    return [name, { shape: size, data: Float64Array.from(each) }];
  });
  const { allocation } = await engine.allocate(pf(), profileBatch(Object.fromEntries(arrays)));
  const loss = new Float64Array(B);
  allocation!.forEach((a, k) => (loss[Math.floor(k / (N * M))]! += factors[k]! * Math.sin(3 * a)));
  return loss;
}

/** Central differences of every profile's loss in its entries of one array. */
async function slopes(name: keyof typeof data, step = 1e-6): Promise<Float64Array> {
  const result = new Float64Array(B * N * M);
  for (let k = 0; k < N * M; k++) {
    const at = (by: number) =>
      losses({ ...data, [name]: Float64Array.from(data[name], (x, j) => (j % (N * M) === k ? x + by : x)) });
    const [up, down] = [await at(step), await at(-step)];
    for (let s = 0; s < B; s++) result[s * N * M + k] = (up[s]! - down[s]!) / (2 * step);
  }
  return result;
}

const objective = (allocation: object) =>
  tf.sum(tf.mul(tf.sin(tf.mul(allocation as never, 3)), tf.tensor3d(factors, shape))) as never;

describe('the proportionally fair layer', () => {
  it('has the derivatives of the programme solved again', async () => {
    const given = tensors(data);
    const { value, gradients } = await layer.differentiate(
      [given.regularizer, given.values, given.demands],
      ([regularizer, values, demands]) => ({ ...given, regularizer, values, demands }) as typeof given,
      objective,
    );
    const total = (await losses(data)).reduce((a, b) => a + b);
    expect((await value.data())[0]).toBeCloseTo(total, 4);
    for (const [k, name] of (['regularizer', 'values', 'demands'] as const).entries()) {
      const expected = await slopes(name);
      expect(Math.max(...expected.map(Math.abs))).toBeGreaterThan(0.1);
      expect(distance((await gradients[k]!.data()) as Float32Array, expected)).toBeLessThan(1e-4);
    }
  });

  it('has them by finite differences of the tensor graph itself', async () => {
    const given = tensors(data);
    const { gradients } = await layer.differentiate(
      [given.regularizer],
      ([regularizer]) => ({ ...given, regularizer }) as typeof given,
      objective,
    );
    const direction = fill(B * N * M, -1, 1);
    const at = async (step: number) => {
      const moved = tf.add(given.regularizer, tf.mul(tf.tensor3d(direction, shape), step));
      const pass = await layer.solve({ ...given, regularizer: moved as never });
      return (await (objective(pass.allocation) as typeof moved).data())[0]!;
    };
    const slope = ((await at(2e-3)) - (await at(-2e-3))) / 4e-3;
    const along = (await gradients[0]!.data()) as Float32Array;
    expect(along.reduce((sum, g, k) => sum + g * direction[k]!, 0)).toBeCloseTo(slope, 2);
  });

  it('stands inside a graph of variables', async () => {
    const given = tensors(data);
    const scale = tf.variable(tf.scalar(0.7));
    const offset = tf.variable(tf.scalar(0.1));
    const regularizer = () => tf.add(tf.mul(given.regularizer, tf.square(scale)), offset) as never;
    const pass = await layer.solve({ ...given, regularizer: regularizer() });
    const cotangent = tf.grad(objective)(pass.allocation);
    await pass.pullback(cotangent as never);
    const { value, grads } = tf.variableGrads(() => objective(pass.attach(regularizer(), given.values, given.demands)));
    const moved = async (s: number, o: number) => {
      const z = Float64Array.from(data.regularizer, (each) => each * s * s + o);
      return (await losses({ ...data, regularizer: z })).reduce((a, b) => a + b);
    };
    const at = Math.fround(0.7);
    expect((await value.data())[0]).toBeCloseTo(await moved(at, 0.1), 4);
    const [byScale, byOffset] = [grads[scale.name]!, grads[offset.name]!];
    const step = 1e-6;
    const expected = [
      ((await moved(at + step, 0.1)) - (await moved(at - step, 0.1))) / (2 * step),
      ((await moved(at, 0.1 + step)) - (await moved(at, 0.1 - step))) / (2 * step),
    ];
    expect((await byScale.data())[0]).toBeCloseTo(expected[0]!, 3);
    expect((await byOffset.data())[0]).toBeCloseTo(expected[1]!, 3);
    scale.dispose();
    offset.dispose();
  });

  it('sums derivatives of what is used twice, and keeps no tensor', async () => {
    const given = tensors(data);
    const before = tf.memory().numTensors;
    const twice = await layer.differentiate(
      [given.regularizer],
      ([z]) => ({ ...given, regularizer: z as never, values: tf.add(given.values, tf.mul(z as never, 0.1)) as never }),
      (a) => tf.tidy(() => objective(a)),
    );
    expect(tf.memory().numTensors).toBe(before + 2);
    const [byZ, byValues] = [await slopesAt(0.1, 1, 0), await slopesAt(0.1, 0, 1)];
    const found = (await twice.gradients[0]!.data()) as Float32Array;
    expect(
      distance(
        found,
        byZ.map((each, k) => each + byValues[k]!),
      ),
    ).toBeLessThan(1e-4);
    tf.dispose(twice as never);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses numbers that make no sense, and a graph before its derivatives', async () => {
    const given = tensors(data);
    await expect(layer.solve({ ...given, regularizer: tf.fill(shape, NaN) as never })).rejects.toThrow(
      'regularizer[0,0,0]',
    );
    const pass = await layer.solve(given);
    expect(() => pass.attach(given.regularizer, given.values, given.demands)).toThrow('after pullback');
  });
});

/** Slopes in t of the loss at values + share (z + t), z + t, with only the regularizer or only the values moved. */
async function slopesAt(share: number, moveZ: number, moveV: number): Promise<Float64Array> {
  const result = new Float64Array(B * N * M);
  const step = 1e-6;
  for (let k = 0; k < N * M; k++) {
    const at = (by: number) => {
      const on = (j: number) => (j % (N * M) === k ? by : 0);
      return losses({
        ...data,
        regularizer: Float64Array.from(data.regularizer, (z, j) => z + moveZ * on(j)),
        values: Float64Array.from(data.values, (v, j) => v + share * (data.regularizer[j]! + moveV * on(j))),
      });
    };
    const [up, down] = [await at(step), await at(-step)];
    for (let s = 0; s < B; s++) result[s * N * M + k] = (up[s]! - down[s]!) / (2 * step);
  }
  return result;
}
