import { describe, expect, it } from 'vitest';
import {
  BLOCK,
  BlockStream,
  FIELDS,
  Histogram,
  MomentsTree,
  countCells,
  exactQuantile,
  measureBlock,
} from '../../src/engine/statistics.js';
import { Draw } from '../helpers/draw.js';

/** Blocks of `values` as workers make them. */
function blocksOf(values: Float64Array, use: Uint8Array = new Uint8Array(values.length).fill(1)): Float64Array {
  const blocks = new Float64Array(Math.ceil(values.length / BLOCK) * FIELDS);
  for (let b = 0; b * FIELDS < blocks.length; b++) {
    measureBlock(values, use, b * BLOCK, Math.min(values.length, (b + 1) * BLOCK), blocks, b * FIELDS);
  }
  return blocks;
}

function totalOf(values: Float64Array, use?: Uint8Array) {
  const tree = new MomentsTree();
  const blocks = blocksOf(values, use);
  for (let at = 0; at < blocks.length; at += FIELDS) tree.push(blocks, at);
  return tree.total();
}

/** Mean and sum of squared deviations by the definition, in two passes. */
function twoPass(values: readonly number[]): { mean: number; m2: number } {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return { mean, m2: values.reduce((sum, x) => sum + (x - mean) ** 2, 0) };
}

describe('moments', () => {
  it.each([1, 2, BLOCK - 1, BLOCK, BLOCK + 1, 5 * BLOCK, 37 * BLOCK + 11])(
    'of %i numbers are those of two passes over them',
    (length) => {
      const values = new Draw(`moments ${length}`).reals(length, -3, 8);
      const { n, mean, m2, min, max, zeros } = totalOf(values);
      const expected = twoPass([...values]);
      expect([n, min, max, zeros]).toEqual([length, Math.min(...values), Math.max(...values), 0]);
      expect(Math.abs(mean - expected.mean)).toBeLessThanOrEqual(1e-13 * Math.abs(expected.mean));
      expect(Math.abs(m2 - expected.m2)).toBeLessThanOrEqual(1e-12 * expected.m2);
    },
  );

  it('do not cancel: a spread of 1 around a billion keeps six digits', () => {
    const values = new Draw('cancel').reals(20 * BLOCK, 1e9, 1e9 + 1);
    const exact = twoPass(Array.from(values, (x) => x - 1e9));
    const { mean, m2 } = totalOf(values);
    expect(mean - 1e9).toBeCloseTo(exact.mean, 6);
    expect(Math.abs(m2 / exact.m2 - 1)).toBeLessThan(1e-6);
  });

  it('leave out profiles without an answer, and count minus infinities apart', () => {
    const values = Float64Array.of(1, -Infinity, 5, 1e300, 3, -Infinity);
    const use = Uint8Array.of(1, 1, 1, 0, 1, 1);
    expect(totalOf(values, use)).toEqual({ n: 3, mean: 3, m2: 8, min: -Infinity, max: 5, zeros: 2, satisfied: 2 });
  });

  it('leave out undecided profiles, in quantiles too', () => {
    const [some, none] = [Float64Array.of(1, NaN, 3, 0), Float64Array.of(1, 3, 0)];
    expect(totalOf(some)).toEqual(totalOf(none));
    expect(countCells(some, new Uint8Array(4).fill(1))).toEqual(countCells(none, new Uint8Array(3).fill(1)));
  });

  it('of nothing but minus infinities have no mean and no maximum', () => {
    const { n, zeros, min, max } = totalOf(new Float64Array(600).fill(-Infinity));
    expect([n, zeros, min, max]).toEqual([0, 600, -Infinity, -Infinity]);
  });

  it('count as satisfied what is at most 1e-9', () => {
    expect(totalOf(Float64Array.of(0, -1, 1e-9, 1.01e-9, 1)).satisfied).toBe(3);
  });

  it('have the same bits however the blocks were grouped into chunks', () => {
    const values = new Draw('grouping').reals(50 * BLOCK + 9);
    const whole = totalOf(values);
    for (const sizes of [[BLOCK], [3 * BLOCK, BLOCK], [17 * BLOCK]]) {
      const tree = new MomentsTree();
      for (let low = 0, k = 0; low < values.length; k++) {
        const high = Math.min(values.length, low + sizes[k % sizes.length]!);
        const blocks = blocksOf(values.slice(low, high));
        for (let at = 0; at < blocks.length; at += FIELDS) tree.push(blocks, at);
        low = high;
      }
      expect(tree.total()).toEqual(whole);
    }
  });

  it('of nothing are empty', () => {
    expect(new MomentsTree().total()).toMatchObject({ n: 0, zeros: 0, min: Infinity, max: -Infinity });
  });
});

describe('Histogram', () => {
  const all = (length: number) => new Uint8Array(length).fill(1);

  it.each([
    ['of both signs', -5, 7],
    ['tiny', 1e-300, 1e-297],
    ['huge', 1e300, 1e303],
    ['near one', 0.999, 1.001],
  ] as const)('has quantiles of numbers %s within 0.5 %%', (_, low, high) => {
    const values = new Draw(`histogram ${low}`).reals(20_001, low, high);
    const histogram = new Histogram();
    histogram.add(values, all(values.length));
    const sorted = values.slice().sort();
    for (const q of [0.0001, 0.05, 0.3, 0.5, 0.95, 1]) {
      const exact = sorted[Math.max(1, Math.ceil(q * sorted.length)) - 1]!;
      expect(Math.abs(histogram.quantile(q) - exact)).toBeLessThanOrEqual(0.005 * Math.abs(exact));
    }
  });

  it('gives the same quantiles whatever the order of merging', () => {
    const values = new Draw('merging').reals(3000, -1, 1);
    const parts = [0, 1, 2].map((k) => countCells(values.slice(k * 1000, (k + 1) * 1000), all(1000)));
    const merged = [
      [0, 1, 2],
      [2, 0, 1],
    ].map((order) => {
      const sum = new Histogram();
      for (const k of order) sum.merge(parts[k]!);
      return [0.05, 0.5, 0.95].map((q) => sum.quantile(q));
    });
    expect(merged[1]).toEqual(merged[0]);
  });

  it('keeps minus infinity, zero and what is left out', () => {
    const histogram = new Histogram();
    histogram.add(Float64Array.of(-Infinity, -Infinity, 0, 0, 7, 9), Uint8Array.of(1, 1, 1, 1, 0, 0));
    expect(histogram.quantile(0.5)).toBe(-Infinity);
    expect(histogram.quantile(1)).toBe(0);
    expect(new Histogram().quantile(0.5)).toBeNaN();
  });
});

describe('exactQuantile', () => {
  it('interpolates between ranks', () => {
    const sorted = Float64Array.of(1, 2, 4, 8);
    expect([0, 0.5, 1].map((q) => exactQuantile(sorted, q))).toEqual([1, 3, 8]);
    expect(exactQuantile(Float64Array.of(5), 0.95)).toBe(5);
    expect(exactQuantile(new Float64Array(), 0.5)).toBeNaN();
  });

  it('is minus infinity, never NaN, between minus infinity and a number', () => {
    expect(exactQuantile(Float64Array.of(-Infinity, 1), 0.5)).toBe(-Infinity);
    expect(exactQuantile(Float64Array.of(-Infinity, -Infinity, 1), 0.5)).toBe(-Infinity);
  });
});

describe('BlockStream', () => {
  it('makes the blocks that whole chunks make, from pieces of any length', () => {
    const values = new Draw('pieces').reals(5 * BLOCK + 77, -2, 2);
    const use = Uint8Array.from(values, (x) => (x > 1.9 ? 0 : 1));
    for (const size of [1, 100, BLOCK, 1000]) {
      const tree = new MomentsTree();
      const stream = new BlockStream(tree);
      for (let low = 0; low < values.length; low += size) {
        stream.add(values.slice(low, low + size), (j) => use[low + j] === 1);
      }
      stream.end();
      expect(tree.total()).toEqual(totalOf(values, use));
    }
  });
});
