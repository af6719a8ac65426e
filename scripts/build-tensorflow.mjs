// Builds TensorFlow's native backend for Node where no ready-made one loads: `node scripts/build-tensorflow.mjs FOLDER`. Linux on x86-64 only.
// The TensorFlow library and its headers come from the tensorflow-cpu wheel of PyPI, the addon's source from @tensorflow/tfjs-node of npm;
// g++ joins the two. Everything lies in FOLDER (1.1 GB); what is there already is not done again. Afterwards EVENHAND_TFJS_NODE=FOLDER makes
// evenhand use it. Needs python3 with pip, g++, npm, and both registries.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { openBackend } from 'evenhand/learning';

const TENSORFLOW = '2.21.0';
const PACKAGES = ['@tensorflow/tfjs-node@4.22.0', 'node-api-headers@1.5.0'];
const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];

/** Takes from a wheel what matches, into a folder, without the leading tensorflow/. */
const EXTRACT = `
import os, shutil, sys, zipfile
wheel, libraries, headers = sys.argv[1:4]
HEADERS = ('include/tensorflow/c/', 'include/tensorflow/core/platform/', 'include/tsl/', 'include/xla/tsl/')
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        path = name.removeprefix('tensorflow/')
        if path in sys.argv[4:]: target = os.path.join(libraries, path)
        elif name.endswith('.h') and path.startswith(HEADERS): target = os.path.join(headers, path[len('include/'):])
        else: continue
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with archive.open(name) as source, open(target + '.part', 'wb') as sink: shutil.copyfileobj(source, sink)
        os.replace(target + '.part', target)
`;

class Refusal extends Error {}

function run(command, args, cwd) {
  const { status, error } = spawnSync(command, args, { cwd, stdio: ['ignore', 2, 2] });
  if (error) throw new Refusal(`${command} cannot be run: ${error.message}`);
  if (status !== 0) throw new Refusal(`${command} ${args.join(' ').slice(0, 80)} failed`);
}

/** Does a step unless what it makes is there. */
function step(what, made, make) {
  if (made.every((path) => existsSync(path))) return console.log(`there      ${what}`);
  console.log(`making     ${what} ...`);
  make();
  const missing = made.find((path) => !existsSync(path));
  if (missing) throw new Refusal(`${missing} was not made`);
}

async function main(given) {
  if (!given) throw new Refusal('expected a folder to build in');
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Refusal(`builds on linux-x64 only, this is ${process.platform}-${process.arch}`);
  }
  const folder = resolve(given);
  const addon = join(folder, 'node_modules/@tensorflow/tfjs-node');
  const library = join(addon, 'deps/lib');
  const headers = join(folder, 'include');
  const libraries = LIBRARIES.map((name) => join(library, name));
  mkdirSync(folder, { recursive: true });
  const manifest = join(folder, 'package.json');
  if (!existsSync(manifest)) writeFileSync(manifest, '{ "private": true }\n');

  step(PACKAGES.join(' and '), [join(addon, 'package.json'), join(folder, 'node_modules/node-api-headers')], () =>
    run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...PACKAGES], folder),
  );
  step(`TensorFlow ${TENSORFLOW} from its wheel`, [...libraries, join(headers, 'tensorflow/c/c_api.h')], () => {
    const wheels = join(folder, 'wheel');
    const which = [
      '--no-deps',
      '--only-binary=:all:',
      '--python-version',
      '3.11',
      '--platform',
      'manylinux_2_27_x86_64',
    ];
    run('python3', ['-m', 'pip', 'download', ...which, '-d', wheels, `tensorflow-cpu==${TENSORFLOW}`], folder);
    const wheel = readdirSync(wheels).find((name) => name.endsWith('.whl'));
    run('python3', ['-c', EXTRACT, join(wheels, wheel), library, headers, ...LIBRARIES], folder);
    rmSync(wheels, { recursive: true });
  });
  // Where the addon looks for its binary depends on the Node-API version.
  const load = createRequire(join(addon, 'package.json'));
  const binary = load('@mapbox/node-pre-gyp').find(join(addon, 'package.json'));
  const version = /napi-v(\d+)/.exec(binary)[1];
  step(`the addon for Node-API ${version}`, [binary], () => {
    mkdirSync(dirname(binary), { recursive: true });
    const sources = ['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) => join('binding', name));
    const include = [headers, join(folder, 'node_modules/node-api-headers/include')].map((path) => `-I${path}`);
    const link = [`-L${library}`, ...LIBRARIES.map((name) => `-l:${name}`), `-Wl,-rpath,${library}`];
    const options = ['-std=c++17', '-O2', '-fPIC', '-shared', `-DNAPI_VERSION=${version}`];
    run('g++', [...options, ...include, ...sources, '-o', binary, ...link], addon);
  });

  process.env.EVENHAND_TFJS_NODE = folder;
  const { tf, description } = await openBackend('tensorflow');
  const product = await tf.matMul(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([1, 2, 3, 4], [2, 2])).data();
  if ([...product].join() !== '7,10,15,22') throw new Refusal(`a matrix product came out as ${product}`);
  console.log(`works      ${description}; use it by EVENHAND_TFJS_NODE=${folder}`);
}

main(process.argv[2]).catch((error) => {
  if (!(error instanceof Refusal)) throw error;
  console.error(`build-tensorflow: ${error.message}.`);
  process.exitCode = 1;
});
