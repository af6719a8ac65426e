import { InputError } from '../errors.js';
import type { NetworkConfig } from '../networks/config.js';
import { TAU_SCHEDULES, type TauSchedule } from '../networks/neural-round-robin.js';
import { fieldValues, networkFields, type Field } from './fields.js';
import { parseTargets } from './nrr-targets.js';

/** How Neural Round Robin is trained; the published values are the defaults, `agents` and `items` are given. */
export interface NrrTrainingConfig {
  readonly network: NetworkConfig;
  readonly sampler: string;
  /** Profiles to train on, instead of a sampler. */
  readonly file: string;
  /** What the network is trained towards: one target, or several with weights (nrr-targets.ts). */
  readonly target: string;
  readonly samples: number;
  readonly epochs: number;
  readonly batch: number;
  readonly rate: number;
  readonly tau: number;
  readonly tauSchedule: TauSchedule;
  /** Where a schedule starts; `tau` is where it ends. */
  readonly tauStart: number;
  readonly softness: number;
  readonly leftover: 'uniform' | 'masked';
  readonly envy: number;
  readonly envyForm: 'per-bundle' | 'per-good';
  readonly heldOut: number;
}

/** Every field beside those of the network. */
export const NRR_FIELDS: Readonly<Record<Exclude<keyof NrrTrainingConfig, 'network'>, Field>> = {
  sampler: { default: 'rank-one', about: 'distribution of profiles, as evenhand sample has it' },
  file: { default: '', about: 'profiles to train on, instead of a sampler; the last of them are held out' },
  target: {
    default: 'auto',
    about: "rule to learn, or several with weights; auto: the file's owner, else max-utilitarian",
  },
  samples: { default: 100, whole: true, range: [1, 1e6], about: 'profiles to train on; of a file all' },
  epochs: { default: 20, whole: true, range: [1, 1e6], about: 'times that every profile is visited' },
  batch: { default: 4, whole: true, range: [1, 1e6], about: 'profiles of a step' },
  rate: { default: 1e-3, range: [0, 10], about: "Adam's rate" },
  tau: { default: 0.01, range: [1e-6, 1e6], about: 'temperature of the picks' },
  tauSchedule: {
    default: 'constant',
    choices: TAU_SCHEDULES,
    about: 'how the temperature of the picks comes to tau: it is there, or goes down from tauStart',
  },
  tauStart: { default: 1, range: [1e-6, 1e6], about: 'temperature of the picks where a schedule starts' },
  softness: { default: 0.1, range: [1e-6, 1e6], about: 'temperature of the order' },
  leftover: {
    default: 'uniform',
    choices: ['uniform', 'masked'],
    about: 'picks after the items are gone: uniform over all items, or left out',
  },
  envy: { default: 0, range: [0, 1e9], about: 'weight of the envy of soft shares that one item does not explain' },
  envyForm: {
    default: 'per-bundle',
    choices: ['per-bundle', 'per-good'],
    about: 'the item whose loss helps most is taken from the envied bundle, or each in turn',
  },
  heldOut: { default: 100, whole: true, range: [1, 1e6], about: 'held-out profiles' },
};

/** A configuration with defaults filled in; `from` may be parsed JSON. Throws InputError naming the field. */
export function nrrTrainingConfig(from: Readonly<Record<string, unknown>>): NrrTrainingConfig {
  const network = networkFields(from, NRR_FIELDS);
  if (network.model !== 'nrr') throw new InputError(`config: model is ${network.model}, expected nrr`);
  const config = { network, ...fieldValues(from, NRR_FIELDS) } as unknown as NrrTrainingConfig;
  const targets = config.target === 'auto' ? [] : parseTargets(config.target);
  if (config.file === '' && targets.some(({ rule }) => rule === 'file')) {
    throw new InputError('config: target is file, expected a file of profiles that holds owner');
  }
  return config;
}
