import type { Extents } from '../types.js';

/**
 * Arrays of a chunk of profiles inside a kernel memory. A stride is the number of elements from one profile to the next, 0
 * where one array holds for every profile; an address of 0 means that the array is absent.
 */
export interface Placed extends Extents {
  /** Number of profiles in the chunk. */
  readonly count: number;
  readonly agents: number;
  readonly items: number;
  /** Index of the chunk's first profile in its batch: what is drawn for a profile is keyed by its index. */
  readonly first: number;
  address(name: string): number;
  stride(name: string): number;
}
