import { beforeAll, describe, expect, it } from 'vitest';
import { eceei } from '../../src/mechanisms/eceei.js';
import { clearing, clearingError, uniformLaw } from '../../src/mechanisms/eceei/clearing.js';
import { clearingLaw } from '../../src/mechanisms/eceei/reweight.js';
import type { OptionValues, OrdinalProblem, OrdinalResult } from '../../src/mechanisms/mechanism.js';
import { MARKETS, sampleMarket } from '../../src/profiles/ordinal-samplers.js';
import type { Kernels } from '../../src/wasm/kernels.js';
import { verifyEquilibrium } from '../../src/verify/equilibrium.js';
import type { NamedArrays } from '../../src/types.js';
import { Draw } from '../helpers/draw.js';
import { testKernels } from '../helpers/kernels.js';
import { copies, marketOf, unitsOf } from '../helpers/markets.js';
import { expectedDemandOracle } from '../oracle/lotteries.js';

let kernels: Kernels;
beforeAll(() => {
  kernels = testKernels();
});

const EPSILONS = [0.2, 0.05, 0.01];

function solve(problem: OrdinalProblem, options: OptionValues = {}): OrdinalResult {
  const before = kernels.arena.mark();
  const result = eceei.solve(kernels, problem, options);
  expect(kernels.arena.mark()).toBe(before);
  return result;
}

function asArrays(result: OrdinalResult): NamedArrays {
  return Object.fromEntries(Object.entries(result).map(([name, data]) => [name, { shape: [data.length], data }]));
}

/** The problem with agent i's list in place order[i]. */
function permuted(problem: OrdinalProblem, order: readonly number[]): OrdinalProblem {
  const { bundleStart, bundleMask } = problem;
  const rows = order.flatMap((i) => [...bundleMask!.subarray(bundleStart[i], bundleStart[i + 1])]);
  const start = new Int32Array(order.length + 1);
  order.forEach((i, k) => (start[k + 1] = start[k]! + bundleStart[i + 1]! - bundleStart[i]!));
  return { ...problem, bundleStart: start, bundleMask: BigUint64Array.from(rows) };
}

/** The market with places for 0.4 of what would be taken of each good if all were free, at least one. */
function unevenPlaces(problem: OrdinalProblem): OrdinalProblem {
  const wanted = new Float64Array(problem.capacities.length);
  for (const row of problem.bundleStart.subarray(0, -1)) unitsOf(problem, row).forEach((n, g) => (wanted[g]! += n));
  return { ...problem, capacities: Int32Array.from(wanted, (n) => Math.max(1, Math.round(0.4 * n))) };
}

function withUnits(problem: OrdinalProblem): OrdinalProblem {
  const { capacities, bundleStart } = problem;
  const rows = bundleStart.at(-1)!;
  const bundleUnits = Uint16Array.from(Array.from({ length: rows }, (_, t) => unitsOf(problem, t)).flat());
  return { capacities, bundleStart, bundleUnits };
}

describe('expected competitive equilibrium of drawn markets', () => {
  for (const name of Object.keys(MARKETS)) {
    it(`${name}: every one clears, by an oracle that enumerates budgets`, ({ task }) => {
      const draw = new Draw(task.name);
      for (let round = 0; round < 9; round++) {
        const agents = Math.round(10 * 10 ** draw.unit());
        const types = [agents, 2, 5, 20][round % 4]!;
        const options = { agents, goods: draw.integer(5, 20), supply: round % 2 ? 0.4 : 1.1, seed: round };
        const market = sampleMarket(name, types < agents ? { ...options, types } : options);
        const epsilon = EPSILONS[round % 3]!;
        const result = solve(market, { epsilon, exact: round % 6 === 0 });
        expect(result.status[0]).toBe(0);
        const demand = expectedDemandOracle(market, result.prices as Float64Array, epsilon);
        expect(clearingError(demand, result.prices as Float64Array, market.capacities)).toBeLessThan(1e-10);
        const verdict = verifyEquilibrium(market, asArrays(result));
        expect(verdict).toMatchObject({ problems: [], exact: round % 6 === 0 });
      }
    });
  }

  it('finds its way where some goods have one place and others hundreds, and many kinds of agents list the scarce ones', () => {
    const few = { agents: 1000, goods: 20, types: 2 };
    for (const seed of [61, 75, 166, 202]) {
      const market = unevenPlaces(sampleMarket('slot-pairs', { ...few, seed }));
      expect(solve(market, { epsilon: 0.01 }).status[0]).toBe(0);
    }
    const twelve = unevenPlaces(sampleMarket('slot-pairs', { ...few, goods: 12, seed: 44 }));
    expect(solve(twelve, { epsilon: 0.01 }).status[0]).toBe(0);
    // No start is found at eps = 1: the path from infinity would do, with far more work.
    for (const seed of [14, 49, 81]) {
      const market = unevenPlaces(sampleMarket('slot-pairs', { agents: 250, goods: 30, seed }));
      expect(solve(market, { epsilon: 0.2, work: 1.5e8 }).status[0]).toBe(0);
    }
  });

  it('has prices below 1 - eps c / n_j where they are above 1 - eps', () => {
    const market = sampleMarket('common-value', { agents: 200, goods: 8, seed: 3 });
    const { prices } = solve(market, { epsilon: 0.2 });
    (prices as Float64Array).forEach((p, g) => {
      if (p >= 0.8) expect(p).toBeLessThanOrEqual(1 - (0.2 * market.capacities[g]!) / 200 + 1e-12);
    });
  });

  it('gives the same bits for copies and for multiplicities, for masks and for units', () => {
    const one = sampleMarket('slot-pairs', { agents: 12, goods: 8, types: 4, seed: 5 });
    const twice = permuted(
      one,
      Array.from({ length: 24 }, (_, k) => Math.floor(k / 2)),
    );
    const big = { ...twice, capacities: one.capacities.map((c) => 2 * c) };
    const weighted = { ...one, capacities: big.capacities, multiplicity: new Int32Array(12).fill(2) };
    const { prices } = solve(weighted);
    expect(solve(big).prices).toEqual(prices);
    expect(solve(withUnits(big)).prices).toEqual(prices);
    // Twice everybody and twice the places: the same market.
    expect(solve(one).prices).toEqual(prices);
    expect(solve(one).prices).toEqual(prices);
  });

  it('does not care for agents without lists, multiplicity 0 and repeated bundles', () => {
    const market = sampleMarket('additive', { agents: 20, goods: 5, seed: 8 });
    const { prices } = solve(market);
    const { bundleStart, bundleMask } = market;
    const start = Int32Array.from([0, 0, ...bundleStart.subarray(1), bundleStart[20]! + 1]);
    const more = {
      capacities: market.capacities,
      bundleStart: start,
      bundleMask: BigUint64Array.from([...bundleMask!, 3n]),
      multiplicity: Int32Array.from({ length: 22 }, (_, i) => (i === 21 ? 0 : 1)),
    };
    expect(solve(more).prices).toEqual(prices);
    const repeated = permuted(
      market,
      Array.from({ length: 20 }, (_, i) => i),
    );
    const doubled = {
      ...repeated,
      bundleStart: bundleStart.map((x) => 2 * x),
      bundleMask: BigUint64Array.from([...bundleMask!].flatMap((x) => [x, x])),
    };
    expect(solve(doubled).prices).toEqual(prices);
  });

  it('follows goods that are renamed and agents who come in another order, where the equilibrium is unique', ({
    task,
  }) => {
    const draw = new Draw(task.name);
    for (let round = 0; round < 10; round++) {
      // Unit demand: the lottery is that of a market for houses.
      const goods = draw.integer(2, 6);
      const lists = Array.from({ length: 30 }, () => draw.permutation(goods).map((g) => 2 ** g));
      const capacities = Array.from({ length: goods }, () => draw.integer(1, 4));
      const { prices } = solve(marketOf(capacities, lists));
      const order = draw.permutation(30);
      const name = draw.permutation(goods);
      const renamed = order.map((i) => lists[i]!.map((mask) => 2 ** name[Math.log2(mask)]!));
      const places = capacities.map((_, g) => capacities[name.indexOf(g)]!);
      const other = solve(marketOf(places, renamed)).prices as Float64Array;
      (prices as Float64Array).forEach((p, g) => expect(other[name[g]!]).toBeCloseTo(p, 9));
    }
  });

  it('counts units: a family that takes two of two places pays twice', () => {
    const problem: OrdinalProblem = {
      capacities: Int32Array.of(2, 3),
      bundleStart: Int32Array.of(0, 2, 4, 6),
      bundleUnits: Uint16Array.of(2, 0, 0, 2, 2, 0, 0, 2, 1, 0, 0, 1),
    };
    const result = solve(problem, { epsilon: 0.2, exact: true });
    expect(result.status[0]).toBe(0);
    expect(verifyEquilibrium(problem, asArrays(result))).toMatchObject({ problems: [], exact: true });
    const demand = expectedDemandOracle(problem, result.prices as Float64Array, 0.2);
    expect(demand[0]).toBeCloseTo(2, 10);
    expect(demand[1]).toBeCloseTo(3, 10);
  });

  it('works beyond 64 goods as below', ({ task }) => {
    const draw = new Draw(task.name);
    for (const goods of [65, 130]) {
      const words = Math.ceil(goods / 64);
      const small = sampleMarket('additive', { agents: 30, goods: 6, seed: 2 });
      const place = draw
        .permutation(goods)
        .slice(0, 6)
        .sort((a, b) => a - b);
      const bundleMask = new BigUint64Array(small.bundleMask!.length * words);
      for (let t = 0; t < small.bundleMask!.length; t++) {
        unitsOf(small, t).forEach((n, g) => {
          if (n) bundleMask[t * words + (place[g]! >> 6)]! |= 1n << BigInt(place[g]! & 63);
        });
      }
      const capacities = Int32Array.from({ length: goods }, (_, g) => small.capacities[place.indexOf(g)] ?? 7);
      const wide = solve({ capacities, bundleStart: small.bundleStart, bundleMask });
      expect(wide.status[0]).toBe(0);
      const { prices } = solve(small);
      place.forEach((at, g) => expect((wide.prices as Float64Array)[at]).toBeCloseTo((prices as Float64Array)[g]!, 9));
    }
  });

  it('has a lottery that does not depend on eps where eps is small', () => {
    const market = sampleMarket('common-value', { agents: 60, goods: 6, seed: 4 });
    const [a, b, c] = [0.04, 0.02, 0.01].map((epsilon) => solve(market, { epsilon }).prices as Float64Array);
    a!.forEach((p, g) => expect(p - b![g]!).toBeCloseTo(2 * (b![g]! - c![g]!), 9));
  });

  it('never returns prices that do not clear: a status, the best residual, no prices', () => {
    const market = sampleMarket('common-value', { agents: 100, goods: 10, seed: 1 });
    const result = solve(market, { work: 20_000 });
    expect(result.status[0]).toBe(2);
    expect(result.residual[0]).toBe(Infinity);
    expect(result.prices).toEqual(new Float64Array(10));
    expect(result.clearing_error![0]).toBeGreaterThan(1e-9);
    expect(verifyEquilibrium(market, asArrays(result))).toMatchObject({ problems: [], unanswered: true });
  });
});

describe('re-weighting the law of budgets', () => {
  it('makes rounded prices clear exactly, and moves nothing where they clear', ({ task }) => {
    const draw = new Draw(task.name);
    let found = 0;
    for (let round = 0; round < 12; round++) {
      const name = Object.keys(MARKETS)[round % 3]!;
      const market = sampleMarket(name, { agents: 100, goods: 6, seed: draw.integer(0, 1e6) });
      const { prices } = solve(market, { epsilon: 0.2 });
      const same = clearingLaw(market, prices as Float64Array, 0.2)!;
      const moved = same.mass.reduce((sum, x, k) => sum + Math.abs(x - (same.edges[k + 1]! - same.edges[k]!) / 0.2), 0);
      expect(moved).toBeLessThan(1e-8);
      const rounded = (prices as Float64Array).map((p) => Math.round(1e4 * p) / 1e4);
      const law = clearingLaw(market, rounded, 0.2);
      if (!law) continue;
      found += 1;
      expect(law.mass.every((x) => x >= 0)).toBe(true);
      const { error, wrong } = clearing(kernels, market, rounded, law);
      expect(error).toBeLessThan(1e-10);
      expect(wrong).toBe(-1);
    }
    expect(found).toBeGreaterThan(8);
  });

  it('finds no law where none exists', () => {
    // Nobody buys at a price of 1, whatever the budgets are.
    expect(clearingLaw(marketOf([1], copies(3, [1])), Float64Array.of(1), 0.2)).toBeUndefined();
    expect(clearing(kernels, marketOf([1], copies(3, [1])), Float64Array.of(1), uniformLaw(0.2)).error).toBe(1);
  });
});
