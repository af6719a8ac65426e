import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.js';
import type { NumericArray } from '../../src/types.js';
import { SEED, decodeNpy, dice, encodeNpy, nd } from './support.js';

/** A .npy file with this header text and these bytes behind it, however little they fit. */
function npy(dictionary: string, data: Uint8Array = new Uint8Array(0), version = 1): Buffer {
  const text = Buffer.from(`${dictionary}\n`, 'latin1');
  const head = Buffer.alloc(version === 1 ? 10 : 12);
  head.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0]);
  if (version === 1) head.writeUInt16LE(text.length, 8);
  else head.writeUInt32LE(text.length, 8);
  return Buffer.concat([head, text, data]);
}

const header = (descr: string, shape: string, fortran = 'False'): string =>
  `{'descr': ${descr}, 'fortran_order': ${fortran}, 'shape': ${shape}, }`;

const typed: fc.Arbitrary<NumericArray> = fc.oneof(
  fc.float64Array({ maxLength: 24 }),
  fc.float32Array({ maxLength: 24 }),
  fc.int8Array({ maxLength: 24 }),
  fc.uint8Array({ maxLength: 24 }),
  fc.int16Array({ maxLength: 24 }),
  fc.uint16Array({ maxLength: 24 }),
  fc.int32Array({ maxLength: 24 }),
  fc.uint32Array({ maxLength: 24 }),
  fc.bigInt64Array({ maxLength: 24 }),
  fc.bigUint64Array({ maxLength: 24 }),
);

describe('npy', () => {
  it('returns every element type as it was written', () => {
    fc.assert(
      fc.property(typed, (data) => {
        const shape = [1, data.length, 1];
        expect(decodeNpy(encodeNpy(nd(shape, data)))).toEqual({ shape, data });
      }),
      { seed: SEED, numRuns: 200 },
    );
  });

  it('writes the bytes that NumPy writes', () => {
    const bytes = Buffer.from(encodeNpy(nd([3], [1, 2, 3])));
    expect(bytes.length).toBe(128 + 24);
    const text = "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }";
    expect(bytes.toString('latin1', 10, 128)).toBe(`${text.padEnd(117)}\n`);
    expect(bytes.toString('latin1', 1, 6)).toBe('NUMPY');
  });

  it('converts Fortran order of any shape', () => {
    const shapes = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(shapes, (shape) => {
        const size = shape.reduce((product, n) => product * n, 1);
        const stored = new Float64Array(size);
        const wanted = new Float64Array(size);
        // Element (i, j, …) holds its place in C order; in Fortran order it is stored at i + n0 j + ….
        for (let c = 0; c < size; c++) {
          let rest = c;
          const index = [...shape].reverse().map((n) => [rest % n, (rest = Math.floor(rest / n))][0]!);
          let [place, stride] = [0, 1];
          index.reverse().forEach((i, d) => ([place, stride] = [place + i * stride, stride * shape[d]!]));
          stored[place] = c;
          wanted[c] = c;
        }
        const text = header("'<f8'", `(${shape.join(',')},)`, 'True');
        expect(decodeNpy(npy(text, new Uint8Array(stored.buffer)))).toEqual({ shape, data: wanted });
      }),
      { seed: SEED, numRuns: 200 },
    );
  });

  it('reads a scalar, Python 2 shapes and unaligned data', () => {
    const one = new Uint8Array(Float64Array.of(7).buffer);
    expect(decodeNpy(npy(header("'<f8'", '()'), one))).toEqual(nd([], [7]));
    expect(decodeNpy(npy(header("'<f8'", '(1L, 1L)'), one, 2))).toEqual(nd([1, 1], [7]));
    const shifted = Buffer.concat([Buffer.alloc(3), npy(header("'=f8'", '(1,)'), one, 3)]).subarray(3);
    expect(decodeNpy(shifted)).toEqual(nd([1], [7]));
  });

  it.each([
    ["'|S3'", 'byte strings'],
    ["'<U3'", 'strings'],
    ["'|O'", 'Python objects'],
    ["'<c16'", 'complex numbers'],
    ["'|V8'", 'structured records'],
    ["[('a', '<f8')]", 'structured records'],
    ["'<M8[s]'", 'unknown element type'],
    ["'<f16'", 'wider than 64 bits'],
    ["'<i3'", 'unknown element type'],
    ["'__proto__'", 'unknown element type'],
  ])('refuses dtype %s', (descr, said) => {
    expect(() => decodeNpy(npy(header(descr, '(0,)')))).toThrow(InputError);
    expect(() => decodeNpy(npy(header(descr, '(0,)')))).toThrow(said);
  });

  it.each([
    ['a terabyte', header("'<f8'", '(137438953472,)')],
    ['more than 2^53 bytes', header("'<f8'", '(4503599627370496, 4)')],
    ['a product that overflows', header("'<f8'", `(${Array.from({ length: 40 }, () => '1000000000').join(',')})`)],
    ['a size beyond 2^53', header("'<f8'", '(9007199254740993,)')],
    ['a size of 400 digits', header("'<f8'", `(${'9'.repeat(400)},)`)],
    ['a negative size', header("'<f8'", '(-1, 2)')],
    ['two negative sizes', header("'<f8'", '(-1, -2)')],
    ['negative sizes whose product is right', header("'<f8'", '(-1, -1, 2)')],
    ['a fractional size', header("'<f8'", '(0.5,)')],
    ['too many dimensions', header("'<f8'", `(${Array.from({ length: 65 }, () => '1').join(',')})`)],
    ['one element too few', header("'<f8'", '(3,)')],
    ['one element too many', header("'<f8'", '(1,)')],
    ['no shape', "{'descr': '<f8', 'fortran_order': False}"],
    ['no dictionary', 'hello'],
  ])('refuses a header that claims %s', (_, text) => {
    expect(() => decodeNpy(npy(text, new Uint8Array(16)))).toThrow(InputError);
  });

  it('believes no claim before it has checked it', () => {
    const before = process.memoryUsage().arrayBuffers;
    for (let n = 0; n < 20; n++) {
      expect(() => decodeNpy(npy(header("'<f8'", '(20000000,)'), new Uint8Array(16)))).toThrow(/holds 16 bytes/);
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1e8);
  });

  it('refuses every truncation and survives random damage', () => {
    const bytes = Buffer.from(encodeNpy(nd([2, 2], [1, 2, 3, 4])));
    for (let end = 0; end < bytes.length; end++) expect(() => decodeNpy(bytes.subarray(0, end))).toThrow(InputError);
    const random = dice(SEED);
    let refused = 0;
    for (let n = 0; n < 3000; n++) {
      const copy = Buffer.from(bytes);
      copy[Math.floor(random() * 128)] = Math.floor(random() * 256);
      try {
        decodeNpy(copy);
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(1000);
  });

  it('refuses to write an array whose shape and data disagree', () => {
    expect(() => encodeNpy(nd([2, 2], [1, 2, 3]))).toThrow('has the shape (2, 2) but 3 elements');
  });
});
