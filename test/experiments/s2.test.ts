import { readFileSync } from 'node:fs';
import { createEngine, welfarist, whoPays, type Engine, type Mechanism } from 'evenhand';
import { afterAll, describe, expect, it } from 'vitest';
import { gpuModels } from '#dist/experiments/s2/cluster.js';
import { spread } from '#dist/experiments/s2/boxes.js';
import { SELECTIONS, adultCounts, syntheticBids } from '#dist/experiments/s2/inputs.js';
import { RULES, capsOf, pairsOf, profiles } from '#dist/experiments/s2/instances.js';
import { kept, monOf, nneOf } from '#dist/experiments/s2/measures.js';

const engine: Engine = await createEngine({ threads: 0 });
afterAll(() => engine.close());

interface Adult {
  readonly caps: readonly (readonly number[])[];
  /** Median, least and largest. */
  readonly effects: Record<string, { readonly single: number[]; readonly double: number[]; readonly mon: number }>;
}
const ADULT = JSON.parse(readFileSync(new URL('../fixtures/welfare/adult.json', import.meta.url), 'utf8')) as Adult;

describe('UCI Adult with caps that another program drew', () => {
  const instance = adultCounts('first500_raw');

  it('has the counts and the agents of the file', () => {
    expect([instance.agents, instance.items]).toEqual([14, 2]);
    expect(instance.people.slice(0, 3)).toEqual(['Adm-clerical', 'Armed-Forces', 'Craft-repair']);
    expect([...instance.values.subarray(0, 6)]).toEqual([21, 28, 1, 0, 57, 9]);
    for (const selection of SELECTIONS) {
      const { values } = adultCounts(selection);
      // All of 500 rows, but for those whose occupation is not known.
      expect(values.reduce((a, b) => a + b, 0)).toBeGreaterThan(465);
      expect(values.reduce((a, b) => a + b, 0)).toBeLessThan(500 + 1e-9);
    }
  });

  it.each(Object.entries(ADULT.effects))('%s: the effects that the other program found', async (name, expected) => {
    const rule = RULES.find(([each]) => each === name)![1];
    const found = [];
    for (const row of ADULT.caps) {
      const caps = Float64Array.from(row);
      const { single, double } = await nneOf(engine, rule, instance, caps, {});
      const { p, who, before, after } = await monOf(engine, rule, instance, caps, 'valued', {});
      found.push({ single: 1 - single, double: 1 - double, mon: 1 - p, who, before, after });
    }
    for (const key of ['single', 'double'] as const) {
      const { median, low, high } = spread(found.map((each) => each[key]));
      [median, low, high].forEach((x, k) => expect(Math.abs(x - expected[key][k]!)).toBeLessThan(1.1e-3));
    }
    const most = found.reduce((best, each) => (each.mon > best.mon ? each : best));
    expect(Math.abs(most.mon - expected.mon)).toBeLessThan(1e-4);
    if (name === 'Nash') {
      expect([found.indexOf(most), most.who]).toEqual([3, 'Sales']);
      expect(most.before).toBeCloseTo(5.36786, 4);
      expect(most.after).toBeCloseTo(5.44813, 4);
    }
  });
});

describe('shares that others keep', () => {
  it('are those of the property nne, pair by pair', async () => {
    const instance = syntheticBids(3);
    const caps = capsOf(instance, 3);
    const pairs = pairsOf(instance.agents);
    expect(pairs.length).toBe(15);
    const batch = profiles(instance, caps, pairs);
    for (const leastShare of [0, 0.1]) {
      const { agentNne, freeUtilities, constrainedUtilities } = await engine.externality(welfarist(), batch, {
        constrain: 'together',
        leastShare,
      });
      const row = (numbers: Float64Array, k: number) => numbers.subarray(6 * k, 6 * (k + 1));
      pairs.forEach(([i, l], k) => {
        const q = kept(row(freeUtilities, k), row(constrainedUtilities, 6 * k + i!), caps, [i!, l!], leastShare);
        expect([agentNne[6 * k + i!], agentNne[6 * k + l!]]).toEqual([q, q]);
      });
    }
  });

  it('of equal amounts are those of --equal-items; all items are more than those valued', async () => {
    const instance = adultCounts('first500_raw');
    const caps = capsOf(instance, 1);
    const same = async (rule: Mechanism, batch = profiles(instance, caps, [[]])) =>
      (await engine.allocate(rule, batch)).utilities!;
    const grouped = await same(welfarist(), profiles(instance, caps, [[0, 4, 11]]));
    const listed = await same(welfarist({ equalItems: [0, 4, 11] }));
    grouped.forEach((u, i) => expect(u).toBeCloseTo(listed[i]!, 6));
    // Farming-fishing values men only: that constraint says something in one reading alone.
    const farmers = instance.people.indexOf('Farming-fishing');
    const [free, valued, all] = await Promise.all([
      same(welfarist()),
      same(welfarist(), profiles(instance, caps, [[farmers]])),
      same(welfarist(), profiles(instance, caps, [[farmers]], 'all')),
    ]);
    valued.forEach((u, i) => expect(u).toBeCloseTo(free[i]!, 6));
    expect(all.some((u, i) => Math.abs(u - free[i]!) > 1e-3)).toBe(true);
  });

  it('of bids that are drawn: sparse, competing, the same for a seed', () => {
    const { values, items, agents } = syntheticBids(5);
    expect(syntheticBids(5).values).toEqual(values);
    const most = Array.from({ length: items }, (_, j) =>
      Math.max(...Array.from({ length: agents }, (__, i) => values[i * items + j]!)),
    );
    expect(most.reduce((a, b) => a + b, 0)).toBeCloseTo(30, 9);
    const none = values.filter((v) => v === 0).length / values.length;
    expect(none > 0.05 && none < 0.3).toBe(true);
  });
});

describe('the GPU cluster', () => {
  it('has unequal supplies, and constraints of classes that can use several models', async () => {
    const { classes, models, batch } = gpuModels();
    expect([classes.length, models.length]).toEqual([16, 7]);
    const [budgets, caps] = [batch.arrays.budgets!.data, batch.arrays.caps!.data] as [Float64Array, Float64Array];
    expect(budgets.reduce((a, b) => a + b, 0)).toBeCloseTo(6212, 9);
    const found = await engine.externality(welfarist(), batch);
    const [T4, ANY] = [classes.indexOf('T4'), classes.indexOf('ANY')];
    // Nobody constrained: all have what they ask for, but for the T4s.
    found.freeUtilities.forEach((u, i) =>
      i === T4 ? expect(u).toBeLessThan(850) : expect(u).toBeCloseTo(caps[i]!, 3),
    );
    // Constrained: the class has the same share of every model, the rest is what T4 requests share.
    const { allocation, utilities } = await engine.allocate(welfarist(), batch);
    const shares = models.map((_, j) => allocation![ANY * models.length + j]! / budgets[j]!);
    shares.forEach((share) => expect(share).toBeCloseTo(shares[0]!, 6));
    expect(utilities![ANY]).toBeLessThan(0.5 * caps[ANY]!);
    const [first] = whoPays(found);
    expect([first!.constrained, first!.pays]).toEqual([ANY, T4]);
    expect(first!.after / first!.before).toBe(found.agentNne[ANY]);
    expect(found.shadowPrices[ANY]).toBeGreaterThan(1e-4);
  });
});
