import { beforeAll, describe, expect, it } from 'vitest';
import { clearing, uniformLaw } from '../../src/mechanisms/eceei/clearing.js';
import { exactPrices } from '../../src/mechanisms/eceei/exact.js';
import { eceei } from '../../src/mechanisms/eceei.js';
import type { OrdinalProblem } from '../../src/mechanisms/mechanism.js';
import type { Kernels } from '../../src/wasm/kernels.js';
import { copies, marketOf } from '../helpers/markets.js';
import { testKernels } from '../helpers/kernels.js';
import { lottery } from '../oracle/lotteries.js';

let kernels: Kernels;
beforeAll(() => {
  kernels = testKernels();
});

function pricesOf(problem: OrdinalProblem, epsilon: number): number[] {
  const before = kernels.arena.mark();
  const { prices, status, residual } = eceei.solve(kernels, problem, { epsilon });
  expect(kernels.arena.mark()).toBe(before);
  expect(status[0]).toBe(0);
  expect(residual[0]).toBeLessThan(1e-11);
  return [...(prices as Float64Array)];
}

function expectClose(found: readonly number[], expected: readonly number[]): void {
  expect(found).toHaveLength(expected.length);
  found.forEach((x, k) => expect(x).toBeCloseTo(expected[k]!, 11));
}

function clears(problem: OrdinalProblem, prices: readonly number[], epsilon: number): void {
  const { error, wrong } = clearing(kernels, problem, Float64Array.from(prices), uniformLaw(epsilon));
  expect(error).toBeLessThan(1e-12);
  expect(wrong).toBe(-1);
}

// Bits: 1 is good 0, 2 good 1, 3 both, 4 good 2.
describe('equilibria known by hand', () => {
  it('one good and n agents: 1 - eps c / n', () => {
    const two = marketOf([1], copies(2, [1]));
    expectClose(pricesOf(two, 0.2), [0.9]);
    expectClose(lottery(two, 0, [0.9], 0.2), [0.5, 0.5]);
    expectClose(pricesOf(marketOf([3], copies(10, [1])), 0.1), [0.97]);
    for (const [n, c, eps] of [
      [7, 2, 1],
      [1000, 1, 0.01],
      [50, 49, 0.5],
      [9, 2.5, 0.05],
    ] as const) {
      expectClose(pricesOf(marketOf([c], copies(n, [1])), eps), [1 - (eps * c) / n]);
    }
  });

  it('as many places as agents: every price at or below 1 - eps; more: 0', () => {
    const [p] = pricesOf(marketOf([4], copies(4, [1])), 0.2);
    expect(p).toBeGreaterThanOrEqual(0);
    expect(p).toBeLessThanOrEqual(0.8);
    for (const any of [0, 0.3, 0.8]) clears(marketOf([4], copies(4, [1])), [any], 0.2);
    expectClose(pricesOf(marketOf([5], copies(4, [1])), 0.2), [0]);
  });

  it('unit demand with one ranking: max(0, 1 - eps (c_1 + … + c_j) / n)', () => {
    const list = [1, 2, 4];
    const market = marketOf([2, 3, 4], copies(10, list));
    expectClose(pricesOf(market, 0.1), [49 / 50, 19 / 20, 91 / 100]);
    expectClose(lottery(market, 3, [49 / 50, 19 / 20, 91 / 100], 0.1), [0.2, 0.3, 0.4, 0.1]);
    const plenty = marketOf([2, 3, 8], copies(10, list));
    expectClose(pricesOf(plenty, 0.1), [49 / 50, 19 / 20, 0]);
    expectClose(lottery(plenty, 3, pricesOf(plenty, 0.1), 0.1), [0.2, 0.3, 0.5, 0]);
    // The lottery does not depend on eps where eps is small.
    expectClose(pricesOf(market, 0.01), [499 / 500, 199 / 200, 991 / 1000]);
    expectClose(lottery(market, 3, pricesOf(market, 0.01), 0.01), [0.2, 0.3, 0.4, 0.1]);
  });

  it('two agents with {1,2} over {1} over {2}', () => {
    const market = marketOf([1, 0.5], copies(2, [3, 1, 2]));
    expectClose(pricesOf(market, 0.2), [0.9, 0.85]);
    expectClose(lottery(market, 0, [0.9, 0.85], 0.2), [0, 0.5, 0.25, 0.25]);
    for (const eps of [0.8, 0.5, 0.05]) expectClose(pricesOf(market, eps), [1 - eps / 2, 1 - (3 * eps) / 4]);
  });

  it('a complement whose price is 0 although it is used up', () => {
    const market = marketOf([1, 1], [[3], [1, 2]]);
    const prices = pricesOf(market, 0.2);
    expectClose(prices, [0.9, 0]);
    expectClose(lottery(market, 0, prices, 0.2), [0.5, 0.5]);
    expectClose(lottery(market, 1, prices, 0.2), [0.5, 0.5, 0]);
  });

  it('continua of equilibria, where slopes are singular', () => {
    const first = marketOf([2, 1], copies(2, [3, 1, 2]));
    const [a, b] = pricesOf(first, 0.2) as [number, number];
    expect(a + b).toBeCloseTo(0.9, 11);
    expect(a).toBeLessThanOrEqual(0.8 + 1e-11);
    expectClose(lottery(first, 0, [a, b], 0.2), [0.5, 0.5, 0, 0]);

    const complements = marketOf([1.5, 1.5], [[3], [1], [2]]);
    const [c, d] = pricesOf(complements, 0.2) as [number, number];
    expect(c + d).toBeCloseTo(0.9, 11);
    expect(Math.max(c, d)).toBeLessThanOrEqual(0.8 + 1e-11);
    expectClose(lottery(complements, 0, [c, d], 0.2), [0.5, 0.5]);
    // With one place of each the one who needs both gets nothing in every equilibrium.
    const scarce = marketOf([1, 1], [[3], [1], [2]]);
    const [e, f] = pricesOf(scarce, 0.2) as [number, number];
    expect(e + f).toBeGreaterThanOrEqual(1);
    expectClose(lottery(scarce, 0, [e, f], 0.2), [0, 1]);
  });

  it('three agents in a circle', () => {
    const market = marketOf(
      [1, 1, 1],
      [
        [3, 5, 4],
        [6, 1, 2],
        [7, 2, 4],
      ],
    );
    clears(market, [0.5, 0.5, 0.5], 0.2);
    pricesOf(market, 0.2);
  });

  it('three equilibria: all of them are certified, in floating point and exactly', () => {
    const market = marketOf(
      [3 / 2, 5 / 2, 7 / 2, 5 / 2, 3],
      [...copies(2, [7, 28]), ...copies(2, [1, 26, 8, 6]), ...copies(4, [21, 2, 11, 20])],
    );
    const all = [
      [13 / 16, 27 / 32, 0, 0, 37 / 48],
      [7 / 8, 13 / 16, 0, 23 / 32, 3 / 32],
      [251 / 272, 215 / 272, 0, 27 / 34, 3 / 136],
    ];
    for (const prices of all) {
      clears(market, prices, 0.25);
      const { nums, den } = exactPrices(market, Float64Array.from(prices), 0.25)!;
      expectClose(
        nums.map((x) => Number(x) / Number(den)),
        prices,
      );
    }
    expect(exactPrices(market, Float64Array.from(all[0]!), 0.25)!.den).toBe(96n);
    expect(exactPrices(market, Float64Array.from(all[2]!), 0.25)!.den).toBe(272n);
    const found = pricesOf(market, 0.25);
    expect(all.some((prices) => prices.every((p, g) => Math.abs(p - found[g]!) < 1e-9))).toBe(true);
    // Prices between two of them do not clear.
    const between = Float64Array.from(all[0]!, (p, g) => (p + all[2]![g]!) / 2);
    expect(clearing(kernels, market, between, uniformLaw(0.25)).error).toBeGreaterThan(1e-3);
  });

  it('goods without places have price 1 and are not sold, and nothing to sell is an equilibrium', () => {
    expectClose(pricesOf(marketOf([0, 1], copies(2, [3, 1, 2])), 0.2), [1, 0.9]);
    expectClose(pricesOf(marketOf([0, 0], copies(2, [3, 1])), 0.2), [1, 1]);
    expectClose(pricesOf(marketOf([2, 1], [[], [], []]), 0.2), [0, 0]);
    expectClose(pricesOf(marketOf([2, 1, 5], [[1], [], [2]]), 0.2).slice(2), [0]);
  });
});
