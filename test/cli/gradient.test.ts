import { createEngine, pf, readArrays, profileBatch } from 'evenhand';
import { describe, expect, it } from 'vitest';
import { Draw } from '../helpers/draw.js';
import { Workplace, goodDocument, nd, numbers } from './support.js';

const place = new Workplace();
const FORMATS = ['npz', 'json', 'csv', 'parquet'] as const;
await place.ok('sample uniform --agents 4 --items 3 --count 8 --budget 1 --seed 5 --out plain.npz');
const plain = await place.read('plain.npz');
const cotangent = nd([8, 4, 3], new Draw('cotangent').reals(96, -1, 1));
for (const format of FORMATS) await place.write(`in.${format}`, { ...plain, cotangent });
place.json('courses.json', { capacities: [1, 2], bundles: [[[0], [1]], [[0, 1]]] });
/** Two agents alike: no derivative in what either has of which item. */
const ALIKE = {
  values: [
    [
      [1, 0.5],
      [1, 0.5],
    ],
    [
      [1, 0.5],
      [1, 0.25],
    ],
  ],
  demands: [
    [2, 2],
    [2, 2],
  ],
  cotangent: [
    [1, 0],
    [0, 0],
  ],
};
place.json('alike.json', ALIKE);

const OUTPUTS = [
  ...['d_values', 'd_demands', 'd_weights', 'd_regularizer', 'd_budgets'],
  ...['rank_deficiency', 'weakly_active', 'status', 'residual'],
];

describe('gradient', () => {
  it('gives the same numbers from and to .npz, .json, .csv and .parquet', async () => {
    let first: Record<string, number[]> | undefined;
    for (const [k, format] of FORMATS.entries()) {
      const out = `out.${FORMATS[(k + 1) % 4]!}`;
      const { stdout, lines } = await place.ok(`gradient pf in.${format} --out ${out}`);
      expect(stdout).toBe('');
      expect(lines.at(-1)).toMatch(new RegExp(`^gradient pf: 8 of 8 solved, .*, noDerivative .*; wrote ${out}$`));
      const arrays = await place.read(out);
      expect(Object.keys(arrays).sort()).toEqual([...OUTPUTS].sort());
      const found = Object.fromEntries(OUTPUTS.map((name) => [name, numbers(arrays, name)]));
      expect([found.d_values!.length, found.d_weights!.length, found.d_budgets!.length]).toEqual([96, 32, 24]);
      first ??= found;
      expect(found).toEqual(first);
    }
  });

  it('is what the library gives, by either method', async () => {
    const engine = await createEngine({ threads: 0 });
    try {
      const batch = profileBatch(await readArrays(place.at('plain.npz')));
      for (const method of ['structured', 'dense'] as const) {
        await place.ok(`gradient pf in.npz --method ${method} --out out.npz`);
        const found = await place.read('out.npz');
        const expected = await engine.gradientArrays(pf(), batch, cotangent.data as Float64Array, { method });
        for (const name of OUTPUTS) expect([name, numbers(found, name)]).toEqual([name, numbers(expected, name)]);
      }
    } finally {
      await engine.close();
    }
  });

  it("has the derivatives of Figure 2's instance", async () => {
    await place.ok('gradient pf alike.json --out known.npz');
    const known = await place.read('known.npz');
    // Zeng et al. 2023: da_11/dv_12 = -1/2, da_11/dv_11 = 1/4, da_11/db_1 = 1/2.
    expect(numbers(known, 'd_values')[5]).toBeCloseTo(-1 / 2, 7);
    expect(numbers(known, 'd_values')[4]).toBeCloseTo(1 / 4, 7);
    expect(numbers(known, 'd_budgets')[2]).toBeCloseTo(1 / 2, 7);
    expect(numbers(known, 'status')).toEqual([7, 0]);
  });

  it('ends with 0 where no derivative exists, counted, and with 1 if asked to make that an error', async () => {
    const { lines } = await place.ok('gradient pf alike.json --out least.npz');
    expect(lines.at(-1)).toContain('2 of 2 solved');
    expect(lines.at(-1)).toContain('noDerivative 1');
    expect(numbers(await place.read('least.npz'), 'rank_deficiency')[0]).toBeGreaterThan(0);
    const { status, lines: said } = await place.run('gradient pf alike.json --degenerate error --out error.npz');
    expect([status, said.at(-1)]).toEqual([1, '1 profiles have no answer (status 5: 1)']);
    const error = await place.read('error.npz');
    expect(numbers(error, 'status')).toEqual([5, 0]);
    expect(numbers(error, 'd_values').slice(0, 4)).toEqual([0, 0, 0, 0]);
    expect(numbers(error, 'd_values').slice(4)).toEqual(numbers(await place.read('least.npz'), 'd_values').slice(4));
    expect(numbers(error, 'residual')[0]).toBe(Infinity);
    await place.run('gradient pf alike.json --degenerate one-sided --out sides.npz');
    expect(numbers(await place.read('sides.npz'), 'status')[1]).toBe(0);
  });

  it('writes the same bytes for any number of threads', async () => {
    for (const flags of ['--method structured', '--method dense', '--degenerate one-sided']) {
      await place.ok(`gradient pf in.npz ${flags} --threads 0 --out none.npz`);
      await place.ok(`gradient pf in.npz ${flags} --threads 2 --out two.npz`);
      expect(place.bytes('two.npz').equals(place.bytes('none.npz'))).toBe(true);
    }
  });

  it('prints one JSON document', async () => {
    const { stdout, stderr } = await place.ok('gradient pf alike.json --json --out out.npz');
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({
      mechanism: 'gradient pf',
      count: 2,
      statuses: { 0: 1, 7: 1 },
      failed: 0,
      noDerivative: 1,
      out: 'out.npz',
    });
  });

  it('ends with 1 and writes the rest where a profile is bad, if asked to', async () => {
    const ones = (n: number) => Array.from({ length: n }, () => [[1, 1], [1, 1]]); // prettier-ignore
    const bad: Record<string, unknown> = { ...goodDocument(), cotangent: ones(3) };
    ((bad.values as number[][][])[1]![0]! as (number | null)[])[0] = null;
    place.json('bad.json', bad);
    expect(await place.refused('gradient pf bad.json --out x.npz')).toContain('bad.json: values[1,0,0] is NaN');
    const { status } = await place.run('gradient pf bad.json --bad-profiles status --out some.npz');
    expect(status).toBe(1);
    expect(numbers(await place.read('some.npz'), 'status')[1]).toBe(6);
    place.json('worse.json', { ...goodDocument(), cotangent: [[[1, 1], [1, null]], ...ones(2)] }); // prettier-ignore
    expect(await place.refused('gradient pf worse.json --out x.npz')).toContain('worse.json: cotangent[0,1,1] is NaN');
    expect((await place.run('gradient pf worse.json --bad-profiles status --out some.npz')).status).toBe(1);
    expect(numbers(await place.read('some.npz'), 'status')[0]).toBe(6);
  });

  it.each([
    ['gradient pff in.npz --out x.npz', 'unknown mechanism pff, did you mean pf?'],
    ['gradient pa in.npz --out x.npz', 'pa has no gradient here, expected pf or soft-round-robin'],
    ['gradient serial-dictatorship courses.json --out x.npz', 'serial-dictatorship takes an ordinal problem'],
    ['gradient pf courses.json --out x.npz', 'courses.json: has an ordinal problem, gradient pf takes profiles'],
    ['gradient pf plain.npz --out x.npz', 'plain.npz: cotangent is missing, expected an array [B,N,M] or [N,M]'],
    ['gradient pf in.npz', '--out'],
    ['gradient pf in.npz --method sparse --out x.npz', 'sparse'],
    ['gradient pf in.npz --degenerate maybe --out x.npz', 'maybe'],
    ['gradient pf in.npz --tolerance 2 --out x.npz', 'option tolerance of pf is 2, expected a number'],
  ])('%s is refused with one line', async (command, message) => {
    expect(await place.refused(command)).toContain(message);
  });

  it('refuses a cotangent of another shape', async () => {
    await place.write('short.npz', { ...plain, cotangent: nd([8, 3, 4], new Float64Array(96)) });
    expect(await place.refused('gradient pf short.npz --out x.npz')).toMatch(/cotangent has shape \[8,3,4\]/);
  });
});
