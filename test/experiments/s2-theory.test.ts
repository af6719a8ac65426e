import { createEngine, leximin, profileBatch, utilitarian, welfarist, type Engine, type Mechanism } from 'evenhand';
import { afterAll, describe, expect, it } from 'vitest';
import {
  NAMED,
  doubleLog,
  exponential,
  monAtLeast,
  monUtilitarian,
  monWitness,
  nashKeeps,
  nashMon,
  nearNash,
  nneAtLeast,
  nneAtMost,
  nneMany,
  nnePair,
  nneWitness,
  power,
  rangeOf,
  shiftedLog,
  type Welfare,
} from '../../src/experiments/s2/theory.js';
import { Draw } from '../helpers/draw.js';

const engine: Engine = await createEngine({ threads: 0 });
afterAll(() => engine.close());

const ruleOf = (gamma: number) =>
  gamma === -Infinity ? leximin() : gamma === 1 ? utilitarian() : welfarist({ gamma, tolerance: 1e-13 });

/** Agent 0 asks for `row`·x = 0; q and p of that. */
async function effects(
  values: readonly (readonly number[])[],
  row: readonly number[],
  gamma: number,
  rule: Mechanism = ruleOf(gamma),
) {
  const [n, m] = [values.length, values[0]!.length];
  const matrix = new Float64Array(n * m);
  matrix.set(row);
  const zero = { shape: [n, 1], data: new Float64Array(n) };
  const batch = profileBatch({
    values: { shape: [n, m], data: Float64Array.from(values.flat()) },
    constraint_matrix: { shape: [n, 1, m], data: matrix },
    constraint_lower: zero,
    constraint_upper: zero,
  });
  const { agentNne, agentMon, status } = await engine.externality(rule, batch);
  expect(status[0]).toBe(0);
  return { q: agentNne[0]!, p: agentMon[0]! };
}

/** Where a function that rises and then falls is largest. */
function peak(of: (x: number) => number, low: number, high: number): number {
  for (let step = 0; step < 200; step++) {
    const [a, b] = [low + 0.382 * (high - low), low + 0.618 * (high - low)];
    if (of(a) < of(b)) low = a;
    else high = b;
  }
  return (low + high) / 2;
}

/** q and p of two agents, the first of whom asks for its items in proportions c, when Σ f is maximised: by search along the frontier. */
function searched({ f }: Welfare, [v, w]: readonly [number[], number[]], c: readonly number[]) {
  const order = v.map((_, j) => j).sort((i, j) => v[j]! * w[i]! - v[i]! * w[j]!);
  const free = (t: number): [number, number] => {
    let [a, b] = [0, 0];
    order.forEach((j, k) => {
      const share = Math.min(1, Math.max(0, t - k));
      a += share * v[j]!;
      b += (1 - share) * w[j]!;
    });
    return [a, b];
  };
  const worth = c.reduce((sum, x, j) => sum + x * v[j]!, 0);
  const bound = (t: number): [number, number] => [t * worth, w.reduce((sum, x, j) => sum + x * (1 - t * c[j]!), 0)];
  const best = (of: (t: number) => [number, number], high: number) =>
    of(
      peak(
        (t) => {
          const [a, b] = of(t);
          return f(Math.max(a, 1e-300)) + f(Math.max(b, 1e-300));
        },
        0,
        high,
      ),
    );
  const [before, after] = [best(free, v.length), best(bound, 1 / Math.max(...c))];
  return { q: Math.min(1, after[1] / before[1]), p: Math.min(1, before[0] / after[0]) };
}

describe('g(y) = y f′(y) and δ', () => {
  it.each(NAMED)('of $name', (welfare) => {
    for (const y of [0.01, 0.3, 1, 2.5, 20]) {
      const h = 1e-5 * y;
      const slope = (welfare.f(y + h) - welfare.f(y - h)) / (2 * h);
      expect(Math.abs(welfare.g(y) - y * slope)).toBeLessThan(1e-6);
      expect(welfare.f(y + h) - 2 * welfare.f(y) + welfare.f(y - h)).toBeLessThan(1e-12); // concave
    }
    const { low, high } = rangeOf(welfare, 300);
    expect(Math.abs(low / high - welfare.delta)).toBeLessThan(5e-3);
  });

  it('of 2 log y − log(1 + y): from 2 to 1; of the double logarithm from 1 to 0, slowly', () => {
    expect(rangeOf(nearNash).low).toBeCloseTo(1, 12);
    expect(rangeOf(nearNash).high).toBeCloseTo(2, 12);
    expect(rangeOf(doubleLog).low).toBeCloseTo(1 / (60 * Math.LN2), 9);
    expect(rangeOf(exponential).high).toBeCloseTo(1 / Math.E, 2);
    expect(rangeOf(shiftedLog).high).toBeCloseTo(1, 9);
  });
});

describe('Theorem 1: no rule leaves others more than δ / (1 + δ)', () => {
  it.each(NAMED)('two agents attain it for $name', (welfare) => {
    for (const [X, Y] of [
      [1, 1],
      [0.2, 3],
      [5, 0.1],
    ] as const) {
      const { values, q } = nneWitness(welfare, X, Y);
      const [a, c] = [values[0]![0]!, values[1]![1]!];
      // Agent 0 gets x of both items.
      const x = peak((t) => welfare.f(a * t) + welfare.f(c * (1 - t)), 0, 1);
      if (welfare.name !== power(1).name) expect(Math.abs(1 - x - q)).toBeLessThan(1e-6);
      const delta = welfare.g(Y) / welfare.g(X);
      expect(q).toBeCloseTo(nneAtMost(delta), 12);
    }
  });

  it.each([power(0.5), power(0.1), power(0), power(-1), power(-3), exponential, shiftedLog, doubleLog, nearNash])(
    'the kernel gives the witness of $name its share',
    async (welfare) => {
      for (const [X, Y] of [
        [0.4, 2.5],
        [2.5, 0.4],
      ] as const) {
        const { values, q } = nneWitness(welfare, X, Y);
        expect((await effects(values, [1, -1], 0, welfare.rule)).q).toBeCloseTo(q, 5);
      }
    },
  );

  it('Corollary 1: only at γ = 0 does the share not vanish with the scale', async () => {
    const known = {
      1: 1,
      0.5: 0.990099,
      0.1: 0.625202,
      0: 0.5,
      '-1': 0.0909091,
      '-2': 0.044357,
      '-Infinity': 0.009901,
    };
    for (const [gamma, q] of Object.entries(known)) {
      expect(Math.abs(nnePair(Number(gamma), 0.01) - q)).toBeLessThan(1e-6);
      for (const s of [1e-2, 0.5, 3]) {
        const pair = [
          [s, 0],
          [0, 1],
        ];
        expect(Math.abs((await effects(pair, [1, -1], Number(gamma))).q - nnePair(Number(gamma), s))).toBeLessThan(
          1e-5,
        );
      }
    }
    expect(nnePair(0.5, 1e9)).toBeLessThan(1e-8);
    expect(nnePair(-1, 1e-9)).toBeLessThan(1e-4);
  });

  it('Corollary 4: k agents leave the victim 1 / (k + 1)', async () => {
    for (const k of [1, 2, 3, 5]) {
      const n = k + 1;
      // Agent 0 is the victim; every other wants its own item and item 0 in equal amounts, which it values by a hair.
      const values = Array.from({ length: n }, (_, i) =>
        Array.from({ length: n }, (__, m) => (m === i ? 1 : m === 0 ? 1e-9 : 0)),
      ).flat();
      const batch = profileBatch({ values: { shape: [n, n], data: Float64Array.from(values) } });
      const equalItems = Array.from({ length: k }, (_, i) => i + 1);
      for (const rule of [welfarist({ equalItems }), leximin({ equalItems })]) {
        const { agentNne } = await engine.externality(rule, batch, { constrain: 'together' });
        expect(Math.abs(agentNne[1]! - nneMany(k))).toBeLessThan(1e-5);
      }
    }
  });
});

describe('Theorem 2: nobody keeps less than δ / (δ + 3)', () => {
  it('is 1/4 for Nash welfare and 1/7 for 2 log y − log(1 + y)', () => {
    expect(nneAtLeast(1)).toBe(0.25);
    expect(nneAtLeast(nearNash.delta)).toBeCloseTo(1 / 7, 15);
  });

  it.each([power(0), nearNash])(
    'holds on two agents, of whom none keeps less than the δ / (1 + δ) of Theorem 1: $name',
    (welfare) => {
      const draw = new Draw(`theorem 2 ${welfare.name}`);
      let least = 1;
      for (let n = 0; n < 400; n++) {
        const m = draw.integer(2, 4);
        const row = () => [...draw.reals(m, -4, 4)].map((x) => 10 ** x);
        const { q } = searched(welfare, [row(), row()], [...draw.reals(m, 0.01, 1)]);
        least = Math.min(least, q);
      }
      expect(least).toBeGreaterThan(nneAtLeast(welfare.delta));
      expect(least).toBeGreaterThan(nneAtMost(welfare.delta) - 1e-6);
      expect(least).toBeLessThan(nneAtMost(welfare.delta) + 0.1);
    },
  );

  it.each([power(0.5), power(0), power(-1), shiftedLog, nearNash])(
    'the search agrees with the kernel, $name',
    async (welfare) => {
      const draw = new Draw(`search ${welfare.name}`);
      for (let n = 0; n < 4; n++) {
        const [v, w] = [[...draw.reals(2, 0.1, 1)], [...draw.reals(2, 0.1, 1)]];
        const c = [...draw.reals(2, 0.1, 1)];
        const [one, other] = [searched(welfare, [v, w], c), await effects([v, w], [c[1]!, -c[0]!], 0, welfare.rule)];
        expect(one.q).toBeCloseTo(other.q, 5);
        expect(one.p).toBeCloseTo(other.p, 5);
      }
    },
  );

  it('holds among several agents under 2 log y − log(1 + y)', async () => {
    const draw = new Draw('theorem 2, several');
    const [count, n, m] = [100, 4, 3];
    const batch = profileBatch({
      values: { shape: [count, n, m], data: draw.reals(count * n * m, -2, 2).map((x) => 10 ** x) },
      constraint_matrix: { shape: [count, n, 1, m], data: draw.reals(count * n * m, -1, 1) },
      constraint_lower: { shape: [n, 1], data: new Float64Array(n) },
      constraint_upper: { shape: [n, 1], data: new Float64Array(n) },
    });
    const { agentNne, status } = await engine.externality(nearNash.rule, batch);
    expect(Math.max(...status)).toBeLessThanOrEqual(1);
    expect(agentNne.reduce((a, b) => Math.min(a, b), 1)).toBeGreaterThan(nneAtLeast(nearNash.delta));
  });
});

describe('Nash welfare: r + 1/r <= 2 (k + 1) − k (k + 2)/n', () => {
  it('is 1/2 for two agents, and falls to 2 − √3 with their number', () => {
    for (const [n, r] of [
      [2, 0.5],
      [3, 0.381966],
      [6, 0.313859],
      [14, 0.285714],
      [1e12, 2 - Math.sqrt(3)],
    ] as const)
      expect(Math.abs(nashKeeps(n, 1) - r)).toBeLessThan(1e-6);
    expect(nashKeeps(14, 2)).toBeLessThan(nashKeeps(14, 1));
  });

  it('holds on random profiles with caps and any rows, one agent or several constrained', async () => {
    const draw = new Draw('nash bound');
    let nearest = Infinity;
    for (let n = 2; n <= 6; n++) {
      const [count, m] = [60, draw.integer(1, 4)];
      const rows = draw.reals(count * n * m, -1, 1);
      const values = draw.reals(count * n * m).map((v) => v ** 3);
      const k = draw.integer(1, n - 1);
      const lower = Float64Array.from({ length: count * n }, (_, i) => (i % n < k ? 0 : -Infinity));
      const batch = profileBatch({
        values: { shape: [count, n, m], data: values },
        caps: { shape: [count, n], data: draw.reals(count * n, 0.05, 2) },
        constraint_matrix: { shape: [count, n, 1, m], data: rows },
        constraint_lower: { shape: [count, n, 1], data: lower },
      });
      for (const [constrain, many] of [
        ['each', 1],
        ['together', k],
      ] as const) {
        const { agentNne, agentMon } = await engine.externality(welfarist(), batch, { constrain });
        const least = agentNne.reduce((a, b) => Math.min(a, b), 1);
        nearest = Math.min(nearest, least - nashKeeps(n, many));
        expect(least).toBeGreaterThan(nashKeeps(n, many) - 1e-6);
        // Corollary 3: one agent at a time.
        if (many === 1) for (const p of agentMon) expect(p).toBeGreaterThan(nashMon(n) - 1e-6);
      }
    }
    expect(nearest).toBeLessThan(0.5);
  });
});

describe('Theorem 4: p^(1−γ) + p = 1', () => {
  const known = { '0.5': 0.38196601, '0.1': 0.48174985, '0': 0.5, '-1': 0.61803399, '-5': 0.7780896 };

  it('has the known least shares', () => {
    for (const [gamma, p] of Object.entries(known)) expect(monAtLeast(Number(gamma))).toBeCloseTo(p, 7);
    expect(monAtLeast(1)).toBe(0);
    expect(monAtLeast(-2000)).toBeGreaterThan(0.99);
  });

  it.each([
    [0.5, 10, 0.4],
    [0.5, 100, 0.383683],
    [0.5, 1000, 0.382137],
    [-1, 10, 0.653781],
    [-1, 100, 0.621466],
    [-1, 1000, 0.618376],
  ])('γ = %s comes near it at x_0 = %s x_1: %s', async (gamma, k, p) => {
    const witness = monWitness(gamma, k);
    expect(Math.abs(witness.p - p)).toBeLessThan(1e-6);
    // A boundary case: utilities are as good as the root of the gap.
    expect(Math.abs((await effects(witness.values, witness.row, gamma)).p - p)).toBeLessThan(3e-5);
    expect(p).toBeGreaterThan(monAtLeast(gamma));
  });

  it.each([0.5, 0.1, 0, -1, -5])('no random profile goes below, γ = %s', async (gamma) => {
    const draw = new Draw(`theorem 4 ${gamma}`);
    const [count, n, m] = [150, 3, 3];
    const exponents = draw.reals(count * n * m, -2, 2);
    const batch = profileBatch({
      values: { shape: [count, n, m], data: exponents.map((x) => 10 ** x) },
      constraint_matrix: { shape: [count, n, 1, m], data: draw.reals(count * n * m, -1, 1) },
      constraint_lower: { shape: [n, 1], data: new Float64Array(n) },
      constraint_upper: { shape: [n, 1], data: new Float64Array(n) },
    });
    const { agentMon, status } = await engine.externality(ruleOf(gamma), batch);
    expect(Math.max(...status)).toBeLessThanOrEqual(1);
    const least = agentMon.reduce((a, b) => Math.min(a, b), 1);
    expect(least).toBeGreaterThan(monAtLeast(gamma) - 1e-6);
    if (gamma >= 0) expect(least).toBeLessThan(0.95);
  });

  it.each([2, 3, 5, 20])('Nash welfare attains n / (2 n − 1) among %s agents', async (n) => {
    const values = Array.from({ length: n }, (_, i) =>
      Array.from({ length: n }, (__, m) => (i === 0 || m === i ? 1 : 0)),
    );
    // Agent 0 asks for n times as much of item 0 as of all others together; these it gets equally, by symmetry.
    const row = Array.from({ length: n }, (_, m) => (m === 0 ? n - 1 : -n));
    // A boundary case: slacks and their duals vanish together.
    expect(Math.abs((await effects(values, row, 0)).p - nashMon(n))).toBeLessThan(3e-5);
  });

  it.each([1, 9, 99])('the utilitarian rule has no bound: 1 / (M + 1), M = %s', async (M) => {
    const { values, p } = monUtilitarian(M);
    expect((await effects(values, [1, -1], 1)).p).toBeCloseTo(p, 6);
  });
});
