import { gzipSync } from 'node:zlib';
import { ParquetWriter, ByteWriter } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.js';
import { decompress } from '../../src/profiles/parquet-codecs.js';
import { MissingValue, decodeChunk } from '../../src/profiles/parquet-pages.js';
import { deltaValues, hybridValues, plainValues } from '../../src/profiles/parquet-values.js';
import type { NumberType } from '../../src/profiles/parquet-values.js';
import { ThriftReader } from '../../src/profiles/thrift.js';
import { SEED, dice } from './support.js';

const int64: NumberType = { physical: 'INT64', unsigned: false, scale: 0 };
const refuses = (work: () => unknown): void => {
  expect(work).toThrow(InputError);
};

describe('page parts that lie', () => {
  it('refuses runs longer than the page', () => {
    expect([...hybridValues(Uint8Array.of(6, 1), 1, 3)]).toEqual([1, 1, 1]);
    refuses(() => hybridValues(Uint8Array.of(8, 1), 1, 3));
    // A run of 2^31 values, in six bytes.
    refuses(() => hybridValues(Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x10, 1), 1, 3));
    refuses(() => hybridValues(Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0), 1, 3));
    refuses(() => hybridValues(Uint8Array.of(6), 1, 3));
    refuses(() => hybridValues(Uint8Array.of(3), 4, 8));
    refuses(() => hybridValues(Uint8Array.of(6, 1, 1, 1, 1, 1), 33, 3));
  });

  it('reads packed groups of every width, and padding left out', () => {
    const random = dice(SEED);
    for (let width = 1; width <= 32; width++) {
      const values = Array.from({ length: 16 }, () => Math.floor(random() * 2 ** width));
      let bits = 0n;
      values.forEach((value, i) => (bits |= BigInt(value) << BigInt(i * width)));
      const bytes = [5, ...Array.from({ length: 2 * width }, (_, i) => Number((bits >> BigInt(8 * i)) & 0xffn))];
      expect([...hybridValues(Uint8Array.from(bytes), width, 16)]).toEqual(values);
      expect([...hybridValues(Uint8Array.from(bytes), width, 11)]).toEqual(values.slice(0, 11));
      const needed = 1 + Math.ceil((11 * width) / 8);
      expect([...hybridValues(Uint8Array.from(bytes.slice(0, needed)), width, 11)]).toEqual(values.slice(0, 11));
      refuses(() => hybridValues(Uint8Array.from(bytes.slice(0, needed - 1)), width, 11));
    }
  });

  it('refuses plain and delta values that are not there', () => {
    refuses(() => plainValues(new Uint8Array(15), int64, 2));
    refuses(() => plainValues(new Uint8Array(0), { ...int64, physical: 'BOOLEAN' }, 1));
    // Blocks of 128 in 4 groups, 3 values, first 1, then differences of 1.
    const delta = [0x80, 1, 4, 3, 2, 2, 0, 0, 0, 0];
    expect([...deltaValues(Uint8Array.from(delta), int64, 3)]).toEqual([1, 2, 3]);
    for (let end = 0; end < delta.length; end++)
      refuses(() => deltaValues(Uint8Array.from(delta.slice(0, end)), int64, 3));
    refuses(() => deltaValues(Uint8Array.from(delta), int64, 4));
    refuses(() => deltaValues(Uint8Array.from(delta.with(2, 0)), int64, 3));
    refuses(() => deltaValues(Uint8Array.from(delta.with(6, 65)), int64, 3));
    refuses(() => deltaValues(Uint8Array.from(delta.with(6, 8)), int64, 3));
  });
});

describe('pages that lie', () => {
  const chunk = { codec: 'UNCOMPRESSED', type: { ...int64, physical: 'DOUBLE' }, required: true, rows: 3 } as const;
  const dictionaryPage = (values: number, body: Uint8Array): number[] => {
    const size = 2 * body.length;
    return [0x15, 4, 0x15, size, 0x15, size, 0x4c, 0x15, 2 * values, 0x15, 0, 0, 0, ...body];
  };
  const dataPage = (values: number, encoding: number, body: number[]): number[] => {
    const size = 2 * body.length;
    return [0x15, 0, 0x15, size, 0x15, size, 0x2c, 0x15, 2 * values, 0x15, 2 * encoding, 0, 0, ...body];
  };
  const numbers = dictionaryPage(2, new Uint8Array(Float64Array.of(0.5, 7).buffer));
  // One packed group of indices of one bit: 1, 0, 1.
  const indices = dataPage(3, 8, [1, 3, 0b101]);

  it('looks values up in the dictionary, and refuses indices outside it', () => {
    expect([...decodeChunk(Uint8Array.from([...numbers, ...indices]), chunk)]).toEqual([7, 0.5, 7]);
    refuses(() => decodeChunk(Uint8Array.from(indices), chunk));
    refuses(() => decodeChunk(Uint8Array.from([...numbers, ...dataPage(3, 8, [2, 6, 2])]), chunk));
    refuses(() => decodeChunk(Uint8Array.from([...numbers, ...dataPage(3, 4, [1, 3, 5])]), chunk));
  });

  it('refuses more or fewer values than rows', () => {
    const bytes = Uint8Array.from([...numbers, ...indices]);
    for (const rows of [2, 4, 1e9]) refuses(() => decodeChunk(bytes, { ...chunk, rows }));
    expect(decodeChunk(bytes, { ...chunk, rows: 0 }).length).toBe(0);
    for (let end = 0; end < bytes.length; end++) refuses(() => decodeChunk(bytes.subarray(0, end), chunk));
  });

  it('says which value is missing', () => {
    // Levels 1, 0, 1 before the values.
    const page = Uint8Array.from(dataPage(3, 0, [2, 0, 0, 0, 3, 0b101, ...new Uint8Array(16)]));
    expect(() => decodeChunk(page, { ...chunk, required: false })).toThrow(MissingValue);
    try {
      decodeChunk(page, { ...chunk, required: false });
    } catch (error) {
      expect((error as MissingValue).row).toBe(1);
    }
  });
});

describe('compressed pages that lie', () => {
  it('refuses sizes that cannot be, before it allocates them', () => {
    const before = process.memoryUsage().arrayBuffers;
    for (const codec of ['UNCOMPRESSED', 'SNAPPY', 'GZIP'])
      refuses(() => decompress(codec, new Uint8Array(100), 2 ** 31 - 1));
    const bomb = gzipSync(new Uint8Array(1 << 20));
    refuses(() => decompress('GZIP', bomb, 100));
    // The length within agrees with the one claimed.
    const agreed = Uint8Array.of(0x80, 0x80, 0x80, 0x80, 4, 0, 0);
    const now = process.memoryUsage().arrayBuffers;
    refuses(() => decompress('SNAPPY', agreed, 2 ** 30));
    expect(process.memoryUsage().arrayBuffers - now).toBeLessThan(1e8);
    expect(decompress('GZIP', bomb, 1 << 20).length).toBe(1 << 20);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1e8);
    expect(() => decompress('LZO', bomb, 1 << 20)).toThrow('is compressed with LZO');
  });

  it('expands what Snappy writes, and nothing else', () => {
    // "abcabcabcabc!": a literal of three, a copy of nine from three back, a literal of one.
    const copy = [13, 2 << 2, 97, 98, 99, (8 << 2) | 2, 3, 0, 0, 33];
    expect(Buffer.from(decompress('SNAPPY', Uint8Array.from(copy), 13)).toString()).toBe('abcabcabcabc!');
    for (let end = 0; end < copy.length; end++)
      refuses(() => decompress('SNAPPY', Uint8Array.from(copy.slice(0, end)), 13));
    refuses(() => decompress('SNAPPY', Uint8Array.from(copy), 12));
    refuses(() => decompress('SNAPPY', Uint8Array.from(copy.with(6, 4)), 13));
    refuses(() => decompress('SNAPPY', Uint8Array.from(copy.with(6, 0)), 13));
    // A literal whose length would wrap to a negative one, and stand still for ever.
    refuses(() => decompress('SNAPPY', Uint8Array.of(8, 63 << 2, 0xfa, 0xff, 0xff, 0xff, 0, 0), 8));
    const random = dice(SEED);
    for (let n = 0; n < 20_000; n++) {
      const noise = Uint8Array.from({ length: 12 }, () => Math.floor(random() * 256));
      noise[0] = 20;
      try {
        expect(decompress('SNAPPY', noise, 20).length).toBe(20);
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
      }
    }
  });
});

describe('thrift structures that lie', () => {
  it('reads a structure and stops behind it', () => {
    const reader = new ThriftReader(Uint8Array.of(0x15, 6, 0x18, 2, 104, 105, 0x19, 0x25, 2, 3, 0, 99));
    expect(reader.struct()).toEqual(
      new Map<number, unknown>([
        [1, 3],
        [2, Uint8Array.of(104, 105)],
        [3, [1, -2]],
      ]),
    );
    expect(reader.offset).toBe(11);
  });

  it.each([
    ['ends early', [0x15]],
    ['has no end', [0x15, 6]],
    ['has text longer than itself', [0x18, 100, 1, 0]],
    ['has a list of two billion', [0x19, 0xf5, 0xff, 0xff, 0xff, 0xff, 7, 0]],
    ['has a number without end', [0x16, ...Array.from({ length: 100_000 }, () => 0x80), 0, 0]],
    ['is nested without end', Array.from({ length: 100_000 }, () => 0x1c)],
    ['has lists nested without end', [0x19, ...Array.from({ length: 100_000 }, () => 0x19)]],
    ['has an unknown type', [0x1b, 0]],
  ])('refuses one that %s', (_, bytes) => {
    refuses(() => new ThriftReader(Uint8Array.from(bytes)).struct());
  });

  it('refuses footers with statistics too long for numbers', () => {
    const writer = new ByteWriter();
    const schema = [
      { name: 'schema', num_children: 1 },
      { name: 'a', type: 'BYTE_ARRAY' as const, repetition_type: 'REQUIRED' as const },
    ];
    const parquet = new ParquetWriter({ writer, schema, statisticsTruncateLength: Infinity });
    void parquet.write({ columnData: [{ name: 'a', data: ['x'.repeat(5000)] }] });
    void parquet.finish();
    const bytes = writer.getBytes();
    const length = new DataView(bytes.buffer).getUint32(bytes.length - 8, true);
    refuses(() => new ThriftReader(bytes.subarray(bytes.length - 8 - length, bytes.length - 8)).struct());
  });
});
