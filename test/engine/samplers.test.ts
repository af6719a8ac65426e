import { InputError, SAMPLERS, materialize, sampleArrays, sampleProfiles, type ProfileBatch } from 'evenhand';
import { describe, expect, it } from 'vitest';
import { bytesOf } from './support.js';

// One of each kind, with parameters.
const NAMES = Object.entries(SAMPLERS).map(([name, { parameter }]) => (parameter ? `${name}:2` : name));
const SIZE = { agents: 6, items: 4, count: 5000, seed: 17 };

function column(batch: ProfileBatch, name: string): Float64Array {
  return batch.arrays[name]!.data as Float64Array;
}

function mean(numbers: Iterable<number>): number {
  const all = [...numbers];
  return all.reduce((a, b) => a + b, 0) / all.length;
}

/** Mean over profiles of what `measure` makes of each profile's entries. */
function within(x: number, low: number, high: number): boolean {
  return x >= low && x <= high;
}

describe.each(NAMES)('%s', (name) => {
  it('draws finite numbers >= 0 of the right shapes', () => {
    const arrays = sampleArrays(sampleProfiles(name, SIZE));
    for (const [array, { shape, data }] of Object.entries(arrays)) {
      expect(shape).toEqual(array === 'budgets' ? [4] : [5000, 6, 4]);
      expect((data as Float64Array).every((x) => Number.isFinite(x) && x >= 0)).toBe(true);
    }
  });

  it('draws the same bits for the same seed and others for another', () => {
    const [first, again, other] = [17, 17, 18].map((seed) =>
      column(materialize(sampleProfiles(name, { ...SIZE, seed })), 'values'),
    );
    expect(bytesOf(again!).equals(bytesOf(first!))).toBe(true);
    const alike = first!.reduce((n, x, k) => n + (x === other![k] ? 1 : 0), 0) / first!.length;
    expect(alike).toBeLessThan(name === 'integer:2' ? 0.4 : 0.01);
  });

  it('draws any range of profiles as the whole batch has them', () => {
    const batch = sampleProfiles(name, SIZE);
    const whole = materialize(batch);
    for (const [first, count] of [
      [0, 1],
      [1, 2],
      [777, 1301],
      [4999, 1],
      [5000, 0],
    ] as const) {
      const part = materialize(batch, first, count);
      expect(part.count).toBe(count);
      for (const array of Object.keys(whole.arrays).filter((each) => each !== 'budgets')) {
        const slice = column(whole, array).slice(first * 24, (first + count) * 24);
        expect(bytesOf(column(part, array)).equals(bytesOf(slice))).toBe(true);
      }
    }
  });

  it('draws profile k alike in batches of other sizes', () => {
    const small = column(materialize(sampleProfiles(name, { ...SIZE, count: 10 })), 'values');
    const large = column(materialize(sampleProfiles(name, SIZE)), 'values');
    expect(bytesOf(large.slice(0, small.length)).equals(bytesOf(small))).toBe(true);
  });
});

describe('uniform', () => {
  const batch = materialize(sampleProfiles('uniform', SIZE));

  it('has values in (0.1, 1) with mean 0.55 and variance 0.0675', () => {
    const values = column(batch, 'values');
    expect(values.every((x) => within(x, 0.1, 1))).toBe(true);
    expect(mean(values)).toBeCloseTo(0.55, 2);
    expect(mean(values.map((x) => (x - 0.55) ** 2))).toBeCloseTo(0.0675, 3);
  });

  it('has half of the demands 0 and the others in (0.1, 1), independent of the values', () => {
    const [values, demands] = [column(batch, 'values'), column(batch, 'demands')];
    const wanted = demands.filter((x) => x > 0);
    expect(wanted.every((x) => within(x, 0.1, 1))).toBe(true);
    expect(within(wanted.length / demands.length, 0.49, 0.51)).toBe(true);
    const covariance = mean(values.map((x, k) => (x - 0.55) * ((demands[k]! > 0 ? 1 : 0) - 0.5)));
    expect(Math.abs(covariance)).toBeLessThan(0.002);
  });

  it('supplies half an item an agent unless a budget is given', () => {
    expect([...column(batch, 'budgets')]).toEqual([3, 3, 3, 3]);
    expect([...column(materialize(sampleProfiles('uniform', { ...SIZE, budget: 0 })), 'budgets')]).toEqual([
      0, 0, 0, 0,
    ]);
  });

  it('becomes uniform-full when everybody wants everything', () => {
    const full = materialize(sampleProfiles('uniform-full', SIZE));
    const demands = column(full, 'demands');
    expect(demands.every((x) => within(x, 0.1, 1))).toBe(true);
    const kept = column(batch, 'demands');
    expect(kept.every((x, k) => x === 0 || x === demands[k])).toBe(true);
  });
});

describe('beta', () => {
  it.each([0.5, 1, 2, 10])('C = %d has the mean and the variance of 0.1 + 0.9 Beta(C, C)', (c) => {
    const values = column(materialize(sampleProfiles(`beta:${c}`, SIZE)), 'values');
    const variance = 0.81 / (4 * (2 * c + 1));
    expect(values.every((x) => within(x, 0.1, 1))).toBe(true);
    expect(Math.abs(mean(values) - 0.55)).toBeLessThan(4 * Math.sqrt(variance / values.length));
    expect(within(mean(values.map((x) => (x - 0.55) ** 2)) / variance, 0.97, 1.03)).toBe(true);
  });
});

describe('rank-one', () => {
  it('has values within 0.01 of each other for an agent, in [1, 2], and agents that differ', () => {
    const values = column(materialize(sampleProfiles('rank-one', SIZE)), 'values');
    expect(values.every((x) => within(x, 1, 2))).toBe(true);
    const firsts: number[] = [];
    for (let row = 0; row < values.length; row += 4) {
      const own = [...values.slice(row, row + 4)];
      expect(Math.max(...own) - Math.min(...own)).toBeLessThanOrEqual(0.01);
      firsts.push(own[0]!);
    }
    expect(mean(firsts)).toBeCloseTo(1.5, 1);
    expect(mean(firsts.map((x) => (x - 1.5) ** 2))).toBeCloseTo(1 / 12, 2);
  });

  it('has no demands, and one of each item', () => {
    const { arrays } = materialize(sampleProfiles('rank-one', SIZE));
    expect(Object.keys(arrays)).toEqual(['values', 'budgets']);
    expect([...(arrays.budgets!.data as Float64Array)]).toEqual([1, 1, 1, 1]);
  });
});

describe('identical', () => {
  it('has agents alike within a profile, and profiles that differ', () => {
    const batch = materialize(sampleProfiles('identical', SIZE));
    for (const name of ['values', 'demands']) {
      const data = column(batch, name);
      expect(data.every((x, k) => x === data[Math.floor(k / 24) * 24 + (k % 4)])).toBe(true);
    }
    expect(new Set(column(batch, 'values')).size).toBeGreaterThan(19_000);
  });
});

describe('integer', () => {
  it('has each of 0, 1, ..., K equally often: many ties', () => {
    const values = column(materialize(sampleProfiles('integer:3', SIZE)), 'values');
    const counts = [0, 1, 2, 3].map((v) => values.filter((x) => x === v).length);
    expect(counts.reduce((a, b) => a + b)).toBe(values.length);
    for (const count of counts) expect(within(count / values.length, 0.24, 0.26)).toBe(true);
  });
});

describe('sampleProfiles refuses', () => {
  it.each([
    ['unifrom', {}, 'unknown sampler unifrom, did you mean uniform?'],
    ['__proto__', {}, 'unknown sampler __proto__'],
    ['beta', {}, 'C is missing, expected a number from 0.5'],
    ['beta:0.4', {}, 'C is 0.4, expected a number from 0.5'],
    ['beta:2:3', {}, 'C is 2:3, expected a number from 0.5'],
    ['integer:1.5', {}, 'K is 1.5, expected an integer from 1'],
    ['integer:', {}, 'K is , expected an integer from 1'],
    ['uniform:2', {}, 'sampler uniform takes no parameter, found 2'],
    ['uniform', { agents: 0 }, 'agents is 0, expected an integer from 1'],
    ['uniform', { items: 1.5 }, 'items is 1.5, expected an integer from 1'],
    ['uniform', { count: -1 }, 'count is -1, expected an integer from 0'],
    ['uniform', { seed: NaN }, 'seed is NaN, expected an integer from 0'],
    ['uniform', { budget: Infinity }, 'budget is Infinity, expected a finite number >= 0'],
    ['uniform', { budget: -1 }, 'budget is -1, expected a finite number >= 0'],
  ])('%s with %j', (name, options, message) => {
    const work = () => sampleProfiles(name, { ...SIZE, ...options });
    expect(work).toThrow(InputError);
    expect(work).toThrow(message);
  });

  it('a range that the batch does not have', () => {
    const batch = sampleProfiles('uniform', SIZE);
    expect(() => materialize(batch, 4999, 2)).toThrow('count is 2, expected an integer from 0 to 1');
    expect(() => materialize(batch, -1)).toThrow('first is -1');
  });
});
