import type { Engine } from '../engine/engine.js';
import { InputError } from '../errors.js';
import type { Utility, Welfare } from './allocation-graph.js';
import { KernelStepper } from './kernel-stepper.js';
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

interface Opened {
  readonly stepper: Stepper;
  /** Backends that were not taken, and why. */
  readonly refused: readonly { readonly name: string; readonly reason: string }[];
}

export async function openStepper(
  engine: Engine,
  config: TrainingConfig,
  parameters: Float32Array,
  { backend = 'auto', utility, welfare }: StepperOptions,
): Promise<Opened> {
  if (!STEPPERS.includes(backend)) {
    throw new InputError(`backend is ${String(backend)}, expected one of ${STEPPERS.join(', ')}`);
  }
  const own = utility !== undefined || welfare !== undefined;
  if (own && backend === 'kernels') {
    throw new InputError(
      'backend kernels computes additive utilities and Nash welfare only; an own one needs a tensor backend',
    );
  }
  const byKernels = () => new KernelStepper(engine, config.network, parameters);
  if (backend === 'kernels') return { stepper: byKernels(), refused: [] };
  const { openBackend } = await import('./backend.js');
  const { TensorStepper } = await import('./tensor-stepper.js');
  const more = { engine, ...(utility ? { utility } : {}), ...(welfare ? { welfare } : {}) };
  if (backend !== 'auto' || own) {
    const opened = await openBackend(backend);
    return { stepper: new TensorStepper(opened, config.network, more), refused: opened.refused };
  }
  try {
    const opened = await openBackend('tensorflow-gpu');
    return { stepper: new TensorStepper(opened, config.network, more), refused: [] };
  } catch (error) {
    return { stepper: byKernels(), refused: [{ name: 'tensorflow-gpu', reason: (error as Error).message }] };
  }
}
