import { open } from 'node:fs/promises';
import { InputError, badElement } from '../errors.js';
import type { NamedArrays, NdArray } from '../types.js';
import { bundlesOf, encodeBundles, hasBundles } from './bundles.js';
import { arraySpec } from './schema.js';
import { blockRows } from './table.js';
import type { ByteSink, ColumnData, StoredColumn, TableEncoder } from './table.js';

/** More dimensions than any array here has; deeper nesting is refused before it can exhaust the stack. */
const MAX_DEPTH = 8;
/** The longest string that V8 makes, less some room. */
const MAX_TEXT = 0x1fffffe8;
/** Characters gathered before they are written. */
const FLUSH_AT = 1 << 18;

/**
 * Reads a .json file: an object of nested arrays (null is NaN, booleans are 0 and 1), all float64. Ordinal problems
 * have `capacities` and `bundles`, for each agent a list of lists of goods; they become `bundle_start` and `bundle_mask`,
 * or `bundle_units` when some bundle has a good more than once. Throws InputError naming array and index for ragged
 * nesting and for anything that is not a number.
 */
export async function readJson(path: string): Promise<NamedArrays> {
  const handle = await open(path, 'r');
  let text: string;
  try {
    const { size } = await handle.stat();
    if (size > MAX_TEXT) throw new InputError(`has ${size} bytes, more than a .json file may have; use .npz`);
    text = await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
  return parseJson(text);
}

/** The arrays that the text of a .json file holds; see readJson. */
export function parseJson(text: string): NamedArrays {
  let document: unknown;
  try {
    document = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new InputError(`is not JSON: ${(error as Error).message}`);
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new InputError('holds no object of named arrays');
  }
  const arrays: [string, NdArray][] = [];
  for (const [name, value] of Object.entries(document)) {
    if (name !== 'bundles') arrays.push([name, toArray(name, value, text.length)]);
  }
  const named: NamedArrays = Object.fromEntries(arrays);
  if (!Object.hasOwn(document, 'bundles')) return named;
  return { ...named, ...encodeBundles((document as { bundles: unknown }).bundles, named) };
}

/**
 * The dense array that nested lists make. Throws InputError when they are ragged or hold anything but numbers. `most`
 * bounds the number of elements: ragged lists claim more than they hold, and must not be believed before it shows.
 */
function toArray(name: string, value: unknown, most: number): NdArray {
  const shape: number[] = [];
  for (let inner = value; Array.isArray(inner); inner = inner[0]) {
    shape.push(inner.length);
    if (shape.length > MAX_DEPTH)
      throw new InputError(`${name} is nested more than ${MAX_DEPTH} deep`, { array: name });
  }
  if (shape.length === 0) throw badElement(name, [], describe(value), 'an array');
  const spec = arraySpec(name);
  const whole = spec !== undefined && spec.dtype !== 'float64';
  const data = new Float64Array(
    Math.min(
      most,
      shape.reduce((product, size) => product * size, 1),
    ),
  );
  const index: number[] = [];
  let at = 0;
  const visit = (node: unknown, depth: number): void => {
    if (depth === shape.length) {
      data[at++] = toNumber(name, node, index, whole);
      return;
    }
    if (!Array.isArray(node)) throw badElement(name, index, describe(node), `an array of ${shape[depth]!}`);
    if (node.length !== shape[depth]) {
      throw badElement(name, index, `an array of ${node.length}`, `an array of ${shape[depth]!} like the others`);
    }
    for (let i = 0; i < node.length; i++) {
      index[depth] = i;
      visit(node[i], depth + 1);
    }
    index.length = depth;
  };
  visit(value, 0);
  return { shape, data };
}

function toNumber(name: string, value: unknown, index: readonly number[], whole: boolean): number {
  if (value === null) return NaN;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value !== 'number') throw badElement(name, index, describe(value), 'a number');
  // JSON.parse has rounded what is beyond, so the number in the file is no longer known.
  if (whole && Math.abs(value) > Number.MAX_SAFE_INTEGER) {
    throw badElement(name, index, value, 'an integer below 2^53 (use .npz for larger ones)');
  }
  return value;
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return JSON.stringify(value) ?? 'nothing';
}

/** Gathers text and sends it on in pieces; whoever adds to it flushes it when it is full. */
class TextSink {
  private text = '';

  constructor(private readonly sink: ByteSink) {}

  /** Adds `text`; true when it is time to flush. */
  add(text: string): boolean {
    this.text += text;
    return this.text.length >= FLUSH_AT;
  }

  async flush(): Promise<void> {
    const bytes = Buffer.from(this.text, 'utf8');
    this.text = '';
    await this.sink.write(bytes);
  }
}

/**
 * Writes `arrays` as a JSON object of nested arrays, in the order of the keys; non-finite numbers become null. Ordinal
 * problems are written as `capacities` and `bundles`. Throws InputError when shape and data disagree.
 */
export async function writeJson(sink: ByteSink, arrays: NamedArrays): Promise<void> {
  const out = new TextSink(sink);
  for (const piece of documentText(arrays)) if (out.add(piece)) await out.flush();
  await out.flush();
}

function* documentText(arrays: NamedArrays): Generator<string> {
  const ordinal = hasBundles(arrays);
  let separator = '{';
  for (const [name, array] of Object.entries(arrays)) {
    if (ordinal && name.startsWith('bundle_')) continue;
    yield `${separator}\n  ${JSON.stringify(name)}: `;
    yield* nestedText(name, array);
    separator = ',';
  }
  if (ordinal) {
    yield `${separator}\n  "bundles": [`;
    separator = '';
    for (const agent of bundlesOf(arrays)) {
      yield `${separator}\n    ${JSON.stringify(agent)}`;
      separator = ',';
    }
    yield '\n  ]';
  }
  yield ordinal || separator === ',' ? '\n}\n' : '{}\n';
}

/** The text of one array, a piece for each innermost list. */
function* nestedText(name: string, { shape, data }: NdArray): Generator<string> {
  if (shape.length === 0 || shape.reduce((product, size) => product * size, 1) !== data.length) {
    throw new InputError(`${name} has the shape [${shape.join(',')}] but ${data.length} elements`, { array: name });
  }
  // Lists inside an empty one cannot be written, nor do they hold anything.
  const depth = shape.includes(0) ? shape.indexOf(0) + 1 : shape.length;
  const outer = shape.slice(0, depth - 1);
  const size = shape[depth - 1]!;
  const rows = outer.reduce((product, length) => product * length, 1);
  for (let row = 0; row < rows; row++) {
    let line = `${row > 0 ? ',' : ''}${'['.repeat(boundaries(outer, row) + 1)}`;
    for (let i = 0; i < size; i++) {
      if (i > 0) line += ',';
      line += formatJson(data[row * size + i]!);
      if (line.length >= FLUSH_AT) {
        yield line;
        line = '';
      }
    }
    yield line + ']'.repeat(boundaries(outer, row + 1) + 1);
  }
}

/** How many of the nested lists of shape `outer` begin, or equally end, before list number `row`. */
function boundaries(outer: readonly number[], row: number): number {
  let count = 0;
  for (let d = outer.length - 1; d >= 0 && row % outer[d]! === 0; d--) {
    row /= outer[d]!;
    count++;
  }
  return count;
}

function formatJson(value: number | bigint | string): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return String(value);
  if (!Number.isFinite(value)) return 'null';
  return Object.is(value, -0) ? '-0' : String(value);
}

/** Writes a table as a JSON array of objects, one line each; non-finite numbers become null. */
export class JsonEncoder implements TableEncoder {
  private readonly out: TextSink;
  private readonly keys: readonly string[];
  private separator = '[\n';

  constructor(
    sink: ByteSink,
    private readonly columns: readonly StoredColumn[],
  ) {
    this.out = new TextSink(sink);
    this.keys = columns.map(({ name }) => `${JSON.stringify(name)}:`);
  }

  async write(columns: readonly ColumnData[]): Promise<void> {
    const rows = blockRows(this.columns, columns);
    for (let r = 0; r < rows; r++) {
      const cells = columns.map((column, c) => this.keys[c]! + formatJson(column[r]!));
      if (this.out.add(`${this.separator}{${cells.join(',')}}`)) await this.out.flush();
      this.separator = ',\n';
    }
  }

  async finish(): Promise<void> {
    this.out.add(this.separator === '[\n' ? '[]\n' : '\n]\n');
    await this.out.flush();
  }
}
