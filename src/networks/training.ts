import type { Kernels } from '../wasm/kernels.js';
import { eef1nnSlope, type EnvyLoss } from './eef1nn.js';
import type { Network } from './network.js';
import type { AssignmentBatch } from './eef1nn.js';
import { placeBatch, placeDesk, placeNetwork } from './place.js';

/** Arrays of a training batch by name (src/learning/stepper.ts), on shared memory. */
export interface SharedBatch {
  readonly count: number;
  readonly agents: number;
  readonly values: Float32Array;
  readonly demands: Float32Array;
  readonly reportedValues: Float32Array;
  readonly reportedDemands: Float32Array;
  readonly budgets: Float32Array;
  readonly weights: Float32Array;
}

interface Chunk {
  readonly network: Network;
  readonly batch: SharedBatch;
  /** Profiles `low` … `high − 1`. */
  readonly low: number;
  readonly high: number;
  readonly agents: Int32Array;
}

/** Improve misreports `reports` [S,T,A,2M], and write `gains` [S,T,A]. */
export interface AscendTask extends Chunk {
  readonly kind: 'ascend';
  readonly starts: number;
  readonly steps: number;
  /** rate, least value, largest value, largest demand. */
  readonly numbers: readonly [number, number, number, number];
  readonly demandsToo: boolean;
  readonly reports: Float32Array;
  readonly gains: Float32Array;
}

/** Write this chunk's part of the gradient and of the loss, `utilities` [S,N] and `efficiency` [S]. */
export interface SlopeTask extends Chunk {
  readonly kind: 'slope';
  readonly reports: Float32Array;
  readonly coefficients: Float32Array;
  readonly offset: number;
  readonly envy: number;
  readonly gradient: Float32Array;
  readonly loss: Float64Array;
  readonly utilities: Float32Array;
  readonly efficiency: Float32Array;
}

/** Write this chunk's part of an eef1nn's gradient, and the loss of each of its profiles; `batch` stands on shared memory. */
export interface AssignTask {
  readonly kind: 'assign';
  readonly network: Network;
  readonly batch: AssignmentBatch;
  /** Profiles `low` … `high − 1`. */
  readonly low: number;
  readonly high: number;
  readonly how: EnvyLoss;
  readonly gradient: Float32Array;
  readonly loss: Float64Array;
}

export type TrainingTask = AscendTask | SlopeTask | AssignTask;

/** Does a part of a training step on this thread's kernels. */
export function train(kernels: Kernels, task: TrainingTask): void {
  if (task.kind === 'assign') {
    const { network, batch, low, high, how, gradient, loss } = task;
    return eef1nnSlope(kernels, network, batch, [low, high], how, gradient, loss);
  }
  const { arena, call } = kernels;
  const { network, batch, low, high, agents } = task;
  const { items } = network.config;
  const count = high - low;
  const f32 = (at: number, length: number) => new Float32Array(call.memory.buffer, at, length);
  const room = (length: number) => arena.take(4 * length);
  const net = placeNetwork(kernels, network, batch.agents);
  const noisy = batch.reportedValues !== batch.values || batch.reportedDemands !== batch.demands;
  const at = placeBatch(kernels, net, count, noisy);
  const starts = task.kind === 'ascend' ? task.starts : 1;
  const each = starts * agents.length;
  const reports = room(count * each * 2 * items);
  const list = room(agents.length);
  const block = room(16);
  const out = room(count * (each + batch.agents + 1) + 2);
  const gradient = task.kind === 'slope' ? room(network.parameters.length) : 0;
  const coefficients = room(agents.length);
  const desk = placeDesk(kernels, net, at, starts);
  const scratch = task.kind === 'slope' ? arena.take(call.networkSlopeScratch(net, at)) : 0;

  const words = new Int32Array(call.memory.buffer, block, 16);
  const numbers = f32(block, 16);
  const where = new Uint32Array(call.memory.buffer, at, 9);
  const names = ['values', 'demands', 'reportedValues', 'reportedDemands', 'budgets', 'weights'] as const;
  names.forEach((name, k) => {
    const width = batch[name].length / batch.count;
    f32(where[1 + k]!, count * width).set(batch[name].subarray(low * width, high * width));
  });
  arena.i32(list, agents.length).set(agents);
  const width = each * 2 * items;
  f32(reports, count * width).set(task.reports.subarray(low * width, high * width));
  if (task.kind === 'ascend') {
    words.set([list, agents.length, starts, task.steps]);
    numbers.set(task.numbers, 4);
    words.set([task.demandsToo ? 1 : 0, reports, out], 8);
    call.networkAscend(net, at, block, desk);
    task.reports.set(f32(reports, count * width), low * width);
    task.gains.set(f32(out, count * each), low * each);
    return;
  }
  const [loss, utilities, efficiency] = [out, out + 8, out + 8 + 4 * count * batch.agents];
  f32(coefficients, agents.length).set(task.coefficients);
  words.set([list, agents.length, batch.count]);
  numbers.set([task.offset, task.envy], 3);
  words.set([reports, coefficients, gradient, loss, utilities, efficiency], 5);
  call.networkSlope(net, at, block, desk, scratch);
  task.gradient.set(f32(gradient, network.parameters.length));
  task.loss[0] = arena.f64(loss, 1)[0]!;
  task.utilities.set(f32(utilities, count * batch.agents), low * batch.agents);
  task.efficiency.set(f32(efficiency, count), low);
}
