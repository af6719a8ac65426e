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

  it('refuses what it does not know', () => {
    expect(() => nrrTrainingConfig({ model: 'nrr', agents: 2, items: 2, epoch: 3 })).toThrow('did you mean epochs?');
    expect(() => nrrTrainingConfig({ model: 'exs-net', agents: 2, items: 2 })).toThrow('expected nrr');
    expect(() => nrrTrainingConfig({ model: 'nrr', agents: 2, items: 2, leftover: 'none' })).toThrow('uniform, masked');
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
