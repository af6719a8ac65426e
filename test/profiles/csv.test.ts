import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCsv } from '../../src/profiles/csv.js';
import { readArrays, writeArrays } from '../../src/profiles/files.js';
import { formatNumber, parseNumber } from '../../src/profiles/number-text.js';
import {
  SEED,
  anyDouble,
  bytesOf,
  inputError,
  nd,
  plain,
  readDamaged,
  readOrRefuse,
  scratch,
  tableArrays,
} from './support.js';

const at = scratch();

async function read(text: string | Buffer): ReturnType<typeof readCsv> {
  writeFileSync(at('in.csv'), text);
  return readCsv(at('in.csv'));
}

async function refusal(text: string | Buffer): Promise<string> {
  return (await inputError(read(text))).message;
}

const table = 'profile,agent,weights\n0,0,1.5\n0,1,-2\n';
const wanted = { weights: nd([1, 2], [1.5, -2]) };

describe('numbers as text', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(anyDouble, (x) => {
        expect(parseNumber(formatNumber(x))).toBe(x);
      }),
      { seed: SEED, numRuns: 2000 },
    );
    expect([NaN, Infinity, -Infinity, -0, 0, 1e21, 5e-324].map(formatNumber)).toEqual([
      'nan', 'inf', '-inf', '-0', '0', '1e+21', '5e-324',
    ]); // prettier-ignore
  });

  it('may be spelled in many ways', () => {
    const spelled = ['inf', '+Inf', 'INFINITY', '-infinity', 'NaN', '-nan', '1.', '.5', '+2', '1E3', ' 7 ', '00012'];
    expect(spelled.map(parseNumber)).toEqual([
      Infinity, Infinity, Infinity, -Infinity, NaN, NaN, 1, 0.5, 2, 1000, 7, 12,
    ]); // prettier-ignore
    for (const text of ['', '.', '-', '1e', '0x10', '1_000', '1,5', '1n', 'infi', '--1', '1 2', '١']) {
      expect(parseNumber(text)).toBeUndefined();
    }
  });
});

describe('csv', () => {
  it('returns what was written', async () => {
    await fc.assert(
      fc.asyncProperty(tableArrays, async (arrays) => {
        await writeArrays(at('trip.csv'), arrays);
        expect(plain(await readCsv(at('trip.csv')))).toEqual(plain(arrays));
      }),
      { seed: SEED, numRuns: 100 },
    );
  });

  it('reads decimals of any length as the nearest double', async () => {
    const digits = fc.stringMatching(/^-?[0-9]{0,20}\.?[0-9]{1,22}$/);
    await fc.assert(
      fc.asyncProperty(fc.array(digits, { minLength: 1, maxLength: 30 }), async (texts) => {
        const rows = texts.map((text, i) => `${i},${text}\n`).join('');
        const arrays = await read(`profile,objective\n${rows}`);
        expect(Array.from(arrays['objective']!.data as Float64Array)).toEqual(texts.map(Number));
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  it.each([
    ['CRLF', table.replaceAll('\n', '\r\n')],
    ['a byte order mark', `\uFEFF${table}`],
    ['no final line end', table.trimEnd()],
    ['CRLF and no final line end', table.trimEnd().replaceAll('\n', '\r\n')],
    ['quotes', '"profile","agent","weights"\n"0",0,"1.5"\r\n0,"1","-2"\n'],
    ['quotes and a byte order mark', '\uFEFF"profile",agent,weights\n0,0,1.5\n0,1,-2\n'],
    ['blank lines', `${table.replaceAll('\n', '\n\n')}\r\n\n`],
    ['spaces', 'profile, agent ,weights\n0, 0,1.5 \n 0,1 , -2\n'],
    ['other columns first', 'weights,agent,profile\n-2,1,0\n1.5,0,0\n'],
    ['exponents and plus signs', 'profile,agent,weights\n0,0,+15e-1\n0e0,1,-.2E1\n'],
  ])('reads %s', async (_, text) => {
    expect(await read(text)).toEqual(wanted);
  });

  it.each([
    ['nothing', '', 'is empty, expected a header line'],
    ['a header alone', 'profile,agent,weights\n', 'holds no rows'],
    ['a word', `${table}0,2,abc\n`, 'weights in line 4 is "abc", expected a number'],
    ['a word behind CRLF', 'profile,weights,agent\r\n0,1x,0\r\n', 'weights in line 2 is "1x", expected a number'],
    ['a quoted word', `${table}0,2,"a,""b"\n`, 'weights in line 4 is "a,\\"b", expected a number'],
    ['an empty field', 'profile,agent,weights\n0,0,\n', 'weights in line 2 is missing, expected a number'],
    ['an empty quoted field', 'profile,agent,weights\n0,"",1\n', 'agent in line 2 is missing, expected a number'],
    ['a field too few', `${table}\n0,1\n`, 'line 5 has 2 fields, expected 3'],
    ['a field too many', `${table}0,2,1,1\n`, 'line 4 has more than 3 fields, expected 3'],
    ['a trailing comma', `${table}0,2,1,\n`, 'line 4 has more than 3 fields, expected 3'],
    ['a quote without end', `${table}0,2,"1\n0,3,1"\n`, 'line 4 has a quoted field without an end'],
    ['a quote in the middle', `${table}0,2,1"1"\n`, 'weights in line 4 is "1\\"1\\"", expected a number'],
    ['text behind a quote', `${table}0,2,"1"1\n`, 'line 4 has misplaced quotes'],
    ['half a line end', 'profile,agent,weights\n0\r,0,1\n', 'line 2 has a carriage return in column profile'],
    ['a fractional key', 'profile,agent,weights\n0,0,1\n0,1.5,1\n', 'agent in row 2 is 1.5, expected an integer >= 0'],
    ['a negative key', 'profile,agent,weights\n0,-1,1\n', 'agent in row 1 is -1, expected an integer >= 0'],
    ['a key that is no number', 'profile,agent,weights\n0,nan,1\n', 'agent in row 1 is NaN, expected an integer >= 0'],
    ['binary', Buffer.from([0x89, 0x50, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0]), 'has the unknown column'],
  ])('refuses %s', async (_, text, said) => {
    expect(await refusal(text)).toContain(said);
  });

  it('reads lines that straddle the pieces it reads', async () => {
    const rows = 150_000;
    const lines = Array.from({ length: rows }, (_, i) => `${i},${i % 3 === 0 ? `"${i / 8}"` : i / 8}`);
    const arrays = await read(`profile,objective\r\n${lines.join('\r\n')}\r\n`);
    expect(arrays['objective']!.data).toEqual(Float64Array.from({ length: rows }, (_, i) => i / 8));
  });

  it('refuses a line without end before it has all been read', async () => {
    expect(await refusal(`profile,objective\n0,${'1'.repeat(3_000_000)}\n`)).toContain('line 2 longer than');
    expect(await refusal(Buffer.alloc(3_000_000))).toContain('line 1 longer than');
  });

  it('writes the same bytes again, with numbers in their shortest form', async () => {
    const arrays = {
      values: nd([1, 1, 6], [0.1, -0, NaN, Infinity, -Infinity, 1e21]),
      status: nd([1], Int32Array.of(7)),
    };
    await writeArrays(at('out.csv'), arrays);
    const text = bytesOf(at('out.csv')).toString();
    expect(text).toBe(
      'profile,agent,item,values,status\n0,0,0,0.1,7\n0,0,1,-0,7\n0,0,2,nan,7\n0,0,3,inf,7\n0,0,4,-inf,7\n0,0,5,1e+21,7\n',
    );
    await writeArrays(at('again.csv'), arrays);
    expect(bytesOf(at('again.csv')).toString()).toBe(text);
  });

  it('survives every truncation and random damage', async () => {
    await writeArrays(at('whole.csv'), {
      values: nd([2, 2, 2], [1, 2.5, 3e-9, 4, NaN, 6, 7, 8]),
      weights: nd([2], [1, 2]),
    });
    const whole = bytesOf(at('whole.csv'));
    // Cut between rows it may be a smaller table, but that of its rows and no other.
    const accepted: number[] = [];
    for (let end = 0; end < whole.length - 3; end++) {
      writeFileSync(at('cut.csv'), whole.subarray(0, end));
      const arrays = await readOrRefuse(readCsv(at('cut.csv')), `cut at ${end}`);
      if (arrays) accepted.push(arrays['values']!.data.length);
    }
    expect([...new Set(accepted)]).toEqual([1, 2, 4]);
    expect(await readDamaged(whole, at('damaged.csv'), readArrays, 500)).toBeGreaterThan(250);
  });
});
