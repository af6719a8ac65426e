import { beforeAll, describe, expect, it } from 'vitest';
import type { Kernels } from '../../src/wasm/kernels.js';
import { Draw } from '../helpers/draw.js';
import { testKernels } from '../helpers/kernels.js';
import {
  answerAt,
  closeTo,
  drawInput,
  profileAt,
  solve,
  solveChecked,
  type Input,
} from '../helpers/proportional-fairness.js';
import { permuted } from '../helpers/run.js';
import { canGain, caps } from '../oracle/proportional-fairness.js';

let kernels: Kernels;
beforeAll(() => {
  kernels = testKernels();
});

const shape = { count: 60, agents: 5, items: 3 };
const size = shape.count * shape.agents * shape.items;

/** Scarce items, weights, and supplies of each profile's own. */
function drawn(draw: Draw): Required<Omit<Input, 'regularizer'>> {
  return {
    ...drawInput(draw, shape, 1, 0.3),
    budgets: draw.reals(shape.count * 3, 0.3, 1.5),
    weights: draw.reals(shape.count * 5, 0.5, 2),
  };
}

/** An array of [count, agents, items] made larger: element (k, i, m) from `at`. */
function grown(agents: number, items: number, at: (k: number, i: number, m: number) => number): Float64Array {
  return Float64Array.from({ length: shape.count * agents * items }, (_, j) =>
    at(Math.floor(j / (agents * items)), Math.floor(j / items) % agents, j % items),
  );
}

describe('proportional fairness', () => {
  it('permuting agents and items permutes utilities and prices', ({ task }) => {
    const draw = new Draw(task.name);
    const input = drawn(draw);
    const regularizer = draw.reals(size, -0.5, 0.5);
    const [agents, items] = [draw.permutation(5), draw.permutation(3)];
    for (const extra of [{}, { regularizer }]) {
      const whole: Input = { ...input, ...extra };
      const plain = solveChecked(kernels, shape, whole);
      const moved = (data: Float64Array): Float64Array => permuted(data, shape, agents, items);
      const out = solveChecked(kernels, shape, {
        values: moved(input.values),
        demands: moved(input.demands),
        budgets: permuted(input.budgets, { ...shape, agents: 1 }, [0], items),
        weights: permuted(input.weights, { ...shape, items: 1 }, agents, [0]),
        ...(whole.regularizer && { regularizer: moved(whole.regularizer) }),
      });
      closeTo(out.utilities, permuted(plain.utilities, { ...shape, items: 1 }, agents, [0]), 1e-9, 'utilities');
      const prices = permuted(plain.prices, { ...shape, agents: 1 }, [0], items);
      out.prices.forEach((p, j) => expect(Math.abs(p - prices[j]!)).toBeLessThanOrEqual(1e-7 * Math.max(1, p)));
    }
  });

  it("scaling an agent's values by a power of two leaves every bit of the allocation", ({ task }) => {
    const input = drawn(new Draw(task.name));
    const plain = solve(kernels, shape, input);
    for (const unit of [2 ** -20, 2 ** 7]) {
      const values = input.values.map((v, j) => (Math.floor(j / 3) % 5 === 2 ? v * unit : v));
      const out = solveChecked(kernels, shape, { ...input, values });
      expect([...out.allocation]).toEqual([...plain.allocation]);
      expect([...out.prices]).toEqual([...plain.prices]);
    }
  });

  it('a worthless item changes nobody', ({ task }) => {
    const input = drawn(new Draw(task.name));
    const plain = solve(kernels, shape, input);
    const wider = (data: Float64Array, other: number): Float64Array =>
      grown(5, 4, (k, i, m) => (m < 3 ? data[(k * 5 + i) * 3 + m]! : other));
    const budgets = Float64Array.from({ length: shape.count * 4 }, (_, j) =>
      j % 4 < 3 ? input.budgets[Math.floor(j / 4) * 3 + (j % 4)]! : 0.8,
    );
    const out = solveChecked(
      kernels,
      { ...shape, items: 4 },
      { values: wider(input.values, 0), demands: wider(input.demands, 0.5), budgets, weights: input.weights },
    );
    closeTo(out.utilities, plain.utilities, 1e-9, 'utilities');
    for (let k = 0; k < shape.count; k++) {
      expect(Math.abs(out.prices[4 * k + 3]!)).toBeLessThan(1e-8);
      expect(out.unique[k]).toBe(0);
    }
  });

  it('an agent without demand changes nobody', ({ task }) => {
    const input = drawn(new Draw(task.name));
    const plain = solve(kernels, shape, input);
    const taller = (data: Float64Array, other: number): Float64Array =>
      grown(6, 3, (k, i, m) => (i === 2 ? other : data[(k * 5 + (i > 2 ? i - 1 : i)) * 3 + m]!));
    const weights = Float64Array.from({ length: shape.count * 6 }, (_, j) => {
      const i = j % 6;
      return i === 2 ? 7 : input.weights[Math.floor(j / 6) * 5 + (i > 2 ? i - 1 : i)]!;
    });
    const out = solveChecked(
      kernels,
      { ...shape, agents: 6 },
      { values: taller(input.values, 1), demands: taller(input.demands, 0), budgets: input.budgets, weights },
    );
    const others = out.utilities.filter((_, j) => j % 6 !== 2);
    closeTo(others, plain.utilities, 1e-11, 'utilities');
  });

  it('supply that is left over may go', ({ task }) => {
    const input = { ...drawn(new Draw(task.name)) };
    input.budgets = input.budgets.map((b, j) => (j % 3 === 1 ? 6 : b));
    const plain = solveChecked(kernels, shape, input);
    const budgets = input.budgets.map((b, j) => {
      if (plain.prices[j]! > 0) return b;
      const rows = answerAt(shape, plain, Math.floor(j / 3)).allocation;
      return rows.reduce((sum, row) => sum + row[j % 3]!, 0);
    });
    expect(budgets.filter((b, j) => b < input.budgets[j]! - 0.1).length).toBeGreaterThan(shape.count);
    const out = solveChecked(kernels, shape, { ...input, budgets });
    closeTo(out.utilities, plain.utilities, 1e-9, 'utilities');
  });

  it('an item cut in two halves is worth what it was', ({ task }) => {
    const input = drawn(new Draw(task.name));
    const plain = solve(kernels, shape, input);
    const halved = (data: Float64Array, part: number): Float64Array =>
      grown(5, 4, (k, i, m) => data[(k * 5 + i) * 3 + Math.min(m, 2)]! * (m >= 2 ? part : 1));
    const budgets = Float64Array.from({ length: shape.count * 4 }, (_, j) => {
      const m = j % 4;
      return input.budgets[Math.floor(j / 4) * 3 + Math.min(m, 2)]! * (m >= 2 ? 0.5 : 1);
    });
    const out = solveChecked(
      kernels,
      { ...shape, items: 4 },
      { values: halved(input.values, 1), demands: halved(input.demands, 0.5), budgets, weights: input.weights },
    );
    closeTo(out.utilities, plain.utilities, 1e-9, 'utilities');
  });

  it('no feasible change gains more, in weighted relative terms, than it loses', ({ task }) => {
    const draw = new Draw(task.name);
    const input = drawn(draw);
    const out = solve(kernels, shape, input);
    for (let k = 0; k < shape.count; k++) {
      const p = profileAt(shape, input, k);
      const { utilities } = answerAt(shape, out, k);
      const most = caps(p);
      for (let trial = 0; trial < 50; trial++) {
        // Random demands within the caps, some of them nothing, cut down to the supply.
        const wish = most.map((row) =>
          row.map((x) => (draw.unit() < 0.3 ? x : draw.unit() < 0.5 ? 0 : x * draw.unit())),
        );
        const other = wish.map((row) =>
          row.map(
            (x, m) =>
              x *
              Math.min(
                1,
                p.budgets[m]! /
                  Math.max(
                    wish.reduce((sum, r) => sum + r[m]!, 0),
                    1e-300,
                  ),
              ),
          ),
        );
        const change = other.reduce((sum, row, i) => {
          if (!canGain(p, i)) return sum;
          const u = row.reduce((total, x, m) => total + x * p.values[i]![m]!, 0);
          return sum + (p.weights[i]! * (u - utilities[i]!)) / utilities[i]!;
        }, 0);
        expect(change).toBeLessThanOrEqual(1e-9);
      }
    }
  });

  it('an agent who can use everything gets at least 1/n of the value of everything', ({ task }) => {
    const draw = new Draw(task.name);
    const input = drawn(draw);
    const demands = input.demands.map((x, j) => (Math.floor(j / 3) % 5 < 2 ? 2 : x));
    for (const whole of [
      { values: input.values, budgets: input.budgets },
      { values: input.values, budgets: input.budgets, demands },
    ]) {
      const out = solveChecked(kernels, shape, whole);
      for (let k = 0; k < shape.count; k++) {
        const p = profileAt(shape, whole, k);
        for (let i = 0; i < (whole.demands ? 2 : 5); i++) {
          const everything = p.values[i]!.reduce((sum, v, m) => sum + v * p.budgets[m]!, 0);
          expect(out.utilities[k * 5 + i]!).toBeGreaterThanOrEqual((everything / 5) * (1 - 1e-12));
        }
      }
    }
  });

  it('a heavier agent gets no less', ({ task }) => {
    const input = drawn(new Draw(task.name));
    const plain = solve(kernels, shape, input);
    const out = solveChecked(kernels, shape, {
      ...input,
      weights: input.weights.map((w, j) => (j % 5 === 0 ? 3 * w : w)),
    });
    let gained = 0;
    for (let k = 0; k < shape.count; k++) {
      const [before, after] = [plain.utilities[5 * k]!, out.utilities[5 * k]!];
      expect(after).toBeGreaterThanOrEqual(before * (1 - 1e-12));
      if (after > before * 1.01) gained++;
    }
    expect(gained).toBeGreaterThan(shape.count / 2);
  });
});
