// Builds dist/: the kernels (AssemblyScript to WebAssembly) and the TypeScript sources.
// `--debug` also writes build/evenhand.debug.wasm with names, asserts and a text file.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

function run(script, args) {
  const done = spawnSync(process.execPath, [`${root}node_modules/${script}`, ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  if (done.status !== 0) process.exit(done.status ?? 1);
}

mkdirSync(`${root}dist/wasm`, { recursive: true });
run('assemblyscript/bin/asc.js', ['--target', 'release']);
if (process.argv.includes('--debug')) run('assemblyscript/bin/asc.js', ['--target', 'debug']);
run('typescript/bin/tsc', ['-p', 'tsconfig.json']);
if (existsSync(`${root}bench/run.ts`)) run('typescript/bin/tsc', ['-p', 'tsconfig.bench.json']);
chmodSync(`${root}dist/cli/main.js`, 0o755);
writeFileSync(`${root}dist/.built`, '');
