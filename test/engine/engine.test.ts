import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  EngineError,
  InputError,
  createEngine,
  ordinalProblem,
  pf,
  profileBatch,
  roundRobin,
  sampleProfiles,
  serialDictatorship,
  utilitarian,
  type AllocationResult,
  type Engine,
  type ProfileRows,
  type Progress,
} from 'evenhand';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { runJob } from '../../src/engine/allocate.js';
import { allocateJob } from '../../src/mechanisms/operation.js';
import { evaluate } from '../../src/engine/evaluate.js';
import type { Pool } from '../../src/engine/pool.js';
import { execute, type Task } from '../../src/engine/tasks.js';
import { testKernels } from '../helpers/kernels.js';
import { CARDINAL, arraysOf, bytesOf, drawn, expectSameBits, profileOf, stack, stacked } from './support.js';
import { ruleOf } from '../helpers/rules.js';

const open: Engine[] = [];
/** An engine that is closed after the test. */
async function engineOf(threads: number): Promise<Engine> {
  const engine = await createEngine({ threads });
  open.push(engine);
  return engine;
}
afterEach(() => Promise.all(open.splice(0).map((engine) => engine.close())));

/** A second or so of work for one thread. */
const LONG = sampleProfiles('uniform', { agents: 10, items: 3, count: 30_000, budget: 1, seed: 7 });
let expected: Promise<AllocationResult> | undefined;
/** What every complete run of LONG must give. */
function longResult(): Promise<AllocationResult> {
  return (expected ??= createEngine({ threads: 0 }).then((engine) => engine.allocate(pf(), LONG)));
}

describe('allocate', () => {
  it.each([0, 2])('reports progress that never falls and ends at the total, on %i threads', async (threads) => {
    const engine = await engineOf(threads);
    for (const count of [1, 20, 33, 5000]) {
      const seen: Progress[] = [];
      const batch = sampleProfiles('uniform', { agents: 5, items: 3, count, budget: 1, seed: 1 });
      await engine.allocate(pf(), batch, { onProgress: (progress) => void seen.push(progress) });
      seen.slice(1).forEach(({ done }, k) => expect(done).toBeGreaterThan(seen[k]!.done));
      expect(seen.at(-1)).toMatchObject({ done: count, total: count, remaining: 0 });
      expect(seen.every(({ total }) => total === count)).toBe(true);
    }
  });

  it.each([0, 2])('gives empty arrays for an empty batch, on %i threads', async (threads) => {
    const engine = await engineOf(threads);
    const batches = [
      sampleProfiles('uniform', { agents: 3, items: 2, count: 0, budget: 1 }),
      profileBatch({ values: { shape: [0, 3, 2], data: new Float64Array() } }),
    ];
    for (const id of CARDINAL) {
      for (const batch of batches) {
        const result = await engine.allocate(ruleOf(id, 3, 2), batch);
        expect([result.count, result.agents, result.items]).toEqual([0, 3, 2]);
        expect(Object.keys(arraysOf(result))).toContain('status');
        for (const data of Object.values(arraysOf(result))) expect(data.length).toBe(0);
      }
    }
  });

  it('serves calls at the same time, each with the bits it has alone', async () => {
    const engine = await engineOf(2);
    const other = sampleProfiles('rank-one', { agents: 6, items: 4, count: 9000, seed: 3 });
    const alone = await engine.allocate(roundRobin(), other);
    const [first, second, third] = await Promise.all([
      engine.allocate(pf(), LONG),
      engine.allocate(roundRobin(), other),
      engine.evaluate([utilitarian()], other, { metrics: ['utilitarian'] }),
    ]);
    expectSameBits(first, await longResult());
    expectSameBits(second, alone);
    expect(third[0]!.count).toBe(9000);
  });

  it('refuses a mechanism of another kind', async () => {
    const engine = await engineOf(0);
    const problem = ordinalProblem({
      capacities: { shape: [1], data: Int32Array.of(1) },
      bundle_start: { shape: [2], data: BigInt64Array.of(0n, 1n) },
      bundle_mask: { shape: [1], data: BigUint64Array.of(1n) },
    });
    await expect(engine.allocate(pf(), problem)).rejects.toThrow(InputError);
    await expect(engine.allocate(serialDictatorship(), LONG)).rejects.toThrow(InputError);
    await expect(engine.allocateArrays(serialDictatorship(), LONG)).rejects.toThrow(InputError);
    expect([...(await engine.allocate(serialDictatorship(), problem)).assignment!]).toEqual([0n]);
  });
});

describe('a bad profile', () => {
  const BAD: [string, 'values' | 'demands' | 'budgets' | 'weights', number][] = [
    ['NaN value', 'values', NaN],
    ['infinite demand', 'demands', Infinity],
    ['negative supply', 'budgets', -1e-300],
    ['infinite weight', 'weights', -Infinity],
  ];

  it.each(BAD)('with a %s is refused with array, index, value and expectation', (_, name, number) => {
    const profiles = drawn(3, 2, 3, 1);
    const arrays = stacked(3, 2, profiles);
    const { shape, data } = arrays[name]!;
    data[data.length - 1] = number;
    const index = shape.map((n) => n - 1);
    const location = { array: name, index, found: number, expected: 'a finite number >= 0' };
    try {
      profileBatch(arrays);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(InputError);
      expect(error).toMatchObject({
        message: `${name}[${index.join(',')}] is ${number}, expected a finite number >= 0`,
        location,
      });
    }
  });

  it.each(CARDINAL)(
    'gets status 6 and blanks from %s if asked for, and leaves its neighbours their bits',
    async (id) => {
      for (const threads of [0, 2]) {
        const engine = await engineOf(threads);
        const profiles = drawn(4, 3, 400, 5);
        const clean = await engine.allocate(ruleOf(id, 4, 3), stack(4, 3, profiles));
        for (const bad of [0, 77, 398, 399]) {
          const spoilt = profiles.map((profile, k) =>
            k === bad ? { ...profile, values: [NaN, ...profile.values.slice(1)] } : profile,
          );
          const batch = profileBatch(stacked(4, 3, spoilt), undefined, { badProfiles: 'status' });
          const result = await engine.allocate(ruleOf(id, 4, 3), batch);
          for (const [name, elements] of Object.entries(profileOf(result, bad))) {
            const data = arraysOf(result)[name]!;
            const blank =
              name === 'status' ? 6 : name === 'residual' ? Infinity : data instanceof Float64Array ? 0 : -1;
            expect([name, new Set(elements)]).toEqual([name, new Set([blank])]);
          }
          for (const [name, data] of Object.entries(arraysOf(result))) {
            const each = data.length / 400;
            const others = (from: number, to: number) =>
              bytesOf(data.slice(from * each, to * each)).equals(
                bytesOf(arraysOf(clean)[name]!.slice(from * each, to * each)),
              );
            expect([name, others(0, bad), others(bad + 1, 400)]).toEqual([name, true, true]);
          }
        }
      }
    },
  );

  it('spoils all profiles when the array it is in holds for all', async () => {
    const engine = await engineOf(0);
    const arrays = { ...stacked(2, 2, drawn(2, 2, 3, 1)), budgets: { shape: [2], data: Float64Array.of(1, NaN) } };
    const result = await engine.allocate(pf(), profileBatch(arrays, undefined, { badProfiles: 'status' }));
    expect([...result.status]).toEqual([6, 6, 6]);
  });

  it('is one whose order is no permutation or no number', async () => {
    const engine = await engineOf(0);
    const values = { shape: [4, 2, 1], data: Float64Array.of(1, 2, 1, 2, 1, 2, 1, 2) };
    const order = { shape: [4, 2], data: Float64Array.of(1, 0, 1, 1, NaN, 0, 0, 2) };
    const batch = profileBatch({ values, order }, undefined, { badProfiles: 'status' });
    const { status, owner } = await engine.allocate(roundRobin(), batch);
    expect([...status]).toEqual([0, 6, 6, 6]);
    expect([...owner!]).toEqual([1, -1, -1, -1]);
    expect(() => profileBatch({ values, order })).toThrow('order[2,0] is NaN, expected an integer');
  });
});

describe('an AbortSignal', () => {
  it.each([0, 2])('aborted before the call rejects with its reason, on %i threads', async (threads) => {
    const engine = await engineOf(threads);
    const reason = new Error('changed my mind');
    const signal = AbortSignal.abort(reason);
    for (const count of [1, 1000]) {
      const batch = sampleProfiles('uniform', { agents: 3, items: 2, count, seed: 1 });
      await expect(engine.allocate(pf(), batch, { signal })).rejects.toBe(reason);
      await expect(engine.evaluate([pf()], batch, { signal })).rejects.toBe(reason);
      const owner = { data: new Int32Array(count * 2), stride: 2 };
      await expect(engine.measure(['ef1'], batch, { owner }, { signal })).rejects.toBe(reason);
      expect((await engine.allocate(pf(), batch)).count).toBe(count);
    }
  });

  it.each([0, 2])(
    'stops a call under way, which rejects with the reason; the engine goes on, on %i threads',
    async (threads) => {
      const engine = await engineOf(threads);
      for (const call of ['allocate', 'evaluate'] as const) {
        const stop = new AbortController();
        const reason = new Error(`no more ${call}`);
        let last = 0;
        const options = {
          signal: stop.signal,
          onProgress: ({ done }: Progress) => {
            last = done;
            if (done > 1000) stop.abort(reason);
          },
        };
        const work =
          call === 'allocate' ? engine.allocate(pf(), LONG, options) : engine.evaluate([pf()], LONG, options);
        await expect(work).rejects.toBe(reason);
        expect(last).toBeLessThan(LONG.count);
      }
      expectSameBits(await engine.allocate(pf(), LONG), await longResult());
    },
  );

  it.each([0, 2])(
    'with `partial` keeps what was finished and gives the rest status 2, on %i threads',
    async (threads) => {
      const engine = await engineOf(threads);
      const stop = new AbortController();
      const result = await engine.allocate(pf(), LONG, {
        signal: stop.signal,
        partial: true,
        onProgress: ({ done }) => void (done > 1000 && stop.abort()),
      });
      const finished = result.status.indexOf(2);
      expect(finished).toBeGreaterThan(1000);
      expect(result.status.subarray(finished).every((s) => s === 2)).toBe(true);
      const complete = arraysOf(await longResult());
      for (const [name, data] of Object.entries(arraysOf(result))) {
        const each = data.length / LONG.count;
        const end = finished * each;
        expect([name, bytesOf(data.slice(0, end)).equals(bytesOf(complete[name]!.slice(0, end)))]).toEqual([
          name,
          true,
        ]);
        const blank = name === 'status' ? 2 : name === 'residual' ? Infinity : data instanceof Float64Array ? 0 : -1;
        expect([name, new Set(Array.from(data.slice(end), Number))]).toEqual([name, new Set([blank])]);
      }
    },
  );

  it('with `partial` leaves evaluate with the statistics of the profiles that were finished', async () => {
    const engine = await engineOf(2);
    const stop = new AbortController();
    const [evaluation] = await engine.evaluate([pf()], LONG, {
      metrics: ['utilitarian'],
      signal: stop.signal,
      partial: true,
      onProgress: ({ done }) => void (done > 1000 && stop.abort()),
    });
    expect(evaluation!.count).toBeGreaterThan(1000);
    expect(evaluation!.count).toBeLessThan(LONG.count);
    const first = { ...LONG, count: evaluation!.count };
    const [again] = await engine.evaluate([pf()], first, { metrics: ['utilitarian'] });
    expect(evaluation!.metrics).toEqual(again!.metrics);
  });

  it('with `partial`, aborted before the call, solves nothing', async () => {
    const engine = await engineOf(1);
    const options = { signal: AbortSignal.abort(), partial: true };
    const batch = sampleProfiles('uniform', { agents: 3, items: 2, count: 10, seed: 1 });
    expect(new Set((await engine.allocate(pf(), batch, options)).status)).toEqual(new Set([2]));
    expect((await engine.evaluate([pf()], batch, options))[0]!.count).toBe(0);
  });

  it('stops one of two calls and not the other', async () => {
    const engine = await engineOf(2);
    const stop = new AbortController();
    const stopped = engine.allocate(pf(), LONG, {
      signal: stop.signal,
      onProgress: ({ done }) => void (done > 500 && stop.abort(new Error('this one'))),
    });
    const kept = engine.allocate(pf(), LONG);
    await expect(stopped).rejects.toThrow('this one');
    expectSameBits(await kept, await longResult());
  });
});

describe('a worker that dies', () => {
  it.each([1, 2])('is replaced, and its chunks redone with the same bits, of %i', async (threads) => {
    const engine = await engineOf(threads);
    let deaths = 0;
    const result = await engine.allocate(pf(), LONG, {
      onProgress: ({ done }) => {
        if (done < 2000 + 10_000 * deaths || deaths === 2) return;
        deaths += 1;
        void engine.pool.workers[0]!.terminate();
      },
    });
    expect(deaths).toBe(2);
    expectSameBits(result, await longResult());
  });

  it('does not change the statistics of evaluate', async () => {
    const engine = await engineOf(2);
    const [expectedSummary] = await engine.evaluate([pf()], LONG, { metrics: ['log_nsw'] });
    let dead = false;
    const [summary] = await engine.evaluate([pf()], LONG, {
      metrics: ['log_nsw'],
      onProgress: ({ done }) => {
        if (dead || done < 3000) return;
        dead = true;
        void engine.pool.workers[0]!.terminate();
      },
    });
    expect(dead).toBe(true);
    expect(summary!.metrics).toEqual(expectedSummary!.metrics);
  });

  it('while it starts does not leave the call waiting for ever', async () => {
    const engine = await engineOf(1);
    let replaced = 0;
    const result = await engine.allocate(pf(), LONG, {
      onProgress: () => {
        if (replaced > 0) return;
        const [first] = engine.pool.workers;
        if (!first) return;
        replaced = 1;
        void first.terminate().then(() => {
          // What stands there now is the replacement, which is not ready yet.
          replaced = 2;
          void engine.pool.workers[0]?.terminate();
        });
      },
    });
    expect(replaced).toBe(2);
    expect(result.status.every((status) => status === 0 || status === 5)).toBe(true);
    expectSameBits(await engine.allocate(pf(), LONG), await longResult());
  });

  it('between calls disturbs nobody', async () => {
    const engine = await engineOf(1);
    await engine.allocate(pf(), LONG);
    await engine.pool.workers[0]!.terminate();
    expectSameBits(await engine.allocate(pf(), LONG), await longResult());
  });
});

describe('workers that cannot be started', () => {
  const folder = mkdtempSync(join(tmpdir(), 'evenhand-engine-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('end the call with an EngineError that says why', async () => {
    const engine = await engineOf(2);
    const path = join(folder, 'worker.mjs');
    writeFileSync(path, 'process.exit(3); export default () => undefined;');
    Object.assign(engine.pool, { worker: pathToFileURL(path).href });
    await expect(engine.allocate(pf(), LONG)).rejects.toThrow(EngineError);
    await expect(engine.allocate(pf(), LONG)).rejects.toThrow('the workers cannot be started');
  });
});

describe('a chunk that kills its worker twice', () => {
  /** A pool of one worker that dies of profile 1500. */
  function mortal(): { pool: Pool; deaths: [number, number][] } {
    const kernels = testKernels();
    const deaths: [number, number][] = [];
    const pool = {
      threads: 1,
      width: 2,
      fatal: () => false,
      async run(task: Task) {
        await new Promise((resolve) => setImmediate(resolve));
        if (task.low <= 1500 && 1500 < task.high) {
          deaths.push([task.low, task.high]);
          throw new Error('worker exited with code: 134');
        }
        return execute(kernels, task);
      },
    };
    return { pool: pool as unknown as Pool, deaths };
  }
  const batch = sampleProfiles('uniform', { agents: 10, items: 3, count: 3000, budget: 1, seed: 7 });

  it('has status 5 and blanks for its profiles; all others keep their bits', async () => {
    const { pool, deaths } = mortal();
    const result = await runJob(pool, allocateJob(pf()), batch);
    expect(deaths.length).toBe(2);
    const [low, high] = deaths[0]!;
    const status = result.status!.data as Int32Array;
    status.forEach((s, k) => expect([k, s]).toEqual([k, k >= low && k < high ? 5 : 0]));
    const complete = await longResult();
    const each = 30;
    const allocation = result.allocation!.data as Float64Array;
    expect(allocation.slice(low * each, high * each).every((x) => x === 0)).toBe(true);
    expect((result.residual!.data as Float64Array).slice(low, high).every((x) => x === Infinity)).toBe(true);
    expect((result.iterations!.data as Int32Array).slice(low, high).every((x) => x === -1)).toBe(true);
    expect(bytesOf(allocation.slice(0, low * each)).equals(bytesOf(complete.allocation!.slice(0, low * each)))).toBe(
      true,
    );
    const rest = complete.allocation!.slice(high * each, 3000 * each);
    expect(bytesOf(allocation.slice(high * each)).equals(bytesOf(rest))).toBe(true);
  });

  it('counts as failed in evaluate, with rows of status 5', async () => {
    const { pool, deaths } = mortal();
    const rows: ProfileRows[] = [];
    const [evaluation] = await evaluate(pool, [pf()], batch, {
      metrics: ['utilitarian'],
      onProfiles: (each) => void rows.push(...each),
    });
    const [low, high] = deaths.at(-1)!;
    expect([evaluation!.count, evaluation!.failed]).toEqual([3000, high - low]);
    expect(Number.isFinite(evaluation!.metrics.utilitarian!.mean)).toBe(true);
    const status = rows.flatMap((row) => [...row.status]);
    expect(status.length).toBe(3000);
    status.forEach((s, k) => expect([k, s]).toEqual([k, k >= low && k < high ? 5 : 0]));
  });

  it("is left to the chunks when the first profiles kill this thread's kernels", async () => {
    const kernels = testKernels();
    const pool = {
      threads: 1,
      width: 2,
      fatal: () => false,
      async run(task: Task) {
        if (task.low === 0) throw new Error('a kernel aborted');
        return execute(kernels, task);
      },
    };
    const { status } = await runJob(pool as unknown as Pool, allocateJob(pf()), batch);
    const failed = (status!.data as Int32Array).lastIndexOf(5) + 1;
    expect(failed).toBeGreaterThan(0);
    expect(failed).toBeLessThan(3000);
    expect((status!.data as Int32Array).slice(failed).every((s) => s === 0)).toBe(true);
  });
});

describe('measure', () => {
  it('gives the same numbers on any number of threads, from arrays that are not shared too', async () => {
    const batch = sampleProfiles('uniform', { agents: 4, items: 3, count: 2000, budget: 1, seed: 2 });
    const names = ['logNsw', 'efficiency', 'ef'];
    const engines = await Promise.all([0, 1, 2].map(engineOf));
    const { allocation } = await engines[0]!.allocate(pf(), batch);
    const results = await Promise.all(
      engines.map((engine, k) =>
        engine.measure(names, batch, {
          allocation: { data: k === 1 ? Float64Array.from(allocation!) : allocation!, stride: 12 },
        }),
      ),
    );
    expect(Object.keys(results[0]!)).toEqual(['log_nsw', 'efficiency', 'ef']);
    expect(results[0]!.ef!.some((x) => x > 0)).toBe(true);
    for (const result of results.slice(1)) expect(result).toEqual(results[0]);
  });

  it('refuses results of another length', async () => {
    const engine = await engineOf(0);
    const batch = sampleProfiles('uniform', { agents: 4, items: 3, count: 20, seed: 2 });
    const owner = { data: new Int32Array(59), stride: 3 };
    await expect(engine.measure(['ef1'], batch, { owner })).rejects.toThrow('owner has 59 elements, expected 20 x 3');
  });
});

describe('a closed engine', () => {
  it.each([0, 2])('rejects every call with an EngineError, on %i threads', async (threads) => {
    const engine = await createEngine({ threads });
    await engine.close();
    await engine.close();
    const problem = ordinalProblem({
      capacities: { shape: [1], data: Int32Array.of(1) },
      bundle_start: { shape: [2], data: BigInt64Array.of(0n, 0n) },
      bundle_mask: { shape: [0], data: new BigUint64Array() },
    });
    const empty = sampleProfiles('uniform', { agents: 1, items: 1, count: 0 });
    await expect(engine.allocate(pf(), LONG)).rejects.toThrow(EngineError);
    await expect(engine.allocate(pf(), empty)).rejects.toThrow(EngineError);
    await expect(engine.allocate(serialDictatorship(), problem)).rejects.toThrow(EngineError);
    await expect(engine.allocateArrays(pf(), LONG)).rejects.toThrow(EngineError);
    await expect(engine.evaluate([pf()], LONG)).rejects.toThrow(EngineError);
    await expect(engine.measure(['ef'], empty, {})).rejects.toThrow(EngineError);
  });

  it.each([0, 2])('rejects the calls under way with an EngineError, on %i threads', async (threads) => {
    const engine = await createEngine({ threads });
    const closed: Promise<void>[] = [];
    const onProgress = ({ done }: Progress) => void (done > 500 && closed.length === 0 && closed.push(engine.close()));
    // More than any machine does before the first call has finished 500 profiles.
    const endless = sampleProfiles('uniform', { agents: 10, items: 3, count: 10_000_000, budget: 1 });
    const work = [engine.allocate(pf(), LONG, { onProgress }), engine.evaluate([pf()], endless)];
    const outcomes = await Promise.allSettled(work);
    expect(outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason instanceof EngineError)).toEqual([
      true,
      true,
    ]);
    await Promise.all(closed);
  });

  it('is what Symbol.asyncDispose makes', async () => {
    const engine = await createEngine({ threads: 0 });
    await engine[Symbol.asyncDispose]();
    await expect(engine.allocate(pf(), LONG)).rejects.toThrow(EngineError);
  });
});

describe('createEngine', () => {
  it.each([-1, 1.5, NaN, 1025])('refuses %d threads', async (threads) => {
    await expect(createEngine({ threads })).rejects.toThrow(InputError);
  });
});
