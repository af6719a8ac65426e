import { describe, expect, it } from 'vitest';
import { Workplace, nd, numbers } from './support.js';

const place = new Workplace();
const values = nd([2, 3, 2], [0.9, 0.4, 0.3, 0.8, 0.5, 0.5, 1, 0, 0, 1, 0.2, 0.2]);

describe('payments', () => {
  it('writes allocation, objectives and payments in every format, the same for both names of one rule', async () => {
    await place.write('in.npz', { values });
    let first: number[] | undefined;
    for (const out of ['out.npz', 'out.json', 'out.csv', 'out.parquet']) {
      for (const rule of ['fehr-schmidt', 'participatory', 'participatory --objectives own,fehr-schmidt --theta 1,1']) {
        const { lines } = await place.ok(`payments ${rule} in.npz --out ${out}`);
        expect(lines.at(-1)).toMatch(/^payments [\w-]+: 2 of 2 solved, .*, meanPayment .*; wrote out\.\w+$/);
        const found = await place.read(out);
        expect(Object.keys(found).sort()).toEqual(['allocation', 'objectives', 'payments', 'residual', 'status']);
        first ??= numbers(found, 'payments');
        expect(numbers(found, 'payments')).toEqual(first);
      }
    }
    expect(first!.length).toBe(6);
  });

  it.each([
    ['payments pf in.npz --out x.npz', 'pf has no externality payments here, expected fehr-schmidt or participatory'],
    ['payments fehr-schmidt in.npz', '--out is missing'],
    ['payments serial-dictatorship in.npz --out x.npz', 'serial-dictatorship takes an ordinal problem'],
  ])('%s is refused with one line', async (command, message) => {
    await place.write('in.npz', { values });
    expect(await place.refused(command)).toContain(message);
  });
});

describe('exploit fehr-schmidt', () => {
  it('lies about alpha and beta too, within a range, unless told not to', async () => {
    await place.write('in.npz', { values, alpha: nd([3], [0.1, 0.2, 0.3]) });
    await place.ok('exploit fehr-schmidt in.npz --effort quick --aversion-range 0,0.4 --out found.npz');
    const found = await place.read('found.npz');
    const aversions = [...numbers(found, 'misreport_alpha'), ...numbers(found, 'misreport_beta')];
    expect(aversions.length).toBe(12);
    expect(Math.max(...aversions)).toBeLessThanOrEqual(0.4);
    expect(Math.max(...numbers(found, 'gain'))).toBeGreaterThan(0);
    await place.ok('exploit fehr-schmidt in.npz --effort quick --no-aversion-misreport --out found.csv');
    const honest = await place.read('found.csv');
    expect(numbers(honest, 'misreport_alpha')).toEqual([0.1, 0.2, 0.3, 0.1, 0.2, 0.3]);
    expect(new Set(numbers(honest, 'misreport_beta'))).toEqual(new Set([0.25]));
    expect(await place.refused('exploit fehr-schmidt in.npz --aversion-range 1,0 --out x.npz')).toContain(
      '--aversion-range is 1,0, expected two numbers lo,hi with 0 <= lo <= hi',
    );
  });
});
