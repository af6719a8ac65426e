import { readFileSync } from 'node:fs';

let compiled: WebAssembly.Module | undefined;

/** The kernels' module, compiled once per thread. Workers are handed the compiled module instead. */
export function kernelModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(readFileSync(new URL('../wasm/evenhand.wasm', import.meta.url)));
  return compiled;
}
