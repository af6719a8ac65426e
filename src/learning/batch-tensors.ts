import { InputError } from '../errors.js';
import type { NetworkConfig } from '../networks/config.js';
import type { Reports } from './network-graph.js';
import type { TrainingBatch } from './stepper.js';
import type { Tensor, Tensor2D, Tensor3D, Tf } from './tensors.js';

/** A training batch as tensors: S profiles, N agents, M items. */
export interface BatchTensors {
  readonly count: number;
  readonly agents: number;
  readonly items: number;
  /** [S,N,M] true values and demands. */
  readonly values: Tensor3D;
  readonly demands: Tensor3D;
  /** What the mechanism is told. */
  readonly reports: Reports;
  /** [S,N] 1 for an agent who can gain anything. */
  readonly live: Tensor2D;
}

/** Number of agents of a batch. */
export function agentsOf({ count, values }: TrainingBatch, { items }: NetworkConfig): number {
  return values.length / (count * items);
}

/** Uploads a batch; the caller disposes of it. */
export function batchTensors(tf: Tf, network: NetworkConfig, batch: TrainingBatch): BatchTensors {
  const { count } = batch;
  const { items } = network;
  const agents = agentsOf(batch, network);
  if (!(count > 0 && Number.isInteger(agents) && agents > 0)) {
    throw new InputError(`values has ${batch.values.length} elements, expected ${count} profiles of ${items} items`, {
      array: 'values',
    });
  }
  const upload = (name: keyof TrainingBatch, shape: number[]): Tensor => {
    const data = batch[name] as Float32Array;
    const length = shape.reduce((a, b) => a * b, 1);
    if (data.length !== length) {
      throw new InputError(`${name} has ${data.length} elements, expected ${shape.join(' x ')}`, { array: name });
    }
    // A copy: the cpu backend keeps the array it is given.
    return tf.tensor(data.slice(), shape, 'float32');
  };
  const cube = [count, agents, items];
  return {
    count,
    agents,
    items,
    values: upload('values', cube) as Tensor3D,
    demands: upload('demands', cube) as Tensor3D,
    reports: {
      values: upload('reportedValues', cube) as Tensor3D,
      demands: upload('reportedDemands', cube) as Tensor3D,
      budgets: upload('budgets', [count, items]) as Tensor2D,
      weights: upload('weights', [count, agents]) as Tensor2D,
    },
    live: tf.tensor2d(liveAgents(batch, items), [count, agents]),
  };
}

/** [S,N] 1 where an agent's weight is positive and something that it values is not beyond its demand. */
export function liveAgents({ values, demands, weights }: TrainingBatch, items: number): Float32Array {
  return weights.map((weight, row) => {
    let worth = 0;
    for (let k = row * items; k < (row + 1) * items; k++) worth += values[k]! * demands[k]!;
    return weight > 0 && worth > 0 ? 1 : 0;
  });
}
