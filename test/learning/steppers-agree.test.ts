import { createEngine, type Engine } from 'evenhand';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KernelStepper, openBackend, TensorStepper, type Backend, type Stepper } from '#dist/learning/index.js';
import { distance, randomBatch, randomParameters, randomReports, tiny } from './support.js';

let engine: Engine;
let cpu: Backend;
beforeAll(async () => {
  engine = await createEngine({ threads: 0 });
  cpu = await openBackend('cpu');
});
afterAll(() => engine.close());

const AGENTS = Int32Array.of(0, 2);
const ASCENT = { steps: 4, rate: 0.05, valueLow: 0.1, valueHigh: 1, demandHigh: 1, demandsToo: true };

describe.each(['exs-net', 'expf-net'] as const)('%s, by kernels and by tensors', (model) => {
  it.each(['dense', 'equivariant'])('gives the same misreports, gains, loss and gradient, %s', async (architecture) => {
    const config = tiny(model, architecture, { scale: 1 });
    const parameters = randomParameters(config, 5, 0.4);
    const batch = randomBatch(config, 6, 8, 0.05);
    const reports = randomReports(config, 6 * AGENTS.length, 3);
    const steppers: Stepper[] = [
      new KernelStepper(engine, config, parameters.slice()),
      new TensorStepper(cpu, config, { engine }),
    ];
    const results: Float32Array[][] = [];
    for (const stepper of steppers) {
      await stepper.setParameters(parameters);
      const misreports = { agents: AGENTS, starts: 1, reports: reports.slice() };
      const gains = await stepper.ascend(batch, misreports, ASCENT);
      const found = await stepper.gradient(batch, AGENTS, reports, Float32Array.of(3, 5), { offset: 1e-3, envy: 0.4 });
      results.push([
        misreports.reports,
        gains,
        found.gradient,
        found.utilities,
        found.efficiency,
        Float32Array.of(found.loss),
      ]);
    }
    const [ours, theirs] = results as [Float32Array[], Float32Array[]];
    const near = model === 'exs-net' ? 1e-4 : 2e-3;
    ours.forEach((each, k) => expect(distance(each, theirs[k]!), `result ${k}`).toBeLessThan(near));
    await steppers[1]!.close();
  });
});
