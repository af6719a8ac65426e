import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MECHANISMS } from '../src/mechanisms/registry.js';
import { PROPERTIES } from '../src/properties/registry.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'data/README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'evenhand-docs-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('README', () => {
  it('has an example of about ten lines that runs as it stands', () => {
    const example = /<!-- test:example -->\s+```ts\n([\s\S]*?)```/.exec(readme)![1]!;
    expect(example.split('\n').filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(12);
    const { outputText } = ts.transpileModule(example, {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
    });
    const run = spawnSync(process.execPath, ['--input-type=module', '-e', outputText], { cwd: root, encoding: 'utf8' });
    expect(run.stderr).toBe('');
    const [first, second] = run.stdout.trim().split(/\n(?=-?\d)/) as [string, string];
    expect(first).toContain('Float64Array(3)');
    expect(Number(second.split(' ')[0])).toBeLessThan(0); // mean log-NSW of 10 agents who share 3 units
    expect(second.split(' ')[1]).toBe('1'); // Round Robin is EF1 on every profile
  });

  it('lists every mechanism and property of the registries, and no other', () => {
    const ids = [...readme.matchAll(/^\| `([\w-]+)` +\|/gm)].map((match) => match[1]);
    expect(ids).toEqual(MECHANISMS.map(({ id }) => id));
    for (const { name } of PROPERTIES) expect(readme).toContain(`\`${name}\``);
  });
});

describe('documents', () => {
  it('link only to files that exist', () => {
    for (const name of documents) {
      const text = readFileSync(join(root, name), 'utf8');
      for (const [, target] of text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)) {
        expect(existsSync(join(root, name, '..', target!)), `${name} links to ${target}`).toBe(true);
      }
    }
  });
});

describe('the main job', () => {
  it('runs on the real inputs and on random profiles and leaves table, results and picture', () => {
    const out = join(folder, 'out');
    const run = spawnSync(process.execPath, [join(root, 'dist/cli/main.js'), 'tour', '--count', '3000', '--out', out], {
      encoding: 'utf8',
    });
    expect(run.status).toBe(0);
    expect(run.stdout).toBe('');
    for (const word of [
      'mechanism',
      'profiles/s',
      'log-NSW',
      'efficiency',
      'EF1 rate',
      '12.0065',
      'gpu-cluster',
      'ariel-courses',
    ]) {
      expect(run.stderr).toContain(word);
    }
    for (const file of [
      'adult.csv',
      'adult-pf.npz',
      'ariel-courses.csv',
      'gpu-cluster.csv',
      'random.csv',
      'tour.svg',
    ]) {
      expect(existsSync(join(out, file)), file).toBe(true);
    }
    const picture = readFileSync(join(out, 'tour.svg'), 'utf8');
    expect(picture).toMatch(/^<svg[\s\S]*<\/svg>\s*$/);
    expect(picture).toContain('Exec-managerial');
    expect(picture).not.toContain('NaN');
  });
});
