import { InputError } from '../errors.js';
import type { NetworkConfig } from '../networks/config.js';
import type { EnvyLoss } from '../networks/eef1nn.js';
import { fieldValues, networkFields, type Field } from './fields.js';

/** How an eef1nn is trained; the values published with Neural Round Robin are the defaults, `agents` and `items` are given. */
export interface Eef1nnTrainingConfig extends EnvyLoss {
  readonly network: NetworkConfig;
  readonly sampler: string;
  readonly samples: number;
  readonly epochs: number;
  readonly batch: number;
  readonly rate: number;
  readonly heldOut: number;
}

/** Every field beside those of the network. */
export const EEF1NN_FIELDS: Readonly<Record<Exclude<keyof Eef1nnTrainingConfig, 'network'>, Field>> = {
  sampler: { default: 'rank-one', about: 'distribution of profiles, as evenhand sample has it' },
  samples: { default: 100, whole: true, range: [1, 1e6], about: 'profiles to train on' },
  epochs: { default: 20, whole: true, range: [1, 1e6], about: 'times that every profile is visited' },
  batch: { default: 4, whole: true, range: [1, 1e6], about: 'profiles of a step' },
  rate: { default: 1e-3, range: [0, 10], about: "Adam's rate" },
  temperature: { default: 0.01, range: [1e-6, 1e6], about: 'of the softmax over agents' },
  offset: {
    default: 1e-9,
    range: [0, 1],
    about: 'added to shares inside the logarithm; 0: the logarithm of the softmax, whose gradient does not vanish',
  },
  envy: { default: 1, range: [0, 1e6], about: 'weight of envy' },
  violation: {
    default: 'good',
    choices: ['good', 'bundle', 'ef1'],
    about: 'what counts as envy: item by item, of bundles, or of bundles less their best item',
  },
  heldOut: { default: 100, whole: true, range: [1, 1e6], about: 'held-out profiles' },
};

/** A configuration with defaults filled in; `from` may be parsed JSON. Throws InputError naming the field. */
export function eef1nnTrainingConfig(from: Readonly<Record<string, unknown>>): Eef1nnTrainingConfig {
  const network = networkFields(from, EEF1NN_FIELDS);
  if (network.model !== 'eef1nn') throw new InputError(`config: model is ${network.model}, expected eef1nn`);
  return { network, ...fieldValues(from, EEF1NN_FIELDS) } as unknown as Eef1nnTrainingConfig;
}
