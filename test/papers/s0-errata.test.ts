import { beforeAll, describe, expect, it } from 'vitest';
import type { Kernels } from '../../src/wasm/kernels.js';
import { Draw } from '../helpers/draw.js';
import { drawCotangent, onlyProfile, partOf } from '../helpers/gradient.js';
import { testKernels } from '../helpers/kernels.js';
import { answerAt, drawInput, profileAt, solve, type Input } from '../helpers/proportional-fairness.js';
import { differences } from '../oracle/finite-differences.js';
import { kktGradient, kktMatrix, pseudoSolve } from '../oracle/kkt.js';
import { gap, objective, utilitiesOf } from '../oracle/proportional-fairness.js';
import { rows } from '../oracle/round-robin.js';

// Zeng et al., Near-Optimal Fair Resource Allocation for Strategic Agents without Money, 2023: what is printed and does not hold, and what
// does (docs/papers/s0.md).

let kernels: Kernels;
beforeAll(() => {
  kernels = testKernels();
});

const shape = { count: 12, agents: 4, items: 3 };

/** Profiles with their solutions, the pseudo-inverse's g, and differences of solves. */
function instances(draw: Draw, zero: number) {
  const input: Input = {
    ...drawInput(draw, shape, 1, zero),
    weights: draw.reals(48, 0.5, 2),
    regularizer: draw.reals(144, -0.3, 0.3),
  };
  const cotangent = drawCotangent(draw, shape);
  const out = solve(kernels, shape, input);
  return Array.from({ length: shape.count }, (_, k) => {
    const profile = profileAt(shape, onlyProfile(shape, input, k), 0);
    const answer = answerAt(shape, out, k);
    const cotangents = rows(cotangent, k, 4, 3);
    const slopes = differences(kernels, 4, 3, onlyProfile(shape, input, k), partOf(cotangent, 12, k));
    const { q } = kktMatrix(profile, answer, answer.utilities);
    const from = (fixedDuals: boolean) => kktGradient(profile, answer, answer.utilities, cotangents, fixedDuals);
    const { slopes: found, residual, g } = from(true);
    return { profile, answer, slopes, q, found, residual, g, from };
  });
}

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, k) => sum + x * b[k]!, 0);
const furthest = (one: readonly number[], other: ArrayLike<number>): number =>
  Math.max(...one.map((x, j) => Math.abs(x - other[j]!))) / Math.max(1e-3, ...Array.from(other, Math.abs));

/** Two agents who value both items alike, demands that never bind. */
const ALIKE = { values: Float64Array.of(1, 0.5, 1, 0.5), demands: new Float64Array(4).fill(2) };
const PAIR = { count: 1, agents: 2, items: 2 };
const alike = () => profileAt(PAIR, ALIKE, 0);

describe('errata of Zeng et al. 2023', () => {
  it('Eq. 12: the outer product is a_i (q_i · g_i); transposed, as printed, it is off by the order of the derivative', ({
    task,
  }) => {
    let off = 0;
    for (const { profile, answer, slopes, q, g } of instances(new Draw(task.name), 0)) {
      const [printed, right] = [0, 1].map((corrected) =>
        profile.values.flatMap((row, i) =>
          row.map((_, m) => {
            const outer = corrected
              ? answer.allocation[i]![m]! * dot(q[i]!, g[i]!)
              : q[i]![m]! * dot(answer.allocation[i]!, g[i]!);
            return -(profile.weights[i]! * g[i]![m]! + outer);
          }),
        ),
      ) as [number[], number[]];
      expect(furthest(right, slopes.d_values)).toBeLessThanOrEqual(1e-6);
      if (furthest(printed, slopes.d_values) > 0.1) off++;
    }
    expect(off).toBeGreaterThanOrEqual(shape.count - 2);
  });

  it('the derivative in a weight is −v_i · g_i: printed without the minus, it has the wrong sign', ({ task }) => {
    for (const { profile, slopes, g } of instances(new Draw(task.name), 0)) {
      const printed = profile.values.map((row, i) => dot(row, g[i]!));
      const right = printed.map((x) => -x);
      expect(furthest(right, slopes.d_weights)).toBeLessThanOrEqual(1e-6);
      expect(furthest(printed, slopes.d_weights)).toBeGreaterThan(1);
    }
  });

  it('at demands of 0 the duals come from stationarity: with duals 0 the system is inconsistent and every derivative is wrong', ({
    task,
  }) => {
    let inconsistent = 0;
    for (const { found, residual, slopes, from, answer, profile } of instances(new Draw(task.name), 0.5)) {
      expect(residual).toBeLessThanOrEqual(1e-12);
      expect(furthest([...found.d_values], slopes.d_values)).toBeLessThanOrEqual(1e-6);
      expect(furthest([...found.d_demands], slopes.d_demands)).toBeLessThanOrEqual(1e-6);
      const kept = profile.demands.some((row, i) => answer.utilities[i]! > 0 && row.includes(0));
      const trapped = from(false);
      if (!kept || trapped.residual < 0.01) continue;
      inconsistent++;
      expect(furthest([...trapped.slopes.d_regularizer], slopes.d_regularizer)).toBeGreaterThan(1e-3);
    }
    expect(inconsistent).toBeGreaterThanOrEqual(8);
  });

  it('Theorem 1: strict complementarity and NM − N tight constraints do not make K regular', () => {
    const answer = answerAt(PAIR, solve(kernels, PAIR, ALIKE), 0);
    const profile = alike();
    let tight = 0;
    const constraint = (slack: number, dual: number): void => {
      expect(Math.min(slack, dual)).toBeLessThan(1e-9);
      expect(Math.max(slack, dual)).toBeGreaterThan(0.1);
      if (slack < 1e-9) tight++;
    };
    answer.allocation.forEach((row, i) =>
      row.forEach((a, m) => {
        constraint(a, answer.lower[i]![m]!);
        constraint(2 - a, answer.upper[i]![m]!);
      }),
    );
    [0, 1].forEach((m) => constraint(1 - answer.allocation[0]![m]! - answer.allocation[1]![m]!, answer.prices[m]!));
    expect(tight).toBe(4 - 2);
    const { K, entry } = kktMatrix(profile, answer, answer.utilities);
    const rhs = Array<number>(K.rows).fill(0);
    rhs[entry(0, 0)] = 1;
    const { nullity, residual } = pseudoSolve(K.transpose(), rhs);
    expect(nullity).toBe(1);
    expect(residual).toBeGreaterThan(0.01);
  });

  it('Footnote 3: the objective is not strictly concave when M > 1; utilities are unique, allocations are not', () => {
    const profile = alike();
    const face = (t: number) => [
      [0.5 + t, 0.5 - 2 * t],
      [0.5 - t, 0.5 + 2 * t],
    ];
    const best = objective(profile, face(0));
    for (const t of [-0.25, -0.1, 0, 0.25]) {
      expect(gap(profile, face(t))).toBeLessThanOrEqual(1e-15);
      expect(Math.abs(objective(profile, face(t)) - best)).toBeLessThanOrEqual(1e-15);
      for (const u of utilitiesOf(profile, face(t))) expect(Math.abs(u - 0.75)).toBeLessThanOrEqual(1e-15);
    }
    expect(solve(kernels, PAIR, ALIKE).unique[0]).toBe(0);
    const single = { values: Float64Array.of(1, 1), demands: Float64Array.of(2, 2) };
    expect(solve(kernels, { ...PAIR, items: 1 }, single).unique[0]).toBe(1);
  });

  it('Lemma E.3: the allocation is not 1-Lipschitz in z: |dz| = 1.4e-4 moves it by 1.58, and so does a tenth of that', () => {
    for (const size of [1e-4, 1e-5]) {
      const [from, to] = [Float64Array.of(size, 0, 0, 0), Float64Array.of(0, 0, size, 0)].map((regularizer) => {
        const out = solve(kernels, PAIR, { ...ALIKE, regularizer });
        expect([out.status[0], out.unique[0]]).toEqual([0, 1]);
        return out.allocation;
      }) as [Float64Array, Float64Array];
      expect(size * Math.SQRT2).toBeLessThan(1.5e-4);
      expect(Math.hypot(...from.map((a, j) => a - to[j]!))).toBeGreaterThan(1.58);
    }
  });
});
