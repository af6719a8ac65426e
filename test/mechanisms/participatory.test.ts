import { InputError, createEngine, fehrSchmidt, leximin, participatory, profileBatch } from 'evenhand';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Kernels } from '../../src/wasm/kernels.js';
import { Draw } from '../helpers/draw.js';
import { FAMILIES, WEIGHTS, drawWeights, solveAll } from '../helpers/fehr-schmidt.js';
import { testKernels } from '../helpers/kernels.js';
import { drawMix, mixArrays, solveMixes } from '../helpers/participatory.js';
import { OBJECTIVES, mixedObjective, mixedOptimum, type Mix } from '../oracle/participatory.js';
import { rows } from '../oracle/round-robin.js';

let kernels: Kernels;
beforeAll(() => {
  kernels = testKernels();
});

/** Mixes that use each objective alone beside own utility, then all of them, then altruism and spite. */
const MIXES = [...OBJECTIVES.slice(1).map((name) => ['own', name]), [...OBJECTIVES], ['mean', 'floor', 'max-envy']];

function checkMix(p: Mix): number {
  const [n, m] = [p.values.length, p.shares.length];
  const out = solveMixes(kernels, [p]);
  const allocation = rows(out.allocation, 0, n, m);
  const objective = mixedObjective(p, allocation);
  expect([out.status[0], out.residual[0]! <= 1e-12]).toEqual([0, true]);
  expect(Math.abs(out.objective[0]! - objective)).toBeLessThanOrEqual(1e-12);
  for (let j = 0; j < m; j++) {
    const column = allocation.map((row) => row[j]!);
    expect(Math.min(...column)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...column)).toBeLessThanOrEqual(Math.min(1, p.shares[j]!));
    expect(column.reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(1 + 1e-14);
  }
  return objective;
}

describe('participatory', () => {
  it.each(MIXES.map((parts) => [parts.join(', '), parts] as const))(
    'is as good as HiGHS on the programme written out: %s',
    (name, parts) => {
      const draw = new Draw(name);
      for (const family of FAMILIES) {
        for (const spite of [false, true]) {
          const p = drawMix(draw, family, draw.integer(1, 6), draw.integer(1, 5), parts, spite);
          expect(Math.abs(checkMix(p) - mixedOptimum(p))).toBeLessThanOrEqual(1e-9);
        }
      }
    },
  );

  it('is as good as the best of a grid of all allocations, and no better than what its duals allow', () => {
    const draw = new Draw('grid');
    const parts = 10;
    for (let k = 0; k < 12; k++) {
      const mix = drawMix(draw, 'random', 2, 2, MIXES[k % MIXES.length]!);
      const p = { ...mix, shares: [1, 1] };
      const best = checkMix(p);
      let found = 0;
      const splits = Array.from({ length: parts + 1 }, (_, a) =>
        Array.from({ length: parts + 1 - a }, (__, b) => [a / parts, b / parts]),
      ).flat();
      for (const [a, b] of splits as [number, number][])
        for (const [c, d] of splits as [number, number][])
          found = Math.max(
            found,
            mixedObjective(p, [
              [a, c],
              [b, d],
            ]),
          );
      expect(found).toBeLessThanOrEqual(best + 1e-12);
      // A step of the grid moves the objective by little.
      expect(found).toBeGreaterThanOrEqual(best - 12 / parts);
      expect(best).toBeGreaterThanOrEqual(0);
    }
  });

  it('is the Fehr-Schmidt rule where every utility counts alike and nothing else is minded, and its linear programme too', () => {
    const draw = new Draw('alike');
    for (const family of FAMILIES) {
      const mix = drawMix(draw, family, 5, 4, []);
      const p = { ...mix, theta: mix.values.map(() => [0.5, 0, 0, 0.5, 0, 0, 0]) };
      const [own, rule] = [solveMixes(kernels, [p]), solveAll(kernels, [p])];
      expect([...own.allocation]).toEqual([...rule.allocation]);
      expect([...own.pivots]).toEqual([...rule.pivots]);
      expect(Math.abs(own.objective[0]! - rule.objective[0]! / 2)).toBeLessThanOrEqual(1e-15 * rule.objective[0]!);
      expect(own.envy_duals.every((x) => x === 0)).toBe(true);
      // The linear programme agrees: a floor goes there, however little it counts.
      const nearly = { ...p, theta: p.theta.map((row) => [...row.slice(0, 6), 1e-14]) };
      expect(Math.abs(checkMix(nearly) - own.objective[0]!)).toBeLessThanOrEqual(
        1e-11 * Math.max(1, own.objective[0]!),
      );
    }
  });

  it.each(FAMILIES)(
    'solves utilities that count differently as HiGHS and its own linear programme do: %s',
    (family) => {
      const draw = new Draw(`differently ${family}`);
      for (const kind of WEIGHTS) {
        for (const n of [2, 3, 6]) {
          const mix = drawMix(draw, family, n, 4, ['mean', 'chen-kempe']);
          const own = drawWeights(draw, kind, n);
          const linear = draw.unit() < 0.5 ? 0 : 0.3;
          const p = {
            ...mix,
            theta: mix.theta.map((row, i) => [
              own[i]!,
              linear * row[1]!,
              linear * row[2]!,
              draw.integer(0, 2),
              0,
              0,
              0,
            ]),
          };
          const found = checkMix(p);
          expect(Math.abs(found - mixedOptimum(p))).toBeLessThanOrEqual(1e-9);
          const floor = checkMix({ ...p, theta: p.theta.map((row) => [...row.slice(0, 6), 1e-15]) });
          expect(Math.abs(found - floor)).toBeLessThanOrEqual(1e-11);
        }
      }
    },
  );

  it('is the Fehr-Schmidt rule where aversion is moved into what utilities count', () => {
    // Minding to be behind by t more and to be ahead by t less adds t (u_i − u_k) for every other agent k: own utility and the mean take it back.
    const draw = new Draw('moved');
    for (const family of FAMILIES) {
      for (const n of [2, 5]) {
        const plain = drawMix(draw, family, n, 4, []);
        const moved = plain.beta.map((b) => b * draw.unit());
        const p = {
          ...plain,
          alpha: plain.alpha.map((a, i) => a + moved[i]!),
          beta: plain.beta.map((b, i) => b - moved[i]!),
          theta: moved.map((t) => [1 - (n * t) / (n - 1), (n * t) / (n - 1), 0, 1, 0, 0, 0]),
        };
        const rule = solveAll(kernels, [plain]);
        expect(Math.abs(checkMix(p) - rule.objective[0]!)).toBeLessThanOrEqual(1e-11);
      }
    }
  });

  it('gives the same allocation where all weights are four times as large', () => {
    const draw = new Draw('four times');
    for (const kind of WEIGHTS) {
      const mix = drawMix(draw, 'random', 6, 5, []);
      const theta = drawWeights(draw, kind, 6).map((w) => [w, 0.1, 0, 0.5, 0, 0, 0]);
      const four = theta.map((row) => row.map((x) => 4 * x));
      const [one, other] = [theta, four].map((each) => solveMixes(kernels, [{ ...mix, theta: each }]));
      expect([...other!.allocation]).toEqual([...one!.allocation]);
      expect([...other!.dual]).toEqual([...one!.dual].map((y) => 4 * y));
      expect(other!.objective[0]).toBe(4 * one!.objective[0]!);
    }
  });

  it('bears aversion that outweighs utilities by far, and utilities of which rounding is all that is left', () => {
    const draw = new Draw('outweighs');
    for (const weight of [1e-3, 1e-6, 1e-12, 0.1 + 0.2 - 0.3, 0]) {
      for (const n of [2, 4, 7]) {
        const mix = drawMix(draw, 'random', n, 5, []);
        checkMix({ ...mix, theta: mix.values.map((_, i) => [i % 3 === 1 ? 0 : weight, 0, 0, 2, 0, 0, 0]) });
      }
    }
  });

  it('with the floor alone gives the poorest what leximin gives it; with own utility alone everything to who values it most', async () => {
    const engine = await createEngine({ threads: 0 });
    try {
      const draw = new Draw('ends');
      const values = { shape: [20, 4, 3], data: Float64Array.from({ length: 240 }, () => draw.unit()) };
      const batch = profileBatch({ values });
      const floor = await engine.allocate(participatory({ objectives: ['floor'] }), batch);
      const fair = await engine.allocate(leximin(), batch);
      for (let k = 0; k < 20; k++) {
        const [one, other] = [floor, fair].map(({ utilities }) => Math.min(...utilities!.subarray(4 * k, 4 * k + 4)));
        expect(Math.abs(one! - other!)).toBeLessThanOrEqual(1e-9);
        expect(Math.abs(floor.objective![k]! - 4 * one!)).toBeLessThanOrEqual(1e-9);
      }
      const own = await engine.allocate(participatory({ objectives: ['own'] }), batch);
      for (let k = 0; k < 20; k++) {
        const most = [0, 1, 2].map((j) => Math.max(...[0, 1, 2, 3].map((i) => values.data[12 * k + 3 * i + j]!)));
        expect(Math.abs(own.objective![k]! - most.reduce((a, b) => a + b, 0))).toBeLessThanOrEqual(1e-14);
      }
      const both = await engine.allocate(participatory(), batch);
      const rule = await engine.allocate(fehrSchmidt(), batch);
      expect([...both.allocation!]).toEqual([...rule.allocation!]);
    } finally {
      await engine.close();
    }
  });

  it('takes weights by option for all agents or for each, and arrays in their place', async () => {
    const engine = await createEngine({ threads: 0 });
    try {
      const mix = drawMix(new Draw('ways'), 'random', 3, 3, [...OBJECTIVES]);
      const { theta_own, theta_floor, theta_max_envy, ...others } = mixArrays([mix]);
      const of = (data: Float64Array, ...shape: number[]) => ({ shape, data });
      const values = of(others.values!, 3, 3);
      const theta = [0, 1, 2].map((i) => [theta_own![i]!, theta_floor![i]!, theta_max_envy![i]!]);
      const option = await engine.allocate(
        participatory({ objectives: ['own', 'floor', 'max-envy'], theta }),
        profileBatch({ values }),
      );
      const arrays = profileBatch({
        values,
        theta_own: of(theta_own!, 3),
        theta_floor: of(theta_floor!, 3),
        theta_max_envy: of(theta_max_envy!, 3),
      });
      const array = await engine.allocate(participatory({ theta: [7] }), arrays);
      expect([...array.allocation!]).toEqual([...option.allocation!]);
      expect(array.objective).toEqual(option.objective);
      const [flat, table] = [
        participatory({ objectives: ['own', 'floor'], theta: [1, 2] }),
        participatory({
          objectives: ['own', 'floor'],
          theta: [
            [1, 2],
            [1, 2],
            [1, 2],
          ],
        }),
      ];
      const [one, other] = await Promise.all(
        [flat, table].map((rule) => engine.allocate(rule, profileBatch({ values }))),
      );
      expect([...one!.allocation!]).toEqual([...other!.allocation!]);
      await expect(
        engine.allocate(
          participatory({
            objectives: ['own', 'floor'],
            theta: [
              [1, 2],
              [1, 2],
            ],
          }),
          profileBatch({ values }),
        ),
      ).rejects.toThrow('option theta of participatory has 2 rows, expected 1 or 3, one for each agent');
      await expect(
        engine.allocate(participatory({ objectives: ['own', 'floor'], theta: [1, 2, 3] }), profileBatch({ values })),
      ).rejects.toThrow('option theta of participatory has 3 numbers, expected 2, one for each of own, floor');
    } finally {
      await engine.close();
    }
  });

  it('refuses what is not concave with one sentence, and takes what is', async () => {
    const engine = await createEngine({ threads: 0 });
    const values = { shape: [2, 2], data: Float64Array.of(0.9, 0.4, 0.3, 0.8) };
    const pair = (...data: number[]) => ({ shape: [2], data: Float64Array.from(data) });
    const solve = (arrays: object) =>
      engine.allocate(participatory(), profileBatch({ values, theta_own: pair(1, 1), ...arrays }));
    try {
      expect(() => participatory({ objectives: ['own', 'indicator' as 'own'] })).toThrow(
        /^option objectives of participatory is own,indicator, expected some of own, mean, .*, floor, each once; an indicator of who has more jumps, so no mix with it is concave$/,
      );
      for (const [arrays, message] of [
        [
          { theta_max_envy: pair(0, -0.2) },
          /^theta_max_envy\[1\] is -0.2, expected a number >= 0: a liking for envy is not concave/,
        ],
        [{ theta_network_envy: pair(-1, 0) }, /^theta_network_envy\[0\] is -1, expected a number >= 0/],
        [{ theta_floor: pair(0.5, -0.7) }, /^theta_floor\[1\] is -0.7, expected weights that add up to 0 or more/],
        [
          { theta_fehr_schmidt: pair(0.5, -0.7) },
          /^theta_fehr_schmidt\[1\] is -0.7, expected more: it is not concave that agents 1 and 0 together gain/,
        ],
      ] as const) {
        await expect(solve(arrays)).rejects.toThrow(message);
        await expect(solve(arrays)).rejects.toBeInstanceOf(InputError);
      }
      for (const arrays of [
        { theta_floor: pair(0.7, -0.5) },
        { theta_fehr_schmidt: pair(0.7, -0.5) },
        { theta_mean: pair(-0.3, -0.2), theta_chen_kempe: pair(-0.5, 0.1) },
        { theta_fehr_schmidt: pair(-0.5, -0.5), alpha: pair(0, 0), beta: pair(0, 0) },
      ])
        expect([...(await solve(arrays)).status]).toEqual([0]);
    } finally {
      await engine.close();
    }
  });

  it('gives a profile the same bits alone and in a chunk', () => {
    const draw = new Draw('chunk');
    const problems = Array.from({ length: 16 }, (_, k) =>
      drawMix(draw, FAMILIES[k % FAMILIES.length]!, 4, 3, MIXES[k % MIXES.length]!),
    );
    const together = solveMixes(kernels, problems);
    problems.forEach((p, k) => {
      const alone = solveMixes(kernels, [p]);
      for (const name of [
        'allocation',
        'dual',
        'envy_duals',
        'dual_bound',
        'objective',
        'pivots',
        'residual',
      ] as const) {
        const each = alone[name].length;
        expect([...together[name].subarray(k * each, (k + 1) * each)]).toEqual([...alone[name]]);
      }
    });
  });

  it('finds the same objective whatever the order of agents, and twice as much in half the units', () => {
    const draw = new Draw('order');
    for (const parts of MIXES) {
      const p = drawMix(draw, 'random', 5, 4, parts);
      const agents = draw.permutation(5);
      const q: Mix = {
        values: agents.map((i) => p.values[i]!),
        alpha: agents.map((i) => p.alpha[i]!),
        beta: agents.map((i) => p.beta[i]!),
        shares: p.shares,
        theta: agents.map((i) => p.theta[i]!),
        network: agents.map((i) => agents.map((k) => p.network[i]![k]!)),
      };
      expect(Math.abs(checkMix(p) - checkMix(q))).toBeLessThanOrEqual(1e-12);
      const twice = { ...p, values: p.values.map((row) => row.map((x) => 2 * x)) };
      const [one, other] = [p, twice].map((each) => solveMixes(kernels, [each]));
      expect([...other!.allocation]).toEqual([...one!.allocation]);
      expect(other!.objective[0]).toBe(2 * one!.objective[0]!);
    }
  });

  it('answers agents who value nothing, weights of 0 and shares of 0 with nothing', () => {
    const mix = drawMix(new Draw('nothing'), 'random', 3, 2, [...OBJECTIVES]);
    const zero = (of: readonly (readonly number[])[]) => of.map((row) => row.map(() => 0));
    for (const p of [
      { ...mix, values: zero(mix.values) },
      { ...mix, theta: zero(mix.theta) },
      { ...mix, shares: [0, 0] },
    ])
      expect(checkMix(p)).toBe(0);
  });

  it.each(MIXES.map((parts) => [parts.join(', '), parts] as const))(
    'finds the same by amounts and by prices, of which it takes the smaller programme: %s',
    (name, parts) => {
      const draw = new Draw(`worthless ${name}`);
      for (const family of FAMILIES) {
        const p = drawMix(draw, family, 4, 2, parts, true);
        // Worthless items add four rows each to the one and one row to the other.
        const more = (k: number): Mix => ({
          ...p,
          values: p.values.map((row) => [...row, ...Array<number>(k).fill(0)]),
          shares: [...p.shares, ...Array<number>(k).fill(1)],
        });
        const [first, ...others] = [0, 4, 8, 12].map((k) => checkMix(more(k)));
        for (const other of others) expect(Math.abs(other - first!)).toBeLessThanOrEqual(1e-11);
      }
    },
  );

  it('solves 46 agents with both kinds of envy, which are 4140 edges', () => {
    checkMix(drawMix(new Draw('edges'), 'random', 46, 2, ['own', 'max-envy', 'network-envy']));
  });

  it('leaves a profile without an answer where its programme would be too large, and its neighbours theirs', () => {
    const draw = new Draw('large');
    const n = 64; // 2 · 64 · 63 rows of envy, or 64 · 64 of amounts
    const heavy = drawMix(draw, 'random', n, n, ['own', 'max-envy', 'network-envy']);
    const light = { ...heavy, theta: heavy.theta.map(() => [1, 0, 0, 1, 0, 0, 0]) };
    const out = solveMixes(kernels, [heavy, light]);
    expect([...out.status]).toEqual([2, 0]);
    expect([out.residual[0], out.pivots[0], out.objective[0]]).toEqual([Infinity, -1, 0]);
    expect([...out.allocation.subarray(n * n)]).toEqual([...solveMixes(kernels, [light]).allocation]);
  });
});
