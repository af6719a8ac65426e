import { InputError } from '../errors.js';
import type { NetworkConfig } from '../networks/config.js';
import { fieldValues, networkFields, type Field } from './fields.js';

/** How a network is trained; every field has a default but `agents`, `items` and `model`. */
export interface TrainingConfig {
  readonly network: NetworkConfig;
  /** Where profiles come from: a sampler (`uniform`, …) with `budget` (0: the sampler's own), or a file of profiles. */
  readonly sampler: string;
  readonly budget: number;
  readonly file: string;
  /** Folder of a trained network to go on from; empty: initial parameters are drawn. */
  readonly warmStart: string;
  /** Size of a fixed training set, whose misreports are kept from visit to visit; 0: fresh profiles in every iteration. */
  readonly samples: number;
  /** Standard deviation of the noise on reports that the mechanism sees; utilities are by the truth. */
  readonly reportNoise: number;
  readonly batch: number;
  readonly iterations: number;
  /** Misreports of each agent and profile: the first starts near the truth, others anywhere. */
  readonly starts: number;
  readonly ascentSteps: number;
  readonly ascentRate: number;
  /** Standard deviation of the start about the truth. */
  readonly startNoise: number;
  readonly demandMisreport: boolean;
  /** Agents whose misreports are sought in an iteration, drawn anew each time; 0: all. Then all share one multiplier. */
  readonly liars: number;
  /** Expected exploitability that each agent may have. */
  readonly epsilon: number;
  /** Share of epsilon that training aims at, as its misreports miss some of what the search finds. */
  readonly margin: number;
  /** A fixed weight on exploitability in place of multipliers (Remark 1); 0: multipliers. */
  readonly alpha: number;
  readonly multiplier: number;
  readonly multiplierRate: number;
  readonly multiplierEvery: number;
  readonly penalty: number;
  readonly envy: number;
  readonly offset: number;
  readonly rate: number;
  readonly decay: 'constant' | 'cosine';
  /** Largest norm of the gradient; 0: any. */
  readonly clip: number;
  readonly heldOut: number;
  readonly heldOutEvery: number;
  readonly effort: 'quick' | 'thorough';
  /** Held-out measurements without a better one after which training ends; 0: never. */
  readonly patience: number;
}

/** Every field of a training configuration beside those of the network. */
export const TRAINING_FIELDS: Readonly<Record<Exclude<keyof TrainingConfig, 'network'>, Field>> = {
  sampler: { default: 'uniform', about: 'distribution of profiles, as evenhand sample has it' },
  budget: { default: 0, range: [0, 1e300], about: "supply of every item; 0: the sampler's own" },
  file: { default: '', about: 'profiles to train on, instead of a sampler; the last part of them is held out' },
  warmStart: { default: '', about: 'folder of a network to start from, in place of drawn parameters' },
  samples: {
    default: 4096,
    whole: true,
    range: [0, 1e7],
    about: 'size of a fixed training set, whose misreports are kept from visit to visit; 0: fresh profiles',
  },
  reportNoise: { default: 0, range: [0, 1e3], about: 'standard deviation of noise on what the mechanism is told' },
  batch: { default: 128, whole: true, range: [1, 1e6], about: 'profiles of an iteration' },
  iterations: { default: 2500, whole: true, range: [1, 1e9], about: 'steps of the network' },
  starts: { default: 1, whole: true, range: [1, 1000], about: 'misreports of each agent and profile' },
  ascentSteps: { default: 10, whole: true, range: [0, 1e4], about: 'steps of each misreport in an iteration' },
  ascentRate: { default: 0.1, range: [0, 1e3], about: "Adam's rate of misreports" },
  startNoise: { default: 0.1, range: [0, 1e3], about: 'standard deviation of misreports about the truth at the start' },
  demandMisreport: { default: true, about: 'whether demands are lied about too' },
  liars: { default: 0, whole: true, range: [0, 1e6], about: 'agents who lie in an iteration; 0: all' },
  epsilon: { default: 1e-3, range: [0, 1e3], about: 'expected exploitability that each agent may have' },
  margin: { default: 0.8, range: [0.01, 1], about: 'share of epsilon that training aims at' },
  alpha: { default: 0, range: [0, 1e9], about: 'fixed weight on exploitability; 0: multipliers' },
  multiplier: { default: 1, range: [0, 1e9], about: 'multipliers at the start; 0: exploitability does not count' },
  multiplierRate: { default: 0.25, range: [0, 1], about: 'share by which multipliers rise or fall at most in a move' },
  multiplierEvery: { default: 25, whole: true, range: [1, 1e9], about: 'iterations between moves of multipliers' },
  penalty: { default: 5, range: [0, 1e9], about: 'weight of the squared excess over epsilon' },
  envy: { default: 0, range: [0, 1e9], about: 'weight of envy under truthful reports' },
  offset: { default: 1e-4, range: [1e-12, 1], about: 'added to utilities inside the logarithm' },
  rate: { default: 3e-3, range: [0, 10], about: "Adam's rate of the network" },
  decay: { default: 'cosine', choices: ['constant', 'cosine'], about: 'of the rate over the iterations' },
  clip: { default: 5, range: [0, 1e9], about: 'largest norm of the gradient; 0: any' },
  heldOut: { default: 200, whole: true, range: [1, 1e6], about: 'held-out profiles' },
  heldOutEvery: { default: 250, whole: true, range: [1, 1e9], about: 'iterations between held-out measurements' },
  effort: {
    default: 'quick',
    choices: ['quick', 'thorough'],
    about: 'of the search for misreports on held-out profiles',
  },
  patience: {
    default: 0,
    whole: true,
    range: [0, 1e6],
    about: 'measurements without improvement before an early end; 0: none',
  },
};

/** Recommended where nothing is said: what ExPF-Net needs differs from what ExS-Net needs. */
const EXPF_DEFAULTS: Readonly<Record<string, unknown>> = {
  batch: 64,
  starts: 3,
  rate: 2e-3,
  multiplier: 10,
  margin: 0.5,
};

/**
 * A training configuration with defaults filled in; `from` may be parsed JSON, such as the config.json that a run leaves (whose `seed` is no part of it).
 * Throws InputError naming the field.
 */
export function trainingConfig(from: Readonly<Record<string, unknown>>): TrainingConfig {
  const network = networkFields(from, TRAINING_FIELDS);
  const own = network.model === 'expf-net' ? EXPF_DEFAULTS : {};
  const config = { network, ...fieldValues(from, TRAINING_FIELDS, own) } as unknown as TrainingConfig;
  if (network.model !== 'exs-net' && network.model !== 'expf-net') {
    throw new InputError(`config: model is ${network.model}, expected expf-net or exs-net`);
  }
  if (config.liars > network.agents)
    throw new InputError(`config: liars is ${config.liars}, expected at most ${network.agents}`);
  if (config.samples > 0 && config.samples < config.batch) {
    throw new InputError(`config: samples is ${config.samples}, expected 0 or at least the batch of ${config.batch}`);
  }
  return config;
}
