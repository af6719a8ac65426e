import type { ProfileBatch } from '../profiles/batch.js';
import { AVERSION } from '../profiles/schema.js';
import type { Mechanism } from './mechanism.js';
import { OBJECTIVES, optionWeights, thetaArray, type Objective } from './participatory-objectives.js';

/** One profile of participatory objectives, every default filled in. */
export interface Stated {
  readonly values: readonly Float64Array[];
  readonly alpha: readonly number[];
  readonly beta: readonly number[];
  readonly shares: readonly number[];
  readonly network: readonly (readonly number[])[];
  readonly theta: Readonly<Record<Objective, readonly number[]>>;
}

/** Profile `k` as `participatory` or `fehr-schmidt` (own utility and aversion, each once) reads it. */
export function statedProfile(batch: ProfileBatch, k: number, mechanism: Mechanism): Stated {
  const { agents, items, arrays } = batch;
  const mixed = mechanism.id === 'participatory';
  const byArray = mixed && OBJECTIVES.some((objective) => arrays[thetaArray(objective)]);
  const fixed = (objective: Objective) => (objective === 'own' || objective === 'fehr-schmidt' ? 1 : 0);
  const byOption = byArray ? () => 0 : mixed ? optionWeights(mechanism.options, agents) : fixed;
  const list = (name: string, length: number, otherwise: (i: number) => number) => {
    const array = arrays[name];
    return Array.from({ length }, (_, i) => (array ? Number(array.data[k * array.stride + i]) : otherwise(i)));
  };
  const values = list('values', agents * items, () => 0);
  const network = list('network', agents * agents, () => 1 / (agents - 1));
  const theta = OBJECTIVES.map((objective) => [
    objective,
    list(byArray ? thetaArray(objective) : '', agents, (i) => byOption(objective, i)),
  ]);
  const each = Array.from({ length: agents }, (_, i) => i);
  return {
    values: each.map((i) => Float64Array.from(values.slice(i * items, (i + 1) * items))),
    alpha: list('alpha', agents, () => AVERSION),
    beta: list('beta', agents, () => AVERSION),
    shares: list('shares', items, () => 1),
    network: each.map((i) => each.map((h) => (h === i ? 0 : network[i * agents + h]!))),
    theta: Object.fromEntries(theta) as Stated['theta'],
  };
}

const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);

/** Every agent's own objective at an allocation [N,M], by its definition. */
export function objectivesOf(p: Stated, allocation: Float64Array): number[] {
  const items = p.shares.length;
  const n = p.values.length;
  const worth = (i: number, h: number) =>
    p.values[i]!.reduce((total, v, j) => total + v * allocation[h * items + j]!, 0);
  const u = p.values.map((_, i) => worth(i, i));
  const total = sum(u);
  const least = Math.min(...u);
  return u.map((own, i) => {
    const { theta } = p;
    let found = theta.own[i]! * own + (theta.mean[i]! * total) / n;
    found += theta['chen-kempe'][i]! * (total - own) + theta.floor[i]! * least;
    if (n === 1) return found;
    const aversion = u.map((x) => p.alpha[i]! * Math.max(0, x - own) + p.beta[i]! * Math.max(0, own - x));
    found -= (theta['fehr-schmidt'][i]! * sum(aversion)) / (n - 1);
    if (theta['max-envy'][i] === 0 && theta['network-envy'][i] === 0) return found;
    const envy = u.map((_, h) => (h === i ? 0 : Math.max(0, worth(i, h) - own)));
    found -= theta['max-envy'][i]! * Math.max(...envy);
    return found - theta['network-envy'][i]! * sum(envy.map((x, h) => p.network[i]![h]! * x));
  });
}

/**
 * The others' profile where agent `i` is not there: their weights, and what they count each other by, stay as they are (the mean is still over all
 * agents, aversion still divided by their number less one), and nobody minds or enjoys what `i` has.
 */
export function withoutAgent(p: Stated, i: number): Stated {
  const n = p.values.length;
  const others = <T>(list: readonly T[]): T[] => list.filter((_, k) => k !== i);
  const scaled = (list: readonly number[], factor: number) => others(list).map((x) => x * factor);
  return {
    values: others(p.values),
    alpha: others(p.alpha),
    beta: others(p.beta),
    shares: p.shares,
    network: others(p.network).map(others),
    theta: {
      ...(Object.fromEntries(OBJECTIVES.map((name) => [name, others(p.theta[name])])) as unknown as Stated['theta']),
      mean: scaled(p.theta.mean, (n - 1) / n),
      'fehr-schmidt': scaled(p.theta['fehr-schmidt'], (n - 2) / (n - 1)),
    },
  };
}
