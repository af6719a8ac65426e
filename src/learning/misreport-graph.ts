import type { BatchTensors } from './batch-tensors.js';
import type { Reports } from './network-graph.js';
import { tidy, type Tensor, type Tensor2D, type Tensor3D, type Tf } from './tensors.js';

/**
 * C = S·T·A profiles in each of which one agent lies: profile s of the batch, start t, the a-th of the agents listed, in this order. Built
 * once, so that each step only adds the reports to what the others say.
 */
export interface LyingProfiles {
  readonly count: number;
  /** [C,N] 1 at the agent who lies. */
  readonly liar: Tensor2D;
  /** [C,N,M] true values and demands. */
  readonly values: Tensor3D;
  readonly demands: Tensor3D;
  /** What is told, with zeros in place of the liar's rows. */
  readonly others: Reports;
}

/** One copy of each row of x [S,…] for every start and agent listed: [C,…]. */
export function copies(tf: Tf, x: Tensor, each: number): Tensor {
  const [count, ...rest] = x.shape;
  const wide = tf.tile(tf.expandDims(x, 1), [1, each, ...rest.map(() => 1)]);
  return tf.reshape(wide, [count! * each, ...rest]);
}

/** The profiles of `starts` misreports of each of `agents`; the caller disposes of them. */
export function lyingProfiles(tf: Tf, batch: BatchTensors, agents: Int32Array, starts: number): LyingProfiles {
  const each = starts * agents.length;
  const count = batch.count * each;
  const mask = new Float32Array(count * batch.agents);
  for (let c = 0; c < count; c++) mask[c * batch.agents + agents[c % agents.length]!] = 1;
  const liar = tf.tensor2d(mask, [count, batch.agents]);
  return tidy(tf, () => {
    const honest = tf.expandDims(tf.sub(1, liar), 2);
    const { values, demands, budgets, weights } = batch.reports;
    return {
      count,
      liar,
      values: copies(tf, batch.values, each) as Tensor3D,
      demands: copies(tf, batch.demands, each) as Tensor3D,
      others: {
        values: tf.mul(copies(tf, values, each), honest) as Tensor3D,
        demands: tf.mul(copies(tf, demands, each), honest) as Tensor3D,
        budgets: copies(tf, budgets, each) as Tensor2D,
        weights: copies(tf, weights, each) as Tensor2D,
      },
    };
  });
}

/** What is told where the liars report [C,2M], values and then demands. */
export function withReports(tf: Tf, { others, liar }: LyingProfiles, reports: Tensor): Reports {
  const items = others.values.shape[2];
  const row = tf.expandDims(liar, 2);
  const placed = (rest: Tensor3D, from: number): Tensor3D =>
    tf.add(rest, tf.mul(row, tf.expandDims(tf.slice(reports, [0, from], [-1, items]), 1)));
  return { ...others, values: placed(others.values, 0), demands: placed(others.demands, items) };
}

/** The liar's entry [C] of x [C,N]. */
export function ofLiar(tf: Tf, { liar }: LyingProfiles, x: Tensor): Tensor {
  return tf.sum(tf.mul(liar, x), 1);
}

/** Profiles of a first, then those of b. */
export function together(tf: Tf, a: Reports, b: Reports): Reports {
  return {
    values: tf.concat([a.values, b.values]) as Tensor3D,
    demands: tf.concat([a.demands, b.demands]) as Tensor3D,
    budgets: tf.concat([a.budgets, b.budgets]) as Tensor2D,
    weights: tf.concat([a.weights, b.weights]) as Tensor2D,
  };
}
