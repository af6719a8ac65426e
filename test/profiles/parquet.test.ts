import { writeFileSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';
import fc from 'fast-check';
import { parquetMetadata } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTable, readArrays, writeArrays } from '../../src/profiles/files.js';
import { readParquet } from '../../src/profiles/parquet.js';
import {
  SEED,
  bytesOf,
  dice,
  inputError,
  nd,
  plain,
  readDamaged,
  readOrRefuse,
  scratch,
  tableArrays,
} from './support.js';

const at = scratch();
let duck: DuckDBConnection;

beforeAll(async () => {
  duck = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
});
afterAll(() => duck.closeSync());

async function query(sql: string): Promise<unknown[][]> {
  return (await duck.runAndReadAll(sql)).getRows();
}

/** Lets DuckDB write the rows of a query. */
async function duckFile(sql: string, options = ''): Promise<string> {
  const path = at('duck.parquet');
  await duck.run(`COPY (${sql}) TO '${path}' (FORMAT parquet${options})`);
  return path;
}

const small = {
  values: nd([2, 2, 2], [1, 2.5, -0, 4, NaN, Infinity, 7, 8]),
  order: nd([2, 2], Int32Array.of(0, 1, 1, 0)),
};

describe('parquet', () => {
  it('returns what was written', async () => {
    await fc.assert(
      fc.asyncProperty(tableArrays, async (arrays) => {
        await writeArrays(at('trip.parquet'), arrays);
        expect(plain(await readParquet(at('trip.parquet')))).toEqual(plain(arrays));
      }),
      { seed: SEED, numRuns: 60 },
    );
  });

  it('splits rows into groups and writes the same bytes again', async () => {
    const random = dice(SEED);
    const [b, n, m] = [3000, 10, 8];
    const arrays = {
      values: nd([b, n, m], Float64Array.from({ length: b * n * m }, random)),
      weights: nd([n], Float64Array.from({ length: n }, random)),
      owner: nd(
        [b, m],
        Int32Array.from({ length: b * m }, () => Math.floor(random() * n) - 1),
      ),
    };
    await writeArrays(at('groups.parquet'), arrays);
    const bytes = bytesOf(at('groups.parquet'));
    expect(parquetMetadata(bytes).row_groups.map((group) => Number(group.num_rows))).toEqual([
      100_000, 100_000, 40_000,
    ]);
    const back = await readParquet(at('groups.parquet'));
    expect(back['values']!.data).toEqual(arrays.values.data);
    expect(back['owner']!.data).toEqual(Float64Array.from(arrays.owner.data as Int32Array));
    expect(back['weights']!.shape).toEqual([b, n]);
    await writeArrays(at('again.parquet'), arrays);
    expect(bytesOf(at('again.parquet')).equals(bytes)).toBe(true);
  });

  it('keeps zeros of either sign in columns full of repeats', async () => {
    const data = Float64Array.from({ length: 4000 }, (_, i) => (i % 2 === 0 ? -0 : 0));
    await writeArrays(at('zeros.parquet'), { objective: nd([4000], data) });
    expect((await readParquet(at('zeros.parquet')))['objective']!.data).toEqual(data);
  });

  it('stores 64-bit integers exactly, and refuses those that no double holds', async () => {
    await writeArrays(at('long.parquet'), { demands: nd([1, 1, 2], BigInt64Array.of(2n ** 60n, -(2n ** 63n))) });
    expect(await query(`SELECT demands FROM '${at('long.parquet')}'`)).toEqual([[2n ** 60n], [-(2n ** 63n)]]);
    expect((await readParquet(at('long.parquet')))['demands']!.data).toEqual(Float64Array.of(2 ** 60, -(2 ** 63)));
    await writeArrays(at('odd.parquet'), { demands: nd([1, 1, 1], BigInt64Array.of(2n ** 53n + 1n)) });
    expect((await inputError(readParquet(at('odd.parquet')))).message).toBe(
      'column demands holds 9007199254740993, which a double cannot hold exactly',
    );
    const error = await inputError(
      writeArrays(at('huge.parquet'), { demands: nd([1, 1, 1], BigUint64Array.of(2n ** 63n)) }),
    );
    expect(error.message).toContain('demands is 9223372036854775808, expected an integer of at most 64 bits');
  });
});

describe('DuckDB', () => {
  it('reads our parquet and csv files', async () => {
    for (const format of ['parquet', 'csv']) {
      const path = at(`duck-in.${format}`);
      await writeArrays(path, {
        values: nd([2, 2, 2], [1, 2.5, 1e-9, 4, NaN, Infinity, -Infinity, 8]),
        order: small.order,
      });
      const number = '"values"::DOUBLE';
      expect(await query(`SELECT profile::INT, agent::INT, item::INT, ${number}, "order"::INT FROM '${path}'`)).toEqual(
        [
          [0, 0, 0, 1, 0],
          [0, 0, 1, 2.5, 0],
          [0, 1, 0, 1e-9, 1],
          [0, 1, 1, 4, 1],
          [1, 0, 0, NaN, 1],
          [1, 0, 1, Infinity, 1],
          [1, 1, 0, -Infinity, 0],
          [1, 1, 1, 8, 0],
        ],
      );
    }
    const types = `SELECT column_type FROM (DESCRIBE SELECT * FROM '${at('duck-in.parquet')}')`;
    expect((await query(types)).flat()).toEqual(['INTEGER', 'INTEGER', 'INTEGER', 'DOUBLE', 'INTEGER']);
  });

  it('reads our tables of text and large integers', async () => {
    const columns = [
      { name: 'mechanism', type: 'string' },
      { name: 'count', type: 'int' },
      { name: 'mean', type: 'double' },
    ] as const;
    for (const format of ['parquet', 'csv', 'json']) {
      const table = await openTable(at(`table.${format}`), columns);
      await table.write([
        ['pf', 'a "b", é\nc'],
        [2 ** 53 - 1, 0],
        [0.1, 1e300],
      ]);
      await table.write([['pa'], BigInt64Array.of(7n), Float64Array.of(-0.5)]);
      await table.close();
      expect(await query(`SELECT mechanism, count::BIGINT, mean::DOUBLE FROM '${at(`table.${format}`)}'`)).toEqual([
        ['pf', 9007199254740991n, 0.1],
        ['a "b", é\nc', 0n, 1e300],
        ['pa', 7n, -0.5],
      ]);
    }
  });

  const rows = `SELECT (r // 50)::INTEGER profile, (r // 5 % 10)::BIGINT agent, (r % 5)::UTINYINT item,
    (r * 0.25)::DOUBLE "values", (r // 5 % 10 / 8)::FLOAT weights, (r // 50 * 1000)::BIGINT objective
    FROM range(5000) t(r)`;
  const wanted = {
    values: nd(
      [100, 10, 5],
      Float64Array.from({ length: 5000 }, (_, r) => r / 4),
    ),
    weights: nd(
      [100, 10],
      Float64Array.from({ length: 1000 }, (_, r) => (r % 10) / 8),
    ),
    objective: nd(
      [100],
      Float64Array.from({ length: 100 }, (_, p) => p * 1000),
    ),
  };

  it.each([
    ['snappy', ''],
    ['no compression', ', COMPRESSION uncompressed'],
    ['gzip', ', COMPRESSION gzip'],
    ['brotli', ', COMPRESSION brotli'],
    ['format 2: packed differences and split bytes', ", PARQUET_VERSION 'V2', DICTIONARY_SIZE_LIMIT 1"],
    ['format 2 with dictionaries', ", PARQUET_VERSION 'V2'"],
    ['small row groups', ', ROW_GROUP_SIZE 2048'],
    ['no dictionaries', ', DICTIONARY_SIZE_LIMIT 1'],
  ])('writes files that we read: %s', async (_, options) => {
    expect(await readParquet(await duckFile(rows, options))).toEqual(wanted);
    const shuffled = await duckFile(
      `SELECT * FROM (${rows}) ORDER BY hash(r)`
        .replace('FROM range', ', r FROM range')
        .replace('SELECT *', 'SELECT * EXCLUDE (r)'),
      options,
    );
    expect(await readParquet(shuffled)).toEqual(wanted);
  });

  it('writes zstd, which newer Nodes read', async () => {
    const read = readParquet(await duckFile(rows, ', COMPRESSION zstd'));
    const { zstdDecompressSync } = (await import('node:zlib')) as { zstdDecompressSync?: unknown };
    if (zstdDecompressSync) expect(await read).toEqual(wanted);
    else
      expect((await inputError(read)).message).toBe(
        'column profile is compressed with ZSTD, which needs Node 22.15 or later; write it with SNAPPY',
      );
  });

  it.each([
    [
      'decimals',
      'SELECT 0 profile, r agent, (r / 10)::DECIMAL(9, 1) weights FROM range(40) t(r)',
      (r: number) => r / 10,
    ],
    [
      'long decimals',
      'SELECT 0 profile, r agent, (r / 1000)::DECIMAL(18, 3) weights FROM range(40) t(r)',
      (r: number) => r / 1000,
    ],
    [
      'booleans',
      'SELECT 0 profile, r agent, r % 3 = 0 weights FROM range(40) t(r)',
      (r: number) => (r % 3 === 0 ? 1 : 0),
    ],
    [
      'unsigned integers',
      'SELECT 0 profile, r agent, (4294967295 - r)::UINTEGER weights FROM range(40) t(r)',
      (r: number) => 2 ** 32 - 1 - r,
    ],
    [
      'negative integers',
      'SELECT 0 profile, r agent, (-r)::SMALLINT weights FROM range(40) t(r)',
      (r: number) => 0 - r,
    ],
    [
      '64-bit unsigned integers',
      'SELECT 0 profile, r agent, (9223372036854775808 + r * 2048)::UBIGINT weights FROM range(40) t(r)',
      (r: number) => 2 ** 63 + r * 2048,
    ],
  ])('writes %s that we read', async (_, sql, weight) => {
    const data = Array.from({ length: 40 }, (__, r) => weight(r));
    for (const options of ['', ", PARQUET_VERSION 'V2', DICTIONARY_SIZE_LIMIT 1"]) {
      expect(plain(await readParquet(await duckFile(sql, options)))).toEqual({ weights: { shape: [1, 40], data } });
    }
  });

  it.each([
    [
      'missing numbers',
      'SELECT r profile, CASE WHEN r = 2500 THEN NULL ELSE r END objective FROM range(4000) t(r)',
      'objective in row 2501 is missing, expected a number',
    ],
    ['text', "SELECT 0 profile, 'a' objective", 'has UTF8 values in column objective'],
    ['dates', "SELECT 0 profile, DATE '2020-01-01' objective", 'has DATE values in column objective'],
    ['moments', "SELECT 0 profile, TIMESTAMP '2020-01-01' objective", 'has TIMESTAMP'],
    ['lists', 'SELECT 0 profile, [1.0] objective', 'has nested columns, expected a flat table'],
    ['structures', 'SELECT 0 profile, {a: 1} objective', 'has nested columns, expected a flat table'],
    ['wide decimals', 'SELECT 0 profile, 1::DECIMAL(38, 3) objective', 'has DECIMAL values in column objective'],
    ['unknown columns', 'SELECT 0 profile, 1 weihgts', 'unknown column "weihgts"; did you mean weights?'],
    ['no rows', 'SELECT 0 profile, 1 objective WHERE false', 'holds no rows'],
  ])('may write %s, which we refuse', async (_, sql, said) => {
    for (const options of ['', ", PARQUET_VERSION 'V2'"]) {
      expect((await inputError(readParquet(await duckFile(sql, options)))).message).toContain(said);
    }
  });
});

describe('damaged parquet', () => {
  it('refuses every truncation', async () => {
    await writeArrays(at('whole.parquet'), small);
    const whole = bytesOf(at('whole.parquet'));
    for (let end = 0; end < whole.length; end++) {
      writeFileSync(at('cut.parquet'), whole.subarray(0, end));
      await inputError(readArrays(at('cut.parquet')));
    }
    expect(plain(await readArrays(at('whole.parquet')))).toEqual(plain(small));
  });

  it('refuses pages cut short behind a whole footer', async () => {
    await writeArrays(at('whole.parquet'), small);
    const whole = bytesOf(at('whole.parquet'));
    const footer = whole.readUInt32LE(whole.length - 8) + 8;
    for (let cut = 1; cut < whole.length - footer - 4; cut++) {
      const body = whole.subarray(0, whole.length - footer - cut);
      writeFileSync(at('cut.parquet'), Buffer.concat([body, whole.subarray(whole.length - footer)]));
      await inputError(readArrays(at('cut.parquet')));
    }
  });

  it('survives random damage', async () => {
    const rows = `SELECT r // 4 profile, r % 4 agent, r % 4 / 3 weights, r // 4 objective FROM range(80) t(r)`;
    for (const options of [
      '',
      ', COMPRESSION gzip',
      ", PARQUET_VERSION 'V2', COMPRESSION uncompressed, DICTIONARY_SIZE_LIMIT 1",
    ]) {
      const bytes = bytesOf(await duckFile(rows, options));
      expect(await readDamaged(bytes, at('damaged.parquet'), readArrays, 800)).toBeGreaterThan(250);
    }
    await writeArrays(at('whole.parquet'), small);
    expect(await readDamaged(bytesOf(at('whole.parquet')), at('damaged.parquet'), readArrays, 800)).toBeGreaterThan(
      500,
    );
  });

  it('survives damage to every byte of the footer and of the page headers', async () => {
    await writeArrays(at('whole.parquet'), small);
    const whole = bytesOf(at('whole.parquet'));
    const started = performance.now();
    for (let i = 0; i < whole.length; i++) {
      for (const byte of [0x00, 0xff, 0x80, whole[i]! ^ 1]) {
        const copy = Buffer.from(whole);
        copy[i] = byte;
        writeFileSync(at('damaged.parquet'), copy);
        await readOrRefuse(readArrays(at('damaged.parquet')), `byte ${i} = ${byte}`);
      }
    }
    expect(performance.now() - started).toBeLessThan(60_000);
  });

  /** A file of one column whose footer claims `rows` rows, in a field as wide as the claim. */
  async function lyingRows(rows: bigint): Promise<string> {
    await writeArrays(at('honest.parquet'), {
      objective: nd(
        [300],
        Float64Array.from({ length: 300 }, (_, i) => i),
      ),
    });
    const whole = bytesOf(at('honest.parquet'));
    const length = whole.readUInt32LE(whole.length - 8);
    const footer = whole.subarray(whole.length - 8 - length, whole.length - 8);
    // 300, folded and in groups of seven bits.
    const honest = Buffer.from([0xd8, 0x04]);
    const claim: number[] = [];
    for (let rest = rows << 1n; ; rest >>= 7n) {
      claim.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
      if (rest <= 0x7fn) break;
    }
    const pieces: Buffer[] = [];
    let from = 0;
    for (let hit = footer.indexOf(honest); hit >= 0; hit = footer.indexOf(honest, from)) {
      pieces.push(footer.subarray(from, hit), Buffer.from(claim));
      from = hit + honest.length;
    }
    expect(pieces.length).toBeGreaterThan(4);
    const changed = Buffer.concat([...pieces, footer.subarray(from)]);
    const tail = Buffer.concat([Buffer.alloc(4), whole.subarray(whole.length - 4)]);
    tail.writeUInt32LE(changed.length, 0);
    writeFileSync(at('lying.parquet'), Buffer.concat([whole.subarray(0, whole.length - 8 - length), changed, tail]));
    return at('lying.parquet');
  }

  it('refuses a footer made to take for ever', async () => {
    const footer = Buffer.concat([Buffer.from([0x16]), Buffer.alloc(600_000, 0x80), Buffer.alloc(2)]);
    const tail = Buffer.from('....PAR1');
    tail.writeUInt32LE(footer.length, 0);
    writeFileSync(at('slow.parquet'), Buffer.concat([Buffer.from('PAR1'), footer, tail]));
    const started = performance.now();
    expect((await inputError(readParquet(at('slow.parquet')))).message).toContain('is damaged');
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it('believes no number of rows that the file cannot hold', async () => {
    expect((await readParquet(await lyingRows(300n)))['objective']!.shape).toEqual([300]);
    const before = process.memoryUsage().arrayBuffers;
    for (const rows of [10n ** 12n, 2n ** 62n]) {
      expect((await inputError(readParquet(await lyingRows(rows)))).message).toMatch(
        /^(claims \d+ rows in \d+ bytes|is damaged: it claims)/,
      );
    }
    for (const rows of [301n, 1_000_000n]) {
      expect((await inputError(readParquet(await lyingRows(rows)))).message).toContain('is damaged');
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1e7);
  });
});
