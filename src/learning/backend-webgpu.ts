import { existsSync, readdirSync } from 'node:fs';
import type { Opened } from './backend.js';
import type { Load, Tf } from './tensors.js';

/** Where Debian's chromium keeps SwiftShader, a Vulkan driver in software. */
const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';
/** Where Vulkan's loader looks for drivers. */
const DRIVERS = ['/etc/vulkan/icd.d', '/usr/share/vulkan/icd.d', '/usr/local/share/vulkan/icd.d'];

interface Adapter {
  readonly isFallbackAdapter?: boolean;
  readonly info?: {
    readonly vendor?: string;
    readonly architecture?: string;
    readonly device?: string;
    readonly description?: string;
    readonly isFallbackAdapter?: boolean;
  };
}

interface Gpu {
  requestAdapter(): Promise<Adapter | null>;
}

interface WebgpuPackage {
  create(flags: string[]): Gpu;
  readonly globals: object;
}

/**
 * Starts WebGPU outside a browser and makes it the current backend. A software adapter is taken only when `software` is allowed; then
 * SwiftShader is looked for where there is no other.
 */
export async function openWebgpu(tf: Tf, load: Load, software: boolean): Promise<Opened> {
  const { create, globals } = (await load('webgpu')) as WebgpuPackage;
  const { entry, adapter } = await findAdapter(create, software);
  const name = nameOf(adapter);
  if (isSoftware(adapter) && !software) throw new Error(`its only adapter is software (${name})`);
  Object.assign(globalThis, globals);
  const host = globalThis as { navigator?: object };
  host.navigator ??= {};
  Object.defineProperty(host.navigator, 'gpu', { value: entry, configurable: true });
  // Registers itself only where there is a navigator.gpu.
  await load('@tensorflow/tfjs-backend-webgpu');
  if (!(await tf.setBackend('webgpu'))) throw new Error('TensorFlow.js cannot start its webgpu backend');
  // A kernel that does not compile computes nothing, is reported here and nowhere else, and leaves numbers behind as if it had.
  let fault: string | undefined;
  const { device } = tf.backend() as { device?: EventTarget };
  device?.addEventListener('uncapturederror', (event) => {
    event.preventDefault();
    fault ??= (event as { error?: { message?: string } }).error?.message?.split('\n')[0] ?? 'unknown error';
  });
  const gpu = !isSoftware(adapter);
  const description = `TensorFlow.js on WebGPU, ${gpu ? 'on a GPU' : 'in software'}: ${name}`;
  return { description, gpu, fault: () => fault };
}

/** A real adapter if there is one. */
async function findAdapter(
  create: WebgpuPackage['create'],
  software: boolean,
): Promise<{ entry: Gpu; adapter: Adapter }> {
  // Dawn reports every start without a driver on stderr, so it is not asked where there can be none.
  if (process.platform !== 'linux' || hasVulkanDriver()) {
    const entry = create([]);
    const adapter = await entry.requestAdapter();
    if (adapter) return { entry, adapter };
  }
  if (software && process.env['VK_ICD_FILENAMES'] === undefined && existsSync(SWIFTSHADER)) {
    process.env['VK_ICD_FILENAMES'] = SWIFTSHADER;
    process.env['XDG_RUNTIME_DIR'] ??= '/tmp';
    const entry = create([]);
    const adapter = await entry.requestAdapter();
    if (adapter) return { entry, adapter };
  }
  const hint =
    software && !existsSync(SWIFTSHADER) ? ", nor SwiftShader (Debian's chromium and libvulkan1 bring it)" : '';
  throw new Error(`there is no WebGPU adapter${hint}`);
}

function hasVulkanDriver(): boolean {
  const named = ['VK_ICD_FILENAMES', 'VK_DRIVER_FILES', 'VK_ADD_DRIVER_FILES'];
  if (named.some((name) => process.env[name] !== undefined)) return true;
  return DRIVERS.some((folder) => existsSync(folder) && readdirSync(folder).some((file) => file.endsWith('.json')));
}

function isSoftware({ info, isFallbackAdapter }: Adapter): boolean {
  const names = `${info?.architecture} ${info?.device} ${info?.description}`;
  return (
    Boolean(isFallbackAdapter || info?.isFallbackAdapter) || /swiftshader|llvmpipe|lavapipe|basic render/i.test(names)
  );
}

function nameOf({ info }: Adapter): string {
  return [info?.vendor, info?.architecture, info?.description].filter(Boolean).join(' ') || 'unnamed adapter';
}
