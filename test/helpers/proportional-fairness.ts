import { expect } from 'vitest';
import { proportionalFairness } from '../../src/mechanisms/proportional-fairness.js';
import type { Kernels } from '../../src/wasm/kernels.js';
import { canGain, gap, residualOf, utilitiesOf, violation, type Profile } from '../oracle/proportional-fairness.js';
import { rows } from '../oracle/round-robin.js';
import type { Draw } from './draw.js';
import { run, type Shape } from './run.js';

export type Input = Readonly<
  { values: Float64Array } & Partial<Record<'demands' | 'budgets' | 'weights' | 'regularizer', Float64Array>>
>;

export interface Solved {
  readonly status: Int32Array;
  readonly residual: Float64Array;
  readonly allocation: Float64Array;
  readonly utilities: Float64Array;
  readonly prices: Float64Array;
  readonly lower_duals: Float64Array;
  readonly upper_duals: Float64Array;
  readonly unique: Int8Array;
  readonly iterations: Int32Array;
}

/** Profile k of a batch as nested lists, with the defaults of arrays left out. An array of one profile's length is shared. */
export function profileAt({ count, agents, items }: Shape, input: Input, k: number): Profile {
  const size = agents * items;
  const part = (data: Float64Array, each: number): Float64Array =>
    data.length === each && count > 1 ? data : data.subarray(k * each, (k + 1) * each);
  const table = (data: Float64Array): number[][] => rows(part(data, size), 0, agents, items);
  const budgets = input.budgets ? [...part(input.budgets, items)] : Array<number>(items).fill(1);
  const each = Array.from({ length: agents });
  return {
    values: table(input.values),
    demands: input.demands ? table(input.demands) : each.map(() => budgets),
    budgets,
    weights: input.weights ? [...part(input.weights, agents)] : each.map(() => 1),
    regularizer: input.regularizer ? table(input.regularizer) : each.map(() => budgets.map(() => 0)),
  };
}

/** A batch of profiles of one shape, every array given. */
export function batchOf(profiles: readonly Profile[]): { shape: Shape; input: Input } {
  const shape = { count: profiles.length, agents: profiles[0]!.weights.length, items: profiles[0]!.budgets.length };
  const all = (pick: (p: Profile) => readonly number[]): Float64Array => Float64Array.from(profiles.flatMap(pick));
  const input = {
    values: all((p) => p.values.flat()),
    demands: all((p) => p.demands.flat()),
    budgets: all((p) => p.budgets),
    weights: all((p) => p.weights),
    regularizer: all((p) => p.regularizer.flat()),
  };
  return { shape, input };
}

export function solve(kernels: Kernels, shape: Shape, input: Input): Solved {
  return run(kernels, proportionalFairness, shape, input, { tolerance: 1e-11 }) as unknown as Solved;
}

/** The numbers of profile k of a result. */
export function answerAt({ agents, items }: Shape, out: Solved, k: number) {
  return {
    allocation: rows(out.allocation, k, agents, items),
    utilities: [...out.utilities.subarray(k * agents, (k + 1) * agents)],
    prices: [...out.prices.subarray(k * items, (k + 1) * items)],
    lower: rows(out.lower_duals, k, agents, items),
    upper: rows(out.upper_duals, k, agents, items),
    unique: out.unique[k]!,
    status: out.status[k]!,
    residual: out.residual[k]!,
  };
}

/** Checks everything that can be recomputed from profile k and its answer alone; returns both. */
export function checkProfile(shape: Shape, input: Input, out: Solved, k: number) {
  const profile = profileAt(shape, input, k);
  const answer = answerAt(shape, out, k);
  expect(answer.status, `status of profile ${k}`).toBe(0);
  const residual = residualOf(profile, answer);
  expect(residual, `residual of profile ${k}`).toBeLessThanOrEqual(1e-8);
  expect(Math.abs(answer.residual - residual), `residual returned for profile ${k}`).toBeLessThanOrEqual(1e-12);
  const supply = Math.max(1, ...profile.budgets);
  expect(violation(profile, answer.allocation), `violation in profile ${k}`).toBeLessThanOrEqual(1e-12 * supply);
  const weight = profile.weights.reduce((a, b) => a + b, 0);
  expect(gap(profile, answer.allocation), `gap of profile ${k}`).toBeLessThanOrEqual(1e-9 * Math.max(1, weight));
  utilitiesOf(profile, answer.allocation).forEach((u, i) => {
    expect(Math.abs(answer.utilities[i]! - u)).toBeLessThanOrEqual(1e-13 * u);
    if (canGain(profile, i)) expect(u).toBeGreaterThan(0);
    else expect(answer.allocation[i]!.every((x) => x === 0)).toBe(true);
  });
  expect([0, 1]).toContain(answer.unique);
  return { profile, answer };
}

/** Solves a batch and checks every profile of it. */
export function solveChecked(kernels: Kernels, shape: Shape, input: Input): Solved {
  const out = solve(kernels, shape, input);
  for (let k = 0; k < shape.count; k++) checkProfile(shape, input, out, k);
  return out;
}

/** Values in 0.1..1, demands in 0.1..1 of which a share is 0, the same supply of every item. */
export function drawInput(
  draw: Draw,
  { count, agents, items }: Shape,
  budget: number,
  zero = 0.5,
): Required<Pick<Input, 'values' | 'demands' | 'budgets'>> {
  const size = count * agents * items;
  return {
    values: draw.reals(size, 0.1, 1),
    demands: draw.reals(size, 0.1, 1).map((x) => (draw.unit() < zero ? 0 : x)),
    budgets: new Float64Array(items).fill(budget),
  };
}

export function closeTo(actual: ArrayLike<number>, expected: ArrayLike<number>, relative: number, what = ''): void {
  expect(actual.length).toBe(expected.length);
  for (let k = 0; k < actual.length; k++) {
    expect(
      Math.abs(actual[k]! - expected[k]!),
      `${what}[${k}] = ${actual[k]!}, expected ${expected[k]!}`,
    ).toBeLessThanOrEqual(relative * Math.max(Math.abs(expected[k]!), 1e-300));
  }
}
