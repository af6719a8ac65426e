// Forward through the layers and back again, for rows of reports; what forward leaves on the tape, backward reads.
import { ACCUMULATE, BIAS, gemm, padded } from '../linalg/gemm';
import { tanhAll, tanhSlope } from './functions';
import { apply, gather, pull, rowOf } from './layer';
import { Linear, MEAN, Network, OWN, SHARES, SUPPLY, burnOf, mapOf, outputsOf, widthOf } from './network';

@unmanaged
export class Tape {
  levels: usize; // activations of each tanh layer, `level` bytes apart: rows (x N in an equivariant network)
  level: usize;
  means: usize; // equivariant: mean inputs of each layer and of the output, `mean` bytes apart
  mean: usize;
  out: usize; // rows x outputs, rowOf(outputs) apart
  back: usize; // two levels of gradients
  common: usize; // equivariant: rows x width, what agents have in common
  commonBack: usize;
  single: usize; // equivariant: (rows N) x M outputs before they are put together
}

function widest(net: Network): i32 {
  let most = max(net.features, net.M);
  for (let l: i32 = 0; l < net.layers; ++l) most = max(most, widthOf(net, l));
  return net.equivariant ? most : max(most, outputsOf(net));
}

/** Gives a tape for `rows` rows its room from `place` on; returns the end. */
export function layTape(net: Network, rows: i32, t: Tape, place: usize): usize {
  const wide = rowOf(widest(net)), all = <usize>(net.equivariant ? rows * net.N : rows);
  let at = place;
  t.level = all * wide;
  t.levels = at;
  at += <usize>net.layers * t.level;
  t.mean = net.equivariant ? <usize>rows * wide : 0;
  t.means = at;
  at += <usize>(net.layers + 1) * t.mean;
  t.out = at;
  at += <usize>rows * rowOf(outputsOf(net));
  t.back = at;
  at += 2 * t.level;
  t.common = at;
  t.commonBack = at + t.mean;
  t.single = at + 2 * t.mean;
  return (t.single + (net.equivariant ? all * rowOf(net.M) : 0) + 63) & ~63;
}

// @ts-ignore: decorator
@inline export function levelOf(t: Tape, layer: i32): usize { return t.levels + <usize>layer * t.level; }
// @ts-ignore: decorator
@inline function meanOf(t: Tape, layer: i32): usize { return t.means + <usize>layer * t.mean; }

/** Dense, from the pre-activations of the first layer, which stand in its level. */
export function forwardDense(net: Network, t: Tape, rows: i32): void {
  const L = net.layers;
  for (let l: i32 = 0; l < L; ++l) {
    const width = widthOf(net, l);
    if (l > 0) apply(mapOf(net, l, OWN), rows, levelOf(t, l - 1), rowOf(widthOf(net, l - 1)), levelOf(t, l), false);
    tanhAll(levelOf(t, l), rows * padded(width));
  }
  apply(mapOf(net, L, OWN), rows, levelOf(t, L - 1), rowOf(widthOf(net, L - 1)), t.out, false);
}

/** Dense, from gradients of the output; gradients of parameters behind the first layer are added to `slopes` if there are any. Returns where
 *  those of the first pre-activations stand. */
export function backwardDense(net: Network, t: Tape, rows: i32, dout: usize, slopes: usize): usize {
  let d = dout, other = t.back;
  for (let l = net.layers; l > 0; --l) {
    const map = mapOf(net, l, OWN), width = widthOf(net, l - 1), h = levelOf(t, l - 1);
    if (slopes) gather(map, rows, h, rowOf(width), d, slopes);
    pull(map, 0, rows, d, other);
    tanhSlope(other, h, rows * padded(width));
    d = other;
    other = d == t.back ? t.back + t.level : t.back;
  }
  return d;
}

/** mean[r] = Σ_i x[r N + i] / N, or without the division. */
function pool(N: i32, rows: i32, x: usize, xRow: usize, size: i32, mean: usize, factor: f32): void {
  const row = rowOf(size);
  for (let r: i32 = 0; r < rows; ++r, mean += row) {
    memory.fill(mean, 0, row);
    for (let i: i32 = 0; i < N; ++i, x += xRow) {
      for (let c: usize = 0, end = <usize>size << 2; c < end; c += 4) store<f32>(mean + c, load<f32>(mean + c) + load<f32>(x + c));
    }
    for (let c: usize = 0; c < row; c += 4) store<f32>(mean + c, load<f32>(mean + c) * factor);
  }
}

/** out[r N + i] = common[r], or += factor · common[r]. */
function spread(N: i32, rows: i32, common: usize, row: usize, out: usize, add: bool, factor: f32): void {
  const f = f32x4.splat(factor);
  for (let r: i32 = 0; r < rows; ++r, common += row) {
    for (let i: i32 = 0; i < N; ++i, out += row) {
      if (!add) memory.copy(out, common, row);
      else for (let c: usize = 0; c < row; c += 16) v128.store(out + c, f32x4.add(v128.load(out + c), f32x4.mul(f, v128.load(common + c))));
    }
  }
}

/** One layer before its tanh: out[r N + i] = x[r N + i] A + mean[r] B (+ supplies C) + bias. */
function mix(net: Network, t: Tape, layer: i32, rows: i32, x: usize, xRow: usize, supplies: usize, out: usize): void {
  const own = mapOf(net, layer, OWN), mean = mapOf(net, layer, MEAN), N = net.N, row = rowOf(own.outputs);
  pool(N, rows, x, xRow, own.inputs, meanOf(t, layer), <f32>1 / <f32>N);
  gemm(rows, mean.inputs, mean.outputs, meanOf(t, layer), rowOf(mean.inputs), 4, mean.forward, 32, <usize>mean.inputs << 5, t.common, row, BIAS, own.offset);
  if (layer == 0) {
    const supply = mapOf(net, 0, SUPPLY);
    gemm(rows, net.M, supply.outputs, supplies, <usize>net.M << 2, 4, supply.forward, 32, <usize>net.M << 5, t.common, row, ACCUMULATE, 0);
  }
  spread(N, rows, t.common, row, out, false, 1);
  apply(own, rows * N, x, xRow, out, true);
}

/** Equivariant, from features (rows N x features, without gaps) and supplies over N (rows x M). */
export function forwardEquivariant(net: Network, t: Tape, rows: i32, features: usize, supplies: usize): void {
  const N = net.N, M = net.M, L = net.layers;
  let x = features, xRow = <usize>net.features << 2;
  for (let l: i32 = 0; l < L; ++l) {
    mix(net, t, l, rows, x, xRow, supplies, levelOf(t, l));
    x = levelOf(t, l);
    xRow = rowOf(widthOf(net, l));
    tanhAll(x, rows * N * padded(widthOf(net, l)));
  }
  mix(net, t, L, rows, x, xRow, 0, t.single);
  const outRow = rowOf(outputsOf(net)), each = <usize>M << 2, burns = net.model == SHARES;
  if (burns) apply(burnOf(net), rows, meanOf(t, L), xRow, t.common, false);
  const crowd = <f32>Math.log(N);
  for (let r: i32 = 0, single = t.single, out = t.out, burn = t.common; r < rows; ++r, out += outRow, burn += rowOf(M)) {
    for (let i: i32 = 0; i < N; ++i, single += rowOf(M)) memory.copy(out + <usize>i * each, single, each);
    if (!burns) continue;
    for (let m: usize = 0; m < each; m += 4) store<f32>(out + <usize>N * each + m, load<f32>(burn + m) + crowd);
  }
}

/** Equivariant, from gradients of the output. Leaves those of the first pre-activations at the address returned, summed over agents in
 *  `commonBack`. */
export function backwardEquivariant(
  net: Network, t: Tape, rows: i32, dout: usize, slopes: usize, features: usize, supplies: usize,
): usize {
  const N = net.N, M = net.M, L = net.layers, outRow = rowOf(outputsOf(net)), each = <usize>M << 2;
  memory.fill(t.single, 0, <usize>(rows * N) * rowOf(M));
  for (let r: i32 = 0, single = t.single; r < rows; ++r) {
    for (let i: i32 = 0; i < N; ++i, single += rowOf(M)) memory.copy(single, dout + <usize>r * outRow + <usize>i * each, each);
  }
  let d = t.single, other = t.back;
  for (let l = L; l > 0; --l) {
    const own = mapOf(net, l, OWN), mean = mapOf(net, l, MEAN), width = widthOf(net, l - 1), h = levelOf(t, l - 1), row = rowOf(width);
    pool(N, rows, d, rowOf(own.outputs), own.outputs, t.commonBack, 1);
    if (slopes) {
      gather(own, rows * N, h, row, d, slopes);
      gather(mean, rows, meanOf(t, l), row, t.commonBack, slopes);
    }
    pull(own, 0, rows * N, d, other);
    pull(mean, 0, rows, t.commonBack, t.common);
    spread(N, rows, t.common, row, other, true, <f32>1 / <f32>N);
    if (l == L && net.model == SHARES) {
      burnBack(burnOf(net), t, rows, dout + <usize>N * each, outRow, slopes, meanOf(t, l));
      spread(N, rows, t.common, row, other, true, <f32>1 / <f32>N);
    }
    tanhSlope(other, h, rows * N * padded(width));
    d = other;
    other = d == t.back ? t.back + t.level : t.back;
  }
  const own = mapOf(net, 0, OWN);
  pool(N, rows, d, rowOf(own.outputs), own.outputs, t.commonBack, 1);
  if (slopes) {
    gather(own, rows * N, features, <usize>net.features << 2, d, slopes);
    gather(mapOf(net, 0, MEAN), rows, meanOf(t, 0), rowOf(net.features), t.commonBack, slopes);
    gather(mapOf(net, 0, SUPPLY), rows, supplies, <usize>M << 2, t.commonBack, slopes);
  }
  return d;
}

/** Gradient of the burning agent's logits: into `common`, and to the parameters. */
function burnBack(burn: Linear, t: Tape, rows: i32, dburn: usize, dRow: usize, slopes: usize, mean: usize): void {
  const row = rowOf(burn.outputs), each = <usize>burn.outputs << 2;
  memory.fill(t.commonBack, 0, <usize>rows * row);
  for (let r: i32 = 0; r < rows; ++r) memory.copy(t.commonBack + <usize>r * row, dburn + <usize>r * dRow, each);
  if (slopes) gather(burn, rows, mean, rowOf(burn.inputs), t.commonBack, slopes);
  pull(burn, 0, rows, t.commonBack, t.common);
}
