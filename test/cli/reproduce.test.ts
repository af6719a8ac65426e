import { describe, expect, it } from 'vitest';
import { Workplace } from './support.js';

const place = new Workplace();

describe('reproduce', () => {
  it('lists what it has, and refuses what it has not', async () => {
    const { stdout } = await place.ok('reproduce list --json');
    expect((JSON.parse(stdout) as { id: string }[]).map(({ id }) => id)).toEqual([
      's0/figure2',
      's0/figure8-pf',
      's0/table1',
    ]);
    expect(await place.refused('reproduce s0/figure3 --out x')).toMatch(
      /unknown experiment s0\/figure3, did you mean s0\/figure2/,
    );
    expect(await place.refused('reproduce s0/figure2')).toMatch(/--out is missing/);
  });

  it.each(['figure2', 'figure8-pf', 'table1'])('s0/%s leaves data, a picture and claims that hold', async (name) => {
    const { stdout } = await place.ok(`reproduce s0/${name} --out ${name} --count 300 --json`);
    const { claims, files } = JSON.parse(stdout) as { claims: { claim: string; holds?: boolean }[]; files: string[] };
    expect(files).toEqual(expect.arrayContaining([`${name}.csv`, `${name}.svg`, 'claims.csv']));
    // Times are not judged here.
    if (name !== 'table1') for (const { claim, holds } of claims) expect([claim, holds]).toEqual([claim, true]);
    expect(place.bytes(`${name}/${name}.svg`).toString()).toMatch(/^<svg/);
  });
});
