import { beforeAll, describe, expect, it } from 'vitest';
import { utilitarian } from '../../src/mechanisms/utilitarian.js';
import type { Kernels } from '../../src/wasm/kernels.js';
import { Draw } from '../helpers/draw.js';
import { testKernels } from '../helpers/kernels.js';
import { measure, permuted, run, type Outcome, type Shape } from '../helpers/run.js';
import { rows } from '../oracle/round-robin.js';
import { dualBound, entropyGap, entropyUtilities, type Divisible } from '../oracle/utilitarian.js';

let kernels: Kernels;
beforeAll(() => {
  kernels = testKernels();
});

type Input = Readonly<
  Record<'values', Float64Array> & Partial<Record<'demands' | 'budgets' | 'weights', Float64Array>>
>;

function divisible({ agents, items }: Shape, input: Input, p: number): Divisible {
  const { values, demands, budgets, weights } = input;
  const supply = budgets ? [...budgets.subarray(p * items, (p + 1) * items)] : Array<number>(items).fill(1);
  return {
    values: rows(values, p, agents, items),
    demands: demands ? rows(demands, p, agents, items) : Array.from({ length: agents }, () => supply),
    budgets: supply,
    weights: weights ? [...weights.subarray(p * agents, (p + 1) * agents)] : Array<number>(agents).fill(1),
  };
}

/** Solves, and checks every number that can be recomputed. */
function solve(shape: Shape, input: Input, select = 'entropy'): Outcome {
  const out = run(kernels, utilitarian, shape, input, { select, tolerance: 1e-11 });
  const infeasible = measure(kernels, 'feasibility', shape, input, { allocation: out.allocation });
  for (let p = 0; p < shape.count; p++) {
    const d = divisible(shape, input, p);
    const a = rows(out.allocation, p, shape.agents, shape.items);
    const u = a.map((row, i) => row.reduce((sum, x, m) => sum + x * d.values[i]![m]!, 0));
    const objective = u.reduce((sum, x, i) => sum + d.weights[i]! * x, 0);
    const prices = [...out.prices.subarray(p * shape.items, (p + 1) * shape.items)];
    expect(out.status[p]).toBe(0);
    expect(infeasible[p]).toBeLessThan(1e-14);
    expect(out.residual[p]).toBeLessThan(1e-13);
    expect(Math.min(...prices)).toBeGreaterThanOrEqual(0);
    // Weak duality: no allocation is worth more than the bound, so one that reaches it is optimal.
    const bound = dualBound(d, prices);
    expect(Math.abs(bound - objective)).toBeLessThanOrEqual(1e-13 * bound);
    expect(Math.abs(out.dual_bound[p]! - bound)).toBeLessThanOrEqual(1e-13 * bound);
    expect(Math.abs(out.objective[p]! - objective)).toBeLessThanOrEqual(1e-13 * bound);
    u.forEach((x, i) => expect(Math.abs(out.utilities[p * shape.agents + i]! - x)).toBeLessThanOrEqual(1e-13 * x));
    d.budgets.forEach((b, m) => {
      const used = a.reduce((sum, row) => sum + row[m]!, 0);
      if (prices[m]! > 0) expect(Math.abs(used - b)).toBeLessThanOrEqual(1e-13 * Math.max(1, b));
    });
  }
  return out;
}

/** Values 0..top, weights that are powers of two (products tie exactly), some demands and budgets 0. */
function tied(draw: Draw, shape: Shape, top: number, weighted: boolean): Input {
  const { count, agents, items } = shape;
  const size = count * agents * items;
  const values = draw.integers(size, 0, top);
  const demands = draw.reals(size, 0.1, 1).map((x) => (draw.unit() < 0.2 ? 0 : x));
  const budgets = draw.reals(count * items, 0.2, agents / 2).map((x) => (draw.unit() < 0.1 ? 0 : x));
  const weights = Float64Array.from({ length: count * agents }, () => [0, 0.5, 1, 1, 2][draw.integer(0, 4)]!);
  return weighted ? { values, demands, budgets, weights } : { values, demands, budgets };
}

describe('utilitarian', () => {
  for (const select of ['entropy', 'vertex']) {
    for (const [agents, items] of [
      [1, 1],
      [1, 5],
      [4, 1],
      [2, 2],
      [5, 10],
      [10, 3],
      [50, 30],
    ] as const) {
      it(`reaches its dual bound, ${agents} agents and ${items} items, ${select}`, ({ task }) => {
        const draw = new Draw(task.name);
        const shape = { count: agents * items > 1000 ? 3 : 30, agents, items };
        const size = shape.count * agents * items;
        solve(shape, { values: draw.reals(size) }, select);
        solve(
          shape,
          { values: draw.reals(size), demands: draw.reals(size), weights: draw.reals(shape.count * agents) },
          select,
        );
        for (const top of [0, 1, 3]) {
          solve(shape, tied(draw, shape, top, false), select);
          solve(shape, tied(draw, shape, top, true), select);
          solve(shape, { values: tied(draw, shape, top, false).values }, select);
        }
      });
    }
  }

  it('serves ties by index under vertex', () => {
    const shape = { count: 1, agents: 3, items: 2 };
    const input = { values: Float64Array.of(1, 1, 1, 2, 1, 2), demands: Float64Array.of(0.5, 1, 1, 0.25, 1, 0.25) };
    const out = solve(shape, input, 'vertex');
    expect([...out.allocation]).toEqual([0.5, 0.5, 0.5, 0.25, 0, 0.25]);
    expect([...out.prices]).toEqual([1, 1]);
  });

  it('prices what is left over at 0, and gives nothing to who values nothing', () => {
    const shape = { count: 1, agents: 2, items: 3 };
    const input = {
      values: Float64Array.of(1, 3, 0, 0, 2, 0),
      demands: Float64Array.of(0.5, 0.5, 1, 1, 0.25, 1),
      budgets: Float64Array.of(1, 1, 1),
    };
    const out = solve(shape, input);
    expect([...out.allocation]).toEqual([0.5, 0.5, 0, 0, 0.25, 0]);
    expect([...out.prices]).toEqual([0, 0, 0]);
    expect([...out.utilities]).toEqual([2, 0.5]);
  });

  it('prices an item without supply as if it had a little', () => {
    const shape = { count: 1, agents: 2, items: 2 };
    const input = {
      values: Float64Array.of(3, 1, 4, 1),
      demands: Float64Array.of(1, 1, 0, 1),
      budgets: Float64Array.of(0, 0),
    };
    const out = solve(shape, input);
    expect([...out.prices]).toEqual([3, 1]);
    expect([...out.allocation, ...out.utilities, ...out.objective]).toEqual(Array(7).fill(0));
  });

  it('solves a profile in which nobody can gain', () => {
    const shape = { count: 3, agents: 2, items: 2 };
    const input = {
      values: Float64Array.of(0, 0, 0, 0, 1, 2, 2, 1, 1, 2, 2, 1),
      demands: Float64Array.of(1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1),
      weights: Float64Array.of(1, 1, 1, 1, 0, 0),
    };
    const out = solve(shape, input);
    for (const zeros of [out.allocation, out.prices, out.objective, out.dual_bound, out.residual]) {
      expect([...zeros].every((x) => x === 0)).toBe(true);
    }
  });

  it('calls an overflow a numerical error, in its own profile only', () => {
    const shape = { count: 3, agents: 2, items: 2 };
    const values = Float64Array.of(1, 2, 2, 1, 1e308, 1, 1, 1e308, 1, 2, 2, 1);
    const weights = Float64Array.of(1, 1, 10, 10, 1, 1);
    const out = run(kernels, utilitarian, shape, { values, weights });
    expect([...out.status]).toEqual([0, 5, 0]);
    expect(out.residual[1]).toBe(Infinity);
    expect([...out.allocation.subarray(4, 8), ...out.utilities.subarray(2, 4), out.objective[1]]).toEqual(
      Array(7).fill(0),
    );
    expect([...out.prices.subarray(2, 4), out.dual_bound[1]]).toEqual([0, 0, 0]);
    expect([...out.allocation.subarray(8)]).toEqual([...out.allocation.subarray(0, 4)]);
  });

  it('calls a residual above the tolerance reduced accuracy', ({ task }) => {
    const shape = { count: 200, agents: 3, items: 2 };
    const input = tied(new Draw(task.name), shape, 2, true);
    const out = run(kernels, utilitarian, shape, input, { select: 'entropy', tolerance: 0 });
    expect([...out.status]).toEqual([...out.residual].map((x) => (x > 0 ? 1 : 0)));
    expect(new Set(out.status)).toEqual(new Set([0, 1]));
  });
});

describe('the entropy selection', () => {
  it('splits one item equally among equals, and by demand where that binds', () => {
    const equal = solve({ count: 1, agents: 4, items: 1 }, { values: Float64Array.of(2, 2, 2, 2) });
    expect([...equal.allocation]).toEqual([0.25, 0.25, 0.25, 0.25]);
    const bound = solve(
      { count: 1, agents: 3, items: 1 },
      { values: Float64Array.of(1, 1, 1), demands: Float64Array.of(0.2, 1, 1) },
    );
    [0.2, 0.4, 0.4].forEach((x, i) => expect(bound.allocation[i]).toBeCloseTo(x, 14));
  });

  it('makes up for what an agent has elsewhere', () => {
    // Item 1 is the first agent's alone; item 0 then goes to the second as a whole.
    const out = solve({ count: 1, agents: 2, items: 2 }, { values: Float64Array.of(1, 1, 1, 0) });
    expect([...out.utilities]).toEqual([1, 1]);
    // The first has 1/2 elsewhere: levels meet at 3/4.
    const half = solve({ count: 1, agents: 2, items: 2 }, { values: Float64Array.of(1, 0.5, 1, 0) });
    expect([...half.utilities]).toEqual([0.75, 0.75]);
  });

  it('weighs the entropy: utilities, not money, are made equal', () => {
    const out = solve(
      { count: 1, agents: 2, items: 1 },
      { values: Float64Array.of(2, 1), weights: Float64Array.of(1, 2) },
    );
    out.utilities.forEach((u) => expect(u).toBeCloseTo(2 / 3, 14));
  });

  it('passes supply along a chain of agents', () => {
    // Agent k shares item k with agent k+1; the last has 3 of its own. Everybody else ends at the same level.
    const agents = 6;
    const values = new Float64Array(agents * agents);
    for (let k = 0; k + 1 < agents; k++) values[k * agents + k] = values[(k + 1) * agents + k] = 1;
    values[agents * agents - 1] = 3;
    const out = solve({ count: 1, agents, items: agents }, { values });
    [1, 1, 1, 1, 1, 3].forEach((u, i) => expect(out.utilities[i]).toBeCloseTo(u, 13));
  });

  it('counts products that differ by rounding as equal', () => {
    // 3 * 0.1 is not 0.3.
    const out = solve(
      { count: 1, agents: 2, items: 1 },
      { values: Float64Array.of(0.1, 0.3), weights: Float64Array.of(3, 1) },
    );
    // 0.1 a = 0.3 (1 - a)
    expect(out.allocation[0]).toBeCloseTo(0.75, 14);
    // The other product is the price here, and the larger one must not be served first.
    const below = run(
      kernels,
      utilitarian,
      { count: 1, agents: 2, items: 1 },
      { values: Float64Array.of(0.1, 0.3), weights: Float64Array.of(3, 1), demands: Float64Array.of(0.9, 1) },
    );
    expect(below.allocation[0]).toBeCloseTo(0.75, 14);
    const apart = solve({ count: 1, agents: 2, items: 1 }, { values: Float64Array.of(0.3, 0.3 + 1e-14) });
    expect([...apart.allocation]).toEqual([0, 1]);
  });

  for (const [agents, items, top] of [
    [2, 2, 1],
    [3, 3, 1],
    [4, 3, 2],
    [5, 5, 2],
    [6, 4, 1],
    [3, 8, 3],
    [8, 3, 3],
  ] as const) {
    for (const weighted of [false, true]) {
      const name = `agrees with coordinate ascent on the entropy, ${agents} agents, ${items} items, values 0..${top}${weighted ? ', weights' : ''}`;
      it(name, ({ task }) => {
        const draw = new Draw(task.name);
        const shape = { count: 20, agents, items };
        for (const input of [
          tied(draw, shape, top, weighted),
          { values: draw.integers(20 * agents * items, 0, top) },
        ]) {
          const out = solve(shape, input);
          for (let p = 0; p < shape.count; p++) {
            const expected = entropyUtilities(divisible(shape, input, p));
            expected.forEach((u, i) => expect(Math.abs(out.utilities[p * agents + i]! - u)).toBeLessThan(1e-7));
          }
        }
      });
    }
  }

  for (const [agents, items] of [
    [5, 10],
    [10, 3],
    [20, 20],
    [50, 30],
    [100, 10],
  ] as const) {
    it(`leaves no entropy to gain, ${agents} agents and ${items} items`, ({ task }) => {
      const draw = new Draw(task.name);
      const shape = { count: 5, agents, items };
      for (const top of [1, 3]) {
        for (const weighted of [false, true]) {
          const input = tied(draw, shape, top, weighted);
          const out = solve(shape, input);
          for (let p = 0; p < shape.count; p++) {
            const d = divisible(shape, input, p);
            expect(Math.abs(entropyGap(d, rows(out.allocation, p, agents, items)))).toBeLessThan(1e-12);
          }
        }
      }
    });
  }

  it('holds for identical agents and for values that are all equal', ({ task }) => {
    const draw = new Draw(task.name);
    for (const [agents, items] of [
      [2, 1],
      [7, 5],
      [50, 30],
    ] as const) {
      const shape = { count: 1, agents, items };
      const row = draw.reals(items);
      const alike = solve(shape, { values: Float64Array.from({ length: agents * items }, (_, k) => row[k % items]!) });
      const level = row.reduce((sum, x) => sum + x, 0) / agents;
      alike.utilities.forEach((u) => expect(Math.abs(u - level)).toBeLessThan(1e-12));
      const flat = solve(shape, { values: new Float64Array(agents * items).fill(1) });
      flat.utilities.forEach((u) => expect(Math.abs(u - items / agents)).toBeLessThan(1e-12));
    }
  });

  it('has the same utilities whatever the order of agents and items, and the same bits in any batch', ({ task }) => {
    const draw = new Draw(task.name);
    const shape = { count: 10, agents: 6, items: 5 };
    const values = draw.integers(300, 0, 2);
    const weights = Float64Array.of(1, 2, 1, 0.5, 1, 2);
    const agents = draw.permutation(6);
    const items = draw.permutation(5);
    const before = solve(shape, { values, weights: Float64Array.from({ length: 60 }, (_, k) => weights[k % 6]!) });
    const after = run(kernels, utilitarian, shape, {
      values: permuted(values, shape, agents, items),
      weights: weights.map((_, i) => weights[agents[i]!]!),
    });
    for (let k = 0; k < 60; k++) {
      expect(after.utilities[k]).toBeCloseTo(before.utilities[k - (k % 6) + agents[k % 6]!]!, 12);
    }
    for (let p = 0; p < 10; p++) {
      const one = run(
        kernels,
        utilitarian,
        { ...shape, count: 1 },
        { values: values.slice(p * 30, p * 30 + 30), weights },
      );
      expect([...one.allocation]).toEqual([...before.allocation.subarray(p * 30, p * 30 + 30)]);
    }
  });

  it('scales with values, weights and supplies, and does not see a worthless item', ({ task }) => {
    const draw = new Draw(task.name);
    const shape = { count: 10, agents: 5, items: 4 };
    const input = tied(draw, shape, 2, true);
    const { utilities } = solve(shape, input);
    for (const factor of [2 ** -30, 2 ** 30]) {
      const up = (data: Float64Array): Float64Array => data.map((x) => factor * x);
      expect(solve(shape, { ...input, values: up(input.values) }).utilities).toEqual(up(utilities));
      expect(solve(shape, { ...input, weights: up(input.weights!) }).utilities).toEqual(utilities);
    }
    const double = (data: Float64Array): Float64Array => data.map((x) => 2 * x);
    const more = { ...input, demands: double(input.demands!), budgets: double(input.budgets!) };
    expect(solve(shape, more).utilities).toEqual(double(utilities));
    const widen = (data: Float64Array, filler: number): Float64Array =>
      Float64Array.from({ length: (data.length / 4) * 5 }, (_, k) =>
        k % 5 === 4 ? filler : data[Math.floor(k / 5) * 4 + (k % 5)]!,
      );
    const wider = {
      values: widen(input.values, 0),
      demands: widen(input.demands!, 1),
      budgets: widen(input.budgets!, 1),
      weights: input.weights!,
    };
    expect(solve({ ...shape, items: 5 }, wider).utilities).toEqual(utilities);
  });

  it('gives twins the same utility', ({ task }) => {
    const draw = new Draw(task.name);
    const shape = { count: 20, agents: 4, items: 5 };
    const values = draw.integers(400, 0, 2);
    const twins = values.map((x, k) => (Math.floor(k / 5) % 4 === 3 ? values[k - 5]! : x));
    const out = solve(shape, { values: twins });
    for (let p = 0; p < 20; p++) expect(out.utilities[p * 4 + 3]).toBeCloseTo(out.utilities[p * 4 + 2]!, 12);
  });
});
