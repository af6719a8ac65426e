import type { KernelExports } from './abi.js';
import { Arena } from './arena.js';
import { kernelModule } from './module.js';
import { wasm, type WasmModule } from './webassembly.js';

/** One instance of the kernels with a memory of its own. Cheap to make (no compilation); not shared between threads. */
export class Kernels {
  /** The exported kernels; every operand is an address or a number (assembly/index.ts). */
  readonly call: KernelExports;
  readonly arena: Arena;

  constructor(module: WasmModule = kernelModule()) {
    this.call = new wasm.Instance(module, { env: { abort } }).exports as KernelExports;
    this.arena = new Arena(this.call.memory, this.call.HEAP_BASE.value);
  }
}

function abort(): never {
  throw new Error('a kernel aborted');
}
