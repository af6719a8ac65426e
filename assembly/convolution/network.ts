// What a convolutional network is and where its parameters lie (src/networks/config.ts).
//
// Parameters arrive as one flat f32 vector: of each convolution a matrix of 9·inputs rows (taps from above to below, in them from left to right,
// in them planes) and outputs columns, then its bias. Each is packed twice, into panels of its columns (forward) and, its taps turned round,
// of its rows (backward), as linalg/gemm.ts reads them.
import { PANEL, padded } from '../linalg/gemm';

/** Blocks one after another, all of the same widths but for the first input. */
export const BLOCKS: i32 = 3;

/** Written by src/networks/eef1nn.ts; planes of the layers of a block follow as i32, the last layer's single one left out. */
@unmanaged
export class Network {
  inputs: i32; // planes that are read
  layers: i32; // of a block, less one
  parameters: usize; // flat f32
  table: usize; // Convolution records; packed arrays follow
}

@unmanaged
export class Convolution {
  inputs: i32; // planes
  outputs: i32;
  inner: i32; // numbers of a position that a tap reads: a single plane alone, else the panels' padding too
  turned: i32; // the same of the outputs
  weight: i32; // offset in the flat vector, in elements; the bias follows
  forward: usize; // panels over outputs: 9·inner x 8 each
  backward: usize; // panels over inputs: 9·turned x 8 each
  offset: usize; // padded bias, f32
  slope: usize; // offset in bytes of dW (9·inner x padded outputs), then db, in a buffer of gradients
}

// @ts-ignore: decorator
@inline export function depthOf(net: Network): i32 { return BLOCKS * (net.layers + 1); }
// @ts-ignore: decorator
@inline export function convolution(net: Network, index: i32): Convolution {
  return changetype<Convolution>(net.table + <usize>index * offsetof<Convolution>());
}
/** Numbers of a position that a tap reads. */
// @ts-ignore: decorator
@inline export function innerOf(planes: i32): i32 { return planes == 1 ? 1 : padded(planes); }

/** Bytes of the records. */
export function tableBytes(layers: i32): usize {
  return <usize>(BLOCKS * (layers + 1)) * offsetof<Convolution>();
}

/** Fills the table in; packed arrays begin behind it. Returns where they end. */
export function layOut(net: Network): usize {
  let place = (net.table + tableBytes(net.layers) + 63) & ~63, at: i32 = 0, planes = net.inputs, slope: usize = 0;
  for (let k: i32 = 0, all = depthOf(net); k < all; ++k) {
    const c = convolution(net, k), l = k % (net.layers + 1);
    c.inputs = planes;
    c.outputs = l == net.layers ? 1 : load<i32>(changetype<usize>(net) + offsetof<Network>() + (<usize>l << 2));
    c.inner = innerOf(c.inputs);
    c.turned = innerOf(c.outputs);
    c.weight = at;
    at += (9 * c.inputs + 1) * c.outputs;
    c.forward = place;
    place += <usize>(9 * c.inner * padded(c.outputs)) << 2;
    c.backward = place;
    place += <usize>(9 * c.turned * padded(c.inputs)) << 2;
    c.offset = place;
    place += <usize>padded(c.outputs) << 2;
    c.slope = slope;
    slope += <usize>((9 * c.inner + 1) * padded(c.outputs)) << 2;
    planes = c.outputs;
  }
  return place;
}

/** Bytes of a buffer of gradients. */
export function slopeBytes(net: Network): usize {
  const last = convolution(net, depthOf(net) - 1);
  return last.slope + (<usize>((9 * last.inner + 1) * padded(last.outputs)) << 2);
}

/** Row (tap, plane c) of panel j of a packed matrix of `inner` rows a tap. */
// @ts-ignore: decorator
@inline function cell(from: usize, inner: i32, j: i32, tap: i32, c: i32): usize {
  return from + (<usize>(j * 9 * inner + (tap * inner + c) * PANEL) << 2);
}

/** Packs the parameters; the table is laid out already. */
export function packParameters(net: Network): void {
  for (let k: i32 = 0, all = depthOf(net); k < all; ++k) {
    const c = convolution(net, k), inputs = c.inputs, outputs = c.outputs, flat = net.parameters + (<usize>c.weight << 2);
    memory.fill(c.forward, 0, c.offset - c.forward + (<usize>padded(outputs) << 2));
    for (let tap: i32 = 0, from = flat; tap < 9; ++tap) {
      for (let i: i32 = 0; i < inputs; ++i) {
        for (let o: i32 = 0; o < outputs; ++o, from += 4) {
          const w = load<f32>(from);
          store<f32>(cell(c.forward, c.inner, o & ~(PANEL - 1), tap, i) + (<usize>(o & (PANEL - 1)) << 2), w);
          store<f32>(cell(c.backward, c.turned, i & ~(PANEL - 1), 8 - tap, o) + (<usize>(i & (PANEL - 1)) << 2), w);
        }
      }
    }
    memory.copy(c.offset, flat + (<usize>(9 * inputs * outputs) << 2), <usize>outputs << 2);
  }
}

/** Takes a buffer of gradients apart into the flat vector. */
export function flatten(net: Network, slopes: usize, flat: usize): void {
  for (let k: i32 = 0, all = depthOf(net); k < all; ++k) {
    const c = convolution(net, k), row = <usize>padded(c.outputs) << 2, bytes = <usize>c.outputs << 2;
    let to = flat + (<usize>c.weight << 2);
    for (let tap: i32 = 0; tap < 9; ++tap) {
      let from = slopes + c.slope + <usize>(tap * c.inner) * row;
      for (let i: i32 = 0; i < c.inputs; ++i, from += row, to += bytes) memory.copy(to, from, bytes);
    }
    memory.copy(to, slopes + c.slope + <usize>(9 * c.inner) * row, bytes);
  }
}
