// SoftRR forward and backward on one thread, beside PyTorch's autograd of the same recursion; a training run of Neural Round Robin.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { placeInput, outputNames } from '#dist/engine/chunk.js';
import { createEngine } from '#dist/engine/engine.js';
import { nrrTrainingConfig } from '#dist/learning/nrr-config.js';
import { trainNrr } from '#dist/learning/nrr-train.js';
import { softRoundRobin, softRoundRobinGradient } from '#dist/mechanisms/soft-round-robin.js';
import { profileBatch } from '#dist/profiles/batch.js';
import { materialize, sampleProfiles } from '#dist/profiles/samplers.js';
import { placeRoom } from '#dist/profiles/spots.js';
import { Kernels } from '#dist/wasm/kernels.js';
import { pythonWith } from './python.js';
import type { Row } from './rows.js';
import { median, seconds, time } from './stats.js';

const OPTIONS = { tau: 0.01, leftover: 'uniform', normalize: false };
const COUNT = 4096;

interface Torch {
  readonly seconds: number;
  readonly batch: number;
  readonly secondsOfFour: number;
  readonly version: string;
  readonly allocation: number;
  readonly gradient: number;
}

function torch(agents: number, items: number, given: readonly Float64Array[]): Torch | undefined {
  const python = pythonWith('torch');
  if (!python) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'evenhand-'));
  try {
    const file = join(folder, 'profiles.bin');
    writeFileSync(file, Buffer.concat(given.map((a) => Buffer.from(a.slice().buffer))));
    const script = fileURLToPath(new URL('../../bench/python/soft_round_robin.py', import.meta.url));
    const run = spawnSync(python, [script, file, ...[agents, items, COUNT, OPTIONS.tau, 15].map(String)], {
      encoding: 'utf8',
    });
    if (run.status !== 0) throw new Error(run.stderr);
    return JSON.parse(run.stdout) as Torch;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function inner(one: Float64Array, other: Float64Array): number {
  return one.reduce((sum, x, k) => sum + x * other[k]!, 0);
}

async function compare(agents: number, items: number, target?: number): Promise<Row[]> {
  const kernels = new Kernels();
  const { arrays } = materialize(sampleProfiles('uniform-full', { agents, items, count: COUNT, seed: 1 }));
  const values = arrays.values!.data as Float64Array;
  const shape = [COUNT, agents, items];
  // Cotangents from values of other profiles, as good as random.
  const cotangent = values.map((_, k) => values[(k * 7919) % values.length]! - 0.5);
  const batch = profileBatch({ values: { shape, data: values }, cotangent: { shape, data: cotangent } }, [
    'values',
    'cotangent',
  ]);
  const input = placeInput(kernels, batch, ['values', 'cotangent'], 0, COUNT);
  const forward = placeRoom(kernels, input, outputNames(softRoundRobin));
  const backward = placeRoom(kernels, input, outputNames(softRoundRobinGradient));
  const allocate = () => softRoundRobin.run(kernels, input, forward, OPTIONS);
  const differentiate = () => softRoundRobinGradient.run(kernels, input, backward, OPTIONS);
  allocate();
  differentiate();
  const found = (place: typeof forward, name: string) => kernels.arena.f64(place.address(name), values.length).slice();
  const sums = [inner(found(forward, 'allocation'), cotangent), inner(found(backward, 'd_values'), cotangent)] as const;
  const alone = (await time('forward', allocate, { runs: 15, warmup: 5 })) / COUNT / 1000;
  // The gradient runs the recursion itself: forward and backward in one.
  const before = (await time('forward and backward', differentiate, { runs: 15, warmup: 5 })) / COUNT / 1000;
  const peer = torch(agents, items, [values, cotangent]);
  const each = Math.min(before, (await time('again', differentiate, { runs: 15, warmup: 1 })) / COUNT / 1000);
  const rows: Row[] = [
    {
      name: `soft-round-robin ${agents}x${items}, forward and backward`,
      value: `${Math.round(1 / each).toLocaleString('en-US')} profiles/s`,
      note: `${seconds(each)} a profile, forward alone ${seconds(alone)}; one thread`,
      ...(target === undefined ? {} : { target: `>= ${target.toLocaleString('en-US')}`, met: 1 / each >= target }),
    },
  ];
  if (!peer) return [...rows, { name: '  PyTorch', value: 'not run', note: 'no Python with torch found' }];
  for (const [ours, theirs] of [
    [sums[0], peer.allocation],
    [sums[1], peer.gradient],
  ] as const) {
    if (Math.abs(ours - theirs) > 1e-6 * Math.abs(theirs))
      throw new Error(`the recursions differ: ${ours} and ${theirs}`);
  }
  rows.push({
    name: '  PyTorch over that, at its best batch',
    value: `${(peer.seconds / each).toFixed(1)} times`,
    note: `PyTorch ${peer.version} ${seconds(peer.seconds)} a profile in batches of ${peer.batch}, one thread`,
    ...(target === undefined ? {} : { target: '>= 50', met: peer.seconds / each >= 50 }),
  });
  rows.push({
    name: '  PyTorch over that, in batches of 4 as training has them',
    value: `${(peer.secondsOfFour / each).toFixed(0)} times`,
    note: `${seconds(peer.secondsOfFour)} a profile`,
  });
  return rows;
}

/** A whole training run of Neural Round Robin with the published values, held-out measurement included. */
async function training(): Promise<Row[]> {
  const engine = await createEngine({ threads: 0 });
  try {
    const config = nrrTrainingConfig({ model: 'nrr', agents: 15, items: 5 });
    const times: number[] = [];
    for (let round = 0; round < 5; round++) {
      const begun = performance.now();
      const { heldOut } = await trainNrr(engine, config, { seed: 1 });
      times.push((performance.now() - begun) / 1000);
      if (heldOut.ef1 !== 1 || !(heldOut.welfareRatio > 0.92)) throw new Error('the network has learned nothing');
    }
    const each = median(times);
    const name = 'train nrr 15x5, 100 profiles, 20 epochs';
    return [{ name, value: seconds(each), note: 'one thread', target: '<= 20 s', met: each <= 20 }];
  } finally {
    await engine.close();
  }
}

export const cases = {
  'train nrr': training,
  'soft-round-robin 5x10': () => compare(5, 10, 100_000),
  'soft-round-robin 15x5': () => compare(15, 5),
};
