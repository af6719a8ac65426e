import { describe, expect, it } from 'vitest';
import type { NamedArrays } from '../../src/types.js';
import { Workplace, nd, numbers } from './support.js';

const place = new Workplace();
await place.ok('sample uniform --agents 4 --items 3 --count 12 --budget 1 --seed 5 --out in.npz');
await place.ok('allocate pa in.npz --out pa.npz');
await place.ok('allocate pf-pa-mixture in.npz --rho 0.5 --seed 3 --out mixture.npz');
await place.ok('allocate pf in.npz --out pf.npz');

/** The arrays with agent i's bundle of profile k multiplied, and all that follows from it too. */
function withheld(arrays: NamedArrays, k: number, i: number, factor: number): NamedArrays {
  const change = (name: string, each: number) => {
    const { shape, data } = arrays[name]!;
    const from = (k * 4 + i) * each;
    return nd(
      shape,
      Float64Array.from(data as Float64Array, (x, j) => (j >= from && j < from + each ? x * factor : x)),
    );
  };
  return {
    ...arrays,
    allocation: change('allocation', 3),
    utilities: change('utilities', 1),
    ...(arrays.fractions ? { fractions: change('fractions', 1) } : {}),
  };
}

async function refusal(arrays: NamedArrays): Promise<string> {
  await place.write('tampered.npz', arrays);
  const { status, lines } = await place.run('verify in.npz tampered.npz');
  expect(status).toBe(1);
  return lines[0]!;
}

describe('verify of what Partial Allocation gives', () => {
  it('says what it has checked', async () => {
    expect((await place.ok('verify in.npz pa.npz')).lines).toEqual([
      expect.stringMatching(/^Partial Allocation: 12 of 12 verified, largest residual/),
    ]);
    expect((await place.ok('verify in.npz mixture.npz')).lines).toEqual([
      expect.stringMatching(/^mixture of proportional fairness and Partial Allocation: 12 of 12 verified/),
    ]);
  });

  it('solves for the fractions again: too much or too little withheld is found, though all arrays agree', async () => {
    const arrays = await place.read('pa.npz');
    const fractions = numbers(arrays, 'fractions');
    expect(fractions.filter((f) => f < 0.999).length).toBeGreaterThan(24);
    for (const k of [0, 5, 11]) {
      for (const i of [0, 1, 2, 3]) {
        for (const factor of [0.9999, 1.0001]) {
          if (fractions[k * 4 + i]! * factor > 1) continue;
          const line = await refusal(withheld(arrays, k, i, factor));
          expect(line).toMatch(new RegExp(`^profile ${k}: fractions\\[${i}\\] is .*, the others' welfare`));
        }
      }
    }
  });

  it('finds a fraction below 1/e of equal agents', async () => {
    const arrays = await place.read('pa.npz');
    const i = numbers(arrays, 'fractions').findIndex((f) => f < 0.9);
    expect(await refusal(withheld(arrays, Math.floor(i / 4), i % 4, 0.3))).toMatch(/less than 1\/e/);
  });

  it('finds another rule under the name: proportional fairness with fractions of 1', async () => {
    const { allocation, utilities, status, residual } = await place.read('pf.npz');
    const ones = nd([12, 4], new Float64Array(48).fill(1));
    expect(
      await refusal({
        allocation: allocation!,
        utilities: utilities!,
        status: status!,
        residual: residual!,
        fractions: ones,
      }),
    ).toMatch(/^profile 0: fractions\[\d\] is 1, the others' welfare/);
  });

  it('finds bundles that are feasible but not proportionally fair', async () => {
    const arrays = await place.read('pa.npz');
    for (const name of ['allocation', 'utilities']) {
      (arrays[name]!.data as Float64Array).forEach((x, j, data) => {
        data[j] = x * 0.999;
      });
    }
    expect(await refusal(arrays)).toMatch(/^profile 0: the bundle before withholding is unfair by/);
  });

  it('takes a draw that is not the one made for what it is, either way', async () => {
    const arrays = await place.read('mixture.npz');
    const drawn = numbers(arrays, 'drawn');
    expect(new Set(drawn)).toEqual(new Set([0, 1]));
    for (const k of [drawn.indexOf(0), drawn.indexOf(1)]) {
      const changed = Int32Array.from(drawn, (x, j) => (j === k ? 1 - x : x));
      expect(await refusal({ ...arrays, drawn: { shape: [12], data: changed } })).toMatch(
        new RegExp(`^profile ${k}: `),
      );
    }
  });

  it('finds too much or too little withheld by the mixture, which tells no fractions', async () => {
    const arrays = await place.read('mixture.npz');
    const fractions = numbers(await place.read('pa.npz'), 'fractions');
    for (const [k, one] of numbers(arrays, 'drawn').entries()) {
      const i = fractions.slice(4 * k, 4 * k + 4).findIndex((f) => f < 0.99);
      if (i < 0) continue;
      for (const factor of one ? [0.999] : [0.999, 1.001]) {
        expect(await refusal(withheld(arrays, k, i, factor))).toMatch(new RegExp(`^profile ${k}: `));
      }
    }
  });

  it.each([
    ['agents alone', { values: [[[2, 1]]], demands: [[[0.5, 3]]] }],
    [
      'ties and agents alike',
      {
        values: [
          [1, 1],
          [1, 1],
          [1, 1],
        ],
        budgets: [1, 2],
      },
    ],
    [
      'agents who can gain nothing',
      {
        values: [
          [1, 2],
          [0, 0],
          [3, 1],
          [1, 1],
        ],
        demands: [
          [1, 1],
          [1, 1],
          [1, 0.2],
          [0, 0],
        ],
      },
    ],
    [
      'weights and supplies far apart',
      {
        values: [
          [1, 2],
          [2, 1],
          [1, 1],
        ],
        weights: [1e-3, 1, 50],
        budgets: [1e-3, 1e3],
      },
    ],
    [
      'an agent of weight 0',
      {
        values: [
          [1, 2],
          [2, 1],
          [1, 1],
        ],
        weights: [0, 1, 2],
      },
    ],
    [
      'no supply',
      {
        values: [
          [1, 2],
          [2, 1],
        ],
        budgets: [0, 0],
      },
    ],
    [
      'values of other sizes',
      {
        values: [
          [1e-9, 2e-9, 0],
          [2e9, 1e9, 1],
          [1, 1, 3],
        ],
      },
    ],
  ])('accepts what it should, of %s', async (_, document) => {
    place.json('case.json', document);
    for (const id of ['pa', 'pf-pa-mixture --rho 0.01', 'pf-pa-mixture --rho 0.99']) {
      await place.ok(`allocate ${id} case.json --out case-out.json`);
      await place.ok('verify case.json case-out.json');
    }
  });
});
