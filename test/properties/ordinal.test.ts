import { beforeAll, describe, expect, it } from 'vitest';
import type { OptionValues } from '../../src/mechanisms/mechanism.js';
import { ocam } from '../../src/mechanisms/ocam.js';
import { serialDictatorship } from '../../src/mechanisms/serial-dictatorship.js';
import { MARKETS, sampleMarket } from '../../src/profiles/ordinal-samplers.js';
import { clearingOverTime, envyBeyondOne, unservedByFifth } from '../../src/properties/ordinal.js';
import type { Kernels } from '../../src/wasm/kernels.js';
import { Draw } from '../helpers/draw.js';
import { testKernels } from '../helpers/kernels.js';
import { copies, marketOf } from '../helpers/markets.js';

let kernels: Kernels;
beforeAll(() => {
  kernels = testKernels();
});

/** EF1 by its definition, over all pairs, for bit masks. */
function envyOracle(lists: readonly (readonly number[])[], choice: readonly number[]): number[] {
  const rank = (i: number, mask: number) => {
    const at = lists[i]!.indexOf(mask);
    return mask === 0 || at < 0 ? Infinity : at;
  };
  const bundle = (i: number) => (choice[i]! < 0 ? 0 : lists[i]![choice[i]!]!);
  return lists.flatMap((_, i) => {
    const own = rank(i, bundle(i));
    const envied = lists.some((__, j) => {
      const other = bundle(j);
      if (rank(i, other) >= own) return false;
      for (let g = 0; g < 10; g++) if (other & (1 << g) && rank(i, other & ~(1 << g)) >= own) return false;
      return true;
    });
    return envied ? [i] : [];
  });
}

describe('envy up to one object', () => {
  it('is that of all pairs', ({ task }) => {
    const draw = new Draw(task.name);
    let violations = 0;
    for (let round = 0; round < 60; round++) {
      const lists = Array.from({ length: 12 }, () => draw.permutation(7).map((x) => x + 1));
      const choice = lists.map(() => draw.integer(-1, 6));
      const found = envyBeyondOne(marketOf([9, 9, 9], lists), choice);
      violations += found.length;
      expect(found).toEqual(envyOracle(lists, choice));
    }
    expect(violations).toBeGreaterThan(20);
  });

  it('bounds budgets tightly: 1 / size of the envied bundle', () => {
    // At prices (1/2, 1/2) budgets 1 and 0.4 buy {1,2} and nothing, budgets 1 and 0.5 {1,2} and {1}.
    const market = marketOf([9, 9], copies(2, [3, 1, 2]));
    expect(envyBeyondOne(market, [0, -1])).toEqual([1]);
    expect(envyBeyondOne(market, [0, 1])).toEqual([]);
  });

  it('is nobody’s in paper and in soft mode where budgets spread by at most 1 / size, and many’s in serial dictatorship', () => {
    for (const name of Object.keys(MARKETS)) {
      const market = sampleMarket(name, { agents: 400, goods: 8, size: 3, seed: 6 });
      const after = Array.from({ length: 360 }, (_, k) => 40 + k);
      const modes: OptionValues[] = [{ mode: 'paper' }, { capacity: 'soft', overflow: 1e6, reprice: 0, drift: 0 }];
      for (const options of modes) {
        const { assignment } = ocam.solve(kernels, market, { ...options, 'epsilon-budget': 0.25 });
        expect(envyBeyondOne(market, assignment as BigInt64Array, after)).toEqual([]);
      }
    }
    const market = sampleMarket('additive', { agents: 400, goods: 8, size: 4, seed: 6 });
    const wide = ocam.solve(kernels, market, { mode: 'paper', 'epsilon-budget': 1 });
    expect(envyBeyondOne(market, wide.assignment as BigInt64Array).length).toBeGreaterThan(10);
    const dictators = serialDictatorship.solve(kernels, market, {}).assignment as BigInt64Array;
    expect(envyBeyondOne(market, dictators).length).toBeGreaterThan(100);
  });
});

describe('clearing over time', () => {
  it('is 0 where places are taken evenly, and the worst of both sides else', () => {
    const market = marketOf([5], copies(10, [1]));
    const even = Array.from({ length: 10 }, (_, i) => (i % 2 ? 0 : -1));
    expect(clearingOverTime(market, { assignment: even, prices: [0.5] }, 1)).toEqual({ above: 0, below: 0 });
    const early = Array.from({ length: 10 }, (_, i) => (i < 5 ? 0 : -1));
    expect(clearingOverTime(market, { assignment: early, prices: [0.5] })).toEqual({ above: 1, below: 0 });
    const late = Array.from({ length: 10 }, (_, i) => (i < 5 ? -1 : 0));
    expect(clearingOverTime(market, { assignment: late, prices: [0.5] })).toEqual({ above: 0, below: 1 });
    expect(clearingOverTime(market, { assignment: late, prices: [0] })).toEqual({ above: 0, below: 0 });
    expect(unservedByFifth(market, early)).toEqual([0, 0, 0.5, 1, 1]);
  });

  it('is far nearer to the line at posted prices than under serial dictatorship', () => {
    const market = sampleMarket('additive', { agents: 2000, goods: 6, seed: 9 });
    const posted = ocam.solve(kernels, market, { drift: 0, reprice: 0.3 });
    const dictators = serialDictatorship.solve(kernels, market, {});
    const prices = posted.prices as Float64Array;
    const a = clearingOverTime(market, { assignment: posted.assignment as BigInt64Array, prices });
    const b = clearingOverTime(market, { assignment: dictators.assignment as BigInt64Array, prices });
    expect(Math.max(a.above, a.below)).toBeLessThan(0.35);
    expect(b.above).toBeGreaterThan(1);
    expect(unservedByFifth(market, dictators.assignment as BigInt64Array)[4]).toBeGreaterThan(0.9);
    expect(unservedByFifth(market, posted.assignment as BigInt64Array)[4]).toBeLessThan(0.2);
  });
});
