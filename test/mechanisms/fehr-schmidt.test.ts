import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Kernels } from '../../src/wasm/kernels.js';
import { Draw } from '../helpers/draw.js';
import { FAMILIES, checkAnswer, drawAversion, solveAll } from '../helpers/fehr-schmidt.js';
import { testKernels } from '../helpers/kernels.js';
import { optimum, type Aversion } from '../oracle/fehr-schmidt.js';

let kernels: Kernels;
beforeAll(() => {
  kernels = testKernels();
});

interface Case {
  readonly a: number[][];
  readonly b: number[];
  readonly alpha: number[];
  readonly beta: number[];
  readonly objective: number;
  readonly u: number[];
  readonly y: number[];
  readonly pivots: number;
}

const cases = JSON.parse(
  readFileSync(new URL('../fixtures/fehr-schmidt/cases.json', import.meta.url), 'utf8'),
) as Case[];

describe('fehr-schmidt', () => {
  it.each(cases.map((each, k) => [k, each] as const))(
    'meets fixture %i by every solver',
    (_, { a, b, alpha, beta, ...found }) => {
      const p = { values: a, shares: b, alpha, beta };
      for (const solver of ['auto', 'simplex', 'ipm']) {
        const answer = checkAnswer(p, solveAll(kernels, [p], solver), 0, solver === 'ipm' ? 1e-9 : 1e-12);
        expect(Math.abs(answer.objective - found.objective)).toBeLessThanOrEqual(solver === 'ipm' ? 1e-9 : 1e-12);
        found.u.forEach((u, i) => expect(Math.abs(answer.utilities[i]! - u)).toBeLessThanOrEqual(1e-8));
        found.y.forEach((y, i) => expect(Math.abs(answer.dual[i]! - y)).toBeLessThanOrEqual(1e-8));
        if (solver === 'simplex') expect(answer.pivots).toBe(found.pivots);
      }
    },
  );

  it.each(FAMILIES)('proves its answers optimal, and both solvers agree: %s', (family) => {
    const draw = new Draw(family);
    for (let k = 0; k < 60; k++) {
      const p = drawAversion(draw, family, draw.integer(1, 12), draw.integer(1, 12));
      const best = checkAnswer(p, solveAll(kernels, [p]));
      const inner = checkAnswer(p, solveAll(kernels, [p], 'ipm'), 0, 1e-9);
      const simplex = checkAnswer(p, solveAll(kernels, [p], 'simplex'));
      for (const other of [inner, simplex])
        expect(Math.abs(best.objective - other.objective)).toBeLessThanOrEqual(1e-9 * Math.max(best.bound, 1e-300));
    }
  });

  it.each(FAMILIES)('is as good as HiGHS on the programme as printed: %s', (family) => {
    const draw = new Draw(`highs ${family}`);
    for (let k = 0; k < 8; k++) {
      const p = drawAversion(draw, family, draw.integer(2, 6), draw.integer(1, 5), false);
      const { objective } = checkAnswer(p, solveAll(kernels, [p]));
      expect(Math.abs(objective - optimum(p))).toBeLessThanOrEqual(1e-9);
    }
  });

  it('solves larger ones, of up to 60 agents', () => {
    const draw = new Draw('large');
    for (const family of FAMILIES) {
      const p = drawAversion(draw, family, draw.integer(20, 60), draw.integer(2, 40));
      const { pivots } = checkAnswer(p, solveAll(kernels, [p]));
      expect(pivots).toBeGreaterThan(0);
    }
  });

  it.each([
    ['half averse', 532],
    ['half averse', 911],
    ['rank one', 56],
    ['rank one', 1021],
  ] as const)('the interior point gets past rounds of short steps: %s %i', (family, k) => {
    const p = drawAversion(new Draw(`interior ${k}`), family, 55, 12);
    const inner = checkAnswer(p, solveAll(kernels, [p], 'ipm'), 0, 1e-9);
    const { objective, bound } = checkAnswer(p, solveAll(kernels, [p]));
    expect(Math.abs(inner.objective - objective)).toBeLessThanOrEqual(1e-9 * bound);
  });

  it('needs no more steps than there is room for: 60 agents aligned with 40 items', () => {
    const p = drawAversion(new Draw('aligned'), 'rank one', 60, 40);
    checkAnswer(p, solveAll(kernels, [p]));
  });

  const shapes = [
    [2, 1],
    [2, 7],
    [3, 4],
    [5, 5],
    [8, 3],
  ] as const;

  it.each(shapes)('gives a profile the same bits alone and in a chunk, %i agents and %i items', (n, m) => {
    const draw = new Draw(`chunk ${n} ${m}`);
    const problems = Array.from({ length: 20 }, (_, k) => drawAversion(draw, FAMILIES[k % FAMILIES.length]!, n, m));
    for (const solver of ['auto', 'ipm']) {
      const together = solveAll(kernels, problems, solver);
      problems.forEach((p, k) => {
        const alone = solveAll(kernels, [p], solver);
        for (const name of [
          'allocation',
          'utilities',
          'objective',
          'dual',
          'dual_bound',
          'pivots',
          'status',
        ] as const) {
          const each = alone[name].length;
          expect([...together[name].subarray(k * each, (k + 1) * each)]).toEqual([...alone[name]]);
        }
      });
    }
  });

  it('finds the same objective whatever the order of agents and items', () => {
    const draw = new Draw('permuted');
    for (const family of FAMILIES) {
      const p = drawAversion(draw, family, 7, 6);
      const [agents, items] = [draw.permutation(7), draw.permutation(6)];
      const q: Aversion = {
        values: agents.map((i) => items.map((j) => p.values[i]![j]!)),
        alpha: agents.map((i) => p.alpha[i]!),
        beta: agents.map((i) => p.beta[i]!),
        shares: items.map((j) => p.shares[j]!),
      };
      const [one, other] = [p, q].map((each) => checkAnswer(each, solveAll(kernels, [each])));
      expect(Math.abs(one!.objective - other!.objective)).toBeLessThanOrEqual(1e-13 * one!.bound);
    }
  });

  it('gives the same bits in units that are a power of two apart', () => {
    const draw = new Draw('units');
    for (const family of FAMILIES) {
      const p = drawAversion(draw, family, 6, 5);
      const out = solveAll(kernels, [p, { ...p, values: p.values.map((row) => row.map((x) => 1024 * x)) }]);
      expect([...out.allocation.subarray(30)]).toEqual([...out.allocation.subarray(0, 30)]);
      expect(out.objective[1]).toBe(1024 * out.objective[0]!);
    }
  });

  it('is not changed by an item cut in two', () => {
    const draw = new Draw('cut');
    const p = drawAversion(draw, 'random', 5, 4, false);
    const whole = { ...p, shares: p.shares.map(() => 1) };
    const cut = {
      ...whole,
      values: p.values.map((row) => [...row.slice(0, 3), row[3]! / 3, (2 * row[3]!) / 3]),
      shares: [1, 1, 1, 1, 1],
    };
    const [one, other] = [whole, cut].map((each) => checkAnswer(each, solveAll(kernels, [each])));
    expect(Math.abs(one!.objective - other!.objective)).toBeLessThanOrEqual(1e-13);
  });

  it('treats agents that are alike alike where the interior point solves', () => {
    const draw = new Draw('alike');
    const p = drawAversion(draw, 'random', 5, 4, false);
    const twins = {
      values: [...p.values, p.values[0]!],
      alpha: [...p.alpha, p.alpha[0]!],
      beta: [...p.beta, p.beta[0]!],
      shares: p.shares.map(() => 1),
    };
    const { utilities } = checkAnswer(twins, solveAll(kernels, [twins], 'ipm'), 0, 1e-9);
    expect(Math.abs(utilities[0]! - utilities[5]!)).toBeLessThanOrEqual(1e-8);
  });
});

describe('fehr-schmidt at the edges', () => {
  const averse = (values: number[][], alpha: number, beta: number, shares = values[0]!.map(() => 1)): Aversion => ({
    values,
    alpha: values.map(() => alpha),
    beta: values.map(() => beta),
    shares,
  });

  it('gives one agent everything that it values', () => {
    const p = averse([[2, 0, 1]], 1, 1, [1, 1, 0.5]);
    const { allocation, objective, dual } = checkAnswer(p, solveAll(kernels, [p]));
    expect([allocation[0], objective, dual[0]]).toEqual([[1, 0, 0.5], 2.5, 1]);
  });

  it('answers a profile in which nothing is worth anything by nothing', () => {
    for (const n of [1, 2, 3, 5]) {
      const p = averse(
        Array.from({ length: n }, () => [0, 0]),
        0.3,
        0.2,
      );
      const { allocation, objective, bound, pivots } = checkAnswer(p, solveAll(kernels, [p]));
      expect([allocation.flat().some((x) => x !== 0), objective, bound, pivots]).toEqual([false, 0, 0, 0]);
    }
  });

  it('throws away what would only do harm', () => {
    // Being ahead by 1 costs agent 0 β = 2 and the others α = 2 each: nobody may have anything that the others cannot have.
    for (const n of [2, 3, 4]) {
      const p = averse(
        Array.from({ length: n }, (_, i) => [i === 0 ? 1 : 0]),
        2,
        2,
      );
      for (const solver of ['auto', 'simplex', 'ipm']) {
        const { objective } = checkAnswer(p, solveAll(kernels, [p], solver), 0, solver === 'ipm' ? 1e-9 : 1e-12);
        expect(Math.abs(objective)).toBeLessThanOrEqual(1e-9);
      }
    }
  });

  it('lets nobody have what the shares forbid', () => {
    const p = averse(
      [
        [1, 5],
        [2, 7],
        [3, 6],
      ],
      0.1,
      0.1,
      [0.25, 0],
    );
    const { allocation } = checkAnswer(p, solveAll(kernels, [p]));
    expect(allocation.map((row) => row[1])).toEqual([0, 0, 0]);
    expect(allocation.map((row) => row[0])).toEqual([0.25, 0.25, 0.25]);
  });

  it('bears magnitudes far apart', () => {
    const draw = new Draw('magnitudes');
    for (let k = 0; k < 40; k++) {
      const n = draw.integer(2, 6);
      const p = averse(
        Array.from({ length: n }, () => Array.from({ length: 4 }, () => 10 ** draw.integer(-9, 6) * draw.unit())),
        draw.unit(),
        draw.unit(),
      );
      checkAnswer(p, solveAll(kernels, [p]), 0, 1e-9);
    }
  });

  it('hands over to the interior point where the proof of the simplex does not hold', () => {
    const draw = new Draw('hand over');
    let handed = 0;
    for (let k = 0; k < 30; k++) {
      const n = draw.integer(3, 10);
      const scale = Array.from({ length: n }, () => 10 ** draw.integer(-6, 6));
      const p = averse(
        scale.map((unit) => Array.from({ length: 5 }, () => unit * draw.unit())),
        draw.unit() / 2,
        draw.unit() / 2,
      );
      const [auto, simplex, ipm] = ['auto', 'simplex', 'ipm'].map((solver) => solveAll(kernels, [p], solver));
      checkAnswer(p, auto!, 0, 1e-9);
      const from = simplex!.status[0] === 0 ? simplex! : ipm!;
      expect([...auto!.allocation]).toEqual([...from.allocation]);
      if (from === simplex) continue;
      handed++;
      expect([simplex!.status[0], simplex!.residual[0], simplex!.pivots[0]]).toEqual([2, Infinity, -1]);
    }
    expect(handed).toBeGreaterThan(5);
    expect(handed).toBeLessThan(30);
  });

  it('says so where numbers overflow, and leaves the neighbours their bits', () => {
    const p = averse(
      [
        [1, 2],
        [2, 1],
        [1, 1],
      ],
      0.2,
      0.2,
    );
    const huge = averse(
      [
        [1e308, 1e308],
        [1e308, 1e308],
        [1e308, 1e308],
      ],
      5,
      5,
    );
    const out = solveAll(kernels, [p, huge, p]);
    expect([...out.status]).toEqual([0, 5, 0]);
    expect([out.residual[1], out.objective[1], out.pivots[1]]).toEqual([Infinity, 0, -1]);
    expect([...out.allocation.subarray(6, 12)]).toEqual([0, 0, 0, 0, 0, 0]);
    expect([...out.allocation.subarray(12)]).toEqual([...out.allocation.subarray(0, 6)]);
  });
});
