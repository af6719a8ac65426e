import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Kernels } from '../../src/wasm/kernels.js';
import { testKernels } from '../helpers/kernels.js';
import { answerAt, checkProfile, closeTo, solve, type Input } from '../helpers/proportional-fairness.js';

let kernels: Kernels;
beforeAll(() => {
  kernels = testKernels();
});

function one(agents: number, items: number, input: Input) {
  const shape = { count: 1, agents, items };
  const out = solve(kernels, shape, input);
  checkProfile(shape, input, out, 0);
  return answerAt(shape, out, 0);
}

function table(path: string): string[][] {
  const text = readFileSync(new URL(path, import.meta.url), 'utf8');
  return text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','));
}

const points = (relative: number) => ({
  near: (actual: number | undefined, expected: number) => closeTo([actual!], [expected], relative),
});

describe('proportional fairness, known answers', () => {
  const { near } = points(1e-9);

  it('occupation by sex (UCI Adult, first 500 rows): prices 273/58 and 481/58, one split agent, nothing for who values nothing', () => {
    const lines = table('../../data/adult/adult_first500_values.csv');
    const answer = one(lines.length, 2, { values: Float64Array.from(lines.flatMap((line) => [+line[2]!, +line[3]!])) });
    const agent = (name: string): number => lines.findIndex((line) => line[1] === name);
    near(answer.prices[0], 273 / 58);
    near(answer.prices[1], 481 / 58);
    const able = answer.utilities.filter((u) => u > 0);
    expect(able.length).toBe(13);
    const logs = able.reduce((sum, u) => sum + Math.log(u), 0);
    expect(Math.abs(logs - 12.006522574228)).toBeLessThan(1e-9);
    expect(answer.unique).toBe(1);
    closeTo(answer.allocation[agent('Exec-managerial')]!, [41 / 273, 17 / 481], 1e-9);
    expect(answer.allocation[agent('Priv-house-serv')]).toEqual([0, 0]);
    expect(answer.utilities[agent('Priv-house-serv')]).toBe(0);
    const female = ['Adm-clerical', 'Other-service', 'Tech-support', 'Prof-specialty'];
    for (const [k, [, name]] of lines.entries()) {
      if (name === 'Exec-managerial' || name === 'Priv-house-serv') continue;
      const share = female.includes(name!) ? [58 / 273, 0] : [0, 58 / 481];
      expect(Math.abs(answer.allocation[k]![0]! - share[0]!), name).toBeLessThan(1e-10);
      expect(Math.abs(answer.allocation[k]![1]! - share[1]!), name).toBeLessThan(1e-10);
    }
  });

  it('Figure 2 of Zeng et al. 2023 with demands 2: utilities 3/4, prices 4/3 and 2/3', () => {
    const answer = one(2, 2, { values: Float64Array.of(1, 0.5, 1, 0.25), demands: new Float64Array(4).fill(2) });
    closeTo(answer.allocation.flat(), [1 / 4, 1, 3 / 4, 0], 1e-12);
    closeTo(answer.utilities, [3 / 4, 3 / 4], 1e-12);
    closeTo(answer.prices, [4 / 3, 2 / 3], 1e-12);
    expect(answer.unique).toBe(1);
  });

  it('Figure 2 with demands 1: the same allocation, though a demand and a budget bind together', () => {
    for (const demands of [new Float64Array(4).fill(1), undefined]) {
      const answer = one(2, 2, { values: Float64Array.of(1, 0.5, 1, 0.25), ...(demands && { demands }) });
      answer.allocation.flat().forEach((a, k) => expect(Math.abs(a - [1 / 4, 1, 3 / 4, 0][k]!)).toBeLessThan(1e-9));
      closeTo(answer.utilities, [3 / 4, 3 / 4], 1e-9);
      near(answer.prices[0], 4 / 3);
      expect(answer.residual).toBeLessThanOrEqual(1e-8);
      expect(answer.unique).toBe(1);
    }
  });

  it('Panama Canal Treaty (Raiffa 1982): 66 points each, 2/15 of issue 3 moved, product 4356', () => {
    const lines = table('../../data/panama/panama_1974_points.csv');
    const values = Float64Array.from([2, 3].flatMap((column) => lines.map((line) => +line[column]!)));
    const answer = one(2, 10, { values });
    closeTo(answer.utilities, [66, 66], 1e-12);
    near(answer.utilities[0]! * answer.utilities[1]!, 4356);
    expect(answer.unique).toBe(1);
    const states = [1, 1, 2 / 15, 1, 0, 1, 0, 0, 0, 0];
    states.forEach((share, m) => {
      expect(Math.abs(answer.allocation[0]![m]! - share)).toBeLessThan(1e-12);
      expect(Math.abs(answer.allocation[1]![m]! - (1 - share))).toBeLessThan(1e-12);
    });
  });

  it('two identical agents: half of everything each, and not unique', () => {
    const answer = one(2, 2, { values: Float64Array.of(1, 0.5, 1, 0.5), demands: new Float64Array(4).fill(2) });
    closeTo(answer.allocation.flat(), [0.5, 0.5, 0.5, 0.5], 1e-9);
    closeTo(answer.prices, [4 / 3, 2 / 3], 1e-9);
    expect(answer.unique).toBe(0);
  });

  it('one item: shares in proportion to weights, what demands leave goes to the others', () => {
    const weights = Float64Array.of(1, 2, 3);
    const free = one(3, 1, { values: Float64Array.of(5, 1, 0.1), weights });
    closeTo(free.allocation.flat(), [1 / 6, 2 / 6, 3 / 6], 1e-14);
    closeTo(free.prices, [6], 1e-14);
    const capped = one(3, 1, { values: Float64Array.of(5, 1, 0.1), weights, demands: Float64Array.of(1, 1, 0.25) });
    closeTo(capped.allocation.flat(), [1 / 4, 2 / 4, 1 / 4], 1e-14);
    closeTo(capped.prices, [4], 1e-14);
    near(capped.upper[2]![0], 8);
  });

  it('a regularizer above the price ends an agent early: a = w / z', () => {
    const answer = one(2, 1, { values: Float64Array.of(3, 7), regularizer: Float64Array.of(4, 10) });
    closeTo(answer.allocation.flat(), [1 / 4, 1 / 10], 1e-9);
    expect(Math.abs(answer.prices[0]!)).toBeLessThan(1e-9);
  });
});
