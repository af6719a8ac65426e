import { describe, expect, it } from 'vitest';
import { EXPERIMENTS } from '#dist/experiments/registry.js';
import { Workplace } from './support.js';

const place = new Workplace();

describe('reproduce', () => {
  it('lists what it has, and refuses what it has not', async () => {
    const { stdout } = await place.ok('reproduce list --json');
    expect((JSON.parse(stdout) as { id: string }[]).map(({ id }) => id)).toEqual(EXPERIMENTS.map(({ id }) => id));
    expect(await place.refused('reproduce s0/figure3 --out x')).toMatch(
      /unknown experiment s0\/figure3, did you mean s0\/figure1/,
    );
    expect(await place.refused('reproduce s0/figure2')).toMatch(/--out is missing/);
    expect(await place.refused('reproduce s0/figure4 --out x --seeds 1,1')).toMatch(/--seeds is 1,1/);
    expect(await place.refused('reproduce s0/figure4 --out x --setting slow')).toMatch(/slow/);
  });

  it.each(['figure2', 'figure8-pf', 'table1'])('s0/%s leaves data, a picture and claims that hold', async (name) => {
    const { stdout } = await place.ok(`reproduce s0/${name} --out ${name} --count 300 --setting quick --json`);
    const { claims, files } = JSON.parse(stdout) as { claims: { claim: string; holds?: boolean }[]; files: string[] };
    expect(files).toEqual(expect.arrayContaining([`${name}.csv`, `${name}.svg`, 'claims.csv']));
    // Times are not judged here.
    if (name !== 'table1') for (const { claim, holds } of claims) expect([claim, holds]).toEqual([claim, true]);
    expect(place.bytes(`${name}/${name}.svg`).toString()).toMatch(/^<svg/);
  });

  it('s1/table shows every seed with either leftovers', async () => {
    const { stdout } = await place.ok('reproduce s1/table --out s1 --setting quick --seeds 1,6 --json --threads 0');
    const { claims, files } = JSON.parse(stdout) as { claims: { claim: string; holds?: boolean }[]; files: string[] };
    expect(files).toEqual(['table.csv', 'table.svg', 'claims.csv']);
    expect(claims.length).toBe(5);
    expect(claims[0]).toMatchObject({ claim: 'every rule is EF1 on every profile', holds: true });
    const lines = place.bytes('s1/table.csv').toString().trim().split('\n');
    expect(lines.length).toBe(1 + 2 + 2 * 2);
    expect(lines.join()).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('s4/over-time leaves data, a picture and claims that hold', async () => {
    const { stdout } = await place.ok('reproduce s4/over-time --out s4 --count 200 --setting quick --json --threads 0');
    const { claims, files } = JSON.parse(stdout) as { claims: { claim: string; holds?: boolean }[]; files: string[] };
    expect(files).toEqual(['over-time.csv', 'summary.csv', 'over-time.svg', 'claims.csv']);
    expect(claims.length).toBe(15);
    for (const { claim, holds } of claims) expect([claim, holds ?? true]).toEqual([claim, true]);
    expect(place.bytes('s4/summary.csv').toString()).not.toMatch(/NaN|undefined|Infinity/);
  });

  it.each(['figure1', 'figure7', 'figure8', 'theorem2', 'lies', 'many-agents', 'cluster'])(
    's0/%s trains, leaves data, a picture and claims, and keeps its networks',
    async (name) => {
      const command = `reproduce s0/${name} --out ${name} --setting quick --seeds 1 --count 5 --json --threads 0`;
      const first = await place.ok(command);
      const { claims, files } = JSON.parse(first.stdout) as { claims: unknown[]; files: string[] };
      expect(files).toEqual(expect.arrayContaining([`${name}.csv`, `${name}.svg`, 'claims.csv']));
      expect(claims.length).toBeGreaterThan(0);
      for (const file of files) expect(place.bytes(`${name}/${file}`).toString()).not.toMatch(/NaN|undefined|Infinity/);
      expect(place.bytes(`${name}/${name}.svg`).toString()).toMatch(/^<svg/);
      const begun = await place.ok(command);
      expect(begun.stdout).toBe(first.stdout);
    },
  );
});
