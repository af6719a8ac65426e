// Pictures of agents x items: how they lie in memory, and what the network reads.
//
// A picture has N rows of M positions, a position some numbers next to one another (its planes). One position of zeros after each row and one
// row of zeros after each picture are the margin of both neighbours, so that several pictures are one long list of rows and a 3 x 3
// neighbourhood is three runs of three positions, `row` apart:
//
//     margin (row + 1 positions) | row 0, 0 | row 1, 0 | … | row N − 1, 0 | zeros | next picture … | margin (row + 1)
import { padded } from '../linalg/gemm';

/** Planes that the restricted values are dealt to. */
const DEALT: i32 = 5;
/** Larger numbers may overflow in single precision. */
const LARGEST: f64 = 1e30;

/** Rows of pictures. */
@unmanaged
export class Planes {
  count: i32; // pictures
  N: i32;
  M: i32;
  row: i32; // positions from one row to the next
  reach: i32; // positions from the first one to the last
}

export function layPlanes(p: Planes, count: i32, N: i32, M: i32): void {
  p.count = count;
  p.N = N;
  p.M = M;
  p.row = M + 1;
  p.reach = (count * (N + 1) - 1) * p.row;
}

/** Bytes of a position. */
// @ts-ignore: decorator
@inline export function stepOf(planes: i32): usize { return <usize>padded(planes) << 2; }
/** Bytes before the first position, and after the last. */
// @ts-ignore: decorator
@inline export function marginOf(p: Planes, planes: i32): usize { return <usize>(p.row + 1) * stepOf(planes); }
/** Bytes of all, margins included. */
// @ts-ignore: decorator
@inline export function bytesOf(p: Planes, planes: i32): usize { return 2 * marginOf(p, planes) + <usize>p.reach * stepOf(planes); }
/** Byte offset of row i of picture k. */
// @ts-ignore: decorator
@inline
export function rowAt(p: Planes, planes: i32, k: i32, i: i32): usize {
  return marginOf(p, planes) + <usize>((k * (p.N + 1) + i) * p.row) * stepOf(planes);
}

/** Zeros wherever there is no picture. */
export function clearMargins(p: Planes, planes: i32, at: usize): void {
  const step = stepOf(planes), margin = marginOf(p, planes), row = <usize>p.row * step;
  memory.fill(at, 0, margin);
  memory.fill(at + margin + <usize>p.reach * step, 0, margin);
  for (let k: i32 = 0; k < p.count; ++k) {
    for (let i: i32 = 0; i < p.N; ++i) memory.fill(at + rowAt(p, planes, k, i) + row - step, 0, step);
    if (k + 1 < p.count) memory.fill(at + rowAt(p, planes, k, p.N), 0, row);
  }
}

/**
 * Writes what the network reads of a profile (values f64[N·M]) to picture k: v; and in plane 1 + m mod 5 the value of item m to the agent who
 * values it most, the lowest of equals. Returns whether a network can read the numbers.
 */
export function drawPicture(p: Planes, planes: i32, k: i32, values: usize, at: usize): bool {
  const N = p.N, M = p.M, step = stepOf(planes);
  let most: f64 = 0;
  for (let m: i32 = 0; m < M; ++m) {
    let best: i32 = 0, high: f64 = -1;
    for (let i: i32 = 0; i < N; ++i) {
      const v = load<f64>(values + (<usize>(i * M + m) << 3)), to = at + rowAt(p, planes, k, i) + <usize>m * step;
      memory.fill(to, 0, step);
      store<f32>(to, <f32>v);
      if (v > high) {
        high = v;
        best = i;
      }
    }
    store<f32>(at + rowAt(p, planes, k, best) + <usize>m * step + (<usize>(1 + m % DEALT) << 2), <f32>high);
    most = Math.max(most, high);
  }
  return most <= LARGEST;
}
