import { describe, expect, it } from 'vitest';
import type { NamedArrays } from '../../src/types.js';
import { Workplace, nd } from './support.js';

const place = new Workplace();
await place.ok('sample uniform --agents 4 --items 3 --count 6 --budget 1 --seed 3 --out in.npz');
for (const id of ['pf', 'pa', 'pf-pa-mixture', 'utilitarian', 'fehr-schmidt', 'round-robin', 'max-utilitarian']) {
  await place.ok(`allocate ${id} in.npz --out ${id}.npz`);
}
place.json('courses.json', {
  capacities: [1, 1, 1],
  bundles: [
    [[0, 1], [2]],
    [[0], [2]],
    [[1], [2]],
  ],
});
await place.ok('allocate serial-dictatorship courses.json --out serial-dictatorship.npz');
await place.ok('allocate eceei courses.json --exact --round --out eceei.npz');

/** The arrays with element `k` of one replaced. */
function tampered(arrays: NamedArrays, name: string, k: number, change: (x: number) => number): NamedArrays {
  const { shape, data } = arrays[name]!;
  const copy = data.slice() as Float64Array;
  const changed = change(Number(copy[k]));
  copy[k] = typeof data[k] === 'bigint' ? (BigInt(changed) as unknown as number) : changed;
  return { ...arrays, [name]: nd(shape, copy) };
}

/** An index where the array is positive, so that a change of it matters. */
function positive(arrays: NamedArrays, name: string): number {
  return (arrays[name]!.data as Float64Array).findIndex((x) => Number(x) > 1e-3);
}

describe('verify finds one number that was changed', () => {
  it.each([
    ['pf', 'allocation', (x: number) => x * 1.0001],
    ['pf', 'allocation', () => -1e-3],
    ['pf', 'allocation', () => NaN],
    ['pf', 'utilities', (x: number) => x + 1e-6],
    ['pf', 'prices', (x: number) => x * 1.001],
    ['pf', 'prices', () => NaN],
    ['pf', 'lower_duals', (x: number) => x + 1e-4],
    ['pf', 'upper_duals', (x: number) => x + 1e-4],
    ['pf', 'residual', (x: number) => x + 1e-6],
    ['pf', 'status', () => 5],
    ['pf', 'status', () => 6],
    ['pa', 'allocation', (x: number) => x * 1.0001],
    ['pa', 'allocation', () => -1e-3],
    ['pa', 'allocation', () => NaN],
    ['pa', 'utilities', (x: number) => x + 1e-6],
    ['pa', 'utilities', () => NaN],
    ['pa', 'fractions', (x: number) => x * 0.9999],
    ['pa', 'fractions', () => 1.5],
    ['pa', 'fractions', () => -0.5],
    ['pa', 'fractions', () => 0],
    ['pa', 'fractions', () => NaN],
    ['pa', 'residual', (x: number) => x + 1e-6],
    ['pa', 'residual', () => -1],
    ['pa', 'status', () => 5],
    ['pa', 'status', () => 7],
    ['pf-pa-mixture', 'allocation', (x: number) => x * 1.001],
    ['pf-pa-mixture', 'allocation', () => -1e-3],
    ['pf-pa-mixture', 'utilities', (x: number) => x + 1e-6],
    ['pf-pa-mixture', 'drawn', (x: number) => 1 - x],
    ['pf-pa-mixture', 'drawn', () => 2],
    ['pf-pa-mixture', 'residual', () => 1],
    ['pf-pa-mixture', 'status', () => 7],
    ['utilitarian', 'allocation', (x: number) => x / 2],
    ['utilitarian', 'utilities', (x: number) => x * 2],
    ['utilitarian', 'prices', (x: number) => x + 0.01],
    ['utilitarian', 'objective', (x: number) => x + 1e-3],
    ['utilitarian', 'dual_bound', (x: number) => x - 1e-3],
    ['utilitarian', 'residual', () => 0.5],
    ['fehr-schmidt', 'allocation', (x: number) => x / 2],
    ['fehr-schmidt', 'allocation', () => -1e-3],
    ['fehr-schmidt', 'utilities', (x: number) => x + 1e-6],
    ['fehr-schmidt', 'objective', (x: number) => x + 1e-6],
    ['fehr-schmidt', 'dual', (x: number) => x + 1e-6],
    ['fehr-schmidt', 'dual', () => NaN],
    ['fehr-schmidt', 'dual_bound', (x: number) => x + 1e-6],
    ['fehr-schmidt', 'residual', () => 0.5],
    ['fehr-schmidt', 'status', () => 5],
    ['round-robin', 'owner', (x: number) => (x + 1) % 4],
    ['round-robin', 'owner', () => 4],
    ['round-robin', 'owner', () => -1],
    ['round-robin', 'utilities', (x: number) => x + 0.1],
    ['round-robin', 'utilities', () => NaN],
    ['round-robin', 'status', () => 3],
    ['max-utilitarian', 'owner', (x: number) => (x + 1) % 4],
    ['max-utilitarian', 'residual', () => 1],
    ['serial-dictatorship', 'assignment', () => 0],
    ['serial-dictatorship', 'assignment', () => -1],
    ['serial-dictatorship', 'assignment', () => 2],
    ['serial-dictatorship', 'remaining', (x: number) => x + 1],
    ['serial-dictatorship', 'status', () => 1],
    ['eceei', 'prices', (x: number) => x + 1e-6],
    ['eceei', 'prices', () => NaN],
    ['eceei', 'expected_demand', (x: number) => x + 1e-6],
    ['eceei', 'clearing_error', () => 1e-3],
    ['eceei', 'residual', () => 1e-3],
    ['eceei', 'law_edges', () => 1.5],
    ['eceei', 'law_mass', () => 0.99],
    ['eceei', 'status', () => 2],
    ['eceei', 'assignment', (x: number) => x + 1],
    ['eceei', 'budgets', () => 1.5],
    ['eceei', 'consumed', (x: number) => x + 1],
    ['eceei', 'excess_norm', (x: number) => x + 1],
    ['eceei', 'excess_bound', () => 0],
  ])('%s %s, %s', async (id, name, change) => {
    const input = id === 'serial-dictatorship' || id === 'eceei' ? 'courses.json' : 'in.npz';
    expect((await place.run(`verify ${input} ${id}.npz`)).status).toBe(0);
    const arrays = await place.read(`${id}.npz`);
    const k = Math.max(0, positive(arrays, name));
    for (const format of ['npz', 'json']) {
      await place.write(`tampered.${format}`, tampered(arrays, name, k, change));
      const { status, stdout, lines } = await place.run(`verify ${input} tampered.${format}`);
      expect([format, status, stdout]).toEqual([format, 1, '']);
      expect(lines.length).toBeGreaterThan(0);
    }
  });

  it('in prices that are rational', async () => {
    const arrays = await place.read('eceei.npz');
    await place.write(
      'tampered.npz',
      tampered(arrays, 'exact_prices', 0, (x) => x + 1),
    );
    const { status, lines } = await place.run('verify courses.json tampered.npz');
    expect(status).toBe(1);
    expect(lines.join()).toContain('exactly');
  });

  it('wherever in the array it stands, and says which profile', async () => {
    const arrays = await place.read('pf.npz');
    const { data } = arrays.allocation!;
    for (let k = 0; k < data.length; k += 5) {
      await place.write(
        'tampered.npz',
        tampered(arrays, 'allocation', k, (x) => x + 1e-3),
      );
      const { status, lines } = await place.run('verify in.npz tampered.npz');
      expect([k, status]).toEqual([k, 1]);
      expect(lines[0]).toMatch(new RegExp(`^profile ${Math.floor(k / 12)}: `));
      expect(lines.at(-1)).toContain('5 of 6 verified');
    }
  });

  it('in the input as well as in the result', async () => {
    const [arrays, result] = [await place.read('in.npz'), await place.read('pf.npz')];
    // Where a change matters: what is had, what binds, what has a price.
    for (const [name, matters] of [
      ['values', 'allocation'],
      ['demands', 'upper_duals'],
      ['budgets', 'prices'],
    ] as const) {
      const [given, binds] = [arrays[name]!.data as Float64Array, result[matters]!.data as Float64Array];
      const k = binds.findIndex((x, j) => x > 1e-3 && given[j % given.length]! > 0) % given.length;
      expect(k).toBeGreaterThanOrEqual(0);
      await place.write(
        'other.npz',
        tampered(arrays, name, k, (x) => x * 0.9),
      );
      expect([name, (await place.run('verify other.npz pf.npz')).status]).toEqual([name, 1]);
    }
  });
});

describe('verify', () => {
  it('prints one JSON document', async () => {
    const { status, stdout, stderr } = await place.run('verify in.npz pf.npz --json');
    expect([status, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject({
      kind: 'proportional fairness',
      count: 6,
      skipped: 0,
      failed: 0,
      ok: true,
      problems: [],
    });
    await place.write(
      'tampered.npz',
      tampered(await place.read('pf.npz'), 'prices', 0, (x) => x + 1),
    );
    const bad = await place.run('verify in.npz tampered.npz --json');
    expect(bad.status).toBe(1);
    expect(JSON.parse(bad.stdout)).toMatchObject({ failed: 1, ok: false });
  });

  it('names the rules that owners agree with', async () => {
    expect((await place.ok('verify in.npz round-robin.npz')).lines[0]).toContain('owners (round-robin)');
    expect((await place.ok('verify in.npz max-utilitarian.npz')).lines[0]).toContain('owners (max-utilitarian)');
  });

  it('knows profiles without an answer, which must hold none, and exits 1 for them', async () => {
    place.json('bad.json', { values: [[[1, 2]], [[1, null]]] });
    expect((await place.run('allocate pf bad.json --bad-profiles status --out bad-out.npz')).status).toBe(1);
    const { status, lines } = await place.run('verify bad.json bad-out.npz');
    expect([status, lines]).toEqual([1, [expect.stringContaining('1 of 2 verified, 1 without an answer')]]);
    const arrays = await place.read('bad-out.npz');
    for (const [name, k, value] of [
      ['allocation', 2, 0.5],
      ['residual', 1, 0],
      ['status', 1, 3],
      ['status', 1, 9],
    ] as const) {
      await place.write(
        'tampered.npz',
        tampered(arrays, name, k, () => value),
      );
      const found = await place.run('verify bad.json tampered.npz');
      expect([name, found.lines[0]]).toEqual([name, expect.stringMatching(/^profile 1: /)]);
    }
  });

  it('does not mind bad numbers that the rule ignores', async () => {
    place.json('ignored.json', {
      values: [
        [1, 2],
        [2, 1],
      ],
      demands: [
        [1, null],
        [1, 1],
      ],
    });
    await place.ok('allocate round-robin ignored.json --out ignored.npz');
    await place.ok('verify ignored.json ignored.npz');
  });

  it('accepts serial dictatorship in a random order, and a rule with another choice of optimum', async () => {
    await place.ok('allocate serial-dictatorship courses.json --random-order --seed 3 --out random.npz');
    await place.ok('verify courses.json random.npz');
    await place.ok('allocate utilitarian in.npz --select vertex --out vertex.npz');
    await place.ok('verify in.npz vertex.npz');
  });
});
