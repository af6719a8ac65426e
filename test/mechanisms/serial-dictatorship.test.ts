import { beforeAll, describe, expect, it } from 'vitest';
import type { OrdinalProblem } from '../../src/mechanisms/mechanism.js';
import { serialDictatorship } from '../../src/mechanisms/serial-dictatorship.js';
import type { Kernels } from '../../src/wasm/kernels.js';
import { Draw } from '../helpers/draw.js';
import { testKernels } from '../helpers/kernels.js';
import {
  hashOracle,
  orderOracle,
  serialDictatorshipOracle,
  splitMix,
  type Lists,
} from '../oracle/serial-dictatorship.js';

let kernels: Kernels;
beforeAll(() => {
  kernels = testKernels();
});

function starts(lists: Lists): Int32Array {
  const start = Int32Array.from({ length: lists.length + 1 }, () => 0);
  lists.forEach((list, i) => (start[i + 1] = start[i]! + list.length));
  return start;
}

function masks(capacities: readonly number[], lists: Lists): OrdinalProblem {
  const words = Math.ceil(capacities.length / 64);
  const rows = lists.flat();
  const bundleMask = new BigUint64Array(rows.length * words);
  rows.forEach((bundle, r) => {
    for (const good of bundle.keys()) bundleMask[r * words + Math.floor(good / 64)]! |= 1n << BigInt(good % 64);
  });
  return { capacities: Int32Array.from(capacities), bundleStart: starts(lists), bundleMask };
}

function units(capacities: readonly number[], lists: Lists): OrdinalProblem {
  const goods = capacities.length;
  const bundleUnits = new Uint16Array(lists.flat().length * goods);
  lists.flat().forEach((bundle, r) => {
    for (const [good, amount] of bundle) bundleUnits[r * goods + good] = amount;
  });
  return { capacities: Int32Array.from(capacities), bundleStart: starts(lists), bundleUnits };
}

function solve(problem: OrdinalProblem, options = {}): { assignment: number[]; remaining: number[] } {
  const before = kernels.arena.mark();
  const { assignment, remaining, status, residual } = serialDictatorship.solve(kernels, problem, options);
  expect(kernels.arena.mark()).toBe(before);
  expect([...status, ...residual]).toEqual([0, 0]);
  expect(assignment).toBeInstanceOf(BigInt64Array);
  return { assignment: [...assignment!].map(Number), remaining: [...(remaining as Int32Array)] };
}

function drawLists(draw: Draw, agents: number, goods: number, most: number, units = 1): Lists {
  return Array.from({ length: agents }, () =>
    Array.from({ length: draw.integer(0, most) }, () => {
      const size = draw.integer(1, Math.min(goods, 4));
      return new Map(Array.from({ length: size }, () => [draw.integer(0, goods - 1), draw.integer(1, units)]));
    }),
  );
}

describe('serial dictatorship', () => {
  for (const goods of [1, 2, 20, 63, 64, 65, 128, 130, 200]) {
    it(`agrees with plain counters, ${goods} goods`, ({ task }) => {
      const draw = new Draw(task.name);
      for (let round = 0; round < 20; round++) {
        const agents = draw.integer(1, 60);
        const lists = drawLists(draw, agents, goods, 6);
        const capacities = Array.from({ length: goods }, () => draw.integer(0, Math.ceil((3 * agents) / goods)));
        expect(solve(masks(capacities, lists))).toEqual(serialDictatorshipOracle(capacities, lists));
        expect(solve(units(capacities, lists))).toEqual(serialDictatorshipOracle(capacities, lists));
        const seeded = { 'random-order': true, seed: round };
        const order = orderOracle(agents, BigInt(round));
        expect(solve(masks(capacities, lists), seeded)).toEqual(serialDictatorshipOracle(capacities, lists, order));
        expect(solve(units(capacities, lists), seeded)).toEqual(serialDictatorshipOracle(capacities, lists, order));
      }
    });
  }

  it('counts whole units', ({ task }) => {
    const draw = new Draw(task.name);
    for (let round = 0; round < 30; round++) {
      const goods = draw.integer(1, 9);
      const lists = drawLists(draw, 40, goods, 5, 4);
      const capacities = Array.from({ length: goods }, () => draw.integer(0, 30));
      expect(solve(units(capacities, lists))).toEqual(serialDictatorshipOracle(capacities, lists));
    }
    const big = [[new Map([[0, 65535]])], [new Map([[0, 65535]])]];
    expect(solve(units([70000], big))).toEqual({ assignment: [0, -1], remaining: [4465] });
  });

  it('passes over agents with empty lists', () => {
    const one = new Map([[0, 1]]);
    expect(solve(masks([1], [[], [one], [], [one]]))).toEqual({ assignment: [-1, 0, -1, -1], remaining: [0] });
    expect(solve(masks([3], [[]]))).toEqual({ assignment: [-1], remaining: [3] });
    expect(solve(units([3], [[], []]))).toEqual({ assignment: [-1, -1], remaining: [3] });
  });

  it('never chooses the repeat of a bundle', () => {
    const pair = new Map([
      [0, 1],
      [1, 1],
    ]);
    const lists = [
      [pair, pair],
      [pair, pair, new Map([[1, 1]])],
      [pair, pair],
    ];
    for (const problem of [masks([1, 2], lists), units([1, 2], lists)]) {
      expect(solve(problem)).toEqual({ assignment: [0, 2, -1], remaining: [0, 0] });
    }
  });

  it('gives nothing of a good without places, whatever its bit', () => {
    for (const good of [0, 31, 32, 63, 64, 127, 129]) {
      const goods = 130;
      const capacities = Array.from({ length: goods }, (_, g) => (g === good ? 0 : 1));
      const all = new Map(Array.from({ length: goods }, (_, g) => [g, 1]));
      const others = new Map([...all].filter(([g]) => g !== good));
      const result = solve(masks(capacities, [[all, others], [others]]));
      expect(result).toEqual({ assignment: [1, -1], remaining: Array(goods).fill(0) });
    }
  });

  it('never takes a bundle with a good that does not exist', () => {
    const problem = {
      capacities: Int32Array.of(2),
      bundleStart: Int32Array.of(0, 2),
      bundleMask: BigUint64Array.of(3n, 1n),
    };
    expect(solve(problem)).toEqual({ assignment: [1], remaining: [1] });
  });

  it('leaves goods with a negative number of places alone', () => {
    const lists = [[new Map([[0, 1]]), new Map([[1, 1]])]];
    for (const problem of [masks([-1, 1], lists), units([-1, 1], lists)]) {
      expect(solve(problem)).toEqual({ assignment: [1], remaining: [-1, 0] });
    }
  });

  it('is the same for the same seed and differs between seeds', ({ task }) => {
    const draw = new Draw(task.name);
    const problem = masks([5, 5, 5], drawLists(draw, 100, 3, 4));
    const first = solve(problem, { 'random-order': true, seed: 3 });
    expect(solve(problem, { 'random-order': true, seed: 3 })).toEqual(first);
    expect(solve(problem, { 'random-order': true, seed: 4 })).not.toEqual(first);
    expect(solve(problem, { seed: 3 })).toEqual(solve(problem));
  });

  it('follows agents who come in another order', ({ task }) => {
    const draw = new Draw(task.name);
    const lists = drawLists(draw, 50, 10, 5);
    const capacities = Array(10).fill(6) as number[];
    const order = orderOracle(50, 9n);
    const random = solve(masks(capacities, lists), { 'random-order': true, seed: 9 });
    const arrived = solve(
      masks(
        capacities,
        order.map((i) => lists[i]!),
      ),
    );
    expect(arrived.assignment).toEqual(order.map((i) => random.assignment[i]));
    expect(arrived.remaining).toEqual(random.remaining);
  });

  it('refuses a problem without bundles and a seed that is no integer, and releases the arena', () => {
    const before = kernels.arena.mark();
    const bare = { capacities: Int32Array.of(1), bundleStart: Int32Array.of(0, 0) };
    expect(() => serialDictatorship.solve(kernels, bare, {})).toThrow(/bundle_mask is missing/);
    const good = { ...bare, bundleMask: new BigUint64Array() };
    expect(() => serialDictatorship.solve(kernels, good, { 'random-order': true, seed: 0.5 })).toThrow(/seed is 0.5/);
    expect(kernels.arena.mark()).toBe(before);
  });

  it('leaves the problem as it was', () => {
    const problem = masks([1, 1], [[new Map([[0, 1]])]]);
    solve(problem, { 'random-order': true });
    expect([...problem.capacities]).toEqual([1, 1]);
    expect([...problem.bundleMask!]).toEqual([1n]);
  });
});

describe('counter-based random numbers', () => {
  it('are SplitMix64 from a key of their seed and stream', ({ task }) => {
    // The published generator's first outputs from state 1234567.
    const gamma = 0x9e3779b97f4a7c15n;
    expect([1n, 2n, 3n].map((k) => splitMix(1234567n + k * gamma))).toEqual([
      6457827717110365317n,
      3203168211198807973n,
      9817491932198370423n,
    ]);
    const draw = new Draw(task.name);
    const words = [0n, 1n, 2n ** 63n, 2n ** 64n - 1n, BigInt(draw.integer(0, 2 ** 31)), 12345678901234567890n];
    for (const seed of words) {
      for (const stream of words) {
        for (const counter of words) {
          const bits = BigInt.asUintN(64, kernels.call.hash64(seed, stream, counter));
          expect(bits).toBe(hashOracle(seed, stream, counter));
          expect(kernels.call.unit(bits)).toBe(Number(bits >> 11n) / 2 ** 53);
        }
      }
    }
  });

  it('stay within [0, 1)', () => {
    expect(kernels.call.unit(0n)).toBe(0);
    expect(kernels.call.unit(2n ** 64n - 1n)).toBe(1 - 2 ** -53);
  });

  it('permute with every order about equally often', () => {
    const seen = new Map<string, number>();
    const mark = kernels.arena.mark();
    const at = kernels.arena.take(16);
    for (let seed = 0n; seed < 24000n; seed++) {
      kernels.call.randomOrder(4, seed, 0n, at);
      const key = kernels.arena.i32(at, 4).join();
      seen.set(key, (seen.get(key) ?? 0) + 1);
    }
    kernels.arena.release(mark);
    expect(seen.size).toBe(24);
    const chi = [...seen.values()].reduce((sum, k) => sum + (k - 1000) ** 2 / 1000, 0);
    // 23 degrees of freedom: 49.7 is exceeded once in a thousand.
    expect(chi).toBeLessThan(49.7);
  });
});
