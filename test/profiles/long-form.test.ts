import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.js';
import { LongFormReader } from '../../src/profiles/long-form.js';
import { toLongForm } from '../../src/profiles/long-form-write.js';
import type { NamedArrays } from '../../src/types.js';
import { SEED, dice, nd, plain, tableArrays } from './support.js';

/** Reads rows, given as lists of numbers in the order of the columns. */
function read(names: string[], rows: readonly (readonly number[])[], blockRows = 3): NamedArrays {
  const reader = new LongFormReader(names);
  for (let start = 0; start < rows.length; start += blockRows) {
    const block = rows.slice(start, start + blockRows);
    reader.append(names.map((_, c) => Float64Array.from(block, (row) => row[c]!)));
  }
  return reader.finish();
}

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as Error).message;
  }
  return 'accepted';
}

function rowsOf(arrays: NamedArrays, blockRows = 7): { names: string[]; rows: number[][] } {
  const table = toLongForm(arrays);
  const rows: number[][] = [];
  for (let start = 0; start < table.rows; start += blockRows) {
    const block = table.block(start, Math.min(table.rows, start + blockRows));
    for (let r = 0; r < block[0]!.length; r++) rows.push(block.map((column) => Number(column[r]!)));
  }
  return { names: table.columns.map(({ name }) => name), rows };
}

describe('reading long form', () => {
  it('returns what was laid out, in any order of the rows', () => {
    fc.assert(
      fc.property(tableArrays, fc.nat(), (arrays, seed) => {
        const { names, rows } = rowsOf(arrays);
        const random = dice(seed);
        const shuffled = rows
          .map((row) => [random(), row] as const)
          .sort(([a], [b]) => a - b)
          .map(([, row]) => row);
        expect(plain(read(names, shuffled))).toEqual(plain(arrays));
      }),
      { seed: SEED, numRuns: 200 },
    );
  });

  it('takes the dimensions from the keys that are there', () => {
    expect(
      read(
        ['profile', 'objective'],
        [
          [1, 5],
          [0, 4],
        ],
      ),
    ).toEqual({ objective: nd([2], [4, 5]) });
    expect(
      read(
        ['agent', 'profile', 'weights'],
        [
          [0, 0, 1],
          [1, 0, 2],
        ],
      ),
    ).toEqual({ weights: nd([1, 2], [1, 2]) });
    expect(
      read(
        ['agent', 'weights'],
        [
          [0, 1],
          [1, 2],
        ],
      ),
    ).toEqual({ weights: nd([1, 2], [1, 2]) });
    expect(
      read(
        ['item', 'budgets'],
        [
          [1, 1],
          [0, 2],
        ],
      ),
    ).toEqual({ budgets: nd([1, 2], [2, 1]) });
    expect(
      read(
        ['item', 'agent', 'order'],
        [
          [0, 0, 1],
          [1, 0, 1],
          [0, 1, 0],
          [1, 1, 0],
        ],
      ),
    ).toEqual({
      order: nd([1, 2], [1, 0]),
    });
  });

  it('names columns that it does not know, or cannot place', () => {
    expect(refusal(() => new LongFormReader(['profile', 'valeus']))).toBe(
      'has the unknown column "valeus"; did you mean values?',
    );
    expect(refusal(() => new LongFormReader(['profil', 'weights']))).toContain('did you mean profile?');
    expect(refusal(() => new LongFormReader(['__proto__', 'profile']))).toContain('unknown column "__proto__"');
    expect(refusal(() => new LongFormReader(['profile', 'profile']))).toBe('has the column profile twice');
    expect(refusal(() => new LongFormReader(['values']))).toBe('has none of the key columns profile, agent, item');
    expect(refusal(() => new LongFormReader(['profile', 'agent', 'values']))).toBe(
      'has the column values but no key column item',
    );
    expect(refusal(() => new LongFormReader(['profile', 'item', 'weights']))).toBe(
      'has the column weights but no key column agent',
    );
    expect(refusal(() => new LongFormReader(['profile', 'capacities']))).toBe(
      'has the column capacities, which goes in .npz and .json files only',
    );
  });

  it('names the row that is missing', () => {
    const names = ['profile', 'agent', 'item', 'values'];
    const rows = [0, 1].flatMap((p) => [0, 1, 2].flatMap((a) => [0, 1].map((i) => [p, a, i, 1])));
    for (const [n, [p, a, i]] of rows.entries()) {
      // Without its last row a table is just smaller, unless other rows bear each of its keys.
      const rest = rows.filter((_, m) => m !== n);
      expect(refusal(() => read(names, rest))).toBe(`has no row for profile ${p}, agent ${a}, item ${i}`);
    }
  });

  it('names the row that is repeated', () => {
    const rows = [
      [0, 0, 1],
      [0, 1, 1],
      [1, 0, 1],
      [0, 1, 1],
      [1, 1, 1],
    ];
    expect(refusal(() => read(['profile', 'agent', 'weights'], rows))).toBe('row 4 repeats profile 0, agent 1');
    // As many rows as there should be, one of them twice.
    expect(refusal(() => read(['profile', 'agent', 'weights'], rows.slice(0, 4)))).toBe(
      'row 4 repeats profile 0, agent 1',
    );
  });

  it('finds one wrong row among many', () => {
    const shape = fc.tuple(
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 2, max: 5 }),
    );
    fc.assert(
      fc.property(shape, fc.nat(), fc.nat(), ([b, n, m], from, to) => {
        const rows: number[][] = [];
        for (let p = 0; p < b; p++) for (let a = 0; a < n; a++) for (let i = 0; i < m; i++) rows.push([p, a, i, 1]);
        const [lost, twice] = [from % rows.length, to % rows.length];
        fc.pre(lost !== twice);
        rows[lost] = rows[twice]!;
        expect(refusal(() => read(['profile', 'agent', 'item', 'values'], rows))).toMatch(
          /^(row \d+ repeats|has no row for) profile/,
        );
      }),
      { seed: SEED, numRuns: 200 },
    );
  });

  it('refuses repeats that differ, and takes equal ones', () => {
    const names = ['profile', 'agent', 'item', 'weights'];
    const rows = (last: number): number[][] => [
      [0, 0, 0, 2],
      [0, 0, 1, 2],
      [0, 1, 0, NaN],
      [0, 1, 1, last],
    ];
    expect(refusal(() => read(names, rows(3)))).toBe(
      'weights in row 4 is 3, expected NaN as in the other rows of profile 0, agent 1',
    );
    expect(read(names, rows(NaN))).toEqual({ weights: nd([1, 2], [2, NaN]) });
    const budgets = [
      [0, 0, 0, 1],
      [0, 0, 1, 5],
      [0, 1, 0, 1],
      [0, 1, 1, 6],
    ];
    expect(refusal(() => read(['profile', 'agent', 'item', 'budgets'], budgets))).toBe(
      'budgets in row 4 is 6, expected 5 as in the other rows of profile 0, item 1',
    );
    const status = [
      [0, 0, 1],
      [0, 1, 0],
    ];
    expect(refusal(() => read(['profile', 'agent', 'status'], status))).toBe(
      'status in row 2 is 0, expected 1 as in the other rows of profile 0',
    );
  });

  it('allocates nothing for keys that claim a terabyte', () => {
    const before = process.memoryUsage().arrayBuffers;
    expect(
      refusal(() =>
        read(
          ['profile', 'objective'],
          [
            [0, 1],
            [1e12, 1],
          ],
        ),
      ),
    ).toBe('has no row for profile 1');
    const most = Number.MAX_SAFE_INTEGER;
    const names = ['profile', 'agent', 'item', 'values'];
    expect(refusal(() => read(names, [[most, most, most, 1]]))).toBe('has no row for profile 0, agent 0, item 0');
    expect(
      refusal(() =>
        read(names, [
          [0, 0, 0, 1],
          [most, most, most, 1],
        ]),
      ),
    ).toContain('has no row for profile 0, agent 0, item 1');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1e7);
    expect(refusal(() => read(['profile', 'objective'], [[most + 1, 1]]))).toContain('expected an integer >= 0');
    expect(refusal(() => read(['profile', 'objective'], []))).toBe('holds no rows');
  });
});

describe('laying out long form', () => {
  it('orders rows by profile, agent, item and repeats smaller arrays', () => {
    const arrays = {
      weights: nd([2], [7, 8]),
      budgets: nd([1, 2], [5, 6]),
      values: nd([2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8]),
      status: nd([2], Int32Array.of(0, 1)),
      objective: nd([], [9]),
    };
    expect(rowsOf(arrays)).toEqual({
      names: ['profile', 'agent', 'item', 'weights', 'budgets', 'values', 'status', 'objective'],
      rows: [
        [0, 0, 0, 7, 5, 1, 0, 9],
        [0, 0, 1, 7, 6, 2, 0, 9],
        [0, 1, 0, 8, 5, 3, 0, 9],
        [0, 1, 1, 8, 6, 4, 0, 9],
        [1, 0, 0, 7, 5, 5, 1, 9],
        [1, 0, 1, 7, 6, 6, 1, 9],
        [1, 1, 0, 8, 5, 7, 1, 9],
        [1, 1, 1, 8, 6, 8, 1, 9],
      ],
    });
  });

  it('has only the keys that some array needs', () => {
    expect(rowsOf({ owner: nd([2, 1], Int32Array.of(3, 4)) })).toEqual({
      names: ['profile', 'item', 'owner'],
      rows: [
        [0, 0, 3],
        [1, 0, 4],
      ],
    });
    expect(rowsOf({ status: nd([1], Int32Array.of(5)) })).toEqual({ names: ['profile', 'status'], rows: [[0, 5]] });
    expect(rowsOf({ values: nd([0, 3, 2], []) }).rows).toEqual([]);
  });

  it('stores numbers by their type', () => {
    const types = toLongForm({
      values: nd([1, 1, 1], [1]),
      weights: nd([1, 1], Float32Array.of(0.1)),
      order: nd([1, 1], Int32Array.of(1)),
      demands: nd([1, 1, 1], BigInt64Array.of(1n)),
      budgets: nd([1, 1], Uint32Array.of(2 ** 32 - 1)),
    }).columns.map(({ type }) => type);
    expect(types).toEqual(['int32', 'int32', 'int32', 'double', 'double', 'int32', 'int', 'int']);
  });

  it.each([
    ['ordinal problems', { capacities: nd([2], [1, 1]) }, 'ordinal problems and their results go in .npz or .json'],
    ['unknown arrays', { foo: nd([2], [1, 1]) }, 'foo is not an array that a table has a column for'],
    ['nothing', {}, 'there is no array to write'],
    ['too few dimensions', { values: nd([2], [1, 1]) }, 'values has the shape [2]'],
    ['too many dimensions', { weights: nd([1, 1, 1], [1]) }, 'weights has the shape [1,1,1]'],
    ['too few elements', { weights: nd([1, 3], [1]) }, 'weights has the shape [1,3] and 1 elements'],
    [
      'other agents',
      { weights: nd([1, 3], [1, 1, 1]), caps: nd([1, 2], [1, 1]) },
      'caps has 2 agents, expected 3 as in weights',
    ],
    [
      'one agent',
      { weights: nd([1, 3], [1, 1, 1]), caps: nd([1, 1], [1]) },
      'caps has 1 agents, expected 3 as in weights',
    ],
    [
      'more agents than one',
      { weights: nd([1, 1], [1]), caps: nd([1, 2], [1, 1]) },
      'caps has 2 agents, expected 1 as in weights',
    ],
    [
      'other profiles',
      { weights: nd([3, 1], [1, 1, 1]), caps: nd([2, 1], [1, 1]) },
      'caps has 2 profiles, expected 3 as in weights',
    ],
  ])('refuses %s', (_, arrays, said) => {
    expect(refusal(() => toLongForm(arrays as NamedArrays))).toContain(said);
  });
});
