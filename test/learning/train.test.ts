import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createEngine,
  expfNet,
  exsNet,
  loadNetwork,
  materialize,
  pf,
  profileBatch,
  sampleProfiles,
  writeProfiles,
  type Engine,
} from 'evenhand';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { measure, networkConfig, parameterCount, trainNetwork, trainingConfig } from '#dist/learning/index.js';

const TINY = {
  agents: 2,
  items: 2,
  budget: 1,
  hidden: [8, 8],
  batch: 16,
  iterations: 30,
  heldOut: 10,
  heldOutEvery: 10,
};

const NETWORK = { model: 'expf-net', agents: 2, items: 2, hidden: [8, 8] };

let engine: Engine;
let folder: string;
beforeAll(async () => {
  engine = await createEngine({ threads: 0 });
  folder = await mkdtemp(join(tmpdir(), 'evenhand-train-'));
});
afterAll(async () => {
  await engine.close();
  await rm(folder, { recursive: true, force: true });
});

/** The log without its times. */
async function logOf(out: string): Promise<object[]> {
  const text = await readFile(join(out, 'log.jsonl'), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => ({ ...(JSON.parse(line) as object), seconds: 0 }));
}

describe.each(['exs-net', 'expf-net'] as const)('training %s', (model) => {
  test('the same seed gives the same network for any number of threads, another seed another one', async () => {
    const config = trainingConfig({ ...TINY, model });
    const once = await trainNetwork(engine, config, { seed: 3 });
    const two = await createEngine({ threads: 2 });
    const again = await trainNetwork(two, config, { seed: 3 });
    await two.close();
    expect([...again.network.parameters]).toEqual([...once.network.parameters]);
    expect(again.heldOut).toEqual(once.heldOut);
    const other = await trainNetwork(engine, config, { seed: 4 });
    expect([...other.network.parameters]).not.toEqual([...once.network.parameters]);
  });

  test.each([
    ['fresh profiles', {}],
    ['a fixed set whose misreports are kept', { samples: 40 }],
    ['few liars of several', { agents: 4, liars: 2, architecture: 'equivariant' }],
  ])('a run that was interrupted and resumed equals one that was not: %s', async (title, more) => {
    const config = trainingConfig({ ...TINY, ...more, model, iterations: 25 });
    const whole = join(folder, `${model} ${title} whole`);
    const parts = join(folder, `${model} ${title} parts`);
    const expected = await trainNetwork(engine, config, { seed: 1, out: whole });
    const stop = new AbortController();
    await trainNetwork(engine, config, {
      seed: 1,
      out: parts,
      signal: stop.signal,
      onProgress: (done) => {
        if (done === 13) stop.abort(new Error('enough'));
      },
    });
    const found = await trainNetwork(engine, config, { seed: 1, out: parts, resume: true });
    expect([...found.network.parameters]).toEqual([...expected.network.parameters]);
    expect(found.heldOut).toEqual(expected.heldOut);
    expect(await logOf(parts)).toEqual(await logOf(whole));
    const stored = await readFile(join(parts, 'checkpoint.npz'));
    const others = await readFile(join(whole, 'checkpoint.npz'));
    // The log's length differs with the digits of its times; everything else is the same.
    expect(stored.length).toBe(others.length);
    expect([...(await loadNetwork(parts)).parameters]).toEqual([...expected.network.parameters]);
  });

  test('envy, noise on reports, a fixed weight and demands told truthfully are taken into account', async () => {
    const base = { ...TINY, model, iterations: 10, multiplier: 5 };
    const plain = await trainNetwork(engine, trainingConfig(base), { seed: 2 });
    for (const more of [{ envy: 3 }, { reportNoise: 0.2 }, { alpha: 20 }, { demandMisreport: false }, { starts: 2 }]) {
      const { network } = await trainNetwork(engine, trainingConfig({ ...base, ...more }), {
        seed: 2,
      });
      expect([...network.parameters]).not.toEqual([...plain.network.parameters]);
    }
  });
});

test('without a bound on exploitability ExS-Net comes near the optimum, which proportional fairness is', async () => {
  const config = trainingConfig({
    ...TINY,
    model: 'exs-net',
    sampler: 'uniform-full',
    hidden: [32, 32],
    batch: 64,
    iterations: 400,
    heldOutEvery: 400,
    heldOut: 100,
    ascentSteps: 0,
    epsilon: 1,
    rate: 5e-3,
  });
  const { heldOut } = await trainNetwork(engine, config);
  const best = await engine.evaluate(
    [pf()],
    sampleProfiles('uniform-full', { agents: 2, items: 2, count: 100, budget: 1, seed: 2 ** 40 }),
    { metrics: ['logNsw'] },
  );
  const optimum = best[0]!.metrics.logNsw!.mean;
  expect(heldOut.logNsw).toBeLessThan(optimum + 1e-9);
  expect(heldOut.logNsw).toBeGreaterThan(optimum - 0.06);
});

test('training cuts the exploitability that the search of exploit finds on held-out profiles', async () => {
  const config = trainingConfig({
    ...TINY,
    model: 'expf-net',
    hidden: [32, 32],
    samples: 512,
    batch: 64,
    iterations: 200,
    heldOutEvery: 100,
    heldOut: 300,
    starts: 3,
  });
  const { heldOut, network, history } = await trainNetwork(engine, config, { seed: 2 });
  expect(history.map(({ iteration }) => iteration)).toEqual([100, 200]);
  const batch = sampleProfiles('uniform', { agents: 2, items: 2, count: 300, budget: 1, seed: 2 + 2 ** 40 });
  const fair = await measure(engine, pf(), materialize(batch), { effort: 'quick' });
  expect(heldOut.exploitability).toBeLessThan(0.6 * fair.exploitability);
  expect(heldOut.logNsw).toBeGreaterThan(fair.logNsw - 0.1);
  expect(network.config.model).toBe('expf-net');
});

test('profiles of a file are trained on, its last ones held out', async () => {
  const file = join(folder, 'profiles.npz');
  await writeProfiles(file, sampleProfiles('uniform', { agents: 2, items: 2, count: 60, budget: 1 }));
  const trained = await trainNetwork(engine, trainingConfig({ ...TINY, model: 'exs-net', file, iterations: 10 }));
  expect(trained.iterations).toBe(10);
  const wrong = trainingConfig({ ...TINY, model: 'exs-net', file, agents: 3 });
  await expect(trainNetwork(engine, wrong)).rejects.toThrow(/holds 2 agents and 2 items, config has 3 and 2/);
  const few = trainingConfig({ ...TINY, model: 'exs-net', file, heldOut: 50 });
  await expect(trainNetwork(engine, few)).rejects.toThrow(
    /holds 60 profiles, expected at least 16 for a batch and 50 held out/,
  );
});

describe('a warm start', () => {
  const equivariant = { ...TINY, model: 'exs-net', architecture: 'equivariant' };
  let first: string;
  beforeAll(async () => {
    first = join(folder, 'few agents');
    await trainNetwork(engine, trainingConfig(equivariant), { seed: 1, out: first });
  });

  test('begins with the parameters of a network that was trained for fewer agents', async () => {
    const { parameters } = await loadNetwork(first);
    const more = { ...equivariant, agents: 5, budget: 2.5, warmStart: first, iterations: 4, heldOutEvery: 4 };
    const still = await trainNetwork(engine, trainingConfig({ ...more, rate: 0 }), { seed: 2 });
    expect([...still.network.parameters]).toEqual([...parameters]);
    expect(still.network.config.agents).toBe(5);
    const moved = await trainNetwork(engine, trainingConfig(more), { seed: 2 });
    expect([...moved.network.parameters]).not.toEqual([...parameters]);
  });

  test('a resumed run goes on from its checkpoint and needs the first network no more', async () => {
    const config = trainingConfig({ ...equivariant, warmStart: first });
    const expected = await trainNetwork(engine, config, { seed: 3 });
    const out = join(folder, 'warm parts');
    const stop = new AbortController();
    const onProgress = (done: number) => done === 12 && stop.abort(new Error('enough'));
    await trainNetwork(engine, config, { seed: 3, out, signal: stop.signal, onProgress });
    const moved = { ...config, warmStart: join(folder, 'elsewhere') };
    const found = await trainNetwork(engine, moved, { seed: 3, out, resume: true });
    expect([...found.network.parameters]).toEqual([...expected.network.parameters]);
  });

  test('needs the same layers, of a dense network the same number of agents', async () => {
    const refused = (fields: object) => trainNetwork(engine, trainingConfig({ ...equivariant, ...fields }));
    await expect(refused({ warmStart: first, hidden: [8] })).rejects.toThrow(
      /few agents: the network to start from has hidden \[8,8\], expected \[8\]/,
    );
    await expect(refused({ warmStart: first, architecture: 'dense' })).rejects.toThrow(
      /has architecture "equivariant", expected "dense"/,
    );
    const dense = join(folder, 'dense');
    await trainNetwork(engine, trainingConfig({ ...TINY, model: 'exs-net', iterations: 2 }), { out: dense });
    await expect(refused({ warmStart: dense, architecture: 'dense', agents: 3 })).rejects.toThrow(
      /has agents 2, expected 3/,
    );
    await expect(refused({ warmStart: join(folder, 'nothing') })).rejects.toThrow(/network.json/);
  });
});

test('patience ends training, and the best network is kept', async () => {
  const config = trainingConfig({
    ...TINY,
    model: 'exs-net',
    iterations: 500,
    heldOutEvery: 5,
    patience: 2,
    rate: 1e-3,
  });
  const { iterations, bestIteration, history, heldOut } = await trainNetwork(engine, config);
  expect(iterations).toBeLessThan(500);
  expect(bestIteration).toBe(iterations - 10);
  expect(heldOut.exploitability).toBe(
    history.find(({ iteration }) => iteration === bestIteration)!.measured.exploitability,
  );
});

test('a run that ended early is not gone on with', async () => {
  const out = join(folder, 'patient');
  const config = trainingConfig({ ...TINY, model: 'exs-net', iterations: 500, heldOutEvery: 5, patience: 2, rate: 0 });
  const { iterations } = await trainNetwork(engine, config, { out });
  expect(iterations).toBeLessThan(500);
  expect((await trainNetwork(engine, config, { out, resume: true })).iterations).toBe(iterations);
});

test('seconds in the log go on where a run is resumed', async () => {
  const out = join(folder, 'clock');
  const config = trainingConfig({ ...TINY, model: 'exs-net' });
  const stop = new AbortController();
  const onProgress = (done: number) => done === 25 && stop.abort();
  await trainNetwork(engine, config, { out, signal: stop.signal, onProgress });
  const earlier = 1e6;
  const log = join(out, 'log.jsonl');
  const text = await readFile(log, 'utf8');
  // As long as the line that stood there: the checkpoint knows the length of the log.
  const last = text.trimEnd().split('\n').at(-1)!;
  const { seconds } = JSON.parse(last) as { seconds: number };
  const told = String(seconds);
  await writeFile(log, text.replace(`"seconds":${told}}`, `"seconds":${String(earlier).padEnd(told.length)}}`));
  await trainNetwork(engine, config, { out, resume: true });
  const lines = (await readFile(log, 'utf8')).trimEnd().split('\n');
  expect((JSON.parse(lines.at(-1)!) as { seconds: number }).seconds).toBeGreaterThan(earlier);
});

describe('a loss beyond single precision', () => {
  // The envy of an agent with values of 1e38 counts a thousandfold.
  const config = async (name: string, large: (profile: number) => boolean) => {
    const values = new Float64Array(40 * 4).map((_, k) => (large(k >> 2) ? 1e38 : 1) * (1 + ((7 * k) % 5)) * 0.6);
    const file = join(folder, name);
    await writeProfiles(file, profileBatch({ values: { shape: [40, 2, 2], data: values } }));
    return trainingConfig({ ...TINY, model: 'exs-net', file, batch: 5, envy: 1e3, heldOutEvery: 1, epsilon: 1 });
  };

  test('ends training, which is refused where nothing was measured before', async () => {
    const out = join(folder, 'diverged');
    const run = trainNetwork(engine, await config('large.npz', () => true), { out });
    await expect(run).rejects.toThrow(/^training broke off in iteration 1, before a network was measured/);
    expect((await readdir(out)).sort()).toEqual(['config.json', 'log.jsonl']);
  });

  test('leaves the best network until then', async () => {
    const out = join(folder, 'kept');
    const found = await trainNetwork(engine, await config('one.npz', (k) => k === 3), { out });
    expect(found.diverged).toBe(true);
    expect(found.iterations).toBeGreaterThan(0);
    expect(found.iterations).toBeLessThan(7);
    expect(found.history.map(({ measured }) => measured.failed)).toEqual(new Array(found.iterations).fill(0));
    const { parameters } = await loadNetwork(out);
    expect([...parameters]).toEqual([...found.network.parameters]);
  });

  test('profiles that a network does not solve are left out of its measures', async () => {
    const parameters = new Float32Array(parameterCount(networkConfig(NETWORK))).fill(NaN);
    const batch = materialize(sampleProfiles('uniform', { agents: 2, items: 2, count: 4, budget: 1, seed: 1 }));
    const network = { config: networkConfig(NETWORK), parameters };
    const found = await measure(engine, expfNet({ model: network }), batch, { effort: 'quick' });
    expect(found.failed).toBe(4);
    expect([found.exploitability, found.exploitabilityMax, found.logNsw]).toEqual([NaN, NaN, NaN]);
  });
});

test("the user's own utility and welfare are trained for, on tensors", async () => {
  const config = trainingConfig({
    ...TINY,
    model: 'exs-net',
    iterations: 60,
    heldOutEvery: 60,
    heldOut: 60,
    epsilon: 1,
    rate: 1e-2,
  });
  const nash = await trainNetwork(engine, config, { backend: 'cpu' });
  expect(nash.backend).toContain('cpu');
  // Only the first agent counts, and half of what it gets.
  const own = await trainNetwork(engine, config, {
    backend: 'cpu',
    utility: (tf, values, demands, allocation) =>
      tf.sum(tf.mul(values, tf.mul(tf.minimum(allocation, demands), 0.5)), 2),
    welfare: (tf, utilities) => tf.sum(tf.mul(utilities, tf.tensor2d([[1, 0]])), 1),
  });
  const batch = materialize(sampleProfiles('uniform', { agents: 2, items: 2, count: 60, budget: 1, seed: 2 ** 40 }));
  const shareOfFirst = async (model: typeof own) => {
    const { utilities } = await engine.allocate(exsNet({ model: model.network }), batch);
    const sum = (all: Float64Array) => all.reduce((a, b) => a + b, 0);
    return sum(utilities!.filter((_, r) => r % 2 === 0)) / sum(utilities!);
  };
  expect(await shareOfFirst(own)).toBeGreaterThan((await shareOfFirst(nash)) + 0.2);
  await expect(trainNetwork(engine, config, { backend: 'kernels', welfare: (_, u) => u })).rejects.toThrow(
    /needs a tensor backend/,
  );
});

describe('configurations', () => {
  test.each([
    [{ model: 'exs-net', agents: 2 }, 'network: items is undefined, expected a whole number from 1'],
    [{ model: 'exs', agents: 2, items: 2 }, 'network: model is "exs", expected expf-net, exs-net, nrr or eef1nn'],
    [{ model: 'nrr', agents: 2, items: 2 }, 'config: model is nrr, expected expf-net or exs-net'],
    [{ ...TINY, model: 'exs-net', epsilom: 1 }, 'config: unknown field epsilom, did you mean epsilon?'],
    [{ ...TINY, model: 'exs-net', batch: 0 }, 'config: batch is 0, expected a whole number from 1 to 1000000'],
    [{ ...TINY, model: 'exs-net', batch: null }, 'config: batch is null, expected a value; a field that is left out'],
    [{ ...TINY, model: 'exs-net', batch: '8' }, 'config: batch is "8", expected a number'],
    [{ ...TINY, model: 'exs-net', decay: 'linear' }, 'config: decay is "linear", expected one of constant, cosine'],
    [{ ...TINY, model: 'exs-net', hidden: [] }, 'network: hidden is [], expected a list of layer widths, at least one'],
    [{ ...TINY, model: 'exs-net', liars: 3 }, 'config: liars is 3, expected at most 2'],
    [{ ...TINY, model: 'exs-net', samples: 3 }, 'config: samples is 3, expected 0 or at least the batch of 16'],
  ])('%j is refused', (fields, message) => {
    expect(() => trainingConfig(fields)).toThrow(message);
  });

  test('a folder with a run is not overwritten, one without cannot be resumed', async () => {
    const out = join(folder, 'twice');
    const config = trainingConfig({ ...TINY, model: 'exs-net', iterations: 10 });
    await expect(trainNetwork(engine, config, { out, resume: true })).rejects.toThrow(
      /has no checkpoint to resume from/,
    );
    await trainNetwork(engine, config, { out });
    await expect(trainNetwork(engine, config, { out })).rejects.toThrow(/holds a run already/);
    const other = trainingConfig({ ...TINY, model: 'exs-net', iterations: 10, hidden: [5] });
    await expect(trainNetwork(engine, other, { out, resume: true })).rejects.toThrow(
      /hidden is \[8,8\], the run to be continued cannot have \[5\]/,
    );
  });
});
