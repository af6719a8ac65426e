import { describe, expect, it } from 'vitest';
import { KINDS, drawAgents } from '../../src/experiments/s3/agents.js';
import {
  bestThresholdBound,
  distanceBound,
  limitRatio,
  lossBound,
  passingRatio,
  relativeLossBound,
  thresholdBound,
  twoAgentBound,
} from '../../src/experiments/s3/bounds.js';
import {
  expectedLossBoundPower,
  expectedPassing,
  expectedPassingMany,
  expectedPassingPower,
  expectedThreshold,
  expectedTop,
  integral,
  powerDistribution,
} from '../../src/experiments/s3/expectations.js';
import {
  equalDivisionGain,
  gainAndLossBound,
  inequalityOf,
  leastUtilityBound,
  penaltyOf,
  tradeoffBound,
} from '../../src/experiments/s3/gains.js';
import { everyOther, oneSharpestKnown, richAndManyKnown } from '../../src/experiments/s3/instances.js';
import { utopiaOf } from '../../src/experiments/s3/report.js';
import { checkAnswer, solveAll } from '../helpers/fehr-schmidt.js';
import { testKernels } from '../helpers/kernels.js';
import { aversionOf } from '../oracle/fehr-schmidt.js';

const kernels = testKernels();
const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);

describe('bounds on what inequality aversion costs', () => {
  it.each(KINDS)('hold on random agents: %s', (kind) => {
    for (const n of [2, 3, 6]) {
      for (const top of [0.05, 0.25, 0.5]) {
        for (const p of drawAgents(kind, n, 5, 15, top, 7)) {
          const profile = { ...p, shares: Array<number>(5).fill(1) };
          const { utilities } = checkAnswer(profile, solveAll(kernels, [profile]));
          const best = sum(p.values[0]!.map((_, j) => Math.max(...p.values.map((row) => row[j]!))));
          const loss = best - sum(utilities);
          for (const bound of [
            lossBound(p),
            relativeLossBound(p) * best,
            ...(n === 2 ? [twoAgentBound(p), distanceBound(p), bestThresholdBound(p), thresholdBound(p, 0.5)] : []),
          ])
            expect(loss).toBeLessThanOrEqual(bound + 1e-9);
        }
      }
    }
  });

  it('of two agents: the ratio is (1 − p)/(1 + p)', () => {
    expect(passingRatio({ alpha: [0.3, 0.2], beta: [0.1, 0.4] }, 0, 1)).toBeCloseTo((1 - 0.3) / (1 + 0.3), 14);
    expect(passingRatio({ alpha: [3, 2], beta: [1, 4] }, 0, 1)).toBe(0);
  });

  it('in expectation: quadrature is exact for powers, and agrees with draws', () => {
    expect(Math.abs(integral((x) => x ** 6, 0, 1) - 1 / 7)).toBeLessThan(1e-12);
    for (const c of [0.05, 0.3, 0.9])
      for (const s of [1, 2, 5])
        expect(Math.abs(expectedPassing(c, powerDistribution(s)) - expectedPassingPower(c, s))).toBeLessThan(1e-10);
    expect(Math.abs(expectedPassingPower(0.3, 1) - 0.03)).toBeLessThan(1e-15);
    // A density that jumps: values between 1/2 and 1, and where 0.7 a is below 1/2 all others may have the item.
    const half = 4 * ((3 / 14) ** 3 / 3 + 0.03 * (1 - (5 / 7) ** 3));
    expect(Math.abs(expectedPassing(0.3, { density: (x) => (x < 0.5 ? 0 : 2), breaks: [0.5] }) - half)).toBeLessThan(
      1e-12,
    );
    const upper = {
      density: (x: number) => (x < 0.37 ? 0 : 1 / 0.63),
      below: (x: number) => Math.max(0, x - 0.37) / 0.63,
      breaks: [0.37],
    };
    expect(Math.abs(expectedPassing(0.5, upper) - expectedPassingMany(0.5, 2, upper))).toBeLessThan(1e-12);
    expect(Math.abs(expectedTop(2, upper) - (0.37 + (0.63 * 2) / 3))).toBeLessThan(1e-12);
    const pairs = drawAgents('independent', 2, 10, 4000, 0, 3);
    const costs = pairs.map(({ values: [a, b] }) =>
      sum(a!.map((x, j) => (Math.min(x, b![j]!) >= 0.7 * Math.max(x, b![j]!) ? Math.abs(x - b![j]!) : 0))),
    );
    expect(Math.abs(sum(costs) / 4000 / 10 - 0.03)).toBeLessThan(0.002);
  });

  it('has the nine published numbers of Corollary E.2, c to four digits', () => {
    for (const [c, ...published] of [
      [0.0658, '0.0433', '0.0865', '0.216'],
      [0.2906, '0.844', '1.69', '4.22'],
      [0.6755, '4.56', '9.13', '22.8'],
    ] as const) {
      // Some number that is rounded to c has to give all three.
      const near = Array.from({ length: 201 }, (_, k) => c + (k - 100) * 5e-7);
      const misses = (exact: number) =>
        published.filter((text, k) => {
          const digit = 10 ** -(text.length - text.indexOf('.') - 1);
          return Math.abs(expectedLossBoundPower(10, exact, [1, 2, 5][k]!) - Number(text)) > digit / 2;
        }).length;
      expect(Math.min(...near.map(misses))).toBe(0);
    }
    for (const c of [0.05, 0.3, 0.9, 1]) {
      for (const s of [1, 2, 5]) {
        const coarsest = expectedThreshold(c, 0, powerDistribution(s));
        expect(expectedPassingPower(c, s)).toBeLessThanOrEqual(coarsest);
        expect(Math.abs(coarsest - c * (1 - (1 - c) ** s))).toBeLessThan(1e-10);
        expect(coarsest).toBeLessThanOrEqual(expectedLossBoundPower(1, c, s) + 1e-10);
      }
    }
  });

  it('count what several agents get of an item whose shares are bounded', () => {
    for (const kind of KINDS) {
      for (const [n, share] of [
        [3, 1 / 2],
        [5, 1 / 3],
        [4, 1 / 4],
      ] as const) {
        for (const p of drawAgents(kind, n, 4, 20, 0.3, 11)) {
          const shares = [share, 1, share, 1];
          const { utilities } = checkAnswer({ ...p, shares }, solveAll(kernels, [{ ...p, shares }]));
          const best = shares.map((b, j) => {
            const column = p.values.map((row) => row[j]!).sort((x, y) => y - x);
            return b * sum(column.slice(0, Math.round(1 / b)));
          });
          const loss = sum(best) - sum(utilities);
          expect(loss).toBeLessThanOrEqual(lossBound(p, shares) + 1e-9);
          expect(lossBound(p, shares)).toBeLessThanOrEqual(relativeLossBound(p) * sum(best) + 1e-12);
        }
      }
    }
  });

  it('tend to those of infinitely many agents', () => {
    const ratio = (n: number) => {
      const alpha = Array.from({ length: n }, (_, i) => (i === 1 ? 0.4 : (i % 5) / 10));
      const beta = Array.from({ length: n }, (_, i) => (i === 0 ? 0.1 : (i % 3) / 10));
      return passingRatio({ alpha, beta }, 0, 1);
    };
    const limit = limitRatio(0.1, 0.4, 0.2, 0.1);
    expect(Math.abs(ratio(3000) - limit)).toBeLessThan(1e-3);
    expect(Math.abs(ratio(3000) - limit)).toBeLessThan(Math.abs(ratio(30) - limit));
    // Among many, somebody values an item at nearly 1 and another at nearly r of it.
    expect(Math.abs(expectedPassingMany(0.3, 300, powerDistribution(1)) - 0.3)).toBeLessThan(0.02);
    expect(Math.abs(expectedTop(3, powerDistribution(1)) - 0.75)).toBeLessThan(1e-10);
  });

  it('in expectation among n agents: two are a special case, and draws agree', () => {
    for (const s of [1, 2, 5]) {
      const found = expectedPassingMany(0.3, 2, powerDistribution(s));
      expect(Math.abs(found - expectedPassingPower(0.3, s))).toBeLessThan(1e-9);
    }
    const fall = (column: readonly number[]) => {
      const most = Math.max(...column);
      return most - Math.min(...column.filter((x) => x >= 0.7 * most));
    };
    for (const n of [3, 6]) {
      const drawn = drawAgents('independent', n, 10, 1500, 0, 5);
      const falls = drawn.flatMap(({ values }) => values[0]!.map((_, j) => fall(values.map((row) => row[j]!))));
      expect(Math.abs(sum(falls) / falls.length - expectedPassingMany(0.3, n, powerDistribution(1)))).toBeLessThan(
        0.004,
      );
    }
    const pairs = drawAgents('independent', 2, 10, 1500, 0, 6);
    const averse = { alpha: [0.1, 0.1], beta: [0.1, 0.1] };
    const c = 1 - passingRatio(averse, 0, 1);
    const bounds = pairs.map(({ values }) => thresholdBound({ values, ...averse }, 0.6) / 10);
    expect(Math.abs(sum(bounds) / 1500 - expectedThreshold(c, 0.6, powerDistribution(1)))).toBeLessThan(0.003);
  });

  it('of gain, and of what the worst off keeps, hold and are what they say', () => {
    for (const kind of KINDS) {
      for (const n of [2, 4]) {
        for (const drawn of drawAgents(kind, n, 4, 12, 0.5, 9)) {
          const p = { ...drawn, shares: [1, 1, 1, 1] };
          const { utilities, objective } = checkAnswer(p, solveAll(kernels, [p]));
          const best = utopiaOf(p);
          const aversion = best.map((_, i) => aversionOf(p, best, i));
          expect(Math.abs(penaltyOf(p, best) - sum(aversion))).toBeLessThan(1e-12);
          const gain = objective - (sum(best) - penaltyOf(p, best));
          const loss = sum(best) - sum(utilities);
          expect(gain + loss).toBeLessThanOrEqual(gainAndLossBound(p, best) + 1e-9);
          expect(gain).toBeGreaterThanOrEqual(Math.max(0, equalDivisionGain(p, best)) - 1e-9);
          const alike = (a: number) => ({ ...p, alpha: best.map(() => a), beta: best.map(() => a) });
          const equal = Math.min(...checkAnswer(alike(1000), solveAll(kernels, [alike(1000)]), 0, 1e-9).utilities);
          for (const a of [0.05, 0.3, 1, 2]) {
            const u = checkAnswer(alike(a), solveAll(kernels, [alike(a)])).utilities;
            expect(Math.min(...u)).toBeGreaterThanOrEqual(leastUtilityBound(n, a, sum(best), equal) - 1e-8);
            expect(Math.abs(penaltyOf(alike(a), u) - a * inequalityOf(u))).toBeLessThan(1e-12);
          }
        }
      }
    }
    expect(leastUtilityBound(3, 1, 10, 2)).toBe(2);
    expect(leastUtilityBound(3, 0.5, 10, 2)).toBeCloseTo(2 - 4 / 3, 12);
  });

  it('of the trade-off, by equal utilities, where what is minded makes up for who has more: holds, and says nothing elsewhere', () => {
    let [bounded, unbounded, beyond] = [0, 0, 0];
    for (const n of [2, 3, 5]) {
      for (const drawn of drawAgents('independent', n, 4, 60, 0.2, 4)) {
        const p = { ...drawn, shares: [1, 1, 1, 1] };
        const { utilities } = checkAnswer(p, solveAll(kernels, [p]));
        const stern = { ...p, alpha: p.alpha.map(() => 1000), beta: p.alpha.map(() => 1000) };
        const equal = Math.min(...checkAnswer(stern, solveAll(kernels, [stern]), 0, 1e-9).utilities);
        const best = utopiaOf(p);
        const tradeoff = Math.max(...best.map((x, i) => (x > 0 ? x / utilities[i]! : 0)));
        const bound = tradeoffBound(p, best, utilities, equal);
        if (bound === Infinity) unbounded++;
        else {
          bounded++;
          expect(tradeoff).toBeLessThanOrEqual(bound * (1 + 1e-9));
          // The second half of Eq. 32: all could have the least that anybody has in x*.
          expect(bound).toBeLessThanOrEqual((Math.max(...best) / Math.min(...best)) * (1 + 1e-9));
        }
        if (tradeoff > (Math.max(...best) / equal) * (1 + 1e-9)) beyond++;
      }
    }
    expect(bounded).toBeGreaterThan(20);
    expect(unbounded).toBeGreaterThan(20);
    expect(beyond).toBeGreaterThan(0);
    expect(tradeoffBound({ alpha: [0.5, 0.5], beta: [0.5, 0.5] }, [3, 1], [2, 1], 1.5)).toBe(2);
    expect(tradeoffBound({ alpha: [0.4, 0.5], beta: [0.5, 0.4] }, [1, 3], [2, 1], 1.5)).toBe(2);
    expect(tradeoffBound({ alpha: [0.4, 0.4], beta: [0.5, 0.5] }, [1, 3], [2, 1], 1.5)).toBe(Infinity);
  });

  it('are attained to a half where every other item may pass', () => {
    for (const m of [4, 10]) {
      const { profile, loss } = everyOther(m, 0.4, 1e-4);
      const p = { ...profile, shares: Array<number>(m).fill(1) };
      const { utilities } = checkAnswer(p, solveAll(kernels, [p]));
      expect(Math.abs(m - sum(utilities) - loss)).toBeLessThan(1e-9);
      expect(loss / distanceBound(profile)).toBeGreaterThan(0.9);
    }
  });

  it('has the numbers of Propositions 4.4 and 5.1', () => {
    const { loss, gain } = richAndManyKnown(3, 0.02, 0.02, 0.2, 0.1);
    expect(Math.abs(loss - 0.0008)).toBeLessThan(1e-15);
    expect(Math.abs(gain - 0.01708)).toBeLessThan(1e-12);
    const { threshold, tradeoff } = oneSharpestKnown(3, 0.001, 0.002);
    expect(Math.abs(threshold - 0.000333778)).toBeLessThan(1e-9);
    expect(Math.abs(tradeoff - 2.996)).toBeLessThan(1e-12);
  });
});
