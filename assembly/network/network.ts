// What a network is and where its parameters lie (src/networks/config.ts says what it computes; Zeng et al. 2023, section 4, Remark 2).
//
// Parameters arrive as one flat f32 vector. Each linear map in it is packed twice, into panels of its columns (forward) and of its rows
// (backward), as linalg/gemm.ts reads them. The first map of a dense network is packed backward agent by agent, since a report
// concerns one agent's inputs only.
import { PANEL, padded } from '../linalg/gemm';

export const SHARES: i32 = 0, FAIR: i32 = 1; // exs-net, expf-net

/** Written by src/wasm/network.ts; widths of the tanh layers follow as i32. */
@unmanaged
export class Network {
  model: i32;
  equivariant: i32;
  N: i32;
  M: i32;
  features: i32; // numbers an agent brings: values, demands, weight if it is an input
  layers: i32;
  scale: f32; // z over output
  parameters: usize; // flat f32
  table: usize; // Linear records, then packed arrays
}

/** A linear map y = W x (+ b). */
@unmanaged
export class Linear {
  inputs: i32;
  outputs: i32;
  groups: i32; // the inputs are packed backward in so many equal groups
  weight: i32; // offsets in the flat vector, in elements; bias −1: none
  bias: i32;
  forward: usize; // packed panels over outputs: inputs x 8 each
  backward: usize; // packed panels over inputs, per group: outputs x 8 each
  offset: usize; // padded bias, f32
  slope: usize; // offset in bytes of dW (inputs x padded outputs), then db, in a buffer of gradients
}

// @ts-ignore: decorator
@inline export function widthOf(net: Network, layer: i32): i32 {
  return load<i32>(changetype<usize>(net) + offsetof<Network>() + (<usize>layer << 2));
}
// @ts-ignore: decorator
@inline export function linear(net: Network, index: i32): Linear {
  return changetype<Linear>(net.table + <usize>index * offsetof<Linear>());
}
/** Rows x columns of the output, as heads see it. */
// @ts-ignore: decorator
@inline export function outputsOf(net: Network): i32 { return (net.model == SHARES ? net.N + 1 : net.N) * net.M; }

/** Linear maps of a layer and of the output, in the order of the table. */
export const OWN: i32 = 0, MEAN: i32 = 1, SUPPLY: i32 = 2;
// @ts-ignore: decorator
@inline export function mapOf(net: Network, layer: i32, which: i32): Linear {
  // Dense: layer 0 has the agents' inputs and the supplies, others one map. Equivariant: own, mean (and supply in layer 0; burn in the output).
  if (net.equivariant) return linear(net, layer == 0 ? which : 2 * layer + 1 + which);
  return linear(net, layer == 0 ? (which == SUPPLY ? 1 : 0) : layer + 1);
}
// @ts-ignore: decorator
@inline export function burnOf(net: Network): Linear { return linear(net, 2 * net.layers + 3); }

export function mapsOf(net: Network): i32 {
  return net.equivariant ? 2 * net.layers + (net.model == SHARES ? 4 : 3) : net.layers + 2;
}

/** Lays one map out; `place` is where its packed arrays begin. Returns where they end. */
function lay(l: Linear, inputs: i32, outputs: i32, groups: i32, weight: i32, bias: i32, place: usize): usize {
  l.inputs = inputs;
  l.outputs = outputs;
  l.groups = groups;
  l.weight = weight;
  l.bias = bias;
  l.forward = place;
  place += <usize>(inputs * padded(outputs)) << 2;
  l.backward = place;
  place += <usize>(groups * padded(inputs / groups) * outputs) << 2;
  l.offset = place;
  return place + (<usize>padded(outputs) << 2);
}

/** Fills the table in; returns the end of the packed arrays. */
export function layOut(net: Network): usize {
  const N = net.N, M = net.M, F = net.features, L = net.layers;
  let place = (net.table + <usize>mapsOf(net) * offsetof<Linear>() + 63) & ~63, at: i32 = 0;
  if (!net.equivariant) {
    let inputs = N * F;
    for (let l: i32 = 0; l <= L; ++l) {
      const outputs = l < L ? widthOf(net, l) : outputsOf(net);
      const supplies = l == 0 ? M : 0, bias = at + (inputs + supplies) * outputs;
      place = lay(mapOf(net, l, OWN), inputs, outputs, l == 0 ? N : 1, at, bias, place);
      if (supplies) place = lay(mapOf(net, 0, SUPPLY), M, outputs, 1, at + inputs * outputs, -1, place);
      at = bias + outputs;
      inputs = outputs;
    }
  } else {
    let inputs = F;
    for (let l: i32 = 0; l <= L; ++l) {
      const outputs = l < L ? widthOf(net, l) : M, each = inputs * outputs;
      const bias = at + 2 * each + (l == 0 ? M * outputs : 0);
      place = lay(mapOf(net, l, OWN), inputs, outputs, 1, at, bias, place);
      place = lay(mapOf(net, l, MEAN), inputs, outputs, 1, at + each, -1, place);
      if (l == 0) place = lay(mapOf(net, 0, SUPPLY), M, outputs, 1, at + 2 * each, -1, place);
      at = bias + outputs;
      if (l == L && net.model == SHARES) place = lay(burnOf(net), inputs, M, 1, at, at + inputs * M, place);
      inputs = outputs;
    }
  }
  let slope: usize = 0;
  for (let k: i32 = 0, maps = mapsOf(net); k < maps; ++k) {
    const l = linear(net, k);
    l.slope = slope;
    slope += <usize>((l.inputs + 1) * padded(l.outputs)) << 2;
  }
  return place;
}

/** Bytes of a buffer of gradients. */
export function slopeBytes(net: Network): usize {
  const last = linear(net, mapsOf(net) - 1);
  return last.slope + (<usize>((last.inputs + 1) * padded(last.outputs)) << 2);
}

/** Packs a rows x columns matrix, element (r, c) at from + r·row + c·column elements, into panels over columns; missing ones are 0. */
function pack(from: usize, rows: i32, columns: i32, row: i32, column: i32, to: usize): void {
  for (let j: i32 = 0; j < columns; j += PANEL) {
    for (let r: i32 = 0; r < rows; ++r) {
      for (let c: i32 = j; c < j + PANEL; ++c, to += 4) {
        store<f32>(to, c < columns ? load<f32>(from + (<usize>(r * row + c * column) << 2)) : 0);
      }
    }
  }
}

/** Packs the parameters; the table is laid out already. */
export function packParameters(net: Network): void {
  for (let k: i32 = 0, maps = mapsOf(net); k < maps; ++k) {
    const l = linear(net, k), flat = net.parameters + (<usize>l.weight << 2), each = l.inputs / l.groups;
    pack(flat, l.inputs, l.outputs, l.outputs, 1, l.forward);
    for (let g: i32 = 0; g < l.groups; ++g) {
      pack(flat + (<usize>(g * each * l.outputs) << 2), l.outputs, each, 1, l.outputs, backwardOf(l, g));
    }
    memory.fill(l.offset, 0, <usize>padded(l.outputs) << 2);
    if (l.bias >= 0) memory.copy(l.offset, net.parameters + (<usize>l.bias << 2), <usize>l.outputs << 2);
  }
}

/** Where the backward panels of a group of inputs begin. */
// @ts-ignore: decorator
@inline export function backwardOf(l: Linear, group: i32): usize {
  return l.backward + (<usize>(group * padded(l.inputs / l.groups) * l.outputs) << 2);
}

/** Takes a buffer of gradients apart into the flat vector. */
export function flatten(net: Network, slopes: usize, flat: usize): void {
  for (let k: i32 = 0, maps = mapsOf(net); k < maps; ++k) {
    const l = linear(net, k), row = <usize>padded(l.outputs) << 2, bytes = <usize>l.outputs << 2;
    let from = slopes + l.slope, to = flat + (<usize>l.weight << 2);
    for (let r: i32 = 0; r < l.inputs; ++r, from += row, to += bytes) memory.copy(to, from, bytes);
    if (l.bias >= 0) memory.copy(flat + (<usize>l.bias << 2), from, bytes);
  }
}
