import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { BACKENDS } from '../../src/learning/backend.js';

const text = readFileSync('docs/learning.md', 'utf8');

it('the example in the documentation trains as it stands', () => {
  const example = /<!-- test:learning -->\s+```js\n([\s\S]*?)```/.exec(text)![1]!;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', example], { encoding: 'utf8' });
  expect(stderr).toBe('');
  const [first, second] = stdout.match(/\d\.\d+/g)!.map(Number) as [number, number];
  // Square roots: twice the value is worth four times the amount; lies of the second agent are punished.
  expect(first + second).toBeGreaterThan(0.9);
  expect(first).toBeGreaterThan(second);
});

it('the documentation names every backend, in their order', () => {
  const named = [...text.matchAll(/^\| `([\w-]+)` +\| `(?:@tensorflow|webgpu)/gm)].map(([, name]) => name);
  expect(named).toEqual([...BACKENDS]);
});
