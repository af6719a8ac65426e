import { describe, expect, it, vi } from 'vitest';
import { EvenhandError, InputError, MissingPackageError } from '../../src/errors.js';
import { openBackend } from '../../src/learning/backend.js';
import type { Load } from '../../src/learning/tensors.js';

interface Stub {
  backends: string[];
  current: string;
  gpu?: boolean;
  loaded: string[];
}

/** A tensor library that knows backends by name, and packages that register them. */
function stub(packages: Record<string, ((state: Stub) => unknown) | string>, gpu = false): { load: Load; state: Stub } {
  const state: Stub = { backends: [], current: '', gpu, loaded: [] };
  const tf = {
    findBackendFactory: (name: string) => (state.backends.includes(name) ? () => undefined : null),
    setBackend: (name: string) => {
      state.current = name;
      return Promise.resolve(state.backends.includes(name));
    },
    getBackend: () => state.current,
    backend: () => ({ isUsingGpuDevice: state.gpu }),
  };
  const load: Load = (specifier) => {
    state.loaded.push(specifier);
    if (specifier === '@tensorflow/tfjs-core') return Promise.resolve(tf);
    if (specifier === '@tensorflow/tfjs-layers') return Promise.resolve({});
    const found = packages[specifier];
    if (typeof found === 'function') return Promise.resolve(found(state));
    const absent = new Error(`Cannot find package '${specifier}' imported from here`) as Error & { code: string };
    absent.code = 'ERR_MODULE_NOT_FOUND';
    return Promise.reject(found === undefined ? absent : new Error(found));
  };
  return { load, state };
}

const registers = (name: string) => (state: Stub) => state.backends.push(name);
const wasm = { '@tensorflow/tfjs-backend-wasm': registers('wasm') };
const adapter = (info: object) => () => ({
  globals: {},
  create: () => ({ requestAdapter: () => Promise.resolve({ info }) }),
});

describe('the choice of a backend', () => {
  it('takes TensorFlow on a GPU first', async () => {
    const { load } = stub({ '@tensorflow/tfjs-node-gpu': registers('tensorflow'), ...wasm }, true);
    const { name, description, refused } = await openBackend('auto', load);
    expect([name, description, refused]).toEqual(['tensorflow-gpu', 'native TensorFlow on a GPU', []]);
  });

  it('takes the GPU package for the CPU where there is no GPU, and loads no second library', async () => {
    const { load, state } = stub({
      '@tensorflow/tfjs-node-gpu': registers('tensorflow'),
      '@tensorflow/tfjs-node': registers('tensorflow'),
    });
    const { name, refused } = await openBackend('auto', load);
    expect([name, refused]).toEqual(['tensorflow', [{ name: 'tensorflow-gpu', reason: 'TensorFlow sees no GPU' }]]);
    expect(state.loaded).not.toContain('@tensorflow/tfjs-node');
  });

  it('says why it passed over each better one', async () => {
    vi.stubEnv('VK_ICD_FILENAMES', '/nowhere.json');
    const { load } = stub({
      '@tensorflow/tfjs-node': 'The native addon can not be found at path: x.\nPlease run the following',
      webgpu: adapter({ vendor: 'google', architecture: 'swiftshader', description: 'SwiftShader driver' }),
      ...wasm,
    });
    expect(await openBackend('auto', load)).toMatchObject({
      name: 'wasm',
      refused: [
        { name: 'tensorflow-gpu', reason: '@tensorflow/tfjs-node-gpu is not installed' },
        { name: 'tensorflow', reason: 'The native addon can not be found at path: x' },
        { name: 'webgpu', reason: 'its only adapter is software (google swiftshader SwiftShader driver)' },
      ],
    });
    vi.unstubAllEnvs();
  });

  it('takes WebGPU on a real adapter, and on a software one when asked by name', async () => {
    vi.stubEnv('VK_ICD_FILENAMES', '/nowhere.json');
    vi.stubGlobal('navigator', {});
    const packages = { '@tensorflow/tfjs-backend-webgpu': registers('webgpu'), ...wasm };
    const real = stub({ ...packages, webgpu: adapter({ vendor: 'nvidia', architecture: 'hopper' }) });
    expect(await openBackend('auto', real.load)).toMatchObject({
      name: 'webgpu',
      description: 'TensorFlow.js on WebGPU, on a GPU: nvidia hopper',
    });
    const soft = stub({ ...packages, webgpu: adapter({ vendor: 'mesa', description: 'llvmpipe (LLVM 15)' }) });
    expect((await openBackend('webgpu', soft.load)).description).toContain('in software: mesa llvmpipe');
    vi.unstubAllGlobals();
    vi.unstubAllEnvs();
  });

  it('falls back to plain JavaScript', async () => {
    const { load } = stub({ '@tensorflow/tfjs-backend-cpu': registers('cpu') });
    const { name, refused } = await openBackend('auto', load);
    expect(name).toBe('cpu');
    expect(refused.map((each) => each.name)).toEqual(['tensorflow-gpu', 'tensorflow', 'webgpu', 'wasm']);
  });
});

describe('a backend by name', () => {
  it('is refused with what to install where its package is missing', async () => {
    const { load } = stub({});
    const refusal = (name: 'tensorflow' | 'webgpu' | 'auto') => openBackend(name, load).catch((error: Error) => error);
    expect(await refusal('tensorflow')).toBeInstanceOf(MissingPackageError);
    expect(String(await refusal('tensorflow'))).toBe(
      'MissingPackageError: backend tensorflow: @tensorflow/tfjs-node is not installed: npm install @tensorflow/tfjs-node',
    );
    expect(String(await refusal('webgpu'))).toMatch(/npm install webgpu @tensorflow\/tfjs-backend-webgpu$/);
    expect(String(await refusal('auto'))).toMatch(/no tensor backend.*npm install @tensorflow\/tfjs-backend-wasm$/);
    const nothing = () => Promise.reject(new Error('no'));
    await expect(openBackend('wasm', nothing)).rejects.toThrow(
      'npm install @tensorflow/tfjs-core @tensorflow/tfjs-layers @tensorflow/tfjs-backend-wasm',
    );
  });

  it('is refused where it does not work', async () => {
    const noGpu = stub({ '@tensorflow/tfjs-node-gpu': registers('tensorflow') });
    const refusal = await openBackend('tensorflow-gpu', noGpu.load).catch((error: Error) => error);
    expect(refusal).toBeInstanceOf(EvenhandError);
    expect(refusal).not.toBeInstanceOf(MissingPackageError);
    expect(String(refusal)).toMatch(/backend tensorflow-gpu does not work here: TensorFlow sees no GPU$/);
  });

  it('is refused where nobody knows it', async () => {
    await expect(openBackend('wsam' as 'wasm')).rejects.toThrow(InputError);
    await expect(openBackend('wsam' as 'wasm')).rejects.toThrow('did you mean wasm?');
  });
});

describe('the library itself', () => {
  it('runs on WebAssembly with gradients and leaves no handler on the process', async () => {
    const handlers = () => ['uncaughtException', 'unhandledRejection'].map((event) => process.listenerCount(event));
    const before = handlers();
    const { tf, name } = await openBackend('wasm');
    expect([name, tf.getBackend(), handlers()]).toEqual(['wasm', 'wasm', before]);
    const slope = tf.grad((x) => tf.sum(tf.square(x)))(tf.tensor1d([1, -2]));
    expect([...(await slope.data())]).toEqual([2, -4]);
  });

  it('is chosen by auto with a reason for each better one', async () => {
    const { name, refused } = await openBackend();
    expect(['tensorflow-gpu', 'tensorflow', 'webgpu', 'wasm']).toContain(name);
    for (const { reason } of refused) expect(reason).toMatch(/\w/);
  });

  it('says nothing when plain JavaScript starts', async () => {
    const warn = vi.spyOn(console, 'warn');
    const { tf } = await openBackend('cpu');
    expect(await tf.add(tf.scalar(1), tf.scalar(2)).data()).toEqual(Float32Array.of(3));
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });
});
