import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.js';
import { openTable, readArrays, writeArrays } from '../../src/profiles/files.js';
import { OutputFile, writeAtomically } from '../../src/profiles/output-file.js';
import type { NamedArrays } from '../../src/types.js';
import { bytesOf, inputError, leftovers, nd, plain, scratch } from './support.js';

const at = scratch();
const FORMATS = ['npz', 'json', 'csv', 'parquet'];
const TABLES = ['csv', 'parquet', 'json'];
const arrays: NamedArrays = { values: nd([2, 1, 2], [1, 2, 3, 4]), weights: nd([2, 1], [1, 2]) };
const columns = [
  { name: 'name', type: 'string' },
  { name: 'count', type: 'int' },
  { name: 'mean', type: 'double' },
] as const;
// Root may write anywhere, whatever the permissions say.
const isRoot = process.getuid?.() === 0;

describe('readArrays and writeArrays', () => {
  it.each(FORMATS)('carry arrays through .%s, whatever the case of the extension', async (format) => {
    for (const name of [`a.${format}`, `b.${format.toUpperCase()}`]) {
      await writeArrays(at(name), arrays);
      expect(plain(await readArrays(at(name)))).toEqual(plain(arrays));
      expect(leftovers(at(name))).toEqual([]);
    }
  });

  it.each(FORMATS)('replace a .%s file, with the same bytes for the same arrays', async (format) => {
    const path = at(`replaced.${format}`);
    writeFileSync(path, 'old');
    await writeArrays(path, arrays);
    const bytes = bytesOf(path);
    await writeArrays(path, arrays);
    expect(bytesOf(path).equals(bytes)).toBe(true);
  });

  it('write many files at once', async () => {
    await Promise.all(Array.from({ length: 20 }, () => writeArrays(at('same.npz'), arrays)));
    expect(plain(await readArrays(at('same.npz')))).toEqual(plain(arrays));
    expect(leftovers(at('same.npz'))).toEqual([]);
  });

  it.each(['data.xlsx', 'data', 'npz', '.npz', 'data.npy', 'data.__proto__', 'data.'])(
    'refuse the name %s',
    async (name) => {
      const expected = /: has the extension ".*", expected \.npz, \.json, \.csv or \.parquet$/;
      for (const work of [readArrays(at(name)), writeArrays(at(name), arrays)]) {
        const error = await inputError(work);
        expect(error.message.startsWith(at(name))).toBe(true);
        expect(error.message).toMatch(expected);
      }
      expect(existsSync(at(name))).toBe(false);
    },
  );

  it.each(FORMATS)('explain what is wrong with the path of a .%s file', async (format) => {
    const missing = at(`missing.${format}`);
    expect((await inputError(readArrays(missing))).message).toBe(`${missing}: no such file or folder`);
    const folder = at(`folder.${format}`);
    mkdirSync(folder);
    expect((await inputError(readArrays(folder))).message).toBe(`${folder}: is a folder, expected a file`);
    expect((await inputError(writeArrays(folder, arrays))).message).toBe(
      `${folder}: is a folder, expected a file name`,
    );
    const nowhere = join(at('no-folder'), `x.${format}`);
    expect((await inputError(writeArrays(nowhere, arrays))).message).toBe(`${nowhere}: no such file or folder`);
    const below = join(missing.replace('missing', 'a'), `x.${format}`);
    await writeArrays(at(`a.${format}`), arrays);
    expect((await inputError(writeArrays(below, arrays))).message).toBe(`${below}: no such file or folder`);
    expect(leftovers(missing)).toEqual([]);
  });

  it('refuse what is no regular file', async () => {
    symlinkSync('/dev/zero', at('zero.npz'));
    expect((await inputError(readArrays(at('zero.npz')))).message).toBe(`${at('zero.npz')}: is not a regular file`);
  });

  // Root may write anywhere.
  if (!isRoot)
    it('explain a folder that may not be written', async () => {
      mkdirSync(at('locked'));
      chmodSync(at('locked'), 0o500);
      const path = join(at('locked'), 'x.npz');
      expect((await inputError(writeArrays(path, arrays))).message).toBe(`${path}: permission denied`);
      chmodSync(at('locked'), 0o700);
    });

  if (existsSync('/proc/self'))
    it('explain a folder that nobody may write', async () => {
      const error = await inputError(writeArrays('/proc/self/x.npz', arrays));
      expect(error.message).toMatch(/^\/proc\/self\/x\.npz: (no such file or folder|permission denied)$/);
    });

  it.each(FORMATS)('begin with the path for a .%s file full of something else', async (format) => {
    const path = at(`garbage.${format}`);
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.alloc(5000),
      Buffer.from('PAR1 but not really PAR1'),
      readFileSync(process.execPath).subarray(0, 5000),
    ]) {
      writeFileSync(path, bytes);
      const error = await inputError(readArrays(path));
      expect(error.message.startsWith(`${path}: `)).toBe(true);
      expect(error.message).not.toContain('\n');
    }
  });

  it('keep where a bad number stands', async () => {
    writeFileSync(at('bad.json'), '{"values": [[[1, "2"]]]}');
    const error = await inputError(readArrays(at('bad.json')));
    expect(error.message).toBe(`${at('bad.json')}: values[0,0,1] is "2", expected a number`);
    expect(error.location).toMatchObject({ array: 'values', index: [0, 0, 1], expected: 'a number' });
    expect(error.cause).toBeInstanceOf(InputError);
  });

  it.each(['csv', 'parquet'])('send ordinal problems elsewhere than to .%s', async (format) => {
    const error = await inputError(writeArrays(at(`ordinal.${format}`), { capacities: nd([1], [1]) }));
    expect(error.message).toContain('ordinal problems and their results go in .npz or .json files only');
    expect(existsSync(at(`ordinal.${format}`))).toBe(false);
    expect(leftovers(at('x'))).toEqual([]);
  });
});

describe('writing under a temporary name', () => {
  it('shows nothing until the end, and nothing at all on failure', async () => {
    writeFileSync(at('kept.txt'), 'old');
    const failing = writeAtomically(at('kept.txt'), async (file) => {
      await file.write(Buffer.from('new'));
      expect(readFileSync(at('kept.txt'), 'utf8')).toBe('old');
      expect(leftovers(at('kept.txt')).length).toBe(1);
      throw new Error('half way');
    });
    await expect(failing).rejects.toThrow('half way');
    expect(readFileSync(at('kept.txt'), 'utf8')).toBe('old');
    expect(leftovers(at('kept.txt'))).toEqual([]);
    await writeAtomically(at('kept.txt'), (file) => file.write(Buffer.from('new')));
    expect(readFileSync(at('kept.txt'), 'utf8')).toBe('new');
  });

  it('cleans up when the final name cannot be had', async () => {
    const file = await OutputFile.create(at('taken'));
    await file.write(Buffer.from('x'));
    mkdirSync(at('taken'));
    await expect(file.commit()).rejects.toThrow();
    expect(leftovers(at('taken'))).toEqual([]);
    await file.abort();
  });

  it('passes over names that are taken', async () => {
    const first = await OutputFile.create(at('busy'));
    const next = leftovers(at('busy'))[0]!.replace(/-(\d+)\.tmp$/, (_, n: string) => `-${Number(n) + 1}.tmp`);
    writeFileSync(at(next), 'of a process that died');
    const second = await OutputFile.create(at('busy'));
    await second.write(Buffer.from('second'));
    await second.commit();
    await first.abort();
    expect(readFileSync(at('busy'), 'utf8')).toBe('second');
    expect(leftovers(at('busy'))).toEqual([next]);
    rmSync(at(next));
  });
});

describe('openTable', () => {
  it('writes rows block by block', async () => {
    for (const format of TABLES) {
      const path = at(`table.${format}`);
      const table = await openTable(path, columns);
      await table.write([['a', 'b,"c"'], Int32Array.of(1, -2), Float64Array.of(0.5, NaN)]);
      await table.write([[], [], []]);
      await table.write([['\n'], BigInt64Array.of(2n ** 53n - 1n), [-0]]);
      expect(existsSync(path)).toBe(false);
      await table.close();
      expect(leftovers(path)).toEqual([]);
    }
    expect(readFileSync(at('table.csv'), 'utf8')).toBe(
      'name,count,mean\na,1,0.5\n"b,""c""",-2,nan\n"\n",9007199254740991,-0\n',
    );
    expect(JSON.parse(readFileSync(at('table.json'), 'utf8'))).toEqual([
      { name: 'a', count: 1, mean: 0.5 },
      { name: 'b,"c"', count: -2, mean: null },
      { name: '\n', count: 9007199254740991, mean: -0 },
    ]);
  });

  it('writes tables without rows', async () => {
    for (const format of TABLES) await (await openTable(at(`empty.${format}`), columns)).close();
    expect(readFileSync(at('empty.csv'), 'utf8')).toBe('name,count,mean\n');
    expect(readFileSync(at('empty.json'), 'utf8')).toBe('[]\n');
    expect(statSync(at('empty.parquet')).size).toBeGreaterThan(12);
  });

  it.each(TABLES)('keeps a bounded part of a long .%s table in memory', async (format) => {
    const table = await openTable(at(`long.${format}`), [
      { name: 'profile', type: 'int' },
      { name: 'mean', type: 'double' },
    ]);
    const block = 10_000;
    let largest = 0;
    const before = process.memoryUsage().arrayBuffers;
    for (let start = 0; start < 400_000; start += block) {
      const profile = Float64Array.from({ length: block }, (_, r) => start + r);
      await table.write([profile, profile.map((x) => x / 3)]);
      largest = Math.max(largest, process.memoryUsage().arrayBuffers - before);
    }
    const unfinished = leftovers(at('x'));
    expect(unfinished.length).toBe(1);
    expect(statSync(at(unfinished[0]!)).size).toBeGreaterThan(1e6);
    await table.close();
    expect(statSync(at(`long.${format}`)).size).toBeGreaterThan(3e6);
    expect(largest).toBeLessThan(6e7);
  });

  it.each(TABLES)('leaves nothing of an aborted .%s table', async (format) => {
    const path = at(`aborted.${format}`);
    const table = await openTable(path, columns);
    await table.write([['a'], [1], [2]]);
    await table.abort();
    await table.abort();
    expect(existsSync(path)).toBe(false);
    expect(leftovers(path)).toEqual([]);
    await expect(table.write([['a'], [1], [2]])).rejects.toThrow('no longer open');
    await expect(table.close()).rejects.toThrow('no longer open');
  });

  it('is over after a bad block', async () => {
    const path = at('bad.parquet');
    const table = await openTable(path, columns);
    const error = await inputError(table.write([['a'], [0.5], [1]]));
    expect(error.message).toBe(`${path}: count is 0.5, expected an integer of at most 64 bits`);
    expect(leftovers(path)).toEqual([]);
    await expect(table.close()).rejects.toThrow('no longer open');
    await table.abort();
    expect(existsSync(path)).toBe(false);
  });

  it('refuses columns that do not fit, and other extensions', async () => {
    for (const block of [
      [['a'], [1]],
      [['a'], [1], [1, 2]],
    ]) {
      const table = await openTable(at('fit.csv'), columns);
      await expect(table.write(block)).rejects.toThrow(/columns, expected 3|has 2 rows, expected 1/);
    }
    expect((await inputError(openTable(at('x.npz'), columns))).message).toMatch(/expected \.csv, \.parquet or \.json$/);
    expect((await inputError(openTable(join(at('no-folder'), 'x.csv'), columns))).message).toContain('no such file');
    expect(leftovers(at('x'))).toEqual([]);
    expect(readdirSync(at('.')).includes('fit.csv')).toBe(false);
  });
});
