import { InputError } from '../errors.js';

/** How the numbers of a column are stored. */
export interface NumberType {
  readonly physical: 'BOOLEAN' | 'INT32' | 'INT64' | 'FLOAT' | 'DOUBLE';
  readonly unsigned: boolean;
  /** Decimal places, for numbers stored as integers. */
  readonly scale: number;
}

const WIDTHS = { BOOLEAN: 0.125, INT32: 4, INT64: 8, FLOAT: 4, DOUBLE: 8 } as const;

/** The first `count` numbers stored plainly in `bytes`. Throws InputError when there are fewer, or one is not exact. */
export function plainValues(bytes: Uint8Array, type: NumberType, count: number): Float64Array {
  if (bytes.length < Math.ceil(count * WIDTHS[type.physical])) throw damaged();
  const out = new Float64Array(count);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (type.physical) {
    case 'DOUBLE':
      // Files are little-endian, as is every machine that Node runs on bar a few.
      new Uint8Array(out.buffer).set(bytes.subarray(0, 8 * count));
      break;
    case 'FLOAT':
      for (let i = 0; i < count; i++) out[i] = view.getFloat32(4 * i, true);
      break;
    case 'INT32':
      for (let i = 0; i < count; i++) out[i] = type.unsigned ? view.getUint32(4 * i, true) : view.getInt32(4 * i, true);
      break;
    case 'INT64':
      for (let i = 0; i < count; i++) {
        const high = type.unsigned ? view.getUint32(8 * i + 4, true) : view.getInt32(8 * i + 4, true);
        const value = high * 2 ** 32 + view.getUint32(8 * i, true);
        out[i] = Math.abs(value) <= Number.MAX_SAFE_INTEGER ? value : exact(integerAt(view, 8 * i, type));
      }
      break;
    case 'BOOLEAN':
      for (let i = 0; i < count; i++) out[i] = (bytes[i >> 3]! >> (i & 7)) & 1;
      break;
  }
  if (type.scale > 0) for (let i = 0; i < count; i++) out[i]! /= 10 ** type.scale;
  return out;
}

function integerAt(view: DataView, at: number, type: NumberType): bigint {
  return type.unsigned ? view.getBigUint64(at, true) : view.getBigInt64(at, true);
}

function exact(value: bigint): number {
  const number = Number(value);
  if (BigInt(number) !== value) throw new InputError(`holds ${value}, which a double cannot hold exactly`);
  return number;
}

/** Numbers whose bytes are stored apart: all first bytes, then all second bytes, and so on. */
export function splitValues(bytes: Uint8Array, type: NumberType, count: number): Float64Array {
  const width = WIDTHS[type.physical];
  if (width < 1 || bytes.length < count * width) throw damaged();
  const joined = new Uint8Array(count * width);
  for (let b = 0; b < width; b++) {
    for (let i = 0; i < count; i++) joined[i * width + b] = bytes[b * count + i]!;
  }
  return plainValues(joined, type, count);
}

/**
 * `count` integers of `width` bits in Parquet's mixture of runs and packed groups. Throws InputError for runs that are
 * longer than what is left to read, instead of writing them.
 */
export function hybridValues(bytes: Uint8Array, width: number, count: number): Uint32Array {
  if (width > 32) throw damaged();
  const out = new Uint32Array(count);
  const cursor = { at: 0 };
  let done = 0;
  while (done < count) {
    const header = varint(bytes, cursor);
    if (header % 2 === 1) {
      // Groups are of eight; the last one is padded, and some writers leave the padding out.
      const packed = Math.min(((header - 1) / 2) * 8, count - done);
      const end = cursor.at + ((header - 1) / 2) * width;
      if (cursor.at + Math.ceil((packed * width) / 8) > bytes.length) throw damaged();
      for (let i = 0; i < packed; i++) out[done + i] = bitsAt(bytes, cursor.at * 8 + i * width, width);
      cursor.at = end;
      done += packed;
    } else {
      const run = header / 2;
      if (run > count - done) throw damaged();
      let value = 0;
      for (let b = 0, scale = 1; b < width; b += 8, scale *= 256) {
        const byte = bytes[cursor.at++];
        if (byte === undefined) throw damaged();
        value += byte * scale;
      }
      out.fill(value, done, done + run);
      done += run;
    }
  }
  return out;
}

/** The `width` bits (at most 32) that begin at bit `bit`; bits beyond the end are 0. */
function bitsAt(bytes: Uint8Array, bit: number, width: number): number {
  const at = Math.floor(bit / 8);
  const shift = bit % 8;
  if (shift + width <= 31) {
    const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    return (word >>> shift) & ((1 << width) - 1);
  }
  let value = 0;
  for (let b = 4; b >= 0; b--) value = value * 256 + (bytes[at + b] ?? 0);
  return Math.floor(value / 2 ** shift) % 2 ** width;
}

function varint(bytes: Uint8Array, cursor: { at: number }): number {
  let value = 0;
  for (let n = 0, scale = 1; n < 5; n++, scale *= 128) {
    const byte = bytes[cursor.at++];
    if (byte === undefined) throw damaged();
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
  }
  throw damaged();
}

/** `count` integers stored as packed differences (DELTA_BINARY_PACKED). */
export function deltaValues(bytes: Uint8Array, type: NumberType, count: number): Float64Array {
  if (type.physical !== 'INT32' && type.physical !== 'INT64') throw damaged();
  const bits = type.physical === 'INT32' ? 32 : 64;
  const cursor = { at: 0 };
  const blockSize = varint(bytes, cursor);
  const groups = varint(bytes, cursor);
  const total = varint(bytes, cursor);
  const perGroup = blockSize / groups;
  if (total !== count || !(perGroup > 0) || perGroup % 8 !== 0 || groups > bytes.length) throw damaged();
  const out = new Float64Array(count);
  const divisor = 10 ** type.scale;
  let value = zigzag(bytes, cursor);
  let done = 0;
  const emit = (): void => {
    value = type.unsigned ? BigInt.asUintN(bits, value) : BigInt.asIntN(bits, value);
    out[done++] = exact(value) / divisor;
  };
  if (count > 0) emit();
  while (done < count) {
    const least = zigzag(bytes, cursor);
    const widths = bytes.subarray(cursor.at, cursor.at + groups);
    if (widths.length < groups) throw damaged();
    cursor.at += groups;
    for (let g = 0; g < groups && done < count; g++) {
      const width = widths[g]!;
      const used = Math.min(perGroup, count - done);
      if (width > 64 || cursor.at + Math.ceil((used * width) / 8) > bytes.length) throw damaged();
      for (let i = 0; i < used; i++) {
        value += least + longBitsAt(bytes, cursor.at * 8 + i * width, width);
        emit();
      }
      cursor.at += (perGroup * width) / 8;
    }
  }
  return out;
}

function longBitsAt(bytes: Uint8Array, bit: number, width: number): bigint {
  if (width <= 32) return BigInt(bitsAt(bytes, bit, width));
  return BigInt(bitsAt(bytes, bit, 32)) | (BigInt(bitsAt(bytes, bit + 32, width - 32)) << 32n);
}

function zigzag(bytes: Uint8Array, cursor: { at: number }): bigint {
  let folded = 0n;
  for (let n = 0n; n < 10n; n++) {
    const byte = bytes[cursor.at++];
    if (byte === undefined) throw damaged();
    folded |= BigInt(byte & 0x7f) << (7n * n);
    if (byte < 0x80) return (folded >> 1n) ^ -(folded & 1n);
  }
  throw damaged();
}

function damaged(): InputError {
  return new InputError('is damaged: a page does not hold the values it claims');
}
