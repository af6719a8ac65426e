import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine, type Engine } from 'evenhand';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Writer } from '#dist/experiments/experiment.js';
import { trained } from '#dist/experiments/s0/trained.js';

const FIELDS = { model: 'exs-net', agents: 2, items: 2, budget: 1 };
const OPTIONS = { seed: 1, setting: 'quick', seeds: [3, 4] } as const;

let engine: Engine;
let folder: string;
beforeAll(async () => {
  engine = await createEngine({ threads: 0 });
  folder = mkdtempSync(join(tmpdir(), 'evenhand-trained-'));
});
afterAll(async () => {
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('networks of experiments', () => {
  it('are trained once for each seed and used again', async () => {
    const write = new Writer(join(folder, 'twice'));
    const first = await trained(engine, write, OPTIONS, 'net', FIELDS);
    expect(first).toHaveLength(2);
    expect(first[0]!.parameters).not.toEqual(first[1]!.parameters);
    const weights = join(write.folder, 'networks/quick-net-seed-4/weights.npz');
    const { mtimeMs } = statSync(weights);
    const labels = new Set<string>();
    const onTraining = (label: string) => labels.add(label);
    const again = await trained(engine, write, { ...OPTIONS, onTraining }, 'net', FIELDS);
    expect(again.map(({ parameters }) => parameters)).toEqual(first.map(({ parameters }) => parameters));
    expect([labels.size, statSync(weights).mtimeMs]).toEqual([0, mtimeMs]);
  });

  it('go on where training was cancelled, and end where they would have ended', async () => {
    const stop = new AbortController();
    const write = new Writer(join(folder, 'cancelled'));
    const cancelled = trained(
      engine,
      write,
      // The first seed ends, the second is stopped on its way.
      { ...OPTIONS, signal: stop.signal, onTraining: (label, { done }) => label === 'quick-net-seed-4' && done === 17 && stop.abort(new Error('enough')) }, // prettier-ignore
      'net',
      FIELDS,
    );
    await expect(cancelled).rejects.toThrow('enough');
    const labels: string[] = [];
    const after = await trained(
      engine,
      write,
      { ...OPTIONS, onTraining: (label) => labels.push(label) },
      'net',
      FIELDS,
    );
    const straight = await trained(engine, new Writer(join(folder, 'twice')), OPTIONS, 'net', FIELDS);
    expect(after.map(({ parameters }) => parameters)).toEqual(straight.map(({ parameters }) => parameters));
    expect(labels.filter((label) => label === 'quick-net-seed-3')).toEqual([]);
    expect(readFileSync(join(write.folder, 'networks/quick-net-seed-4/trained.json'), 'utf8')).toMatch(
      /"iterations": 40/,
    );
  });

  it('of another setting are not taken for these', async () => {
    const write = new Writer(join(folder, 'twice'));
    const other = trained(engine, write, OPTIONS, 'net', { ...FIELDS, epsilon: 0.5 });
    await expect(other).rejects.toThrow(/quick-net-seed-3 holds a network that was trained in another setting/);
  });
});
