import { badElement, InputError, nearest } from '../errors.js';
import type { Extents, NamedArrays, NdArray, NumericArray } from '../types.js';
import { convertArray, indexOf } from './convert.js';
import { checkConstraint, constraintSizes } from './constraints.js';
import { INPUT_ARRAYS, OUTPUT_ARRAYS, arraySpec, type Dimension } from './schema.js';

/** One array of a batch, on shared memory. */
export interface BatchArray {
  readonly data: NumericArray;
  /** Elements from one profile to the next; 0: one array holds for every profile. */
  readonly stride: number;
}

/** Profiles in memory: flat arrays, one after the other. Made by `profileBatch`, which checks them. */
export interface ProfileBatch extends Extents {
  readonly kind: 'profiles';
  /** Number of profiles. */
  readonly count: number;
  readonly agents: number;
  readonly items: number;
  readonly arrays: Readonly<Record<string, BatchArray>>;
  /** 1 for a profile that holds a bad number; it is answered with status 6. Absent: none does. */
  readonly bad?: Uint8Array;
}

export interface BatchOptions {
  /**
   * What to do with a profile that holds NaN, infinity, a negative number or an impossible index: `'refuse'` the batch with an
   * InputError (default) or answer that profile with `'status'` 6.
   */
  readonly badProfiles?: 'refuse' | 'status';
}

/** Refuses arrays that neither an input nor a result file may hold. */
export function checkNames(arrays: NamedArrays): void {
  const known = [...Object.keys(INPUT_ARRAYS), ...Object.keys(OUTPUT_ARRAYS)];
  for (const name of Object.keys(arrays)) {
    if (arraySpec(name)) continue;
    const near = nearest(name, known);
    throw new InputError(`unknown array ${name}${near ? `, did you mean ${near}?` : ''}`, { array: name });
  }
}

/**
 * Checks shapes, types and numbers of named arrays and lays them out as a batch. `values` fixes B, N and M ([N, M] means B = 1); any
 * other array may lack the leading B or have it 1. Arrays not in `reads` are left out (see `ignoredArrays`).
 */
export function profileBatch(
  arrays: NamedArrays,
  reads: readonly string[] = Object.keys(INPUT_ARRAYS),
  options: BatchOptions = {},
): ProfileBatch {
  checkNames(arrays);
  const values = Object.hasOwn(arrays, 'values') ? arrays.values : undefined;
  if (!values) throw new InputError('values is missing, expected an array [B,N,M] or [N,M]', { array: 'values' });
  if (values.shape.length !== 2 && values.shape.length !== 3) {
    throw shapeError('values', values.shape, '[B,N,M] or [N,M]');
  }
  const [agents, items] = values.shape.slice(-2) as [number, number];
  const used = Object.entries(arrays).filter(([name]) => dimensionsOf(name) && reads.includes(name));
  const counted = constraintSizes(new Map(used.map(([name, { shape }]) => [name, shape])));
  const size = { profile: batchSize(arrays), agent: agents, item: items, ...counted };
  if (agents === 0 || items === 0) throw shapeError('values', values.shape, 'at least one agent and one item');

  const batch: Record<string, BatchArray> = {};
  const bad = options.badProfiles === 'status' ? new Uint8Array(new SharedArrayBuffer(size.profile)) : undefined;
  let anyBad = false;
  for (const [name, array] of used) {
    const spec = INPUT_ARRAYS[name]!;
    const each = dimensionsOf(name)!
      .slice(1)
      .map((dimension) => size[dimension]);
    const full = [size.profile, ...each];
    const { shape } = array;
    const tail = shape.slice(-each.length);
    const lead = shape.length === each.length ? 1 : shape.length === full.length ? shape[0]! : -1;
    const agrees = tail.length === each.length && tail.every((n, d) => n === each[d]);
    if (!agrees || (lead !== 1 && lead !== size.profile)) {
      throw shapeError(name, shape, `[${full.join(',')}] or [${each.join(',')}]`);
    }
    const data = convertArray(name, bad && spec.dtype === 'int32' ? withoutNonFinite(array) : array, spec.dtype);
    const length = each.reduce((a, b) => a * b, 1);
    const stride = lead === 1 && size.profile !== 1 ? 0 : length;
    batch[name] = { data, stride };
    const report = (k: number, expected: string) => {
      if (!bad) throw badElement(name, indexOf(shape, k), data[k], expected);
      anyBad = true;
      if (stride === 0) bad.fill(1);
      else bad[Math.floor(k / length)] = 1;
    };
    if (spec.domain === 'index') checkOrder(data as Int32Array, agents, report);
    else if (spec.domain !== 'non-negative' && spec.domain !== 'real') checkConstraint(spec, data, size.group, report);
    else checkNumbers(data as Float64Array, spec.domain === 'non-negative', report);
  }
  return {
    kind: 'profiles',
    count: size.profile,
    agents,
    items,
    ...(size.row > 0 ? { rows: size.row } : {}),
    ...(size.group > 0 ? { groups: size.group } : {}),
    ...(size.piece > 0 ? { pieces: size.piece } : {}),
    arrays: batch,
    ...(anyBad && bad ? { bad } : {}),
  };
}

/** What the dimensions of an input array over profiles count; undefined for other arrays. */
function dimensionsOf(name: string): readonly Dimension[] | undefined {
  const spec = Object.hasOwn(INPUT_ARRAYS, name) ? INPUT_ARRAYS[name] : undefined;
  return spec?.axes ?? spec?.dimensions;
}

/** Names of known arrays in a file that a mechanism does not read. */
export function ignoredArrays(arrays: NamedArrays, reads: readonly string[]): string[] {
  return Object.keys(arrays).filter((name) => arraySpec(name) && !reads.includes(name));
}

/** Integers with −2, which no integer array may hold, for NaN and infinity. */
function withoutNonFinite(array: NdArray): NdArray {
  const { shape, data } = array;
  if (!(data instanceof Float64Array || data instanceof Float32Array)) return array;
  return { shape, data: data.map((x) => (Number.isFinite(x) ? x : -2)) };
}

/** B: the leading dimension that the arrays which have one agree on, 1 if none has. */
function batchSize(arrays: NamedArrays): number {
  let size: number | undefined;
  let from = '';
  for (const [name, { shape }] of Object.entries(arrays)) {
    const axes = dimensionsOf(name);
    if (!axes || shape.length !== axes.length || shape[0] === 1) continue;
    if (size !== undefined && size !== shape[0]) {
      throw new InputError(`${name} has ${shape[0]} profiles, ${from} has ${size}`, {
        array: name,
        found: shape[0],
        expected: String(size),
      });
    }
    [size, from] = [shape[0]!, name];
  }
  return size ?? 1;
}

function shapeError(array: string, shape: readonly number[], expected: string): InputError {
  return new InputError(`${array} has shape [${shape.join(',')}], expected ${expected}`, {
    array,
    found: shape,
    expected,
  });
}

function checkNumbers(data: Float64Array, nonNegative: boolean, report: (k: number, expected: string) => void): void {
  const low = nonNegative ? 0 : -Number.MAX_VALUE;
  const expected = nonNegative ? 'a finite number >= 0' : 'a finite number';
  for (let k = 0; k < data.length; k++) {
    const x = data[k]!;
    if (!(x >= low && x <= Number.MAX_VALUE)) report(k, expected);
  }
}

/** Every row must be a permutation of 0 … N − 1. */
function checkOrder(data: Int32Array, agents: number, report: (k: number, expected: string) => void): void {
  const seen = new Int32Array(agents).fill(-1);
  for (let k = 0; k < data.length; k++) {
    const row = Math.floor(k / agents);
    const agent = data[k]!;
    if (agent < 0 || agent >= agents) report(k, `an agent from 0 to ${agents - 1}`);
    else if (seen[agent] === row) report(k, 'each agent once');
    else seen[agent] = row;
  }
}
