// Bundles and lists that are the same, merged by hash, so that a solver prices each bundle once and scans each list once.
//
// rows   T rows of `width` bytes (bit masks or units of a bundle)
// ids    i32[T]     out: number of the row among the different ones, in the order of first appearance
// table  i32[size]  scratch: open addressing, size a power of two of at least twice the entries
//
// Cost: one hash and one comparison a row or list, collisions apart. Cannot fail.
import { integer, real, setInteger, setReal } from '../arrays';

const FACTOR: u64 = 0x9e3779b97f4a7c15;

// @ts-ignore: decorator
@inline function stir(hash: u64, word: u64): u64 {
  const h = (hash ^ word) * FACTOR;
  return h ^ (h >> 32);
}

function hashBytes(at: usize, width: usize): u64 {
  let hash: u64 = width;
  let o: usize = 0;
  for (; o + 8 <= width; o += 8) hash = stir(hash, load<u64>(at + o));
  for (; o < width; o += 2) hash = stir(hash, load<u16>(at + o));
  return stir(hash, 0);
}

function sameBytes(a: usize, b: usize, width: usize): bool {
  let o: usize = 0;
  for (; o + 8 <= width; o += 8) if (load<u64>(a + o) != load<u64>(b + o)) return false;
  for (; o < width; o += 2) if (load<u16>(a + o) != load<u16>(b + o)) return false;
  return true;
}

/** representative i32[·] out: a row of each number. Returns how many different rows there are. */
export function mergeRows(rows: i32, width: i32, data: usize, ids: usize, representative: usize, table: usize, size: i32): i32 {
  const mask = <u64>(size - 1);
  const wide = <usize>width;
  memory.fill(table, 0xff, <usize>size << 2);
  let count: i32 = 0;
  for (let r: i32 = 0; r < rows; ++r) {
    const at = data + <usize>r * wide;
    let slot = hashBytes(at, wide) & mask;
    let id: i32;
    while ((id = integer(table, <i32>slot)) >= 0 && !sameBytes(at, data + <usize>integer(representative, id) * wide, wide)) {
      slot = (slot + 1) & mask;
    }
    if (id < 0) {
      id = count++;
      setInteger(table, <i32>slot, id);
      setInteger(representative, id, r);
    }
    setInteger(ids, r, id);
  }
  return count;
}

/**
 * Lists of agents over bundle numbers become lists of types. `start` i32[n+1], `ids` as mergeRows left them, `rename` i32[·]: the number that a bundle goes
 * by from here on, -1 to leave it out. `list` i32[·] out, `first`, `end` i32[n] and `weight` f64[n] out, one for each type, in order of first appearance;
 * `multiplicity` i32[n] in, 0: one agent each. Returns the number of types.
 */
export function mergeLists(
  agents: i32, start: usize, ids: usize, rename: usize, multiplicity: usize, list: usize, first: usize, end: usize, weight: usize,
  table: usize, size: i32,
): i32 {
  const mask = <u64>(size - 1);
  memory.fill(table, 0xff, <usize>size << 2);
  let count: i32 = 0, next: i32 = 0;
  for (let i: i32 = 0; i < agents; ++i) {
    const from = next;
    for (let r = integer(start, i); r < integer(start, i + 1); ++r) {
      const id = integer(rename, integer(ids, r));
      if (id >= 0) setInteger(list, next++, id);
    }
    const w: f64 = multiplicity ? <f64>integer(multiplicity, i) : 1;
    if (next == from || w == 0) {
      next = from;
      continue;
    }
    const width = <usize>(next - from) << 2;
    const at = list + (<usize>from << 2);
    let slot = hashBytes(at, width) & mask;
    let t: i32;
    while ((t = integer(table, <i32>slot)) >= 0) {
      const other = integer(first, t);
      if (integer(end, t) - other == next - from && sameBytes(at, list + (<usize>other << 2), width)) break;
      slot = (slot + 1) & mask;
    }
    if (t >= 0) {
      setReal(weight, t, real(weight, t) + w);
      next = from;
      continue;
    }
    t = count++;
    setInteger(table, <i32>slot, t);
    setInteger(first, t, from);
    setInteger(end, t, next);
    setReal(weight, t, w);
  }
  return count;
}
