import { readFileSync } from 'node:fs';
import { wasm, type WasmModule } from './webassembly.js';

let compiled: WasmModule | undefined;

/** The kernels' module, compiled once per process. Workers are handed the compiled module instead. */
export function kernelModule(): WasmModule {
  compiled ??= new wasm.Module(readFileSync(new URL('../wasm/evenhand.wasm', import.meta.url)));
  return compiled;
}
