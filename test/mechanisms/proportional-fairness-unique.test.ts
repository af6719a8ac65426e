import { beforeAll, describe, expect, it } from 'vitest';
import type { Kernels } from '../../src/wasm/kernels.js';
import { Draw } from '../helpers/draw.js';
import { testKernels } from '../helpers/kernels.js';
import { batchOf, checkProfile, drawInput, solve } from '../helpers/proportional-fairness.js';
import { analyticCentre } from '../oracle/optimal-face.js';
import { pourInTurn, type Profile } from '../oracle/proportional-fairness.js';

let kernels: Kernels;
beforeAll(() => {
  kernels = testKernels();
});

/** Compares `unique` and the allocation with the oracle's face; returns how many profiles were not unique. */
function compare(profiles: readonly Profile[]): number {
  const { shape, input } = batchOf(profiles);
  const regularized = profiles.some((p) => p.regularizer.flat().some((z) => z !== 0));
  const { regularizer, ...rest } = input;
  const used = regularized ? { ...rest, regularizer } : rest;
  const out = solve(kernels, shape, used as typeof input);
  let tied = 0;
  profiles.forEach((p, k) => {
    const { answer } = checkProfile(shape, used as typeof input, out, k);
    const centre = analyticCentre(p, pourInTurn(p).allocation);
    const where = `profile ${k}: ${JSON.stringify(p)}`;
    if (!centre.unique) tied++;
    expect(answer.unique, `unique of ${where}`).toBe(centre.unique ? 1 : 0);
    answer.allocation.forEach((row, i) =>
      row.forEach((x, m) => {
        const off = Math.abs(x - centre.allocation[i]![m]!);
        expect(off, `agent ${i}, item ${m}, ${x} of ${where}`).toBeLessThanOrEqual(1e-6 * p.budgets[m]!);
      }),
    );
  });
  return tied;
}

const table = (n: number, m: number, draw: (i: number, m: number) => number): number[][] =>
  Array.from({ length: n }, (_, i) => Array.from({ length: m }, (_, k) => draw(i, k)));

/** A profile without regularizer whose demands are shares of the supply. */
function profile(draw: Draw, n: number, m: number, value: (i: number, k: number) => number, full = 0.5): Profile {
  const budgets = Array.from({ length: m }, () => draw.integer(1, 3));
  return {
    values: table(n, m, value),
    demands: table(n, m, (_, k) => budgets[k]! * (draw.unit() < full ? 1 : draw.integer(1, 7) / 8)),
    budgets,
    weights: Array.from({ length: n }, () => draw.integer(1, 2)),
    regularizer: table(n, m, () => 0),
  };
}

const SHAPES = [
  [1, 3],
  [2, 2],
  [2, 3],
  [3, 2],
  [3, 3],
  [4, 2],
] as const;

describe('unique is 0 exactly where other allocations are optimal too, and the answer is their analytic centre', () => {
  for (const [n, m] of SHAPES) {
    it(`values 0..3, ${n} agents, ${m} items`, ({ task }) => {
      const draw = new Draw(task.name);
      const profiles = Array.from({ length: 60 }, () => profile(draw, n, m, () => draw.integer(0, 3)));
      expect(compare(profiles)).toBeGreaterThan(n === 1 ? 0 : 5);
    });

    it(`values 0 and 1, ${n} agents, ${m} items`, ({ task }) => {
      const draw = new Draw(task.name);
      const profiles = Array.from({ length: 40 }, () => profile(draw, n, m, () => draw.integer(0, 1), 1));
      expect(compare(profiles)).toBeGreaterThan(n === 1 ? 0 : 5);
    });
  }

  it('identical agents', ({ task }) => {
    const draw = new Draw(task.name);
    for (const [n, m] of [
      [2, 2],
      [3, 3],
      [5, 2],
    ] as const) {
      const profiles = Array.from({ length: 25 }, () => {
        const alike = draw.reals(m, 0.1, 1);
        return { ...profile(draw, n, m, (_, k) => alike[k]!), weights: Array<number>(n).fill(1) };
      });
      expect(compare(profiles)).toBeGreaterThan(8);
    }
  });

  it('what nobody needs of an item with supply to spare is shared, not dropped', ({ task }) => {
    const draw = new Draw(task.name);
    const profiles = Array.from({ length: 40 }, () => {
      const p = profile(draw, 3, 3, (i, k) => (k === 2 && i < 2 ? 0 : draw.unit()));
      return { ...p, demands: table(3, 3, (_, k) => (k === 2 ? 0.2 : 0.8) * p.budgets[k]!) };
    });
    expect(compare(profiles)).toBe(40);
  });

  it('where an amount is 0 in every optimum though its dual is 0, too', () => {
    const all = [
      [2, 2, 1, 2, 2, 0, 1, 2, 2],
      [0, 2, 2, 0, 2, 2, 3, 3, 3],
      [3, 3, 0, 1, 1, 0, 0, 3, 3],
    ];
    const ones = table(3, 3, () => 1);
    const rest = { demands: ones, budgets: [1, 1, 1], weights: [1, 1, 1], regularizer: table(3, 3, () => 0) };
    expect(compare(all.map((list) => ({ ...rest, values: table(3, 3, (i, m) => list[3 * i + m]!) })))).toBe(3);
  });

  it('where a demand, a supply and a price of 0 meet, too', () => {
    const values = [
      [0, 3, 1],
      [3, 3, 3],
      [2, 1, 2],
    ];
    const ones = table(3, 3, () => 1);
    const p = { values, demands: ones, budgets: [1, 1, 1], weights: [1, 1, 1], regularizer: table(3, 3, () => 0) };
    expect(compare([p])).toBe(1);
  });

  it('with a regularizer that is nothing but zeros', ({ task }) => {
    const draw = new Draw(task.name);
    const profiles = Array.from({ length: 30 }, () => profile(draw, 3, 2, () => draw.integer(0, 2)));
    const { shape, input } = batchOf(profiles);
    const { regularizer, ...rest } = input;
    const [plain, zeros] = [solve(kernels, shape, rest), solve(kernels, shape, { ...rest, regularizer: regularizer! })];
    expect([...zeros.unique]).toEqual([...plain.unique]);
    zeros.allocation.forEach((x, k) => expect(Math.abs(x - plain.allocation[k]!)).toBeLessThanOrEqual(1e-6));
  });

  it('with a regularizer', ({ task }) => {
    const draw = new Draw(task.name);
    const profiles = Array.from({ length: 80 }, () => {
      const p = profile(draw, 2, 2, () => draw.integer(0, 3));
      return { ...p, regularizer: table(2, 2, () => draw.integer(-4, 8) / 4) };
    });
    compare(profiles);
  });

  it('cycles of shared items do not make a regularized optimum ambiguous by themselves', ({ task }) => {
    const draw = new Draw(task.name);
    const profiles = Array.from({ length: 60 }, () => {
      const p = profile(draw, 3, 3, () => 0.2 + draw.unit(), 1);
      return { ...p, regularizer: table(3, 3, () => 2 * draw.unit() - 1) };
    });
    expect(compare(profiles)).toBe(0);
  });
});

describe('unique is 1 on generic data', () => {
  for (const [agents, items] of [
    [1, 1],
    [2, 2],
    [3, 5],
    [10, 3],
    [8, 8],
  ] as const) {
    it(`${agents} agents, ${items} items`, ({ task }) => {
      const draw = new Draw(task.name);
      const shape = { count: 300, agents, items };
      for (const budget of [agents / 2, agents / 5]) {
        const input = drawInput(draw, shape, budget);
        expect(solve(kernels, shape, input).unique.every((x) => x === 1)).toBe(true);
        const { values, budgets } = input;
        expect(solve(kernels, shape, { values, budgets }).unique.every((x) => x === 1)).toBe(true);
      }
    });
  }
});
