import { beforeAll, describe, expect, it } from 'vitest';
import { PROPERTIES, camelCase, property } from '../../src/properties/registry.js';
import type { Kernels } from '../../src/wasm/kernels.js';
import { Draw } from '../helpers/draw.js';
import { testKernels } from '../helpers/kernels.js';
import { place, placeOutputs, readBack } from '../helpers/place.js';
import { measure, permuted, type Arrays, type Shape } from '../helpers/run.js';
import { propertyOracle, type Case } from '../oracle/properties.js';
import { rows } from '../oracle/round-robin.js';

let kernels: Kernels;
beforeAll(() => {
  kernels = testKernels();
});

/** Properties of allocations; others are of rules. */
const NAMES = PROPERTIES.filter(({ needs }) => !needs).map(({ name }) => name);
/** Those with a definition in closed form; proportionality.test.ts and pareto.test.ts have the others. */
const CLOSED = NAMES.filter((name) => name !== 'pf_fraction' && name !== 'pareto');

/** A profile array whether it is absent, shared or one for each profile, as rows of the profile. */
function part(data: ArrayLike<number> | undefined, p: number, each: number, otherwise: number): number[] {
  if (!data) return Array<number>(each).fill(otherwise);
  const from = data.length === each ? 0 : p * each;
  return Array.from({ length: each }, (_, k) => data[from + k]!);
}

function caseOf({ agents, items }: Shape, arrays: Arrays, result: Arrays, p: number): Case {
  const list = (name: string): ArrayLike<number> | undefined => arrays[name] as Float64Array | undefined;
  const owner = result.owner as Int32Array | undefined;
  const values = rows(part(list('values'), p, agents * items, 0), 0, agents, items);
  const weights = part(list('weights'), p, agents, 1);
  const budgets = owner ? Array<number>(items).fill(1) : part(list('budgets'), p, items, 1);
  const demands = owner ? [] : rows(part(list('demands'), p, agents * items, Infinity), 0, agents, items);
  const caps = values.map((row, i) => row.map((_, m) => Math.min(budgets[m]!, demands[i]?.[m] ?? Infinity)));
  const allocation = owner
    ? values.map((row, i) => row.map((_, m) => Number(owner[p * items + m] === i)))
    : rows(result.allocation as Float64Array, p, agents, items);
  return { values, caps, weights, budgets, allocation };
}

/** Compares every property with its definition, on every profile. */
function agrees(shape: Shape, arrays: Arrays, result: Arrays): void {
  for (const name of CLOSED) {
    const found = measure(kernels, name, shape, arrays, result);
    for (let p = 0; p < shape.count; p++) {
      const expected = propertyOracle[name]!(caseOf(shape, arrays, result, p));
      if (Number.isFinite(expected)) {
        const error = Math.abs(found[p]! - expected) / Math.max(1, Math.abs(expected));
        expect(error, `${name} of profile ${p}: ${found[p]} instead of ${expected}`).toBeLessThan(1e-12);
      } else {
        expect(found[p], `${name} of profile ${p}`).toBe(expected);
      }
    }
  }
}

/** About a third of the entries 0. */
const sparse = (draw: Draw, length: number, to = 1): Float64Array =>
  draw.reals(length, 0, to).map((x) => (draw.unit() < 1 / 3 ? 0 : x));

const SHAPES = [
  [1, 1],
  [1, 4],
  [2, 1],
  [3, 2],
  [5, 10],
  [4, 7],
  [10, 3],
] as const;

describe('properties', () => {
  for (const [agents, items] of SHAPES) {
    it(`of allocations are their definitions, ${agents} agents and ${items} items`, ({ task }) => {
      const draw = new Draw(task.name);
      const count = 40;
      const shape = { count, agents, items };
      const size = count * agents * items;
      const values = sparse(draw, size);
      const demands = sparse(draw, size, 2);
      const budgets = sparse(draw, count * items, 3);
      const weights = sparse(draw, count * agents, 2);
      // Amounts below 0, above the demand and above the budget are among them.
      for (const allocation of [
        draw.reals(size, 0, 2 / agents),
        sparse(draw, size),
        draw.reals(size, -0.5, 2),
        new Float64Array(size),
      ]) {
        agrees(shape, { values }, { allocation });
        agrees(shape, { values, demands, budgets, weights }, { allocation });
        agrees(shape, { values, demands }, { allocation });
        agrees(shape, { values, budgets, weights: draw.reals(agents) }, { allocation });
        agrees(
          shape,
          { values: values.slice(0, agents * items), demands: demands.slice(0, agents * items) },
          { allocation },
        );
      }
    });

    it(`of owners are their definitions, ${agents} agents and ${items} items`, ({ task }) => {
      const draw = new Draw(task.name);
      const count = 60;
      const shape = { count, agents, items };
      const weights = sparse(draw, count * agents, 2);
      const owner = Int32Array.from({ length: count * items }, () => draw.integer(0, agents - 1));
      for (const values of [sparse(draw, count * agents * items), draw.integers(count * agents * items, 0, 3)]) {
        agrees(shape, { values }, { owner });
        agrees(shape, { values, weights }, { owner });
        agrees(shape, { values, weights: weights.slice(0, agents) }, { owner });
      }
    });
  }

  it('of owners are those of the same allocation, and ignore demands and budgets', ({ task }) => {
    const draw = new Draw(task.name);
    const shape = { count: 50, agents: 4, items: 6 };
    const values = draw.integers(50 * 24, 0, 5);
    const owner = Int32Array.from({ length: 300 }, () => draw.integer(0, 3));
    const allocation = Float64Array.from({ length: 50 * 24 }, (_, k) =>
      Number(owner[Math.floor(k / 24) * 6 + (k % 6)] === Math.floor(k / 6) % 4),
    );
    const other = { values, demands: draw.reals(50 * 24), budgets: draw.reals(300) };
    for (const name of NAMES) {
      const of: Arrays = name === 'pareto' ? { owner } : { allocation }; // whole items are not traded in parts
      const expected = measure(kernels, name, shape, { values }, of);
      expect(measure(kernels, name, shape, { values }, { owner })).toEqual(expected);
      expect(measure(kernels, name, shape, other, { owner })).toEqual(expected);
    }
  });

  it('give an item whose owner is no agent to nobody', () => {
    const shape = { count: 1, agents: 2, items: 3 };
    const values = Float64Array.of(1, 2, 3, 3, 2, 1);
    for (const nobody of [-1, 2, 2147483647, -2147483648]) {
      const result = { owner: Int32Array.of(0, nobody, 1) };
      expect(measure(kernels, 'feasibility', shape, { values }, result)).toEqual([1]);
      expect(measure(kernels, 'efficiency', shape, { values }, result)).toEqual([2 / 3]);
      expect(measure(kernels, 'utilitarian', shape, { values }, result)).toEqual([2]);
      expect(measure(kernels, 'ef', shape, { values }, result)).toEqual([2]);
      expect(measure(kernels, 'ef1', shape, { values }, result)).toEqual([0]);
    }
  });

  it('look at both directions of a pair', () => {
    const shape = { count: 2, agents: 2, items: 3 };
    const values = new Float64Array(6).fill(1);
    const result = { owner: Int32Array.of(0, 0, 0, 1, 1, 1) };
    expect(measure(kernels, 'ef', shape, { values }, result)).toEqual([3, 3]);
    expect(measure(kernels, 'ef1', shape, { values }, result)).toEqual([2, 2]);
    expect(measure(kernels, 'efx', shape, { values }, result)).toEqual([2, 2]);
    expect(measure(kernels, 'prop', shape, { values }, result)).toEqual([1.5, 1.5]);
    expect(measure(kernels, 'prop1', shape, { values }, result)).toEqual([0.5, 0.5]);
  });

  it('compare weighted agents by utility over weight, and leave out weight 0', () => {
    const shape = { count: 3, agents: 2, items: 3 };
    const values = new Float64Array(6).fill(1);
    const result = { owner: Int32Array.of(0, 0, 1, 0, 0, 1, 0, 0, 0) };
    const weights = Float64Array.of(2, 1, 1, 2, 1, 0);
    // 2/2 against 1/1; then the second has 1/2 and sees 2/1; then nobody counts but the first.
    expect(measure(kernels, 'ef', shape, { values, weights }, result)).toEqual([0, 1.5, 0]);
    expect(measure(kernels, 'ef1', shape, { values, weights }, result)).toEqual([0, 0.5, 0]);
    expect(measure(kernels, 'no_gain', shape, { values, weights }, result)).toEqual([0, 0, 1]);
    expect(measure(kernels, 'egalitarian', shape, { values, weights }, result)).toEqual([1, 1, 3]);
  });

  it('say what profiles without any gain are worth', () => {
    const shape = { count: 3, agents: 2, items: 2 };
    const arrays = {
      values: Float64Array.of(0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1),
      demands: Float64Array.of(1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1),
      weights: Float64Array.of(1, 1, 1, 1, 0, 0),
    };
    const result = { allocation: new Float64Array(12) };
    const zero = [
      'feasibility',
      'ef',
      'ef1',
      'efx',
      'prop',
      'prop1',
      'utilitarian',
      'egalitarian',
      'log_nsw',
      'efficiency',
      'gini',
    ];
    for (const name of zero) expect(measure(kernels, name, shape, arrays, result), name).toEqual([0, 0, 0]);
    expect(measure(kernels, 'nsw', shape, arrays, result)).toEqual([1, 1, 1]);
    expect(measure(kernels, 'no_gain', shape, arrays, result)).toEqual([2, 2, 2]);
  });

  it('are minus infinity and 0 where an agent who can gain has nothing', () => {
    const shape = { count: 1, agents: 3, items: 1 };
    const values = Float64Array.of(1, 0, 2);
    const result = { allocation: Float64Array.of(1, 0, 0) };
    expect(measure(kernels, 'log_nsw', shape, { values }, result)).toEqual([-Infinity]);
    expect(measure(kernels, 'nsw', shape, { values }, result)).toEqual([0]);
    expect(measure(kernels, 'egalitarian', shape, { values }, result)).toEqual([0]);
  });

  it('have no supply to use where all budgets are 0', () => {
    const arrays = { values: Float64Array.of(1, 1), budgets: Float64Array.of(0) };
    const shape = { count: 1, agents: 2, items: 1 };
    expect(measure(kernels, 'efficiency', shape, arrays, { allocation: Float64Array.of(0, 0) })).toEqual([0]);
    expect(measure(kernels, 'feasibility', shape, arrays, { allocation: Float64Array.of(0, 0.25) })).toEqual([0.25]);
  });

  it('see each kind of infeasibility alone, relative to the largest budget', () => {
    const shape = { count: 4, agents: 2, items: 2 };
    const arrays = {
      values: new Float64Array(16).fill(1),
      demands: Float64Array.of(1, 4, 4, 4),
      budgets: Float64Array.of(4, 2),
    };
    const allocation = Float64Array.of(-0.5, 0, 0, 0, 1.5, 0, 0, 0, 0, 1.5, 0, 1.5, 1, 1, 3, 1);
    expect(measure(kernels, 'feasibility', shape, arrays, { allocation })).toEqual([0.125, 0.125, 0.25, 0]);
  });

  it('do not hide an amount that is not a number', () => {
    for (const agents of [2, 3]) {
      for (let k = 0; k < agents * 3; k++) {
        const shape = { count: 2, agents, items: 3 };
        const values = new Float64Array(agents * 3).fill(1);
        const allocation = new Float64Array(agents * 6).fill(1 / agents);
        allocation[k] = NaN;
        for (const name of NAMES) {
          if (name === 'no_gain') continue;
          const [bad, good] = measure(kernels, name, shape, { values }, { allocation });
          expect(bad, name).toBe(name === 'feasibility' ? Infinity : NaN);
          expect(good, name).not.toBeNaN();
        }
      }
    }
  });

  it('blame no rule for the rounding of sums', () => {
    // 0.1 + 0.2 + 0.3 and 0.3 + 0.3 differ in the last bit.
    const shape = { count: 1, agents: 2, items: 5 };
    const values = Float64Array.of(0.3, 0.3, 0.1, 0.2, 0.3, 0.3, 0.3, 0.1, 0.2, 0.3);
    const result = { owner: Int32Array.of(0, 0, 1, 1, 1) };
    expect(measure(kernels, 'ef', shape, { values }, result)).toEqual([0]);
    expect(measure(kernels, 'prop', shape, { values }, result)).toEqual([0]);
    const near = values.slice();
    near[4] = 0.3 + 1e-12;
    expect(measure(kernels, 'ef', shape, { values: near }, result)[0]).toBeGreaterThan(9e-13);
  });

  it('do not change when agents and items change places', ({ task }) => {
    const draw = new Draw(task.name);
    const shape = { count: 20, agents: 5, items: 6 };
    const values = draw.integers(600, 0, 4);
    const allocation = draw.integers(600, 0, 2);
    const agents = draw.permutation(5);
    const items = draw.permutation(6);
    // Who has tied items of the utilitarian optimum goes by the agents' order.
    const ordered = ['fs_gain', 'individual_tradeoff'];
    for (const name of NAMES.filter((each) => !ordered.includes(each))) {
      const before = measure(kernels, name, shape, { values }, { allocation });
      const after = measure(
        kernels,
        name,
        shape,
        { values: permuted(values, shape, agents, items) },
        { allocation: permuted(allocation, shape, agents, items) },
      );
      before.forEach((x, p) => {
        if (Number.isFinite(x)) expect(after[p], name).toBeCloseTo(x, 12);
        else expect(after[p], name).toBe(x);
      });
    }
  });

  it('scale with the values, or not at all', ({ task }) => {
    const draw = new Draw(task.name);
    const shape = { count: 20, agents: 3, items: 4 };
    const values = draw.reals(240);
    const allocation = draw.reals(240, 0, 1 / 3);
    const scaling = new Set(['ef', 'ef1', 'efx', 'prop', 'prop1', 'utilitarian', 'egalitarian', 'fs_loss', 'fs_gain']);
    for (const factor of [2 ** -30, 2 ** 30]) {
      const scaled = values.map((x) => factor * x);
      for (const name of NAMES) {
        if (name === 'nsw' || name === 'log_nsw') continue;
        const before = measure(kernels, name, shape, { values }, { allocation });
        const after = measure(kernels, name, shape, { values: scaled }, { allocation });
        expect(after, name).toEqual(scaling.has(name) ? before.map((x) => factor * x) : before);
      }
    }
  });

  it('do not see a worthless item without supply', ({ task }) => {
    const draw = new Draw(task.name);
    const shape = { count: 20, agents: 3, items: 4 };
    const arrays = { values: draw.reals(240), demands: draw.reals(240), budgets: draw.reals(80, 0.5, 2) };
    const allocation = draw.reals(240, 0, 0.5);
    const widen = (data: Float64Array): Float64Array =>
      Float64Array.from({ length: (data.length / 4) * 5 }, (_, k) =>
        k % 5 === 4 ? 0 : data[Math.floor(k / 5) * 4 + (k % 5)]!,
      );
    const wider = { values: widen(arrays.values), demands: widen(arrays.demands), budgets: widen(arrays.budgets) };
    for (const name of NAMES) {
      const before = measure(kernels, name, shape, arrays, { allocation });
      const after = measure(kernels, name, { ...shape, items: 5 }, wider, { allocation: widen(allocation) });
      expect(after, name).toEqual(before);
    }
  });

  it('need an allocation or owners', () => {
    const shape = { count: 1, agents: 1, items: 1 };
    for (const name of NAMES) {
      const before = kernels.arena.mark();
      expect(() => measure(kernels, name, shape, { values: Float64Array.of(1) }, {}), name).toThrow(
        /allocation or owners/,
      );
      expect(kernels.arena.mark()).toBe(before);
    }
  });

  it('are found by both of their names', () => {
    expect(camelCase('log_nsw')).toBe('logNsw');
    expect(property('logNsw')).toBe(property('log_nsw'));
    expect(property('prop1').name).toBe('prop1');
    expect(() => property('gimi')).toThrow(/unknown property gimi, did you mean gini/);
    expect(new Set(NAMES).size).toBe(NAMES.length);
    expect(Object.keys(propertyOracle).sort()).toEqual([...CLOSED].sort());
  });
});

describe('utilities', () => {
  it('value no more than the effective demand, for allocations and owners', ({ task }) => {
    const draw = new Draw(task.name);
    const shape = { count: 10, agents: 3, items: 5 };
    const arrays = { values: draw.reals(150), demands: draw.reals(150), budgets: draw.reals(50) };
    const owner = Int32Array.from({ length: 50 }, () => draw.integer(-1, 2));
    const results: Arrays[] = [{ allocation: draw.reals(150) }, { owner }];
    for (const result of results) {
      const mark = kernels.arena.mark();
      const input = place(kernels, shape.count, shape.agents, shape.items, arrays);
      const measured = place(kernels, shape.count, shape.agents, shape.items, result);
      const out = placeOutputs(kernels, shape.count, shape.agents, shape.items, ['utilities']);
      const operands = ['values', 'demands', 'budgets'].flatMap((name) => [input.address(name), input.stride(name)]);
      const bundles = ['allocation', 'owner'].flatMap((name) => [measured.address(name), measured.stride(name)]);
      const args = [shape.count, shape.agents, shape.items, ...operands, ...bundles, out.address('utilities')];
      kernels.call.measureUtilities(...(args as Parameters<typeof kernels.call.measureUtilities>));
      const found = readBack(kernels, out, 'utilities');
      kernels.arena.release(mark);
      for (let p = 0; p < shape.count; p++) {
        const c = caseOf(shape, arrays, result, p);
        c.values.forEach((row, i) => {
          const expected = row.reduce((sum, v, m) => sum + v * Math.min(c.allocation[i]![m]!, c.caps[i]![m]!), 0);
          expect(found[p * 3 + i]).toBeCloseTo(expected, 14);
        });
      }
    }
  });
});

describe('hamming', () => {
  const shape = { count: 2, agents: 2, items: 3 };
  const values = new Float64Array(12).fill(1);

  it('is the share of items that the target gives to someone else; an item of nobody counts half', () => {
    const owner = Int32Array.of(0, 1, 1, 0, -1, 1);
    const target = Int32Array.of(0, 0, 1, 0, 1, 1);
    expect(measure(kernels, 'hamming', shape, { values }, { owner, target })).toEqual([1 / 3, 1 / 6]);
    expect(measure(kernels, 'hamming', shape, { values }, { owner: target, target })).toEqual([0, 0]);
  });

  it('of shares is half the sum of differences over the supply, whatever the target is given as', () => {
    const budgets = Float64Array.of(1, 2, 1);
    const allocation = Float64Array.of(1, 0.5, 0, 0, 1.5, 1, 1, 2, 1, 0, 0, 0);
    const target = Int32Array.of(0, 1, 1, 0, 0, 0);
    const found = measure(kernels, 'hamming', shape, { values, budgets }, { allocation, target });
    expect(found).toEqual([1 / 8, 1 / 8]);
    const target_allocation = Float64Array.of(1, 0, 0, 0, 2, 1, 0, 0, 0, 1, 2, 1);
    expect(measure(kernels, 'hamming', shape, { values, budgets }, { allocation, target_allocation })).toEqual([
      1 / 8,
      1,
    ]);
  });
});
