// Makes a fresh clone ready: installs dependencies when the lockfile's are not there, builds when a source is newer than
// the build. Does nothing when all is in place. Needs nothing but Node and npm.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const at = (...parts) => join(root, ...parts);

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`evenhand needs Node.js 20.19 or newer; this is ${process.versions.node}.`);
  process.exit(2);
}

/** Every package that package.json names is installed in the version that the lockfile pins. */
function installed() {
  const lock = JSON.parse(readFileSync(at('package-lock.json'), 'utf8')).packages;
  const { dependencies, devDependencies } = lock[''];
  return Object.keys({ ...dependencies, ...devDependencies }).every((name) => {
    const manifest = at('node_modules', name, 'package.json');
    if (!existsSync(manifest)) return false;
    return JSON.parse(readFileSync(manifest, 'utf8')).version === lock[`node_modules/${name}`].version;
  });
}

/** Newest modification time below a path, in milliseconds. */
function newest(path) {
  if (!existsSync(path)) return 0;
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))));
}

function built() {
  const outputs = ['dist/cli/main.js', 'dist/wasm/evenhand.wasm', 'dist/.built'].map((file) => at(file));
  if (!outputs.every((file) => existsSync(file))) return false;
  const sources = [
    'assembly',
    'src',
    'bench',
    'asconfig.json',
    'tsconfig.json',
    'package-lock.json',
    'scripts/build.mjs',
  ];
  return Math.max(...sources.map((path) => newest(at(path)))) <= statSync(at('dist/.built')).mtimeMs;
}

function run(command, args) {
  const done = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });
  if (done.status !== 0) process.exit(done.status ?? 1);
}

if (!installed()) {
  console.error('Installing dependencies (npm ci) ...');
  run('npm', ['ci', '--ignore-scripts', '--no-fund', '--no-audit']);
}
if (!built()) {
  console.error('Building ...');
  run(process.execPath, [at('scripts/build.mjs')]);
}
