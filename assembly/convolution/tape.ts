// The layers forward and back. A convolution is three products, one for each row of its taps: neighbours of a position lie next to one another
// in memory (planes.ts), so that no matrix of patches is ever made.
//
//     y(p) = tanh(bias + Σ_taps W_tap x(p + tap)),   dx(p) = Σ_taps W_tap dz(p − tap),   dW_tap = Σ_p x(p + tap) dz(p)ᵀ,   dz = dy (1 − y²)
//
// Positions between pictures are computed too, and set back to 0 afterwards.
import { ACCUMULATE, BIAS, ZERO, gemm } from '../linalg/gemm';
import { tanhAll, tanhSlope } from '../network/functions';
import { Convolution, Network, convolution, depthOf } from './network';
import { Planes, bytesOf, clearMargins, marginOf, stepOf } from './planes';

/** Where the taps of row dy (0 to 2) of the first position begin. */
// @ts-ignore: decorator
@inline function taps(p: Planes, planes: i32, at: usize, dy: i32): usize { return at + <usize>(dy * p.row) * stepOf(planes); }
/** Bytes from one number that a tap reads to the next: a single plane is the first of a padded position. */
// @ts-ignore: decorator
@inline function apart(planes: i32): usize { return planes == 1 ? stepOf(1) : 4; }

/** y from x; planes of both at positions of their own width. */
function convolve(c: Convolution, p: Planes, x: usize, y: usize): void {
  const out = y + marginOf(p, c.outputs), depth = 3 * c.inner, panel = <usize>(9 * c.inner) << 5;
  for (let dy: i32 = 0; dy < 3; ++dy) {
    gemm(
      p.reach, depth, c.outputs, taps(p, c.inputs, x, dy), stepOf(c.inputs), apart(c.inputs), c.forward + (<usize>(dy * depth) << 5), 32, panel,
      out, stepOf(c.outputs), dy == 0 ? BIAS : ACCUMULATE, c.offset,
    );
  }
  tanhAll(out, p.reach * <i32>(stepOf(c.outputs) >> 2));
  clearMargins(p, c.outputs, y);
}

/** dx from dz. */
function pull(c: Convolution, p: Planes, dz: usize, dx: usize): void {
  const out = dx + marginOf(p, c.inputs), depth = 3 * c.turned, panel = <usize>(9 * c.turned) << 5;
  for (let dy: i32 = 0; dy < 3; ++dy) {
    gemm(
      p.reach, depth, c.inputs, taps(p, c.outputs, dz, dy), stepOf(c.outputs), apart(c.outputs), c.backward + (<usize>(dy * depth) << 5), 32,
      panel, out, stepOf(c.inputs), dy == 0 ? ZERO : ACCUMULATE, 0,
    );
  }
}

/** dW += …, db += Σ dz in a buffer of gradients. */
function gather(c: Convolution, p: Planes, x: usize, dz: usize, slopes: usize): void {
  const row = stepOf(c.outputs), depth = 3 * c.inner;
  let from = dz + marginOf(p, c.outputs);
  for (let dy: i32 = 0; dy < 3; ++dy) {
    gemm(
      depth, p.reach, c.outputs, taps(p, c.inputs, x, dy), apart(c.inputs), stepOf(c.inputs), from, row, 32,
      slopes + c.slope + <usize>(dy * depth) * row, row, ACCUMULATE, 0,
    );
  }
  const bias = slopes + c.slope + <usize>(9 * c.inner) * row;
  for (let r: i32 = 0; r < p.reach; ++r, from += row) {
    for (let o: usize = 0; o < row; o += 16) v128.store(bias + o, f32x4.add(v128.load(bias + o), v128.load(from + o)));
  }
}

/** Bytes of the widest layer. */
export function widest(net: Network, p: Planes): usize {
  let most = bytesOf(p, net.inputs);
  for (let k: i32 = 0, all = depthOf(net); k < all; ++k) most = max(most, bytesOf(p, convolution(net, k).outputs));
  return most;
}

/** Bytes of what every layer gave. */
export function tapeBytes(net: Network, p: Planes): usize {
  let sum: usize = 0;
  for (let k: i32 = 0, all = depthOf(net); k < all; ++k) sum += bytesOf(p, convolution(net, k).outputs);
  return sum;
}

/** Runs the network from `input` with two places of the widest layer; returns where its output is. */
export function runThrough(net: Network, p: Planes, input: usize, one: usize, other: usize): usize {
  let x = input, y = one;
  for (let k: i32 = 0, all = depthOf(net); k < all; ++k) {
    convolve(convolution(net, k), p, x, y);
    x = y;
    y = x == one ? other : one;
  }
  return x;
}

/** The same, every layer kept on the tape one after another. */
export function record(net: Network, p: Planes, input: usize, tape: usize): usize {
  let x = input, y = tape;
  for (let k: i32 = 0, all = depthOf(net); k < all; ++k) {
    const c = convolution(net, k);
    convolve(c, p, x, y);
    x = y;
    y += bytesOf(p, c.outputs);
  }
  return x;
}

/** Adds the derivatives in the parameters, given those in the output in `one`; `other` is a second place of the widest layer. */
export function replay(net: Network, p: Planes, input: usize, tape: usize, one: usize, other: usize, slopes: usize): void {
  let d = one, next = other, y = tape + tapeBytes(net, p);
  for (let k = depthOf(net) - 1; k >= 0; --k) {
    const c = convolution(net, k);
    y -= bytesOf(p, c.outputs);
    const x = k == 0 ? input : y - bytesOf(p, c.inputs), margin = marginOf(p, c.outputs);
    tanhSlope(d + margin, y + margin, p.reach * <i32>(stepOf(c.outputs) >> 2));
    clearMargins(p, c.outputs, d);
    gather(c, p, x, d, slopes);
    if (k > 0) pull(c, p, d, next);
    const from = d;
    d = next;
    next = from;
  }
}
