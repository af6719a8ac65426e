// EEF1-NN: a convolutional network that looks at a profile as at a picture of agents x items and gives every item to the agent with the largest
// number of its column, for whole batches, and what training it needs. src/networks/config.ts says what it computes; single precision but for the loss.
//
// Every call is given a Network block (convolution/network.ts); calls about profiles a Planes block (convolution/planes.ts) of those that go
// through the network together.
//
// values      f64[N·M]  in, row-major, >= 0; stride in elements between profiles, 0: one array for every profile
// output      f32[N·M]  out, what the network says, in (−1, 1); address 0: not wanted
// owner       i32[M]    out, agent with the largest number, the lowest among equals; −1 where a value is too large for single precision
// utilities   f64[N]    out, sum of the values of the agent's items, added in the order of the items; 0 likewise
// status      i32       out, SOLVED or NUMERICAL_ERROR
// residual    f64       out, 0 (infinity where there is no answer): a rule without a certificate
// target      i32[M]    in, whom each item should go to
// objective   Objective of convolution/loss.ts
// gradient    f32       out, derivatives of the sum of losses in the parameters, in their order
// loss        f64[B]    out
//
// Cost of a profile: two operations a parameter, agent and item forward, four more backward.
// Mishra, Padala, Gujar, EEF1-NN: Efficient and EF1 allocations through Neural Networks, 2021, as the baseline of Maruo, Takeuchi, Kashima,
// Learning Fair and Preferable Allocations through Neural Network, 2024, has it.
import { integer, setInteger, setReal } from './arrays';
import { Objective, lossOf, lossScratch } from './convolution/loss';
import { Network, flatten, layOut, packParameters, slopeBytes, tableBytes } from './convolution/network';
import { Planes, bytesOf, clearMargins, drawPicture, layPlanes, rowAt, stepOf } from './convolution/planes';
import { record, replay, runThrough, tapeBytes, widest } from './convolution/tape';
import { NUMERICAL_ERROR, SOLVED } from './status';

/** Bytes of the table at `net.table`. */
export function convolutionTable(layers: i32): usize {
  return tableBytes(layers);
}

/** Lays the table out; returns the end of the packed parameters behind it. */
export function convolutionLayout(net: usize): usize {
  return layOut(changetype<Network>(net));
}

/** Packs the parameters at `net.parameters`. */
export function convolutionPack(net: usize): void {
  packParameters(changetype<Network>(net));
}

/** Describes `together` profiles at `planes`; returns the bytes that running them takes. */
export function convolutionInferScratch(net: usize, planes: usize, together: i32, agents: i32, items: i32): usize {
  const n = changetype<Network>(net), p = changetype<Planes>(planes);
  layPlanes(p, together, agents, items);
  return bytesOf(p, n.inputs) + 2 * widest(n, p);
}

export function convolutionInfer(
  net: usize, planes: usize, count: i32, values: usize, valuesStride: i32, output: usize, owner: usize, utilities: usize, status: usize,
  residual: usize, scratch: usize,
): void {
  const n = changetype<Network>(net), p = changetype<Planes>(planes), N = p.N, M = p.M, together = p.count;
  const one = scratch + bytesOf(p, n.inputs), other = one + widest(n, p), input = scratch;
  for (let k: i32 = 0; k < count; k += together) {
    const now = min(together, count - k);
    layPlanes(p, now, N, M);
    for (let s: i32 = 0; s < now; ++s) {
      const readable = drawPicture(p, n.inputs, s, values + (<usize>(k + s) * <usize>valuesStride << 3), input);
      setInteger(status, k + s, readable ? SOLVED : NUMERICAL_ERROR);
      setReal(residual, k + s, readable ? 0 : Infinity);
    }
    clearMargins(p, n.inputs, input);
    const out = runThrough(n, p, input, one, other);
    for (let s: i32 = 0, q = k; s < now; ++s, ++q) {
      const v = values + (<usize>q * <usize>valuesStride << 3);
      handOut(p, s, out, v, owner + (<usize>(q * M) << 2), utilities + (<usize>(q * N) << 3), integer(status, q) == SOLVED);
      if (output != 0) copyOut(p, s, out, output + (<usize>q * <usize>(N * M) << 2));
    }
  }
  layPlanes(p, together, N, M);
}

/** Every item of picture k to the agent of its largest number; to nobody where there is no answer. */
function handOut(p: Planes, k: i32, out: usize, v: usize, owner: usize, utilities: usize, answered: bool): void {
  const N = p.N, M = p.M, step = stepOf(1), row = <usize>p.row * step, from = out + rowAt(p, 1, k, 0);
  memory.fill(utilities, 0, <usize>N << 3);
  for (let m: i32 = 0; m < M; ++m) {
    let best: i32 = 0;
    for (let i: i32 = 1; i < N; ++i) {
      if (load<f32>(from + <usize>i * row + <usize>m * step) > load<f32>(from + <usize>best * row + <usize>m * step)) best = i;
    }
    setInteger(owner, m, answered ? best : -1);
    const at = utilities + (<usize>best << 3);
    if (answered) store<f64>(at, load<f64>(at) + load<f64>(v + (<usize>(best * M + m) << 3)));
  }
}

function copyOut(p: Planes, k: i32, out: usize, to: usize): void {
  for (let i: i32 = 0; i < p.N; ++i) {
    const from = out + rowAt(p, 1, k, i);
    for (let m: i32 = 0; m < p.M; ++m, to += 4) store<f32>(to, load<f32>(from + <usize>m * stepOf(1)));
  }
}

/** Describes one profile at `planes`; returns the bytes that its gradient takes. */
export function convolutionSlopeScratch(net: usize, planes: usize, agents: i32, items: i32): usize {
  const n = changetype<Network>(net), p = changetype<Planes>(planes);
  layPlanes(p, 1, agents, items);
  return bytesOf(p, n.inputs) + 2 * widest(n, p) + tapeBytes(n, p) + slopeBytes(n) + lossScratch(agents, items);
}

export function convolutionSlope(
  net: usize, planes: usize, count: i32, values: usize, target: usize, objective: usize, loss: usize, gradient: usize, scratch: usize,
): void {
  const n = changetype<Network>(net), p = changetype<Planes>(planes), o = changetype<Objective>(objective), N = p.N, M = p.M;
  const input = scratch, one = input + bytesOf(p, n.inputs), wide = widest(n, p), other = one + wide, tape = other + wide;
  const slopes = tape + tapeBytes(n, p), room = slopes + slopeBytes(n);
  const step = stepOf(1), row = <usize>p.row * step, first = rowAt(p, 1, 0, 0);
  memory.fill(slopes, 0, slopeBytes(n));
  for (let k: i32 = 0; k < count; ++k) {
    const v = values + (<usize>(k * N * M) << 3);
    drawPicture(p, n.inputs, 0, v, input);
    clearMargins(p, n.inputs, input);
    const out = record(n, p, input, tape);
    memory.fill(one, 0, bytesOf(p, 1));
    setReal(loss, k, lossOf(o, N, M, v, target + (<usize>(k * M) << 2), out + first, one + first, row, step, room));
    replay(n, p, input, tape, one, other, slopes);
  }
  flatten(n, slopes, gradient);
}
