import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { leximin } from '../../src/mechanisms/leximin.js';
import { utilitarian } from '../../src/mechanisms/utilitarian.js';
import { welfarist } from '../../src/mechanisms/welfarist.js';
import { Draw } from '../helpers/draw.js';
import { testKernels } from '../helpers/kernels.js';
import { FAMILIES, drawInstance, plain, solveInstance, type Instance } from '../helpers/welfare.js';
import { largestWelfare, leximinUtilities, welfareOf } from '../oracle/welfare.js';

const kernels = testKernels();

/** Welfare of the utilities that a result holds, over agents that can gain. */
function value(instance: Instance, gamma: number, V: readonly number[], of: readonly number[]): number {
  const { weights } = plain(instance);
  return of.reduce((sum, u, i) => (V[i]! > 1e-12 ? sum + weights[i]! * welfareOf(gamma, u) : sum), 0);
}

describe('agrees with an outer approximation by linear programmes', () => {
  for (const gamma of [1, 0.5, 0.1, 0, -1]) {
    it(`gamma ${gamma}`, () => {
      const draw = new Draw(`welfarist oracle ${gamma}`);
      for (const family of ['random', 'sparse', 'integer', 'identical agents', 'uncapped', 'mixed caps']) {
        for (let n = 0; n < 2; n++) {
          const instance = drawInstance(draw, family, { agents: 4, items: 4 });
          const result = solveInstance(kernels, welfarist, instance, { gamma });
          expect(result.status[0], `${family} ${n}`).toBe(0);
          const oracle = largestWelfare(plain(instance), gamma);
          const found = gamma === 1 ? result.objective[0]! : value(instance, gamma, oracle.V, [...result.utilities]);
          const accuracy = gamma === 1 ? 1e-8 : 1e-7;
          expect(Math.abs(found - oracle.value), `${family} ${n}`).toBeLessThanOrEqual(
            accuracy * Math.max(1, Math.abs(oracle.value)),
          );
        }
      }
    });
  }

  it('leximin agrees with a programme an agent and level', () => {
    const draw = new Draw('leximin oracle');
    for (const family of ['random', 'sparse', 'integer', 'identical agents', 'mixed caps']) {
      for (let n = 0; n < 2; n++) {
        const instance = drawInstance(draw, family, { agents: 4, items: 4 });
        const result = solveInstance(kernels, leximin, instance);
        expect(result.status[0]).toBe(0);
        const expected = leximinUtilities(plain(instance));
        expected.forEach((u, i) =>
          expect(Math.abs(result.utilities[i]! - u), `${family} ${n} agent ${i}`).toBeLessThan(1e-6),
        );
      }
    }
  });
});

interface KnownCase {
  readonly n: number;
  readonly m: number;
  readonly v: number[][];
  readonly agents: {
    readonly B: number | null;
    readonly groups?: number[][];
    readonly props?: number[];
    readonly eps?: number;
  }[];
  readonly V: Record<string, number | number[]>;
}

/** A case of the file as arrays. */
function instanceOf({ n, m, v, agents }: KnownCase): Instance {
  const groups = Math.max(0, ...agents.map((a) => a.groups?.length ?? 0));
  const arrays: Record<string, Float64Array | Int32Array> = {
    values: Float64Array.from(v.flat()),
    caps: Float64Array.from(agents, ({ B }) => B ?? Infinity),
  };
  if (groups > 0) {
    arrays.groups = Int32Array.from(
      agents.flatMap((a) => Array.from({ length: m }, (_, j) => a.groups?.findIndex((g) => g.includes(j)) ?? -1)),
    );
    arrays.proportions = Float64Array.from(
      agents.flatMap((a) => Array.from({ length: groups }, (_, r) => a.props?.[r] ?? 0)),
    );
    arrays.proportion_eps = Float64Array.from(agents, ({ eps }) => eps ?? 0);
  }
  return { shape: { count: 1, agents: n, items: m, groups }, arrays, equal: [] };
}

describe('the cases of the file of known answers', () => {
  const { cases } = JSON.parse(readFileSync(new URL('../fixtures/welfare/cases.json', import.meta.url), 'utf8')) as {
    cases: KnownCase[];
  };
  cases.forEach((known, c) => {
    for (const [gamma, expected] of Object.entries(known.V)) {
      it(`case ${c}, ${gamma}`, () => {
        const instance = instanceOf(known);
        if (gamma === '1') {
          for (const select of ['entropy', 'vertex']) {
            const result = solveInstance(kernels, utilitarian, instance, { select });
            expect(result.objective[0]).toBeCloseTo(expected as number, 9);
          }
          return;
        }
        const result =
          gamma === 'leximin'
            ? solveInstance(kernels, leximin, instance)
            : solveInstance(kernels, welfarist, instance, { gamma: Number(gamma) });
        expect(result.status[0]).toBe(0);
        (expected as number[]).forEach((u, i) => expect(Math.abs(result.utilities[i]! - u)).toBeLessThan(2e-7));
      });
    }
  });
});

describe('every answer is certified', () => {
  const draw = new Draw('welfarist certificates');
  for (const family of FAMILIES) {
    it(family, () => {
      for (let n = 0; n < 12; n++) {
        const instance = drawInstance(draw, family, { agents: 8, items: 6 });
        for (const gamma of [1, 0.5, 0, -1]) {
          const { status, residual, objective, dual_bound } = solveInstance(kernels, welfarist, instance, { gamma });
          expect(status[0], `${n} gamma ${gamma} residual ${residual[0]}`).toBeLessThanOrEqual(1);
          expect(dual_bound[0]! - objective[0]!).toBeGreaterThanOrEqual(-1e-9 * Math.max(1, Math.abs(objective[0]!)));
        }
        for (const result of [
          solveInstance(kernels, leximin, instance),
          solveInstance(kernels, utilitarian, instance, { select: 'vertex' }),
        ]) {
          expect(result.status[0]).toBe(0);
          expect(result.residual[0]).toBeLessThan(1e-10);
        }
      }
    });
  }
});
