import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { EvenhandError, InputError, MissingPackageError, nearest } from '../errors.js';
import { openWebgpu } from './backend-webgpu.js';
import type { Load, Tf } from './tensors.js';

/** What can compute, best first. */
export const BACKENDS = ['tensorflow-gpu', 'tensorflow', 'webgpu', 'wasm', 'cpu'] as const;
export type BackendName = (typeof BACKENDS)[number];

/** What is known of a backend that has started. */
export interface Opened {
  /** One line for people: what computes, and on what device. */
  readonly description: string;
  /** Whether a graphics processor computes. */
  readonly gpu: boolean;
  /** What went wrong on the device and was not thrown: after it, no result is to be trusted. */
  readonly fault?: () => string | undefined;
}

/** A tensor library with a backend chosen and gradients registered. */
export interface Backend extends Opened {
  readonly tf: Tf;
  readonly name: BackendName;
  /** With `auto`: the better ones that were passed over, and why. */
  readonly refused: readonly { readonly name: BackendName; readonly reason: string }[];
}

/** What each backend needs beside tfjs-core and tfjs-layers. */
const PACKAGES: Record<BackendName, readonly string[]> = {
  'tensorflow-gpu': ['@tensorflow/tfjs-node-gpu'],
  tensorflow: ['@tensorflow/tfjs-node'],
  webgpu: ['webgpu', '@tensorflow/tfjs-backend-webgpu'],
  wasm: ['@tensorflow/tfjs-backend-wasm'],
  cpu: ['@tensorflow/tfjs-backend-cpu'],
};

const ABSENT = ' is not installed';
const CORE = ['@tensorflow/tfjs-core', '@tensorflow/tfjs-layers'];

/**
 * Opens a tensor library. `auto` takes the best backend that works here and says in `refused` why it passed over the better ones; it never
 * takes WebGPU on a software adapter, which is slower than `wasm`. The library has one backend at a time in a process, so a later call
 * changes what earlier ones compute on; `inTurn` changes back.
 *
 * @throws InputError for an unknown name; MissingPackageError, with what to install, where a package is missing; EvenhandError where a
 *   named backend does not work on this machine.
 */
export async function openBackend(name: BackendName | 'auto' = 'auto', load: Load = loadPackage): Promise<Backend> {
  if (name !== 'auto' && !BACKENDS.includes(name)) {
    const near = nearest(name, ['auto', ...BACKENDS]);
    throw new InputError(
      `unknown backend ${name}${near ? `, did you mean ${near}?` : ''}, known: auto, ${BACKENDS.join(', ')}`,
    );
  }
  const tf = await openCore(name === 'auto' ? 'wasm' : name, load);
  if (name !== 'auto') {
    try {
      return { tf, name, ...(await open(name, tf, load, true)), refused: [] };
    } catch (error) {
      const reason = reasonOf(error);
      if (!reason.endsWith(ABSENT)) throw new EvenhandError(`backend ${name} does not work here: ${reason}`);
      throw new MissingPackageError(`backend ${name}: ${reason}: npm install ${PACKAGES[name].join(' ')}`);
    }
  }
  const refused: { name: BackendName; reason: string }[] = [];
  for (const candidate of BACKENDS) {
    try {
      return { tf, name: candidate, ...(await open(candidate, tf, load, false)), refused };
    } catch (error) {
      refused.push({ name: candidate, reason: reasonOf(error) });
    }
  }
  throw new MissingPackageError(`no tensor backend is installed: npm install ${PACKAGES.wasm.join(' ')}`);
}

/**
 * Loads a package from where this one is installed, or first from the project folder that EVENHAND_TFJS_NODE names (made by
 * scripts/build-tensorflow.mjs): native TensorFlow, and its own copy of the rest of the library rather than a second one.
 */
async function loadPackage(specifier: string): Promise<unknown> {
  const folder = process.env['EVENHAND_TFJS_NODE'];
  if (folder && specifier.startsWith('@tensorflow/')) {
    const { resolve: find } = createRequire(join(resolve(folder), 'package.json'));
    try {
      return await import(pathToFileURL(find(specifier)).href);
    } catch (error) {
      if ((error as { code?: string }).code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  return import(specifier);
}

/** tfjs-core with gradients: tfjs-layers registers them, and nothing else that Node can import does. */
async function openCore(name: BackendName, load: Load): Promise<Tf> {
  try {
    const tf = (await load(CORE[0]!)) as Tf;
    await load(CORE[1]!);
    return tf;
  } catch {
    throw new MissingPackageError(`tensors need more packages: npm install ${[...CORE, ...PACKAGES[name]].join(' ')}`);
  }
}

/** Makes a backend the current one and describes it. Throws where it does not work. */
async function open(name: BackendName, tf: Tf, load: Load, named: boolean): Promise<Opened> {
  switch (name) {
    case 'tensorflow-gpu':
    case 'tensorflow':
      return openTensorflow(name, tf, load);
    case 'webgpu':
      return openWebgpu(tf, load, named);
    case 'wasm':
      await load(PACKAGES.wasm[0]!);
      await withoutProcessHandlers(() => select(tf, 'wasm'));
      return { description: 'TensorFlow.js on WebAssembly, one thread', gpu: false };
    case 'cpu':
      await load(PACKAGES.cpu[0]!);
      await select(tf, 'cpu');
      // Its first use prints an advertisement of tfjs-node.
      (tf.backend() as { firstUse?: boolean }).firstUse = false;
      return { description: 'TensorFlow.js in plain JavaScript', gpu: false };
  }
}

/** Selects a registered backend; the library answers false, and warns, where it cannot. */
async function select(tf: Tf, id: string): Promise<void> {
  if (!(await tf.setBackend(id))) throw new Error(`TensorFlow.js cannot start its ${id} backend`);
}

/** The native library; both of its packages register themselves as `tensorflow`, so that only one can be loaded in a process. */
async function openTensorflow(name: 'tensorflow-gpu' | 'tensorflow', tf: Tf, load: Load): Promise<Opened> {
  // Its kernels call this function, which Node 23 removed.
  const util = createRequire(import.meta.url)('node:util') as { isNullOrUndefined?: (value: unknown) => boolean };
  util.isNullOrUndefined ??= (value) => value === null || value === undefined;
  if (!tf.findBackendFactory('tensorflow')) await load(PACKAGES[name][0]!);
  await select(tf, 'tensorflow');
  const gpu = (tf.backend() as { isUsingGpuDevice?: boolean }).isUsingGpuDevice === true;
  if (name === 'tensorflow-gpu' && !gpu) throw new Error('TensorFlow sees no GPU');
  return { description: gpu ? 'native TensorFlow on a GPU' : 'native TensorFlow on the CPU', gpu };
}

/**
 * Starting the wasm backend installs handlers of uncaught exceptions and rejections that rethrow, so that one stray rejection ends the
 * process. They are taken off again.
 */
async function withoutProcessHandlers(start: () => Promise<void>): Promise<void> {
  const events = ['uncaughtException', 'unhandledRejection'];
  const before = events.map((event) => new Set(process.rawListeners(event)));
  try {
    await start();
  } finally {
    events.forEach((event, i) => {
      for (const listener of process.rawListeners(event)) {
        if (!before[i]!.has(listener)) process.removeListener(event, listener as () => void);
      }
    });
  }
}

/** First sentence of an error, without the lines of advice that packages add. */
function reasonOf(error: unknown): string {
  const { message, code } = error as { message?: string; code?: string };
  const [, missing] = /Cannot find (?:package|module) '([^']+)'/.exec(message ?? '') ?? [];
  if (missing && code?.endsWith('MODULE_NOT_FOUND')) return `${missing}${ABSENT}`;
  return (message ?? String(error)).split('\n')[0]!.replace(/[.\s]+$/, '');
}

let lastTurn: Promise<unknown> = Promise.resolve();

/**
 * Runs a job of tensors after those asked for before it, on its own backend. The library's current backend and its scopes belong to the
 * whole process, so two jobs that wait for numbers must not run into one another. A job must not ask for a turn itself.
 *
 * @throws EvenhandError if something went wrong on the device.
 */
export function inTurn<T>({ tf, name, fault }: Backend, job: () => Promise<T>): Promise<T> {
  const id = name === 'tensorflow-gpu' ? 'tensorflow' : name;
  const turn = lastTurn.then(async () => {
    if (tf.getBackend() !== id) await select(tf, id);
    const result = await job();
    const found = fault?.();
    if (found) throw new EvenhandError(`the ${name} backend failed: ${found}`);
    return result;
  });
  lastTurn = turn.catch(() => undefined);
  return turn;
}
