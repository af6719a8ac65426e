import { describe, expect, it } from 'vitest';
import { KINDS, drawAgents } from '../../src/experiments/s3/agents.js';
import {
  distanceBound,
  expectedPassing,
  expectedPassingPower,
  individualCollapse,
  integral,
  lossBound,
  oneRichOfPoor,
  passingRatio,
  twoAgentBound,
} from '../../src/experiments/s3/bounds.js';
import { checkAnswer, solveAll } from '../helpers/fehr-schmidt.js';
import { testKernels } from '../helpers/kernels.js';

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
          for (const bound of [lossBound(p), ...(n === 2 ? [twoAgentBound(p), distanceBound(p)] : [])])
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
        expect(Math.abs(expectedPassing(c, (x) => s * x ** (s - 1)) - expectedPassingPower(c, s))).toBeLessThan(1e-10);
    expect(Math.abs(expectedPassingPower(0.3, 1) - 0.03)).toBeLessThan(1e-15);
    const pairs = drawAgents('independent', 2, 10, 4000, 0, 3);
    const costs = pairs.map(({ values: [a, b] }) =>
      sum(a!.map((x, j) => (Math.min(x, b![j]!) >= 0.7 * Math.max(x, b![j]!) ? Math.abs(x - b![j]!) : 0))),
    );
    expect(Math.abs(sum(costs) / 4000 / 10 - 0.03)).toBeLessThan(0.002);
  });

  it('has the numbers of Propositions 4.4 and 5.1', () => {
    const { loss, gain } = oneRichOfPoor(3, 0.02, 0.2, 0.1);
    expect(Math.abs(loss - 0.0008)).toBeLessThan(1e-15);
    expect(Math.abs(gain - 0.01708)).toBeLessThan(1e-12);
    const { threshold, tradeoff } = individualCollapse(3, 0.001, 0.002);
    expect(Math.abs(threshold - 0.000333778)).toBeLessThan(1e-9);
    expect(Math.abs(tradeoff - 2.996)).toBeLessThan(1e-12);
  });
});
