import {
  createEngine,
  leximin,
  maxUtilitarian,
  pf,
  profileBatch,
  property,
  utilitarian,
  welfarist,
  type Engine,
  type Mechanism,
  type NamedArrays,
  type ProfileBatch,
} from 'evenhand';
import { afterAll, describe, expect, it } from 'vitest';
import { EXTERNALITY_OUTPUTS, externality } from '../../src/mechanisms/externality.js';
import type { CardinalDefinition } from '../../src/mechanisms/mechanism.js';
import { definitionOf } from '../../src/mechanisms/registry.js';
import type { Kernels } from '../../src/wasm/kernels.js';
import type { Placed } from '../../src/wasm/placed.js';
import { Draw } from '../helpers/draw.js';
import { testKernels } from '../helpers/kernels.js';
import { run } from '../helpers/run.js';

const engines: Engine[] = await Promise.all([0, 1, 2].map((threads) => createEngine({ threads })));
const engine = engines[0]!;
afterAll(() => Promise.all(engines.map((each) => each.close())));

const N = 4;
const M = 3;
const B = 12;

/** Profiles with caps, and of every kind of constraint some. */
function drawn(seed: string): NamedArrays {
  const draw = new Draw(seed);
  const lower = draw.reals(B * N).map(() => (draw.unit() < 0.4 ? 0 : -Infinity));
  const upper = draw.reals(B * N).map(() => (draw.unit() < 0.3 ? 0.05 : Infinity));
  const groups = Int32Array.from({ length: B * N * M }, () => -1);
  for (let k = 0; k < B * N; k++) if (draw.unit() < 0.5) for (let m = 0; m < M; m++) groups[k * M + m] = m;
  return {
    values: { shape: [B, N, M], data: draw.reals(B * N * M, 0.05, 1) },
    caps: { shape: [B, N], data: draw.reals(B * N, 0.2, 1.5) },
    constraint_matrix: { shape: [B, N, 1, M], data: draw.reals(B * N * M, -1, 1) },
    constraint_lower: { shape: [B, N, 1], data: lower },
    constraint_upper: { shape: [B, N, 1], data: upper },
    groups: { shape: [B, N, M], data: groups },
    proportions: { shape: [N, M], data: new Float64Array(N * M).fill(1 / M) },
    proportion_eps: { shape: [N], data: Float64Array.of(0, 0.1, 0, 0.2) },
  };
}

const arrays = drawn('externality');
const batch = profileBatch(arrays);

/** The profiles with the constraints of some agents only. */
function keeping(who: (i: number) => boolean): ProfileBatch {
  const of = <T extends Float64Array | Int32Array>(name: string, each: number, free: number): T =>
    (arrays[name]!.data as T).map((x, k) => (who(Math.floor(k / each) % N) ? x : free)) as T;
  return profileBatch({
    ...arrays,
    constraint_lower: { shape: [B, N, 1], data: of('constraint_lower', 1, -Infinity) },
    constraint_upper: { shape: [B, N, 1], data: of('constraint_upper', 1, Infinity) },
    groups: { shape: [B, N, M], data: of('groups', M, -1) },
  });
}

const constrained = (k: number, i: number): boolean =>
  (arrays.constraint_lower!.data as Float64Array)[k * N + i] === 0 ||
  (arrays.constraint_upper!.data as Float64Array)[k * N + i]! < 1 ||
  (arrays.groups!.data as Int32Array)[(k * N + i) * M]! >= 0;

const RULES: [string, Mechanism][] = [
  ['gamma 0.5', welfarist({ gamma: 0.5 })],
  ['gamma 0', welfarist()],
  ['gamma -1', welfarist({ gamma: -1 })],
  ['gamma 1', utilitarian()],
  ['leximin', leximin()],
];

describe.each(RULES)('externality of constraints under %s', (_, rule) => {
  it('has the utilities that the rule gives with those constraints in, bit for bit, and their ratios', async () => {
    const found = await engine.externality(rule, batch);
    const free = (
      await engine.allocate(
        rule,
        keeping(() => false),
      )
    ).utilities!;
    expect(found.freeUtilities).toEqual(free);
    for (let i = 0; i < N; i++) {
      const after = (
        await engine.allocate(
          rule,
          keeping((l) => l === i),
        )
      ).utilities!;
      for (let k = 0; k < B; k++) {
        const row = found.constrainedUtilities.subarray((k * N + i) * N, (k * N + i + 1) * N);
        const [u, v] = [free, after].map((all) => [...all.subarray(k * N, (k + 1) * N)]) as [number[], number[]];
        expect([...row]).toEqual(constrained(k, i) ? v : u);
        const q = Math.min(1, ...u.map((x, l) => (l === i || x < 1e-6 ? 1 : row[l]! / x)));
        const p = u[i]! < 1e-6 || row[i]! < 1e-6 ? 1 : Math.min(1, u[i]! / row[i]!);
        expect(found.agentNne[k * N + i]).toBeCloseTo(q, 14);
        expect(found.agentMon[k * N + i]).toBeCloseTo(p, 14);
        if (!constrained(k, i)) expect([found.agentNne[k * N + i], found.shadowPrices[k * N + i]]).toEqual([1, 0]);
      }
    }
    expect(found.agentNne.some((q) => q < 0.95)).toBe(true);
  });

  it('together, counts those without constraints as hurt, and no others', async () => {
    const found = await engine.externality(rule, batch, { constrain: 'together' });
    const after = (await engine.allocate(rule, batch)).utilities!;
    for (let k = 0; k < B; k++) {
      let q = 1;
      for (let l = 0; l < N; l++) {
        const had = found.freeUtilities[k * N + l]!;
        if (!constrained(k, l) && had > 1e-6) q = Math.min(q, after[k * N + l]! / had);
      }
      for (let i = 0; i < N; i++) {
        if (!constrained(k, i)) continue;
        const at = k * N + i;
        expect([...found.constrainedUtilities.subarray(at * N, (at + 1) * N)]).toEqual([
          ...after.subarray(k * N, (k + 1) * N),
        ]);
        expect(found.agentNne[at]).toBeCloseTo(q, 14);
      }
    }
  });

  it('as a metric is the least over the agents, with the same bits for any threads', async () => {
    for (const externality of [{}, { constrain: 'together', leastShare: 0.5 }] as const) {
      const { agentNne, agentMon } = await engine.externality(rule, batch, externality);
      const least = (of: Float64Array, k: number) => Math.min(...of.subarray(k * N, (k + 1) * N));
      const summaries = [];
      for (const each of engines) {
        const [evaluation] = await each.evaluate([rule], batch, {
          metrics: ['nne', 'mon', 'feasibility'],
          externality,
          onProfiles([{ first, metrics }]: readonly [{ first: number; metrics: Record<string, Float64Array> }]) {
            metrics.nne!.forEach((x, k) => expect(x).toBe(least(agentNne, first + k)));
            metrics.mon!.forEach((x, k) => expect(x).toBe(least(agentMon, first + k)));
          },
        } as never);
        expect(evaluation!.failed).toBe(0);
        summaries.push(evaluation!.metrics);
      }
      expect(summaries[1]).toEqual(summaries[0]);
      expect(summaries[2]).toEqual(summaries[0]);
    }
  });
});

describe('shadow prices', () => {
  it.each([1, 0.5, 0, -1])(
    'are what a little utility freed from the constraint adds to welfare, gamma %s',
    async (gamma) => {
      const draw = new Draw(`shadow prices ${gamma}`);
      const T = 1e-5;
      for (let n = 0; n < 6; n++) {
        const values = draw.reals(8, 0.1, 1);
        const caps = Float64Array.of(Infinity, 0.3, Infinity, Infinity);
        // Amounts of the two items may differ by what is worth t: agent 0 has t of utility without constraint.
        const problem = (t: number) =>
          profileBatch({
            values: { shape: [4, 2], data: values },
            caps: { shape: [4], data: caps },
            constraint_matrix: { shape: [4, 1, 2], data: Float64Array.of(1, -1, 0, 0, 0, 0, 0, 0) },
            constraint_lower: { shape: [4, 1], data: Float64Array.of(-t / values[1]!, 0, 0, 0) },
            constraint_upper: { shape: [4, 1], data: Float64Array.of(t / values[0]!, 0, 0, 0) },
          });
        const rule = welfarist({ gamma, tolerance: 1e-13 });
        const { shadowPrices } = await engine.externality(rule, problem(0));
        const [more, less] = await Promise.all([T, 0].map((t) => engine.allocate(rule, problem(t))));
        const slope = (more!.objective![0]! - less!.objective![0]!) / T;
        // The duals of a linear programme need not be unique: they bound the slope.
        expect(shadowPrices[0]! - slope).toBeGreaterThan(-1e-3 * Math.max(1, slope));
        if (gamma < 1) expect(shadowPrices[0]! - slope).toBeLessThan(1e-3 * Math.max(1, slope));
      }
    },
  );

  it('are so of utilities with pieces: the slope that binds counts', async () => {
    const draw = new Draw('shadow prices with pieces');
    const T = 1e-5;
    let found = 0;
    for (let n = 0; n < 8; n++) {
      const values = draw.reals(8, 0.1, 1);
      const slopes = draw.reals(8, 0.05, 0.5);
      const problem = (t: readonly [number, number]) =>
        profileBatch({
          values: { shape: [4, 2], data: values },
          piece_slopes: { shape: [4, 1, 2], data: slopes },
          piece_constants: { shape: [4, 1], data: Float64Array.of(0.05, Infinity, 0.1, 0.1) },
          constraint_matrix: { shape: [4, 1, 2], data: Float64Array.of(1, -1, 0, 0, 0, 0, 0, 0) },
          constraint_lower: { shape: [4, 1], data: Float64Array.of(-t[1], 0, 0, 0) },
          constraint_upper: { shape: [4, 1], data: Float64Array.of(t[0], 0, 0, 0) },
        });
      const rule = welfarist({ tolerance: 1e-13 });
      const { shadowPrices } = await engine.externality(rule, problem([0, 0]));
      const { utilities, allocation, objective } = await engine.allocate(rule, problem([0, 0]));
      const [a, b] = [allocation![0]!, allocation![1]!];
      const [plain, piece] = [values[0]! * a + values[1]! * b, 0.05 + slopes[0]! * a + slopes[1]! * b];
      if (Math.abs(plain - piece) < 1e-3) continue; // both bind
      found++;
      const own = plain < piece ? values : slopes;
      expect(utilities![0]).toBeCloseTo(Math.min(plain, piece), 6);
      const freed = await engine.allocate(rule, problem([T / own[0]!, T / own[1]!]));
      const slope = (freed.objective![0]! - objective![0]!) / T;
      expect(Math.abs(shadowPrices[0]! - slope)).toBeLessThan(1e-3 * Math.max(1, slope));
    }
    expect(found).toBeGreaterThan(2);
  });

  it('are 0 where the constraint does not bind', async () => {
    const alike = profileBatch({ values: { shape: [2, 2], data: Float64Array.of(1, 1, 1, 1) } });
    const { shadowPrices, agentNne } = await engine.externality(welfarist({ equalItems: [0] }), alike);
    expect(shadowPrices[0]).toBeLessThan(1e-6);
    expect(agentNne[0]).toBeGreaterThan(1 - 1e-6);
  });
});

describe('who counts', () => {
  const two = (more: NamedArrays = {}): ProfileBatch =>
    profileBatch({ values: { shape: [3, 2], data: Float64Array.of(1, 1, 0, 1, 1, 0) }, ...more });

  it('an agent that wants equal amounts is constrained, by the option of the rule', async () => {
    const apart = profileBatch({ values: { shape: [2, 2], data: Float64Array.of(1, 0.2, 0, 1) } });
    const rule = welfarist({ equalItems: [0] });
    const { agentNne, constrainedUtilities } = await engine.externality(rule, apart);
    // Unconstrained each has an item; constrained agent 0 has half of both.
    expect(agentNne[0]).toBeCloseTo(0.5, 6);
    expect(agentNne[1]).toBe(1);
    expect(constrainedUtilities[0]).toBeCloseTo(0.6, 6);
    const [evaluation] = await engine.evaluate([rule, pf()], apart, { metrics: ['nne', 'mon'] });
    expect(evaluation!.metrics.nne!.mean).toBe(agentNne[0]);
  });

  it('what utilities are made of stays: caps and pieces are not constraints', async () => {
    const pieced = profileBatch({
      values: { shape: [2, 2], data: Float64Array.of(1, 0, 0, 1) },
      piece_slopes: { shape: [2, 1, 2], data: new Float64Array(4) },
      piece_constants: { shape: [2, 1], data: Float64Array.of(0.5, 0.25) },
      groups: { shape: [2, 2], data: Int32Array.of(0, 1, -1, -1) },
      proportions: { shape: [2, 2], data: new Float64Array(4).fill(0.5) },
    });
    for (const [, rule] of RULES) {
      const { freeUtilities, constrainedUtilities, agentNne } = await engine.externality(rule, pieced);
      [...freeUtilities, ...constrainedUtilities].forEach((u, k) => expect(u).toBeCloseTo([0.5, 0.25][k % 2]!, 6));
      expect(agentNne[0]).toBeGreaterThan(1 - 1e-6);
    }
  });

  it('a profile of which one solve has no answer has none', () => {
    // A rule that gives up where nobody is constrained.
    const stubborn = {
      ...definitionOf('welfarist'),
      run(kernels: Kernels, input: Placed, output: Placed) {
        const free = input.address('groups') === 0;
        kernels.arena.i32(output.address('status'), 1).fill(free ? 2 : 0);
        kernels.arena.f64(output.address('residual'), 1).fill(free ? 0.5 : 0.1);
        kernels.arena.f64(output.address('utilities'), 2).fill(1);
      },
    } as CardinalDefinition;
    const found = run(
      testKernels(),
      { outputs: EXTERNALITY_OUTPUTS, run: externality(stubborn) },
      { count: 1, agents: 2, items: 2, groups: 1 },
      { values: Float64Array.of(1, 1, 1, 1), groups: Int32Array.of(0, 0, -1, -1), proportions: Float64Array.of(1, 0) },
      { constrain: 'each', 'least-share': 0 },
    );
    expect([found.status[0], found.residual[0]]).toEqual([2, 0.5]);
  });

  it('agents with a small share of their cap are left out where asked, those without a cap never', async () => {
    // Agent 1 loses half of its item to agent 0, who wants both items equally; agent 1 uses 1 of its cap of 20.
    const rows = {
      constraint_matrix: { shape: [2, 1, 2], data: Float64Array.of(1, -1, 0, 0) },
      constraint_lower: { shape: [2, 1], data: new Float64Array(2) },
      constraint_upper: { shape: [2, 1], data: new Float64Array(2) },
    };
    const values = { shape: [2, 2], data: Float64Array.of(1, 0, 0, 1) };
    const caps = (cap: number) => ({ caps: { shape: [2], data: Float64Array.of(Infinity, cap) } });
    const q = async (cap: number, leastShare: number) =>
      (await engine.externality(welfarist(), profileBatch({ values, ...rows, ...caps(cap) }), { leastShare }))
        .agentNne[0]!;
    expect(await q(20, 0)).toBeCloseTo(0.5, 6);
    expect(await q(20, 0.1)).toBe(1);
    expect(await q(9, 0.1)).toBeCloseTo(0.5, 6);
    expect(await q(Infinity, 1)).toBeCloseTo(0.5, 6);
  });

  it('rows of zeros, without bounds or with infinite ones constrain nobody; the same without any array', async () => {
    const rows = {
      constraint_matrix: { shape: [3, 2, 2], data: Float64Array.of(0, 0, 1, 1, 0, 0, 1, -1, 0, 0, 1, 1) },
      constraint_lower: { shape: [3, 2], data: Float64Array.of(0, -Infinity, 0, -1e21, 0, -Infinity) },
      constraint_upper: { shape: [3, 2], data: Float64Array.of(0, Infinity, 0, 1e21, 0, Infinity) },
    };
    for (const more of [rows, {}]) {
      const found = await engine.externality(utilitarian(), two(more));
      expect([...found.agentNne, ...found.agentMon]).toEqual([1, 1, 1, 1, 1, 1]);
      expect(Array.from({ length: 3 }, () => [...found.freeUtilities]).flat()).toEqual([...found.constrainedUtilities]);
    }
  });

  it('who has nothing keeps it: agents of no value, weight or cap are not hurt', async () => {
    const constrainedZero = profileBatch({
      values: { shape: [4, 2], data: Float64Array.of(1, 2, 0, 0, 3, 1, 1, 1) },
      caps: { shape: [4], data: Float64Array.of(1, 1, 0, 1) },
      groups: { shape: [4, 2], data: Int32Array.of(0, 1, 0, 1, 0, 1, -1, -1) },
      proportions: { shape: [4, 2], data: new Float64Array(8).fill(0.5) },
    });
    for (const [, rule] of RULES) {
      const { status, agentNne, agentMon } = await engine.externality(rule, constrainedZero);
      expect(status[0]).toBe(0);
      for (const x of [...agentNne, ...agentMon]) expect(x).toBeGreaterThan(0.1);
      expect([agentMon[1], agentMon[2]]).toEqual([1, 1]);
    }
  });

  it('a rule that reads no constraints is not changed by any', async () => {
    for (const rule of [pf(), maxUtilitarian()]) {
      const [evaluation] = await engine.evaluate([rule], batch, { metrics: ['nne', 'mon'] });
      expect([evaluation!.metrics.nne!.min, evaluation!.metrics.mon!.min]).toEqual([1, 1]);
    }
  });

  it('a profile that has no answer fails, its neighbours do not', async () => {
    const values = Float64Array.from(arrays.values!.data as Float64Array);
    values[N * M] = NaN;
    const spoilt = profileBatch({ ...arrays, values: { shape: [B, N, M], data: values } }, undefined, {
      badProfiles: 'status',
    });
    const [whole, part] = await Promise.all([batch, spoilt].map((each) => engine.externality(welfarist(), each)));
    expect([...part!.status]).toEqual(Array.from({ length: B }, (_, k) => (k === 1 ? 6 : 0)));
    expect([...part!.agentNne.subarray(N, 2 * N)]).toEqual([0, 0, 0, 0]);
    expect(part!.constrainedUtilities.subarray(2 * N * N)).toEqual(whole!.constrainedUtilities.subarray(2 * N * N));
    const [evaluation] = await engine.evaluate([welfarist()], spoilt, { metrics: ['nne'] });
    expect([evaluation!.failed, evaluation!.count]).toEqual([1, B]);
  });

  it('is a property of a rule, not of an allocation', async () => {
    const { allocation } = await engine.allocate(welfarist(), batch);
    await expect(engine.measure(['nne'], batch, { allocation: { data: allocation!, stride: N * M } })).rejects.toThrow(
      /^nne is a property of a rule, not of an allocation: evaluate measures it$/,
    );
    expect(property('mon').needs).toBe('constraints');
  });

  it('refuses options that make no sense', async () => {
    await expect(engine.externality(welfarist(), batch, { constrain: 'some' as never })).rejects.toThrow(
      /option constrain of externality is some, expected one of each, together/,
    );
    await expect(engine.externality(welfarist(), batch, { leastShare: 2 })).rejects.toThrow(
      /option least-share of externality is 2, expected a number from 0 to 1/,
    );
  });
});
