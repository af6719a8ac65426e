import { badElement, InputError } from '../errors.js';
import type { NdArray, NumericArray } from '../types.js';
import { TYPED_ARRAYS, type Dtype } from './schema.js';

type ArrayOf<D extends Dtype> = InstanceType<(typeof TYPED_ARRAYS)[D]>;

/** The same without a sentence for what does not fit. */
function make(dtype: Dtype, length: number): NumericArray {
  const type = TYPED_ARRAYS[dtype] as new (buffer: SharedArrayBuffer) => NumericArray;
  return new type(new SharedArrayBuffer(length * TYPED_ARRAYS[dtype].BYTES_PER_ELEMENT));
}

/** A zeroed array of that type on memory that workers can share. */
export function sharedArray<D extends Dtype>(dtype: D, length: number): ArrayOf<D> {
  try {
    return make(dtype, length) as ArrayOf<D>;
  } catch {
    throw new InputError(`an array of ${length} elements does not fit into this machine's memory`);
  }
}

/** True when workers can see the array without a copy. */
export function isShared(data: NumericArray): boolean {
  return data.buffer instanceof SharedArrayBuffer;
}

const RANGE: Record<Exclude<Dtype, 'float64'>, readonly [bigint, bigint]> = {
  int8: [-128n, 127n],
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint16: [0n, 65535n],
  uint64: [0n, 2n ** 64n - 1n],
};

/** The elements as `dtype` on shared memory; refuses an element that `dtype` cannot hold exactly. */
export function convertArray<D extends Dtype>(name: string, array: NdArray, dtype: D): ArrayOf<D> {
  const { data } = array;
  const type = TYPED_ARRAYS[dtype];
  if (data.constructor === type && isShared(data)) return data as ArrayOf<D>;
  const out = sharedArray(dtype, data.length) as NumericArray;
  if (data.constructor === type || (dtype === 'float64' && !isBig(data))) {
    (out as Float64Array).set(data as Float64Array);
    return out as ArrayOf<D>;
  }
  const refuse = (k: number, expected: string): never => {
    throw badElement(name, indexOf(array.shape, k), data[k], expected);
  };
  if (dtype === 'float64') {
    for (let k = 0; k < data.length; k++) {
      const value = Number(data[k]);
      if (BigInt(value) !== data[k]) refuse(k, 'an integer that a float64 holds exactly');
      out[k] = value;
    }
    return out as ArrayOf<D>;
  }
  const [low, high] = RANGE[dtype as Exclude<Dtype, 'float64'>];
  const wide = isBig(out);
  for (let k = 0; k < data.length; k++) {
    const given = data[k]!;
    if (typeof given === 'number' && !Number.isSafeInteger(given)) refuse(k, 'an integer');
    if (given < low || given > high) refuse(k, `an integer from ${low} to ${high}`);
    out[k] = wide ? BigInt(given) : Number(given);
  }
  return out as ArrayOf<D>;
}

function isBig(data: NumericArray): boolean {
  return data instanceof BigInt64Array || data instanceof BigUint64Array;
}

/** Row-major index of element `k`. */
export function indexOf(shape: readonly number[], k: number): number[] {
  const index: number[] = [];
  for (let d = shape.length - 1; d >= 0; d--) {
    index.unshift(k % shape[d]!);
    k = Math.floor(k / shape[d]!);
  }
  return index;
}
