import { beforeAll, describe, expect, it } from 'vitest';
import { fehrSchmidt } from '../../src/mechanisms/fehr-schmidt.js';
import type { Kernels } from '../../src/wasm/kernels.js';
import { Draw } from '../helpers/draw.js';
import { checkAnswer, solveAll } from '../helpers/fehr-schmidt.js';
import { testKernels } from '../helpers/kernels.js';
import { run } from '../helpers/run.js';
import { objectiveOf, type Aversion } from '../oracle/fehr-schmidt.js';
import { rows } from '../oracle/round-robin.js';

// Answers known in closed form (Shirali et al. 2024, sections 3 to 5 and appendices, with the corrections of docs/papers/s3.md).

let kernels: Kernels;
beforeAll(() => {
  kernels = testKernels();
});

const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);
const near = (x: number, y: number, tolerance = 1e-12) => expect(Math.abs(x - y)).toBeLessThanOrEqual(tolerance);

const same = (values: number[][], alpha: number, beta: number): Aversion => ({
  values,
  alpha: values.map(() => alpha),
  beta: values.map(() => beta),
  shares: values[0]!.map(() => 1),
});

/** The answer, by every solver that gives a vertex; they must agree on the utilities where those are unique. */
function solved(p: Aversion) {
  const [auto, simplex] = ['auto', 'simplex'].map((solver) => checkAnswer(p, solveAll(kernels, [p], solver)));
  auto!.utilities.forEach((u, i) => near(u, simplex!.utilities[i]!, 1e-11));
  return auto!;
}

/** Σ u(x*) − Σ u, what the objective gains, and the largest u(x*)/u, all against the given utilities at x*. */
function against(p: Aversion, best: readonly number[]) {
  const { utilities, objective } = solved(p);
  return {
    loss: sum(best) - sum(utilities),
    gain: objective - objectiveOf(p, best),
    tradeoff: Math.max(...best.map((x, i) => x / utilities[i]!)),
  };
}

describe('Fehr-Schmidt, known answers', () => {
  it.each([
    [0.9, 0.8],
    [0.7, 0.6],
    [0.99, 0.98],
  ])('Eq. 29: two agents who value two items (a, 1 − a), a = %f and %f', (a1, a2) => {
    const values = [
      [a1, 1 - a1],
      [a2, 1 - a2],
    ];
    const threshold = (a1 - a2) / (a1 + a2);
    const below = solved(same(values, (threshold / 2) * 0.999, (threshold / 2) * 0.999));
    expect(below.allocation).toEqual([
      [1, 0],
      [0, 1],
    ]);
    const p = same(values, (threshold / 2) * 1.001, (threshold / 2) * 1.001);
    const above = solved(p);
    near(above.allocation[0]![0]!, 1 - (a1 + a2 - 1) / (a1 + a2));
    near(above.utilities[0]!, a1 / (a1 + a2));
    near(above.utilities[1]!, a1 / (a1 + a2));
    near(against(p, [a1, 1 - a2]).tradeoff, a1 + a2);
  });

  it.each([2, 3, 5, 8])('Eq. 26 and 27: %i agents of whom one could have all', (n) => {
    const [epsilon, alpha, beta] = [0.02, 0.2, 0.1];
    // Agent 0 values each item 1, agent i values item i at 1 − ε.
    const values = Array.from({ length: n }, (_, i) =>
      Array.from({ length: n }, (__, j) => (i === 0 ? 1 : i === j ? 1 - epsilon : 0)),
    );
    const { utilities } = solved(same(values, alpha, beta));
    near(utilities[0]!, 1);
    const { loss, gain } = against(same(values, alpha, beta), [n, ...Array<number>(n - 1).fill(0)]);
    near(loss, (n - 1) * epsilon);
    // Agent 0 falls from n to 1, the others rise from 0 to 1 − ε: each difference from n to ε.
    near(gain, -(n - 1) * epsilon + (n - epsilon) * (beta + alpha));
  });

  it.each([
    [2, 0.0004, 0.01148],
    [3, 0.0008, 0.01708],
    [5, 0.0016, 0.02828],
  ])('Proposition 4.4: %i agents, loss %f, gain %f', (n, loss, gain) => {
    const epsilon = 0.02;
    const values = Array.from({ length: n }, (_, i) =>
      Array.from({ length: n }, (__, j) => (i === 0 ? epsilon : i === j ? epsilon * (1 - epsilon) : 0)),
    );
    const found = against(same(values, 0.2, 0.1), [n * epsilon, ...Array<number>(n - 1).fill(0)]);
    near(found.loss, loss);
    near(found.gain, gain, 1e-9);
  });

  it.each([2, 3, 5, 10])(
    'Proposition 5.1: aversion past a small threshold costs one of %i agents nearly everything',
    (n) => {
      const [e1, e2] = [0.001, 0.002];
      // Agent 0 has 1 − ε1 of its worth in item 0, every other agent 1 − ε2; the rest is spread over the other items.
      const values = Array.from({ length: n }, (_, i) =>
        Array.from({ length: n }, (__, j) => {
          const e = i === 0 ? e1 : e2;
          return j === 0 ? 1 - e : e / (n - 1);
        }),
      );
      const threshold = (e2 - e1) / (2 * (1 - e1 + (1 - e2) / (n - 1)));
      const best = [1 - e1, ...Array<number>(n - 1).fill(e2 / (n - 1))];
      const below = same(values, threshold * 0.999, threshold * 0.999);
      near(against(below, best).tradeoff, 1, 1e-9);
      const above = same(values, threshold * 1.001, threshold * 1.001);
      const { utilities } = solved(above);
      for (const u of utilities) near(u, utilities[0]!, 1e-9);
      near(against(above, best).tradeoff, n - e2 - (n - 1) * e1, 1e-9);
    },
  );

  it('Proposition F.1: odd items move, and half of the distance is lost', () => {
    const [m, delta, epsilon] = [8, 0.4, 1e-6];
    const values = [
      Array.from({ length: m }, () => 1),
      Array.from({ length: m }, (_, j) => 1 - delta / m + (j % 2 === 0 ? epsilon : 0)),
    ];
    // r_1 = (1 − p)/(1 + p) a little above 1 − δ/m.
    const r = 1 - delta / m + epsilon / 2;
    const p = (1 - r) / (1 + r);
    const { allocation } = solved({
      values,
      alpha: [p / 2, p / 2],
      beta: [p / 2, p / 2],
      shares: Array<number>(m).fill(1),
    });
    expect(allocation[0]).toEqual(Array.from({ length: m }, (_, j) => j % 2));
    near(
      against({ values, alpha: [p / 2, p / 2], beta: [p / 2, p / 2], shares: Array<number>(m).fill(1) }, [m, 0]).loss,
      delta / 2 - (m * epsilon) / 2,
    );
  });

  it('of several optima, select chooses: five equal items, aversion where keeping all and sharing are as good', () => {
    const p: Aversion = {
      values: [Array<number>(5).fill(1), Array<number>(5).fill(2 / 3)],
      alpha: [0.1, 0.1],
      beta: [0.1, 0.1],
      shares: Array<number>(5).fill(1),
    };
    // p = 1/5 = ρ of every item: the objective is 4 at u = (5, 0) with no loss and at u = (2, 2) with loss 1.
    const arrays = {
      values: Float64Array.from(p.values.flat()),
      alpha: Float64Array.from(p.alpha),
      beta: Float64Array.from(p.beta),
      shares: Float64Array.from(p.shares),
    };
    const shape = { count: 1, agents: 2, items: 5 };
    const best = run(kernels, fehrSchmidt, shape, arrays, { solver: 'auto', select: 'utilitarian' });
    near(best.objective[0]!, 4);
    near(sum([...best.utilities]), 5);
    near(solved(p).objective, 4);
  });

  it('select=utilitarian: as good an objective, and no smaller a sum of utilities, than the vertex', () => {
    const draw = new Draw('select');
    let better = 0;
    for (let k = 0; k < 60; k++) {
      // Values 2 and 3 and p = q = 1/5: an item with ρ = ±1/5 may as well be moved as not.
      const m = draw.integer(1, 6);
      const p = same(
        [0, 1].map(() => Array.from({ length: m }, () => draw.integer(2, 3))),
        0.1,
        0.1,
      );
      const arrays = {
        values: Float64Array.from(p.values.flat()),
        alpha: Float64Array.from(p.alpha),
        beta: Float64Array.from(p.beta),
        shares: Float64Array.from(p.shares),
      };
      const shape = { count: 1, agents: p.alpha.length, items: p.shares.length };
      const best = run(kernels, fehrSchmidt, shape, arrays, { solver: 'auto', select: 'utilitarian' });
      const vertex = checkAnswer(p, solveAll(kernels, [p]));
      expect(best.status[0]).toBe(0);
      near(best.objective[0]!, vertex.objective, 1e-9);
      const gained = sum([...best.utilities]) - sum(vertex.utilities);
      expect(gained).toBeGreaterThanOrEqual(-1e-9);
      if (gained > 1e-6) better++;
      expect(
        rows(best.allocation, 0, shape.agents, shape.items)
          .flat()
          .every((x) => x >= 0),
      ).toBe(true);
    }
    expect(better).toBeGreaterThan(0);
  });

  it('two agents lose at most |a_1 − a_2| / (1 + r_1), and that is reached', () => {
    const draw = new Draw('two agents');
    let largest = 0;
    for (let k = 0; k < 1000; k++) {
      const m = draw.integer(1, 8);
      const a1 = Array.from({ length: m }, () => draw.unit());
      const close = draw.unit();
      const a2 = a1.map((x) => x * (1 - close * draw.unit()));
      const q = { ...same([a1, a2], 0, 0), alpha: [0, draw.unit() / 2], beta: [draw.unit() / 2, 0] };
      const r = (1 - q.beta[0]! - q.alpha[1]!) / (1 + q.beta[0]! + q.alpha[1]!);
      const { utilities } = checkAnswer(q, solveAll(kernels, [q]));
      const loss = sum(a1) - sum(utilities);
      const bound = sum(a1.map((x, j) => Math.abs(x - a2[j]!))) / (1 + r);
      expect(loss).toBeLessThanOrEqual(bound + 1e-12);
      if (bound > 0) largest = Math.max(largest, loss / bound);
    }
    expect(largest).toBeGreaterThan(0.9);
    // Five equal items, r_1 = 2/3: three of five move, just above the aversion at which that pays.
    const p = {
      ...same([Array<number>(5).fill(1), Array<number>(5).fill(2 / 3)], 0, 0),
      alpha: [0, 0.1 + 1e-9],
      beta: [0.1, 0],
    };
    near(5 - sum(solved(p).utilities), 1, 1e-9);
    near(5 / 3 / (1 + 2 / 3), 1);
  });
});
