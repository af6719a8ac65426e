import { beforeAll, describe, expect, it } from 'vitest';
import { lottery } from '../../src/mechanisms/eceei/lotteries.js';
import { uniformLaw } from '../../src/mechanisms/eceei/clearing.js';
import { toVertex, type Mixed } from '../../src/mechanisms/eceei/vertex.js';
import { eceei } from '../../src/mechanisms/eceei.js';
import type { OptionValues, OrdinalProblem, OrdinalResult } from '../../src/mechanisms/mechanism.js';
import { MARKETS, sampleMarket } from '../../src/profiles/ordinal-samplers.js';
import { verifyEquilibrium } from '../../src/verify/equilibrium.js';
import type { Kernels } from '../../src/wasm/kernels.js';
import { Draw } from '../helpers/draw.js';
import { testKernels } from '../helpers/kernels.js';
import { copies, marketOf, unitsOf } from '../helpers/markets.js';

let kernels: Kernels;
beforeAll(() => {
  kernels = testKernels();
});

function round(problem: OrdinalProblem, options: OptionValues = {}): OrdinalResult {
  return eceei.solve(kernels, problem, { ...options, round: true });
}

/** Excess demand counted by plain loops, and the largest and smallest budget. */
function counted(problem: OrdinalProblem, result: OrdinalResult) {
  const goods = problem.capacities.length;
  const prices = result.prices as Float64Array;
  const used = Array<number>(goods).fill(0);
  let size = 0;
  (result.assignment as BigInt64Array).forEach((choice, i) => {
    for (let t = problem.bundleStart[i]!; t < problem.bundleStart[i + 1]!; t++) {
      size = Math.max(
        size,
        unitsOf(problem, t).reduce((sum, n) => sum + n * n, 0),
      );
    }
    if (choice < 0n) return;
    unitsOf(problem, problem.bundleStart[i]! + Number(choice)).forEach((n, g) => (used[g]! += n));
  });
  const squares = used.reduce((sum, n, g) => {
    const z = n - problem.capacities[g]!;
    return sum + (prices[g]! > 0 ? z * z : Math.max(0, z) ** 2);
  }, 0);
  return { norm: Math.sqrt(squares), bound: Math.sqrt((size * goods) / 2), used };
}

function verdict(problem: OrdinalProblem, result: OrdinalResult): readonly string[] {
  return verifyEquilibrium(
    problem,
    Object.fromEntries(Object.entries(result).map(([name, data]) => [name, { shape: [data.length], data }])),
  ).problems;
}

describe('lotteries at a vertex', () => {
  it('keep the sum of their means and leave at most as many chances too many as there are goods', ({ task }) => {
    const draw = new Draw(task.name);
    for (let round = 0; round < 200; round++) {
      const goods = draw.integer(1, 6);
      const mixed: Mixed[] = Array.from({ length: draw.integer(1, 30) }, () => {
        const options = draw.integer(1, 6);
        const chances = draw.reals(options, 0.01, 1);
        const sum = chances.reduce((a, b) => a + b, 0);
        return {
          vectors: Array.from({ length: options }, () => draw.integers(goods, 0, 2)),
          chances: chances.map((x) => x / sum),
        };
      });
      const means = () =>
        Array.from({ length: goods }, (_, g) =>
          mixed.reduce((all, { vectors, chances }) => all + chances.reduce((s, c, k) => s + c * vectors[k]![g]!, 0), 0),
        );
      const before = means();
      toVertex(mixed, goods);
      means().forEach((x, g) => expect(Math.abs(x - before[g]!)).toBeLessThan(1e-11));
      let more = 0;
      for (const { chances } of mixed) {
        expect(Math.min(...chances)).toBeGreaterThanOrEqual(0);
        expect(Math.abs(chances.reduce((a, b) => a + b, 0) - 1)).toBeLessThan(1e-11);
        more += chances.filter((x) => x > 0).length - 1;
      }
      expect(more).toBeLessThanOrEqual(goods);
    }
  });
});

describe('one bundle for everybody', () => {
  for (const name of Object.keys(MARKETS)) {
    it(`${name}: excess demand stays within sqrt(σ m / 2), by a count of its own`, ({ task }) => {
      const draw = new Draw(task.name);
      for (let k = 0; k < 15; k++) {
        const market = sampleMarket(name, {
          agents: draw.integer(5, 120),
          goods: draw.integer(3, 9),
          supply: [0.2, 0.4, 0.8, 1.1][k % 4]!,
          seed: k,
        });
        const epsilon = [0.2, 0.05, 0.5][k % 3]!;
        const result = round(market, { epsilon });
        expect(result.status[0]).toBe(0);
        const { norm, bound, used } = counted(market, result);
        expect(norm).toBeLessThanOrEqual(bound);
        expect(result.excess_norm![0]).toBeCloseTo(norm, 9);
        expect(Array.from(result.consumed as Int32Array)).toEqual(used);
        expect(verdict(market, result)).toEqual([]);
        (result.budgets as Float64Array).forEach((b) => expect(b).toBeGreaterThanOrEqual(1 - epsilon - 1e-12));
        // Only bundles with a chance are handed out.
        (result.assignment as BigInt64Array).forEach((choice, i) => {
          const outcomes = lottery(market, i, result.prices as Float64Array, uniformLaw(epsilon));
          expect(outcomes.map((outcome) => outcome.choice)).toContain(Number(choice));
        });
      }
    });
  }

  it('hands out c of c places where that is possible, and is off by no more than it must', () => {
    const result = round(marketOf([3], copies(10, [1])));
    expect(Array.from(result.consumed as Int32Array)).toEqual([3]);
    expect(result.excess_norm![0]).toBe(0);
    // Two people who each want both goods or nothing, one and a half places: off by a half in both goods.
    const half = round(marketOf([1.5, 1.5], copies(2, [3])), { epsilon: 0.2 });
    expect(half.excess_norm![0]).toBeCloseTo(Math.SQRT1_2, 12);
  });

  it('counts agents with multiplicities one by one, and takes units', () => {
    const market = { ...marketOf([5, 3], [[3, 1, 2], [2]]), multiplicity: Int32Array.of(8, 2) };
    const result = round(market, { epsilon: 0.2 });
    expect(result.assignment!.length).toBe(10);
    expect(verdict(market, result)).toEqual([]);
    const units: OrdinalProblem = {
      capacities: Int32Array.of(7, 5),
      bundleStart: Int32Array.from({ length: 11 }, (_, i) => 2 * i),
      bundleUnits: Uint16Array.from(Array.from({ length: 10 }, (_, i) => (i % 2 ? [2, 0, 0, 1] : [0, 3, 1, 0])).flat()),
    };
    const families = round(units);
    expect(verdict(units, families)).toEqual([]);
    expect(families.excess_bound![0]).toBe(3);
  });

  it('says that there is nothing to round where no prices were found', () => {
    const market = sampleMarket('additive', { agents: 40, goods: 5, seed: 1 });
    const result = round(market, { work: 10 });
    expect(result.status[0]).toBe(2);
    expect(new Set(result.assignment as BigInt64Array)).toEqual(new Set([-1n]));
    expect(verdict(market, result)).toEqual([]);
  });

  it('is refused for a multiplicity that no list could hold', () => {
    const market = { ...marketOf([5], [[1]]), multiplicity: Int32Array.of(2_000_000) };
    expect(() => round(market)).toThrow('multiplicity adds up to 2000000, expected at most 1000000 to round');
  });
});
