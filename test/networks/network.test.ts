import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine, exsNet, expfNet, loadNetwork, pf, profileBatch, type Network } from 'evenhand';
import { describe, expect, test } from 'vitest';
import { KernelStepper } from '#dist/learning/kernel-stepper.js';
import { saveNetwork } from '#dist/networks/files.js';
import { gain, lie, outputs, sharing } from '../oracle/learned.js';
import { lossOf, type PlainProfile } from '../oracle/network.js';
import { drawNetwork, drawReports, drawTold, profilesOf, trainingBatch } from './support.js';

const ARCHITECTURES = ['dense', 'equivariant'] as const;

/** The mechanism by the oracle; ExPF-Net's programme is solved by `pf`, which has an oracle of its own. */
async function solveAll(network: Network, told: readonly PlainProfile[]): Promise<number[][][]> {
  const engine = await createEngine({ threads: 0 });
  const z = told.flatMap((t) => outputs(network.config, network.parameters, t).flat());
  const arrays = profilesOf(told);
  const { allocation } = await engine.allocate(
    pf(),
    profileBatch({ ...arrays, regularizer: { shape: arrays.values.shape, data: Float64Array.from(z) } }),
  );
  await engine.close();
  const [N, M] = [told[0]!.values.length, told[0]!.budgets.length];
  return told.map((_, s) =>
    Array.from({ length: N }, (_, i) => Array.from(allocation!.subarray((s * N + i) * M, (s * N + i + 1) * M))),
  );
}

describe.each(ARCHITECTURES)('networks, %s', (architecture) => {
  test('a profile with numbers beyond single precision gets status 5, its neighbours keep their bits', async () => {
    const told = drawTold('huge', 3, 2, 5, 0.7);
    const huge = told.map((t, s) => (s === 2 ? { ...t, values: t.values.map((row) => row.map((v) => 1e200 * v)) } : t));
    const engine = await createEngine({ threads: 0 });
    for (const model of ['exs-net', 'expf-net'] as const) {
      const network = drawNetwork('huge', { model, architecture, agents: 3, items: 2 });
      const rule = model === 'exs-net' ? exsNet({ model: network }) : expfNet({ model: network });
      const [plain, odd] = await Promise.all(
        [told, huge].map((profiles) => engine.allocate(rule, profileBatch(profilesOf(profiles)))),
      );
      expect([...odd!.status]).toEqual([0, 0, 5, 0, 0]);
      expect(odd!.residual[2]).toBe(Infinity);
      for (const s of [0, 1, 3, 4]) {
        const own = (r: typeof plain) => [...r!.allocation!.subarray(6 * s, 6 * s + 6)];
        expect(own(odd)).toEqual(own(plain));
      }
      expect([...odd!.allocation!.subarray(12, 18)]).toEqual([0, 0, 0, 0, 0, 0]);
    }
    await engine.close();
  });

  test.each(['exs-net', 'expf-net'] as const)(
    '%s whose output leaves single precision gets status 5',
    async (model) => {
      const network = drawNetwork('beyond', { model, architecture, agents: 3, items: 2 });
      network.parameters.forEach((x, k) => (network.parameters[k] = Math.sign(x) * 3e38));
      const engine = await createEngine({ threads: 0 });
      const rule = model === 'exs-net' ? exsNet({ model: network }) : expfNet({ model: network });
      const { status, allocation } = await engine.allocate(
        rule,
        profileBatch(profilesOf(drawTold('beyond', 3, 2, 5, 1))),
      );
      await engine.close();
      expect([...status]).toEqual([5, 5, 5, 5, 5]);
      expect(allocation!.every((a) => a === 0)).toBe(true);
    },
  );

  test('parameters of a file are refused if they could lead there', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'evenhand-network-'));
    const network = drawNetwork('beyond', { model: 'exs-net', architecture, agents: 3, items: 2 });
    network.parameters[5] = -2e6;
    await saveNetwork(folder, network);
    await expect(loadNetwork(folder)).rejects.toThrow(
      /weights.npz: layer0_\w+\[5\] is -2000000, expected a number from -1000000 to 1000000/,
    );
    await rm(folder, { recursive: true });
  });

  test.each([
    [2, 2, 1, true],
    [4, 3, 0.7, false],
    [7, 1, 2, true],
  ])(
    'exs-net of %i agents and %i items: allocations agree with plain loops to 1e-5 of the supply',
    async (agents, items, budget, agentWeights) => {
      const title = `exs ${architecture} ${agents} ${items}`;
      const network = drawNetwork(title, { model: 'exs-net', architecture, agents, items, agentWeights });
      const told = drawTold(title, agents, items, 45, budget);
      const engine = await createEngine({ threads: 0 });
      const result = await engine.allocate(exsNet({ model: network }), profileBatch(profilesOf(told)));
      await engine.close();
      const expected = told.map(sharing(network.config, network.parameters)).flat(2);
      expected.forEach((x, j) => expect(Math.abs(result.allocation![j]! - x)).toBeLessThan(1e-5 * budget));
      expect(result.status.every((s) => s === 0)).toBe(true);
    },
  );

  test('expf-net: the regularizer is the output of plain loops', async () => {
    const title = `expf ${architecture}`;
    const network = drawNetwork(title, { model: 'expf-net', architecture, agents: 3, items: 2, hidden: [5] });
    const told = drawTold(title, 3, 2, 40, 0.6);
    const engine = await createEngine({ threads: 0 });
    const result = await engine.allocate(expfNet({ model: network }), profileBatch(profilesOf(told)));
    await engine.close();
    const expected = (await solveAll(network, told)).flat(2);
    // An allocation may have kinks in z; nearly all profiles are away from them.
    const off = expected.filter((x, j) => Math.abs(result.allocation![j]! - x) > 1e-5);
    expect(off.length).toBeLessThanOrEqual(2);
  });

  test('gradient of the loss agrees with differences of the loss by plain loops', async () => {
    const title = `loss ${architecture}`;
    const network = drawNetwork(title, {
      model: 'exs-net',
      architecture,
      agents: 3,
      items: 2,
      hidden: [5, 4],
      agentWeights: true,
    });
    const told = drawTold(title, 3, 2, 21, 0.8);
    const agents = [0, 2];
    const reports = drawReports(title, told, agents);
    const coefficients = [3, 7];
    const engine = await createEngine({ threads: 0 });
    const stepper = new KernelStepper(engine, network.config, network.parameters);
    const found = await stepper.gradient(
      trainingBatch(told),
      Int32Array.from(agents),
      Float32Array.from(reports.flat(2)),
      Float32Array.from(coefficients),
      { offset: 1e-4, envy: 0.3 },
    );
    await engine.close();
    const loss = (parameters: Float64Array) => {
      const allocate = sharing(network.config, parameters);
      const lied = told.map((truth, s) => agents.map((i, a) => allocate(lie(truth, i, reports[s]![a]!))));
      return lossOf(told, told.map(allocate), lied, agents, coefficients, { offset: 1e-4, envy: 0.3 });
    };
    const at = Float64Array.from(network.parameters);
    expect(Math.abs(found.loss - loss(at))).toBeLessThan(1e-5);
    const size = Math.max(...found.gradient.map(Math.abs));
    let off = 0;
    for (let k = 0; k < at.length; k++) {
      const h = 1e-6;
      const x = at[k]!;
      at[k] = x + h;
      const above = loss(at);
      at[k] = x - h;
      const slope = (above - loss(at)) / (2 * h);
      at[k] = x;
      if (Math.abs(found.gradient[k]! - slope) > 1e-3 * size) off += 1;
    }
    expect(off).toBe(0);
  });

  test('misreports become the best that Adam visits, as with differences of the true utility', async () => {
    const title = `climb ${architecture}`;
    const network = drawNetwork(title, { model: 'exs-net', architecture, agents: 3, items: 2, hidden: [6] });
    const told = drawTold(title, 3, 2, 40, 0.8);
    const agents = [1, 2];
    // Away from the ends of the box, where differences see half of a kink.
    const reports = drawReports(title, told, agents).map((own) =>
      own.map((report) => report.map((x, k) => (k < 2 ? x : Math.fround(0.2 + 0.5 * x)))),
    );
    const engine = await createEngine({ threads: 0 });
    const stepper = new KernelStepper(engine, network.config, network.parameters);
    const flat = Float32Array.from(reports.flat(2));
    const options = { steps: 3, rate: 0.05, valueLow: 0.1, valueHigh: 1, demandHigh: 1, demandsToo: true };
    const gains = await stepper.ascend(
      trainingBatch(told),
      { agents: Int32Array.from(agents), starts: 1, reports: flat },
      options,
    );
    await engine.close();
    const allocate = sharing(network.config, network.parameters);
    let off = 0;
    told.forEach((truth, s) =>
      agents.forEach((i, a) => {
        let report = [...reports[s]![a]!];
        const [m, v] = [report.map(() => 0), report.map(() => 0)];
        let top = { report, gain: gain(allocate, truth, i, report) };
        for (let step = 1; step <= options.steps; step++) {
          const slopes = report.map((x, k) => {
            const moved = (h: number) =>
              gain(
                allocate,
                truth,
                i,
                report.map((y, l) => (l === k ? x + h : y)),
              );
            return (moved(1e-6) - moved(-1e-6)) / 2e-6;
          });
          report = report.map((x, k) => {
            m[k] = 0.9 * m[k]! + 0.1 * slopes[k]!;
            v[k] = 0.999 * v[k]! + 0.001 * slopes[k]! ** 2;
            const moved =
              x + (options.rate * (m[k] / (1 - 0.9 ** step))) / (Math.sqrt(v[k] / (1 - 0.999 ** step)) + 1e-8);
            return k < 2 ? Math.min(1, Math.max(0.1, moved)) : Math.min(0.8, Math.max(0, moved));
          });
          const reached = gain(allocate, truth, i, report);
          if (reached > top.gain) top = { report, gain: reached };
        }
        const own = flat.subarray((s * 2 + a) * 4, (s * 2 + a + 1) * 4);
        if (top.report.some((x, k) => Math.abs(x - own[k]!) > 2e-3)) off += 1;
        expect(Math.abs(gains[s * 2 + a]! - gain(allocate, truth, i, [...own]))).toBeLessThan(1e-5);
      }),
    );
    // Where a step crosses the kink at share · supply = demand, a difference may see the other side.
    expect(off).toBeLessThanOrEqual(4);
  });

  test('expf-net: gradient of the loss agrees with differences of solved programmes', async () => {
    const title = `fair loss ${architecture}`;
    const network = drawNetwork(title, { model: 'expf-net', architecture, agents: 3, items: 2, hidden: [4], scale: 1 });
    const told = drawTold(title, 3, 2, 12, 0.6);
    const agents = [0, 1, 2];
    const reports = drawReports(title, told, agents);
    const engine = await createEngine({ threads: 0 });
    const stepper = new KernelStepper(engine, network.config, network.parameters);
    const lossAt = () =>
      stepper.gradient(
        trainingBatch(told),
        Int32Array.from(agents),
        Float32Array.from(reports.flat(2)),
        Float32Array.from([2, 2, 2]),
        { offset: 1e-4, envy: 0.2 },
      );
    const { gradient } = await lossAt();
    const size = Math.max(...gradient.map(Math.abs));
    const slopes: number[] = [];
    const at = network.parameters.slice();
    for (let k = 0; k < at.length; k++) {
      const differences: number[] = [];
      for (const h of [2e-3, -2e-3]) {
        network.parameters.set(at);
        network.parameters[k] = at[k]! + h;
        await stepper.setParameters(network.parameters);
        differences.push((await lossAt()).loss);
      }
      slopes.push((differences[0]! - differences[1]!) / 4e-3);
    }
    await engine.close();
    expect(size).toBeGreaterThan(1e-3);
    const off = slopes.filter((slope, k) => Math.abs(gradient[k]! - slope) > 0.02 * size);
    expect(off.length).toBeLessThanOrEqual(Math.ceil(0.05 * slopes.length));
  });
});
