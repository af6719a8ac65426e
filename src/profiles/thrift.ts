import { InputError } from '../errors.js';

/** Deeper than any structure of a Parquet file. */
const MAX_DEPTH = 24;
/** Only descriptions of single columns live this deep: names, and statistics, which for numbers are short. */
const COLUMN_DEPTH = 4;
const MAX_COLUMN_BYTES = 4096;

/** A value in Thrift's compact protocol; structures map field numbers to values. */
export type ThriftValue = boolean | number | bigint | Uint8Array | ThriftValue[] | ThriftStruct;
export type ThriftStruct = Map<number, ThriftValue>;

/**
 * Parses Thrift's compact protocol from bytes that may lie. Throws InputError instead of believing a length that the
 * bytes cannot hold, so that neither time nor memory exceeds a small multiple of their number.
 */
export class ThriftReader {
  constructor(
    private readonly bytes: Uint8Array,
    /** Where the next value begins. */
    public offset = 0,
  ) {}

  /** Reads one structure and leaves `offset` behind it. */
  struct(depth = 0): ThriftStruct {
    const fields: ThriftStruct = new Map();
    let id = 0;
    for (;;) {
      const byte = this.byte();
      const type = byte & 0x0f;
      if (type === 0) return fields;
      id = byte >> 4 ? id + (byte >> 4) : Number(this.zigzag(5));
      fields.set(id, this.value(type, depth));
    }
  }

  private value(type: number, depth: number): ThriftValue {
    if (depth > MAX_DEPTH) throw damaged();
    switch (type) {
      case 1:
        return true;
      case 2:
        return false;
      case 3:
        return (this.byte() << 24) >> 24;
      case 4:
      case 5:
        return Number(this.zigzag(5));
      case 6:
        return this.zigzag(10);
      case 7:
        return this.double();
      case 8:
        return this.binary(depth);
      case 9:
        return this.list(depth);
      case 12:
        return this.struct(depth + 1);
      default:
        throw damaged();
    }
  }

  private byte(): number {
    const byte = this.bytes[this.offset++];
    if (byte === undefined) throw damaged();
    return byte;
  }

  /** An unsigned integer in groups of 7 bits, at most `most` of them. */
  private varint(most: number): bigint {
    let result = 0n;
    for (let n = 0; n < most; n++) {
      const byte = this.byte();
      result |= BigInt(byte & 0x7f) << BigInt(7 * n);
      if (byte < 0x80) return result;
    }
    throw damaged();
  }

  private zigzag(most: number): bigint {
    const folded = this.varint(most);
    return (folded >> 1n) ^ -(folded & 1n);
  }

  private length(): number {
    const length = Number(this.varint(5));
    // Every element takes at least a byte.
    if (length > this.bytes.length - this.offset) throw damaged();
    return length;
  }

  private double(): number {
    if (this.offset + 8 > this.bytes.length) throw damaged();
    const view = new DataView(this.bytes.buffer, this.bytes.byteOffset + this.offset, 8);
    this.offset += 8;
    return view.getFloat64(0, true);
  }

  private binary(depth: number): Uint8Array {
    const length = this.length();
    if (depth >= COLUMN_DEPTH && length > MAX_COLUMN_BYTES) throw damaged();
    this.offset += length;
    return this.bytes.subarray(this.offset - length, this.offset);
  }

  private list(depth: number): ThriftValue[] {
    const byte = this.byte();
    const type = byte & 0x0f;
    const short = byte >> 4;
    const length = short === 15 ? this.length() : short;
    const values: ThriftValue[] = [];
    for (let n = 0; n < length; n++) {
      // Booleans in lists take a byte each, unlike those in fields.
      values.push(type === 1 || type === 2 ? this.byte() === 1 : this.value(type, depth + 1));
    }
    return values;
  }
}

function damaged(): InputError {
  return new InputError('is damaged: its structure makes no sense');
}
