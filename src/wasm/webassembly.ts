// The part of the WebAssembly interface that is used here, so that the types need no DOM library.

export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** A compiled module; can be posted to a worker. */
export interface WasmModule {
  readonly [Symbol.toStringTag]?: string;
}

interface WasmInstance {
  readonly exports: unknown;
}

interface WasmInterface {
  readonly Module: new (bytes: Uint8Array) => WasmModule;
  readonly Instance: new (module: WasmModule, imports: Record<string, Record<string, unknown>>) => WasmInstance;
}

export const wasm = (globalThis as unknown as { WebAssembly: WasmInterface }).WebAssembly;
