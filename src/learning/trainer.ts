import type { Engine } from '../engine/engine.js';
import { initialNetwork, sharedParameters, type Network } from '../networks/network.js';
import { Stream } from '../random.js';
import { measureHeldOut, type Measured } from './held-out.js';
import { startReports } from './misreport-starts.js';
import { Adam } from './optimizer.js';
import type { Stepper } from './stepper.js';
import type { TrainingConfig } from './training-config.js';
import type { TrainingData, Visit } from './training-data.js';

/** Purposes of random streams. */
const LIARS = 3;
const STARTS = 4;
/** Lowest share of `multiplierRate` in a move. */
const SLOWER = -0.3;

/** Where a training run stands; all that its continuation depends on. */
export interface TrainingState {
  /** Iterations done. */
  iteration: number;
  readonly parameters: Float32Array;
  readonly first: Float32Array;
  readonly second: Float32Array;
  /** One per agent, or one for all where only some lie at a time. */
  readonly multipliers: Float64Array;
  /** Gains since the multipliers moved last, summed over iterations, per multiplier. */
  readonly gains: Float64Array;
  /** Iterations in them. */
  readonly counted: Float64Array;
  /** Best misreports of the fixed training set, [samples, N, 2M]; values NaN: none yet. */
  readonly kept: Float32Array;
  /** The best network so far, and how it measured: 0/1 within epsilon, then what is compared. */
  readonly best: Float32Array;
  bestIteration: number;
  bestWithin: number;
  bestScore: number;
  /** Held-out measurements since the best. */
  stale: number;
}

/** What one iteration saw, on its own training misreports. */
export interface IterationLog {
  readonly iteration: number;
  readonly loss: number;
  readonly logNsw: number;
  readonly efficiency: number;
  /** Mean and largest of the agents' mean gains by the training misreports. */
  readonly trainExploitability: number;
  readonly trainExploitabilityMax: number;
  readonly multipliers: readonly number[];
}

/** The state before the first iteration; `from` are parameters to start from, in place of drawn ones. */
export function initialState(
  config: TrainingConfig,
  samples: number,
  seed: number,
  from?: Float32Array,
): TrainingState {
  const { parameters } = initialNetwork(config.network, seed);
  if (from) parameters.set(from);
  const { agents, items } = config.network;
  const groups = config.liars > 0 && config.liars < agents ? 1 : agents;
  return {
    iteration: 0,
    parameters,
    first: new Float32Array(parameters.length),
    second: new Float32Array(parameters.length),
    multipliers: new Float64Array(groups).fill(config.multiplier),
    gains: new Float64Array(groups),
    counted: new Float64Array(groups),
    kept: new Float32Array(samples * agents * 2 * items).fill(NaN),
    best: parameters.slice(),
    bestIteration: 0,
    bestWithin: 0,
    bestScore: Infinity,
    stale: 0,
  };
}

/** Trains a network step by step (Zeng et al. 2023, section 4): maximises log Nash welfare under bounds on agents' expected exploitability. */
export class Trainer {
  private readonly adam: Adam;

  constructor(
    readonly config: TrainingConfig,
    private readonly seed: number,
    private readonly data: TrainingData,
    private readonly stepper: Stepper,
    readonly state: TrainingState,
  ) {
    this.adam = new Adam(state, config);
  }

  get network(): Network {
    return { config: this.config.network, parameters: this.state.parameters };
  }

  /** Takes a step; none, and undefined, where the loss or its gradient is beyond single precision. */
  async iterate(): Promise<IterationLog | undefined> {
    const { config, data, stepper, state, seed } = this;
    const { agents: N, items: M } = config.network;
    const { iteration } = state;
    const batch = data.visit(iteration);
    const some = config.liars > 0 && config.liars < N;
    const agents = some ? new Stream(seed, LIARS, iteration).choose(N, config.liars).sort() : everyone(N);
    const reports = startReports(config, data.range, state.kept, batch, agents, new Stream(seed, STARTS, iteration));
    await stepper.setParameters(state.parameters);
    const { ascentSteps: steps, ascentRate: rate, demandMisreport: demandsToo, starts } = config;
    const found = await stepper.ascend(batch, { agents, starts, reports }, { ...data.range, steps, rate, demandsToo });
    const best = this.choose(batch, agents, reports, found);
    const coefficients = this.coefficients(agents, best.means, N);
    const { envy, offset } = config;
    const { gradient, loss, utilities, efficiency } = await stepper.gradient(
      batch,
      agents,
      best.reports,
      coefficients,
      { envy, offset },
    );
    if (!Number.isFinite(loss) || !gradient.every(Number.isFinite)) return undefined;
    this.adam.step(state.parameters, gradient, iteration);
    this.moveMultipliers(agents, best.means);
    state.iteration += 1;
    return {
      iteration: state.iteration,
      loss,
      logNsw: meanLogNsw(batch, utilities, N, M),
      efficiency: efficiency.reduce((a, b) => a + b, 0) / batch.count,
      trainExploitability: best.means.reduce((a, b) => a + b, 0) / best.means.length,
      trainExploitabilityMax: Math.max(...best.means),
      multipliers: Array.from(state.multipliers),
    };
  }

  /** Measures the network on held-out profiles and keeps it if it is the best so far. */
  async measure(engine: Engine): Promise<Measured> {
    const { state, config, data } = this;
    const measured = await measureHeldOut(engine, config, this.network, data);
    // Within epsilon the fairest counts, otherwise the least exploitable. With a fixed weight their sum does.
    // A network that solves nothing has no exploitability: it is neither.
    const unsolved = Number.isNaN(measured.exploitability);
    const within = !unsolved && (config.alpha > 0 || measured.exploitability <= config.epsilon) ? 1 : 0;
    const cost = config.alpha > 0 ? config.alpha * measured.exploitability * config.network.agents : 0;
    // Profiles in which somebody gets nothing are not in the mean of log-NSW.
    const fairness = measured.zeros > 0 ? -Infinity : measured.logNsw;
    const score = within === 1 ? cost - fairness : measured.exploitability;
    if (within > state.bestWithin || (within === state.bestWithin && score < state.bestScore)) {
      state.best.set(state.parameters);
      state.bestIteration = state.iteration;
      state.bestWithin = within;
      state.bestScore = score;
      state.stale = 0;
    } else state.stale += 1;
    return measured;
  }

  /** The best start of each profile and agent, the mean gain of each agent; keeps them for the next visit. */
  private choose(
    batch: Visit,
    agents: Int32Array,
    reports: Float32Array,
    gains: Float32Array,
  ): { readonly reports: Float32Array; readonly means: number[] } {
    const { agents: N, items: M } = this.config.network;
    const T = this.config.starts;
    const A = agents.length;
    const best = T === 1 ? reports : sharedParameters(batch.count * A * 2 * M);
    const means = new Array<number>(A).fill(0);
    for (let s = 0; s < batch.count; s++) {
      for (let a = 0; a < A; a++) {
        let top = 0;
        for (let t = 1; t < T; t++) if (gains[(s * T + t) * A + a]! > gains[(s * T + top) * A + a]!) top = t;
        means[a]! += Math.max(0, gains[(s * T + top) * A + a]!) / batch.count;
        const from = ((s * T + top) * A + a) * 2 * M;
        const own = reports.subarray(from, from + 2 * M);
        if (T > 1) best.set(own, (s * A + a) * 2 * M);
        if (!batch.indices) continue;
        // A report that gains nothing is a dead end: the next visit starts near the truth again.
        const place = (batch.indices[s]! * N + agents[a]!) * 2 * M;
        if (gains[(s * T + top) * A + a]! > 0) this.state.kept.set(own, place);
        else this.state.kept[place] = NaN;
      }
    }
    return { reports: best, means };
  }

  /** c of each agent listed: multiplier and slope of the penalty, or the fixed weight. Fewer liars stand for all. */
  private coefficients(agents: Int32Array, means: readonly number[], N: number): Float32Array {
    const { alpha, epsilon, margin, penalty } = this.config;
    const { multipliers } = this.state;
    const shared = multipliers.length < N;
    const mean = means.reduce((a, b) => a + b, 0) / means.length;
    return Float32Array.from(agents, (i, a) => {
      if (alpha > 0) return (alpha * N) / agents.length;
      const excess = Math.max(0, (shared ? mean : means[a]!) - margin * epsilon);
      return ((multipliers[shared ? 0 : i]! + 2 * penalty * excess) * N) / agents.length;
    });
  }

  private moveMultipliers(agents: Int32Array, means: readonly number[]): void {
    const { config, state } = this;
    const shared = state.multipliers.length < config.network.agents;
    agents.forEach((i, a) => {
      state.gains[shared ? 0 : i]! += means[a]!;
      state.counted[shared ? 0 : i]! += 1;
    });
    if ((state.iteration + 1) % config.multiplierEvery !== 0) return;
    state.multipliers.forEach((lambda, k) => {
      if (state.counted[k] === 0) return;
      const mean = state.gains[k]! / state.counted[k]!;
      // By a factor, and at most so fast: a first large excess would otherwise leave a multiplier that takes long to fall again. Down more
      // slowly than up, or exploitability comes back in bursts.
      const bound = config.margin * config.epsilon;
      const excess = Math.min(1, Math.max(SLOWER, (mean - bound) / Math.max(bound, 1e-12)));
      state.multipliers[k] = lambda * (1 + config.multiplierRate * excess);
    });
    state.gains.fill(0);
    state.counted.fill(0);
  }
}

function everyone(N: number): Int32Array {
  return Int32Array.from({ length: N }, (_, i) => i);
}

/** Mean of Σ w_i log u_i over agents who can gain. */
function meanLogNsw({ count, values, demands, weights }: Visit, utilities: Float32Array, N: number, M: number): number {
  let sum = 0;
  for (let r = 0; r < count * N; r++) {
    let most = 0;
    for (let m = 0; m < M; m++) most += values[r * M + m]! * demands[r * M + m]!;
    if (most > 0 && weights[r]! > 0) sum += weights[r]! * Math.log(utilities[r]!);
  }
  return sum / count;
}
