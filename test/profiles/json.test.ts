import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.js';
import { readArrays, writeArrays } from '../../src/profiles/files.js';
import { parseJson, readJson, writeJson } from '../../src/profiles/json.js';
import type { NamedArrays } from '../../src/types.js';
import { SEED, bytesOf, inputError, leftovers, nd, plain, readDamaged, scratch, tableArrays } from './support.js';

const at = scratch();

/** The text that writeJson sends. */
async function text(arrays: NamedArrays): Promise<string> {
  const pieces: string[] = [];
  await writeJson({ write: async (bytes) => void pieces.push(Buffer.from(bytes).toString('utf8')) }, arrays);
  return pieces.join('');
}

function refusal(document: unknown): string {
  try {
    parseJson(typeof document === 'string' ? document : JSON.stringify(document));
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as Error).message;
  }
  return 'accepted';
}

/** What JSON can keep: everything but the difference between the numbers that are not finite. */
function withoutInfinities(arrays: NamedArrays): Record<string, { shape: number[]; data: number[] }> {
  return Object.fromEntries(
    Object.entries(plain(arrays)).map(([name, { shape, data }]) => [
      name,
      { shape, data: data.map((x) => (Number.isFinite(x) ? x : NaN)) },
    ]),
  );
}

describe('json', () => {
  it('returns what was written', async () => {
    await fc.assert(
      fc.asyncProperty(tableArrays, async (arrays) => {
        expect(plain(parseJson(await text(arrays)))).toEqual(withoutInfinities(arrays));
      }),
      { seed: SEED, numRuns: 200 },
    );
  });

  it('writes text that other programs read', async () => {
    const arrays = {
      values: nd([2, 1, 2], [0.1, NaN, -Infinity, -0]),
      assignment: nd([2], BigInt64Array.of(-1n, 5n)),
      'a "b"': nd([2, 0, 3], []),
    };
    const written = await text(arrays);
    expect(JSON.parse(written)).toEqual({
      values: [[[0.1, null]], [[null, -0]]],
      assignment: [-1, 5],
      'a "b"': [[], []],
    });
    expect(await text(arrays)).toBe(written);
    expect(JSON.parse(await text({}))).toEqual({});
  });

  it('writes long lists piece by piece', async () => {
    const data = Float64Array.from({ length: 200_000 }, (_, i) => i / 7);
    let pieces = 0;
    const parts: Buffer[] = [];
    const sink = {
      write: async (bytes: Uint8Array): Promise<void> => {
        pieces++;
        parts.push(Buffer.from(bytes));
      },
    };
    await writeJson(sink, { values: nd([1, 1, 200_000], data) });
    expect(pieces).toBeGreaterThan(5);
    expect(Math.max(...parts.map((part) => part.length))).toBeLessThan(1 << 20);
    expect(parseJson(Buffer.concat(parts).toString())['values']!.data).toEqual(data);
  });

  it('takes booleans as 0 and 1, null as NaN, and an optional byte order mark', () => {
    expect(parseJson('\uFEFF{"values": [[true, null], [false, 1e300]]}')).toEqual({
      values: nd([2, 2], [1, NaN, 0, 1e300]),
    });
    expect(parseJson('{"values": [[], []]}')).toEqual({ values: nd([2, 0], []) });
  });

  it.each([
    ['an array', [], 'holds no object of named arrays'],
    ['a number', 3, 'holds no object of named arrays'],
    ['null', 'null', 'holds no object of named arrays'],
    ['half a document', '{"values": [1', 'is not JSON: '],
    ['a scalar', { values: 3 }, 'values is 3, expected an array'],
    ['a string', { values: 'x' }, 'values is "x", expected an array'],
    ['an object', { values: { a: 1 } }, 'values is an object, expected an array'],
    [
      'a string among numbers',
      {
        values: [
          [1, 2],
          [3, '4'],
        ],
      },
      'values[1,1] is "4", expected a number',
    ],
    ['an object among numbers', { values: [[1, {}]] }, 'values[0,1] is an object, expected a number'],
    ['a shorter list', { values: [[1, 2], [3]] }, 'values[1] is an array of 1, expected an array of 2 like the others'],
    [
      'a longer list',
      { values: [[[1], [2, 3]]] },
      'values[0,1] is an array of 2, expected an array of 1 like the others',
    ],
    ['a list among numbers', { values: [1, [2]] }, 'values[1] is an array of 1, expected a number'],
    ['a number among lists', { values: [[1], 2] }, 'values[1] is 2, expected an array of 1'],
    [
      'an integer beyond 2^53',
      '{"order": [[9007199254740993]]}',
      'order[0,0] is 9007199254740992, expected an integer below',
    ],
  ])('refuses %s', (_, document, said) => {
    expect(refusal(document)).toContain(said);
  });

  it('refuses nesting that would exhaust the stack', () => {
    expect(refusal(`{"values": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`)).toContain('nested more than 8 deep');
    expect(refusal(`{"values": [1, ${'['.repeat(100_000)}${']'.repeat(100_000)}]}`)).toContain('values[1]');
  });

  it('allocates nothing for ragged lists that claim much', () => {
    const wide = Array.from({ length: 30_000 }, () => 0);
    const ragged = [wide, ...Array.from({ length: 29_999 }, () => [1])];
    const before = process.memoryUsage().arrayBuffers;
    expect(refusal({ values: ragged })).toContain('values[1] is an array of 1');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1e8);
  });

  it('survives every truncation and random damage', async () => {
    const whole = await text({ values: nd([2, 2], [1.5, -2, NaN, 1e-7]), weights: nd([2], [1, 2]) });
    for (let end = 0; end < whole.trimEnd().length; end++) expect(refusal(whole.slice(0, end))).not.toBe('accepted');
    expect(await readDamaged(Buffer.from(whole), at('damaged.json'), readArrays, 500)).toBeGreaterThan(200);
  });

  it('refuses to write what it cannot, and leaves nothing behind', async () => {
    for (const array of [nd([], [1]), nd([2], [1])]) {
      const error = await inputError(writeArrays(at('bad.json'), { values: array }));
      expect(error.message).toContain('values has the shape');
    }
    expect(leftovers(at('bad.json'))).toEqual([]);
  });
});

describe('ordinal problems in json', () => {
  const goods = 5;
  const capacities = nd([goods], [1, 2, 3, 4, 5]);
  const problem = (bundles: unknown, g = goods): string =>
    JSON.stringify({ capacities: Array.from({ length: g }, (_, i) => i + 1), bundles });

  it('turns lists of goods into masks', () => {
    expect(parseJson(problem([[[0, 2], [1]], [], [[4], []]]))).toEqual({
      capacities,
      bundle_start: nd([4], BigInt64Array.of(0n, 2n, 2n, 4n)),
      bundle_mask: nd([4], BigUint64Array.of(0b101n, 0b10n, 0b10000n, 0n)),
    });
    expect(parseJson(problem([]))).toEqual({
      capacities,
      bundle_start: nd([1], BigInt64Array.of(0n)),
      bundle_mask: nd([0], BigUint64Array.of()),
    });
  });

  it('spreads more than 64 goods over words', () => {
    expect(parseJson(problem([[[63, 0]]], 64))['bundle_mask']).toEqual(nd([1], BigUint64Array.of(2n ** 63n + 1n)));
    expect(parseJson(problem([[[64, 0], [129]]], 130))['bundle_mask']).toEqual(
      nd([2, 3], BigUint64Array.of(1n, 1n, 0n, 0n, 0n, 2n)),
    );
  });

  it('counts units when a good repeats anywhere', () => {
    const arrays = parseJson(problem([[[0, 0, 0], [1]], [[4]]]));
    expect(arrays['bundle_mask']).toBeUndefined();
    expect(arrays['bundle_units']).toEqual(nd([3, goods], Uint16Array.of(3, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1)));
  });

  it.each([
    ['a good out of range', [[], [], [], [[0], [7]]], 'bundles[3,1,0] is 7, expected a good 0..4'],
    ['a negative good', [[[0, -1]]], 'bundles[0,0,1] is -1, expected a good 0..4'],
    ['half a good', [[[0.5]]], 'bundles[0,0,0] is 0.5, expected a good 0..4'],
    ['a good by name', [[['a']]], 'bundles[0,0,0] is "a", expected a good 0..4'],
    ['a good too little nested', [[1]], 'bundles[0,0] is 1, expected a list of goods'],
    ['a number for an agent', [3], 'bundles[0] is 3, expected a list of bundles'],
    ['a number for all', 3, 'bundles is 3, expected a list for each agent'],
  ])('refuses %s', (_, bundles, said) => {
    expect(refusal(problem(bundles))).toBe(said);
  });

  it('refuses problems without capacities, or told twice', () => {
    expect(refusal({ bundles: [] })).toBe('holds bundles but no capacities');
    expect(refusal({ capacities: [[1]], bundles: [] })).toContain('capacities is an array of 2 dimensions');
    expect(refusal({ capacities: [1], bundles: [], bundle_start: [0] })).toContain('both bundles and bundle_start');
  });

  it('refuses more mask than memory', () => {
    const huge = {
      capacities: Array.from({ length: 300_000 }, () => 1),
      bundles: [Array.from({ length: 500_000 }, () => [0])],
    };
    expect(refusal(huge)).toContain('bundles has 500000 bundles of 300000 goods');
  });

  it('returns what was written', async () => {
    const bundle = (g: number): fc.Arbitrary<number[]> =>
      fc.array(fc.integer({ min: 0, max: g - 1 }), { maxLength: 6 });
    const cases = fc
      .integer({ min: 1, max: 140 })
      .chain((g) => fc.tuple(fc.constant(g), fc.array(fc.array(bundle(g), { maxLength: 4 }), { maxLength: 5 })));
    await fc.assert(
      fc.asyncProperty(cases, fc.boolean(), async ([g, lists], once) => {
        const bundles = lists.map((agent) => agent.map((row) => (once ? [...new Set(row)] : row)));
        const arrays = {
          ...parseJson(problem(bundles, g)),
          agent_budgets: nd(
            [lists.length],
            lists.map(() => 0.5),
          ),
        };
        const written = await text(arrays);
        expect(JSON.parse(written).bundles).toEqual(
          bundles.map((agent) => agent.map((row) => row.sort((a, b) => a - b))),
        );
        expect(parseJson(written)).toEqual(arrays);
      }),
      { seed: SEED, numRuns: 200 },
    );
  });

  it.each([
    ['a start beyond the end', { bundle_start: nd([2], BigInt64Array.of(0n, 9n)) }, 'bundle_start[1] is 9'],
    ['starts that fall', { bundle_start: nd([3], BigInt64Array.of(0n, 1n, 0n)) }, 'bundle_start[2] is 0'],
    ['goods that are not there', { bundle_mask: nd([1], BigUint64Array.of(32n)) }, 'bundle_mask[0] is 32'],
    ['the wrong number of words', { bundle_mask: nd([1, 2], BigUint64Array.of(1n, 1n)) }, 'bundle_mask has 2 elements'],
    ['units too', { bundle_units: nd([1, goods], new Uint16Array(goods)) }, 'one of them'],
  ])('refuses to write %s', async (_, lie, said) => {
    const honest = {
      capacities,
      bundle_start: nd([2], BigInt64Array.of(0n, 1n)),
      bundle_mask: nd([1], BigUint64Array.of(1n)),
    };
    const error = await inputError(writeArrays(at('ordinal.json'), { ...honest, ...lie }));
    expect(error.message).toContain(said);
    expect(leftovers(at('ordinal.json'))).toEqual([]);
  });

  it('reads a file', async () => {
    writeFileSync(at('ordinal-in.json'), problem([[[1]]]));
    expect((await readJson(at('ordinal-in.json')))['bundle_mask']).toEqual(nd([1], BigUint64Array.of(2n)));
    await writeArrays(at('ordinal-out.json'), await readJson(at('ordinal-in.json')));
    expect(JSON.parse(bytesOf(at('ordinal-out.json')).toString()).bundles).toEqual([[[1]]]);
  });
});
