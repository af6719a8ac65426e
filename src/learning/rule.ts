import type { NetworkConfig } from '../networks/config.js';
import { shareHead } from './allocation-graph.js';
import { FairLayer, type Programmes, type Solver } from './fair-layer.js';
import { networkOutput, type Shown } from './network-graph.js';
import type { Scalar, Tensor, Tensor3D, Tf } from './tensors.js';

/** A learned mechanism that can be differentiated in its parameters and in what it is told. */
export interface Rule {
  /** Allocation [B,N,M]. */
  allocate(shown: Shown): Promise<Tensor3D>;
  /**
   * Value of `objective(allocation of show(variables))` and its derivatives in the variables. `objective` is called once and may keep other
   * tensors for its caller.
   */
  differentiate(
    variables: Tensor[],
    show: (variables: readonly Tensor[]) => Shown,
    objective: (allocation: Tensor3D) => Scalar,
  ): Promise<{ readonly value: Scalar; readonly gradients: Tensor[] }>;
}

/** exs-net: the network's output is the allocation, so that everything is one graph. */
export function shareRule(tf: Tf, network: NetworkConfig): Rule {
  const allocation = (shown: Shown) =>
    shareHead(tf, networkOutput(tf, network, shown), shown.reports.demands, shown.reports.budgets);
  return {
    allocate: (shown) => Promise.resolve(tf.tidy(() => allocation(shown))),
    differentiate: (variables, show, objective) => {
      const { value, grads } = tf.valueAndGrads((...given) => objective(allocation(show(given))))(variables);
      return Promise.resolve({ value: value as Scalar, gradients: grads });
    },
  };
}

/** expf-net: the network's output regularizes proportional fairness, which the engine solves. */
export function fairRule(tf: Tf, network: NetworkConfig, engine: Solver): Rule {
  const layer = new FairLayer(tf, engine);
  const programmes = (shown: Shown): Programmes => ({
    ...shown.reports,
    regularizer: networkOutput(tf, network, shown),
  });
  return {
    allocate: async (shown) => {
      const regularizer = tf.tidy(() => programmes(shown).regularizer);
      const { allocation } = await layer.solve({ ...shown.reports, regularizer });
      regularizer.dispose();
      return allocation;
    },
    differentiate: (variables, show, objective) =>
      layer.differentiate(variables, (given) => programmes(show(given)), objective),
  };
}
