import {
  createEngine,
  leximin,
  maxUtilitarian,
  pf,
  profileBatch,
  roundRobin,
  sampleProfiles,
  utilitarian,
  welfarist,
} from 'evenhand';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Kernels } from '../../src/wasm/kernels.js';
import { Draw } from '../helpers/draw.js';
import { testKernels } from '../helpers/kernels.js';
import { measure } from '../helpers/run.js';
import { largestAbove } from '../oracle/linear-programme.js';
import { rows } from '../oracle/round-robin.js';

const engine = await createEngine({ threads: 0 });
afterAll(() => engine.close());
let kernels: Kernels;
beforeAll(() => {
  kernels = testKernels();
});

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, k) => sum + x * b[k]!, 0);

/** Largest gain of any of the N^M ways to give whole items away. */
function bestReassignment(values: readonly (readonly number[])[], owner: readonly number[]): number {
  const N = values.length;
  const held = (owners: readonly number[], i: number) =>
    dot(
      values[i]!,
      owners.map((o) => Number(o === i)),
    );
  let best = 0;
  for (let code = 0; code < N ** owner.length; code++) {
    const owners = owner.map((_, m) => Math.floor(code / N ** m) % N);
    const gains = values.map((_, i) => held(owners, i) - held(owner, i));
    if (gains.some((gain) => gain < 0)) continue;
    best = Math.max(
      best,
      gains.reduce(
        (sum, gain, i) =>
          sum +
          (gain > 0
            ? gain /
              dot(
                values[i]!,
                owner.map(() => 1),
              )
            : 0),
        0,
      ),
    );
  }
  return best;
}

describe('pareto', () => {
  it.each([
    [2, 2],
    [4, 3],
    [1, 5],
    [6, 1],
    [10, 4],
  ])('is what the linear programme over amounts says, %i agents and %i items', (agents, items) => {
    const draw = new Draw(`pareto ${agents}x${items}`);
    const shape = { count: 12, agents, items };
    const size = 12 * agents * items;
    const values = draw.reals(size, 0.05, 1).map((x) => (draw.unit() < 0.2 ? 0 : x));
    const demands = draw.reals(size, 0.1, 1);
    const budgets = draw.reals(12 * items, 0.5, 2);
    const allocation = demands.map((x, k) => {
      const budget = budgets[Math.floor(k / (agents * items)) * items + (k % items)]!;
      return Math.min(x, budget / agents) * draw.unit();
    });
    measure(kernels, 'pareto', shape, { values, demands, budgets }, { allocation }).forEach((found, k) => {
      const supply = [...budgets.slice(k * items, (k + 1) * items)];
      const caps = rows(demands, k, agents, items).map((row) => row.map((x, m) => Math.min(x, supply[m]!)));
      const of = rows(values, k, agents, items);
      const able = of.map((row, i) => dot(row, caps[i]!) > 0);
      const slopes = of.map((row, i) => row.map((v) => (able[i] ? v / dot(row, caps[i]!) : 0)));
      const own = rows(allocation, k, agents, items).map((row, i) => dot(slopes[i]!, row));
      const floors = own.map((u) => u - 1e-12);
      const expected = largestAbove(slopes, caps, supply, floors) - own.reduce((a, b) => a + b, 0);
      expect(Math.abs(found - expected)).toBeLessThan(1e-7);
      expect(found).toBeGreaterThan(0);
    });
  });

  it.each([
    [2, 5],
    [3, 4],
    [4, 3],
  ])('of whole items is the best of all reassignments, %i agents and %i items', (agents, items) => {
    const draw = new Draw(`pareto of owners ${agents}x${items}`);
    const shape = { count: 60, agents, items };
    const values = draw.integers(60 * agents * items, 0, 4);
    const owner = Int32Array.from({ length: 60 * items }, (_, k) => draw.integer(k < 6 * items ? -1 : 0, agents - 1));
    const found = measure(kernels, 'pareto', shape, { values }, { owner });
    found.forEach((x, k) => {
      const best = bestReassignment(rows(values, k, agents, items), [...owner.slice(k * items, (k + 1) * items)]);
      expect(Math.abs(x - best)).toBeLessThan(1e-12);
    });
    expect(found.filter((x) => x === 0).length).toBeGreaterThan(2);
    expect(found.filter((x) => x > 0).length).toBeGreaterThan(2);
  });

  it('is the exchange of two agents who each hold what the other wants', () => {
    const shape = { count: 1, agents: 2, items: 2 };
    const values = Float64Array.of(1, 0, 0, 1);
    const halves = { allocation: Float64Array.of(0.5, 0.5, 0.5, 0.5) };
    expect(measure(kernels, 'pareto', shape, { values }, halves)).toEqual([1]);
    expect(measure(kernels, 'pareto', shape, { values }, { owner: Int32Array.of(1, 0) })).toEqual([2]);
    expect(measure(kernels, 'pareto', shape, { values }, { owner: Int32Array.of(0, 1) })).toEqual([0]);
    // Supply that somebody could use and nobody has; nothing that anybody could use; an agent who does not count.
    const none = { allocation: new Float64Array(4) };
    expect(measure(kernels, 'pareto', shape, { values }, none)).toEqual([2]);
    expect(measure(kernels, 'pareto', shape, { values: new Float64Array(4) }, none)).toEqual([0]);
    expect(measure(kernels, 'pareto', shape, { values, weights: Float64Array.of(1, 0) }, halves)).toEqual([0.5]);
    expect(measure(kernels, 'pareto', shape, { values }, { allocation: Float64Array.of(NaN, 0, 0, 0) })).toEqual([NaN]);
  });

  it('is 0 for rules that are efficient, and of single picks where everybody has one', async () => {
    const batch = sampleProfiles('uniform', { agents: 6, items: 4, count: 300, budget: 1, seed: 3 });
    const rules = [pf(), utilitarian(), welfarist({ gamma: -1 }), leximin()];
    for (const { metrics } of await engine.evaluate(rules, batch, { metrics: ['pareto'] })) {
      expect(metrics.pareto!.max).toBe(0);
    }
    const [most, turns] = await engine.evaluate(
      [maxUtilitarian(), roundRobin()],
      sampleProfiles('uniform-full', { agents: 4, items: 4, count: 300, seed: 3 }),
      { metrics: ['pareto'] },
    );
    // The programme settles what no search through 30^60 reassignments would.
    const large = sampleProfiles('uniform-full', { agents: 30, items: 60, count: 5, seed: 3 });
    const [settled] = await engine.evaluate([maxUtilitarian()], large, { metrics: ['pareto'] });
    expect(settled!.metrics.pareto!.max).toBe(0);
    expect([most!.metrics.pareto!.max, turns!.metrics.pareto!.max]).toEqual([0, 0]);
  });

  it('is undecided, and left out of means, where the programme is too large', async () => {
    const values = { shape: [1, 510, 3], data: new Draw('pareto of many').reals(1530, 0.1, 1) };
    const [result] = await engine.evaluate([pf()], profileBatch({ values }), { metrics: ['pareto', 'efficiency'] });
    const { pareto, efficiency } = result!.metrics;
    expect([pareto!.mean, pareto!.p50, pareto!.satisfied]).toEqual([NaN, NaN, NaN]);
    expect(efficiency!.mean).toBeCloseTo(1, 12);
  });
});
