import { InputError, badElement } from '../errors.js';
import type { ProfileBatch } from '../profiles/batch.js';
import { AVERSION } from '../profiles/schema.js';
import type { SampledBatch } from '../profiles/samplers.js';
import type { OptionValues } from './mechanism.js';

/** What an agent's objective can be made of, in the order in which the kernel takes the weights. */
export const OBJECTIVES = ['own', 'mean', 'chen-kempe', 'fehr-schmidt', 'max-envy', 'network-envy', 'floor'] as const;
export type Objective = (typeof OBJECTIVES)[number];

/** Known of the literature, but no mix with it is a concave programme. */
export const REFUSED: Readonly<Record<string, string>> = {
  indicator: 'an indicator of who has more jumps, so no mix with it is concave',
};

/** The array that holds an objective's weights. */
export function thetaArray(objective: Objective): string {
  return `theta_${objective.replace('-', '_')}`;
}

export const THETA_ARRAYS: readonly string[] = OBJECTIVES.map(thetaArray);

/** Weight of agent `i` on an objective, as the options say. */
export type Weights = (objective: Objective, i: number) => number;

/** Weights that the options give `agents` agents; refuses a table of another size. */
export function optionWeights(options: OptionValues, agents: number): Weights {
  const objectives = String(options.objectives).split(',');
  const table = String(options.theta)
    .split(';')
    .map((row) => row.split(',').map(Number));
  const columns = table[0]!.length;
  if (columns !== 1 && columns !== objectives.length) {
    throw new InputError(
      `option theta of participatory has ${columns} numbers, expected ${objectives.length}, one for each of ${objectives.join(', ')}`,
    );
  }
  if (table.length !== 1 && table.length !== agents) {
    throw new InputError(
      `option theta of participatory has ${table.length} rows, expected 1 or ${agents}, one for each agent`,
    );
  }
  return (objective, i) => {
    const column = objectives.indexOf(objective);
    if (column < 0) return 0;
    const row = table[table.length === 1 ? 0 : i]!;
    return row[columns === 1 ? 0 : column]!;
  };
}

/** What rounding may leave of weights that add up to 0. */
const SLIP = 1e-12;

/**
 * Refuses a mix with a part that is not concave, for which there is no programme here: a weight below 0 on envy, weights on
 * the floor that add up to less than 0, or two agents who together would gain from a difference of their utilities.
 */
export function checkConcave(batch: ProfileBatch | SampledBatch, options: OptionValues): void {
  const { agents, count } = batch;
  const arrays = batch.kind === 'profiles' ? batch.arrays : {};
  const byOption = THETA_ARRAYS.some((name) => arrays[name]) ? () => 0 : optionWeights(options, agents);
  const element = (name: string, k: number, i: number, otherwise: number): number => {
    const array = arrays[name];
    return array ? Number(array.data[k * array.stride + i]) : otherwise;
  };
  const varies = [...THETA_ARRAYS, 'alpha', 'beta'].some((name) => arrays[name] && arrays[name].stride !== 0);
  const each = Array.from({ length: agents }, (_, i) => i);
  for (let k = 0; k < (varies ? count : Math.min(count, 1)); k++) {
    if (batch.kind === 'profiles' && batch.bad?.[k] === 1) continue;
    const theta = (objective: Objective, i: number) => element(thetaArray(objective), k, i, byOption(objective, i));
    const refuse = (objective: Objective, i: number, why: string): never => {
      throw badElement(thetaArray(objective), count > 1 && varies ? [k, i] : [i], theta(objective, i), why);
    };
    for (const objective of ['max-envy', 'network-envy'] as const) {
      const i = each.find((agent) => theta(objective, agent) < 0);
      if (i !== undefined) refuse(objective, i, 'a number >= 0: a liking for envy is not concave');
    }
    const floor = each.map((i) => theta('floor', i));
    if (floor.reduce((a, b) => a + b, 0) < -SLIP * floor.reduce((a, b) => a + Math.abs(b), 0)) {
      const i = floor.indexOf(Math.min(...floor));
      refuse('floor', i, 'weights that add up to 0 or more: a liking for a low floor is not concave');
    }
    const kink = each.map(
      (i) => theta('fehr-schmidt', i) * (element('alpha', k, i, AVERSION) + element('beta', k, i, AVERSION)),
    );
    const [i, h] = each.sort((a, b) => kink[a]! - kink[b]! || a - b);
    if (h !== undefined && kink[i!]! + kink[h]! < -SLIP * (Math.abs(kink[i!]!) + Math.abs(kink[h]!)))
      refuse(
        'fehr-schmidt',
        i!,
        `more: it is not concave that agents ${i} and ${h} together gain from a difference of their utilities`,
      );
    each.sort((a, b) => a - b);
  }
}
