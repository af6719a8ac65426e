import {
  PROPERTIES,
  createEngine,
  materialize,
  maxUtilitarian,
  pf,
  profileBatch,
  roundRobin,
  sampleProfiles,
  serialDictatorship,
  utilitarian,
  type Batch,
  type Engine,
  type Evaluation,
  type Mechanism,
  type MetricSummary,
  type ProfileRows,
} from 'evenhand';
import { afterAll, describe, expect, it } from 'vitest';
import { camelCase } from '../../src/properties/registry.js';
import { execute } from '../../src/engine/tasks.js';
import type { NumericArray } from '../../src/types.js';
import { testKernels } from '../helpers/kernels.js';

const engines: Engine[] = await Promise.all([0, 1, 2].map((threads) => createEngine({ threads })));
const engine = engines[0]!;
afterAll(() => Promise.all(engines.map((each) => each.close())));

/** What must not depend on threads or time. */
function numbersOf(evaluations: readonly Evaluation[]) {
  return evaluations.map(({ mechanism, count, failed, metrics }) => ({ mechanism, count, failed, metrics }));
}

/** Every property of a mechanism's results, by way of `allocate` and `measure`: all profiles in memory. */
async function measured(
  mechanism: Mechanism,
  batch: Batch,
  names: readonly string[],
): Promise<Record<string, Float64Array>> {
  const result = await engine.allocate(mechanism, batch);
  const name = result.owner ? 'owner' : 'allocation';
  const data = (result.owner ?? result.allocation)!;
  return engine.measure(names, batch, { [name]: { data, stride: data.length / batch.count } });
}

/** Statistics by their definitions, in two passes over sorted numbers. */
function reference(values: Float64Array): Omit<MetricSummary, 'satisfied'> {
  const finite = values.filter(Number.isFinite);
  const n = finite.length;
  const mean = finite.reduce((a, b) => a + b, 0) / n;
  const variance = finite.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (n - 1);
  const sorted = values.slice().sort();
  const quantile = (q: number) => {
    const at = q * (sorted.length - 1);
    const [low, high] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
    return at % 1 === 0 || low === high || low === -Infinity ? low : low + (high - low) * (at % 1);
  };
  return {
    mean,
    stderr: Math.sqrt(variance / n),
    min: sorted[0]!,
    max: sorted.at(-1)!,
    p5: quantile(0.05),
    p50: quantile(0.5),
    p95: quantile(0.95),
    zeroCount: values.length - n,
  };
}

function expectClose(found: number, expected: number, relative: number): void {
  if (Object.is(found, expected)) return;
  expect(Math.abs(found - expected)).toBeLessThanOrEqual(relative * Math.max(Math.abs(expected), 1e-300));
}

// Properties of rules are in evaluate-exploitability.test.ts: no allocation has them.
const OF_ALLOCATIONS = PROPERTIES.filter(({ needs }) => !needs);
const DIVISIBLE = OF_ALLOCATIONS.filter(({ integralOnly }) => !integralOnly).map(({ name }) => name);
const ALL = OF_ALLOCATIONS.map(({ name }) => name);

describe('evaluate', () => {
  it.each([
    ['pf', pf(), DIVISIBLE, sampleProfiles('uniform', { agents: 5, items: 3, count: 3001, budget: 1, seed: 4 })],
    ['utilitarian', utilitarian(), DIVISIBLE, sampleProfiles('uniform', { agents: 4, items: 4, count: 2000, seed: 9 })],
    ['round-robin', roundRobin(), ALL, sampleProfiles('integer:4', { agents: 3, items: 5, count: 2500, seed: 6 })],
    [
      'max-utilitarian',
      maxUtilitarian(),
      ALL,
      sampleProfiles('rank-one', { agents: 3, items: 5, count: 700, seed: 6 }),
    ],
  ] as const)(
    'gives the statistics of every property of %s that two passes over all profiles give',
    async (_, rule, names, batch) => {
      const [evaluation] = await engine.evaluate([rule], batch, { metrics: names });
      const all = await measured(rule, batch, names);
      expect(Object.keys(evaluation!.metrics)).toEqual(names.map(camelCase));
      for (const name of names) {
        const found = evaluation!.metrics[camelCase(name)]!;
        const expected = reference(all[name]!);
        for (const key of ['min', 'max', 'p5', 'p50', 'p95', 'zeroCount'] as const) {
          expect([name, key, found[key]]).toEqual([name, key, expected[key]]);
        }
        expectClose(found.mean, expected.mean, 1e-12);
        expectClose(found.stderr, expected.stderr, 1e-9);
      }
    },
  );

  it('gives the same bits on no, one and two worker threads, for drawn and for stored profiles', async () => {
    const batch = sampleProfiles('uniform', { agents: 6, items: 3, count: 5000, budget: 1, seed: 12 });
    const rules = [pf(), roundRobin(), utilitarian({ select: 'vertex' })];
    const expected = numbersOf(await engine.evaluate(rules, batch));
    for (const each of engines) {
      expect(numbersOf(await each.evaluate(rules, batch))).toEqual(expected);
      expect(numbersOf(await each.evaluate(rules, materialize(batch)))).toEqual(expected);
    }
  });

  it('has quantiles within 0.5 % above 100,000 profiles, and everything else exact, with the same bits on any threads', async () => {
    const batch = sampleProfiles('uniform', { agents: 3, items: 2, count: 100_300, seed: 1 });
    const names = ['utilitarian', 'log_nsw', 'egalitarian'];
    const [evaluation] = await engine.evaluate([roundRobin()], batch, { metrics: names });
    const all = await measured(roundRobin(), batch, names);
    for (const name of names) {
      const found = evaluation!.metrics[camelCase(name)]!;
      const expected = reference(all[name]!);
      expect([found.min, found.max, found.zeroCount]).toEqual([expected.min, expected.max, expected.zeroCount]);
      expectClose(found.mean, expected.mean, 1e-12);
      for (const key of ['p5', 'p50', 'p95'] as const) expectClose(found[key], expected[key], 0.005);
    }
    const [other] = await engines[2]!.evaluate([roundRobin()], batch, { metrics: names });
    expect(numbersOf([other!])).toEqual(numbersOf([evaluation!]));
  });

  it('counts profiles where someone who can gain gets nothing, and leaves them out of mean and stderr', async () => {
    // Two agents, one item: one of them goes without, unless the other wants nothing.
    const values = Float64Array.of(1, 2, /**/ 3, 0, /**/ 4, 5, /**/ 0, 7);
    const batch = profileBatch({ values: { shape: [4, 2, 1], data: values } });
    const [evaluation] = await engine.evaluate([maxUtilitarian()], batch, { metrics: ['log_nsw'] });
    const { mean, stderr, min, max, zeroCount } = evaluation!.metrics.logNsw!;
    expect([min, zeroCount]).toEqual([-Infinity, 2]);
    expectClose(mean, (Math.log(3) + Math.log(7)) / 2, 1e-14);
    expectClose(stderr, Math.abs(Math.log(7) - Math.log(3)) / 2, 1e-14);
    expectClose(max, Math.log(7), 1e-14);
  });

  it('hands over the numbers of every profile in order, whatever the threads', async () => {
    const batch = sampleProfiles('uniform', { agents: 4, items: 3, count: 3000, budget: 1, seed: 2 });
    const rules = [pf(), roundRobin()];
    for (const each of engines) {
      const seen: ProfileRows[][] = [];
      await each.evaluate(rules, batch, {
        metrics: ['utilitarian', 'ef1'],
        onProfiles: (rows) => void seen.push([...rows]),
      });
      let next = 0;
      for (const rows of seen) {
        expect(rows.map(({ mechanism, first }) => [mechanism, first])).toEqual([
          ['pf', next],
          ['round-robin', next],
        ]);
        next += rows[0]!.status.length;
      }
      expect(next).toBe(3000);
      for (const [which, rule] of rules.entries()) {
        const all = await measured(rule, batch, ['utilitarian']);
        const joined = seen.flatMap((rows) => [...rows[which]!.metrics.utilitarian!]);
        // Demands and budgets are not read by Round Robin, so its total is of values alone, as `measure` has it.
        expect(joined).toEqual([...all.utilitarian!]);
      }
      expect(Object.keys(seen[0]![0]!.metrics)).toEqual(['utilitarian']); // EF1 is not defined for shares
      expect(Object.keys(seen[0]![1]!.metrics)).toEqual(['utilitarian', 'ef1']);
    }
  });

  it('counts bad profiles as failed and leaves them out of every number', async () => {
    const good = [1, 2, 3, 4];
    const values = Float64Array.from([...good, 1, NaN, 1, 1, ...good, -1, 1, 1, 1]);
    const batch = profileBatch({ values: { shape: [4, 2, 2], data: values } }, undefined, { badProfiles: 'status' });
    const rows: ProfileRows[] = [];
    const [evaluation] = await engine.evaluate([pf()], batch, {
      metrics: ['utilitarian'],
      onProfiles: (each) => void rows.push(...each),
    });
    const [clean] = await engine.evaluate(
      [pf()],
      profileBatch({ values: { shape: [2, 2, 2], data: Float64Array.from([...good, ...good]) } }),
      {
        metrics: ['utilitarian'],
      },
    );
    expect([evaluation!.count, evaluation!.failed]).toEqual([4, 2]);
    expect(evaluation!.metrics).toEqual(clean!.metrics);
    expect([...rows[0]!.status]).toEqual([0, 6, 0, 6]);
    expect([...rows[0]!.metrics.utilitarian!].map(Number.isNaN)).toEqual([false, true, false, true]);
  });

  it('says the share of profiles at which a violation is 0', async () => {
    const batch = sampleProfiles('uniform', { agents: 3, items: 4, count: 2000, seed: 5 });
    const [evaluation] = await engine.evaluate([maxUtilitarian()], batch, { metrics: ['ef1', 'utilitarian'] });
    const { ef1 } = await measured(maxUtilitarian(), batch, ['ef1']);
    const share = ef1!.filter((x) => x <= 1e-9).length / 2000;
    expect(share).toBeLessThan(1);
    expect(evaluation!.metrics.ef1!.satisfied).toBe(share);
    expect(evaluation!.metrics.utilitarian).not.toHaveProperty('satisfied');
  });

  it('gives the same bits on any threads for profiles so large that chunks end within a block of the sum', async () => {
    const batch = sampleProfiles('uniform', { agents: 40, items: 20, count: 600, budget: 2, seed: 12 });
    const expected = numbersOf(await engine.evaluate([roundRobin()], batch));
    const ends: number[] = [];
    for (const each of engines) {
      const onProgress = ({ done }: { done: number }) => void ends.push(done);
      expect(numbersOf(await each.evaluate([roundRobin()], batch, { onProgress }))).toEqual(expected);
    }
    expect(ends.some((end) => end % 256 !== 0 && end !== 600)).toBe(true);
    const { utilitarian: all } = await measured(roundRobin(), batch, ['utilitarian']);
    expectClose(expected[0]!.metrics.utilitarian!.mean, reference(all!).mean, 1e-13);
  });

  it('gives the numbers of each profile also where a chunk is solved in parts', () => {
    // 300 x 400 values take 1 MB, and a part 32 MB.
    const batch = sampleProfiles('uniform', { agents: 300, items: 400, count: 80, seed: 1 });
    const task = {
      kind: 'evaluate',
      mechanisms: [roundRobin()],
      metrics: [['utilitarian']],
      batch,
      keep: true,
    } as const;
    const kernels = testKernels();
    const numbers = (low: number, high: number) => {
      const [result] = execute(kernels, { ...task, low, high })!;
      return [...result!.metrics[0]!.values!];
    };
    const one = Array.from({ length: 80 }, (_, k) => numbers(k, k + 1)[0]);
    expect(new Set(one).size).toBe(80);
    expect(numbers(0, 80)).toEqual(one);
    expect(numbers(17, 80)).toEqual(one.slice(17));
  });

  it('fits profiles of many agents and items into memory by solving few at a time', async () => {
    const batch = sampleProfiles('uniform-full', { agents: 300, items: 400, count: 258, seed: 1 });
    const [evaluation] = await engine.evaluate([roundRobin()], batch, { metrics: ['utilitarian'] });
    const some = await measured(roundRobin(), materialize(batch, 255, 3), ['utilitarian']);
    const rows: NumericArray[] = [];
    await engine.evaluate([roundRobin()], batch, {
      metrics: ['utilitarian'],
      onProfiles: ([row]) => void rows.push(row!.metrics.utilitarian!),
    });
    expect(evaluation!.count).toBe(258);
    expect(rows.flatMap((row) => [...(row as Float64Array)]).slice(255)).toEqual([...some.utilitarian!]);
    // One chunk of 258 such profiles would take 247 MB for the values alone.
    expect(engine.pool.own.call.memory.buffer.byteLength).toBeLessThan(150e6);
  });

  it('names a mechanism with the options that are not the defaults', async () => {
    const batch = sampleProfiles('uniform', { agents: 2, items: 2, count: 3, seed: 1 });
    const evaluations = await engine.evaluate([utilitarian(), utilitarian({ select: 'vertex' })], batch);
    expect(evaluations.map(({ mechanism }) => mechanism)).toEqual(['utilitarian', 'utilitarian:select=vertex']);
  });

  it('has no numbers for an empty batch', async () => {
    const batch = sampleProfiles('uniform', { agents: 2, items: 2, count: 0 });
    const [evaluation] = await engine.evaluate([pf()], batch, { metrics: ['utilitarian'] });
    expect(evaluation).toMatchObject({ count: 0, failed: 0, profilesPerSecond: 0 });
    const { mean, stderr, min, max, p50, zeroCount } = evaluation!.metrics.utilitarian!;
    expect([mean, stderr, min, max, p50, zeroCount]).toEqual([NaN, NaN, NaN, NaN, NaN, 0]);
  });

  it('refuses no mechanism, an ordinal one and an unknown property', async () => {
    const batch = sampleProfiles('uniform', { agents: 2, items: 2, count: 3 });
    await expect(engine.evaluate([], batch)).rejects.toThrow('no mechanism to evaluate');
    await expect(engine.evaluate([serialDictatorship()], batch)).rejects.toMatchObject({
      name: 'InputError',
      message: expect.stringContaining('takes an ordinal problem'),
    });
    await expect(engine.evaluate([pf()], batch, { metrics: ['log_nws'] })).rejects.toThrow('did you mean log_nsw?');
  });

  it('times what it did', async () => {
    const batch = sampleProfiles('uniform', { agents: 4, items: 3, count: 600, seed: 2 });
    const [evaluation] = await engine.evaluate([pf()], batch);
    expect(evaluation!.seconds).toBeGreaterThan(0);
    expect(evaluation!.profilesPerSecond).toBeCloseTo(600 / evaluation!.seconds, 3);
  });
});
