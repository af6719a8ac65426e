import { InputError } from '../errors.js';
import type { Axis, NamedArrays, NdArray } from '../types.js';
import { KEYS } from './long-form.js';
import { arraySpec } from './schema.js';
import type { ColumnData, StoredColumn } from './table.js';

const MAX_INT32 = 2 ** 31 - 1;

/** A table in long form that is ready to be written block by block. */
export interface LongFormTable {
  /** The key columns, then one for each array. */
  readonly columns: readonly StoredColumn[];
  readonly rows: number;
  /** The values of every column in rows [start, end). */
  readonly block: (start: number, end: number) => ColumnData[];
}

/**
 * Lays `arrays` out in long form: rows ordered by profile, agent, item, with the keys that some array needs. Arrays
 * without the leading batch dimension, or with it 1, are repeated over profiles. Throws InputError for arrays that are
 * not made of profiles, agents and items, and for shapes that disagree.
 */
export function toLongForm(arrays: NamedArrays): LongFormTable {
  const sizes: Partial<Record<Axis, number>> = {};
  const givenBy: Partial<Record<Axis, string>> = {};
  const laid = Object.entries(arrays).map(([name, array]) => {
    const axes = writtenAxes(name, array);
    axes.forEach((axis, d) => {
      const size = array.shape[array.shape.length - axes.length + d]!;
      const known = sizes[axis];
      if (known !== undefined && known !== size) {
        // A batch of one stands for every profile, whichever array came first.
        if (axis === 'profile' && size === 1) return;
        if (axis !== 'profile' || known !== 1) {
          throw new InputError(`${name} has ${size} ${axis}s, expected ${known} as in ${givenBy[axis]!}`, {
            array: name,
          });
        }
      }
      sizes[axis] = size;
      givenBy[axis] = name;
    });
    return { name, array, axes };
  });
  if (laid.length === 0) throw new InputError('there is no array to write');
  const keys = KEYS.filter((axis) => axis === 'profile' || sizes[axis] !== undefined);
  const shape = keys.map((axis) => sizes[axis] ?? 1);
  const columns: StoredColumn[] = [
    ...keys.map((name, d) => ({ name, type: shape[d]! > MAX_INT32 ? ('int' as const) : ('int32' as const) })),
    ...laid.map(({ name, array }) => ({ name, type: storedType(array) })),
  ];
  const keyStrides = keys.map((_, d) => keys.map((__, e) => (e === d ? 1 : 0)));
  const arrayStrides = laid.map(({ array, axes }) => {
    let stride = 1;
    const byAxis: Partial<Record<Axis, number>> = {};
    [...axes].reverse().forEach((axis, back) => {
      const size = array.shape[array.shape.length - 1 - back]!;
      byAxis[axis] = axis === 'profile' && size === 1 ? 0 : stride;
      stride *= size;
    });
    return keys.map((axis) => byAxis[axis] ?? 0);
  });
  return {
    columns,
    rows: shape.reduce((product, size) => product * size, 1),
    block: (start, end) => [
      ...keyStrides.map((strides) => indices(shape, strides, start, new Float64Array(end - start))),
      ...laid.map(({ array }, n) => {
        // The type of the elements does not matter to a copy.
        const source = array.data as Float64Array;
        const target = new (source.constructor as Float64ArrayConstructor)(end - start);
        const at = indices(shape, arrayStrides[n]!, start, new Float64Array(end - start));
        for (let r = 0; r < target.length; r++) target[r] = source[at[r]!]!;
        return target;
      }),
    ],
  };
}

/** Fills `out` with sum(index[d] * strides[d]) for consecutive rows of a C-order table, from row `start` on. */
function indices(shape: readonly number[], strides: readonly number[], start: number, out: Float64Array): Float64Array {
  const index = shape.map(() => 0);
  let rest = start;
  let value = 0;
  for (let d = shape.length - 1; d >= 0; d--) {
    index[d] = rest % shape[d]!;
    rest = Math.floor(rest / shape[d]!);
    value += index[d]! * strides[d]!;
  }
  const last = shape.length - 1;
  for (let r = 0; r < out.length; r++) {
    out[r] = value;
    let d = last;
    value += strides[d]!;
    while (++index[d]! === shape[d]! && d > 0) {
      value += strides[d - 1]! - strides[d]! * shape[d]!;
      index[d] = 0;
      d--;
    }
  }
  return out;
}

/** The axes that the dimensions of `array` stand for: those of the schema, or all but the batch. */
function writtenAxes(name: string, { shape, data }: NdArray): readonly Axis[] {
  const spec = arraySpec(name);
  if (!spec?.axes) {
    const what = spec ? 'is not made of profiles, agents and items' : 'is not an array that a table has a column for';
    throw new InputError(`${name} ${what}: ordinal problems and their results go in .npz or .json files only`, {
      array: name,
    });
  }
  const axes = shape.length === spec.axes.length - 1 ? spec.axes.slice(1) : spec.axes;
  if (axes.length !== shape.length || shape.reduce((product, size) => product * size, 1) !== data.length) {
    throw new InputError(
      `${name} has the shape [${shape.join(',')}] and ${data.length} elements, expected [${spec.axes.join(',')}]`,
      { array: name },
    );
  }
  return axes;
}

function storedType({ data }: NdArray): StoredColumn['type'] {
  if (data instanceof Float64Array || data instanceof Float32Array) return 'double';
  return data instanceof BigInt64Array || data instanceof BigUint64Array || data instanceof Uint32Array
    ? 'int'
    : 'int32';
}
