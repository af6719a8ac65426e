import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readNpz, writeNpz } from '../../src/profiles/npz.js';
import {
  SEED,
  bytesOf,
  encodeNpy,
  inputError,
  leftovers,
  nd,
  plain,
  readDamaged,
  readOrRefuse,
  scratch,
  tableArrays,
} from './support.js';
import { zipOf } from './zip.js';
import type { ZipEntry } from './zip.js';

const at = scratch();
const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/npz/${name}.npz`, import.meta.url));
const ramp = Array.from({ length: 24 }, (_, i) => i);
const array = encodeNpy(nd([2], [1, 2]));

async function refused(entries: readonly ZipEntry[]): Promise<string> {
  writeFileSync(at('lie.npz'), zipOf(entries));
  return (await inputError(readNpz(at('lie.npz')))).message;
}

describe('npz files of NumPy', () => {
  it('reads doubles exactly', async () => {
    const arrays = await readNpz(fixture('plain'));
    expect(Object.keys(arrays)).toEqual(['values', 'weights']);
    expect(arrays['values']).toEqual(
      nd(
        [2, 3, 4],
        ramp.map((i) => i / 8),
      ),
    );
    expect(arrays['weights']).toEqual(nd([2, 3], [1, NaN, Infinity, -Infinity, -0, 5e-324]));
  });

  it('converts Fortran order', async () => {
    const arrays = await readNpz(fixture('fortran'));
    expect(arrays['values']).toEqual(nd([2, 3, 4], ramp));
    expect(arrays['order']).toEqual(nd([3, 4], BigInt64Array.from(ramp.slice(0, 12), BigInt)));
  });

  it('inflates', async () => {
    const arrays = await readNpz(fixture('deflated'));
    expect(arrays['values']).toEqual(nd([2, 3, 4], ramp));
    expect(arrays['zeros']).toEqual(nd([100, 100], new Float64Array(10_000)));
  });

  it('reads every type of number', async () => {
    expect(await readNpz(fixture('dtypes'))).toEqual({
      int8: nd([3], Int8Array.of(-128, 0, 127)),
      uint8: nd([2], Uint8Array.of(0, 255)),
      int16: nd([2], Int16Array.of(-32768, 32767)),
      uint16: nd([2], Uint16Array.of(0, 65535)),
      int32: nd([2], Int32Array.of(-(2 ** 31), 2 ** 31 - 1)),
      uint32: nd([2], Uint32Array.of(0, 2 ** 32 - 1)),
      int64: nd([2], BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n)),
      uint64: nd([2], BigUint64Array.of(0n, 2n ** 64n - 1n)),
      float16: nd([6], Float32Array.of(1.5, -0, 65504, 2 ** -24, Infinity, NaN)),
      float32: nd([3], Float32Array.of(0.1, -Infinity, 1e-45)),
      bool: nd([3], Uint8Array.of(1, 0, 1)),
      scalar: nd([], [3.5]),
      empty: nd([0, 3], []),
    });
  });

  it('swaps big-endian numbers', async () => {
    expect(await readNpz(fixture('big-endian'))).toEqual({
      int16: nd([2], Int16Array.of(1, -2)),
      int32: nd([2, 2], Int32Array.of(1, -2, 3, 4)),
      int64: nd([2], BigInt64Array.of(2n ** 62n + 1n, -2n)),
      float16: nd([2], Float32Array.of(1.5, -2)),
      float32: nd([2], Float32Array.of(0.5, -2)),
      float64: nd([2], [0.1, -2]),
    });
  });

  it('reads formats 2 and 3', async () => {
    expect(await readNpz(fixture('format-2-and-3'))).toEqual({ two: nd([2], [1, 2]), three: nd([2], [1, 2]) });
  });

  it.each(['complex', 'strings', 'structured', 'dates', 'objects'])('refuses %s', async (name) => {
    const error = await inputError(readNpz(fixture(name)));
    expect(error.message).toMatch(/^values (has dtype|holds structured).*expected integers, booleans or floats$/);
    expect(error.location.array).toBe('values');
  });
});

describe('npz', () => {
  it('returns what was written, stored and deflated', async () => {
    await fc.assert(
      fc.asyncProperty(tableArrays, fc.boolean(), async (arrays, compress) => {
        await writeNpz(at('trip.npz'), arrays, { compress });
        const back = await readNpz(at('trip.npz'));
        expect(back).toEqual(arrays);
        expect(Object.keys(back)).toEqual(Object.keys(arrays));
      }),
      { seed: SEED, numRuns: 60 },
    );
  });

  it('writes arrays larger than a chunk, and none at all', async () => {
    const data = Float64Array.from({ length: 300_000 }, (_, i) => Math.sin(i));
    for (const compress of [false, true]) {
      await writeNpz(at('large.npz'), { values: nd([300, 1000], data), empty: nd([0], []) }, { compress });
      const back = await readNpz(at('large.npz'));
      expect(Buffer.from(back['values']!.data.buffer).equals(Buffer.from(data.buffer))).toBe(true);
    }
    await writeNpz(at('none.npz'), {});
    expect(await readNpz(at('none.npz'))).toEqual({});
  });

  it('keeps odd names apart from the prototype', async () => {
    writeFileSync(
      at('odd.npz'),
      zipOf([
        { name: '__proto__.npy', data: array },
        { name: 'toString.npy', data: array },
      ]),
    );
    expect(Object.keys(await readNpz(at('odd.npz')))).toEqual(['__proto__', 'toString']);
  });

  it('writes the same bytes again, in every time zone', async () => {
    const arrays = { values: nd([2, 2], [1, 2, 3, 4]), order: nd([2], Int32Array.of(1, 0)) };
    await writeNpz(at('first.npz'), arrays);
    const zone = process.env['TZ'];
    try {
      for (const other of ['Pacific/Kiritimati', 'America/Los_Angeles', 'Asia/Kathmandu']) {
        process.env['TZ'] = other;
        await writeNpz(at('second.npz'), arrays);
        expect(bytesOf(at('second.npz')).equals(bytesOf(at('first.npz')))).toBe(true);
      }
    } finally {
      if (zone === undefined) delete process.env['TZ'];
      else process.env['TZ'] = zone;
    }
    // Entries dated 1980-01-01 00:00, the first moment that zip can express.
    expect(bytesOf(at('first.npz')).readUInt32LE(10)).toBe(0x00210000);
  });

  it('stores unless told to deflate', async () => {
    const zeros = { values: nd([1000], new Float64Array(1000)) };
    await writeNpz(at('stored.npz'), zeros);
    await writeNpz(at('deflated.npz'), zeros, { compress: true });
    expect(bytesOf(at('stored.npz')).length).toBeGreaterThan(8000);
    expect(bytesOf(at('deflated.npz')).length).toBeLessThan(1000);
  });

  it('leaves nothing behind when an array cannot be written', async () => {
    const error = await inputError(writeNpz(at('broken.npz'), { values: nd([3], [1]) }));
    expect(error.message).toBe('values has the shape (3) but 1 elements');
    expect(existsSync(at('broken.npz'))).toBe(false);
    expect(leftovers(at('broken.npz'))).toEqual([]);
  });
});

describe('damaged npz', () => {
  it.each([
    ['a stored terabyte', { size: 2 ** 40, compressedSize: 2 ** 40 }, 'claims entries of 1099511627776 bytes'],
    ['a deflated terabyte', { deflate: true, size: 2 ** 40 }, 'which it cannot'],
    ['a deflated gigabyte', { deflate: true, size: 2 ** 30 }, 'which it cannot'],
    ['a few bytes more', { deflate: true, size: array.length + 8 }, /claims the shape|fewer bytes/],
    ['a few bytes less', { deflate: true, size: array.length - 8 }, /claims the shape|more bytes/],
    ['another checksum', { checksum: 1 }, 'checksum does not match'],
    ['another method', { method: 12 }, 'compression method 12'],
    ['encryption', { flags: 1, compressedSize: array.length + 12 }, 'encrypted'],
    ['an offset beyond the file', { headerOffset: 2 ** 40 }, ''],
    ['an offset beyond all numbers', { headerOffset: Number.MAX_SAFE_INTEGER }, ''],
    ['an offset into the data', { headerOffset: 40 }, ''],
  ])('refuses an entry that claims %s', async (_, lie, said) => {
    const before = process.memoryUsage().arrayBuffers;
    expect(await refused([{ name: 'values.npy', data: array, ...lie }]).catch((error: Error) => error.message)).toMatch(
      said,
    );
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(5e7);
  });

  it('refuses a header that claims a terabyte in an honest archive', async () => {
    const bytes = Buffer.from(array);
    bytes.write('(137438953472,), }', bytes.indexOf('(2,)'));
    expect(await refused([{ name: 'values.npy', data: bytes }])).toMatch(/^values claims the shape \(137438953472\)/);
    expect(await refused([{ name: 'values.npy', data: bytes, deflate: true }])).toMatch(/^values claims the shape/);
  });

  it('refuses repeated and foreign entries', async () => {
    const entry = { name: 'values.npy', data: array };
    expect(await refused([entry, entry])).toBe('holds the array values twice');
    expect(await refused([{ name: 'readme.txt', data: array }])).toBe('holds "readme.txt", expected only .npy arrays');
  });

  it('refuses entries that share their bytes', async () => {
    const data = new Uint8Array(10_000);
    const entries = ['a', 'b', 'c'].map((name) => ({
      name: `${name}.npy`,
      data: name === 'a' ? data : data.subarray(0, 0),
    }));
    const shared = entries.map((entry) => ({ ...entry, size: 10_000, compressedSize: 10_000, headerOffset: 0 }));
    expect(await refused(shared)).toMatch(/^claims entries of \d+ bytes in a file of/);
  });

  it('refuses a zip64 end that points nowhere', async () => {
    const zip = zipOf([{ name: 'values.npy', data: array }]);
    const end = zip.subarray(zip.length - 22);
    const locator = Buffer.alloc(20);
    locator.writeUInt32LE(0x07064b50, 0);
    for (const offset of [2n ** 63n, 2n ** 40n, BigInt(zip.length)]) {
      locator.writeBigUInt64LE(offset, 8);
      writeFileSync(at('zip64.npz'), Buffer.concat([zip.subarray(0, zip.length - 22), locator, end]));
      await expect(readNpz(at('zip64.npz'))).rejects.toThrow(/outside the file|zip64/);
    }
  });
});

describe('npz under attack', () => {
  // Errors of yauzl are turned into InputErrors where files are dispatched on; any other class must not get this far.
  const read = async (path: string): ReturnType<typeof readNpz> =>
    (await import('../../src/profiles/files.js')).readArrays(path);

  it('refuses every truncation', async () => {
    const whole = bytesOf(fixture('plain'));
    for (let end = 0; end < whole.length; end++) {
      writeFileSync(at('cut.npz'), whole.subarray(0, end));
      expect((await inputError(read(at('cut.npz')))).message.startsWith(`${at('cut.npz')}: `)).toBe(true);
    }
    writeFileSync(at('cut.npz'), whole);
    expect(await read(at('cut.npz'))).toEqual(await readNpz(fixture('plain')));
  });

  it('survives random damage and notices all of it that reaches the numbers', async () => {
    for (const name of ['plain', 'deflated']) {
      const bytes = bytesOf(fixture(name));
      expect(await readDamaged(bytes, at('damaged.npz'), read, 400)).toBeGreaterThan(200);
    }
    const stored = bytesOf(fixture('plain'));
    // Entry header, name and .npy header take 168 bytes; then the doubles begin.
    stored[200]! ^= 4;
    writeFileSync(at('flipped.npz'), stored);
    expect((await inputError(read(at('flipped.npz')))).message).toContain('checksum');
  });

  it('closes every file, whatever happens', async () => {
    if (!existsSync('/proc/self/fd')) return;
    const count = (): number => readdirSync('/proc/self/fd').length;
    const before = count();
    writeFileSync(at('short.npz'), bytesOf(fixture('deflated')).subarray(0, 300));
    for (let n = 0; n < 20; n++) {
      await readOrRefuse(read(at('short.npz')), 'short');
      await read(fixture('deflated'));
      await inputError(read(fixture('strings')));
    }
    expect(count()).toBeLessThanOrEqual(before + 1);
  });
});

const python = process.env['EVENHAND_TEST_PYTHON'];
// Continuous integration names a Python with NumPy here.
if (python)
  describe('numpy', () => {
    it('reads what we write', async () => {
      const arrays = {
        values: nd([2, 2], [0.1, NaN, -Infinity, -0]),
        start: nd([2], BigInt64Array.of(-(2n ** 63n), 2n ** 62n)),
        mask: nd([1], BigUint64Array.of(2n ** 64n - 1n)),
        flag: nd([3], Int8Array.of(-1, 0, 1)),
      };
      for (const compress of [false, true]) {
        await writeNpz(at('ours.npz'), arrays, { compress });
        const script = `import numpy as np, json
z = np.load(${JSON.stringify(at('ours.npz'))})
print(json.dumps({k: [str(z[k].dtype), list(z[k].shape), [str(x) for x in z[k].ravel().tolist()]] for k in z.files}))`;
        expect(JSON.parse(execFileSync(python, ['-c', script], { encoding: 'utf8' }))).toEqual({
          values: ['float64', [2, 2], ['0.1', 'nan', '-inf', '-0.0']],
          start: ['int64', [2], ['-9223372036854775808', '4611686018427387904']],
          mask: ['uint64', [1], ['18446744073709551615']],
          flag: ['int8', [3], ['-1', '0', '1']],
        });
      }
      expect(plain(arrays)['flag']!.data).toEqual([-1, 0, 1]);
    });
  });
