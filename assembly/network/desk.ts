// Where a chunk of a training batch is worked on: the truthful reports of S profiles, and S·T rows in each of which one agent reports
// something else.
import { gemm, padded, BIAS } from '../linalg/gemm';
import { Batch, describe, setSingle, single } from './batch';
import { Fair, agentFair, amountFair, backFair, layFair, loadFair, reportFair, solveFair, solvedFair, tellFair } from './fair';
import { apply, applyGroup, pull, rowOf } from './layer';
import { MEAN, Network, OWN, SHARES, SUPPLY, backwardOf, mapOf, outputsOf } from './network';
import { agentShare, handOut, softmax } from './shares';
import { Tape, backwardDense, backwardEquivariant, forwardDense, forwardEquivariant, layTape, levelOf } from './tape';

@unmanaged
export class Desk {
  net: usize;
  batch: usize;
  repeats: i32; // T
  tape: usize;
  fair: usize; // expf-net only
  first: usize; // dense: S rows of first pre-activations under truth
  inputs: usize; // dense: rows x features, report less truth; equivariant: rows x N x features
  supplies: usize; // rows x M, supply over N
  reports: usize; // rows x 2M
  slopes: usize; // rows x 2M: derivatives in the report
  moments: usize; // twice rows x 2M
  pulled: usize; // rows x features, padded
  dout: usize; // rows x outputs, padded
  gained: usize; // rows: true utility of the agent
  allocation: usize; // [S,N,M] under truth
  utilities: usize; // [S,N] under truth
}

/** Bytes of the blocks that describe a desk; its arrays follow. */
export const HEADER: usize = 1024;

/** Describes a desk at d, whose arrays begin HEADER bytes behind; returns their end. Writes nothing but the description. */
export function layDesk(net: Network, b: Batch, repeats: i32, d: Desk): usize {
  const S = b.count, N = net.N, M = net.M, rows = S * repeats, copies = net.equivariant ? N : 1, first = mapOf(net, 0, OWN);
  d.net = changetype<usize>(net);
  d.batch = changetype<usize>(b);
  d.repeats = repeats;
  d.tape = changetype<usize>(d) + offsetof<Desk>();
  d.fair = d.tape + offsetof<Tape>();
  let at = layTape(net, rows, changetype<Tape>(d.tape), changetype<usize>(d) + HEADER);
  if (net.model != SHARES) at = layFair(net, rows, changetype<Fair>(d.fair), at);
  const R = <usize>rows;
  d.first = at;
  at += <usize>S * rowOf(first.outputs);
  d.pulled = at;
  at += R * rowOf(net.features);
  d.dout = at;
  at += R * rowOf(outputsOf(net));
  d.inputs = at;
  at += (R * <usize>(copies * net.features)) << 2;
  d.supplies = at;
  at += (R * <usize>M) << 2;
  d.reports = at;
  at += (R * <usize>M) << 3;
  d.slopes = at;
  at += (R * <usize>M) << 3;
  d.moments = at;
  at += (R * <usize>M) << 4;
  d.gained = at;
  at += R << 2;
  b.features = at;
  at += <usize>(S * N * net.features) << 2;
  b.supplies = at;
  at += <usize>(S * M) << 2;
  d.allocation = at;
  at += <usize>(S * N * M) << 2;
  d.utilities = at;
  return (at + (<usize>(S * N) << 2) + 63) & ~63;
}

/** The network on the truthful reports of the batch; its output stands on the tape. */
export function runLayers(d: Desk): void {
  const net = changetype<Network>(d.net), b = changetype<Batch>(d.batch), t = changetype<Tape>(d.tape), S = b.count;
  describe(net, b);
  if (net.equivariant) forwardEquivariant(net, t, S, b.features, b.supplies);
  else {
    const own = mapOf(net, 0, OWN), supply = mapOf(net, 0, SUPPLY);
    apply(own, S, b.features, <usize>(net.N * net.features) << 2, d.first, false);
    apply(supply, S, b.budgets, <usize>net.M << 2, d.first, true);
    memory.copy(levelOf(t, 0), d.first, <usize>S * rowOf(own.outputs));
    forwardDense(net, t, S);
  }
}

/** Allocation and utilities of the truthful reports; what the layers left stands on the tape. */
export function runTruth(d: Desk): void {
  const net = changetype<Network>(d.net), b = changetype<Batch>(d.batch), t = changetype<Tape>(d.tape);
  const S = b.count, N = net.N, M = net.M, entries = N * M, outRow = rowOf(outputsOf(net)), f = changetype<Fair>(d.fair);
  runLayers(d);
  if (net.model != SHARES) {
    loadFair(net, f, b, 1);
    solveFair(net, f, S, t.out);
  }
  for (let s: i32 = 0; s < S; ++s) {
    const at = d.allocation + (<usize>(s * entries) << 2), row = t.out + outRow * s;
    if (net.model == SHARES) {
      softmax(row, N + 1, M);
      handOut(row, N, M, b.budgets + (<usize>(s * M) << 2), b.toldDemands + (<usize>(s * entries) << 2), at);
    } else {
      for (let j: i32 = 0; j < entries; ++j) setSingle(at, j, solvedFair(f, s) ? <f32>amountFair(net, f, s, j) : 0);
    }
    for (let i: i32 = 0, j = s * entries; i < N; ++i) {
      let u: f32 = 0;
      for (let m: i32 = 0; m < M; ++m, ++j) u += single(b.values, j) * min(single(d.allocation, j), single(b.demands, j));
      setSingle(d.utilities, s * N + i, u);
    }
  }
}

/** Before agents' turns: rows are the truth, each profile `repeats` times. */
export function spreadTruth(d: Desk): void {
  const net = changetype<Network>(d.net), b = changetype<Batch>(d.batch), M = net.M, T = d.repeats;
  for (let r: i32 = 0, rows = b.count * T; r < rows; ++r) {
    memory.copy(d.supplies + (<usize>(r * M) << 2), b.supplies + (<usize>(r / T * M) << 2), <usize>M << 2);
  }
  if (net.model != SHARES) loadFair(net, changetype<Fair>(d.fair), b, T);
}

/** True utilities of an agent under its reports, one a row; with `slopes`, their derivatives in the outputs and, these fixed, in the report. */
export function runReports(d: Desk, agent: i32, slopes: bool): void {
  const net = changetype<Network>(d.net), b = changetype<Batch>(d.batch), t = changetype<Tape>(d.tape), T = d.repeats;
  const rows = b.count * T, N = net.N, M = net.M, F = net.features, each = <usize>M << 2;
  for (let r: i32 = 0; r < rows; ++r) {
    const s = r / T, report = d.reports + (<usize>r * each << 1);
    if (net.equivariant) {
      const at = d.inputs + (<usize>(r * N * F) << 2);
      memory.copy(at, b.features + (<usize>(s * N * F) << 2), <usize>(N * F) << 2);
      memory.copy(at + (<usize>(agent * F) << 2), report, each << 1);
      continue;
    }
    const truth = b.features + (<usize>((s * N + agent) * F) << 2), at = d.inputs + (<usize>(r * F) << 2);
    for (let m: i32 = 0; m < 2 * M; ++m) setSingle(at, m, single(report, m) - single(truth, m));
    if (F > 2 * M) setSingle(at, 2 * M, 0);
    const row = rowOf(mapOf(net, 0, OWN).outputs);
    memory.copy(levelOf(t, 0) + row * r, d.first + row * s, row);
  }
  if (net.equivariant) forwardEquivariant(net, t, rows, d.inputs, d.supplies);
  else {
    applyGroup(mapOf(net, 0, OWN), agent, rows, d.inputs, <usize>F << 2, levelOf(t, 0));
    forwardDense(net, t, rows);
  }
  const outRow = rowOf(outputsOf(net)), f = changetype<Fair>(d.fair), fair = net.model != SHARES;
  if (fair) {
    tellFair(net, f, rows, agent, d.reports, d.reports + each, each << 1, 1);
    solveFair(net, f, rows, t.out);
  }
  for (let r: i32 = 0; r < rows; ++r) {
    const s = r / T, own = <usize>((s * N + agent) * M) << 2;
    const values = b.values + own, demands = b.demands + own, report = d.reports + (<usize>r * each << 1);
    let u: f32 = 0;
    if (fair) u = agentFair(net, f, r, agent, values, demands, slopes);
    else {
      const row = t.out + outRow * r;
      softmax(row, N + 1, M);
      const dout = slopes ? d.dout + outRow * r : 0;
      u = agentShare(row, N, M, agent, b.budgets + each * s, report, values, demands, dout, d.slopes + (<usize>r * each << 1));
    }
    setSingle(d.gained, r, u);
  }
  if (!fair || !slopes) return;
  backFair(net, f, rows, d.dout);
  for (let r: i32 = 0; r < rows; ++r) reportFair(net, f, r, agent, d.slopes + (<usize>r * each << 1));
}

/** After an agent's turn: the rows are the truth again. */
export function retell(d: Desk, agent: i32): void {
  const net = changetype<Network>(d.net), b = changetype<Batch>(d.batch), own = <usize>(agent * net.M) << 2;
  if (net.model == SHARES) return;
  const step = <usize>(net.N * net.M) << 2;
  tellFair(net, changetype<Fair>(d.fair), b.count * d.repeats, agent, b.toldValues + own, b.toldDemands + own, step, d.repeats);
}

/** From `dout` back to the first pre-activations, whose gradients stand at the address returned; parameters' to `gradients` if not 0. */
export function backThrough(d: Desk, rows: i32, gradients: usize, features: usize, supplies: usize): usize {
  const net = changetype<Network>(d.net), t = changetype<Tape>(d.tape);
  if (net.equivariant) return backwardEquivariant(net, t, rows, d.dout, gradients, features, supplies);
  return backwardDense(net, t, rows, d.dout, gradients);
}

/** Adds to `slopes` what the report does through the network, from the gradients of the first pre-activations. */
export function addThrough(d: Desk, agent: i32, first: usize): void {
  const net = changetype<Network>(d.net), t = changetype<Tape>(d.tape), own = mapOf(net, 0, OWN), N = net.N, M = net.M;
  const rows = changetype<Batch>(d.batch).count * d.repeats, pulledRow = rowOf(net.features);
  if (net.equivariant) {
    const row = rowOf(own.outputs);
    gemm(rows, own.outputs, own.inputs, first + row * agent, row * N, 4, backwardOf(own, 0), 32, <usize>own.outputs << 5, d.pulled, pulledRow, 0, 0);
    addPulled(d, rows, M, pulledRow, 1);
    pull(mapOf(net, 0, MEAN), 0, rows, t.commonBack, d.pulled);
    addPulled(d, rows, M, pulledRow, <f32>1 / <f32>N);
  } else {
    pull(own, agent, rows, first, d.pulled);
    addPulled(d, rows, M, pulledRow, 1);
  }
}

function addPulled(d: Desk, rows: i32, M: i32, pulledRow: usize, factor: f32): void {
  for (let r: i32 = 0; r < rows; ++r) {
    for (let m: i32 = 0; m < 2 * M; ++m) {
      const k = r * 2 * M + m;
      setSingle(d.slopes, k, single(d.slopes, k) + factor * single(d.pulled + pulledRow * r, m));
    }
  }
}
