import { InputError } from '../errors.js';
import type { NetworkConfig } from '../networks/config.js';
import { fieldValues, networkFields, type Field } from './fields.js';

/** How Neural Round Robin is trained; the published values are the defaults, `agents` and `items` are given. */
export interface NrrTrainingConfig {
  readonly network: NetworkConfig;
  readonly sampler: string;
  readonly samples: number;
  readonly epochs: number;
  readonly batch: number;
  readonly rate: number;
  readonly tau: number;
  readonly softness: number;
  readonly leftover: 'uniform' | 'masked';
  readonly heldOut: number;
}

/** Every field beside those of the network. */
export const NRR_FIELDS: Readonly<Record<Exclude<keyof NrrTrainingConfig, 'network'>, Field>> = {
  sampler: { default: 'rank-one', about: 'distribution of profiles, as evenhand sample has it' },
  samples: { default: 100, whole: true, range: [1, 1e6], about: 'profiles to train on' },
  epochs: { default: 20, whole: true, range: [1, 1e6], about: 'times that every profile is visited' },
  batch: { default: 4, whole: true, range: [1, 1e6], about: 'profiles of a step' },
  rate: { default: 1e-3, range: [0, 10], about: "Adam's rate" },
  tau: { default: 0.01, range: [1e-6, 1e6], about: 'temperature of the picks' },
  softness: { default: 0.1, range: [1e-6, 1e6], about: 'temperature of the order' },
  leftover: {
    default: 'uniform',
    choices: ['uniform', 'masked'],
    about: 'picks after the items are gone: uniform over all items, or left out',
  },
  heldOut: { default: 100, whole: true, range: [1, 1e6], about: 'held-out profiles' },
};

/** A configuration with defaults filled in; `from` may be parsed JSON. Throws InputError naming the field. */
export function nrrTrainingConfig(from: Readonly<Record<string, unknown>>): NrrTrainingConfig {
  const network = networkFields(from, NRR_FIELDS);
  if (network.model !== 'nrr') throw new InputError(`config: model is ${network.model}, expected nrr`);
  return { network, ...fieldValues(from, NRR_FIELDS) } as unknown as NrrTrainingConfig;
}
