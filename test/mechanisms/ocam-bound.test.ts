import { beforeAll, describe, expect, it } from 'vitest';
import {
  clearingOverTime,
  clearingRule,
  holdOutError,
  ocamBound,
  ocamCapacity,
  ocamFailure,
  paperSample,
} from 'evenhand';
import type { OrdinalProblem } from '../../src/mechanisms/mechanism.js';
import { ocam } from '../../src/mechanisms/ocam.js';
import { MARKETS, sampleMarket } from '../../src/profiles/ordinal-samplers.js';
import type { Kernels } from '../../src/wasm/kernels.js';
import { Draw } from '../helpers/draw.js';
import { testKernels } from '../helpers/kernels.js';
import { marketOf } from '../helpers/markets.js';

let kernels: Kernels;
beforeAll(() => {
  kernels = testKernels();
});

const size = { agents: 10_000, goods: 10, bundles: 175, capacity: 1200, epsilonSample: 0.1 };

describe('bound on clearing over time', () => {
  it('is that of the formula, worked out by hand for one good', () => {
    // One good, one bundle: two sets of bundles can be affordable. Only the end counts.
    const found = ocamBound(
      { agents: 1000, goods: 1, bundles: 1, capacity: 500, epsilonSample: 0.2, epsilonN: 1 },
      0.1,
    );
    const x = Math.log((4 * 2) / 0.1) / 100;
    const late = Math.log(4 / 0.1) / 500;
    const more = (x + Math.sqrt(x ** 2 + 2 * x)) / 0.8;
    const arrivals = Math.sqrt(2 * (1 + more) * late) + (2 / 3) * late;
    expect(found.arrivals).toBeCloseTo(arrivals, 12);
    expect(found.epsilonF).toBeCloseTo(Math.max(more, Math.sqrt(2 * x) / 0.8 + 0.2) + arrivals, 12);
  });

  it('falls with capacity, rises with bundles, goods and certainty, and its inverses agree', () => {
    const { epsilonF } = ocamBound(size);
    expect(ocamBound({ ...size, capacity: 2400 }).epsilonF).toBeLessThan(epsilonF);
    expect(ocamBound({ ...size, bundles: 2000 }).epsilonF).toBeGreaterThan(epsilonF);
    expect(ocamBound({ ...size, goods: 20 }).epsilonF).toBeGreaterThan(epsilonF);
    expect(ocamBound({ ...size, units: 3 }).epsilonF).toBeGreaterThan(epsilonF);
    expect(ocamBound(size, 0.01).epsilonF).toBeGreaterThan(epsilonF);
    expect(ocamBound({ ...size, epsilonN: 1 }).epsilonF).toBeLessThan(epsilonF);
    const rare = { ...size, epsilonSample: paperSample(0.2, 0.2) };
    const capacity = ocamCapacity(rare, 0.2);
    expect(ocamBound({ ...rare, capacity }).epsilonF).toBeCloseTo(0.2, 9);
    expect(ocamFailure({ ...rare, capacity }, 0.2)).toBeCloseTo(0.05, 6);
    expect(ocamFailure(size, 0.2)).toBe(1);
    expect(ocamCapacity({ ...size, epsilonN: 0.2 }, 0.4)).toBe(Infinity); // the sample alone may leave half
  });

  it('holds at least as often as it says where it says something', ({ task }) => {
    const draw = new Draw(task.name);
    const [agents, runs] = [20_000, 20];
    const capacities = [9000, 8000];
    const bound = ocamBound({ agents, goods: 2, bundles: 3, capacity: 8000, epsilonSample: 0.05 }, 0.1);
    expect(bound.epsilonF).toBeLessThan(0.65);
    let missed = 0;
    for (let seed = 0; seed < runs; seed++) {
      const kinds = [[3, 1, 2], [1, 3], [2, 3, 1], [3], [2]];
      const market = marketOf(
        capacities,
        Array.from({ length: agents }, () => kinds[draw.integer(0, 4)]!),
      );
      const { assignment, prices } = ocam.solve(kernels, market, { mode: 'paper', seed, 'epsilon-sample': 0.05 });
      const { above, below } = clearingOverTime(market, {
        assignment: assignment as BigInt64Array,
        prices: prices as Float64Array,
      });
      if (Math.max(above, below) > bound.epsilonF) missed += 1;
    }
    expect(missed).toBeLessThanOrEqual(0.1 * runs);
  });

  it('is asked for with numbers that make sense', () => {
    expect(() => ocamBound({ ...size, agents: 0 })).toThrow('agents is 0, expected an integer >= 1');
    expect(() => ocamBound({ ...size, capacity: 0 })).toThrow('capacity is 0, expected a number above 0');
    expect(() => ocamBound({ ...size, epsilonSample: 1 })).toThrow('epsilonSample is 1');
    expect(() => ocamBound(size, 0)).toThrow('failure is 0');
  });
});

describe('error by hold-out', () => {
  const endError = (market: OrdinalProblem, seed: number) => {
    const { worst_clearing: worst } = ocam.solve(kernels, market, { mode: 'paper', seed });
    return Number(worst![0]);
  };

  it('predicts on average what a market misses at the end', () => {
    let [predicted, realised] = [0, 0];
    for (const name of Object.keys(MARKETS)) {
      for (let seed = 0; seed < 4; seed++) {
        const market = sampleMarket(name, { agents: 800, goods: 6, seed });
        predicted += holdOutError(market, { sample: 80, seed });
        realised += endError(market, seed);
      }
    }
    expect(predicted / realised).toBeGreaterThan(0.6);
    expect(predicted / realised).toBeLessThan(1.7);
  });

  it('is the same again, 0 where all want the same one thing of plenty, and refuses samples that are none', () => {
    const market = sampleMarket('additive', { agents: 100, goods: 4, seed: 1 });
    expect(holdOutError(market, { sample: 40 })).toBe(holdOutError(market, { sample: 40 }));
    expect(holdOutError(market, { sample: 40, seed: 1 })).not.toBe(holdOutError(market, { sample: 40 }));
    expect(
      holdOutError(
        marketOf(
          [20],
          Array.from({ length: 10 }, () => [1]),
        ),
      ),
    ).toBe(0);
    expect(() => holdOutError(market, { sample: 1 })).toThrow('sample is 1, expected an integer from 2 to 100');
    expect(() => holdOutError(market, { share: 0 })).toThrow('share is 0');
    expect(() => holdOutError(market, { epsilonBudget: 0 })).toThrow('epsilonBudget is 0');
  });

  it('shrinks with the sample, as the rule of thumb does', () => {
    const market = sampleMarket('common-value', { agents: 2000, goods: 6, seed: 2 });
    expect(holdOutError(market, { sample: 1000 })).toBeLessThan(holdOutError(market, { sample: 50 }));
    expect(clearingRule({ ...size, epsilonSample: 0.2 })).toBeLessThan(clearingRule(size));
    expect(clearingRule(size)).toBeCloseTo(Math.sqrt((2 * Math.log(20) * (10_000 / 1200 - 1) * 0.9) / 1000), 12);
  });
});
