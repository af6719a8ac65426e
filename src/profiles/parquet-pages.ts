import { crc32 } from 'node:zlib';
import { InputError } from '../errors.js';
import { decompress } from './parquet-codecs.js';
import { deltaValues, hybridValues, plainValues, splitValues } from './parquet-values.js';
import type { NumberType } from './parquet-values.js';
import { ThriftReader } from './thrift.js';
import type { ThriftStruct } from './thrift.js';

/** What the footer says of a column within a row group. */
export interface Chunk {
  readonly codec: string;
  readonly type: NumberType;
  /** False when the column may have missing values. */
  readonly required: boolean;
  readonly rows: number;
}

interface Page {
  readonly kind: 'data' | 'data2' | 'dictionary' | 'other';
  readonly header: ThriftStruct;
  readonly size: number;
  readonly checksum: number | undefined;
  readonly values: number;
  readonly encoding: number;
  readonly body: Uint8Array;
}

const KINDS = ['data', 'other', 'dictionary', 'data2'] as const;
/** The field of a page header that describes each kind of page, and the field there that names the encoding. */
const DETAILS = { data: [5, 2], dictionary: [7, 2], data2: [8, 4] } as const;
const Encoding = { plain: 0, plainDictionary: 2, rle: 3, delta: 5, dictionary: 8, split: 9 } as const;

/** A missing value; whoever knows the column names it. */
export class MissingValue extends Error {
  constructor(readonly row: number) {
    super('missing value');
  }
}

/**
 * Decodes the numbers of one column of one row group from its `bytes`. hyparquet decodes pages too, but believes the
 * counts and run lengths in them, which in a damaged file makes it fill the memory; here each is held against what
 * is there. Throws InputError, and MissingValue for a value that is not there.
 */
export function decodeChunk(bytes: Uint8Array, chunk: Chunk): Float64Array {
  const pages = listPages(bytes, chunk.rows);
  const out = new Float64Array(chunk.rows);
  let dictionary: Float64Array | undefined;
  let done = 0;
  for (const page of pages) {
    if (page.checksum !== undefined && crc32(page.body) !== page.checksum) {
      throw new InputError('is damaged: the checksum of a page does not match');
    }
    // Plain numbers take at most eight bytes, and no other encoding needs many more.
    if (page.size > 16 * page.values + (1 << 16)) throw damaged();
    if (page.kind === 'dictionary') {
      dictionary = plainValues(decompress(chunk.codec, page.body, page.size), chunk.type, page.values);
    } else {
      const stored = page.kind === 'data' ? firstFormat(page, chunk, done) : secondFormat(page, chunk, done);
      out.set(pageValues(stored, page, chunk.type, dictionary), done);
      done += page.values;
    }
  }
  return out;
}

/** Splits a column into its pages. Throws InputError unless they hold as many values as there are rows. */
function listPages(bytes: Uint8Array, rows: number): Page[] {
  const pages: Page[] = [];
  let found = 0;
  for (let at = 0; found < rows;) {
    const reader = new ThriftReader(bytes, at);
    const header = reader.struct();
    const size = size32(header.get(3));
    at = reader.offset + size;
    if (at > bytes.length) throw damaged();
    const kind = KINDS[size32(header.get(1))] ?? 'other';
    if (kind === 'other') continue;
    const [field, encodingField] = DETAILS[kind];
    const detail = header.get(field);
    if (!(detail instanceof Map)) throw damaged();
    const values = size32(detail.get(1));
    const checksum = header.get(4);
    pages.push({
      kind,
      header: detail,
      size: size32(header.get(2)),
      checksum: typeof checksum === 'number' ? checksum >>> 0 : undefined,
      values,
      encoding: size32(detail.get(encodingField)),
      body: bytes.subarray(reader.offset, at),
    });
    if (kind !== 'dictionary') found += values;
  }
  if (found !== rows) throw damaged();
  return pages;
}

function size32(value: unknown): number {
  if (typeof value !== 'number' || value < 0) throw damaged();
  return value;
}

/** The stored values of a data page (format 1), behind the levels that say which are missing. */
function firstFormat(page: Page, chunk: Chunk, row: number): Uint8Array {
  const bytes = decompress(chunk.codec, page.body, page.size);
  if (chunk.required) return bytes;
  if (bytes.length < 4) throw damaged();
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  if (4 + length > bytes.length) throw damaged();
  checkPresent(bytes.subarray(4, 4 + length), page.values, row);
  return bytes.subarray(4 + length);
}

/** The stored values of a data page in format 2, where the levels are never compressed. */
function secondFormat(page: Page, chunk: Chunk, row: number): Uint8Array {
  const levels = size32(page.header.get(5));
  const repeats = size32(page.header.get(6));
  if (repeats !== 0 || levels > page.body.length || levels > page.size) throw damaged();
  if (!chunk.required) checkPresent(page.body.subarray(0, levels), page.values, row);
  const stored = page.body.subarray(levels);
  const codec = page.header.get(7) === false ? 'UNCOMPRESSED' : chunk.codec;
  return decompress(codec, stored, page.size - levels);
}

function checkPresent(levels: Uint8Array, values: number, row: number): void {
  const missing = hybridValues(levels, 1, values).indexOf(0);
  if (missing >= 0) throw new MissingValue(row + missing);
}

function pageValues(
  bytes: Uint8Array,
  page: Page,
  type: NumberType,
  dictionary: Float64Array | undefined,
): Float64Array {
  switch (page.encoding) {
    case Encoding.plain:
      return plainValues(bytes, type, page.values);
    case Encoding.delta:
      return deltaValues(bytes, type, page.values);
    case Encoding.split:
      return splitValues(bytes, type, page.values);
    case Encoding.plainDictionary:
    case Encoding.dictionary:
      return lookUp(bytes, page.values, dictionary);
    case Encoding.rle:
      // Only booleans are stored like this; a length precedes them.
      if (type.physical !== 'BOOLEAN') throw damaged();
      return Float64Array.from(hybridValues(bytes.subarray(4), 1, page.values));
    default:
      throw new InputError(`has pages in encoding ${page.encoding}, which is not for numbers`);
  }
}

function lookUp(bytes: Uint8Array, count: number, dictionary: Float64Array | undefined): Float64Array {
  const out = new Float64Array(count);
  if (count === 0) return out;
  const width = bytes[0];
  if (!dictionary || width === undefined) throw damaged();
  const indices = width === 0 ? new Uint32Array(count) : hybridValues(bytes.subarray(1), width, count);
  for (let i = 0; i < count; i++) {
    const index = indices[i]!;
    if (index >= dictionary.length) throw damaged();
    out[i] = dictionary[index]!;
  }
  return out;
}

function damaged(): InputError {
  return new InputError('is damaged: its pages make no sense');
}
