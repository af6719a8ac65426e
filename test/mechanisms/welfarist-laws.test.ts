import { describe, expect, it } from 'vitest';
import { leximin } from '../../src/mechanisms/leximin.js';
import type { CardinalDefinition, OptionValues } from '../../src/mechanisms/mechanism.js';
import { utilitarian } from '../../src/mechanisms/utilitarian.js';
import { welfarist } from '../../src/mechanisms/welfarist.js';
import { Draw } from '../helpers/draw.js';
import { testKernels } from '../helpers/kernels.js';
import { FAMILIES, drawInstance, plain, solveInstance, type Instance } from '../helpers/welfare.js';
import { alone, largestWelfare } from '../oracle/welfare.js';

const kernels = testKernels();

const RULES: [string, CardinalDefinition, OptionValues][] = [
  ['gamma 1', welfarist, { gamma: 1 }],
  ['vertex', utilitarian, { select: 'vertex' }],
  ['gamma 0.5', welfarist, { gamma: 0.5 }],
  ['gamma 0', welfarist, { gamma: 0 }],
  ['gamma -1', welfarist, { gamma: -1 }],
  ['gamma -5', welfarist, { gamma: -5 }],
  ['2 log V - log(1 + V)', welfarist, { welfare: 'log2-log1p' }],
  ['leximin', leximin, {}],
];

/** Agents in another order, with all that is theirs. */
function permuted(instance: Instance, order: readonly number[]): Instance {
  const { shape, arrays, equal } = instance;
  const move = <T extends Float64Array | Int32Array>(data: T): T => {
    const each = data.length / shape.agents;
    return data.map((_, k) => data[order[Math.floor(k / each)]! * each + (k % each)]!) as T;
  };
  const moved = Object.fromEntries(
    Object.entries(arrays).map(([name, data]) => [name, name === 'budgets' ? data : move(data)]),
  );
  return { shape, arrays: moved, equal: order.flatMap((i, at) => (equal.includes(i) ? [at] : [])) };
}

/** What a search finds; undefined where nothing is feasible. */
function attempt(search: () => number): number | undefined {
  try {
    return search();
  } catch (error) {
    if (/infeasible/i.test(String(error))) return undefined;
    throw error;
  }
}

describe.each(RULES)('%s', (name, rule, options) => {
  const unique = name !== 'vertex';
  const solve = (instance: Instance) => solveInstance(kernels, rule, instance, options);

  it('does not ask who is who', () => {
    const draw = new Draw(`anonymity ${name}`);
    for (let n = 0; n < 8; n++) {
      const instance = drawInstance(draw, 'random', { agents: 6, items: 5 });
      const order = draw.permutation(instance.shape.agents);
      const [one, other] = [solve(instance), solve(permuted(instance, order))];
      if (unique) order.forEach((i, at) => expect(other.utilities[at]).toBeCloseTo(one.utilities[i]!, 5));
      const size = Math.max(1, Math.abs(one.objective[0]!));
      expect(Math.abs(other.objective[0]! - one.objective[0]!)).toBeLessThan(1e-7 * size);
    }
  });

  it('is Pareto efficient: no agent can be given more without taking from another', () => {
    const draw = new Draw(`pareto ${name}`);
    for (let n = 0; n < 3; n++) {
      const instance = drawInstance(draw, 'random', { agents: 4, items: 3 });
      const { utilities } = solve(instance);
      const problem = plain(instance);
      const sum = utilities.reduce((a, u, i) => a + (problem.weights[i]! > 0 ? u : 0), 0);
      // Everybody at least as well off, the sum as large as it can be.
      const floor = problem.rows.map((rows, i) => [
        ...rows,
        { a: problem.values[i]!, low: utilities[i]! * (1 - 1e-7) - 1e-9, high: 1e30 },
      ]);
      const better = largestWelfare({ ...problem, weights: problem.weights.map(() => 1), rows: floor }, 1).value;
      expect(better - sum).toBeLessThan(1e-5);
    }
  });

  it('a profile’s bits do not depend on its neighbours, nor on what memory held before', () => {
    const draw = new Draw(`neighbours ${name}`);
    const agents = 5;
    const items = 4;
    const values = draw.reals(3 * agents * items).map((v) => (v < 0.2 ? 0 : v));
    const caps = draw.reals(3 * agents);
    const of = (from: number, count: number): Instance => ({
      shape: { count, agents, items },
      arrays: {
        values: values.slice(from * agents * items, (from + count) * agents * items),
        caps: caps.slice(from * agents, (from + count) * agents),
      },
      equal: [1],
    });
    const all = solve(of(0, 3));
    for (let k = 0; k < 3; k++) {
      const one = solve(of(k, 1));
      expect([...one.allocation]).toEqual([...all.allocation.slice(k * agents * items, (k + 1) * agents * items)]);
      expect([...one.prices]).toEqual([...all.prices.slice(k * items, (k + 1) * items)]);
    }
  });

  it('no transfer from rich to poor that wastes nothing is left (Pigou-Dalton)', () => {
    if (name === 'vertex') return;
    const draw = new Draw('pigou-dalton');
    let pairs = 0;
    for (let n = 0; n < 8; n++) {
      // Agents of different size, some items of no value, in every other instance one agent that wants equal amounts.
      const values = draw.reals(12).map((v, k) => (v < 0.2 ? 0 : v * 2 ** Math.floor(k / 3)));
      const shape = { count: 1, agents: 4, items: 3 };
      const instance: Instance = { shape, arrays: { values }, equal: n % 2 === 0 ? [] : [1] };
      const { utilities } = solve(instance);
      const problem = plain(instance);
      const order = [...utilities.keys()].sort((i, k) => utilities[i]! - utilities[k]!);
      for (const poor of order) {
        const rich = order.at(-1)!;
        const apart = utilities[rich]! - utilities[poor]!;
        if (apart < 1e-2 || utilities[poor]! + 0.05 * apart > alone(problem, poor)) continue;
        pairs++;
        // The poor one at least 5 % and at most half of the way up, all others as they are: what the two of them can have then.
        const floor = problem.rows.map((rows, l) => [
          ...rows,
          ...(l === rich
            ? []
            : [
                {
                  a: problem.values[l]!,
                  low: l === poor ? utilities[l]! + 0.05 * apart : utilities[l]! * (1 - 1e-9),
                  high: 1e30,
                },
              ]),
        ]);
        const caps = problem.caps.map((cap, l) => (l === poor ? Math.min(cap, utilities[l]! + 0.5 * apart) : cap));
        const weights = problem.weights.map((_, l) => (l === poor || l === rich ? 1 : 0));
        const both = attempt(() => largestWelfare({ ...problem, caps, weights, rows: floor }, 1).value);
        if (both !== undefined) expect(both).toBeLessThan(utilities[rich]! + utilities[poor]! - 1e-6 * apart);
      }
    }
    // Leximin leaves nobody apart who could be nearer.
    if (name !== 'leximin') expect(pairs).toBeGreaterThan(2);
  });

  it('who can gain nothing gets nothing and spoils nothing', () => {
    const arrays = {
      values: Float64Array.of(0, 0, 1, 2, 3, 1, 2, 2, 1, 1),
      caps: Float64Array.of(Infinity, Infinity, 0, Infinity, Infinity),
      weights: Float64Array.of(1, 1, 1, 0, 1),
      constraint_matrix: Float64Array.of(0, 0, 0, 0, 0, 0, 0, 0, 1, 1),
      constraint_lower: new Float64Array(5),
      constraint_upper: new Float64Array(5),
    };
    const result = solve({ shape: { count: 1, agents: 5, items: 2, rows: 1 }, arrays, equal: [] });
    expect(result.status[0]).toBe(0);
    expect([...result.utilities].map((u, i) => (i === 1 ? u > 0 : u))).toEqual([0, true, 0, 0, 0]);
  });
});

describe('Nash welfare', () => {
  it('does not ask in which unit an agent counts', () => {
    const draw = new Draw('scale invariance');
    for (let n = 0; n < 8; n++) {
      const instance = drawInstance(draw, 'random', { agents: 5, items: 4 }, false);
      const scales = draw.reals(instance.shape.agents, -3, 3).map((x) => 10 ** x);
      const { values, caps } = instance.arrays as { values: Float64Array; caps: Float64Array };
      const scaled = {
        ...instance,
        arrays: {
          ...instance.arrays,
          values: values.map((v, k) => v * scales[Math.floor(k / instance.shape.items)]!),
          caps: caps.map((c, i) => c * scales[i]!),
        },
      };
      const [one, other] = [instance, scaled].map((each) => solveInstance(kernels, welfarist, each, { gamma: 0 }));
      one!.utilities.forEach((u, i) => expect(other!.utilities[i]! / scales[i]!).toBeCloseTo(u, 6));
    }
  });

  it('gives everybody the n-th part of what it could have alone', () => {
    const draw = new Draw('proportional share');
    for (const family of FAMILIES) {
      const { shape, arrays } = drawInstance(draw, family, { agents: 6, items: 5 }, false);
      const own = { shape, arrays: { values: arrays.values!, caps: arrays.caps! }, equal: [] };
      const { utilities } = solveInstance(kernels, welfarist, own, { gamma: 0 });
      utilities.forEach((u, i) => {
        let whole = 0;
        for (let m = 0; m < shape.items; m++) whole += arrays.values![i * shape.items + m]!;
        expect(u).toBeGreaterThanOrEqual((Math.min(whole, arrays.caps![i]!) / shape.agents) * (1 - 1e-7));
      });
    }
  });
});
