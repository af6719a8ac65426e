import { describe, expect, it } from 'vitest';
import { openBackend, type BackendName } from '../../src/learning/backend.js';
import { TensorStepper } from '../../src/learning/tensor-stepper.js';
import type { AscentOptions, LossOptions } from '../../src/learning/stepper.js';
import { climbed } from '../oracle/adam.js';
import { lossOf, networkRows, shares, utility } from '../oracle/network.js';
import { distance, lying, plain, randomBatch, randomParameters, randomReports, tiny } from './support.js';

const LOSS: LossOptions = { offset: 0.01, envy: 0.7 };
const AGENTS = Int32Array.of(2, 0);
const COEFFICIENTS = Float32Array.of(1.5, 0.4);
const ASCENT: AscentOptions = { steps: 6, rate: 0.1, valueLow: 0.1, valueHigh: 1, demandHigh: 1, demandsToo: true };

/** Native TensorFlow where a project folder is named that has it. */
const OTHERS: BackendName[] = process.env['EVENHAND_TFJS_NODE'] ? ['wasm', 'tensorflow'] : ['wasm'];

const cpu = await openBackend('cpu');

describe.each(['dense', 'equivariant'])('exs-net, %s', (architecture) => {
  const config = tiny('exs-net', architecture);
  const parameters = randomParameters(config, 1);
  const batch = randomBatch(config, 4, 2, 0.1);
  const reports = randomReports(config, 4 * AGENTS.length, 3);

  /** The loss in doubles. */
  function loss(flat: ArrayLike<number>, given = batch): number {
    const solve = (told: ReturnType<typeof plain>) => shares(networkRows(config, flat, told), told);
    const all = [0, 1, 2, 3];
    const size = 2 * config.items;
    const lied = all.map((s) =>
      Array.from(AGENTS, (agent, a) => {
        const at = (s * AGENTS.length + a) * size;
        return solve(lying(plain(config, given, s, true), agent, reports.slice(at, at + size)));
      }),
    );
    const truth = all.map((s) => solve(plain(config, given, s, true)));
    const profiles = all.map((s) => plain(config, given, s, false));
    return lossOf(profiles, truth, lied, AGENTS, COEFFICIENTS, LOSS);
  }

  const stepper = async (backend = cpu, flat = parameters) => {
    const made = new TensorStepper(backend, config);
    await made.setParameters(flat);
    return made;
  };

  it('allocates as the definition says', async () => {
    const allocation = await (await stepper()).allocate(batch);
    const expected = [0, 1, 2, 3].flatMap((s) => {
      const told = plain(config, batch, s, true);
      return shares(networkRows(config, parameters, told), told).flat();
    });
    expect(distance(allocation, expected)).toBeLessThan(1e-6);
  });

  it('has the loss and the gradient of finite differences', async () => {
    const made = await (await stepper()).gradient(batch, AGENTS, reports, COEFFICIENTS, LOSS);
    expect(made.loss).toBeCloseTo(loss(parameters), 5);
    const flat = Float64Array.from(parameters);
    const slopes = flat.map((x, k) => {
      const at = (moved: number) => loss(flat.map((each, j) => (j === k ? moved : each)));
      return (at(x + 1e-6) - at(x - 1e-6)) / 2e-6;
    });
    expect(distance(made.gradient, slopes)).toBeLessThan(2e-5);
  });

  it('leaves out agents who cannot gain', async () => {
    const some = { ...batch, values: batch.values.slice(), weights: batch.weights.slice() };
    some.values.fill(0, 0, config.items);
    for (let s = 1; s < 4; s++) some.weights[s * config.agents + 2] = 0;
    const made = await (await stepper()).gradient(some, AGENTS, reports, COEFFICIENTS, { ...LOSS, offset: 0 });
    expect(made.gradient.every(Number.isFinite)).toBe(true);
    const { loss: withOffset } = await (await stepper()).gradient(some, AGENTS, reports, COEFFICIENTS, LOSS);
    expect(withOffset).toBeCloseTo(loss(parameters, some), 5);
  });

  it('finds misreports that gain, inside the box', async () => {
    const made = await stepper();
    const honest = Float32Array.from(
      [0, 1, 2, 3].flatMap((s) =>
        Array.from({ length: 2 }, () =>
          Array.from(AGENTS, (i) => {
            const { values, demands } = plain(config, batch, s, true);
            return [...values[i]!, ...demands[i]!];
          }),
        ).flat(2),
      ),
    );
    const improved = { agents: AGENTS, starts: 2, reports: honest.slice() };
    const gains = await made.ascend(batch, improved, ASCENT);
    expect(gains.length).toBe(16);
    const before = await made.ascend(batch, { ...improved, reports: honest.slice() }, { ...ASCENT, steps: 0 });
    expect(Math.max(...before.map(Math.abs))).toBeLessThan(1e-6);
    expect(gains.reduce((a, b) => a + b)).toBeGreaterThan(0.02);
    improved.reports.forEach((x, k) => {
      const demand = k % (2 * config.items) >= config.items;
      expect(x).toBeGreaterThanOrEqual(demand ? 0 : Math.fround(0.1));
      expect(x).toBeLessThanOrEqual(1);
    });
    const alone = { agents: AGENTS, starts: 2, reports: honest.slice() };
    await made.ascend(batch, alone, { ...ASCENT, demandsToo: false });
    const demands = (x: Float32Array) => x.filter((_, k) => k % (2 * config.items) >= config.items);
    expect(demands(alone.reports)).toEqual(demands(honest));
    expect(alone.reports).not.toEqual(honest);
  });

  it('climbs as Adam in doubles does', async () => {
    const options = { ...ASCENT, steps: 5, rate: 0.2, demandHigh: 1.05 };
    const improved = { agents: AGENTS, starts: 1, reports: reports.slice() };
    const gains = await (await stepper()).ascend(batch, improved, options);
    const size = 2 * config.items;
    for (const s of [0, 1, 2, 3]) {
      const told = plain(config, batch, s, true);
      const truth = plain(config, batch, s, false);
      const high = [...told.budgets.map(() => 1), ...told.budgets.map((b) => Math.min(b, 1.05))];
      for (const [a, agent] of AGENTS.entries()) {
        const worth = (given: ReturnType<typeof plain>) =>
          utility(
            truth.values[agent]!,
            truth.demands[agent]!,
            shares(networkRows(config, parameters, given), given)[agent]!,
          );
        const at = s * AGENTS.length + a;
        const start = [...reports.slice(at * size, (at + 1) * size)];
        const gain = (report: number[]) => worth(lying(told, agent, report)) - worth(told);
        const end = await climbed(start, gain, [0.1, 0.1, 0, 0], high, options.steps, options.rate);
        expect(distance(improved.reports.slice(at * size, (at + 1) * size), end)).toBeLessThan(1e-4);
        expect(gains[at]).toBeCloseTo(gain(end), 5);
      }
    }
  });

  it.each(OTHERS)('is the same on %s', async (name) => {
    const results: Float32Array[][] = [];
    for (const backend of [cpu, await openBackend(name)]) {
      const made = await stepper(backend);
      const misreports = { agents: AGENTS, starts: 1, reports: reports.slice() };
      const gains = await made.ascend(batch, misreports, ASCENT);
      const { gradient, utilities, efficiency } = await made.gradient(batch, AGENTS, reports, COEFFICIENTS, LOSS);
      results.push([gains, misreports.reports, gradient, utilities, efficiency, await made.allocate(batch)]);
    }
    results[0]!.forEach((each, k) => expect(distance(results[1]![k]!, each)).toBeLessThan(1e-4));
  });

  it('keeps no tensor', async () => {
    const { tf } = cpu;
    const made = await stepper();
    const step = async () => {
      await made.ascend(batch, { agents: AGENTS, starts: 1, reports: reports.slice() }, ASCENT);
      await made.gradient(batch, AGENTS, reports, COEFFICIENTS, LOSS);
      await made.gradient(batch, Int32Array.of(), new Float32Array(0), new Float32Array(0), { ...LOSS, envy: 0 });
      await made.allocate(batch);
    };
    await step();
    const before = tf.memory().numTensors;
    for (let k = 0; k < 3; k++) await step();
    expect(tf.memory().numTensors).toBe(before);
  });
});

it('steppers on several backends, called at once, take turns', async () => {
  const config = tiny('exs-net', 'dense');
  const batch = randomBatch(config, 2, 5);
  const backends = [cpu, await openBackend('wasm'), cpu];
  const told = { agents: AGENTS, starts: 1, reports: randomReports(config, 2 * AGENTS.length, 6) };
  const gains = await Promise.all(
    backends.map(async (backend) => {
      const made = new TensorStepper(backend, config);
      await made.setParameters(randomParameters(config, 4));
      return made.ascend(batch, { ...told, reports: told.reports.slice() }, ASCENT);
    }),
  );
  expect(distance(gains[1]!, gains[0]!)).toBeLessThan(1e-4);
  expect(gains[2]).toEqual(gains[0]);
});

it('a call that fails leaves the next its turn', async () => {
  const config = tiny('exs-net', 'dense');
  const made = new TensorStepper(cpu, config);
  const batch = randomBatch(config, 2, 5);
  await expect(made.allocate({ ...batch, weights: new Float32Array(5) })).rejects.toThrow('weights has 5 elements');
  await expect(made.setParameters(new Float32Array(3))).rejects.toThrow('parameters has 3 elements');
  const reports = new Float32Array(8);
  const ascend = (agent: number, given: Float32Array) =>
    made.ascend(batch, { agents: Int32Array.of(agent), starts: 1, reports: given }, ASCENT);
  await expect(ascend(3, reports)).rejects.toThrow('agents has 3, expected 0 to 2');
  await expect(ascend(1, new Float32Array(7))).rejects.toThrow('reports has 7 elements, expected 2 x 1 x 1 x 4');
  expect(await made.allocate(batch)).toHaveLength(12);
});
