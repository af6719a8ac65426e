import { beforeAll, describe, expect, it } from 'vitest';
import type { Kernels } from '../../src/wasm/kernels.js';
import { Draw } from '../helpers/draw.js';
import { testKernels } from '../helpers/kernels.js';
import {
  answerAt,
  checkProfile,
  closeTo,
  drawInput,
  solve,
  solveChecked,
  type Input,
} from '../helpers/proportional-fairness.js';

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

describe('proportional fairness at the edges', () => {
  it('where nothing is scarce and everybody is drawn to everything, all is had, however small a demand', ({ task }) => {
    // Iterations went on for ever here: nearly nothing is demanded of one item, and the linear term pulls hard at the other.
    const far = one(2, 2, {
      values: Float64Array.of(0.5358220302206976, 0.1, 0.33314359017174155, 0.265454181084271),
      demands: Float64Array.of(0.0016086794708441987, 0, 0, 0.9663276476636724),
      regularizer: Float64Array.of(-1.4718407326834848, -0.6833679778267203, -5.841156716264583, -4.7813521586729575),
    });
    expect(far.allocation).toEqual([
      [0.0016086794708441987, 0],
      [0, 0.9663276476636724],
    ]);
    expect([far.unique, ...far.prices]).toEqual([1, 0, 0]);
    const draw = new Draw(task.name);
    const [count, agents, items] = [200, 3, 2];
    const fill = (of: () => number) => Float64Array.from({ length: count * agents * items }, of);
    const input = {
      values: fill(() => draw.unit()),
      demands: fill(() => (draw.unit() < 0.3 ? 0 : 10 ** (-4 * draw.unit()) / 3)),
      regularizer: fill(() => -10 * draw.unit()),
    };
    const out = solveChecked(kernels, { count, agents, items }, input);
    input.demands.forEach((x, j) => expect(out.allocation[j]).toBe(x));
  });

  it('nobody is given what a linear term drives away, though nothing is scarce', () => {
    // u = a: 1/a = 4 at a quarter, and 1/a = 1/2 beyond the demand.
    const answer = one(2, 1, {
      values: Float64Array.of(1, 1),
      demands: Float64Array.of(0.5, 0.5),
      regularizer: Float64Array.of(4, 0.5),
    });
    closeTo(answer.allocation.flat(), [0.25, 0.5], 1e-9);
    // What is worth nothing to an agent is had if the linear term pulls, and not if it pushes.
    for (const [z, a] of [
      [-1, 0.5],
      [1, 0],
    ] as const) {
      const worthless = one(1, 2, {
        values: Float64Array.of(1, 0),
        demands: Float64Array.of(0.5, 0.5),
        regularizer: Float64Array.of(0, z),
      });
      closeTo(worthless.allocation.flat(), [0.5, a], 1e-9);
    }
  });

  it('nobody can gain: zeros, prices 0, solved, whether values, demands, weights or supplies are 0', () => {
    const zero = new Float64Array(4);
    const values = Float64Array.of(1, 2, 3, 4);
    const nothing: Input[] = [
      { values: zero },
      { values, demands: zero },
      { values, weights: new Float64Array(2) },
      { values, budgets: new Float64Array(2) },
      { values: Float64Array.of(0, 1, 0, 1), budgets: Float64Array.of(1, 0) },
    ];
    for (const input of nothing) {
      const answer = one(2, 2, input);
      for (const list of [answer.allocation.flat(), answer.utilities, answer.prices])
        expect(list.every((x) => x === 0)).toBe(true);
      expect(answer.unique).toBe(1);
    }
  });

  it('agents with no value, no demand or no weight get nothing, and the others as if they were alone', () => {
    const values = Float64Array.of(1, 2, 0, 0, 2, 1, 5, 5, 7, 1);
    const demands = Float64Array.of(1, 0.6, 1, 1, 0.7, 1, 0, 0, 1, 1);
    const weights = Float64Array.of(1, 1, 2, 3, 0);
    const answer = one(5, 2, { values, demands, weights });
    const without = one(2, 2, {
      values: Float64Array.of(1, 2, 2, 1),
      demands: Float64Array.of(1, 0.6, 0.7, 1),
      weights: Float64Array.of(1, 2),
    });
    for (const i of [1, 3, 4]) expect(answer.allocation[i]).toEqual([0, 0]);
    closeTo([answer.utilities[0]!, answer.utilities[2]!], without.utilities, 1e-12);
    closeTo(answer.prices, without.prices, 1e-12);
  });

  it("an item without supply is nobody's, whatever the demands, and who wants nothing else can gain nothing", ({
    task,
  }) => {
    const values = Float64Array.of(1, 2, 3, 1, 4, 0);
    const answer = one(3, 2, { values, demands: new Float64Array(6).fill(0.7), budgets: Float64Array.of(0, 1) });
    expect(answer.allocation.map((row) => row[0])).toEqual([0, 0, 0]);
    closeTo([answer.allocation[0]![1]!, answer.allocation[1]![1]!], [0.5, 0.5], 1e-12);
    expect(answer.allocation[2]).toEqual([0, 0]);
    expect(answer.utilities[2]).toBe(0);
    const draw = new Draw(task.name);
    const shape = { count: 100, agents: 4, items: 3 };
    const budgets = draw.reals(300, 0.1, 2).map((b) => (draw.unit() < 0.4 ? 0 : b));
    const sparse = draw.reals(1200, 0.1, 1).map((v) => (draw.unit() < 0.5 ? 0 : v));
    solveChecked(kernels, shape, { values: sparse, demands: draw.reals(1200), budgets });
  });

  it('demands of 0 in most places', ({ task }) => {
    const draw = new Draw(task.name);
    const shape = { count: 300, agents: 6, items: 4 };
    solveChecked(kernels, shape, drawInput(draw, shape, 0.5, 0.8));
    solveChecked(kernels, shape, drawInput(draw, shape, 0.5, 0.95));
  });

  it('supply beyond demand: everybody gets all of it exactly, at prices 0', ({ task }) => {
    const draw = new Draw(task.name);
    const shape = { count: 50, agents: 4, items: 3 };
    const input = drawInput(draw, shape, 4);
    const out = solveChecked(kernels, shape, input);
    for (let k = 0; k < shape.count; k++) {
      const rows = answerAt(shape, out, k);
      rows.allocation.flat().forEach((a, j) => expect(a).toBe(input.demands[k * 12 + j]));
      expect(rows.prices).toEqual([0, 0, 0]);
    }
  });

  it('an item that nobody needs has price 0, a scarce one beside it does not', () => {
    const worthless = one(2, 3, { values: Float64Array.of(1, 0, 0.5, 2, 0, 1.5) });
    expect(worthless.prices[1]).toBe(0);
    expect(Math.min(worthless.prices[0]!, worthless.prices[2]!)).toBeGreaterThan(0.1);
    const undemanded = one(2, 2, { values: Float64Array.of(1, 1, 2, 1), demands: Float64Array.of(1, 0, 1, 0) });
    expect(undemanded.prices[1]).toBe(0);
    const spare = one(2, 2, { values: Float64Array.of(1, 1, 2, 1), demands: Float64Array.of(1, 0.3, 1, 0.4) });
    expect(spare.prices[1]).toBe(0);
    expect(spare.prices[0]).toBeGreaterThan(0);
  });

  it('demands far above the supply are as good as none', ({ task }) => {
    const draw = new Draw(task.name);
    const shape = { count: 40, agents: 4, items: 3 };
    const { values, budgets } = drawInput(draw, shape, 1.5);
    const plain = solve(kernels, shape, { values, budgets });
    for (const huge of [2, 20, 200, 1e4, 1e9, 1e300]) {
      const out = solveChecked(kernels, shape, {
        values,
        budgets,
        demands: new Float64Array(values.length).fill(huge),
      });
      closeTo(out.utilities, plain.utilities, 1e-8, `utilities with demands ${huge}`);
    }
  });

  it('a demand far below the supply, beside one that is not', () => {
    for (const little of [0.3, 0.1, 0.03, 0.01, 0.005, 0.003, 1e-3, 1e-4, 1e-5, 1e-6]) {
      const answer = one(2, 1, { values: Float64Array.of(1, 1), demands: Float64Array.of(little, 1) });
      closeTo(answer.allocation.flat(), [little, 1 - little], 1e-12);
    }
  });

  it('one agent and a linear term, supplies of 1 to 1000', () => {
    for (let supply = 1; supply < 1000; supply *= 2) {
      const budgets = Float64Array.of(supply);
      const wanting = one(1, 1, { values: Float64Array.of(2), budgets, regularizer: Float64Array.of(-1) });
      expect(wanting.allocation).toEqual([[supply]]);
      const sated = one(1, 1, { values: Float64Array.of(2), budgets, regularizer: Float64Array.of(4) });
      closeTo(sated.allocation.flat(), [0.25], 1e-9);
    }
  });

  it('demands small and large beside each other', ({ task }) => {
    const draw = new Draw(task.name);
    for (const reach of [1, 2, 3]) {
      for (const [agents, items] of [
        [3, 1],
        [1, 3],
        [4, 3],
      ] as const) {
        const shape = { count: 60, agents, items };
        const { values, budgets } = drawInput(draw, shape, 1);
        const demands = values.map(() => 10 ** (reach * (2 * draw.unit() - 1)));
        solveChecked(kernels, shape, { values, budgets, demands });
      }
    }
  });

  it("an agent's unit of value is nothing to anybody: 1e-9 to 1e9", ({ task }) => {
    const draw = new Draw(task.name);
    const shape = { count: 40, agents: 4, items: 3 };
    const input = drawInput(draw, shape, 0.7, 0.2);
    const plain = solveChecked(kernels, shape, input);
    for (const unit of [1e-9, 1e-4, 1e4, 1e9]) {
      const values = input.values.map((v, j) => (Math.floor(j / 3) % 4 === 1 ? v * unit : v));
      const out = solveChecked(kernels, shape, { ...input, values });
      closeTo(
        out.utilities,
        plain.utilities.map((u, j) => (j % 4 === 1 ? u * unit : u)),
        1e-11,
        'utilities',
      );
      closeTo(out.prices, plain.prices, 1e-11, 'prices');
      out.allocation.forEach((a, j) => expect(Math.abs(a - plain.allocation[j]!)).toBeLessThan(1e-11));
    }
  });

  it('neither is the unit of supplies and demands, 1e-9 to 1e9, of all items or one', ({ task }) => {
    const draw = new Draw(task.name);
    const shape = { count: 40, agents: 4, items: 3 };
    const input = drawInput(draw, shape, 0.7, 0.2);
    const plain = solveChecked(kernels, shape, input);
    for (const unit of [1e-9, 1e-4, 1e4, 1e9]) {
      const scaled = (data: Float64Array): Float64Array => data.map((x) => x * unit);
      const out = solveChecked(kernels, shape, {
        ...input,
        demands: scaled(input.demands),
        budgets: scaled(input.budgets),
      });
      closeTo(out.utilities, scaled(plain.utilities), 1e-11, 'utilities');
      const first = (data: Float64Array, power: number): Float64Array =>
        data.map((x, j) => (j % 3 === 0 ? x * unit ** power : x));
      const mixed = {
        values: first(input.values, -1),
        demands: first(input.demands, 1),
        budgets: first(input.budgets, 1),
      };
      const other = solve(kernels, shape, mixed);
      closeTo(other.utilities, plain.utilities, 1e-11, 'utilities');
    }
  });

  it('weights count relative to each other only', ({ task }) => {
    const draw = new Draw(task.name);
    const shape = { count: 40, agents: 4, items: 3 };
    const input = drawInput(draw, shape, 0.7, 0.2);
    const weights = draw.reals(160, 0.2, 2);
    const plain = solveChecked(kernels, shape, { ...input, weights });
    for (const unit of [1e-3, 1e3]) {
      const out = solveChecked(kernels, shape, { ...input, weights: weights.map((w) => w * unit) });
      closeTo(out.utilities, plain.utilities, 1e-11, 'utilities');
      closeTo(
        out.prices,
        plain.prices.map((p) => p * unit),
        1e-11,
        'prices',
      );
    }
  });

  it('values of one profile that span six orders of magnitude', ({ task }) => {
    const draw = new Draw(task.name);
    for (const [agents, items] of [
      [2, 2],
      [5, 3],
      [10, 5],
    ] as const) {
      const shape = { count: 100, agents, items };
      const values = Float64Array.from({ length: 100 * agents * items }, () => 10 ** (6 * draw.unit() - 3));
      solveChecked(kernels, shape, { values });
      solveChecked(kernels, shape, { values, demands: draw.reals(values.length, 0.1, 1) });
    }
  });

  it('copies of an agent share alike', ({ task }) => {
    const draw = new Draw(task.name);
    const values = draw.reals(3, 0.1, 1);
    const alike = Float64Array.from({ length: 15 }, (_, j) => values[j % 3]!);
    const answer = one(5, 3, { values: alike, demands: new Float64Array(15).fill(1) });
    answer.utilities.forEach((u) => closeTo([u], [values.reduce((a, b) => a + b, 0) / 5], 1e-12));
    expect(answer.unique).toBe(0);
  });

  it('1000 agents, 64 items', ({ task }) => {
    const shape = { count: 1, agents: 1000, items: 64 };
    const out = solveChecked(kernels, shape, drawInput(new Draw(task.name), shape, 100));
    expect(out.unique[0]).toBe(1);
  });
});
