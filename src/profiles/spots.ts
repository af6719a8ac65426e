import type { Extents } from '../types.js';
import type { Kernels } from '../wasm/kernels.js';
import type { Placed } from '../wasm/placed.js';
import { TYPED_ARRAYS, arraySpec } from './schema.js';

/** Elements of one profile of an array. */
export function elementsOf(name: string, agents: number, items: number): number {
  const size = { profile: 1, agent: agents, item: items, row: 0, group: 0, piece: 0 };
  const { axes, dimensions } = arraySpec(name)!;
  return (axes ?? dimensions!).reduce((product, axis) => product * size[axis], 1);
}

/** Bytes of one profile of an array. */
export function bytesOf(name: string, agents: number, items: number): number {
  return elementsOf(name, agents, items) * TYPED_ARRAYS[arraySpec(name)!.dtype].BYTES_PER_ELEMENT;
}

/** Where arrays of a chunk stand, noted as they are placed. */
export class Spots implements Placed {
  private readonly spots = new Map<string, readonly [address: number, stride: number]>();
  readonly rows: number = 0;
  readonly groups: number = 0;
  readonly pieces: number = 0;

  constructor(
    readonly count: number,
    readonly agents: number,
    readonly items: number,
    readonly first = 0,
    { rows, groups, pieces }: Extents = {},
  ) {
    if (rows !== undefined) this.rows = rows;
    if (groups !== undefined) this.groups = groups;
    if (pieces !== undefined) this.pieces = pieces;
  }

  put(name: string, address: number, stride: number): void {
    this.spots.set(name, [address, stride]);
  }

  address(name: string): number {
    return this.spots.get(name)?.[0] ?? 0;
  }

  stride(name: string): number {
    return this.spots.get(name)?.[1] ?? 0;
  }
}

/** Room for arrays of as many profiles as `like` has, contents undefined. */
export function placeRoom({ arena }: Kernels, like: Placed, names: readonly string[]): Spots {
  const { count, agents, items, first } = like;
  const placed = new Spots(count, agents, items, first);
  for (const name of names) {
    placed.put(name, arena.take(count * bytesOf(name, agents, items)), elementsOf(name, agents, items));
  }
  return placed;
}
