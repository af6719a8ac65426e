import { createEngine, materialize, pf, profileBatch, roundRobin, sampleProfiles } from 'evenhand';
import {
  leximinOwners,
  maxNashOwners,
  NRR_TARGETS,
  parseTargets,
  targetDistance,
  targetOwners,
  targetShares,
  utilitarianWithinEf1,
  type NrrTarget,
} from 'evenhand/learning';
import { afterAll, describe, expect, it } from 'vitest';
import { Draw } from '../helpers/draw.js';
import { assignments, isEf1, lexicographicallyLarger, nashOf, rising, utilitiesOf } from '../oracle/assignments.js';
import { rows } from '../oracle/round-robin.js';

const engine = await createEngine({ threads: 0 });
afterAll(() => engine.close());

const SIZES = [
  [1, 1],
  [1, 4],
  [2, 5],
  [3, 4],
  [4, 3],
  [5, 2],
  [6, 3],
] as const;

/** Half of them small integers, which tie and vanish. */
function drawn(name: string, agents: number, items: number, k: number): Float64Array {
  const draw = new Draw(`${name} ${agents} ${items} ${k}`);
  return k % 2 === 0 ? draw.reals(agents * items) : draw.integers(agents * items, 0, 3);
}

describe.each(SIZES)('exact assignments of %i agents and %i items are those of enumeration', (agents, items) => {
  const all = [...assignments(agents, items)];

  it('greatest Nash welfare', ({ task }) => {
    for (let k = 0; k < 12; k++) {
      const values = drawn(task.name, agents, items, k);
      const v = rows(values, 0, agents, items);
      const found = nashOf(utilitiesOf(v, [...maxNashOwners(values, agents, items)]));
      const best = all
        .map((owner) => nashOf(utilitiesOf(v, owner)))
        .reduce((a, b) => (lexicographicallyLarger(b, a) ? b : a));
      expect(found[0]).toBe(best[0]);
      expect(found[1]).toBeCloseTo(best[1], 9);
    }
  });

  it('leximin', ({ task }) => {
    for (let k = 0; k < 12; k++) {
      const values = drawn(task.name, agents, items, k);
      const v = rows(values, 0, agents, items);
      const found = rising(utilitiesOf(v, [...leximinOwners(values, agents, items)]));
      const better = all.find((owner) => lexicographicallyLarger(rising(utilitiesOf(v, owner)), found));
      expect(better).toBeUndefined();
    }
  });

  it('greatest total within EF1', async ({ task }) => {
    for (let k = 0; k < 12; k++) {
      const values = drawn(task.name, agents, items, k);
      const v = rows(values, 0, agents, items);
      const batch = profileBatch({ values: { shape: [1, agents, items], data: values } });
      const start = (await engine.allocate(roundRobin(), batch)).owner!;
      const { owner, proven } = utilitarianWithinEf1(values, agents, items, start);
      const total = (list: readonly number[]) => utilitiesOf(v, list).reduce((a, b) => a + b, 0);
      expect(proven).toBe(true);
      expect(isEf1(v, [...owner])).toBe(true);
      expect(total([...owner])).toBeCloseTo(Math.max(...all.filter((list) => isEf1(v, list)).map(total)), 9);
    }
  });
});

describe('exact assignments', () => {
  it('do not mind the scale of values: within EF1 of all, of Nash welfare that of an agent, if everyone is served', ({
    task,
  }) => {
    for (let k = 0; k < 6; k++) {
      const values = new Draw(`${task.name} ${k}`).reals(20);
      const scales = [1e-9, 3, 1e9, 0.5];
      const scaled = values.map((v, j) => v * scales[Math.floor(j / 5)]!);
      expect([...maxNashOwners(scaled, 4, 5)]).toEqual([...maxNashOwners(values, 4, 5)]);
      const start = Int32Array.of(0, 1, 2, 3, 0);
      const [small, large] = [values, values.map((v) => 1024 * v)].map((of) => utilitarianWithinEf1(of, 4, 5, start));
      expect([...large!.owner]).toEqual([...small!.owner]);
    }
  });

  it('of nothing but zeros give everything to somebody', () => {
    for (const owners of [maxNashOwners, leximinOwners]) {
      expect([...owners(new Float64Array(6), 2, 3)].every((i) => i === 0 || i === 1)).toBe(true);
    }
  });

  it('within EF1 are the best found where the search is too long, and say so', async () => {
    // Nearly everything is nearly a tie: bounds cut little off.
    const batch = materialize(sampleProfiles('rank-one', { agents: 3, items: 24, count: 1, seed: 3 }));
    const values = batch.arrays.values!.data as Float64Array;
    const start = (await engine.allocate(roundRobin(), batch)).owner!;
    const { owner, proven } = utilitarianWithinEf1(values, 3, 24, start);
    const total = (list: Int32Array) => list.reduce((sum, i, m) => sum + values[i * 24 + m]!, 0);
    expect(proven).toBe(false);
    expect(isEf1(rows(values, 0, 3, 24), [...owner])).toBe(true);
    expect(total(owner)).toBeGreaterThanOrEqual(total(start));
  });
});

describe('targets', () => {
  const batch = materialize(sampleProfiles('uniform', { agents: 4, items: 6, count: 30, seed: 5 }));
  const values = batch.arrays.values!.data as Float64Array;

  it('of several rules are shared out by weight', async () => {
    const mix = parseTargets('max-nash:3, max-utilitarian');
    expect(mix).toEqual([
      { rule: 'max-nash', weight: 0.75 },
      { rule: 'max-utilitarian', weight: 0.25 },
    ]);
    const shares = await targetShares(engine, batch, mix);
    const [one, other] = [
      await targetOwners(engine, batch, 'max-nash'),
      await targetOwners(engine, batch, 'max-utilitarian'),
    ];
    for (let k = 0; k < 30 * 6; k++) {
      const p = Math.floor(k / 6);
      const column = Array.from({ length: 4 }, (_, i) => shares[(p * 4 + i) * 6 + (k % 6)]!);
      const expected = [0, 1, 2, 3].map((i) => (one[k] === i ? 0.75 : 0) + (other[k] === i ? 0.25 : 0));
      expect(column).toEqual(expected);
    }
    expect(targetDistance(one, shares, 4, 6)).toBeCloseTo(
      (0.25 * one.filter((i, k) => i !== other[k]).length) / 180,
      12,
    );
  });

  it('round-robin takes the order that comes with the profiles, and the ordered ones their own', async () => {
    const reverse = { ...batch, arrays: { ...batch.arrays, order: { data: Int32Array.of(3, 2, 1, 0), stride: 0 } } };
    const backwards = await targetOwners(engine, reverse, 'round-robin');
    expect([...backwards]).not.toEqual([...(await targetOwners(engine, batch, 'round-robin'))]);
    for (const [rule, score] of [
      ['round-robin-by-mean', (row: readonly number[]) => row.reduce((a, b) => a + b, 0)],
      ['round-robin-by-range', (row: readonly number[]) => Math.max(...row) - Math.min(...row)],
    ] as const) {
      const found = await targetOwners(engine, reverse, rule);
      for (let p = 0; p < 30; p++) {
        const v = rows(values, p, 4, 6);
        const first = v.map(score).reduce((best, x, i, list) => (x > list[best]! ? i : best), 0);
        const wanted = v[first]!.indexOf(Math.max(...v[first]!));
        expect(found[p * 6 + wanted]).toBe(first);
      }
    }
  });

  it('pf-rounded gives every item to whoever has most of it, demands and budgets aside', async () => {
    const owner = await targetOwners(engine, batch, 'pf-rounded');
    const plain = profileBatch({ values: { shape: [30, 4, 6], data: values } });
    const { allocation } = await engine.allocate(pf(), plain);
    owner.forEach((i, k) => {
      const column = [0, 1, 2, 3].map((j) => allocation![(Math.floor(k / 6) * 4 + j) * 6 + (k % 6)]!);
      expect(i).toBe(column.indexOf(Math.max(...column)));
    });
  });

  it('give every item to an agent, and those that promise EF1 keep it', async () => {
    for (const rule of Object.keys(NRR_TARGETS) as NrrTarget[]) {
      if (rule === 'file') continue;
      const owner = await targetOwners(engine, batch, rule);
      expect(owner.every((i) => i >= 0 && i < 4)).toBe(true);
      const { ef1 } = await engine.measure(['ef1'], batch, { owner: { data: owner, stride: 6 } });
      // Greatest Nash welfare is EF1 (Caragiannis et al. 2016, Theorem 3.2).
      if (rule === 'utilitarian-ef1' || rule === 'max-nash' || rule.startsWith('round-robin')) {
        expect(Math.max(...ef1!), rule).toBe(0);
      }
    }
  });

  it('refuse what they do not know or cannot do', async () => {
    expect(() => parseTargets('max-nach')).toThrow('config: target is "max-nach", expected max-nash');
    expect(() => parseTargets('leximin:0')).toThrow('expected a weight above 0 after leximin');
    expect(() => parseTargets('leximin:1:2')).toThrow('expected a weight above 0');
    expect(() => parseTargets('leximin,leximin')).toThrow('expected each target once');
    expect(() => parseTargets('')).toThrow('expected some of max-utilitarian');
    const wide = materialize(sampleProfiles('uniform', { agents: 3, items: 11, count: 1 }));
    await expect(targetOwners(engine, wide, 'leximin')).rejects.toThrow(
      'items is 11, expected at most 10 for the target leximin',
    );
    await expect(targetShares(engine, batch, parseTargets('file'))).rejects.toThrow('array owner');
  });
});
