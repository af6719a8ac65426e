import { badElement, InputError } from '../errors.js';
import type { NamedArrays, NdArray } from '../types.js';
import { checkNames } from './batch.js';
import { convertArray } from './convert.js';

/** An ordinal problem in memory: capacities and every agent's bundles, best first. */
export interface OrdinalBatch {
  /** Places of each good, length G. */
  readonly capacities: Int32Array | Float64Array;
  /** Rows of agent i are `bundleStart[i]` … `bundleStart[i + 1] − 1`; length n + 1. */
  readonly bundleStart: Int32Array;
  /** Goods of each bundle, ceil(G / 64) words a row, bit g of word g // 64 being good g. */
  readonly bundleMask?: BigUint64Array;
  /** Units of each good in each bundle, [T, G]. */
  readonly bundleUnits?: Uint16Array;
  /** Agents that each list stands for, length n. */
  readonly multiplicity?: Int32Array;
  /** Budgets that agents have drawn, length n. */
  readonly agentBudgets?: Float64Array;
}

/** True if the arrays describe an ordinal problem rather than profiles. */
export function isOrdinal(arrays: NamedArrays): boolean {
  return Object.hasOwn(arrays, 'capacities') || Object.hasOwn(arrays, 'bundle_start');
}

/**
 * Checks the arrays of an ordinal problem: `capacities` [G], `bundle_start` [n+1], `bundle_mask` [T, ceil(G/64)] or `bundle_units` [T, G], and, where given,
 * `multiplicity` [n] and `agent_budgets` [n]. With `fractional` capacities may be fractions; they stay integers where all of them are.
 */
export function ordinalProblem(arrays: NamedArrays, { fractional = false } = {}): OrdinalBatch {
  checkNames(arrays);
  const capacityArray = need(arrays, 'capacities');
  const startArray = need(arrays, 'bundle_start');
  if (capacityArray.shape.length !== 1 || capacityArray.shape[0] === 0)
    throw shape('capacities', capacityArray, '[G] with G >= 1');
  if (startArray.shape.length !== 1 || startArray.shape[0]! < 2)
    throw shape('bundle_start', startArray, '[n+1] with n >= 1');
  const capacities = capacitiesOf(capacityArray, fractional);
  const goods = capacities.length;
  const { mask, units } = { mask: arrays.bundle_mask, units: arrays.bundle_units };
  if ((mask === undefined) === (units === undefined)) {
    throw new InputError(
      `bundle_mask and bundle_units are ${mask ? 'both given' : 'both missing'}, expected one of them`,
      {
        array: 'bundle_mask',
      },
    );
  }
  const rows = (mask ?? units)!.shape[0] ?? 0;
  const bundleStart = startsOf(startArray, rows);
  return {
    capacities,
    bundleStart,
    ...(mask ? { bundleMask: masksOf(mask, goods) } : { bundleUnits: unitsOf(units!, goods) }),
    ...perAgent(arrays, bundleStart.length - 1),
  };
}

function capacitiesOf(array: NdArray, fractional: boolean): Int32Array | Float64Array {
  if (fractional) {
    const real = convertArray('capacities', array, 'float64');
    real.forEach((c, g) => {
      if (!(c >= 0 && c <= 2 ** 31)) throw badElement('capacities', [g], c, 'a number from 0 to 2147483648');
    });
    return real.every((c) => Number.isInteger(c) && c < 2 ** 31) ? Int32Array.from(real) : real;
  }
  const whole = convertArray('capacities', array, 'int32');
  whole.forEach((c, g) => {
    if (c < 0) throw badElement('capacities', [g], c, 'an integer >= 0');
  });
  return whole;
}

function perAgent(arrays: NamedArrays, agents: number): Pick<OrdinalBatch, 'multiplicity' | 'agentBudgets'> {
  const { multiplicity: copies, agent_budgets: budgets } = arrays;
  for (const [name, array] of Object.entries({ multiplicity: copies, agent_budgets: budgets })) {
    if (array && (array.shape.length !== 1 || array.shape[0] !== agents)) throw shape(name, array, `[${agents}]`);
  }
  const multiplicity = copies && convertArray('multiplicity', copies, 'int32');
  multiplicity?.forEach((n, i) => {
    if (n < 0) throw badElement('multiplicity', [i], n, 'an integer >= 0');
  });
  const agentBudgets = budgets && convertArray('agent_budgets', budgets, 'float64');
  agentBudgets?.forEach((b, i) => {
    if (!(b >= 0 && b <= 1)) throw badElement('agent_budgets', [i], b, 'a number from 0 to 1');
  });
  return { ...(multiplicity && { multiplicity }), ...(agentBudgets && { agentBudgets }) };
}

function need(arrays: NamedArrays, name: string): NdArray {
  const array = Object.hasOwn(arrays, name) ? arrays[name] : undefined;
  if (!array)
    throw new InputError(
      `${name} is missing, expected an ordinal problem: capacities, bundle_start and bundle_mask or bundle_units (in .json capacities and bundles)`,
      { array: name },
    );
  return array;
}

function shape(array: string, { shape: found }: NdArray, expected: string): InputError {
  return new InputError(`${array} has shape [${found.join(',')}], expected ${expected}`, { array, found, expected });
}

function startsOf(array: NdArray, rows: number): Int32Array {
  const starts = convertArray('bundle_start', array, 'int32');
  const last = starts.length - 1;
  if (starts[0] !== 0) throw badElement('bundle_start', [0], starts[0], '0');
  for (let i = 1; i <= last; i++) {
    if (starts[i]! < starts[i - 1]!)
      throw badElement('bundle_start', [i], starts[i], `at least bundle_start[${i - 1}] = ${starts[i - 1]}`);
  }
  if (starts[last] !== rows) throw badElement('bundle_start', [last], starts[last], `${rows}, the number of bundles`);
  return starts;
}

function masksOf(array: NdArray, goods: number): BigUint64Array {
  const words = Math.ceil(goods / 64);
  const fits = array.shape.length === 1 ? words === 1 : array.shape.length === 2 && array.shape[1] === words;
  if (!fits) throw shape('bundle_mask', array, words === 1 ? '[T] or [T,1]' : `[T,${words}]`);
  const masks = convertArray('bundle_mask', array, 'uint64');
  const used = goods % 64;
  const lastWord = used === 0 ? 2n ** 64n - 1n : 2n ** BigInt(used) - 1n;
  for (let t = 0; t < masks.length; t += words) {
    let any = 0n;
    for (let w = 0; w < words; w++) any |= masks[t + w]!;
    const index = array.shape.length === 1 ? [t] : [t / words];
    if (any === 0n) throw badElement('bundle_mask', index, 0, 'a bundle of at least one good');
    if ((masks[t + words - 1]! & ~lastWord) !== 0n) {
      throw badElement('bundle_mask', index, masks[t + words - 1], `bits below ${goods}, the number of goods`);
    }
  }
  return masks;
}

function unitsOf(array: NdArray, goods: number): Uint16Array {
  if (array.shape.length !== 2 || array.shape[1] !== goods) throw shape('bundle_units', array, `[T,${goods}]`);
  const units = convertArray('bundle_units', array, 'uint16');
  for (let t = 0; t < units.length; t += goods) {
    if (units.subarray(t, t + goods).every((u) => u === 0)) {
      throw badElement('bundle_units', [t / goods], 0, 'a bundle of at least one good');
    }
  }
  return units;
}
