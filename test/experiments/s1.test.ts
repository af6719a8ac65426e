import { describe, expect, it } from 'vitest';
import { arielValues, umassValues } from '#dist/experiments/real-inputs.js';
import { wilson } from '#dist/experiments/s1/bimodal.js';
import {
  bundlesOf,
  bundleValue,
  marginalRoundRobin,
  pairwiseEf1,
  withSynergies,
} from '#dist/experiments/s1/pairwise.js';
import { GUESSES } from '#dist/experiments/s1/orderings.js';
import { draws } from '#dist/experiments/s1/real.js';
import { leastGap } from '#dist/experiments/s1/tau.js';
import { Stream } from '#dist/random.js';
import { Draw } from '../helpers/draw.js';
import { isEf1 } from '../oracle/assignments.js';
import { roundRobinOracle, rows } from '../oracle/round-robin.js';

/** v_i(S) from its definition. */
function valueOf(single: number[], pair: number[][], S: readonly number[]): number {
  const pairs = S.flatMap((m, k) => S.slice(0, k).map((l) => pair[m]![l]!));
  return [...S.map((m) => single[m]!), ...pairs].reduce((a, b) => a + b, 0);
}

function drawn(name: string, agents: number, items: number, strength: number) {
  const single = new Draw(name).reals(agents * items, 0.5, 1);
  const values = withSynergies(single, agents, items, strength, new Stream(new Draw(name).integer(0, 1e9)));
  const pair = Array.from({ length: agents }, (_, i) => rows(values.pair, i, items, items));
  return { values, single: rows(single, 0, agents, items), pair };
}

describe('values with synergies between pairs', () => {
  it.each([-1, -0.3, 0, 2, 8])('at strength %d are those of the definition, and so is their EF1', (strength) => {
    for (let k = 0; k < 40; k++) {
      const [agents, items] = [2 + (k % 3), 1 + (k % 7)];
      const { values, single, pair } = drawn(`synergy ${strength} ${k}`, agents, items, strength);
      const owner = [...new Draw(`owner ${k}`).integers(items, 0, agents - 1)];
      const bundles = bundlesOf(owner, agents);
      let worst = 0;
      for (let i = 0; i < agents; i++) {
        const v = (S: readonly number[]) => valueOf(single[i]!, pair[i]!, S);
        for (const [j, bundle] of bundles.entries()) {
          expect(bundleValue(values, i, bundle)).toBeCloseTo(v(bundle), 12);
          if (i === j || bundle.length === 0) continue;
          const left = Math.min(...bundle.map((g) => v(bundle.filter((m) => m !== g))));
          worst = Math.max(worst, (left - v(bundles[i]!)) / v(bundle));
        }
      }
      expect(pairwiseEf1(values, owner)).toBeCloseTo(worst, 11);
      if (strength === 0) expect(pairwiseEf1(values, owner) === 0).toBe(isEf1(single, owner));
    }
  });

  it('never lose by one more item, from strength −1 on', () => {
    for (let k = 0; k < 20; k++) {
      const { values } = drawn(`monotone ${k}`, 2, 6, -1);
      for (let code = 0; code < 64; code++) {
        const S = [0, 1, 2, 3, 4, 5].filter((m) => code & (1 << m));
        for (const m of [0, 1, 2, 3, 4, 5].filter((x) => !S.includes(x))) {
          expect(bundleValue(values, 1, [...S, m])).toBeGreaterThanOrEqual(bundleValue(values, 1, S));
        }
      }
    }
  });

  it('without synergies Round Robin by marginal values is Round Robin', () => {
    for (let k = 0; k < 20; k++) {
      const { values, single } = drawn(`marginal ${k}`, 3, 7, 0);
      expect([...marginalRoundRobin(values)]).toEqual(roundRobinOracle(single));
    }
  });

  it('a case by hand: synergies make an EF1 assignment unfair', () => {
    // Agent 0 has item 0; agent 1 has items 1 and 2, which agent 0 finds worth 1 each and 5 more together.
    const pair = new Float64Array(18);
    for (const [m, l] of [
      [1, 2],
      [2, 1],
    ] as const)
      pair[m * 3 + l] = 5;
    const values = { agents: 2, items: 3, single: Float64Array.of(0.5, 1, 1, 1, 1, 1), pair };
    // Without an item the bundle is worth 1, the own one 0.5; the bundle is worth 7.
    expect(pairwiseEf1(values, [0, 1, 1])).toBeCloseTo(0.5 / 7, 14);
    expect(pairwiseEf1({ ...values, single: Float64Array.of(1, 1, 1, 1, 1, 1) }, [0, 1, 1])).toBe(0);
  });
});

describe('gaps between picks', () => {
  it('compare what is taken with what is left, and with 0 for what is gone', () => {
    // Agent 0: 3 against 1, weights 3 - 1 + 1 and 1. Agent 1 has the other item left: weight 1, against 0 of the item that is gone.
    expect(leastGap(Float64Array.of(3, 1, 9, 5), 2, 2)).toBe(1);
    expect(leastGap(Float64Array.of(1.25, 1, 9, 5), 2, 2)).toBe(0.25);
    expect(leastGap(Float64Array.of(7), 1, 1)).toBe(Infinity);
    expect(leastGap(Float64Array.of(2, 2), 1, 2)).toBe(0);
  });
});

describe('guesses of what a network goes by', () => {
  it('are the scores that they are named after', () => {
    const row = Float64Array.of(2, 0.5, 1.25);
    expect(Object.fromEntries(Object.entries(GUESSES).map(([name, score]) => [name, score(row)]))).toEqual({
      'falling mean': 1.25,
      'rising mean': -1.25,
      'falling maximum': 2,
      'falling minimum': 0.5,
      'falling range': 1.5,
      'rising range': -1.5,
    });
  });
});

describe("Wilson's interval", () => {
  it('is that of a textbook, and never leaves 0 to 100', () => {
    // Brown, Cai, DasGupta, Interval Estimation for a Binomial Proportion, 2001: (p + z²/2n ± …)/(1 + z²/n), here for 5 of 16.
    const [low, high] = wilson(5, 16);
    // The ends are where a test at 5 % just does not reject: (p̂ − p)² = z² p(1 − p)/n.
    for (const p of [low / 100, high / 100]) expect((5 / 16 - p) ** 2).toBeCloseTo((1.96 ** 2 * p * (1 - p)) / 16, 12);
    expect(wilson(0, 9)[0]).toBeCloseTo(0, 12);
    expect(wilson(9, 9)[1]).toBeCloseTo(100, 12);
  });
});

describe('real values', () => {
  it('have their shapes, and blanks are 0', () => {
    const [ariel, umass] = [arielValues(), umassValues()];
    expect([ariel.agents, ariel.items]).toEqual([26, 23]);
    // Points of the first student of the file.
    expect(ariel.values.subarray(0, 23).reduce((a, b) => a + b, 0)).toBe(981);
    expect(umass.items).toBe(96);
    // Of 1061 students those who rated any section, counted by awk.
    expect(umass.agents).toBe(730);
    expect(Math.max(...umass.values)).toBe(8);
    expect(umass.values.every((x) => Number.isInteger(x) && x >= 0)).toBe(true);
  });

  it('are drawn without repetition, whole rows of them', () => {
    const table = { agents: 4, items: 5, values: Float64Array.from({ length: 20 }, (_, k) => k + 1) };
    const batch = draws(table, { agents: 3, items: 2 }, 50, new Stream(3));
    const data = batch.arrays.values!.data as Float64Array;
    for (let p = 0; p < 50; p++) {
      const cells = rows(data, p, 3, 2).map((row) => row.map((x) => [Math.floor((x - 1) / 5), (x - 1) % 5]));
      expect(new Set(cells.map((row) => row[0]![0])).size).toBe(3);
      for (const row of cells) {
        expect(row.map(([, m]) => m)).toEqual(cells[0]!.map(([, m]) => m));
        expect(row[0]![0]).toBe(row[1]![0]);
      }
      expect(cells[0]![0]![1]).not.toBe(cells[0]![1]![1]);
    }
  });
});
