import { createEngine, pa, pf, profileBatch, roundRobin, sampleProfiles, materialize } from 'evenhand';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Kernels } from '../../src/wasm/kernels.js';
import { Draw } from '../helpers/draw.js';
import { testKernels } from '../helpers/kernels.js';
import { drawInput, profileAt, type Input } from '../helpers/proportional-fairness.js';
import { measure, type Shape } from '../helpers/run.js';
import { largestSum } from '../oracle/linear-programme.js';
import { canGain, caps, pourInTurn, utilitiesOf } from '../oracle/proportional-fairness.js';
import { rows } from '../oracle/round-robin.js';

const engine = await createEngine({ threads: 0 });
afterAll(() => engine.close());
let kernels: Kernels;
beforeAll(() => {
  kernels = testKernels();
});

/** pf_violation from its definition as a linear programme; allocations within demands. */
function violationOf(shape: Shape, input: Input, allocation: Float64Array, k: number): number {
  const p = profileAt(shape, input, k);
  const u = utilitiesOf(p, rows(allocation, k, shape.agents, shape.items));
  const live = p.weights.map((_, i) => canGain(p, i));
  if (live.some((one, i) => one && u[i] === 0)) return Infinity;
  const slopes = p.values.map((row, i) => row.map((v) => (live[i] ? (p.weights[i]! * v) / u[i]! : 0)));
  const weight = p.weights.reduce((sum, w, i) => sum + (live[i] ? w : 0), 0);
  return Math.max(0, largestSum(slopes, caps(p), p.budgets) - weight);
}

/** Feasible amounts: shares of what fits. */
function someAllocation(draw: Draw, shape: Shape, input: Input): Float64Array {
  const all = Array.from({ length: shape.count }, (_, k) => {
    const p = profileAt(shape, input, k);
    return caps(p).flatMap((row) =>
      row.map((x, m) => Math.min(x, p.budgets[m]! / shape.agents) * (0.2 + 0.8 * draw.unit())),
    );
  });
  return Float64Array.from(all.flat());
}

describe('pf_violation', () => {
  it.each([
    [2, 2],
    [4, 3],
    [1, 5],
    [6, 1],
    [10, 3],
  ])('is what the linear programme says of any allocation, %i agents and %i items', (agents, items) => {
    const draw = new Draw(`pf_violation ${agents}x${items}`);
    const shape = { count: 15, agents, items };
    const input = { ...drawInput(draw, shape, 1, 0.3), weights: draw.reals(15 * agents, 0.2, 2) };
    const allocation = someAllocation(draw, shape, input);
    measure(kernels, 'pf_violation', shape, input, { allocation }).forEach((found, k) => {
      const expected = violationOf(shape, input, allocation, k);
      expect(Math.abs(found - expected)).toBeLessThanOrEqual(1e-7 * Math.max(1, expected));
      expect(found).toBeGreaterThan(0);
    });
  });

  it('is the linear programme of whole items too, where each agent has one it values', ({ task }) => {
    const draw = new Draw(task.name);
    const shape = { count: 20, agents: 3, items: 5 };
    const values = draw.reals(300, 0.1, 1);
    const owner = Int32Array.from({ length: 100 }, (_, j) => (j % 5 < 3 ? j % 5 : draw.integer(0, 2)));
    const allocation = Float64Array.from({ length: 300 }, (_, j) =>
      Number(owner[Math.floor(j / 15) * 5 + (j % 5)] === Math.floor(j / 5) % 3),
    );
    measure(kernels, 'pf_violation', shape, { values }, { owner }).forEach((found, k) => {
      expect(found).toBeCloseTo(violationOf(shape, { values }, allocation, k), 7);
    });
  });

  it('is 0 at proportional fairness, and more at what Partial Allocation leaves', async () => {
    for (const name of ['uniform', 'integer:3', 'identical']) {
      const batch = materialize(sampleProfiles(name, { agents: 5, items: 3, count: 100, budget: 1, seed: 3 }));
      const { allocation } = await engine.allocate(pf(), batch);
      const fair = await engine.measure(['pf_violation'], batch, { allocation: { data: allocation!, stride: 15 } });
      expect(Math.max(...fair.pf_violation!)).toBeLessThan(1e-9);
      const left = await engine.allocate(pa(), batch);
      const less = await engine.measure(['pf_violation'], batch, {
        allocation: { data: left.allocation!, stride: 15 },
      });
      less.pf_violation!.forEach((x) => expect(x).toBeGreaterThanOrEqual(0));
      expect(Math.max(...less.pf_violation!)).toBeGreaterThan(0.1);
    }
  });

  it('is infinite where somebody who can gain has nothing, and does not mind who cannot', () => {
    const shape = { count: 3, agents: 2, items: 2 };
    const values = Float64Array.of(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0);
    const weights = Float64Array.of(1, 1, 1, 0, 1, 1);
    const allocation = Float64Array.of(1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0);
    expect(measure(kernels, 'pf_violation', shape, { values, weights }, { allocation })).toEqual([Infinity, 0, 0]);
  });
});

describe('pf_fraction', () => {
  it.each([
    [2, 2],
    [4, 3],
    [7, 2],
  ])(
    'is the least share of what proportional fairness, poured in turn, gives, %i agents and %i items',
    (agents, items) => {
      const draw = new Draw(`pf_fraction ${agents}x${items}`);
      const shape = { count: 12, agents, items };
      const input = { ...drawInput(draw, shape, 1, 0.3), weights: draw.reals(12 * agents, 0.2, 2) };
      const allocation = someAllocation(draw, shape, input);
      measure(kernels, 'pf_fraction', shape, input, { allocation }).forEach((found, k) => {
        const p = profileAt(shape, input, k);
        const best = pourInTurn(p, 1e-13, 2000).utilities;
        const own = utilitiesOf(p, rows(allocation, k, agents, items));
        const expected = Math.min(...best.map((u, i) => (u > 0 ? own[i]! / u : Infinity)));
        expect(Math.abs(found - expected)).toBeLessThanOrEqual(1e-5 * expected);
      });
    },
  );

  it('is 1 at proportional fairness, and the least fraction of Partial Allocation at its', async () => {
    for (const name of ['uniform', 'integer:3']) {
      const batch = materialize(sampleProfiles(name, { agents: 5, items: 3, count: 100, budget: 1, seed: 6 }));
      for (const rule of [pf(), pa()]) {
        const { allocation, fractions, utilities } = await engine.allocate(rule, batch);
        const of = { allocation: { data: allocation!, stride: 15 } };
        const { pf_fraction: found } = await engine.measure(['pf_fraction'], batch, of);
        found!.forEach((x, k) => {
          const mine = [...utilities!.subarray(5 * k, 5 * k + 5).keys()].filter((i) => utilities![5 * k + i]! > 0);
          const expected = fractions ? Math.min(1, ...mine.map((i) => fractions[5 * k + i]!)) : 1;
          expect(Math.abs(x - expected)).toBeLessThanOrEqual(1e-9);
        });
        if (fractions) expect(Math.min(...found!)).toBeLessThan(0.8);
      }
    }
  });

  it('of whole items is their share of divisible ones, and 0 where somebody goes empty', async ({ task }) => {
    const draw = new Draw(task.name);
    const values = { shape: [30, 3, 4], data: draw.reals(360, 0.1, 1) };
    const batch = profileBatch({ values });
    const { owner, utilities } = await engine.allocate(roundRobin(), batch);
    const found = await engine.measure(['pf_fraction'], batch, { owner: { data: owner!, stride: 4 } });
    const fair = await engine.allocate(pf(), batch);
    found.pf_fraction!.forEach((x, k) => {
      const shares = [0, 1, 2].map((i) => utilities![3 * k + i]! / fair.utilities![3 * k + i]!);
      expect(x).toBeCloseTo(Math.min(...shares), 9);
    });
    const one = { count: 1, agents: 2, items: 2 };
    const four = { values: new Float64Array(4).fill(1), demands: Float64Array.of(1, 1, 0, 0) };
    // Owners know no demands: the second could have had one.
    expect(measure(kernels, 'pf_fraction', one, four, { owner: Int32Array.of(0, 0) })).toEqual([0]);
    expect(measure(kernels, 'pf_fraction', one, four, { allocation: Float64Array.of(1, 1, 0, 0) })).toEqual([1]);
  });

  it('is 1 where nobody can gain', () => {
    const shape = { count: 1, agents: 2, items: 1 };
    expect(
      measure(kernels, 'pf_fraction', shape, { values: Float64Array.of(0, 0) }, { allocation: Float64Array.of(0, 0) }),
    ).toEqual([1]);
  });
});
