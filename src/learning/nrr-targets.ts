import type { Engine } from '../engine/engine.js';
import { InputError, nearest } from '../errors.js';
import { maxUtilitarian, pf, roundRobin } from '../mechanisms/factories.js';
import type { ProfileBatch } from '../profiles/batch.js';
import { leximinOwners, maxNashOwners, MOST_ITEMS, utilitarianWithinEf1 } from './nrr-exact.js';

/** Rules that Neural Round Robin can be trained towards. */
export const NRR_TARGETS = {
  'max-utilitarian': 'every item to whoever values it most',
  'max-nash': `greatest number of agents who get something, then greatest product of utilities; exact, at most ${MOST_ITEMS} items`,
  leximin: `greatest smallest utility, then the next; exact, at most ${MOST_ITEMS} items`,
  'utilitarian-ef1':
    'greatest sum of utilities within EF1; branch and bound, best found after 100,000 nodes of a profile',
  'pf-rounded': 'every item to whoever gets most of it under proportional fairness',
  'round-robin': "Round Robin in the file's `order`, without one in that of the agents",
  'round-robin-by-mean': 'Round Robin, agents of higher mean value first',
  'round-robin-by-range': 'Round Robin, agents whose values differ most first',
  file: "the file's `owner`",
} as const;
export type NrrTarget = keyof typeof NRR_TARGETS;

/** A target and its share; shares sum to 1. */
export interface WeightedTarget {
  readonly rule: NrrTarget;
  readonly weight: number;
}

/** What a configuration's target stands for; auto: the owners that the file gives, else the greatest sum of utilities. */
export function targetsOf(text: string, given: boolean): WeightedTarget[] {
  if (text === 'auto') return [{ rule: given ? 'file' : 'max-utilitarian', weight: 1 }];
  return parseTargets(text);
}

/** `max-nash`, or several: `max-nash:0.7,leximin:0.3`; without weights all count the same. */
export function parseTargets(text: string): WeightedTarget[] {
  const refuse = (expected: string): never => {
    throw new InputError(`config: target is ${JSON.stringify(text)}, expected ${expected}`);
  };
  const known = Object.keys(NRR_TARGETS);
  const parts = text.split(',').map((part) => {
    const [name, weight = '1', ...more] = part.trim().split(':');
    if (!Object.hasOwn(NRR_TARGETS, name!)) {
      const near = nearest(name!, known);
      return refuse(`${near ? `${near}` : `some of ${known.join(', ')}`}, with a weight after a colon or without`);
    }
    const number = weight.trim() === '' ? NaN : Number(weight);
    if (!(number > 0 && number <= 1e6) || more.length > 0)
      return refuse(`a weight above 0 after ${name}, as in ${name}:0.5`);
    return { rule: name as NrrTarget, weight: number };
  });
  if (new Set(parts.map(({ rule }) => rule)).size < parts.length) return refuse('each target once');
  const total = parts.reduce((sum, { weight }) => sum + weight, 0);
  return parts.map(({ rule, weight }) => ({ rule, weight: weight / total }));
}

/** The same profiles, with agents in the order of falling `score` of their rows, the lower agent first among equals. */
export function orderedBy(batch: ProfileBatch, score: (row: Float64Array) => number): ProfileBatch {
  const { count, agents, items } = batch;
  const values = batch.arrays.values!;
  const order = new Int32Array(count * agents);
  for (let k = 0; k < count; k++) {
    const scores = Array.from({ length: agents }, (_, i) => {
      const at = k * values.stride + i * items;
      return score((values.data as Float64Array).subarray(at, at + items));
    });
    order.set(
      scores.map((_, i) => i).sort((a, b) => scores[b]! - scores[a]! || a - b),
      k * agents,
    );
  }
  return { ...batch, arrays: { ...batch.arrays, order: { data: order, stride: agents } } };
}

/** Scores of a row of values. */
export const mean = (row: Float64Array) => row.reduce((a, b) => a + b, 0) / row.length;
export const range = (row: Float64Array) =>
  row.reduce((a, b) => Math.max(a, b), 0) - row.reduce((a, b) => Math.min(a, b), Infinity);

/** Owners [B,M] under a target. */
export async function targetOwners(
  engine: Engine,
  batch: ProfileBatch,
  rule: Exclude<NrrTarget, 'file'>,
): Promise<Int32Array> {
  const values = valuesOnly(batch);
  const ownersOf = async (of: ProfileBatch) => (await engine.allocate(roundRobin(), of)).owner!;
  switch (rule) {
    case 'max-utilitarian':
      return (await engine.allocate(maxUtilitarian(), values)).owner!;
    case 'round-robin':
      return ownersOf(batch);
    case 'round-robin-by-mean':
      return ownersOf(orderedBy(values, mean));
    case 'round-robin-by-range':
      return ownersOf(orderedBy(values, range));
    case 'pf-rounded':
      return rounded((await engine.allocate(pf(), values)).allocation!, batch);
    case 'max-nash':
    case 'leximin': {
      if (batch.items > MOST_ITEMS) {
        throw new InputError(`config: items is ${batch.items}, expected at most ${MOST_ITEMS} for the target ${rule}`);
      }
      const one = rule === 'max-nash' ? maxNashOwners : leximinOwners;
      return eachProfile(batch, (row) => one(row, batch.agents, batch.items));
    }
    case 'utilitarian-ef1': {
      // Round Robin is within EF1.
      const start = await ownersOf(orderedBy(values, mean));
      const { agents, items } = batch;
      return eachProfile(
        batch,
        (row, k) => utilitarianWithinEf1(row, agents, items, start.subarray(k * items, (k + 1) * items)).owner,
      );
    }
  }
}

/** Shares [B,N,M] that a mixture of targets gives; `given` are the owners of the file. */
export async function targetShares(
  engine: Engine,
  batch: ProfileBatch,
  targets: readonly WeightedTarget[],
  given?: Int32Array,
): Promise<Float64Array> {
  const { count, agents, items } = batch;
  const shares = new Float64Array(count * agents * items);
  for (const { rule, weight } of targets) {
    const owner = rule === 'file' ? given : await targetOwners(engine, batch, rule);
    if (!owner) throw new InputError('config: target is file, expected a file of profiles with an array owner');
    owner.forEach((i, k) => (shares[(Math.floor(k / items) * agents + i) * items + (k % items)]! += weight));
  }
  return shares;
}

function valuesOnly(batch: ProfileBatch): ProfileBatch {
  return { ...batch, arrays: { values: batch.arrays.values! } };
}

function eachProfile(
  { count, agents, items, arrays }: ProfileBatch,
  owners: (row: Float64Array, k: number) => Int32Array,
): Int32Array {
  const { data, stride } = arrays.values!;
  const all = new Int32Array(count * items);
  for (let k = 0; k < count; k++) {
    all.set(owners((data as Float64Array).subarray(k * stride, k * stride + agents * items), k), k * items);
  }
  return all;
}

/** Whoever has most of each item, the lowest agent first. */
function rounded(allocation: Float64Array, { count, agents, items }: ProfileBatch): Int32Array {
  const owner = new Int32Array(count * items);
  for (let k = 0; k < owner.length; k++) {
    const at = Math.floor(k / items) * agents * items + (k % items);
    let most = 0;
    for (let i = 1; i < agents; i++) if (allocation[at + i * items]! > allocation[at + most * items]!) most = i;
    owner[k] = most;
  }
  return owner;
}
