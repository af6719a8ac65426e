import { createEngine, fehrSchmidt, profileBatch } from 'evenhand';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Kernels } from '../../src/wasm/kernels.js';
import { Draw } from '../helpers/draw.js';
import { FAMILIES, WEIGHTS, checkAnswer, drawAversion, drawWeights, solveAll } from '../helpers/fehr-schmidt.js';
import { testKernels } from '../helpers/kernels.js';
import { optimum, type Aversion } from '../oracle/fehr-schmidt.js';

let kernels: Kernels;
beforeAll(() => {
  kernels = testKernels();
});

const CASES = FAMILIES.flatMap((family) => WEIGHTS.map((kind) => [family, kind] as const));

/** An instance whose utilities do not count alike. */
function drawWeighted(draw: Draw, family: (typeof FAMILIES)[number], kind: (typeof WEIGHTS)[number], n: number) {
  return { ...drawAversion(draw, family, n, draw.integer(1, 9), false), weights: drawWeights(draw, kind, n) };
}

describe('fehr-schmidt solvers where utilities do not count alike', () => {
  it.each(CASES)('prove their answers optimal and agree: %s, weights %s', (family, kind) => {
    const draw = new Draw(`${family} ${kind}`);
    for (let k = 0; k < 16; k++) {
      const p = drawWeighted(draw, family, kind, k < 5 ? 2 : draw.integer(1, 10));
      const best = checkAnswer(p, solveAll(kernels, [p]));
      const simplex = checkAnswer(p, solveAll(kernels, [p], 'simplex'));
      const inner = checkAnswer(p, solveAll(kernels, [p], 'ipm'), 0, 1e-9);
      for (const other of [simplex, inner])
        expect(Math.abs(best.objective - other.objective)).toBeLessThanOrEqual(1e-8);
    }
  });

  it.each(CASES)('are as good as HiGHS on the programme as printed: %s, weights %s', (family, kind) => {
    const draw = new Draw(`highs ${family} ${kind}`);
    for (let k = 0; k < 3; k++) {
      const p = drawWeighted(draw, family, kind, k === 0 ? 2 : draw.integer(3, 6));
      const { objective } = checkAnswer(p, solveAll(kernels, [p]));
      expect(Math.abs(objective - optimum(p))).toBeLessThanOrEqual(1e-9);
    }
  });

  it.each(FAMILIES)('see the same programme where aversion moves into weights: %s', (family) => {
    // t (u_k − u_i)⁺ − t (u_i − u_k)⁺ = t (u_k − u_i), which is linear.
    const draw = new Draw(`moved ${family}`);
    for (let k = 0; k < 12; k++) {
      const n = k < 4 ? 2 : draw.integer(3, 8);
      const p = drawAversion(draw, family, n, draw.integer(1, 7), false);
      const moved = p.beta.map((b) => 0.9 * b * draw.unit());
      const all = moved.reduce((a, b) => a + b, 0);
      const weights = moved.map((t) => 1 + (all - n * t) / (n - 1));
      const scale = 1 / Math.max(1, ...weights);
      const q: Aversion = {
        ...p,
        alpha: p.alpha.map((a, i) => scale * (a + moved[i]!)),
        beta: p.beta.map((b, i) => scale * (b - moved[i]!)),
        weights: weights.map((w) => scale * w),
      };
      const plain = checkAnswer(p, solveAll(kernels, [p]));
      for (const solver of ['auto', 'simplex', 'ipm']) {
        const other = checkAnswer(q, solveAll(kernels, [q], solver), 0, solver === 'ipm' ? 1e-9 : 1e-12);
        expect(Math.abs(other.objective - scale * plain.objective)).toBeLessThanOrEqual(
          (solver === 'ipm' ? 1e-9 : 1e-12) * Math.max(1, plain.bound),
        );
      }
    }
  });

  it('are the closed form for two agents: one step for every change of hands down to its price', () => {
    const draw = new Draw('two');
    for (let k = 0; k < 120; k++) {
      const drawn = drawWeighted(draw, k % 2 ? 'large aversion' : 'random', k % 3 ? 'any' : 'one', 2);
      const p = { ...drawn, shares: drawn.shares.map((b) => b || 1) };
      const [c, d] = p.weights as [number, number];
      const [most, least] = [p.beta[0]! + p.alpha[1]!, -p.alpha[0]! - p.beta[1]!];
      const { dual, pivots } = checkAnswer(p, solveAll(kernels, [p]));
      const changes = p.shares.flatMap((_, j) => {
        const [one, two] = [p.values[0]![j]!, p.values[1]![j]!];
        return [(c * one - d * two) / (one + two), ...(most > c ? [c] : []), ...(least < -d ? [-d] : [])];
      });
      const price = c - dual[0]!;
      expect(Math.abs(dual[1]! - d - price)).toBeLessThanOrEqual(1e-14);
      expect(pivots).toBeGreaterThanOrEqual(changes.filter((x) => x > price + 1e-12).length);
      expect(pivots).toBeLessThanOrEqual(changes.filter((x) => x >= price - 1e-12).length);
    }
  });

  it('have the bits of the rule where every weight is 1', () => {
    const draw = new Draw('ones');
    for (const family of FAMILIES) {
      for (const n of [1, 2, 6]) {
        const p = drawAversion(draw, family, n, 5);
        for (const solver of ['auto', 'simplex', 'ipm']) {
          const weighted = { ...p, weights: p.alpha.map(() => 1) };
          const [one, other] = [p, weighted].map((each) => solveAll(kernels, [each], solver));
          for (const name of ['allocation', 'dual', 'objective', 'dual_bound', 'pivots', 'residual'] as const)
            expect([...other![name]]).toEqual([...one![name]]);
        }
      }
    }
  });

  it('give nothing to who counts for less than nothing, and throw away what only it could use', () => {
    const p = { values: [[1, 1, 0], [0, 2, 3]], alpha: [0, 0], beta: [0, 0], shares: [1, 1, 1] }; // prettier-ignore
    for (const solver of ['auto', 'simplex', 'ipm']) {
      const solve = (values: number[][], weights: number[]) => {
        const q = { ...p, values, alpha: values.map(() => 0), beta: values.map(() => 0), weights };
        return checkAnswer(q, solveAll(kernels, [q], solver), 0, 1e-9);
      };
      const one = solve(p.values, [1, -0.5]);
      expect(Math.abs(one.objective - 2)).toBeLessThanOrEqual(1e-8);
      expect(Math.max(...one.allocation[1]!.slice(1))).toBeLessThanOrEqual(1e-8);
      expect(Math.abs(solve(p.values, [-1, -0.5]).objective)).toBeLessThanOrEqual(1e-8);
      expect(solve([[1, 1, 0]], [-1]).objective).toBe(0);
      expect(solve([[1, 1, 0]], [0.5]).objective).toBe(1);
    }
  });

  it('are not the rule: a batch with weights has its bits', async () => {
    const engine = await createEngine({ threads: 0 });
    try {
      const values = { shape: [3, 2], data: Float64Array.of(1, 2, 3, 1, 0.5, 4) };
      const weights = { shape: [3], data: Float64Array.of(0.1, 1, 0.4) };
      const [one, other] = await Promise.all(
        [profileBatch({ values }), profileBatch({ values, weights })].map((batch) =>
          engine.allocate(fehrSchmidt(), batch),
        ),
      );
      expect([...other!.allocation!]).toEqual([...one!.allocation!]);
      expect(other!.objective).toEqual(one!.objective);
    } finally {
      await engine.close();
    }
  });
});
