import { Engine } from '../engine/engine.js';
import { InputError } from '../errors.js';
import { parameterCount, type NetworkConfig } from '../networks/config.js';
import {
  linearUtility,
  logNashWelfare,
  totalEnvy,
  usedSupply,
  type Utility,
  type Welfare,
} from './allocation-graph.js';
import { inTurn, type Backend } from './backend.js';
import { agentsOf, batchTensors, liveAgents, type BatchTensors } from './batch-tensors.js';
import type { Solver } from './fair-layer.js';
import { copies, lyingProfiles, ofLiar, together, withReports, type LyingProfiles } from './misreport-graph.js';
import { parameterTensors, type Shown } from './network-graph.js';
import { climb, reportBox } from './report-ascent.js';
import { fairRule, shareRule, type Rule } from './rule.js';
import type { AscentOptions, LossGradient, LossOptions, Misreports, Stepper, TrainingBatch } from './stepper.js';
import { dispose, tidy, type Scalar, type Tensor, type Tensor2D, type Tensor3D, type Tf } from './tensors.js';

export interface TensorStepperOptions {
  /** Solves proportional fairness for expf-net; default: one of the stepper's own, on all threads. */
  readonly engine?: Solver;
  /** What an allocation is worth to each agent; default: values times amounts up to the demand. */
  readonly utility?: Utility;
  /** What is maximised; default: log Nash welfare with the offset of `LossOptions`. */
  readonly welfare?: Welfare;
}

/**
 * The arithmetic of training on a tensor library, on whatever backend it was opened with. Parameters and numbers between calls stay in
 * ordinary memory, so that steppers on several backends can take turns.
 *
 * Where a demand binds, min(a, x) has the derivative of a; where utilities tie, (·)+ has derivative 0.
 */
export class TensorStepper implements Stepper {
  readonly name: string;
  private readonly tf: Tf;
  private readonly rule: Rule;
  private readonly utility: Utility;
  /** An engine to close. */
  private readonly own: Engine | undefined;
  private parameters: Float32Array;

  constructor(
    private readonly backend: Backend,
    readonly network: NetworkConfig,
    private readonly options: TensorStepperOptions = {},
  ) {
    this.tf = backend.tf;
    this.name = `tensors on ${backend.name}`;
    if (network.model === 'exs-net') {
      this.rule = shareRule(this.tf, network);
    } else {
      if (!options.engine) this.own = new Engine({});
      this.rule = fairRule(this.tf, network, options.engine ?? this.own!);
    }
    this.utility = options.utility ?? linearUtility;
    this.parameters = new Float32Array(parameterCount(network));
  }

  async setParameters(parameters: Float32Array): Promise<void> {
    if (parameters.length !== this.parameters.length) {
      throw new InputError(`parameters has ${parameters.length} elements, expected ${this.parameters.length}`);
    }
    this.parameters = parameters.slice();
  }

  allocate(batch: TrainingBatch): Promise<Float32Array> {
    return this.with(batch, async (tensors, parameters) => {
      const allocation = await this.rule.allocate({ parameters, reports: tensors.reports });
      return this.read(allocation);
    });
  }

  async ascend(batch: TrainingBatch, misreports: Misreports, options: AscentOptions): Promise<Float32Array> {
    const { agents, starts, reports } = misreports;
    this.checkReports(batch, agents, starts, reports);
    if (reports.length === 0) return new Float32Array(0);
    return this.with(batch, async (tensors, parameters) => {
      const { tf, rule } = this;
      const profiles = lyingProfiles(tf, tensors, agents, starts);
      const box = reportBox(tf, profiles.others.budgets, options);
      const show = (given: Tensor): Shown => ({
        parameters,
        reports: withReports(tf, profiles, given),
        constant: 'parameters',
      });
      const slope = async (given: Tensor) => {
        let utilities: Tensor | undefined;
        const { value, gradients } = await rule.differentiate(
          [given],
          ([variable]) => show(variable!),
          (allocation) => {
            utilities = tf.keep(this.liarsUtility(profiles, allocation));
            return tf.sum(utilities) as Scalar;
          },
        );
        value.dispose();
        return { value: utilities!, gradient: gradients[0]! };
      };
      const value = async (given: Tensor) => {
        const lies = tidy(tf, () => ({ ...show(given).reports }));
        const allocation = await rule.allocate({ parameters, reports: lies });
        const utilities = tidy(tf, () => this.liarsUtility(profiles, allocation));
        const { values, demands } = lies;
        dispose(tf, allocation, values, demands);
        return utilities;
      };
      const start = tf.tensor2d(reports.slice(), [profiles.count, 2 * tensors.items]);
      const improved = await climb(tf, start, { slope, value }, box, options);
      const told = tidy(tf, () => together(tf, tensors.reports, show(improved).reports));
      const allocation = await rule.allocate({ parameters, reports: told });
      const gains = tidy(tf, () => this.gains(tensors, profiles, starts * agents.length, allocation).gain);
      dispose(tf, profiles, box, told, allocation);
      reports.set(await this.read(improved));
      return this.read(gains);
    });
  }

  async gradient(
    batch: TrainingBatch,
    agents: Int32Array,
    reports: Float32Array,
    coefficients: Float32Array,
    options: LossOptions,
  ): Promise<LossGradient> {
    this.checkReports(batch, agents, 1, reports);
    return this.with(batch, async (tensors, parameters) => {
      const { tf } = this;
      const lying = agents.length > 0;
      const profiles = lying ? lyingProfiles(tf, tensors, agents, 1) : undefined;
      const factors = tf.tensor1d(this.gainFactors(batch, agents, coefficients));
      const told = tidy(tf, () => {
        if (!profiles) return { ...tensors.reports };
        const lies = withReports(tf, profiles, tf.tensor2d(reports.slice(), [profiles.count, 2 * tensors.items]));
        return together(tf, tensors.reports, lies);
      });
      let kept: { utilities: Tensor; efficiency: Tensor } | undefined;
      const { value, gradients } = await this.rule.differentiate(
        parameters,
        (variables) => ({ parameters: variables, reports: told, constant: 'reports' }),
        (allocation) => {
          const parts = this.loss(tensors, profiles, agents.length, factors, allocation, options);
          kept = { utilities: tf.keep(parts.utilities), efficiency: tf.keep(parts.efficiency) };
          return parts.loss;
        },
      );
      const flat = tidy(tf, () => tf.concat(gradients.map((each) => tf.reshape(each, [-1]))));
      dispose(tf, gradients, factors);
      if (profiles) dispose(tf, profiles, told);
      return {
        gradient: await this.read(flat),
        loss: (await this.read(value))[0]!,
        utilities: await this.read(kept!.utilities),
        efficiency: await this.read(kept!.efficiency),
      };
    });
  }

  async close(): Promise<void> {
    await this.own?.close();
  }

  /** The loss of `Stepper`, of an allocation of the S profiles as told and of those with a liar after them. */
  private loss(
    batch: BatchTensors,
    profiles: LyingProfiles | undefined,
    each: number,
    factors: Tensor,
    allocation: Tensor3D,
    { offset, envy }: LossOptions,
  ): { loss: Scalar; utilities: Tensor; efficiency: Tensor } {
    const { tf, utility } = this;
    const { count, agents, items, values, demands, live } = batch;
    const truthful = tf.slice(allocation, [0, 0, 0], [count, agents, items]);
    const { own, gain } = profiles
      ? this.gains(batch, profiles, each, allocation)
      : { own: utility(tf, values, demands, truthful) as Tensor2D, gain: undefined };
    const welfare = this.options.welfare ?? logNashWelfare(offset);
    let loss = tf.neg(tf.mean(welfare(tf, own, batch.reports.weights, live)));
    if (envy !== 0) {
      const total = totalEnvy(tf, utility, values, demands, truthful, own, live);
      loss = tf.add(loss, tf.mul(tf.mean(total), envy));
    }
    if (gain) loss = tf.add(loss, tf.sum(tf.mul(tf.relu(gain), factors)));
    return { loss: loss as Scalar, utilities: own, efficiency: usedSupply(tf, truthful, batch.reports.budgets) };
  }

  /** Utilities [S,N] under truth, and what each liar gains [C], of an allocation of S + C profiles. */
  private gains(
    batch: BatchTensors,
    profiles: LyingProfiles,
    each: number,
    allocation: Tensor3D,
  ): { own: Tensor2D; gain: Tensor } {
    const { tf } = this;
    const { count, agents, items, values, demands } = batch;
    const truthful = tf.slice(allocation, [0, 0, 0], [count, agents, items]);
    const lied = tf.slice(allocation, [count, 0, 0], [profiles.count, agents, items]);
    const own = this.utility(tf, values, demands, truthful) as Tensor2D;
    const gain = tf.sub(this.liarsUtility(profiles, lied), ofLiar(tf, profiles, copies(tf, own, each)));
    return { own, gain };
  }

  private liarsUtility(profiles: LyingProfiles, allocation: Tensor3D): Tensor {
    return ofLiar(this.tf, profiles, this.utility(this.tf, profiles.values, profiles.demands, allocation));
  }

  /** [S A] coefficient over S of each gain, 0 for agents who cannot gain. */
  private gainFactors(batch: TrainingBatch, agents: Int32Array, coefficients: Float32Array): Float32Array {
    const all = agentsOf(batch, this.network);
    const live = liveAgents(batch, this.network.items);
    const factors = new Float32Array(batch.count * agents.length);
    return factors.map((_, c) => {
      const [s, a] = [Math.floor(c / agents.length), c % agents.length];
      return (live[s * all + agents[a]!]! * coefficients[a]!) / batch.count;
    });
  }

  /** Uploads batch and parameters for a job, in turn. */
  private with<T>(batch: TrainingBatch, job: (tensors: BatchTensors, parameters: Tensor[]) => Promise<T>): Promise<T> {
    return inTurn(this.backend, async () => {
      const tensors = batchTensors(this.tf, this.network, batch);
      const parameters = parameterTensors(this.tf, this.network, this.parameters);
      try {
        return await job(tensors, parameters);
      } finally {
        dispose(this.tf, tensors, parameters);
      }
    });
  }

  /** Reads a tensor and disposes of it. */
  private async read(tensor: Tensor): Promise<Float32Array> {
    const data = (await tensor.data()) as Float32Array;
    tensor.dispose();
    return data;
  }

  private checkReports(batch: TrainingBatch, agents: Int32Array, starts: number, reports: Float32Array): void {
    const { items } = this.network;
    const expected = batch.count * starts * agents.length * 2 * items;
    if (reports.length !== expected) {
      throw new InputError(
        `reports has ${reports.length} elements, expected ${batch.count} x ${starts} x ${agents.length} x ${2 * items}`,
        { array: 'reports' },
      );
    }
    const last = agentsOf(batch, this.network) - 1;
    for (const agent of agents) {
      if (!(agent >= 0 && agent <= last))
        throw new InputError(`agents has ${agent}, expected 0 to ${last}`, { array: 'agents' });
    }
  }
}
