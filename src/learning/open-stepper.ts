import type { Engine } from '../engine/engine.js';
import { InputError } from '../errors.js';
import type { Utility, Welfare } from './allocation-graph.js';
import { KernelStepper } from './kernel-stepper.js';
import type { Backend } from './backend.js';
import type { Stepper } from './stepper.js';
import type { TrainingConfig } from './training-config.js';

/** What computes the steps of training: `kernels` (our own, no TensorFlow), or a tensor library by backend. */
export const STEPPERS = ['auto', 'kernels', 'tensorflow-gpu', 'tensorflow', 'webgpu', 'wasm', 'cpu'] as const;

export interface StepperOptions {
  /** Default `auto`: a GPU that TensorFlow finds, else the kernels. With an own utility or welfare the best tensor backend. */
  readonly backend?: (typeof STEPPERS)[number];
  /** The user's own differentiable utility and welfare (tensors only). */
  readonly utility?: Utility;
  readonly welfare?: Welfare;
}

export interface Opened<S> {
  readonly stepper: S;
  /** Backends that were not taken, and why. */
  readonly refused: readonly { readonly name: string; readonly reason: string }[];
}

/** Off a GPU tensors do what the kernels do, more slowly (docs/learning.md); they are there to be named. */
const BY_NAME = { name: 'tensorflow, webgpu, wasm, cpu', reason: 'taken by name only' };

/** What computes by a name: kernels, tensors, or with `auto` a GPU that TensorFlow finds, else the kernels. */
export async function chooseStepper<S>(
  backend: (typeof STEPPERS)[number],
  byKernels: () => S,
  byTensors: (backend: Backend) => S | Promise<S>,
): Promise<Opened<S>> {
  if (!STEPPERS.includes(backend)) {
    throw new InputError(`backend is ${String(backend)}, expected one of ${STEPPERS.join(', ')}`);
  }
  if (backend === 'kernels') return { stepper: byKernels(), refused: [] };
  const { openBackend } = await import('./backend.js');
  if (backend !== 'auto') {
    const opened = await openBackend(backend);
    return { stepper: await byTensors(opened), refused: opened.refused };
  }
  try {
    return { stepper: await byTensors(await openBackend('tensorflow-gpu')), refused: [] };
  } catch (error) {
    const reason = (error as Error).message.replace(/^backend tensorflow-gpu:? /, '');
    return { stepper: byKernels(), refused: [{ name: 'tensorflow-gpu', reason }, BY_NAME] };
  }
}

export async function openStepper(
  engine: Engine,
  config: TrainingConfig,
  parameters: Float32Array,
  { backend = 'auto', utility, welfare }: StepperOptions,
): Promise<Opened<Stepper>> {
  const byTensors = async (opened: Backend): Promise<Stepper> => {
    const { TensorStepper } = await import('./tensor-stepper.js');
    const more = { engine, ...(utility ? { utility } : {}), ...(welfare ? { welfare } : {}) };
    return new TensorStepper(opened, config.network, more);
  };
  if (utility !== undefined || welfare !== undefined) {
    if (backend === 'kernels') {
      throw new InputError(
        'backend kernels computes additive utilities and Nash welfare only; an own one needs a tensor backend',
      );
    }
    if (backend === 'auto') {
      const { openBackend } = await import('./backend.js');
      const opened = await openBackend('auto');
      return { stepper: await byTensors(opened), refused: opened.refused };
    }
  }
  return chooseStepper<Stepper>(backend, () => new KernelStepper(engine, config.network, parameters), byTensors);
}
