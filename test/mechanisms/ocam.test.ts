import { beforeAll, describe, expect, it } from 'vitest';
import type { OptionValues, OrdinalProblem, OrdinalResult } from '../../src/mechanisms/mechanism.js';
import { ocam } from '../../src/mechanisms/ocam.js';
import { MARKETS, sampleMarket } from '../../src/profiles/ordinal-samplers.js';
import { verifyOcam } from '../../src/verify/ocam.js';
import type { Kernels } from '../../src/wasm/kernels.js';
import { testKernels } from '../helpers/kernels.js';
import { copies, marketOf, unitsOf } from '../helpers/markets.js';
import { hashOracle } from '../oracle/serial-dictatorship.js';
import { ocamOracle } from '../oracle/ocam.js';

let kernels: Kernels;
beforeAll(() => {
  kernels = testKernels();
});

function solve(problem: OrdinalProblem, options: OptionValues = {}): OrdinalResult {
  const before = kernels.arena.mark();
  const result = ocam.solve(kernels, problem, options);
  expect(kernels.arena.mark()).toBe(before);
  return result;
}

function verdict(problem: OrdinalProblem, result: OrdinalResult) {
  return verifyOcam(
    problem,
    Object.fromEntries(Object.entries(result).map(([name, data]) => [name, { shape: [data.length], data }])),
  );
}

const numbers = (data: OrdinalResult[string] | undefined) => Array.from(data as ArrayLike<number | bigint>, Number);

const TWENTY: OrdinalProblem = {
  ...marketOf([8, 6], copies(20, [1, 2])),
  agentBudgets: Float64Array.from({ length: 20 }, (_, i) => 1 - (0.2 * (((7 * i) % 20) + 0.5)) / 20),
};

describe('the online mechanism', () => {
  it('does what is worked out by hand for twenty agents who all rank {1} over {2}', () => {
    const result = solve(TWENTY, { mode: 'paper', 'epsilon-sample': 0.25, 'epsilon-budget': 0.2 });
    expect(result.status[0]).toBe(0);
    const [one, two] = numbers(result.prices) as [number, number];
    expect(one).toBeCloseTo(23 / 25, 12);
    expect(two).toBeCloseTo(43 / 50, 12);
    const after = Array.from({ length: 15 }, (_, k) => [-1, 0, 1][k % 3]!);
    expect(numbers(result.assignment)).toEqual([0, 0, 1, -1, -1, ...after]);
    expect(numbers(result.consumed)).toEqual([7, 6]);
    expect(numbers(result.phase)).toEqual([...Array<number>(5).fill(0), ...Array<number>(15).fill(1)]);
    expect(numbers(result.budgets)).toEqual([...TWENTY.agentBudgets!]);
    expect(numbers(result.pricing_at)).toEqual([5]);
    expect(result.worst_clearing![0]).toBeCloseTo(1 / 8, 12);
    expect(verdict(TWENTY, result)).toEqual({ problems: [], unanswered: false, withinCapacity: true });
  });

  it('lets a budget that is the whole price pay for it', () => {
    // Prices 1/2 for both goods, from a sample of two with budgets on [0, 1].
    const market = (budgets: number[]): OrdinalProblem => ({
      ...marketOf([4, 4], [[1], [2], ...copies(6, [3, 1, 2])]),
      agentBudgets: Float64Array.from([1, 1, ...budgets]),
    });
    const options = { 'epsilon-sample': 0.25, 'epsilon-budget': 1, mode: 'paper' } as const;
    const half = solve({ ...market([1, 1, 1, 1, 1, 1]), capacities: Int32Array.of(2, 2) }, options);
    expect(numbers(half.prices)).toEqual([0.5, 0.5]);
    const result = solve({ ...market([1, 0.99, 0.5, 0.49, 0, 1]), capacities: Int32Array.of(2, 2) }, options);
    expect(numbers(result.assignment).slice(2)).toEqual([0, 1, 1, -1, -1, 0]);
  });

  for (const name of Object.keys(MARKETS)) {
    it(`${name}: agrees with an oracle that serves one agent after the other, in every mode`, () => {
      const all: OptionValues[] = [
        { mode: 'paper' },
        { reprice: 0, drift: 0 },
        {},
        { capacity: 'soft', overflow: 0.05, draw: 'golden' },
        { reprice: 0.3, reserve: 0.1, seed: 7 },
        { reprice: 0.25, reserve: -1, 'epsilon-sample': 0.2, 'epsilon-budget': 0.5 },
      ];
      all.forEach((options, k) => {
        const market = sampleMarket(name, { agents: 200, goods: 6, supply: k % 2 ? 0.4 : 0.8, seed: k });
        const result = solve(market, options);
        expect(result.status[0]).toBe(0);
        expect(verdict(market, result).problems).toEqual([]);
        const oracle = ocamOracle(market, result, {
          sample: Math.round(200 * Number(options['epsilon-sample'] ?? 0.1)),
          share: Number(options['epsilon-sample'] ?? 0.1),
          most: (c) => (options.mode === 'paper' ? Infinity : options.capacity === 'soft' ? Math.floor(c * 1.05) : c),
        });
        expect(numbers(result.assignment)).toEqual(oracle.assignment);
        expect(numbers(result.stopped)).toEqual(oracle.stopped);
        expect(numbers(result.consumed)).toEqual(oracle.used);
      });
    });
  }

  it('keeps within hard capacities, and within the overflow that soft ones may have', () => {
    const market = sampleMarket('additive', { agents: 500, goods: 6, supply: 0.4, seed: 11 });
    const over = (options: OptionValues) =>
      numbers(solve(market, options).consumed).reduce(
        (most, n, g) => Math.max(most, n / market.capacities[g]! - 1),
        -1,
      );
    expect(over({})).toBe(0);
    const free = over({ mode: 'paper' });
    expect(free).toBeGreaterThan(0.05);
    expect(over({ capacity: 'soft', reprice: 0, drift: 0 })).toBe(free);
    expect(over({ capacity: 'soft', overflow: 0.02, reprice: 0, drift: 0 })).toBeLessThanOrEqual(0.02);
  });

  it('draws budgets from the seed and the number of the agent alone', () => {
    const market = sampleMarket('additive', { agents: 50, goods: 5, seed: 1 });
    const budgets = numbers(solve(market, { seed: 9 }).budgets);
    const other = sampleMarket('slot-pairs', { agents: 80, goods: 8, seed: 2 });
    expect(numbers(solve(other, { seed: 9 }).budgets).slice(0, 50)).toEqual(budgets);
    budgets.forEach((b, i) => expect(b).toBe(1 - 0.2 * (Number(hashOracle(9n, 1n, BigInt(i + 1)) >> 11n) / 2 ** 53)));
    expect(numbers(solve(market, { seed: 10 }).budgets)).not.toEqual(budgets);
    // Evenly spread ones: the n-th fill the gaps of those before.
    const even = numbers(solve(market, { draw: 'golden' }).budgets).sort((a, b) => a - b);
    even.slice(1).forEach((b, k) => expect(b - even[k]!).toBeLessThan((0.2 * 2.7) / 50));
  });

  it('gives types that the sample has seen budgets with atoms at the costs of their bundles, in the mode as printed', () => {
    const market = sampleMarket('common-value', { agents: 400, goods: 6, types: 30, seed: 3 });
    const result = solve(market, { mode: 'paper' });
    const uniform = solve({ ...market, agentBudgets: uniformBudgets(400, 0.2) }, { mode: 'paper' });
    expect(numbers(result.assignment)).toEqual(numbers(uniform.assignment));
    const prices = numbers(result.prices);
    const keys = Array.from({ length: 400 }, (_, i) =>
      market.bundleMask!.subarray(market.bundleStart[i], market.bundleStart[i + 1]).join(),
    );
    const seen = new Set(keys.slice(0, 40));
    let atoms = 0;
    keys.forEach((key, i) => {
      const budget = numbers(result.budgets)[i]!;
      if (i < 40 || !seen.has(key)) {
        expect(budget).toBe(uniformBudgets(400, 0.2)[i]);
        return;
      }
      const choice = numbers(result.assignment)[i]!;
      const cost =
        choice < 0
          ? 0
          : unitsOf(market, market.bundleStart[i]! + choice).reduce((sum, n, g) => sum + n * prices[g]!, 0);
      expect(budget).toBe(Math.max(0.8, cost));
      atoms += 1;
    });
    expect(atoms).toBeGreaterThan(100);
  });

  it('re-prices what is left, and comes nearer to capacity than without', () => {
    const market = sampleMarket('additive', { agents: 1000, goods: 6, supply: 0.4, seed: 5 });
    const never = solve(market, { reprice: 0, drift: 0 });
    const often = solve(market, { drift: 0 });
    expect(numbers(often.pricing_at)).toEqual([100, 200, 300, 400, 500, 600, 700, 800, 900]);
    const stopped = (r: OrdinalResult) => numbers(r.stopped).reduce((a, b) => a + b, 0);
    expect(stopped(often)).toBeLessThan(stopped(never) / 3);
    expect(often.worst_clearing![0]).toBeLessThan(0.03);
  });

  it('notices arrivals that are not random, and not those that are', () => {
    const one = sampleMarket('common-value', { agents: 600, goods: 6, seed: 1 });
    const options = { reprice: 0, 'epsilon-sample': 0.3 };
    const random = solve(one, options);
    expect(numbers(random.pricing_reason)).toEqual([0]);
    // Other people from agent 300 on: their lists run the other way round.
    const rows = [...one.bundleMask!];
    for (let i = 300; i < 600; i++) {
      const own = rows.slice(one.bundleStart[i], one.bundleStart[i + 1]).reverse();
      rows.splice(one.bundleStart[i]!, own.length, ...own);
    }
    const drifting = solve({ ...one, bundleMask: BigUint64Array.from(rows) }, options);
    const reasons = numbers(drifting.pricing_reason);
    expect(reasons.length).toBeGreaterThan(1);
    expect(new Set(reasons.slice(1))).toEqual(new Set([2]));
    expect(numbers(drifting.pricing_at)[1]).toBeGreaterThan(300);
    expect(numbers(drifting.pricing_at)[1]).toBeLessThanOrEqual(450);
  });

  it('serves batches in an order of their own, the sample too', () => {
    const race = marketOf([2], copies(10, [1]));
    const winners = new Set<number>();
    for (let seed = 0; seed < 12; seed++) {
      const result = solve(race, { seed, batch: 10, 'epsilon-sample': 0.999 });
      expect(verdict(race, result).problems).toEqual([]);
      winners.add(numbers(result.assignment).indexOf(0));
    }
    expect(winners.size).toBeGreaterThan(2);
    const market = sampleMarket('additive', { agents: 200, goods: 5, seed: 2 });
    const batched = solve(market, { batch: 20 });
    expect(numbers(batched.budgets)).toEqual(numbers(solve(market).budgets));
    expect(numbers(batched.assignment)).not.toEqual(numbers(solve(market).assignment));
  });

  it('counts units of families that need several places', () => {
    const problem: OrdinalProblem = {
      capacities: Int32Array.of(7, 5),
      bundleStart: Int32Array.from({ length: 11 }, (_, i) => 2 * i),
      bundleUnits: Uint16Array.from(Array.from({ length: 10 }, (_, i) => (i % 2 ? [2, 0, 0, 1] : [0, 3, 1, 0])).flat()),
    };
    const result = solve(problem, { 'epsilon-sample': 0.5, drift: 0 });
    expect(verdict(problem, result)).toEqual({ problems: [], unanswered: false, withinCapacity: true });
  });

  it('is the same for bit masks and units, and beyond 64 goods', () => {
    const market = sampleMarket('slot-pairs', { agents: 150, goods: 10, seed: 4 });
    const rows = market.bundleStart.at(-1)!;
    const { capacities, bundleStart } = market;
    const units = Array.from({ length: rows }, (_, t) => unitsOf(market, t));
    const assignment = solve(market).assignment;
    expect(solve({ capacities, bundleStart, bundleUnits: Uint16Array.from(units.flat()) }).assignment).toEqual(
      assignment,
    );
    const bundleMask = new BigUint64Array(2 * rows);
    bundleMask.forEach((_, k) => (bundleMask[k] = k % 2 ? 0n : market.bundleMask![k / 2]!));
    const wide = Int32Array.from({ length: 70 }, (_, g) => capacities[g] ?? 3);
    expect(solve({ capacities: wide, bundleStart, bundleMask }).assignment).toEqual(assignment);
  });

  it('copes with agents who list nothing, one agent, and places that nobody wants', () => {
    const quiet = solve(marketOf([2, 1], [[], [1], [], [1], [1], [], [2], [1], [], [], [3]]));
    expect(quiet.status[0]).toBe(0);
    expect(numbers(solve(marketOf([1], [[1]])).assignment)).toEqual([-1]);
    expect(numbers(solve(marketOf([0, 5], copies(10, [1, 2])), { mode: 'paper' }).assignment).slice(1)).not.toContain(
      0,
    );
  });
});

/** Budgets as drawn for seed 0. */
function uniformBudgets(agents: number, eps: number): Float64Array {
  return Float64Array.from(
    { length: agents },
    (_, i) => 1 - eps * (Number(hashOracle(0n, 1n, BigInt(i + 1)) >> 11n) / 2 ** 53),
  );
}
