import { TYPED_ARRAYS, arraySpec } from '../../src/profiles/schema.js';
import type { NumericArray } from '../../src/types.js';
import type { Kernels } from '../../src/wasm/kernels.js';
import type { Placed } from '../../src/wasm/placed.js';

const GUARD = 64;
const GUARD_BYTE = 0xa5;

interface Spot {
  readonly address: number;
  readonly length: number;
  readonly stride: number;
}

export class TestPlaced implements Placed {
  readonly spots = new Map<string, Spot>();

  constructor(
    readonly count: number,
    readonly agents: number,
    readonly items: number,
    readonly first = 0,
    readonly rows = 0,
    readonly groups = 0,
    readonly pieces = 0,
  ) {}

  address(name: string): number {
    return this.spots.get(name)?.address ?? 0;
  }

  stride(name: string): number {
    return this.spots.get(name)?.stride ?? 0;
  }
}

function elements(placed: Placed, name: string): number {
  const { agents, items, rows = 0, groups = 0, pieces = 0 } = placed;
  const size = { profile: 1, agent: agents, item: items, row: rows, group: groups, piece: pieces };
  const { axes, dimensions } = arraySpec(name)!;
  return (axes ?? dimensions!).reduce((product, axis) => product * size[axis], 1);
}

/**
 * Copies profile arrays into the arena. An array of one profile's length is shared by all (stride 0). Every array is followed
 * by guard bytes that `readBack` checks.
 */
export function place(
  kernels: Kernels,
  count: number,
  agents: number,
  items: number,
  arrays: Readonly<Record<string, NumericArray>>,
  rows = 0,
  groups = 0,
  pieces = 0,
): TestPlaced {
  const placed = new TestPlaced(count, agents, items, 0, rows, groups, pieces);
  for (const [name, data] of Object.entries(arrays)) {
    const each = elements(placed, name);
    if (data.length !== each && data.length !== each * count) {
      throw new Error(`${name} has ${data.length} elements, a profile has ${each}, there are ${count}`);
    }
    take(kernels, placed, name, data.byteLength, data.length, data.length === each * count ? each : 0);
    view(kernels, placed, name).set(data as never);
  }
  return placed;
}

/** Room for outputs, filled with what no kernel writes, so that an output left out is seen. */
export function placeOutputs(
  kernels: Kernels,
  count: number,
  agents: number,
  items: number,
  names: readonly string[],
): TestPlaced {
  const placed = new TestPlaced(count, agents, items);
  for (const name of names) {
    const each = elements(placed, name);
    const bytes = TYPED_ARRAYS[arraySpec(name)!.dtype].BYTES_PER_ELEMENT;
    take(kernels, placed, name, count * each * bytes, count * each, each);
    const { address } = placed.spots.get(name)!;
    new Uint8Array(kernels.call.memory.buffer, address, count * each * bytes).fill(0xee);
  }
  return placed;
}

function take(kernels: Kernels, placed: TestPlaced, name: string, bytes: number, length: number, stride: number): void {
  const address = kernels.arena.take(bytes + GUARD);
  placed.spots.set(name, { address, length, stride });
  new Uint8Array(kernels.call.memory.buffer, address + bytes, GUARD).fill(GUARD_BYTE);
}

function view(kernels: Kernels, placed: TestPlaced, name: string): NumericArray {
  const { address, length } = placed.spots.get(name)!;
  return new TYPED_ARRAYS[arraySpec(name)!.dtype](kernels.call.memory.buffer, address, length);
}

/** A copy of an array as it stands in the arena; throws where something wrote past its end. */
export function readBack(kernels: Kernels, placed: TestPlaced, name: string): NumericArray {
  const copy = view(kernels, placed, name).slice();
  const { address } = placed.spots.get(name)!;
  const guard = new Uint8Array(kernels.call.memory.buffer, address + copy.byteLength, GUARD);
  if (guard.some((byte) => byte !== GUARD_BYTE)) throw new Error(`something wrote past the end of ${name}`);
  return copy;
}
