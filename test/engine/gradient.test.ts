import {
  InputError,
  createEngine,
  pa,
  pf,
  profileBatch,
  sampleProfiles,
  materialize,
  type Engine,
  type GradientResult,
  type NamedArrays,
  type WeightsOf,
} from 'evenhand';
import { afterAll, describe, expect, it } from 'vitest';
import { Draw } from '../helpers/draw.js';
import { DENSE, ONE_SIDED } from '../helpers/gradient.js';
import { bytesOf } from './support.js';

const engines: Engine[] = await Promise.all([0, 2].map((threads) => createEngine({ threads })));
const [here, two] = engines as [Engine, Engine];
afterAll(() => Promise.all(engines.map((engine) => engine.close())));

function sameBytes(one: NamedArrays, other: NamedArrays): void {
  expect(Object.keys(one)).toEqual(Object.keys(other));
  for (const [name, { data }] of Object.entries(one)) {
    expect(`${name} ${bytesOf(data).equals(bytesOf(other[name]!.data))}`).toBe(`${name} true`);
  }
}

const message = async (promise: Promise<unknown>): Promise<string> => {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(InputError);
  return (error as Error).message;
};

/** Figure 2 of Zeng et al. 2023 with demands 1: no derivative exists. */
const FIGURE = profileBatch({
  values: { shape: [2, 2], data: Float64Array.of(1, 0.5, 1, 0.25) },
  demands: { shape: [2, 2], data: new Float64Array(4).fill(1) },
});

describe('engine.gradient', () => {
  it('gives the same bits on no and two worker threads, and for a batch drawn or given', async ({ task }) => {
    const batch = sampleProfiles('uniform', { agents: 10, items: 3, count: 20_000, budget: 1, seed: 7 });
    const cotangent = new Draw(task.name).reals(30, -1, 1);
    const expected = await here.gradientArrays(pf(), batch, cotangent);
    expect((expected.status!.data as Int32Array).every((s) => s === 0)).toBe(true);
    sameBytes(await two.gradientArrays(pf(), batch, cotangent), expected);
    sameBytes(await two.gradientArrays(pf(), materialize(batch), cotangent), expected);
  });

  it('gives the same bits on ties, for every policy and method', async ({ task }) => {
    const batch = sampleProfiles('integer:2', { agents: 4, items: 3, count: 600, seed: 5 });
    const cotangent = new Draw(task.name).reals(600 * 12, -1, 1);
    for (const options of [{}, DENSE, ONE_SIDED, { degenerate: 'error' }] as object[]) {
      const expected = await here.gradientArrays(pf(), batch, cotangent, options);
      sameBytes(await two.gradientArrays(pf(), batch, cotangent, options), expected);
    }
  });

  it('one cotangent holds for every profile as if repeated', async ({ task }) => {
    const batch = sampleProfiles('uniform', { agents: 3, items: 2, count: 50, budget: 1, seed: 1 });
    const cotangent = new Draw(task.name).reals(6, -1, 1);
    const repeated = Float64Array.from({ length: 300 }, (_, j) => cotangent[j % 6]!);
    sameBytes(await here.gradientArrays(pf(), batch, cotangent), await here.gradientArrays(pf(), batch, repeated));
  });

  it('where no derivative exists: status 7 and a value, or status 5, zeros and -1, or the slopes from the right', async () => {
    const first = Float64Array.of(1, 0, 0, 0);
    const least = await here.gradient(pf(), FIGURE, first);
    expect([least.status[0], least.rankDeficiency[0]]).toEqual([7, 1]);
    const error = await here.gradient(pf(), FIGURE, first, { degenerate: 'error' });
    expect([error.status[0], error.rankDeficiency[0], error.weaklyActive[0]]).toEqual([5, -1, -1]);
    expect(error.residual[0]).toBe(Infinity);
    for (const name of ['dValues', 'dDemands', 'dWeights', 'dRegularizer', 'dBudgets'] as const) {
      expect([...error[name]].every((x) => x === 0)).toBe(true);
    }
    const right = await here.gradient(pf(), FIGURE, first, { degenerate: 'one-sided' });
    expect(right.status[0]).toBe(0);
    expect(Math.abs(right.dBudgets[1]! - 1 / 8)).toBeLessThan(1e-6);
  });

  it('gives empty arrays for an empty batch', async () => {
    const empty = profileBatch({ values: { shape: [0, 3, 2], data: new Float64Array() } });
    const out = await here.gradient(pf(), empty, new Float64Array(6));
    expect([out.count, out.dValues.length, out.status.length]).toEqual([0, 0, 0]);
  });
});

describe('a bad cotangent', () => {
  const batch = sampleProfiles('uniform', { agents: 2, items: 2, count: 3, budget: 1, seed: 1 });

  it('is refused in one sentence: a wrong length, a missing array, a number that is none', async () => {
    expect(await message(here.gradient(pf(), batch, new Float64Array(5)))).toBe(
      'cotangent has 5 elements, expected 3 x 2 x 2',
    );
    expect(await message(here.gradientArrays(pf(), batch))).toBe(
      'cotangent is missing, expected an array [B,N,M] or [N,M]',
    );
    expect(await message(here.gradientArrays(pf(), materialize(batch)))).toContain('cotangent is missing');
    const spoilt = new Float64Array(12);
    spoilt[7] = NaN;
    expect(await message(here.gradient(pf(), batch, spoilt))).toBe('cotangent[1,1,1] is NaN, expected a finite number');
    spoilt[7] = -Infinity;
    expect(await message(here.gradient(pf(), batch, spoilt))).toBe(
      'cotangent[1,1,1] is -Infinity, expected a finite number',
    );
  });

  it('is status 6 and blanks for its profile if asked for, and the others keep their bits', async ({ task }) => {
    const draw = new Draw(task.name);
    const arrays = (cotangent: Float64Array, others: object) => ({
      values: { shape: [40, 3, 2], data: values },
      cotangent: { shape: [40, 3, 2], data: cotangent },
      ...others,
    });
    const values = draw.reals(240, 0.1, 1);
    const clean = draw.reals(240, -1, 1);
    const expected = await here.gradientArrays(pf(), profileBatch(arrays(clean, {})));
    for (const bad of [0, 17, 39]) {
      const spoilt = clean.slice();
      spoilt[6 * bad + 4] = NaN;
      const batch = profileBatch(arrays(spoilt, {}), undefined, { badProfiles: 'status' });
      const out = await two.gradientArrays(pf(), batch);
      for (const [name, { data }] of Object.entries(out)) {
        const each = data.length / 40;
        const wanted = expected[name]!.data;
        for (let j = 0; j < data.length; j++) {
          if (Math.floor(j / each) !== bad) expect(Object.is(data[j], wanted[j]), `${name}[${j}]`).toBe(true);
          else if (name === 'status') expect(data[j]).toBe(6);
          else if (name === 'residual') expect(data[j]).toBe(Infinity);
          else expect(data[j]).toBe(data instanceof Float64Array ? 0 : -1);
        }
      }
    }
  });

  it('and other mechanisms and options are refused', async () => {
    expect(await message(here.gradient(pa(), batch, new Float64Array(4)))).toBe(
      'pa has no gradient here, expected pf or soft-round-robin',
    );
    const wrong = { degenerate: 'maybe' } as unknown as { degenerate: 'error' };
    expect(await message(here.gradient(pf(), batch, new Float64Array(4), wrong))).toContain('degenerate');
    const other = { method: 'sparse' } as unknown as { method: 'dense' };
    expect(await message(here.gradient(pf(), batch, new Float64Array(4), other))).toContain('structured, dense');
  });
});

describe('weightsOf', () => {
  /** w_i = Σ_m v_im² + x_im */
  const weightsOf: WeightsOf = (values, demands, { agents, items }) => ({
    weights: Array.from({ length: agents }, (_, i) => {
      let sum = 0;
      for (let m = 0; m < items; m++) sum += values[i * items + m]! ** 2 + demands[i * items + m]!;
      return sum;
    }),
    pullback(dWeights, dValues, dDemands) {
      for (let j = 0; j < agents * items; j++) {
        dValues[j]! += dWeights[Math.floor(j / items)]! * 2 * values[j]!;
        dDemands[j]! += dWeights[Math.floor(j / items)]!;
      }
    },
  });

  const [agents, items] = [4, 3];
  const drawn = (draw: Draw) => ({
    values: draw.reals(12, 0.1, 1),
    demands: draw.reals(12, 0.1, 1),
    budgets: draw.reals(3, 0.5, 1),
  });
  const batchOf = (arrays: Record<string, Float64Array>) =>
    profileBatch(
      Object.fromEntries(
        Object.entries(arrays).map(([name, data]) => {
          const tail = { budgets: [items], weights: [agents] }[name] ?? [agents, items];
          const each = tail.reduce((a, b) => a * b, 1);
          return [name, { shape: [data.length / each, ...tail], data }];
        }),
      ),
    );

  it('chains: derivatives in values and demands are those of solves with the weights that the reports imply', async ({
    task,
  }) => {
    const draw = new Draw(task.name);
    for (let trial = 0; trial < 5; trial++) {
      const arrays = drawn(draw);
      const cotangent = draw.reals(12, -1, 1);
      const out = await here.gradient(pf(), batchOf(arrays), cotangent, { weightsOf });
      expect(out.status[0]).toBe(0);
      for (const [name, slopes] of [
        ['values', out.dValues],
        ['demands', out.dDemands],
      ] as const) {
        const step = 1e-5;
        const points = Array.from({ length: 12 }, (_, j) => [1, -1].map((side) => ({ j, side }))).flat();
        const shifted = points.map(({ j, side }) => ({
          ...arrays,
          [name]: arrays[name].map((x, l) => (l === j ? x + side * step : x)),
        }));
        const all = (pick: (p: typeof arrays) => Float64Array) =>
          Float64Array.from(shifted.flatMap((p) => [...pick(p)]));
        const weights = Float64Array.from(
          shifted.flatMap((p) => Array.from(weightsOf(p.values, p.demands, { agents, items, profile: 0 }).weights)),
        );
        const { allocation } = await here.allocate(
          pf(),
          batchOf({
            values: all((p) => p.values),
            demands: all((p) => p.demands),
            budgets: all((p) => p.budgets),
            weights,
          }),
        );
        const slope = new Float64Array(12);
        points.forEach(({ j, side }, k) => {
          for (let e = 0; e < 12; e++) slope[j]! += (side * cotangent[e]! * allocation![12 * k + e]!) / (2 * step);
        });
        const unit = Math.max(...slope.map(Math.abs));
        slopes.forEach((x, j) => expect(Math.abs(x - slope[j]!), `${name}[${j}]`).toBeLessThanOrEqual(1e-6 * unit));
      }
    }
  });

  it('replaces the weights of the batch, and without demands is given the supplies', async ({ task }) => {
    const { values, budgets } = drawn(new Draw(task.name));
    const cotangent = new Float64Array(12).fill(1);
    let seen: number[] = [];
    const look: WeightsOf = (v, demands, shape) => {
      seen = [...demands];
      return weightsOf(v, demands, shape);
    };
    const weighted = batchOf({ values, budgets, weights: Float64Array.of(9, 0, 9, 1) });
    const out = await here.gradient(pf(), weighted, cotangent, { weightsOf: look });
    const plain = await here.gradient(pf(), batchOf({ values, budgets }), cotangent, { weightsOf });
    expect([...out.dWeights]).toEqual([...plain.dWeights]);
    expect(seen).toEqual([...budgets, ...budgets, ...budgets, ...budgets]);
  });

  it('is not called back for a profile without an answer', async () => {
    let called = 0;
    const counting: WeightsOf = () => ({ weights: [1, 1], pullback: () => void called++ });
    const first = Float64Array.of(1, 0, 0, 0);
    const out: GradientResult = await here.gradient(pf(), FIGURE, first, { weightsOf: counting, degenerate: 'error' });
    expect([out.status[0], called]).toEqual([5, 0]);
    await here.gradient(pf(), FIGURE, first, { weightsOf: counting });
    expect(called).toBe(1);
  });

  it('is refused a wrong number of weights, and a weight that is negative or no number', async () => {
    const of = (weights: number[]): WeightsOf => {
      return () => ({ weights, pullback: () => undefined });
    };
    const call = (weights: number[]) =>
      message(here.gradient(pf(), FIGURE, new Float64Array(4), { weightsOf: of(weights) }));
    expect(await call([1])).toBe('weightsOf gives 1 weights of profile 0, expected 2');
    expect(await call([1, -2])).toBe('weights[0,1] is -2, expected a finite number >= 0 from weightsOf');
    expect(await call([NaN, 1])).toContain('weights[0,0] is NaN');
    expect(await call([1, Infinity])).toContain('weights[0,1] is Infinity');
  });
});
