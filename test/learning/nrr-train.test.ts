import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createEngine,
  loadNetwork,
  maxUtilitarian,
  profileBatch,
  roundRobin,
  sampleProfiles,
  materialize,
  writeArrays,
  type NamedArrays,
} from 'evenhand';
import { hamming, measureAssignment, nrrTrainingConfig, trainNrr } from 'evenhand/learning';
import { afterAll, describe, expect, it } from 'vitest';

const engine = await createEngine({ threads: 0 });
const folder = mkdtempSync(join(tmpdir(), 'evenhand-nrr-'));
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await engine.close();
});

const SMALL = nrrTrainingConfig({ model: 'nrr', agents: 6, items: 4, samples: 18, epochs: 4, heldOut: 30 });
const log = (out: string) =>
  readFileSync(join(out, 'log.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => ({ ...(JSON.parse(line) as object), seconds: undefined }));

describe('training of Neural Round Robin', () => {
  it('with the published values learns to let agents of high values pick first: far better than any fixed order', async () => {
    const config = nrrTrainingConfig({ model: 'nrr', agents: 15, items: 5 });
    const { heldOut, epochs, loss } = await trainNrr(engine, config, { seed: 1 });
    expect(epochs).toBe(20);
    expect(loss).toBeLessThan(3.5);
    expect(heldOut.ef1).toBe(1);
    expect(heldOut.welfareRatio).toBeGreaterThan(0.92);
    expect(heldOut.hamming).toBeLessThan(0.82);
    const batch = materialize(sampleProfiles('rank-one', { agents: 15, items: 5, count: 300, seed: 9 }));
    const plain = await measureAssignment(engine, roundRobin(), batch);
    expect(plain.welfareRatio).toBeLessThan(0.79);
    expect(plain.hamming).toBeGreaterThan(0.88);
  });

  it('gives the same bits again, stopped and continued or not', async () => {
    const whole = join(folder, 'whole');
    const { network, heldOut } = await trainNrr(engine, SMALL, { seed: 3, out: whole });
    expect([...(await trainNrr(engine, SMALL, { seed: 3 })).network.parameters]).toEqual([...network.parameters]);
    const cut = join(folder, 'cut');
    const stop = new AbortController();
    const first = await trainNrr(engine, SMALL, {
      seed: 3,
      out: cut,
      signal: stop.signal,
      onProgress: (done) => done === 2 && stop.abort(),
    });
    expect(first.epochs).toBe(2);
    const rest = await trainNrr(engine, SMALL, { seed: 3, out: cut, resume: true });
    expect([...rest.network.parameters]).toEqual([...network.parameters]);
    expect(rest.heldOut).toEqual(heldOut);
    expect(log(cut)).toEqual(log(whole));
    expect(log(cut).length).toBe(4);
    for (const name of ['weights.npz', 'network.json']) {
      expect(readFileSync(join(cut, name))).toEqual(readFileSync(join(whole, name)));
    }
    expect([...(await loadNetwork(cut)).parameters]).toEqual([...network.parameters]);
    await expect(trainNrr(engine, SMALL, { seed: 3, out: cut })).rejects.toThrow('holds a run already');
    await expect(trainNrr(engine, SMALL, { seed: 4, out: cut, resume: true })).rejects.toThrow('seed is 3');
  });

  it('of a temperature that falls, of envy and of several targets goes on with the same bits too', async () => {
    const config = nrrTrainingConfig({
      ...{ model: 'nrr', agents: 4, items: 5, samples: 10, epochs: 4, batch: 3, heldOut: 10, hidden: [7] },
      ...{ tauSchedule: 'exponential', tauStart: 2, envy: 0.1, envyForm: 'per-good', target: 'max-nash:2,leximin' },
    });
    const whole = await trainNrr(engine, config, { seed: 2 });
    const out = join(folder, 'rich');
    const stop = new AbortController();
    const onProgress = (done: number) => done === 1 && stop.abort();
    await trainNrr(engine, config, { seed: 2, out, signal: stop.signal, onProgress });
    const rest = await trainNrr(engine, config, { seed: 2, out, resume: true });
    expect([...rest.network.parameters]).toEqual([...whole.network.parameters]);
    expect(rest.heldOut).toEqual(whole.heldOut);
    for (const other of [
      { tauStart: 3 },
      { envyForm: 'per-bundle' },
      { target: 'leximin' },
      { tauSchedule: 'linear' },
    ]) {
      const [name] = Object.keys(other);
      const changed = { ...config, ...other } as typeof config;
      await expect(trainNrr(engine, changed, { seed: 2, out, resume: true })).rejects.toThrow(`${name} is`);
      const { network } = await trainNrr(engine, changed, { seed: 2 });
      expect([...network.parameters]).not.toEqual([...whole.network.parameters]);
    }
  });

  it('reads profiles, orders and owners of a file, and holds its last profiles out', async () => {
    const drawn = sampleProfiles('rank-one', { agents: 5, items: 4, count: 40, seed: 8 });
    const batch = materialize(drawn);
    const values = { shape: [40, 5, 4], data: batch.arrays.values!.data };
    const { owner } = await engine.allocate(maxUtilitarian(), batch);
    const file = join(folder, 'profiles.npz');
    const config = nrrTrainingConfig({ model: 'nrr', agents: 5, items: 4, epochs: 2, heldOut: 10, file });
    const train = (arrays: NamedArrays, more: object = {}) =>
      writeArrays(file, arrays).then(() => trainNrr(engine, { ...config, ...more }, { seed: 1 }));
    const plain = await train({ values });
    // The same targets given as owners, and found by the rule.
    const given = await train({ values, owner: { shape: [40, 4], data: owner! } });
    expect([...given.network.parameters]).toEqual([...plain.network.parameters]);
    expect(given.heldOut).toEqual(plain.heldOut);
    expect(plain.heldOut.targetDistance).toBeCloseTo(plain.heldOut.hamming, 12);
    // Profiles that are held out are not trained on.
    const changed = values.data.slice() as Float64Array;
    changed.fill(1.5, 30 * 20);
    const aside = await train({ values: { shape: [40, 5, 4], data: changed } });
    expect([...aside.network.parameters]).toEqual([...plain.network.parameters]);
    const order = { shape: [40, 5], data: Int32Array.from({ length: 200 }, (_, k) => 4 - (k % 5)) };
    const ordered = await train({ values, order }, { target: 'round-robin' });
    expect([...ordered.network.parameters]).not.toEqual([...plain.network.parameters]);
    // One array of values for every profile.
    const shared = { shape: [5, 4], data: values.data.slice(0, 20) as Float64Array };
    const same = { shape: [40, 5, 4], data: Float64Array.from({ length: 800 }, (_, k) => shared.data[k % 20]!) };
    const [one, many] = [await train({ values: shared, order }), await train({ values: same, order })];
    expect([...one.network.parameters]).toEqual([...many.network.parameters]);
    for (const [arrays, more, message] of [
      [{ values }, { target: 'file' }, 'array owner'],
      [{ values }, { heldOut: 40 }, 'holds 40 profiles, expected more than the 40 held out'],
      [
        { values: shared, order },
        { network: { ...config.network, items: 3 } },
        'holds 5 agents and 4 items, config has 5 and 3',
      ],
      [
        { values, owner: { shape: [40, 4], data: owner!.map((i, k) => (k === 6 ? 5 : i)) } },
        {},
        'owner[1,2] is 5, expected an agent from 0 to 4',
      ],
      [{ values, owner: { shape: [4, 40], data: owner! } }, {}, 'owner has shape [4,40], expected [40,4]'],
    ] as const) {
      await expect(train(arrays, more)).rejects.toThrow(message);
    }
  });

  it('refuses what it does not know', () => {
    expect(() => nrrTrainingConfig({ model: 'nrr', agents: 2, items: 2, epoch: 3 })).toThrow('did you mean epochs?');
    expect(() => nrrTrainingConfig({ model: 'exs-net', agents: 2, items: 2 })).toThrow('expected nrr');
    expect(() => nrrTrainingConfig({ model: 'nrr', agents: 2, items: 2, leftover: 'none' })).toThrow('uniform, masked');
    const refused = (fields: object) => () => nrrTrainingConfig({ model: 'nrr', agents: 2, items: 2, ...fields });
    expect(refused({ tauSchedule: 'cosine' })).toThrow(
      'tauSchedule is "cosine", expected one of constant, linear, exponential',
    );
    expect(refused({ tauStart: 0 })).toThrow('tauStart is 0, expected a number from');
    expect(refused({ envy: -1 })).toThrow('envy is -1, expected a number from 0');
    expect(refused({ envyForm: 'each' })).toThrow('per-bundle, per-good');
    expect(refused({ target: 'maxnash' })).toThrow('expected max-nash');
    expect(refused({ target: 'file' })).toThrow('target is file, expected a file of profiles');
    expect(refused({ hidden: [4, 4] })).toThrow('one layer width');
    expect(refused({ batch: 0 })).toThrow('batch is 0');
  });
});

describe('measures of assignments', () => {
  it('Hamming distance is the share of items whose owners differ', () => {
    expect(hamming(Int32Array.of(0, 1, 2, 0), Int32Array.of(0, 2, 2, 1))).toBe(0.5);
  });

  it('are 0, 1 for the target itself, and those of a case by hand', async () => {
    const values = { shape: [1, 2, 2], data: Float64Array.of(4, 3, 2, 1) };
    const batch = profileBatch({ values });
    expect(await measureAssignment(engine, maxUtilitarian(), batch)).toEqual({ hamming: 0, welfareRatio: 1, ef1: 0 });
    // Agent 0 takes item 0, agent 1 item 1: 4 + 1 of 7.
    expect(await measureAssignment(engine, roundRobin(), batch)).toEqual({ hamming: 0.5, welfareRatio: 5 / 7, ef1: 1 });
  });
});
