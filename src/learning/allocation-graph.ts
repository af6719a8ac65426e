import type { Tensor, Tensor2D, Tensor3D, Tf } from './tensors.js';

/**
 * Utilities [B,N] of allocations [B,N,M] by true values and demands [B,N,M]. Must be differentiable in the allocation, and is given copies
 * of a profile in which every agent holds the same bundle, to measure envy.
 */
export type Utility = (tf: Tf, values: Tensor3D, demands: Tensor3D, allocation: Tensor3D) => Tensor;

/**
 * Welfare [B], a number a profile, to be maximised, of utilities, weights and `live` [B,N]: 1 for agents who can gain anything. Must be
 * differentiable in the utilities, those of the others (0) included.
 */
export type Welfare = (tf: Tf, utilities: Tensor2D, weights: Tensor2D, live: Tensor2D) => Tensor;

/** sum_m v_im min(a_im, x_im): more than the demand is worth nothing. */
export const linearUtility: Utility = (tf, values, demands, allocation) =>
  tf.sum(tf.mul(values, tf.minimum(allocation, demands)), 2);

/** sum_i w_i log(u_i + offset) over live agents. */
export function logNashWelfare(offset: number): Welfare {
  return (tf, utilities, weights, live) => {
    // 1 in place of the utility of the others, whose logarithm may not be finite.
    const inside = tf.add(tf.mul(utilities, live), tf.add(tf.sub(1, live), offset));
    return tf.sum(tf.mul(tf.mul(weights, live), tf.log(inside)), 1);
  };
}

/** The allocation [B,N,M] of logits [B,N+1,M]: each agent's softmax share of the supply [B,M], up to its demand [B,N,M]. */
export function shareHead(tf: Tf, logits: Tensor3D, demands: Tensor3D, budgets: Tensor2D): Tensor3D {
  const [profiles, agents, items] = demands.shape;
  // The library has softmax over the last axis only.
  const shares = tf.transpose(tf.softmax(tf.transpose(logits, [0, 2, 1])), [0, 2, 1]);
  const kept = tf.slice(shares, [0, 0, 0], [profiles, agents, items]);
  return tf.minimum(tf.mul(kept, tf.expandDims(budgets, 1)), demands);
}

/** Used supply over supply [B]; 0 where there is no supply. */
export function usedSupply(tf: Tf, allocation: Tensor3D, budgets: Tensor2D): Tensor {
  return tf.divNoNan(tf.sum(allocation, [1, 2]), tf.sum(budgets, 1));
}

/** sum_i max_j (u_i(a_j) − u_i(a_i))+ [B] over live agents i and all agents j. `own` [B,N] is u_i(a_i). */
export function totalEnvy(
  tf: Tf,
  utility: Utility,
  values: Tensor3D,
  demands: Tensor3D,
  allocation: Tensor3D,
  own: Tensor2D,
  live: Tensor2D,
): Tensor {
  const [profiles, agents, items] = allocation.shape;
  /** [B,N,M] → [B N,N,M]: N copies of each profile. */
  const copies = (x: Tensor3D) =>
    tf.reshape(tf.tile(tf.expandDims(x, 1), [1, agents, 1, 1]), [-1, agents, items]) as Tensor3D;
  // In copy j everyone holds the bundle of j.
  const bundles = tf.reshape(tf.tile(tf.expandDims(allocation, 2), [1, 1, agents, 1]), [-1, agents, items]);
  const others = utility(tf, copies(values), copies(demands), bundles as Tensor3D);
  const best = largest(tf, tf.reshape(others, [profiles, agents, agents]));
  return tf.sum(tf.mul(tf.relu(tf.sub(best, own)), live), 1);
}

/** Largest [B,N] of x [B,J,N] over J. Its derivative is shared among ties; the library's own counts each in full. */
function largest(tf: Tf, x: Tensor): Tensor {
  return tf.customGrad((given, save) => {
    const rows = given as Tensor;
    const value = tf.max(rows, 1, true);
    // Not `equal`: what is cast from booleans cannot be summed on WebGPU.
    const ties = tf.sub(1, tf.step(tf.sub(value, rows)));
    (save as unknown as (saved: Tensor[]) => void)([tf.div(ties, tf.sum(ties, 1, true))]);
    return {
      value: tf.squeeze(value, [1]),
      gradFunc: (cotangent: Tensor, saved: Tensor[]) => tf.mul(tf.expandDims(cotangent, 1), saved[0]!),
    };
  })(x);
}
