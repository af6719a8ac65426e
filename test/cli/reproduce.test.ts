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

  it.each(['table1', 'figure1', 'figure2', 'figure3', 'figure4', 'figure5', 'section4', 'section5', 'real'])(
    's3/%s leaves data, a picture and claims that hold',
    async (name) => {
      const { stdout } = await place.ok(`reproduce s3/${name} --out s3-${name} --count 60 --json --threads 0`);
      const { claims, files } = JSON.parse(stdout) as { claims: { claim: string; holds?: boolean }[]; files: string[] };
      expect(files).toEqual([`${name}.csv`, `${name}.svg`, 'claims.csv']);
      for (const { claim, holds } of claims) expect([claim, holds]).toEqual([claim, true]);
      expect(place.bytes(`s3-${name}/${name}.svg`).toString()).toMatch(/^<svg/);
      for (const file of files)
        expect(place.bytes(`s3-${name}/${file}`).toString()).not.toMatch(/NaN|undefined|Infinity/);
    },
  );

  it.each(['figure1a', 'figure1b', 'monotonicity', 'cluster'])(
    's2/%s leaves data, a picture and claims that hold',
    async (name) => {
      const { stdout } = await place.ok(`reproduce s2/${name} --out s2-${name} --json --threads 0`);
      const { claims, files } = JSON.parse(stdout) as { claims: { claim: string; holds?: boolean }[]; files: string[] };
      expect(files).toEqual([`${name}.csv`, `${name}.svg`, 'claims.csv']);
      expect(claims.some(({ holds }) => holds)).toBe(true);
      for (const { claim, holds } of claims) expect([claim, holds ?? true]).toEqual([claim, true]);
      expect(place.bytes(`s2-${name}/${name}.svg`).toString()).toMatch(/^<svg/);
      for (const file of files)
        expect(place.bytes(`s2-${name}/${file}`).toString()).not.toMatch(/NaN|undefined|Infinity/);
    },
  );

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
    expect(claims.length).toBe(20);
    for (const { claim, holds } of claims) expect([claim, holds ?? true]).toEqual([claim, true]);
    expect(place.bytes('s4/summary.csv').toString()).not.toMatch(/NaN|undefined|Infinity/);
  });

  it.each([
    ['baselines', 100, ['use.csv', 'summary.csv', 'use.svg', 'unserved.svg', 'claims.csv'], 12],
    ['sample-size', 300, ['sample-size.csv', 'sample-size.svg', 'claims.csv'], 7],
    ['arrival-order', 300, ['arrival-order.csv', 'arrival-order.svg', 'claims.csv'], 6],
  ] as const)('s4/%s leaves data, pictures and a line for every claim', async (name, count, expected, lines) => {
    const { stdout } = await place.ok(
      `reproduce s4/${name} --out s4-${name} --count ${count} --setting quick --json --threads 0`,
    );
    const { claims, files } = JSON.parse(stdout) as { claims: { claim: string; measured: string }[]; files: string[] };
    expect(files).toEqual(expected);
    expect(claims.length).toBe(lines);
    for (const { measured } of claims) expect(measured).not.toMatch(/NaN|undefined|Infinity/);
    for (const file of files) {
      if (file.endsWith('.svg')) expect(place.bytes(`s4-${name}/${file}`).toString()).toMatch(/^<svg/);
    }
  });

  it('s1/cross-size measures every rule and seed at every size, and keeps its networks', async () => {
    const command = 'reproduce s1/cross-size --out sizes --setting quick --json --threads 0';
    const first = await place.ok(command);
    const { claims, files } = JSON.parse(first.stdout) as { claims: { holds?: boolean }[]; files: string[] };
    expect(files).toEqual(['cross-size.csv', 'cross-size.svg', 'claims.csv']);
    expect(claims.some(({ holds }) => holds)).toBe(true);
    const lines = place.bytes('sizes/cross-size.csv').toString().trim().split('\n');
    expect(lines.length).toBe(1 + 2 * (2 + 3 * 2));
    for (const file of files) expect(place.bytes(`sizes/${file}`).toString()).not.toMatch(/NaN|undefined|Infinity/);
    expect((await place.ok(command)).stdout).toBe(first.stdout);
  });

  it('s1/large carries rules over to more agents', async () => {
    const { stdout } = await place.ok('reproduce s1/large --out large --setting quick --json --threads 0');
    const { claims, files } = JSON.parse(stdout) as { claims: { holds?: boolean }[]; files: string[] };
    expect(files).toEqual(['large.csv', 'large.svg', 'claims.csv']);
    expect(claims.map(({ holds }) => holds)).toEqual([true, undefined, undefined]);
    const lines = place.bytes('large/large.csv').toString().trim().split('\n');
    expect(lines.length).toBe(1 + 2 * (2 + 3 * 2));
    for (const file of files) expect(place.bytes(`large/${file}`).toString()).not.toMatch(/NaN|undefined|Infinity/);
  });

  it.each([
    ['tau', 'Round Robin to 1e-9'],
    ['orderings', undefined],
    ['schedules', 'EF1 on every profile'],
    ['bimodal', undefined],
    ['envy-penalty', 'EF1 on every profile'],
    ['targets', undefined],
    ['ablation', 'EF1 on every profile'],
    ['synergy', 'without synergies'],
    ['real', 'EF1 on every draw'],
  ])('s1/%s leaves data, a picture and a line per claim, twice the same', async (name, sure) => {
    const command = `reproduce s1/${name} --out s1-${name} --setting quick --seeds 1 --count 30 --json --threads 0`;
    const first = await place.ok(command);
    const { claims, files } = JSON.parse(first.stdout) as {
      claims: { claim: string; measured: string; holds?: boolean }[];
      files: string[];
    };
    expect(files).toEqual(expect.arrayContaining([`${name}.csv`, `${name}.svg`, 'claims.csv']));
    // What holds by construction holds without training.
    const certain = claims.filter(({ claim }) => sure !== undefined && claim.includes(sure));
    expect(certain.length > 0).toBe(sure !== undefined);
    for (const { claim, holds } of certain) expect([claim, holds]).toEqual([claim, true]);
    for (const { measured } of claims) expect(measured).not.toMatch(/NaN|undefined|Infinity/);
    for (const file of files.filter((name) => !name.endsWith('.npz'))) {
      expect(place.bytes(`s1-${name}/${file}`).toString()).not.toMatch(/NaN|undefined|Infinity/);
    }
    expect(place.bytes(`s1-${name}/${name}.svg`).toString()).toMatch(/^<svg/);
    expect((await place.ok(command)).stdout).toBe(first.stdout);
  });

  it.each([
    'figure1',
    'figure4',
    'figure5',
    'figure6',
    'figure7',
    'figure8',
    'theorem2',
    'lies',
    'many-agents',
    'cluster',
  ])('s0/%s trains, leaves data, a picture and claims, and keeps its networks', async (name) => {
    const command = `reproduce s0/${name} --out ${name} --setting quick --seeds 1 --count 5 --json --threads 0`;
    const first = await place.ok(command);
    const { claims, files } = JSON.parse(first.stdout) as { claims: unknown[]; files: string[] };
    expect(files).toEqual(expect.arrayContaining([`${name}.csv`, `${name}.svg`, 'claims.csv']));
    expect(claims.length).toBeGreaterThan(0);
    for (const file of files) expect(place.bytes(`${name}/${file}`).toString()).not.toMatch(/NaN|undefined|Infinity/);
    expect(place.bytes(`${name}/${name}.svg`).toString()).toMatch(/^<svg/);
    const begun = await place.ok(command);
    expect(begun.stdout).toBe(first.stdout);
  });
});
