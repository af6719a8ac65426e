import { createEngine, pf, profileBatch, roundRobin, sampleProfiles, softRoundRobin as softRule } from 'evenhand';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OptionValues } from '../../src/mechanisms/mechanism.js';
import { softRoundRobin, softRoundRobinGradient } from '../../src/mechanisms/soft-round-robin.js';
import type { Kernels } from '../../src/wasm/kernels.js';
import { Draw } from '../helpers/draw.js';
import { testKernels } from '../helpers/kernels.js';
import { run, type Arrays, type Shape } from '../helpers/run.js';
import { rows } from '../oracle/round-robin.js';
import { softGradientOracle } from '../oracle/soft-round-robin.js';

let kernels: Kernels;
beforeAll(() => {
  kernels = testKernels();
});

const FORMS = [
  { leftover: 'uniform', normalize: false },
  { leftover: 'masked', normalize: false },
  { leftover: 'uniform', normalize: true },
] as const;

interface Derivatives {
  readonly d_values: Float64Array;
  readonly status: Int32Array;
}

function differentiate(shape: Shape, arrays: Arrays, options: OptionValues): Derivatives {
  return run(kernels, softRoundRobinGradient, shape, arrays, options) as unknown as Derivatives;
}

describe('gradient of SoftRR', () => {
  for (const [agents, items] of [
    [1, 1],
    [1, 5],
    [4, 1],
    [5, 10],
    [7, 3],
    [3, 8],
  ] as const) {
    it(`agrees with reverse mode one number at a time, ${agents} agents and ${items} items`, ({ task }) => {
      const draw = new Draw(task.name);
      const shape = { count: 5, agents, items };
      const size = agents * items;
      const values = draw.reals(shape.count * size);
      const cotangent = draw.reals(shape.count * size, -1, 1);
      const order = Int32Array.from(Array.from({ length: shape.count }, () => draw.permutation(agents)).flat());
      for (const tau of [0.01, 0.2, 3]) {
        for (const form of FORMS) {
          const options = { tau, ...form };
          const { d_values, status } = differentiate(shape, { values, cotangent, order }, options);
          expect([...status]).toEqual(Array(shape.count).fill(0));
          for (let p = 0; p < shape.count; p++) {
            const turns = [...order.subarray(p * agents, (p + 1) * agents)];
            const [v, g] = [rows(values, p, agents, items), rows(cotangent, p, agents, items)];
            const expected = softGradientOracle(v, g, { ...options, order: turns }).flat();
            const unit = Math.max(1e-3 / tau, ...expected.map(Math.abs));
            expected.forEach((x, k) => expect(Math.abs(d_values[p * size + k]! - x) / unit).toBeLessThan(1e-11));
          }
        }
      }
    });
  }

  it('agrees with central differences to 1e-6', ({ task }) => {
    const draw = new Draw(task.name);
    const shape = { count: 3, agents: 4, items: 6 };
    // Grid and offset keep the smallest value of a row the smallest one.
    const values = draw.reals(72).map((x, k) => x + (k % 6));
    const cotangent = draw.reals(72, -1, 1);
    for (const form of FORMS) {
      const options = { tau: 0.5, ...form };
      const { d_values } = differentiate(shape, { values, cotangent }, options);
      const loss = (v: Float64Array) =>
        run(kernels, softRoundRobin, shape, { values: v }, options).allocation.reduce(
          (sum, x, k) => sum + x * cotangent[k]!,
          0,
        );
      const unit = Math.max(...d_values.map(Math.abs));
      for (let k = 0; k < 72; k++) {
        const h = 1e-5;
        const [up, down] = [values.slice(), values.slice()];
        up[k]! += h;
        down[k]! -= h;
        expect(Math.abs((loss(up) - loss(down)) / (2 * h) - d_values[k]!) / unit).toBeLessThan(1e-6);
      }
    }
  });

  it('gives rows that add up to 0, since only differences within a row count', ({ task }) => {
    const draw = new Draw(task.name);
    const shape = { count: 4, agents: 3, items: 7 };
    const arrays = { values: draw.reals(84), cotangent: draw.reals(84, -1, 1) };
    const { d_values } = differentiate(shape, arrays, { tau: 0.1, leftover: 'uniform', normalize: false });
    for (let r = 0; r < 12; r++) {
      expect(Math.abs(d_values.subarray(7 * r, 7 * r + 7).reduce((a, b) => a + b, 0))).toBeLessThan(1e-12);
    }
  });

  it('lets the first of equal smallest values carry the derivative of the smallest', () => {
    const values = Float64Array.of(1, 0, 0, 2);
    const options = { tau: 1, leftover: 'uniform', normalize: false };
    const { d_values } = differentiate(
      { count: 1, agents: 1, items: 4 },
      { values, cotangent: Float64Array.of(1, 0, 0, 0) },
      options,
    );
    const expected = softGradientOracle([[1, 0, 0, 2]], [[1, 0, 0, 0]], { tau: 1 })[0]!;
    expected.forEach((x, k) => expect(d_values[k]!).toBeCloseTo(x, 13));
    expect(Math.abs(d_values[1]! - d_values[2]!)).toBeGreaterThan(1e-3);
  });

  it('does not depend on the neighbours, and has zeros where the profile has no answer', ({ task }) => {
    const draw = new Draw(task.name);
    const [values, cotangent] = [draw.reals(60), draw.reals(60, -1, 1)];
    const options = { tau: 0.05, leftover: 'uniform', normalize: false };
    const all = differentiate({ count: 5, agents: 3, items: 4 }, { values, cotangent }, options);
    for (let p = 0; p < 5; p++) {
      const part = (x: Float64Array) => x.slice(12 * p, 12 * p + 12);
      const arrays = { values: part(values), cotangent: part(cotangent) };
      const one = differentiate({ count: 1, agents: 3, items: 4 }, arrays, options);
      expect([...one.d_values]).toEqual([...part(all.d_values)]);
    }
    const order = Int32Array.of(0, 1, 2, 0, 3, 1);
    const some = differentiate(
      { count: 2, agents: 3, items: 4 },
      { values: values.slice(0, 24), cotangent: cotangent.slice(0, 24), order },
      options,
    );
    expect([...some.status]).toEqual([0, 6]);
    expect([...some.d_values.subarray(12)]).toEqual(Array(12).fill(0));
  });
});

const engine = await createEngine({ threads: 1 });
afterAll(() => engine.close());

describe('engine.gradient of SoftRR', () => {
  it('is that of the kernels, for drawn and given profiles, with an order', async ({ task }) => {
    const draw = new Draw(task.name);
    const batch = sampleProfiles('uniform-full', { agents: 3, items: 4, count: 6, seed: 1 });
    const cotangent = draw.reals(72, -1, 1);
    const out = await engine.gradient(softRule({ tau: 0.1, leftover: 'masked' }), batch, cotangent);
    expect(Object.keys(out).sort()).toEqual(['agents', 'count', 'dValues', 'items', 'residual', 'status']);
    const values = draw.reals(72);
    const order = { shape: [3], data: Int32Array.of(2, 1, 0) };
    const given = profileBatch({ values: { shape: [6, 3, 4], data: values }, order });
    const found = await engine.gradient(softRule({ tau: 0.1 }), given, cotangent);
    for (let p = 0; p < 6; p++) {
      const [v, g] = [rows(values, p, 3, 4), rows(cotangent, p, 3, 4)];
      const expected = softGradientOracle(v, g, { tau: 0.1, order: [2, 1, 0] }).flat();
      expected.forEach((x, k) => expect(Math.abs(found.dValues[12 * p + k]! - x)).toBeLessThan(1e-10));
    }
  });

  it('takes no options of pf, and other rules have none', async () => {
    const batch = sampleProfiles('uniform', { agents: 2, items: 2, count: 1, budget: 1, seed: 1 });
    const one = new Float64Array(4);
    const refused = (job: Promise<unknown>) => job.then(String, (error: Error) => error.message);
    const options = { degenerate: 'error' } as object;
    expect(await refused(engine.gradient(softRule(), batch, one, options))).toContain('has no option degenerate');
    const weightsOf = { weightsOf: () => ({ weights: one }) } as object;
    expect(await refused(engine.gradient(softRule(), batch, one, weightsOf))).toContain('weightsOf is for pf');
    expect(await refused(engine.gradient(roundRobin(), batch, one))).toContain('expected pf or soft-round-robin');
    expect((await engine.gradient(pf(), batch, one)).dDemands.length).toBe(4);
  });
});
