import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

test('workers that are ended while they load do not take the process with them', () => {
  const child = fileURLToPath(new URL('worker-end-child.mjs', import.meta.url));
  expect(execFileSync(process.execPath, [child], { encoding: 'utf8' })).toBe('alive\n');
}, 120_000);
