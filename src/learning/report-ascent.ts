import type { AscentOptions } from './stepper.js';
import { dispose, tidy, type Tensor, type Tensor2D, type Tf } from './tensors.js';

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;
/** No bound at all; a shader need not know infinity. */
const HUGE = 3e38;

/** Box of C reports [C,2M] over supplies [C,M]; where demands are not lied about theirs has no bounds, and they stay as they are. */
export function reportBox(
  tf: Tf,
  budgets: Tensor2D,
  options: AscentOptions,
): { low: Tensor; high: Tensor; free: Tensor } {
  const { valueLow, valueHigh, demandHigh, demandsToo } = options;
  const [, items] = budgets.shape;
  const fill = (value: number) => tf.fill(budgets.shape, value);
  return tidy(tf, () => ({
    low: tf.concat([fill(valueLow), fill(demandsToo ? 0 : -HUGE)], 1),
    high: tf.concat([fill(valueHigh), demandsToo ? tf.minimum(budgets, demandHigh) : fill(HUGE)], 1),
    free: tf.concat([tf.ones([1, items]), tf.fill([1, items], demandsToo ? 1 : 0)], 1),
  }));
}

/** What C reports bring, each its own problem. */
export interface Objective {
  /** [C] objectives, and their derivatives in the reports. */
  slope(reports: Tensor): Promise<{ value: Tensor; gradient: Tensor }>;
  /** [C] objectives alone. */
  value(reports: Tensor): Promise<Tensor>;
}

/**
 * Adam towards larger objectives, inside a box. Returns the best of all reports on the way, as a step may overshoot; disposes of those
 * given.
 */
export async function climb(
  tf: Tf,
  start: Tensor,
  objective: Objective,
  { low, high, free }: { low: Tensor; high: Tensor; free: Tensor },
  { steps, rate }: AscentOptions,
): Promise<Tensor> {
  let state = { reports: start, mean: tf.zerosLike(start), square: tf.zerosLike(start) };
  let best: { reports: Tensor; value: Tensor } | undefined;
  const note = (reports: Tensor, value: Tensor): void => {
    if (!best) {
      best = { reports: tf.clone(reports), value };
      return;
    }
    const before = best;
    best = tidy(tf, () => {
      const ahead = tf.sub(value, before.value);
      const wide = tf.add(tf.expandDims(ahead, 1), tf.zerosLike(reports));
      return {
        reports: tf.where(tf.greater(wide, 0), reports, before.reports),
        value: tf.maximum(value, before.value),
      };
    });
    dispose(tf, before, value);
  };
  for (let t = 1; t <= steps; t++) {
    const { value, gradient } = await objective.slope(state.reports);
    note(state.reports, value);
    const next = tidy(tf, () => {
      const mean = tf.add(tf.mul(state.mean, BETA1), tf.mul(gradient, 1 - BETA1));
      const square = tf.add(tf.mul(state.square, BETA2), tf.mul(tf.square(gradient), 1 - BETA2));
      const unbiased = tf.div(mean, 1 - BETA1 ** t);
      const scale = tf.add(tf.sqrt(tf.div(square, 1 - BETA2 ** t)), EPSILON);
      const moved = tf.add(state.reports, tf.mul(tf.mul(tf.div(unbiased, scale), rate), free));
      return { reports: tf.minimum(tf.maximum(moved, low), high), mean, square };
    });
    dispose(tf, gradient, state);
    state = next;
  }
  note(state.reports, await objective.value(state.reports));
  dispose(tf, state, best!.value);
  return best!.reports;
}
