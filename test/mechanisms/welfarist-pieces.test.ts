import { describe, expect, it } from 'vitest';
import { leximin } from '../../src/mechanisms/leximin.js';
import { utilitarian } from '../../src/mechanisms/utilitarian.js';
import { welfarist } from '../../src/mechanisms/welfarist.js';
import { Draw } from '../helpers/draw.js';
import { testKernels } from '../helpers/kernels.js';
import { drawInstance, plain, solveInstance, type Instance } from '../helpers/welfare.js';
import { largestWelfare, leximinUtilities, power } from '../oracle/welfare.js';

const kernels = testKernels();

/** A random instance whose agents have up to three pieces beside their values. */
function drawPieces(draw: Draw, family: string, most = { agents: 4, items: 4 }): Instance {
  const { shape, arrays, equal } = drawInstance(draw, family, most);
  const pieces = draw.integer(1, 3);
  const { agents, items } = shape;
  const chance = (p: number) => draw.unit() < p;
  return {
    shape: { ...shape, pieces },
    arrays: {
      ...arrays,
      piece_slopes: draw.reals(agents * pieces * items).map((a) => (chance(0.3) ? 0 : a)),
      piece_constants: draw.reals(agents * pieces, 0, 0.5).map((c) => (chance(0.25) ? Infinity : chance(0.2) ? 0 : c)),
    },
    equal,
  };
}

describe('piecewise linear utilities', () => {
  for (const gamma of [1, 0.5, 0, -1]) {
    it(`agree with an outer approximation by linear programmes: gamma ${gamma}`, () => {
      const draw = new Draw(`pieces ${gamma}`);
      for (const family of ['random', 'sparse', 'integer', 'uncapped', 'mixed caps']) {
        for (let n = 0; n < 2; n++) {
          const instance = drawPieces(draw, family);
          const { status, residual, utilities, objective } = solveInstance(kernels, welfarist, instance, { gamma });
          expect(status[0], `${family} ${n}: residual ${residual[0]}`).toBeLessThanOrEqual(gamma === 1 ? 1 : 0);
          const problem = plain(instance);
          const { value, V } = largestWelfare(problem, gamma);
          const found =
            gamma === 1
              ? objective[0]!
              : V.reduce(
                  (sum, v, i) => (v > 1e-12 ? sum + problem.weights[i]! * power(gamma).value(utilities[i]!) : sum),
                  0,
                );
          expect(Math.abs(found - value), `${family} ${n}`).toBeLessThanOrEqual(2e-7 * Math.max(1, Math.abs(value)));
        }
      }
    });
  }

  it('agree in the utilitarian vertex and in leximin', () => {
    const draw = new Draw('pieces of linear programmes');
    for (const family of ['random', 'sparse', 'integer', 'uncapped']) {
      for (let n = 0; n < 3; n++) {
        const instance = drawPieces(draw, family);
        const problem = plain(instance);
        const vertex = solveInstance(kernels, utilitarian, instance, { select: 'vertex' });
        expect(vertex.status[0]).toBe(0);
        const { value } = largestWelfare(problem, 1);
        expect(Math.abs(vertex.objective[0]! - value)).toBeLessThan(1e-8 * Math.max(1, value));
        const level = solveInstance(kernels, leximin, instance);
        expect(level.status[0]).toBe(0);
        leximinUtilities(problem).forEach((u, i) => expect(Math.abs(level.utilities[i]! - u)).toBeLessThan(2e-6));
      }
    }
  });

  it('with one piece of slope 0 are a cap', () => {
    const draw = new Draw('pieces as caps');
    for (const family of ['random', 'scales']) {
      const { shape, arrays, equal } = drawInstance(draw, family, { agents: 5, items: 4 });
      const { caps, ...others } = arrays;
      const asPieces: Instance = {
        shape: { ...shape, pieces: 1 },
        arrays: {
          ...others,
          piece_constants: caps!,
          piece_slopes: new Float64Array(shape.agents * shape.items),
        },
        equal,
      };
      const capped = solveInstance(kernels, welfarist, { shape, arrays, equal }, { gamma: 0 });
      const pieced = solveInstance(kernels, welfarist, asPieces, { gamma: 0 });
      expect(pieced.status[0]).toBe(0);
      expect(Math.abs(pieced.objective[0]! - capped.objective[0]!)).toBeLessThan(
        1e-8 * Math.max(1, Math.abs(capped.objective[0]!)),
      );
    }
  });

  it('that say nothing change nothing', () => {
    const draw = new Draw('pieces without end');
    const { shape, arrays, equal } = drawInstance(draw, 'random', { agents: 4, items: 4 });
    const more = {
      piece_constants: new Float64Array(shape.agents).fill(Infinity),
      piece_slopes: new Float64Array(shape.agents * shape.items),
    };
    const plainly = solveInstance(kernels, welfarist, { shape, arrays, equal }, { gamma: 0.5 });
    const withThem = solveInstance(
      kernels,
      welfarist,
      { shape: { ...shape, pieces: 1 }, arrays: { ...arrays, ...more }, equal },
      { gamma: 0.5 },
    );
    expect([...withThem.utilities]).toEqual([...plainly.utilities]);
  });

  it('diminishing returns share what a linear utility would give to one', () => {
    // Two agents want one item; the first half of it is worth 1 a unit, the rest 0.25: V = min(x, 0.375 + 0.25 x).
    const shape = { count: 1, agents: 2, items: 1, pieces: 1 };
    const arrays = {
      values: Float64Array.of(1, 0.9),
      piece_slopes: Float64Array.of(0.25, 0.225),
      piece_constants: Float64Array.of(0.375, 0.3375),
    };
    const { utilities, allocation } = solveInstance(kernels, utilitarian, { shape, arrays, equal: [] });
    expect(allocation[0]).toBeCloseTo(0.5, 8);
    expect(utilities[0]).toBeCloseTo(0.5, 8);
    expect(utilities[1]).toBeCloseTo(0.45, 8);
  });
});
