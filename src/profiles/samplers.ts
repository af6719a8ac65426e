import { InputError, nearest } from '../errors.js';
import type { NamedArrays } from '../types.js';
import { Kernels } from '../wasm/kernels.js';
import { sharedArray } from './convert.js';
import { profileBatch, type ProfileBatch } from './batch.js';

interface SamplerSpec {
  /** Number that the kernels know the sampler by (assembly/samplers.ts). */
  readonly kind: number;
  /** Probability that an agent wants an item; undefined: the sampler has no demands. */
  readonly keep?: number;
  /** Supply of each item unless given: half the agents (S0) or one of each. */
  readonly supply: 'half' | 'one';
  /** The number after the colon: its name and range. */
  readonly parameter?: readonly [string, number, number];
  readonly about: string;
}

export const SAMPLERS: Readonly<Record<string, SamplerSpec>> = {
  uniform: { kind: 0, keep: 0.5, supply: 'half', about: 'values U(0.1,1), demands U(0.1,1), half of them 0' },
  'uniform-full': { kind: 0, keep: 1, supply: 'half', about: 'values U(0.1,1), demands U(0.1,1)' },
  beta: {
    kind: 1,
    keep: 0.5,
    supply: 'half',
    parameter: ['C', 0.5, 1e6],
    about: 'as uniform, with 0.1 + 0.9 Beta(C,C) in place of U(0.1,1)',
  },
  'rank-one': { kind: 2, supply: 'one', about: "values within 0.01 of each agent's mean, which is U(1,2)" },
  identical: { kind: 3, keep: 0.5, supply: 'half', about: 'as uniform, all agents alike' },
  integer: { kind: 4, supply: 'one', parameter: ['K', 1, 2 ** 31], about: 'values 0, 1, ..., K: many ties' },
};

/** A batch that is drawn where it is needed: profile k is a function of the seed and k. */
export interface SampledBatch {
  readonly kind: 'sampled';
  readonly sampler: string;
  readonly parameter: number;
  readonly count: number;
  readonly agents: number;
  readonly items: number;
  /** Supply of every item. */
  readonly budget: number;
  readonly seed: number;
}

export interface SampleOptions {
  readonly agents: number;
  readonly items: number;
  /** Number of profiles. */
  readonly count: number;
  /** Supply of every item; default: agents/2, or 1 for `rank-one` and `integer`. */
  readonly budget?: number;
  /** Integer from 0 to 2^53 − 1; default 0. */
  readonly seed?: number;
}

/**
 * Describes `count` random profiles; nothing is drawn yet. `name` is a key of SAMPLERS, with its number after a colon where it has
 * one (`beta:2`, `integer:5`).
 */
export function sampleProfiles(name: string, options: SampleOptions): SampledBatch {
  const colon = name.indexOf(':');
  const sampler = colon < 0 ? name : name.slice(0, colon);
  const text = colon < 0 ? undefined : name.slice(colon + 1);
  const spec = Object.hasOwn(SAMPLERS, sampler) ? SAMPLERS[sampler] : undefined;
  if (!spec) {
    const near = nearest(sampler, Object.keys(SAMPLERS));
    throw new InputError(
      `unknown sampler ${name}, ${near ? `did you mean ${near}?` : `known: ${Object.keys(SAMPLERS).join(', ')}`}`,
    );
  }
  let parameter = 0;
  if (spec.parameter) {
    const [label, low, high] = spec.parameter;
    parameter = text === undefined || text.trim() === '' ? NaN : Number(text);
    if (!(parameter >= low && parameter <= high) || (sampler === 'integer' && !Number.isInteger(parameter))) {
      const kind = sampler === 'integer' ? 'an integer' : 'a number';
      throw new InputError(
        `sampler ${name}: ${label} is ${text ?? 'missing'}, expected ${kind} from ${low} to ${high}, as in ${sampler}:2`,
      );
    }
  } else if (text !== undefined) throw new InputError(`sampler ${sampler} takes no parameter, found ${text}`);

  const { agents, items, count } = options;
  const seed = options.seed ?? 0;
  checkInteger('agents', agents, 1, 1e6);
  checkInteger('items', items, 1, 1e6);
  checkInteger('count', count, 0, Number.MAX_SAFE_INTEGER);
  checkInteger('seed', seed, 0, Number.MAX_SAFE_INTEGER);
  const budget = options.budget ?? (spec.supply === 'half' ? agents / 2 : 1);
  if (!(budget >= 0 && budget <= Number.MAX_VALUE))
    throw new InputError(`budget is ${budget}, expected a finite number >= 0`);
  return { kind: 'sampled', sampler, parameter, count, agents, items, budget, seed };
}

function checkInteger(name: string, value: number, low: number, high: number): void {
  if (!Number.isInteger(value) || value < low || value > high) {
    throw new InputError(`${name} is ${value}, expected an integer from ${low} to ${high}`);
  }
}

/** Names of the arrays that the batch has. */
export function sampledArrays({ sampler }: SampledBatch): string[] {
  return SAMPLERS[sampler]!.keep === undefined ? ['values', 'budgets'] : ['values', 'demands', 'budgets'];
}

/** Least and largest number that an array of the batch can have; undefined where there is no such array. */
export function supportOf(
  { sampler, parameter }: SampledBatch,
  name: 'values' | 'demands',
): { readonly low: number; readonly high: number } | undefined {
  if (name === 'demands') return SAMPLERS[sampler]!.keep === undefined ? undefined : { low: 0, high: 1 };
  if (sampler === 'rank-one') return { low: 1, high: 2 };
  return sampler === 'integer' ? { low: 0, high: parameter } : { low: 0.1, high: 1 };
}

/** Draws one of the batch's arrays for profiles `first` … `first + count − 1` at an address. `budgets` has one profile's length. */
export function drawArray(
  kernels: Kernels,
  batch: SampledBatch,
  name: string,
  first: number,
  count: number,
  address: number,
): void {
  const { kind, keep } = SAMPLERS[batch.sampler]!;
  const { parameter, seed, agents, items, budget } = batch;
  if (name === 'values') kernels.call.sampleValues(kind, parameter, seed, first, count, agents, items, address);
  else if (name === 'demands')
    kernels.call.sampleDemands(kind, parameter, keep!, seed, first, count, agents, items, address);
  else kernels.arena.f64(address, items).fill(budget);
}

/** Draws profiles `first` … `first + count − 1` (default: all) into memory. */
export function materialize(batch: SampledBatch, first = 0, count = batch.count - first): ProfileBatch {
  const { agents, items } = batch;
  checkInteger('first', first, 0, batch.count);
  checkInteger('count', count, 0, batch.count - first);
  const kernels = new Kernels();
  const entries = agents * items;
  const step = Math.max(1, Math.min(count, Math.floor(2 ** 20 / entries)));
  const arrays: Record<string, NamedArrays[string]> = {};
  for (const name of sampledArrays(batch)) {
    if (name === 'budgets') {
      arrays[name] = { shape: [items], data: sharedArray('float64', items).fill(batch.budget) };
      continue;
    }
    const data = sharedArray('float64', count * entries);
    const mark = kernels.arena.mark();
    const address = kernels.arena.take(step * entries * 8);
    for (let k = 0; k < count; k += step) {
      const now = Math.min(step, count - k);
      drawArray(kernels, batch, name, first + k, now, address);
      data.set(kernels.arena.f64(address, now * entries), k * entries);
    }
    kernels.arena.release(mark);
    arrays[name] = { shape: [count, agents, items], data };
  }
  return profileBatch(arrays);
}

/** The batch's arrays as a file holds them. */
export function sampleArrays(batch: SampledBatch): NamedArrays {
  const { count, agents, items, arrays } = materialize(batch);
  const shape = { values: [count, agents, items], demands: [count, agents, items], budgets: [items] };
  return Object.fromEntries(
    Object.entries(arrays).map(([name, { data }]) => [name, { shape: shape[name as keyof typeof shape], data }]),
  );
}
