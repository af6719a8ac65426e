import type { Engine } from '../engine/engine.js';
import { checkServes, sharedParameters, type Network } from '../networks/network.js';
import type { NetworkConfig } from '../networks/config.js';
import type { SharedBatch, TrainingTask } from '../networks/training.js';
import type { AscentOptions, LossGradient, LossOptions, Misreports, Stepper, TrainingBatch } from './stepper.js';

/** Profiles of a chunk. Fixed, so that sums over chunks do not depend on threads. */
const CHUNK = 16;

function shared(from: Float32Array): Float32Array {
  if (from.buffer instanceof SharedArrayBuffer) return from;
  const to = sharedParameters(from.length);
  to.set(from);
  return to;
}

/** The arithmetic of training by the engine's own kernels, on its worker threads; the same bits for any number of them. */
export class KernelStepper implements Stepper {
  readonly name = 'kernels';
  private model: Network;
  /** Per chunk, made when first needed. */
  private gradients: Float32Array[] = [];
  private losses: Float64Array[] = [];

  constructor(
    private readonly engine: Engine,
    readonly network: NetworkConfig,
    parameters: Float32Array,
  ) {
    this.model = { config: network, parameters: shared(parameters) };
  }

  setParameters(parameters: Float32Array): Promise<void> {
    if (this.model.parameters !== parameters) this.model.parameters.set(parameters);
    return Promise.resolve();
  }

  async ascend(batch: TrainingBatch, misreports: Misreports, options: AscentOptions): Promise<Float32Array> {
    const { agents, starts } = misreports;
    const reports = shared(misreports.reports);
    const gains = sharedParameters(batch.count * starts * agents.length);
    const { rate, valueLow, valueHigh, demandHigh, steps, demandsToo } = options;
    await this.run(batch, (low, high, sharedBatch) => ({
      kind: 'ascend',
      network: this.model,
      batch: sharedBatch,
      low,
      high,
      agents,
      starts,
      steps,
      numbers: [rate, valueLow, valueHigh, demandHigh],
      demandsToo,
      reports,
      gains,
    }));
    if (reports !== misreports.reports) misreports.reports.set(reports);
    return gains;
  }

  async gradient(
    batch: TrainingBatch,
    agents: Int32Array,
    reports: Float32Array,
    coefficients: Float32Array,
    { offset, envy }: LossOptions,
  ): Promise<LossGradient> {
    const size = this.model.parameters.length;
    const utilities = sharedParameters(batch.count * this.agentsOf(batch));
    const efficiency = sharedParameters(batch.count);
    const told = shared(reports);
    const chunks = await this.run(batch, (low, high, sharedBatch, chunk) => ({
      kind: 'slope',
      network: this.model,
      batch: sharedBatch,
      low,
      high,
      agents,
      reports: told,
      coefficients,
      offset,
      envy,
      gradient: (this.gradients[chunk] ??= sharedParameters(size)),
      loss: (this.losses[chunk] ??= new Float64Array(new SharedArrayBuffer(8))),
      utilities,
      efficiency,
    }));
    const gradient = new Float32Array(size);
    let loss = 0;
    for (let c = 0; c < chunks; c++) {
      const part = this.gradients[c]!;
      for (let k = 0; k < size; k++) gradient[k]! += part[k]!;
      loss += this.losses[c]![0]!;
    }
    return { gradient, loss, utilities, efficiency };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private agentsOf(batch: TrainingBatch): number {
    const agents = batch.weights.length / batch.count;
    checkServes(this.model, agents, batch.budgets.length / batch.count);
    return agents;
  }

  private async run(
    batch: TrainingBatch,
    taskOf: (low: number, high: number, batch: SharedBatch, chunk: number) => TrainingTask,
  ): Promise<number> {
    const { count } = batch;
    const agents = this.agentsOf(batch);
    const values = shared(batch.values);
    const demands = shared(batch.demands);
    const sharedBatch: SharedBatch = {
      count,
      agents,
      values,
      demands,
      reportedValues: batch.reportedValues === batch.values ? values : shared(batch.reportedValues),
      reportedDemands: batch.reportedDemands === batch.demands ? demands : shared(batch.reportedDemands),
      budgets: shared(batch.budgets),
      weights: shared(batch.weights),
    };
    const chunks = Math.ceil(count / CHUNK);
    const { pool } = this.engine;
    await Promise.all(
      Array.from({ length: chunks }, (_, c) => {
        const [low, high] = [c * CHUNK, Math.min(count, (c + 1) * CHUNK)];
        return pool.run({ kind: 'train', task: taskOf(low, high, sharedBatch, c), low, high });
      }),
    );
    return chunks;
  }
}
