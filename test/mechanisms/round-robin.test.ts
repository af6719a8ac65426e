import { beforeAll, describe, expect, it } from 'vitest';
import { roundRobin } from '../../src/mechanisms/round-robin.js';
import type { Kernels } from '../../src/wasm/kernels.js';
import { Draw } from '../helpers/draw.js';
import { testKernels } from '../helpers/kernels.js';
import { measure, permuted, run } from '../helpers/run.js';
import { roundRobinOracle, rows } from '../oracle/round-robin.js';

let kernels: Kernels;
beforeAll(() => {
  kernels = testKernels();
});

/** Agents x items on both sides of the crossover from scanning to sorting; odd and even numbers of items. */
const SHAPES = [
  [1, 1],
  [1, 2],
  [2, 1],
  [5, 10],
  [5, 11],
  [7, 3],
  [10, 3],
  [15, 5],
  [3, 64],
  [3, 65],
  [1, 128],
  [1, 131],
  [2, 400],
  [3, 512],
  [40, 40],
] as const;

describe('Round Robin', () => {
  for (const [agents, items] of SHAPES) {
    it(`agrees with picking from a set, ${agents} agents and ${items} items`, ({ task }) => {
      const draw = new Draw(task.name);
      const shape = { count: 12, agents, items };
      const size = shape.count * agents * items;
      for (const values of [draw.reals(size), draw.integers(size, 0, 3), draw.integers(size, 0, 1)]) {
        const orders = Int32Array.from(Array.from({ length: shape.count }, () => draw.permutation(agents)).flat());
        const plain = run(kernels, roundRobin, shape, { values });
        const ordered = run(kernels, roundRobin, shape, { values, order: orders });
        for (let p = 0; p < shape.count; p++) {
          const v = rows(values, p, agents, items);
          const turns = [...orders.subarray(p * agents, (p + 1) * agents)];
          expect([...plain.owner.subarray(p * items, (p + 1) * items)]).toEqual(roundRobinOracle(v));
          expect([...ordered.owner.subarray(p * items, (p + 1) * items)]).toEqual(roundRobinOracle(v, turns));
        }
        expect([...plain.status, ...plain.residual]).toEqual(Array(2 * shape.count).fill(0));
      }
    });
  }

  it('adds the utilities up in the order of the items', ({ task }) => {
    const draw = new Draw(task.name);
    const shape = { count: 20, agents: 4, items: 9 };
    const values = draw.reals(shape.count * 36);
    const { owner, utilities } = run(kernels, roundRobin, shape, { values });
    for (let p = 0; p < shape.count; p++) {
      for (let i = 0; i < 4; i++) {
        let sum = 0;
        for (let m = 0; m < 9; m++) if (owner[p * 9 + m] === i) sum += values[(p * 4 + i) * 9 + m]!;
        expect(utilities[p * 4 + i]).toBe(sum);
      }
    }
  });

  it('assigns 4096 items, scanning or sorting', ({ task }) => {
    const draw = new Draw(task.name);
    for (const agents of [3, 30]) {
      const values = draw.integers(agents * 4096, 0, 500);
      const { owner } = run(kernels, roundRobin, { count: 1, agents, items: 4096 }, { values });
      expect([...owner]).toEqual(roundRobinOracle(rows(values, 0, agents, 4096)));
    }
  });

  it('takes the lowest item among equals', () => {
    const shape = { count: 1, agents: 2, items: 5 };
    expect([...run(kernels, roundRobin, shape, { values: new Float64Array(10) }).owner]).toEqual([0, 1, 0, 1, 0]);
    expect([...run(kernels, roundRobin, shape, { values: new Float64Array(10).fill(-0) }).owner]).toEqual([
      0, 1, 0, 1, 0,
    ]);
    expect([...run(kernels, roundRobin, shape, { values: new Float64Array(10).fill(7) }).owner]).toEqual([
      0, 1, 0, 1, 0,
    ]);
  });

  it('refuses an order that names no agent, and only that profile', () => {
    const shape = { count: 5, agents: 2, items: 3 };
    const values = Float64Array.of(3, 2, 1, 1, 2, 3);
    const order = Int32Array.of(0, 1, 0, 2, -1, 0, 2147483647, -2147483648, 1, 0);
    const out = run(kernels, roundRobin, shape, { values, order });
    expect([...out.status]).toEqual([0, 6, 6, 6, 0]);
    expect([...out.residual]).toEqual([0, Infinity, Infinity, Infinity, 0]);
    expect([...out.owner]).toEqual([0, 0, 1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 0, 1, 1]);
    expect([...out.utilities]).toEqual([5, 3, 0, 0, 0, 0, 0, 0, 3, 5]);
  });

  it('gives everything to an agent who is named in every turn', () => {
    const order = Int32Array.of(1, 1);
    for (const items of [3, 600]) {
      const values = new Float64Array(2 * items).fill(1);
      const { owner } = run(kernels, roundRobin, { count: 1, agents: 2, items }, { values, order });
      expect(owner.every((i) => i === 1)).toBe(true);
    }
  });

  it('takes one array for every profile', ({ task }) => {
    const draw = new Draw(task.name);
    const shape = { count: 3, agents: 3, items: 4 };
    const values = draw.reals(12);
    const order = Int32Array.of(2, 0, 1);
    const shared = run(kernels, roundRobin, shape, { values, order });
    const spread = run(kernels, roundRobin, shape, {
      values: Float64Array.from([...values, ...values, ...values]),
      order: Int32Array.of(2, 0, 1, 2, 0, 1, 2, 0, 1),
    });
    expect(shared).toEqual(spread);
  });

  it('does not depend on the neighbours in a batch', ({ task }) => {
    const draw = new Draw(task.name);
    const values = draw.integers(8 * 35, 0, 4);
    const all = run(kernels, roundRobin, { count: 8, agents: 5, items: 7 }, { values });
    for (let p = 0; p < 8; p++) {
      const one = run(
        kernels,
        roundRobin,
        { count: 1, agents: 5, items: 7 },
        { values: values.slice(p * 35, p * 35 + 35) },
      );
      expect([...one.owner]).toEqual([...all.owner.subarray(p * 7, p * 7 + 7)]);
    }
  });

  it('follows items and agents that change places', ({ task }) => {
    const draw = new Draw(task.name);
    const shape = { count: 20, agents: 4, items: 9 };
    const values = draw.reals(shape.count * 36);
    const agents = draw.permutation(4);
    const items = draw.permutation(9);
    const before = run(kernels, roundRobin, shape, { values });
    const after = run(kernels, roundRobin, shape, {
      values: permuted(values, shape, agents, items),
      order: Int32Array.from([0, 1, 2, 3], (i) => agents.indexOf(i)),
    });
    for (let p = 0; p < shape.count; p++) {
      for (let m = 0; m < 9; m++) expect(agents[after.owner[p * 9 + m]!]).toBe(before.owner[p * 9 + items[m]!]);
    }
  });

  it('is blind to the scale of an agent, and to a worthless item at the end', ({ task }) => {
    const draw = new Draw(task.name);
    const shape = { count: 20, agents: 3, items: 6 };
    const values = draw.reals(shape.count * 18, 0.1);
    const before = run(kernels, roundRobin, shape, { values });
    const scaled = values.map((x, k) => x * [2 ** -30, 1, 2 ** 30][Math.floor(k / 6) % 3]!);
    expect(run(kernels, roundRobin, shape, { values: scaled }).owner).toEqual(before.owner);
    const wider = Float64Array.from({ length: shape.count * 21 }, (_, k) =>
      k % 7 === 6 ? 0 : values[Math.floor(k / 7) * 6 + (k % 7)]!,
    );
    const after = run(kernels, roundRobin, { ...shape, items: 7 }, { values: wider });
    expect(after.owner.filter((_, k) => k % 7 !== 6)).toEqual(before.owner);
    expect(after.utilities).toEqual(before.utilities);
  });

  for (const claim of roundRobin.claims) {
    it(`claims ${claim}`, ({ task }) => {
      const draw = new Draw(task.name);
      for (const [agents, items] of [
        [1, 1],
        [3, 7],
        [5, 10],
        [7, 3],
        [4, 33],
      ] as const) {
        const shape = { count: 200, agents, items };
        for (const values of [draw.reals(200 * agents * items), draw.integers(200 * agents * items, 0, 3)]) {
          // Tenths do not add up exactly, so equal bundles differ in their last bits.
          for (const unit of [1, 0.1]) {
            const v = values.map((x) => x * unit);
            const { owner } = run(kernels, roundRobin, shape, { values: v });
            expect(measure(kernels, claim, shape, { values: v }, { owner })).toEqual(Array(200).fill(0));
          }
        }
      }
    });
  }
});
