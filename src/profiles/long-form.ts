import { InputError, nearest } from '../errors.js';
import type { Axis, NamedArrays, NdArray } from '../types.js';
import { INPUT_ARRAYS, OUTPUT_ARRAYS, arraySpec } from './schema.js';

/** The key columns, slowest first. */
export const KEYS: readonly Axis[] = ['profile', 'agent', 'item'];

interface ReadColumn {
  readonly name: string;
  readonly axes: readonly Axis[];
}

/**
 * Gathers the rows of a table in long form: one row for each combination of the keys `profile`, `agent` and `item` that
 * it has, in any order, and one column for each array.
 */
export class LongFormReader {
  private readonly columns: readonly ReadColumn[];
  /** Position of each key among the columns; undefined where the table lacks it. */
  private readonly keyAt: Partial<Record<Axis, number>> = {};
  private readonly blocks: Float64Array[][] = [];
  private rows = 0;

  /** `names`: the column names, in order. Throws InputError for unknown, repeated and missing ones. */
  constructor(names: readonly string[]) {
    this.columns = names.map((name, c) => {
      if (names.indexOf(name) !== c) throw new InputError(`has the column ${name} twice`);
      const key = KEYS.find((axis) => axis === name);
      if (key) this.keyAt[key] = c;
      return { name, axes: key ? [] : columnAxes(name) };
    });
    if (this.present().length === 0) throw new InputError(`has none of the key columns ${KEYS.join(', ')}`);
    for (const { name, axes } of this.columns) {
      // One profile is what a table without that key describes; agents and items must be told apart.
      const missing = axes.find((axis) => axis !== 'profile' && this.keyAt[axis] === undefined);
      if (missing) throw new InputError(`has the column ${name} but no key column ${missing}`);
    }
  }

  private present(): Axis[] {
    return KEYS.filter((axis) => this.keyAt[axis] !== undefined);
  }

  /** Adds a block of rows, one array for each column and all of one length. Takes the arrays over. */
  append(block: Float64Array[]): void {
    for (const axis of this.present()) {
      const keys = block[this.keyAt[axis]!]!;
      for (let r = 0; r < keys.length; r++) {
        const key = keys[r]!;
        if (!(Number.isSafeInteger(key) && key >= 0)) {
          throw new InputError(`${axis} in row ${this.rows + r + 1} is ${key}, expected an integer >= 0`);
        }
      }
    }
    this.rows += block[0]!.length;
    this.blocks.push(block);
  }

  /**
   * The arrays, float64 in the shapes that the schema gives them. Throws InputError naming the keys when a row is
   * missing or repeated, and the column when an array that is repeated over rows is not the same in each.
   */
  finish(): NamedArrays {
    if (this.rows === 0) throw new InputError('holds no rows');
    const sizes: Record<Axis, number> = { profile: 1, agent: 1, item: 1 };
    for (const axis of this.present()) {
      const at = this.keyAt[axis]!;
      for (const block of this.blocks) {
        const keys = block[at]!;
        for (let r = 0; r < keys.length; r++) if (keys[r]! >= sizes[axis]) sizes[axis] = keys[r]! + 1;
      }
    }
    this.checkComplete(sizes);
    const arrays: [string, NdArray][] = [];
    this.columns.forEach((column, c) => {
      if (column.axes.length > 0) arrays.push([column.name, this.gather(column, c, sizes)]);
    });
    return Object.fromEntries(arrays);
  }

  /** Every combination of keys must have one row. Allocates no more than a byte for each row, whatever the keys claim. */
  private checkComplete(sizes: Record<Axis, number>): void {
    const axes = this.present();
    const cells = axes.reduce((product, axis) => product * sizes[axis], 1);
    // With R rows, one of the first R + 1 cells is empty unless the cells are just those R.
    const seen = new Uint8Array(Math.min(cells, this.rows + 1));
    let row = 0;
    for (const block of this.blocks) {
      const cell = cellsOf(block, this.strides(axes, sizes));
      for (let r = 0; r < block[0]!.length; r++, row++) {
        const k = cell(r);
        if (k >= seen.length) continue;
        if (seen[k] === 1) throw new InputError(`row ${row + 1} repeats ${describe(axes, sizes, k)}`);
        seen[k] = 1;
      }
    }
    if (cells === this.rows) return;
    const empty = seen.indexOf(0);
    if (empty >= 0) throw new InputError(`has no row for ${describe(axes, sizes, empty)}`);
  }

  /** Pairs of (column of the key, stride) that turn the keys of a row into an index over `axes`. */
  private strides(axes: readonly Axis[], sizes: Record<Axis, number>): [number, number][] {
    const strides: [number, number][] = [];
    let stride = 1;
    for (const axis of [...axes].reverse()) {
      const at = this.keyAt[axis];
      if (at !== undefined) strides.push([at, stride]);
      stride *= sizes[axis];
    }
    return strides;
  }

  private gather({ name, axes }: ReadColumn, c: number, sizes: Record<Axis, number>): NdArray {
    const shape = axes.map((axis) => sizes[axis]);
    const data = new Float64Array(shape.reduce((product, size) => product * size, 1));
    // Where each cell has one row, as all rows are known to differ, there is nothing to compare.
    const filled = data.length < this.rows ? new Uint8Array(data.length) : undefined;
    let row = 0;
    for (const block of this.blocks) {
      const values = block[c]!;
      const cell = cellsOf(block, this.strides(axes, sizes));
      for (let r = 0; r < values.length; r++, row++) {
        const k = cell(r);
        const value = values[r]!;
        if (filled?.[k] !== 1) {
          data[k] = value;
          if (filled) filled[k] = 1;
        } else if (data[k] !== value && !(Number.isNaN(value) && Number.isNaN(data[k]))) {
          throw new InputError(
            `${name} in row ${row + 1} is ${value}, expected ${data[k]!} as in the other rows of ${describe(axes, sizes, k)}`,
            { array: name, found: value },
          );
        }
      }
    }
    return { shape, data };
  }
}

/** A function from the row of a block to its index, given the pairs that `strides` makes. */
function cellsOf(block: readonly Float64Array[], strides: readonly [number, number][]): (row: number) => number {
  const none = new Float64Array(0);
  const [a, b, c] = [0, 1, 2].map((n) => strides[n]);
  const [first, second, third] = [a, b, c].map((pair) => (pair ? block[pair[0]]! : none));
  const [s, t, u] = [a?.[1] ?? 0, b?.[1] ?? 0, c?.[1] ?? 0];
  if (!a) return () => 0;
  if (!b) return (row) => first![row]! * s;
  if (!c) return (row) => first![row]! * s + second![row]! * t;
  return (row) => first![row]! * s + second![row]! * t + third![row]! * u;
}

/** `profile 0, agent 3`: the keys that index `cell` over `axes` stands for. */
function describe(axes: readonly Axis[], sizes: Record<Axis, number>, cell: number): string {
  const parts: string[] = [];
  for (const axis of [...axes].reverse()) {
    parts.unshift(`${axis} ${cell % sizes[axis]}`);
    cell = Math.floor(cell / sizes[axis]);
  }
  return parts.join(', ');
}

function columnAxes(name: string): readonly Axis[] {
  const spec = arraySpec(name);
  if (!spec) {
    const known = [...KEYS, ...Object.keys(INPUT_ARRAYS), ...Object.keys(OUTPUT_ARRAYS)];
    const near = nearest(name, known);
    throw new InputError(`has the unknown column ${JSON.stringify(name)}${near ? `; did you mean ${near}?` : ''}`);
  }
  if (!spec.axes) throw new InputError(`has the column ${name}, which goes in .npz and .json files only`);
  return spec.axes;
}
