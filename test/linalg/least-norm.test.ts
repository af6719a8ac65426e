import { beforeAll, describe, expect, it } from 'vitest';
import type { Kernels } from '../../src/wasm/kernels.js';
import { Draw } from '../helpers/draw.js';
import { DENSE, differentiate, distance, drawCotangent, onlyProfile, slopesOf } from '../helpers/gradient.js';
import { testKernels } from '../helpers/kernels.js';
import { answerAt, drawInput, profileAt, solve, type Input } from '../helpers/proportional-fairness.js';
import type { Shape } from '../helpers/run.js';
import { rows } from '../oracle/round-robin.js';
import { kktGradient } from '../oracle/kkt.js';

// leastNorm (assembly/linalg/least-norm.ts) is no export: it is seen through the dense gradient, whose system is built here once more.

let kernels: Kernels;
beforeAll(() => {
  kernels = testKernels();
});

interface Seen {
  singular: number;
  inconsistent: number;
  worst: number;
}

/** Compares every profile's dense gradient with the pseudo-inverse. */
function compare(shape: Shape, input: Input, cotangent: Float64Array): Seen {
  const solution = solve(kernels, shape, input);
  const dense = differentiate(kernels, shape, input, cotangent, DENSE);
  const seen = { singular: 0, inconsistent: 0, worst: 0 };
  for (let k = 0; k < shape.count; k++) {
    const given = profileAt(shape, onlyProfile(shape, input, k), 0);
    const profile = input.demands ? given : { ...given, demands: given.demands.map((row) => row.map(() => Infinity)) };
    const answer = answerAt(shape, solution, k);
    const cotangents = rows(cotangent, k, shape.agents, shape.items);
    const { slopes, nullity, residual } = kktGradient(profile, answer, answer.utilities, cotangents);
    const off = distance(slopesOf(shape, dense, k), slopes);
    expect(off, `profile ${k}`).toBeLessThanOrEqual(1e-8);
    const seenBy = cotangents.filter((_, i) => answer.utilities[i]! > 0);
    const largest = Math.max(1e-300, ...seenBy.flat().map(Math.abs));
    expect(Math.abs(dense.residual[k]! - residual / largest), `residual of profile ${k}`).toBeLessThanOrEqual(1e-8);
    seen.worst = Math.max(seen.worst, off);
    if (nullity > 0) seen.singular++;
    if (residual > 1e-6) seen.inconsistent++;
  }
  return seen;
}

const FIGURE = Float64Array.of(1, 0.5, 1, 0.25);
const ALIKE = Float64Array.of(1, 0.5, 1, 0.5);

describe('the complete orthogonal decomposition agrees with the pseudo-inverse of the KKT matrix to 1e-8', () => {
  it('on regular systems of several sizes, with weights and a regularizer', ({ task }) => {
    const draw = new Draw(task.name);
    for (const [agents, items] of [
      [1, 1],
      [2, 2],
      [3, 2],
      [2, 5],
      [5, 3],
    ] as const) {
      const shape = { count: 8, agents, items };
      const input = {
        ...drawInput(draw, shape, 1, 0),
        weights: draw.reals(8 * agents, 0.5, 2),
        regularizer: draw.reals(8 * agents * items, -0.5, 0.5),
      };
      expect(compare(shape, input, drawCotangent(draw, shape)).singular).toBe(0);
    }
  });

  it('where demands of 0 make it singular, harmlessly', ({ task }) => {
    const draw = new Draw(task.name);
    const shape = { count: 20, agents: 4, items: 3 };
    const seen = compare(shape, drawInput(draw, shape, 1, 0.4), drawCotangent(draw, shape));
    expect(seen.singular).toBeGreaterThan(15);
    expect(seen.inconsistent).toBe(0);
  });

  it('on Figure 2 with demands 1, where a demand and a budget bind together', ({ task }) => {
    const shape = { count: 6, agents: 2, items: 2 };
    const input = { values: FIGURE, demands: new Float64Array(4).fill(1) };
    const seen = compare(shape, input, drawCotangent(new Draw(task.name), shape));
    expect(seen).toMatchObject({ singular: 6, inconsistent: 0 });
  });

  it('on two identical agents, where it is singular and inconsistent', ({ task }) => {
    const shape = { count: 6, agents: 2, items: 2 };
    for (const extra of [{}, { demands: new Float64Array(4).fill(2) }]) {
      const seen = compare(shape, { values: ALIKE, ...extra }, drawCotangent(new Draw(task.name), shape));
      expect(seen).toMatchObject({ singular: 6, inconsistent: 6 });
    }
  });

  it('on small integers, where ties abound', ({ task }) => {
    const draw = new Draw(task.name);
    for (const [agents, items] of [
      [2, 2],
      [3, 2],
      [3, 3],
      [4, 3],
    ] as const) {
      const shape = { count: 25, agents, items };
      const size = 25 * agents * items;
      const demands = draw.integers(size, 0, 3).map((x) => x / 2);
      const cotangent = drawCotangent(draw, shape);
      expect(compare(shape, { values: draw.integers(size, 1, 3) }, cotangent).singular).toBeGreaterThan(0);
      expect(compare(shape, { values: draw.integers(size, 0, 3), demands }, cotangent).singular).toBeGreaterThan(0);
    }
  });
});
