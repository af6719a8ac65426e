import { beforeAll, describe, expect, it } from 'vitest';
import type { Kernels } from '../../src/wasm/kernels.js';
import { Draw } from '../helpers/draw.js';
import { testKernels } from '../helpers/kernels.js';
import { drawInput, solve, solveChecked, type Input, type Solved } from '../helpers/proportional-fairness.js';
import type { Shape } from '../helpers/run.js';

let kernels: Kernels;
beforeAll(() => {
  kernels = testKernels();
});

const ARRAYS = [
  'status',
  'residual',
  'allocation',
  'utilities',
  'prices',
  'lower_duals',
  'upper_duals',
  'unique',
  'iterations',
] as const;

/** Expects profile `k` of one result and profile `l` of another to be the same bits. */
function sameBits(shape: Shape, one: Solved, k: number, other: Solved, l: number): void {
  for (const name of ARRAYS) {
    const each = one[name].length / shape.count;
    const part = (out: Solved, p: number): number[] => [...out[name].subarray(p * each, (p + 1) * each)];
    const [left, right] = [part(one, k), part(other, l)];
    expect(
      left.every((x, j) => Object.is(x, right[j])),
      `${name} of profile ${k}`,
    ).toBe(true);
  }
}

describe('a profile does not depend on its neighbours', () => {
  const shape = { count: 9, agents: 4, items: 3 };
  const one = { ...shape, count: 1 };

  /** Hard, easy, tied and hopeless profiles beside each other. */
  function motley(draw: Draw): Required<Input> {
    const size = 9 * 12;
    const hopeless = (j: number): boolean => Math.floor(j / 12) === 4;
    const tied = (j: number): boolean => Math.floor(j / 12) % 3 === 1;
    return {
      values: draw.reals(size, 0.1, 1).map((v, j) => (hopeless(j) ? 0 : tied(j) ? Math.round(2 * v) : v)),
      demands: draw.reals(size, 0, 1),
      budgets: draw.reals(27, 0.1, 2),
      weights: draw.reals(36, 0.5, 2),
      regularizer: draw.reals(size, 0, 0.5),
    };
  }

  const part = (data: Float64Array, k: number): Float64Array =>
    data.subarray((k * data.length) / 9, ((k + 1) * data.length) / 9);
  const pickProfiles = (input: Input, order: readonly number[]): Input =>
    Object.fromEntries(
      Object.entries(input).map(([name, data]) => [name, Float64Array.from(order.flatMap((k) => [...part(data, k)]))]),
    ) as unknown as Input;

  for (const regularized of [false, true]) {
    it(`alone, in a batch of nine, in any order and beside any other: the same bits${regularized ? ', regularized' : ''}`, ({
      task,
    }) => {
      const { regularizer, ...rest } = motley(new Draw(task.name));
      const input: Input = regularized ? { ...rest, regularizer } : rest;
      const all = solveChecked(kernels, shape, input);
      const backwards = solve(kernels, shape, pickProfiles(input, [8, 7, 6, 5, 4, 3, 2, 1, 0]));
      for (let k = 0; k < 9; k++) {
        sameBits(shape, all, k, backwards, 8 - k);
        const alone = solve(kernels, one, pickProfiles(input, [k]));
        for (const name of ARRAYS)
          expect([...alone[name]]).toEqual([
            ...all[name].subarray((k * all[name].length) / 9, ((k + 1) * all[name].length) / 9),
          ]);
        for (let l = 0; l < 9; l++) {
          const pair = solve(kernels, { ...shape, count: 2 }, pickProfiles(input, [l, k]));
          for (const name of ARRAYS) expect([...pair[name].subarray(pair[name].length / 2)]).toEqual([...alone[name]]);
        }
      }
    });
  }

  it('arrays that all profiles share give the bits of repeated ones', ({ task }) => {
    const { regularizer, ...input } = motley(new Draw(task.name));
    for (const whole of [input, { ...input, regularizer }] as Input[]) {
      for (const name of Object.keys(whole) as (keyof Input)[]) {
        const first = part(whole[name]!, 0);
        const repeated = Float64Array.from({ length: whole[name]!.length }, (_, j) => first[j % first.length]!);
        const shared = solve(kernels, shape, { ...whole, [name]: first });
        const copied = solve(kernels, shape, { ...whole, [name]: repeated });
        for (let k = 0; k < 9; k++) sameBits(shape, shared, k, copied, k);
      }
    }
  });

  it('odd and even counts, from one on', ({ task }) => {
    const draw = new Draw(task.name);
    for (const count of [1, 2, 3, 4, 5, 8, 17]) {
      const many = { count, agents: 3, items: 2 };
      solveChecked(kernels, many, drawInput(draw, many, 0.4, 0.1));
    }
  });
});
