import { expect } from 'vitest';
import { fehrSchmidt } from '../../src/mechanisms/fehr-schmidt.js';
import type { Kernels } from '../../src/wasm/kernels.js';
import { dualBound, dualViolation, objectiveOf, utilitiesOf, type Aversion } from '../oracle/fehr-schmidt.js';
import { rows } from '../oracle/round-robin.js';
import type { Draw } from './draw.js';
import { run } from './run.js';

export const FAMILIES = [
  'random',
  'integers',
  'duplicates',
  'sparse',
  'utilitarian',
  'half averse',
  'rank one',
  'equal',
  'large aversion',
] as const;
export type Family = (typeof FAMILIES)[number];

const table = (n: number, m: number, of: (i: number, j: number) => number): number[][] =>
  Array.from({ length: n }, (_, i) => Array.from({ length: m }, (__, j) => of(i, j)));
const list = (n: number, of: (i: number) => number): number[] => Array.from({ length: n }, (_, i) => of(i));

/** A random or degenerate instance; half of them with shares, magnitudes from 1e-3 to 1e3. */
export function drawAversion(draw: Draw, family: Family, n: number, m: number, scaled = true): Aversion {
  const scale = scaled ? 10 ** draw.integer(-3, 3) : 1;
  const alike = draw.unit() < 0.3;
  const [a, b] = [draw.unit() / 2, draw.unit() / 2];
  const aversion = (of: (x: number) => number) => list(n, () => of(alike ? a : draw.unit() / 2));
  let alpha = aversion((x) => x);
  let beta = list(n, () => (alike ? b : draw.unit() / 2));
  let values = table(n, m, () => draw.unit());
  if (family === 'integers') values = table(n, m, () => draw.integer(0, 2));
  if (family === 'duplicates') {
    for (let i = 1; i < n; i++) {
      if (draw.unit() > 0.6) continue;
      const k = draw.integer(0, i - 1);
      values[i] = [...values[k]!];
      [alpha[i], beta[i]] = [alpha[k]!, beta[k]!];
    }
  }
  if (family === 'sparse') {
    const [nobody, nothing] = [draw.integer(0, 2 * n), draw.integer(0, 2 * m)];
    values = values.map((row, i) => row.map((x, j) => (i === nobody || j === nothing || draw.unit() < 0.6 ? 0 : x)));
  }
  if (family === 'utilitarian') alpha = beta = list(n, () => 0);
  if (family === 'half averse')
    [alpha, beta] = [alpha, beta].map((x) => x.map((y) => (draw.unit() < 0.5 ? 0 : y))) as [number[], number[]];
  if (family === 'rank one') {
    const [c, d] = [list(n, () => draw.unit()), list(m, () => draw.unit())];
    values = table(n, m, (i, j) => c[i]! * d[j]!);
  }
  if (family === 'equal') values = table(n, m, () => 1);
  if (family === 'large aversion') [alpha, beta] = [list(n, () => 3 * draw.unit()), list(n, () => 2 * draw.unit())];
  const shared = draw.unit() < 0.5;
  const share = () => [1, 0.5, 1 / 3, 0.25, draw.unit(), draw.unit(), 0.1, 0, 2][draw.integer(0, 8)]!;
  return {
    values: values.map((row) => row.map((x) => x * scale)),
    alpha,
    beta,
    shares: list(m, () => (shared ? share() : 1)),
  };
}

/** Ways to weigh utilities, the largest weight 1 or below: any, some 0, one alone, some below 0, magnitudes apart, none. */
export const WEIGHTS = ['any', 'some', 'one', 'spite', 'magnitudes', 'none'] as const;

export function drawWeights(draw: Draw, kind: (typeof WEIGHTS)[number], n: number): number[] {
  const one = draw.integer(0, n - 1);
  return list(n, (i) => {
    const x = draw.unit();
    if (kind === 'some') return draw.integer(0, 2) / 2;
    if (kind === 'one') return i === one ? 1 : 0;
    if (kind === 'spite') return 2 * x - 1;
    if (kind === 'magnitudes') return 10 ** (-9 * x);
    return kind === 'none' ? 0 : x;
  });
}

/** Result arrays of a run. */
export interface Solved {
  readonly status: Int32Array;
  readonly residual: Float64Array;
  readonly allocation: Float64Array;
  readonly utilities: Float64Array;
  readonly objective: Float64Array;
  readonly dual: Float64Array;
  readonly dual_bound: Float64Array;
  readonly pivots: Int32Array;
}

/** Solves instances of one shape as a chunk. */
export function solveAll(kernels: Kernels, problems: readonly Aversion[], solver = 'auto'): Solved {
  const [n, m] = [problems[0]!.alpha.length, problems[0]!.shares.length];
  const all = (pick: (p: Aversion) => readonly number[]) => Float64Array.from(problems.flatMap(pick));
  const arrays = {
    values: all((p) => p.values.flat()),
    alpha: all((p) => p.alpha),
    beta: all((p) => p.beta),
    shares: all((p) => p.shares),
    ...(problems[0]!.weights ? { weights: all((p) => p.weights!) } : {}),
  };
  return run(kernels, fehrSchmidt, { count: problems.length, agents: n, items: m }, arrays, {
    solver,
  }) as unknown as Solved;
}

/** The numbers of profile k. */
export function answerAt({ alpha, shares }: Aversion, out: Solved, k = 0) {
  const [n, m] = [alpha.length, shares.length];
  return {
    allocation: rows(out.allocation, k, n, m),
    utilities: [...out.utilities.subarray(k * n, (k + 1) * n)],
    dual: [...out.dual.subarray(k * n, (k + 1) * n)],
    objective: out.objective[k]!,
    bound: out.dual_bound[k]!,
    status: out.status[k]!,
    residual: out.residual[k]!,
    pivots: out.pivots[k]!,
  };
}

/** Checks that an answer is feasible and that its duals prove it optimal to `tolerance`, relatively; returns it. */
export function checkAnswer(p: Aversion, out: Solved, k = 0, tolerance = 1e-12) {
  const answer = answerAt(p, out, k);
  const utopia = dualBound(
    p,
    p.alpha.map(() => 1),
  );
  const { allocation, dual } = answer;
  expect(answer.status).toBe(0);
  expect(answer.residual).toBeLessThanOrEqual(Math.max(1e-12, tolerance));
  p.shares.forEach((b, j) => {
    const column = allocation.map((row) => row[j]!);
    expect(Math.min(...column)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...column)).toBeLessThanOrEqual(Math.min(b, 1));
    expect(column.reduce((x, y) => x + y, 0)).toBeLessThanOrEqual(1 + 1e-14);
  });
  const u = utilitiesOf(p, allocation);
  u.forEach((x, i) => expect(Math.abs(answer.utilities[i]! - x)).toBeLessThanOrEqual(1e-13 * utopia));
  const [objective, bound] = [objectiveOf(p, u), dualBound(p, dual)];
  expect(Math.abs(answer.objective - objective)).toBeLessThanOrEqual(1e-12 * utopia);
  expect(Math.abs(answer.bound - bound)).toBeLessThanOrEqual(1e-12 * utopia);
  const size = Math.max(1, 2 * Math.max(...p.alpha, ...p.beta));
  if (u.length <= 8) expect(dualViolation(p, dual)).toBeLessThanOrEqual(Math.max(1e-12, tolerance) * size);
  expect(Math.abs(bound - objective)).toBeLessThanOrEqual(tolerance * utopia);
  return answer;
}
