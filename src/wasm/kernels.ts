import type { KernelExports } from './abi.js';
import { Arena } from './arena.js';
import { kernelModule } from './module.js';

/** One instance of the kernels with a memory of its own. Cheap to make (no compilation); not shared between threads. */
export class Kernels {
  /** The exported kernels; every operand is an address or a number (assembly/index.ts). */
  readonly call: KernelExports;
  readonly arena: Arena;

  constructor(module: WebAssembly.Module = kernelModule()) {
    const instance = new WebAssembly.Instance(module, { env: { abort } });
    this.call = instance.exports as unknown as KernelExports;
    this.arena = new Arena(this.call.memory, this.call.HEAP_BASE.value);
  }
}

function abort(): never {
  throw new Error('a kernel aborted');
}
