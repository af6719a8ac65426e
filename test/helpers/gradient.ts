import { expect } from 'vitest';
import type { OptionValues } from '../../src/mechanisms/mechanism.js';
import { proportionalFairnessGradient } from '../../src/mechanisms/proportional-fairness-gradient.js';
import type { Kernels } from '../../src/wasm/kernels.js';
import type { Draw } from './draw.js';
import type { Input } from './proportional-fairness.js';
import { run, type Shape } from './run.js';

/** Derivatives of a loss, by the names of files. */
export interface Slopes {
  readonly d_values: Float64Array;
  readonly d_demands: Float64Array;
  readonly d_weights: Float64Array;
  readonly d_regularizer: Float64Array;
  readonly d_budgets: Float64Array;
}

export interface Gradients extends Slopes {
  readonly status: Int32Array;
  readonly residual: Float64Array;
  readonly rank_deficiency: Int32Array;
  readonly weakly_active: Int32Array;
}

export const SLOPES = ['d_values', 'd_demands', 'd_weights', 'd_regularizer', 'd_budgets'] as const;
export const EVERYTHING = [...SLOPES, 'status', 'residual', 'rank_deficiency', 'weakly_active'] as const;

export const DENSE = { method: 'dense' };
export const ONE_SIDED = { degenerate: 'one-sided' };

/** Gradients of a chunk. A cotangent of one profile's length is shared. */
export function differentiate(
  kernels: Kernels,
  shape: Shape,
  input: Input,
  cotangent: Float64Array,
  options: OptionValues = {},
): Gradients {
  const all = { tolerance: 1e-11, degenerate: 'least-norm', method: 'structured', ...options };
  return run(kernels, proportionalFairnessGradient, shape, { ...input, cotangent }, all) as unknown as Gradients;
}

/** Gradient of one profile. */
export function differentiateOne(
  kernels: Kernels,
  agents: number,
  items: number,
  input: Input,
  cotangent: readonly number[],
  options: OptionValues = {},
): Gradients {
  return differentiate(kernels, { count: 1, agents, items }, input, Float64Array.from(cotangent), options);
}

/** One profile's part of an array that all share or that has one row a profile. */
export function partOf(data: Float64Array, each: number, k: number): Float64Array {
  return data.length === each ? data : data.slice(k * each, (k + 1) * each);
}

/** Profile k of a batch as a batch of its own. */
export function onlyProfile({ agents, items }: Shape, input: Input, k: number): Input {
  const each = { values: agents * items, demands: agents * items, budgets: items, weights: agents };
  return Object.fromEntries(
    Object.entries(input).map(([name, data]) => [
      name,
      partOf(data, each[name as keyof typeof each] ?? agents * items, k),
    ]),
  ) as unknown as Input;
}

/** The derivatives of profile k. */
export function slopesOf({ count }: Shape, out: Gradients, k: number): Slopes {
  return Object.fromEntries(
    SLOPES.map((name) => {
      const each = out[name].length / count;
      return [name, out[name].slice(k * each, (k + 1) * each)];
    }),
  ) as unknown as Slopes;
}

/** Largest difference over the five arrays, each in units of its largest element (at least `floor`). */
export function distance(one: Slopes, other: Slopes, floor = 1e-3): number {
  return Math.max(
    ...SLOPES.map((name) => {
      const unit = Math.max(floor, ...other[name].map(Math.abs));
      return Math.max(...one[name].map((x, j) => Math.abs(x - other[name][j]!))) / unit;
    }),
  );
}

/**
 * Largest relative difference from any of several estimates, element by element; elements below a hundredth of their array's largest count
 * by that. Elements of which no two estimates agree to 1e-4 are left out, and counted.
 */
export function distanceFromAny(one: Slopes, estimates: readonly Slopes[]): { worst: number; unknown: number } {
  let [worst, unknown] = [0, 0];
  for (const name of SLOPES) {
    const largest = Math.max(1e-3, ...one[name].map(Math.abs));
    one[name].forEach((x, j) => {
      const near = estimates.map((estimate) => estimate[name][j]!).filter((y) => !Number.isNaN(y));
      const unit = Math.max(Math.abs(x), 0.01 * largest);
      const agree = near.some((y, k) =>
        near.slice(k + 1).some((z) => Math.abs(y - z) <= 1e-4 * Math.max(unit, Math.abs(y))),
      );
      if (agree) worst = Math.max(worst, Math.min(...near.map((y) => Math.abs(x - y))) / unit);
      else unknown++;
    });
  }
  return { worst, unknown };
}

/** A cotangent of ordinary size for every profile. */
export function drawCotangent(draw: Draw, { count, agents, items }: Shape): Float64Array {
  return draw.reals(count * agents * items, -1, 1);
}

/** Bits of every array of profile k of one result and profile l of another. */
export function sameGradientBits(one: Gradients, k: number, other: Gradients, l: number): void {
  for (const name of EVERYTHING) {
    const [left, right] = [
      [one, k],
      [other, l],
    ].map(([out, p]) => {
      const data = (out as Gradients)[name];
      const each = data.length / (out as Gradients).status.length;
      return [...data.subarray((p as number) * each, ((p as number) + 1) * each)];
    }) as [number[], number[]];
    expect(left, `${name} of profile ${k}`).toEqual(right);
  }
}
