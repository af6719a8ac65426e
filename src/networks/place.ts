import type { Kernels } from '../wasm/kernels.js';
import { featuresOf } from './config.js';
import type { Network } from './network.js';

/** Bytes of the table of linear maps, and of a desk's description (assembly/network/desk.ts). */
const LINEAR = 64;
const HEADER = 1024;
/** Rows that go through a network together: enough for the tiles, few enough for the cache. */
export const ROWS = 32;

/** Writes a network for the kernels, its parameters packed, and returns where it is described (class Network of assembly/network/network.ts). */
export function placeNetwork({ arena, call }: Kernels, { config, parameters }: Network, agents: number): number {
  const { hidden, items } = config;
  const flat = arena.take(4 * parameters.length);
  new Float32Array(call.memory.buffer, flat, parameters.length).set(parameters);
  const at = arena.take(4 * (9 + hidden.length));
  const table = arena.take(LINEAR * (2 * hidden.length + 6));
  const words = new Int32Array(call.memory.buffer, at, 9 + hidden.length);
  words.set([
    config.model === 'exs-net' ? 0 : 1,
    config.architecture === 'equivariant' ? 1 : 0,
    agents,
    items,
    featuresOf(config),
    hidden.length,
    0,
    flat,
    table,
    ...hidden,
  ]);
  new Float32Array(call.memory.buffer, at + 24, 1)[0] = config.scale;
  reach(arena, call.networkLayout(at));
  call.networkPack(at);
  return at;
}

/** Room for a batch of `count` profiles; returns where it is described (class Batch of assembly/network/batch.ts). */
export function placeBatch({ arena, call }: Kernels, net: number, count: number, noisy = false): number {
  const at = arena.take(64);
  reach(arena, call.networkBatch(net, at, count, noisy ? 1 : 0, arena.mark()));
  return at;
}

/** Room to work on a batch, each profile `repeats` times (class Desk of assembly/network/desk.ts). */
export function placeDesk({ arena, call }: Kernels, net: number, batch: number, repeats: number): number {
  const at = arena.take(HEADER);
  reach(arena, call.networkDesk(net, batch, repeats, at));
  return at;
}

/** Takes all memory up to an address. */
export function reach(arena: Kernels['arena'], end: number): void {
  if (end > arena.mark()) arena.take(end - arena.mark());
}
