import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { OptionValues } from '../../src/mechanisms/mechanism.js';
import { roundRobin } from '../../src/mechanisms/round-robin.js';
import { softRoundRobin } from '../../src/mechanisms/soft-round-robin.js';
import type { Kernels } from '../../src/wasm/kernels.js';
import { Draw } from '../helpers/draw.js';
import { testKernels } from '../helpers/kernels.js';
import { permuted, run, type Arrays, type Shape } from '../helpers/run.js';
import { rows } from '../oracle/round-robin.js';
import { softOracle } from '../oracle/soft-round-robin.js';

let kernels: Kernels;
beforeAll(() => {
  kernels = testKernels();
});

const FORMS = [
  { leftover: 'uniform', normalize: false },
  { leftover: 'masked', normalize: false },
  { leftover: 'uniform', normalize: true },
  { leftover: 'masked', normalize: true },
] as const;

const SHAPES = [
  [1, 1],
  [1, 4],
  [4, 1],
  [5, 10],
  [4, 7],
  [7, 3],
  [2, 40],
] as const;

function allocate(shape: Shape, arrays: Arrays, options: OptionValues = {}) {
  return run(kernels, softRoundRobin, shape, arrays, { tau: 0.01, leftover: 'uniform', normalize: false, ...options });
}

/** Largest difference. */
function far(one: ArrayLike<number>, other: readonly number[]): number {
  expect(one.length).toBe(other.length);
  return Math.max(...other.map((x, k) => Math.abs(x - one[k]!)));
}

interface Case {
  readonly V: number[][];
  readonly [name: `SoftRR_train_tau${string}`]: number[][];
}

describe('SoftRR', () => {
  const fixtures = JSON.parse(readFileSync(new URL('../fixtures/nrr/cases.json', import.meta.url), 'utf8')) as Record<
    string,
    Case
  >;
  for (const [name, found] of Object.entries(fixtures)) {
    it.each([0.01, 0.1, 1])(`has the published recursion's values, ${name}, tau %d`, (tau) => {
      const shape = { count: 1, agents: found.V.length, items: found.V[0]!.length };
      const { allocation, status } = allocate(shape, { values: Float64Array.from(found.V.flat()) }, { tau });
      expect(far(allocation, found[`SoftRR_train_tau${tau}`]!.flat())).toBeLessThan(1e-9);
      expect([...status]).toEqual([0]);
    });
  }

  for (const [agents, items] of SHAPES) {
    it(`agrees with the recursion one number at a time, ${agents} agents and ${items} items`, ({ task }) => {
      const draw = new Draw(task.name);
      const shape = { count: 5, agents, items };
      const values = draw.reals(shape.count * agents * items);
      const order = Int32Array.from(Array.from({ length: shape.count }, () => draw.permutation(agents)).flat());
      for (const tau of [0.01, 0.3, 5]) {
        for (const form of FORMS) {
          const { allocation, utilities, residual } = allocate(shape, { values, order }, { tau, ...form });
          for (let p = 0; p < shape.count; p++) {
            const v = rows(values, p, agents, items);
            const turns = [...order.subarray(p * agents, (p + 1) * agents)];
            const R = softOracle(v, { tau, ...form, order: turns });
            const size = agents * items;
            // Ties within tau amplify rounding from pick to pick: what a change of the last bit does is allowed.
            const moved = v.map((row) => row.map((x) => x * (1 + 1e-15)));
            const unsure = far(softOracle(moved, { tau, ...form, order: turns }).flat(), R.flat());
            expect(unsure).toBeLessThan(1e-6);
            const most = 1e-12 + 10 * unsure;
            expect(far(allocation.subarray(p * size, (p + 1) * size), R.flat())).toBeLessThan(most);
            const u = R.map((row, i) => row.reduce((sum, x, j) => sum + x * v[i]![j]!, 0));
            expect(far(utilities.subarray(p * agents, (p + 1) * agents), u)).toBeLessThan(items * most);
          }
          expect([...residual]).toEqual(Array(shape.count).fill(0));
        }
      }
    });
  }

  it('is Round Robin to 1e-9 where the best item left is 30 tau better than the next', ({ task }) => {
    const draw = new Draw(task.name);
    for (const [agents, items] of [
      [5, 10],
      [4, 7],
      [7, 3],
      [3, 64],
    ] as const) {
      const shape = { count: 30, agents, items };
      // A permutation of steps of 0.3 in each row: whatever is left, the gap is at least 0.3 = 30 tau.
      const list = Array.from({ length: shape.count * agents }, () => draw.permutation(items).map((k) => 0.3 * k));
      const values = Float64Array.from(list.flat());
      const { owner, utilities } = run(kernels, roundRobin, shape, { values });
      const soft = allocate(shape, { values }, { leftover: 'masked' });
      const uniform = allocate(shape, { values });
      const last = items % agents === 0 ? 0 : items % agents;
      for (let k = 0; k < soft.allocation.length; k++) {
        const i = Math.floor(k / items) % agents;
        const mine = owner[Math.floor(k / (agents * items)) * items + (k % items)] === i ? 1 : 0;
        expect(Math.abs(soft.allocation[k]! - mine)).toBeLessThan(1e-9);
        // Agents who come too late in the last round get a share of everything instead.
        const late = last > 0 && i >= last ? 1 / items : 0;
        expect(Math.abs(uniform.allocation[k]! - mine - late)).toBeLessThan(1e-9);
      }
      expect(far(soft.utilities, [...utilities])).toBeLessThan(1e-7);
    }
  });

  it('hands out one unit a pick, and with masked leftovers every item once as tau falls', ({ task }) => {
    const shape = { count: 9, agents: 4, items: 6 };
    const values = new Draw(task.name).reals(9 * 24);
    for (const tau of [0.001, 0.1, 10]) {
      const uniform = allocate(shape, { values }, { tau }).allocation;
      for (let r = 0; r < 36; r++) {
        expect(uniform.subarray(r * 6, r * 6 + 6).reduce((a, b) => a + b, 0)).toBeCloseTo(2, 12);
      }
      const masked = allocate(shape, { values }, { tau, leftover: 'masked' }).allocation;
      expect(masked.reduce((a, b) => a + b, 0)).toBeCloseTo(54, 10);
      const shares = allocate(shape, { values }, { tau, normalize: true }).allocation;
      for (let c = 0; c < 54; c++) {
        const column = [0, 1, 2, 3].map((i) => shares[Math.floor(c / 6) * 24 + i * 6 + (c % 6)]!);
        expect(column.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
      }
    }
  });

  it('shares equal values equally', () => {
    const { allocation } = allocate({ count: 1, agents: 2, items: 4 }, { values: new Float64Array(8).fill(7) });
    expect(far(allocation, Array(8).fill(0.5))).toBeLessThan(1e-13);
  });

  it('follows items and agents that change places', ({ task }) => {
    const draw = new Draw(task.name);
    const shape = { count: 7, agents: 4, items: 9 };
    const values = draw.reals(shape.count * 36);
    const [agents, items] = [draw.permutation(4), draw.permutation(9)];
    const before = allocate(shape, { values }, { tau: 0.1 });
    const after = allocate(
      shape,
      {
        values: permuted(values, shape, agents, items),
        order: Int32Array.from([0, 1, 2, 3], (i) => agents.indexOf(i)),
      },
      { tau: 0.1 },
    );
    expect(far(after.allocation, [...permuted(before.allocation, shape, agents, items)])).toBeLessThan(1e-13);
  });

  it('is blind to what is added to a row, and to scale beside tau', ({ task }) => {
    const shape = { count: 5, agents: 3, items: 5 };
    const values = new Draw(task.name).reals(75);
    const before = [...allocate(shape, { values }, { tau: 0.1 }).allocation];
    const shifted = values.map((x, k) => x + [0, 1, 8][Math.floor(k / 5) % 3]!);
    expect(far(allocate(shape, { values: shifted }, { tau: 0.1 }).allocation, before)).toBeLessThan(1e-12);
  });

  it('does not depend on the neighbours in a batch, and takes one array for every profile', ({ task }) => {
    const values = new Draw(task.name).reals(5 * 12);
    const all = allocate({ count: 5, agents: 3, items: 4 }, { values });
    for (let p = 0; p < 5; p++) {
      const one = allocate({ count: 1, agents: 3, items: 4 }, { values: values.slice(p * 12, p * 12 + 12) });
      expect([...one.allocation]).toEqual([...all.allocation.subarray(p * 12, p * 12 + 12)]);
    }
    const order = Int32Array.of(2, 0, 1);
    const shared = allocate({ count: 3, agents: 3, items: 4 }, { values: values.slice(0, 12), order });
    const alone = allocate({ count: 1, agents: 3, items: 4 }, { values: values.slice(0, 12), order });
    for (let p = 0; p < 3; p++)
      expect([...shared.allocation.subarray(12 * p, 12 * p + 12)]).toEqual([...alone.allocation]);
  });

  it('gives everything to an agent who is named in every turn', () => {
    const values = Float64Array.of(1, 2, 3, 1, 5, 9);
    const { allocation } = allocate(
      { count: 1, agents: 2, items: 3 },
      { values, order: Int32Array.of(1, 1) },
      { leftover: 'masked' },
    );
    expect(far(allocation, [0, 0, 0, 1, 1, 1])).toBeLessThan(1e-9);
  });

  it('refuses an order that names no agent, and numbers that overflow, and only those profiles', () => {
    const values = Float64Array.of(3, 2, 1, 1, 2, 3, 0, 0, 1e308, 1, 2, 3, 3, 2, 1, 1, 2, 3);
    const order = Int32Array.of(0, 2, 0, 1, 0, 1);
    const shape = { count: 3, agents: 2, items: 3 };
    const out = allocate(shape, { values, order });
    expect([...out.status]).toEqual([6, 5, 0]);
    expect([...out.residual]).toEqual([Infinity, Infinity, 0]);
    expect([...out.allocation.subarray(0, 12), ...out.utilities.subarray(0, 4)]).toEqual(Array(16).fill(0));
    expect(out.utilities[4]).toBeGreaterThan(3);
  });

  it('takes many items and values many orders of magnitude apart', ({ task }) => {
    const draw = new Draw(task.name);
    const shape = { count: 1, agents: 3, items: 4096 };
    const values = draw.reals(3 * 4096);
    const { allocation } = allocate(shape, { values }, { leftover: 'masked' });
    expect(allocation.reduce((a, b) => a + b, 0)).toBeCloseTo(4096, 6);
    const wide = Float64Array.from({ length: 12 }, (_, k) => 10 ** ((k * 7) % 12));
    const far1 = allocate({ count: 1, agents: 3, items: 4 }, { values: wide });
    expect(far(far1.allocation, softOracle(rows(wide, 0, 3, 4)).flat())).toBeLessThan(1e-12);
  });
});
