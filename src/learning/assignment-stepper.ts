import type { Engine } from '../engine/engine.js';
import { parameterCount, type NetworkConfig } from '../networks/config.js';
import type { EnvyLoss } from '../networks/eef1nn.js';
import { sharedParameters, type Network } from '../networks/network.js';
import type { AssignmentBatch } from '../networks/eef1nn.js';

/** Mean loss of a batch and its derivatives in the parameters. */
export interface AssignmentGradient {
  readonly loss: number;
  readonly gradient: Float32Array;
}

/** The arithmetic of training an eef1nn, on whatever computes it. */
export interface AssignmentStepper {
  readonly name: string;
  gradient(parameters: Float32Array, batch: AssignmentBatch, how: EnvyLoss): Promise<AssignmentGradient>;
}

/** Profiles of a chunk. Fixed, so that sums over chunks do not depend on threads. */
const CHUNK = 2;

/** By the engine's own kernels, on its worker threads; the same bits for any number of them. */
export class AssignmentKernels implements AssignmentStepper {
  readonly name = 'kernels';
  private readonly network: Network;
  private readonly parts: Float32Array[] = [];

  constructor(
    private readonly engine: Engine,
    config: NetworkConfig,
  ) {
    this.network = { config, parameters: sharedParameters(parameterCount(config)) };
  }

  async gradient(parameters: Float32Array, batch: AssignmentBatch, how: EnvyLoss): Promise<AssignmentGradient> {
    const { network, engine, parts } = this;
    const { count } = batch;
    network.parameters.set(parameters);
    const shared = {
      ...batch,
      values: onShared(batch.values, Float64Array),
      target: onShared(batch.target, Int32Array),
    };
    const losses = new Float64Array(new SharedArrayBuffer(8 * count));
    const chunks = Math.ceil(count / CHUNK);
    await Promise.all(
      Array.from({ length: chunks }, (_, c) => {
        const [low, high] = [c * CHUNK, Math.min(count, (c + 1) * CHUNK)];
        const gradient = (parts[c] ??= sharedParameters(parameters.length));
        const task = { kind: 'assign', network, batch: shared, low, high, how, gradient, loss: losses } as const;
        return engine.pool.run({ kind: 'train', task, low, high });
      }),
    );
    const gradient = new Float32Array(parameters.length);
    for (const part of parts.slice(0, chunks)) for (let k = 0; k < part.length; k++) gradient[k]! += part[k]!;
    return { loss: losses.reduce((a, b) => a + b, 0) / count, gradient: gradient.map((g) => g / count) };
  }
}

function onShared<T extends Float64Array | Int32Array>(from: T, type: new (buffer: SharedArrayBuffer) => T): T {
  const to = new type(new SharedArrayBuffer(from.byteLength));
  to.set(from);
  return to;
}
