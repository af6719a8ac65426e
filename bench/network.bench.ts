// Learned mechanisms: inference on one thread beside proportional fairness and Partial Allocation, and a training step beside PyTorch's.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createEngine } from '#dist/engine/engine.js';
import { KernelStepper } from '#dist/learning/kernel-stepper.js';
import { Adam } from '#dist/learning/optimizer.js';
import { trainingConfig } from '#dist/learning/training-config.js';
import { openTrainingData } from '#dist/learning/training-data.js';
import { expfNet, exsNet, pa, pf } from '#dist/mechanisms/factories.js';
import type { Mechanism } from '#dist/mechanisms/mechanism.js';
import { networkConfig } from '#dist/networks/config.js';
import { initialNetwork } from '#dist/networks/network.js';
import { placedCase } from './placed.js';
import { pythonWith } from './python.js';
import type { Row } from './rows.js';
import { median, seconds, time } from './stats.js';

const ROUNDS = 7;
const COUNT = 4096;
const SIZES = [
  [2, 2, 300_000],
  [10, 3, 150_000],
] as const;

function network(model: 'exs-net' | 'expf-net', agents: number, items: number) {
  return initialNetwork(networkConfig({ model, agents, items }), 1);
}

/** Seconds a profile of each rule, medians of rounds in turn. */
async function inference(agents: number, items: number): Promise<Record<string, number[]>> {
  const rules: Record<string, Mechanism> = {
    'exs-net': exsNet({ model: network('exs-net', agents, items) }),
    'expf-net': expfNet({ model: network('expf-net', agents, items) }),
    pf: pf(),
    pa: pa(),
  };
  const cases = Object.entries(rules).map(([id, rule]) => {
    const placed = placedCase(rule, 'uniform', { agents, items, count: COUNT, budget: 1, seed: 1 });
    if (!placed.check()) throw new Error(`${id}: a profile was not solved`);
    return [id, placed] as const;
  });
  const times: Record<string, number[]> = {};
  for (let round = 0; round < ROUNDS; round++) {
    for (const [id, { run }] of cases) {
      const ms = await time(id, run, { runs: 3, warmup: round === 0 ? 20 : 1 });
      (times[id] ??= []).push(ms / 1000 / COUNT);
    }
  }
  for (const [, { dispose }] of cases) dispose();
  return times;
}

async function infer(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [agents, items, target] of SIZES) {
    const times = await inference(agents, items);
    const exs = times['exs-net']!;
    const rate = 1 / median(exs);
    rows.push({
      name: `exs-net ${agents}x${items}, two layers of 100, single precision`,
      value: `${Math.round(rate).toLocaleString('en-US')} profiles/s`,
      note: `${seconds(median(exs))} a profile, one thread`,
      target: `>= ${target.toLocaleString('en-US')}`,
      met: rate >= target,
    });
    const ratio = (id: string) => median(times[id]!.map((t, r) => t / exs[r]!));
    const most: Readonly<Record<string, number>> = { pf: 2, pa: 16, 'expf-net': 4 };
    for (const id of Object.keys(most)) {
      rows.push({
        name: `  ${id} over exs-net`,
        value: `${ratio(id).toFixed(2)} times`,
        note: `${seconds(median(times[id]!))} a profile, scarce (supply 1)`,
        ...(agents === 10 ? { target: `<= ${most[id]}`, met: ratio(id) <= most[id]! } : {}),
      });
    }
  }
  return rows;
}

const PROFILES = 128;
const STEPS = 10;

/** Milliseconds of a training step (ascent of all misreports, gradient, Adam) by the kernels, and what it computed. */
async function kernelStep(model: 'exs-net' | 'expf-net', agents: number, items: number, threads: number) {
  const engine = await createEngine({ threads });
  const config = trainingConfig({ model, agents, items, budget: 1, batch: PROFILES, heldOut: 1, rate: 0 });
  const data = await openTrainingData(config, 1);
  const { parameters } = initialNetwork(config.network, 1);
  const batch = data.visit(0);
  const start = new Float32Array(PROFILES * agents * 2 * items);
  for (let r = 0; r < PROFILES * agents; r++) {
    for (let m = 0; m < items; m++) {
      // Inside the box and away from its ends, so that both programs climb alike.
      start[(2 * r + 0) * items + m] = 0.2 + 0.7 * batch.values[r * items + m]!;
      start[(2 * r + 1) * items + m] = 0.1 + 0.7 * batch.demands[r * items + m]!;
    }
  }
  const stepper = new KernelStepper(engine, config.network, parameters);
  const [first, second] = [new Float32Array(parameters.length), new Float32Array(parameters.length)];
  const adam = new Adam({ first, second }, config);
  const everyone = Int32Array.from({ length: agents }, (_, i) => i);
  const coefficients = new Float32Array(agents).fill(1);
  const times: number[] = [];
  let [loss, gain] = [0, 0];
  const rounds = model === 'exs-net' ? 31 : 11;
  for (let round = 0; round < rounds + 5; round++) {
    const reports = start.slice();
    const begun = performance.now();
    const misreports = { agents: everyone, starts: 1, reports };
    const gains = await stepper.ascend(batch, misreports, { ...data.range, steps: STEPS, rate: 0.1, demandsToo: true });
    const found = await stepper.gradient(batch, everyone, reports, coefficients, { offset: 1e-4, envy: 0 });
    adam.step(parameters, found.gradient, round);
    if (round >= 5) times.push(performance.now() - begun);
    loss = found.loss;
    gain = gains.reduce((a, b) => a + b, 0) / gains.length;
  }
  await engine.close();
  return { ms: median(times), loss, gain, given: [parameters, batch.values, batch.demands, start] };
}

interface Torch {
  readonly seconds: number;
  readonly loss: number;
  readonly gain: number;
  readonly version: string;
}

function torchStep(agents: number, items: number, threads: number, given: readonly Float32Array[]): Torch | undefined {
  const python = pythonWith('torch');
  if (!python) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'evenhand-'));
  try {
    const file = join(folder, 'step.bin');
    writeFileSync(file, Buffer.concat(given.map((a) => Buffer.from(a.slice().buffer))));
    const script = fileURLToPath(new URL('../../bench/python/exs_net.py', import.meta.url));
    const sizes = [agents, items, PROFILES, 100, 1, STEPS, 31, threads].map(String);
    const run = spawnSync(python, [script, file, ...sizes], { encoding: 'utf8' });
    if (run.status !== 0) throw new Error(run.stderr);
    return JSON.parse(run.stdout) as Torch;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function training(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [agents, items] of SIZES) {
    for (const threads of [1, 2]) {
      // One thread of ours is the calling one.
      const ours = await kernelStep('exs-net', agents, items, threads === 1 ? 0 : threads);
      const torch = torchStep(agents, items, threads, ours.given);
      const again = await kernelStep('exs-net', agents, items, threads === 1 ? 0 : threads);
      const ms = Math.min(ours.ms, again.ms);
      const name = `exs-net training step ${agents}x${items}, ${PROFILES} profiles, ${threads} thread${threads === 1 ? '' : 's'}`;
      rows.push({ name, value: seconds(ms / 1000), note: `${STEPS} ascent steps, gradient, Adam` });
      if (!torch) rows.push({ name: '  PyTorch', value: 'not run', note: 'no Python with torch found' });
      else {
        if (Math.abs(torch.loss - ours.loss) > 1e-3 || Math.abs(torch.gain - ours.gain) > 1e-3) {
          throw new Error(`the steps differ: loss ${ours.loss} and ${torch.loss}, gain ${ours.gain} and ${torch.gain}`);
        }
        const ratio = ms / 1000 / torch.seconds;
        rows.push({
          name: '  over the same step in PyTorch',
          value: `${ratio.toFixed(2)} times`,
          note: `PyTorch ${torch.version} ${seconds(torch.seconds)}`,
          target: '<= 1',
          met: ratio <= 1,
        });
      }
    }
    const fair = await kernelStep('expf-net', agents, items, 0);
    const shares = await kernelStep('exs-net', agents, items, 0);
    const ratio = fair.ms / shares.ms;
    rows.push({
      name: `expf-net over exs-net training step ${agents}x${items}, one thread`,
      value: `${ratio.toFixed(2)} times`,
      note: `${seconds(fair.ms / 1000)} and ${seconds(shares.ms / 1000)}`,
      ...(agents === 10 ? { target: '<= 10', met: ratio <= 10 } : {}),
    });
  }
  return rows;
}

export const cases = { 'network inference': infer, 'network training': training };
