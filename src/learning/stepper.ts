import type { NetworkConfig } from '../networks/config.js';

/** Profiles of one training step; S profiles, N agents, M items, row-major float32. Demands are capped at the supply. */
export interface TrainingBatch {
  readonly count: number;
  /** [S,N,M] true values, and what the mechanism is told of them (the same array unless reports are noisy). */
  readonly values: Float32Array;
  readonly reportedValues: Float32Array;
  /** [S,N,M] */
  readonly demands: Float32Array;
  readonly reportedDemands: Float32Array;
  /** [S,M] */
  readonly budgets: Float32Array;
  /** [S,N] */
  readonly weights: Float32Array;
}

/** Misreports under improvement: `reports` [S,T,A,2M] (values, then demands) of T starts of each of the A agents listed. */
export interface Misreports {
  readonly agents: Int32Array;
  readonly starts: number;
  readonly reports: Float32Array;
}

export interface AscentOptions {
  /** Steps of Adam (beta 0.9, 0.999, epsilon 1e-8, moments from zero) on each report, to maximise the agent's true utility. */
  readonly steps: number;
  readonly rate: number;
  /** Reports stay in the box: values in [valueLow, valueHigh], demands in [0, min(b_m, demandHigh)]. */
  readonly valueLow: number;
  readonly valueHigh: number;
  readonly demandHigh: number;
  /** False: demands are not lied about. */
  readonly demandsToo: boolean;
}

export interface LossOptions {
  /** Added to utilities inside the logarithm. */
  readonly offset: number;
  /** Factor of the mean over profiles and agents' sum of max_j (u_i(a_j) − u_i(a_i))+. */
  readonly envy: number;
}

/** What the gradient of the loss comes with; per-profile numbers are those of the truthful reports. */
export interface LossGradient {
  /** d loss / d parameters. */
  readonly gradient: Float32Array;
  readonly loss: number;
  /** [S,N] true utilities. */
  readonly utilities: Float32Array;
  /** [S] used supply over supply. */
  readonly efficiency: Float32Array;
}

/**
 * The arithmetic of training, on whatever computes it: kernels of our own or a tensor library. The loss of a batch is
 *
 *     mean_s [ − Σ_i w_i log(u_si + offset) + envy Σ_i max_j (u_i(a_j) − u_i(a_i))+ ] + Σ_a c_a mean_s max(0, u_sa(misreport) − u_sa(truth))
 *
 * over agents who can gain anything (Σ_m v_im x_im > 0 and w_i > 0), utilities always by the true values and demands.
 */
export interface Stepper {
  /** E.g. `kernels`, `tfjs wasm`. */
  readonly name: string;
  readonly network: NetworkConfig;
  /** Takes new parameters (flat, float32, in the order of `parameterSpecs`). */
  setParameters(parameters: Float32Array): Promise<void>;
  /**
   * Improves reports in place: each becomes the best of those that its ascent visits. Returns their gains [S,T,A]: true utility under the
   * report, minus that under truth.
   */
  ascend(batch: TrainingBatch, misreports: Misreports, options: AscentOptions): Promise<Float32Array>;
  /** Gradient of the loss with one report a profile and agent ([S,A,2M]) and the coefficient c of each agent listed. */
  gradient(
    batch: TrainingBatch,
    agents: Int32Array,
    reports: Float32Array,
    coefficients: Float32Array,
    options: LossOptions,
  ): Promise<LossGradient>;
  close(): Promise<void>;
}
