import { beforeAll, describe, expect, it } from 'vitest';
import type { Kernels } from '../../src/wasm/kernels.js';
import { Draw } from '../helpers/draw.js';
import { testKernels } from '../helpers/kernels.js';
import { checkProfile, drawInput, solve, solveChecked, type Input } from '../helpers/proportional-fairness.js';
import type { Shape } from '../helpers/run.js';
import { canGain, objective, pourInTurn } from '../oracle/proportional-fairness.js';

let kernels: Kernels;
beforeAll(() => {
  kernels = testKernels();
});

/** Solves, checks every certificate, and compares with the oracle where that reached its own. */
function agree(shape: Shape, input: Input): void {
  const out = solve(kernels, shape, input);
  for (let k = 0; k < shape.count; k++) {
    const { profile, answer } = checkProfile(shape, input, out, k);
    const other = pourInTurn(profile, 1e-13);
    expect(other.gap, `the oracle's gap in profile ${k}`).toBeLessThanOrEqual(1e-12);
    expect(objective(profile, answer.allocation)).toBeGreaterThanOrEqual(objective(profile, other.allocation) - 1e-9);
    other.utilities.forEach((u, i) => {
      const gap = `utility ${i} of profile ${k}: ${answer.utilities[i]!}, the oracle says ${u}`;
      expect(Math.abs(answer.utilities[i]! - u), gap).toBeLessThanOrEqual(1e-6 * u);
      expect(canGain(profile, i)).toBe(u > 0);
    });
  }
}

const SHAPES = [
  [1, 1],
  [1, 5],
  [5, 1],
  [2, 2],
  [2, 5],
  [3, 3],
  [6, 4],
  [10, 3],
] as const;

describe('proportional fairness agrees with pouring item by item, and no allocation is better by 1e-9', () => {
  for (const [agents, items] of SHAPES) {
    const shape = { count: agents * items > 20 ? 12 : 30, agents, items };
    const size = shape.count * agents * items;

    it(`${agents} agents, ${items} items, supplies N/2 and N/10`, ({ task }) => {
      const draw = new Draw(task.name);
      agree(shape, drawInput(draw, shape, agents / 2));
      agree(shape, drawInput(draw, shape, agents / 10));
    });

    it(`${agents} agents, ${items} items, no demands, no budgets`, ({ task }) => {
      agree(shape, { values: new Draw(task.name).reals(size) });
    });

    it(`${agents} agents, ${items} items, weights and supplies of each profile's own, zero values`, ({ task }) => {
      const draw = new Draw(task.name);
      const weights = draw.reals(shape.count * agents, 0.5, 3);
      const budgets = draw.reals(shape.count * items, 0.1, agents / 3);
      const values = draw.reals(size).map((x) => (draw.unit() < 0.3 ? 0 : x));
      agree(shape, { values, budgets, weights, demands: draw.reals(size) });
      agree(shape, { values, budgets, weights });
    });

    it(`${agents} agents, ${items} items, a regularizer`, ({ task }) => {
      const draw = new Draw(task.name);
      const weights = draw.reals(shape.count * agents, 0.5, 3);
      for (const budget of [agents / 2, agents / 10]) {
        const input = drawInput(draw, shape, budget, 0.2);
        agree(shape, { ...input, regularizer: draw.reals(size, 0, 1) });
        agree(shape, { ...input, regularizer: draw.reals(size, -1, 0) });
        agree(shape, { ...input, weights, regularizer: draw.reals(size, -2, 2) });
      }
    });
  }

  it('30 agents, 10 items', ({ task }) => {
    const draw = new Draw(task.name);
    const shape = { count: 2, agents: 30, items: 10 };
    agree(shape, drawInput(draw, shape, 15));
    agree(shape, drawInput(draw, shape, 3));
    agree(shape, { ...drawInput(draw, shape, 3), regularizer: draw.reals(600, -1, 1) });
  });
});

describe('every profile is solved to 1e-8, and the residual returned is that of the numbers returned', () => {
  for (const [agents, items] of [
    [2, 2],
    [2, 5],
    [10, 3],
    [30, 10],
  ] as const) {
    for (const part of [2, 10]) {
      it(`2000 profiles of ${agents} agents and ${items} items, supplies N/${part}`, ({ task }) => {
        // Expectations cost more than kernels, so one batch is checked in a few.
        const shape = { count: 2000, agents, items };
        const input = drawInput(new Draw(task.name), shape, agents / part);
        const out = solveChecked(kernels, shape, input);
        expect(out.unique.every((x) => x === 1)).toBe(true);
        expect(Math.max(...out.iterations)).toBeLessThan(60);
      });
    }
  }
});

describe('the oracle', () => {
  it('finds gaps: what is not optimal is certified as such', () => {
    const profile = {
      values: [
        [1, 0.5],
        [1, 0.25],
      ],
      demands: [
        [2, 2],
        [2, 2],
      ],
      budgets: [1, 1],
      weights: [1, 1],
      regularizer: [
        [0, 0],
        [0, 0],
      ],
    };
    const { allocation, gap, utilities } = pourInTurn(profile);
    expect(gap).toBeLessThan(1e-14);
    expect(utilities[0]).toBeCloseTo(0.75, 7);
    expect(allocation[1]![1]).toBe(0);
    const halves = [
      [0.5, 0.5],
      [0.5, 0.5],
    ];
    const worse = objective(profile, allocation) - objective(profile, halves);
    expect(worse).toBeGreaterThan(0.01);
  });
});
