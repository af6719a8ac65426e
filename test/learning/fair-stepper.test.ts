import { createEngine, pf, profileBatch } from 'evenhand';
import { TensorStepper as PackagedStepper } from 'evenhand/learning';
import { afterAll, describe, expect, it } from 'vitest';
import { openBackend, type BackendName } from '../../src/learning/backend.js';
import { TensorStepper } from '../../src/learning/tensor-stepper.js';
import type { AscentOptions, LossOptions } from '../../src/learning/stepper.js';
import type { NetworkConfig } from '../../src/networks/config.js';
import { climbed } from '../oracle/adam.js';
import { lossOf, networkRows, utility, type PlainProfile } from '../oracle/network.js';
import { distance, lying, plain, randomBatch, randomParameters, randomReports, tiny } from './support.js';

const LOSS: LossOptions = { offset: 0.01, envy: 0.7 };
const AGENTS = Int32Array.of(2, 0);
const COEFFICIENTS = Float32Array.of(1.5, 0.4);
const ASCENT: AscentOptions = { steps: 3, rate: 0.05, valueLow: 0.1, valueHigh: 1, demandHigh: 1.05, demandsToo: true };

const engine = await createEngine({ threads: 1 });
afterAll(() => engine.close());
/** Native TensorFlow where a project folder is named that has it. */
const OTHERS: BackendName[] = process.env['EVENHAND_TFJS_NODE'] ? ['wasm', 'tensorflow'] : ['wasm'];

const cpu = await openBackend('cpu');

/** Allocations of expf-net in doubles. */
async function solved(
  config: NetworkConfig,
  flats: ArrayLike<number>[],
  told: PlainProfile[],
): Promise<number[][][][]> {
  const { items } = config;
  const all = flats.flatMap((flat) => told.map((each) => ({ ...each, z: networkRows(config, flat, each) })));
  const agents = told[0]!.weights.length;
  const array = (rows: number[][][], shape: number[]) => ({
    shape: [all.length, ...shape],
    data: Float64Array.from(rows.flat(2)),
  });
  const { allocation, status } = await engine.allocate(
    pf(),
    profileBatch({
      values: array(
        all.map((p) => p.values),
        [agents, items],
      ),
      demands: array(
        all.map((p) => p.demands),
        [agents, items],
      ),
      budgets: array(
        all.map((p) => [p.budgets]),
        [items],
      ),
      weights: array(
        all.map((p) => [p.weights]),
        [agents],
      ),
      regularizer: array(
        all.map((p) => p.z),
        [agents, items],
      ),
    }),
  );
  expect(status.every((each) => each === 0)).toBe(true);
  const row = (k: number) => [...allocation!.slice(k * items, (k + 1) * items)];
  return flats.map((_, f) =>
    told.map((__, s) => Array.from({ length: agents }, (___, i) => row((f * told.length + s) * agents + i))),
  );
}

describe.each(['dense', 'equivariant'])('expf-net, %s', (architecture) => {
  const config = tiny('expf-net', architecture, { scale: 2 });
  const parameters = randomParameters(config, 21);
  const count = 3;
  const batch = randomBatch(config, count, 22, 0.1);
  const reports = randomReports(config, count * AGENTS.length, 23);
  const size = 2 * config.items;
  const profiles = Array.from({ length: count }, (_, s) => plain(config, batch, s, false));
  const honest = Array.from({ length: count }, (_, s) => plain(config, batch, s, true));
  const liars = honest.flatMap((each, s) =>
    Array.from(AGENTS, (agent, a) => {
      const at = (s * AGENTS.length + a) * size;
      return lying(each, agent, reports.slice(at, at + size));
    }),
  );

  async function losses(flats: ArrayLike<number>[]): Promise<number[]> {
    const all = await solved(config, flats, [...honest, ...liars]);
    return all.map((allocations) => {
      const lied = honest
        .map((_, s) => AGENTS.length * s + count)
        .map((at) => allocations.slice(at, at + AGENTS.length));
      return lossOf(profiles, allocations.slice(0, count), lied, AGENTS, COEFFICIENTS, LOSS);
    });
  }

  const stepper = async (backend = cpu) => {
    const made = new TensorStepper(backend, config, { engine });
    await made.setParameters(parameters);
    return made;
  };

  it('allocates as the definition says', async () => {
    const [expected] = await solved(config, [parameters], honest);
    expect(distance(await (await stepper()).allocate(batch), expected!.flat(2))).toBeLessThan(1e-5);
  });

  it('has the loss and the gradient of finite differences', async () => {
    const made = await (await stepper()).gradient(batch, AGENTS, reports, COEFFICIENTS, LOSS);
    const flat = Float64Array.from(parameters);
    expect(made.loss).toBeCloseTo((await losses([flat]))[0]!, 5);
    const step = 1e-6;
    const moved = Array.from(flat).flatMap((_, k) =>
      [step, -step].map((by) => flat.map((each, j) => (j === k ? each + by : each))),
    );
    const at = await losses(moved);
    const slopes = Array.from(flat, (_, k) => (at[2 * k]! - at[2 * k + 1]!) / (2 * step));
    expect(distance(made.gradient, slopes)).toBeLessThan(1e-4);
  });

  it('climbs as Adam in doubles does', async () => {
    const improved = { agents: AGENTS, starts: 1, reports: reports.slice() };
    const gains = await (await stepper()).ascend(batch, improved, ASCENT);
    for (const [s, told] of honest.entries()) {
      const high = [...told.budgets.map(() => 1), ...told.budgets.map((b) => Math.min(b, ASCENT.demandHigh))];
      const { values, demands } = profiles[s]!;
      for (const [a, agent] of AGENTS.entries()) {
        const worth = async (given: PlainProfile) => {
          const [[allocation]] = (await solved(config, [parameters], [given])) as [[number[][]]];
          return utility(values[agent]!, demands[agent]!, allocation[agent]!);
        };
        const at = s * AGENTS.length + a;
        const start = [...reports.slice(at * size, (at + 1) * size)];
        const objective = (report: number[]) => worth(lying(told, agent, report));
        const end = await climbed(start, objective, [0.1, 0.1, 0, 0], high, ASCENT.steps, ASCENT.rate);
        expect(distance(improved.reports.slice(at * size, (at + 1) * size), end)).toBeLessThan(1e-3);
        expect(gains[at]).toBeCloseTo((await objective(end)) - (await worth(told)), 4);
      }
    }
  });

  it.each(OTHERS)('is the same on %s, and keeps no tensor', async (name) => {
    const results: Float32Array[][] = [];
    for (const backend of [cpu, await openBackend(name)]) {
      const made = await stepper(backend);
      const before = backend.tf.memory().numTensors;
      const misreports = { agents: AGENTS, starts: 1, reports: reports.slice() };
      const gains = await made.ascend(batch, misreports, ASCENT);
      const { gradient, utilities, efficiency } = await made.gradient(batch, AGENTS, reports, COEFFICIENTS, LOSS);
      results.push([gains, misreports.reports, gradient, utilities, efficiency, await made.allocate(batch)]);
      expect(backend.tf.memory().numTensors).toBe(before);
    }
    results[0]!.forEach((each, k) => expect(distance(results[1]![k]!, each)).toBeLessThan(1e-4));
  });
});

it('an engine of its own is closed with the stepper', async () => {
  const config = tiny('expf-net', 'dense');
  const made = new PackagedStepper(cpu, config);
  expect((await made.allocate(randomBatch(config, 1, 1))).length).toBe(6);
  await made.close();
  await expect(made.allocate(randomBatch(config, 1, 1))).rejects.toThrow('closed');
});
