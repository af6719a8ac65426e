import { readFileSync } from 'node:fs';
import { Kernels } from '../../src/wasm/kernels.js';
import { wasm, type WasmModule } from '../../src/wasm/webassembly.js';

let compiled: WasmModule | undefined;

/** A fresh instance of the built kernels; src/wasm/module.ts finds them only from inside dist/. */
export function testKernels(): Kernels {
  compiled ??= new wasm.Module(readFileSync(new URL('../../dist/wasm/evenhand.wasm', import.meta.url)));
  return new Kernels(compiled);
}
