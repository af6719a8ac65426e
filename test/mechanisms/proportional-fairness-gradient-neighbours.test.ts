import { beforeAll, describe, expect, it } from 'vitest';
import type { Kernels } from '../../src/wasm/kernels.js';
import { Draw } from '../helpers/draw.js';
import {
  DENSE,
  ONE_SIDED,
  differentiate,
  drawCotangent,
  onlyProfile,
  partOf,
  sameGradientBits,
} from '../helpers/gradient.js';
import { testKernels } from '../helpers/kernels.js';
import type { Input } from '../helpers/proportional-fairness.js';
import type { Shape } from '../helpers/run.js';

let kernels: Kernels;
beforeAll(() => {
  kernels = testKernels();
});

describe('a gradient does not depend on its neighbours', () => {
  const nine: Shape = { count: 9, agents: 4, items: 3 };

  /** Drawn, tied and hopeless profiles beside each other. */
  function motley(draw: Draw): Required<Input> {
    const hopeless = (j: number): boolean => Math.floor(j / 12) === 4;
    const tied = (j: number): boolean => Math.floor(j / 12) % 3 === 1;
    return {
      values: draw.reals(108, 0.1, 1).map((v, j) => (hopeless(j) ? 0 : tied(j) ? Math.round(2 * v) : v)),
      demands: draw.reals(108, 0, 1).map((x, j) => (tied(j) ? 1 : x)),
      budgets: draw.reals(27, 0.5, 1).map((b, j) => (Math.floor(j / 3) % 3 === 1 ? 1 : b)),
      weights: draw.reals(36, 0.5, 2).map((w, j) => (Math.floor(j / 4) % 3 === 1 ? 1 : w)),
      regularizer: new Float64Array(108),
    };
  }

  for (const [name, options] of [
    ['least-norm', {}],
    ['dense', DENSE],
    ['one-sided', ONE_SIDED],
  ] as const) {
    it(`a profile alone, in a batch and in any order: the same, ${name}`, ({ task }) => {
      const draw = new Draw(task.name);
      const input = motley(draw);
      const cotangent = drawCotangent(draw, nine);
      const all = differentiate(kernels, nine, input, cotangent, options);
      expect(new Set(all.status).size).toBeGreaterThan(1);
      const order = [8, 7, 6, 5, 4, 3, 2, 1, 0];
      const turned = (data: Float64Array): Float64Array =>
        Float64Array.from(order.flatMap((k) => [...data.subarray((k * data.length) / 9, ((k + 1) * data.length) / 9)]));
      const backwards = differentiate(
        kernels,
        nine,
        Object.fromEntries(Object.entries(input).map(([array, data]) => [array, turned(data)])) as unknown as Input,
        turned(cotangent),
        options,
      );
      for (let k = 0; k < 9; k++) {
        sameGradientBits(all, k, backwards, 8 - k);
        const part = partOf(cotangent, 12, k);
        const alone = differentiate(kernels, { ...nine, count: 1 }, onlyProfile(nine, input, k), part, options);
        sameGradientBits(all, k, alone, 0);
      }
    });
  }

  it('a cotangent and inputs that all profiles share give the bits of repeated ones', ({ task }) => {
    const draw = new Draw(task.name);
    const input = motley(draw);
    const first = drawCotangent(draw, { ...nine, count: 1 });
    const repeated = Float64Array.from({ length: 108 }, (_, j) => first[j % 12]!);
    const shared = differentiate(kernels, nine, { ...input, budgets: Float64Array.of(1, 0.7, 0.9) }, first);
    const budgets = Float64Array.from({ length: 27 }, (_, j) => [1, 0.7, 0.9][j % 3]!);
    const copied = differentiate(kernels, nine, { ...input, budgets }, repeated);
    for (let k = 0; k < 9; k++) sameGradientBits(shared, k, copied, k);
  });
});
