// Gradient of the training loss in the parameters (src/learning/stepper.ts has the loss): one row per profile and agent listed, then the truth.
import { Batch, live, setSingle, single } from './batch';
import { Desk, backThrough, retell, runReports, runTruth, spreadTruth } from './desk';
import { Fair, backFair, cotangentFair, solvedFair } from './fair';
import { gather, gatherInputs, rowOf } from './layer';
import { Network, OWN, SHARES, SUPPLY, flatten, mapOf, outputsOf, slopeBytes } from './network';
import { handBack } from './shares';
import { Tape } from './tape';

/** Filled in by src/wasm/network.ts. */
@unmanaged
export class Slope {
  agents: usize; // i32[A]
  agentCount: i32;
  total: i32; // profiles of the whole batch
  offset: f32;
  envy: f32;
  reports: usize; // [S,A,2M]
  coefficients: usize; // f32[A]
  gradient: usize; // out: flat
  loss: usize; // out: f64, this chunk's part
  utilities: usize; // out: [S,N]
  efficiency: usize; // out: [S]
}

/** Bytes of scratch memory beside the desk. */
export function slopeScratch(net: Network, b: Batch): usize {
  const each = <usize>(b.count * net.N) << 2;
  return slopeBytes(net) + <usize>b.count * rowOf(mapOf(net, 0, OWN).outputs) + each + each * net.M;
}

/** This chunk's part of the gradient of the mean loss over all `total` profiles, and of the loss itself, on a desk without repeats. */
export function slope(net: Network, b: Batch, a: Slope, d: Desk, buffer: usize): void {
  const S = b.count, N = net.N, M = net.M;
  const first = mapOf(net, 0, OWN), firstRow = rowOf(first.outputs), outRow = rowOf(outputsOf(net));
  const sum = buffer + slopeBytes(net), du = sum + firstRow * S, da = du + (<usize>(S * N) << 2);
  memory.fill(buffer, 0, da + (<usize>(S * N * M) << 2) - buffer);
  let loss: f64 = 0;
  runTruth(d);
  spreadTruth(d);
  for (let k: i32 = 0; k < a.agentCount; ++k) {
    const agent = load<i32>(a.agents + (<usize>k << 2)), each = <usize>M << 3;
    for (let s: i32 = 0; s < S; ++s) memory.copy(d.reports + each * s, a.reports + each * (s * a.agentCount + k), each);
    runReports(d, agent, true);
    const factor: f32 = single(a.coefficients, k) / <f32>a.total;
    for (let s: i32 = 0; s < S; ++s) {
      const j = s * N + agent, gain: f32 = single(d.gained, s) - single(d.utilities, j), counts = gain > 0;
      if (counts) {
        loss += <f64>(factor * gain);
        setSingle(du, j, single(du, j) - factor);
      }
      scale(d.dout + outRow * s, outRow, counts ? factor : 0);
    }
    learn(d, agent, buffer, sum);
    retell(d, agent);
  }
  runTruth(d);
  loss += judge(net, b, d, a, du, da);
  backTruth(net, b, d, da);
  const back = backThrough(d, S, buffer, b.features, b.supplies);
  if (!net.equivariant) {
    sumUp(sum, back, firstRow * S);
    gather(first, S, b.features, <usize>(N * net.features) << 2, sum, buffer);
    gather(mapOf(net, 0, SUPPLY), S, b.budgets, <usize>M << 2, sum, buffer);
  }
  flatten(net, buffer, a.gradient);
  store<f64>(a.loss, loss);
  memory.copy(a.utilities, d.utilities, <usize>(S * N) << 2);
}

/** Gradients of one agent's rows. In a dense network the first layer's are those of the truth (gathered later, all agents at once) and those of
 *  the report's difference from it. */
function learn(d: Desk, agent: i32, buffer: usize, sum: usize): void {
  const net = changetype<Network>(d.net), S = changetype<Batch>(d.batch).count, F = net.features;
  const back = backThrough(d, S, buffer, d.inputs, d.supplies);
  if (net.equivariant) return;
  const first = mapOf(net, 0, OWN);
  gatherInputs(first, agent * F, F, S, d.inputs, <usize>F << 2, back, buffer);
  sumUp(sum, back, rowOf(first.outputs) * S);
}

function scale(at: usize, bytes: usize, factor: f32): void {
  for (const end = at + bytes; at < end; at += 4) store<f32>(at, load<f32>(at) * factor);
}

function sumUp(to: usize, from: usize, bytes: usize): void {
  for (let k: usize = 0; k < bytes; k += 16) v128.store(to + k, f32x4.add(v128.load(to + k), v128.load(from + k)));
}

/** Utility of a bundle to an agent: v·min(a, x). */
// @ts-ignore: decorator
@inline function worth(b: Batch, d: Desk, s: i32, N: i32, M: i32, i: i32, j: i32): f32 {
  let u: f32 = 0;
  for (let m: i32 = 0; m < M; ++m) {
    const k = (s * N + i) * M + m;
    u += single(b.values, k) * min(single(d.allocation, (s * N + j) * M + m), single(b.demands, k));
  }
  return u;
}

/** dl/da of what agent i thinks of the bundle of j. */
// @ts-ignore: decorator
@inline function think(b: Batch, d: Desk, da: usize, s: i32, N: i32, M: i32, i: i32, j: i32, factor: f32): void {
  for (let m: i32 = 0; m < M; ++m) {
    const k = (s * N + i) * M + m, l = (s * N + j) * M + m;
    if (single(d.allocation, l) <= single(b.demands, k)) setSingle(da, l, single(da, l) + factor * single(b.values, k));
  }
}

/** Welfare, envy and efficiency of the truth: adds to dl/du, fills dl/da in and returns the loss. */
function judge(net: Network, b: Batch, d: Desk, a: Slope, du: usize, da: usize): f64 {
  const N = net.N, M = net.M, each: f32 = <f32>1 / <f32>a.total;
  let loss: f64 = 0;
  for (let s: i32 = 0; s < b.count; ++s) {
    for (let i: i32 = 0; i < N; ++i) {
      const r = s * N + i;
      if (!live(net, b, r)) continue;
      const w = single(b.weights, r), u: f32 = single(d.utilities, r) + a.offset;
      loss -= <f64>(w * each) * Math.log(u);
      think(b, d, da, s, N, M, i, i, single(du, r) - w * each / u);
      if (a.envy <= 0) continue;
      let most: f32 = single(d.utilities, r), rival = i;
      for (let j: i32 = 0; j < N; ++j) {
        const other = worth(b, d, s, N, M, i, j);
        if (other <= most) continue;
        most = other;
        rival = j;
      }
      if (rival == i) continue;
      loss += <f64>(a.envy * each * (most - single(d.utilities, r)));
      think(b, d, da, s, N, M, i, rival, a.envy * each);
      think(b, d, da, s, N, M, i, i, -a.envy * each);
    }
    let used: f32 = 0, supply: f32 = 0;
    for (let m: i32 = 0; m < M; ++m) supply += single(b.budgets, s * M + m);
    for (let j = s * N * M, end = j + N * M; j < end; ++j) used += single(d.allocation, j);
    setSingle(a.efficiency, s, supply > 0 ? used / supply : 0);
  }
  return loss;
}

/** From dl/da of the truth to the gradient of the output. */
function backTruth(net: Network, b: Batch, d: Desk, da: usize): void {
  const N = net.N, M = net.M, S = b.count, entries = N * M, outRow = rowOf(outputsOf(net));
  if (net.model == SHARES) {
    const out = changetype<Tape>(d.tape).out;
    for (let s: i32 = 0; s < S; ++s) {
      const at = <usize>(s * entries) << 2;
      handBack(out + outRow * s, N, M, b.budgets + (<usize>(s * M) << 2), b.toldDemands + at, da + at, d.dout + outRow * s);
    }
    return;
  }
  const f = changetype<Fair>(d.fair);
  for (let s: i32 = 0; s < S; ++s) {
    const to = cotangentFair(net, f, s), solved = solvedFair(f, s);
    for (let j: i32 = 0; j < entries; ++j) store<f64>(to + (<usize>j << 3), solved ? <f64>single(da, s * entries + j) : 0);
  }
  backFair(net, f, S, d.dout);
}
