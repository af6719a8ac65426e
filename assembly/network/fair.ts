// The allocation of an ExPF-Net from its output: proportional fairness with the regularizer z = scale · output (Zeng et al. 2023,
// Eq. 14-16), and its gradient (docs/papers/s0.md), for rows of profiles in which one agent's report may differ.
import { integer } from '../arrays';
import { padded } from '../linalg/gemm';
import { Problem } from '../ipm/problem';
import { proportionalFairness, proportionalFairnessScratch } from '../proportional-fairness';
import { GradientChunk, gradientDenseScratch, gradientForest, gradientGeneral, gradientScratch } from '../proportional-fairness-gradient';
import { REDUCED_ACCURACY } from '../status';
import { Batch, setSingle, single } from './batch';
import { Network, outputsOf } from './network';

const TOLERANCE: f64 = 1e-11;

/** A problem, the room for its gradient, and scratch memory. The blocks of problem and gradient follow this one. */
@unmanaged
export class Fair {
  problem: usize;
  chunk: usize;
  solver: usize;
  gradient: usize;
  dense: usize;
  end: usize; // of what is laid out so far
}

function room(f: Fair, bytes: usize): usize {
  const at = f.end;
  f.end = (at + bytes + 63) & ~63;
  return at;
}

/** Gives `rows` rows their room from `place` on; returns the end. */
export function layFair(net: Network, rows: i32, f: Fair, place: usize): usize {
  const N = net.N, M = net.M, R = <usize>rows, entries = R * <usize>(N * M) << 3, agents = R * <usize>N << 3, items = R * <usize>M << 3;
  f.end = place;
  f.problem = changetype<usize>(f) + offsetof<Fair>();
  f.chunk = f.problem + offsetof<Problem>();
  const p = changetype<Problem>(f.problem), c = changetype<GradientChunk>(f.chunk);
  p.N = N;
  p.M = M;
  p.values = room(f, entries);
  p.demands = room(f, entries);
  p.regularizer = room(f, entries);
  p.weights = room(f, agents);
  p.budgets = room(f, items);
  p.valuesStep = p.demandsStep = p.regularizerStep = <usize>(N * M) << 3;
  p.weightsStep = <usize>N << 3;
  p.budgetsStep = <usize>M << 3;
  p.allocation = room(f, entries);
  p.utilities = room(f, agents);
  p.prices = room(f, items);
  p.lower = room(f, entries);
  p.upper = room(f, entries);
  p.unique = room(f, R);
  p.iterations = room(f, R << 2);
  p.status = room(f, R << 2);
  p.residuals = room(f, R << 3);
  c.cotangent = room(f, entries);
  c.cotangentStep = <usize>(N * M) << 3;
  c.values = room(f, entries);
  c.demands = room(f, entries);
  c.regularizer = room(f, entries);
  c.weights = room(f, agents);
  c.budgets = room(f, items);
  c.deficiency = room(f, R << 2);
  c.weak = room(f, R << 2);
  c.residual = room(f, R << 3);
  f.solver = room(f, proportionalFairnessScratch(N, M));
  f.gradient = room(f, gradientScratch(N, M));
  f.dense = room(f, gradientDenseScratch(N, M));
  return f.end;
}

function widen(from: usize, to: usize, count: i32): void {
  for (let k: i32 = 0; k < count; ++k) store<f64>(to + (<usize>k << 3), <f64>single(from, k));
}

/** Row r is what is told of profile r / repeats. */
export function loadFair(net: Network, f: Fair, b: Batch, repeats: i32): void {
  const N = net.N, M = net.M, p = changetype<Problem>(f.problem);
  for (let s: i32 = 0, r: i32 = 0; s < b.count; ++s) {
    for (let t: i32 = 0; t < repeats; ++t, ++r) {
      widen(b.toldValues + (<usize>(s * N * M) << 2), p.values + p.valuesStep * r, N * M);
      widen(b.toldDemands + (<usize>(s * N * M) << 2), p.demands + p.demandsStep * r, N * M);
      widen(b.budgets + (<usize>(s * M) << 2), p.budgets + p.budgetsStep * r, M);
      widen(b.weights + (<usize>(s * N) << 2), p.weights + p.weightsStep * r, N);
    }
  }
}

/** Puts an agent's report (values at `values`, demands at `demands`, `step` bytes from row to row, `repeats` rows alike) in its place. */
export function tellFair(net: Network, f: Fair, rows: i32, agent: i32, values: usize, demands: usize, step: usize, repeats: i32): void {
  const M = net.M, p = changetype<Problem>(f.problem), row = <usize>(agent * M) << 3;
  for (let r: i32 = 0; r < rows; ++r) {
    const from = step * <usize>(r / repeats);
    widen(values + from, p.values + p.valuesStep * r + row, M);
    widen(demands + from, p.demands + p.demandsStep * r + row, M);
  }
}

/** Solves rows with the regularizer that the network gives. */
export function solveFair(net: Network, f: Fair, rows: i32, out: usize): void {
  const N = net.N, M = net.M, p = changetype<Problem>(f.problem), outRow = <usize>padded(outputsOf(net)) << 2;
  for (let r: i32 = 0; r < rows; ++r) {
    for (let k: i32 = 0; k < N * M; ++k) {
      store<f64>(p.regularizer + p.regularizerStep * r + (<usize>k << 3), <f64>(net.scale * single(out + outRow * r, k)));
    }
  }
  const step = N * M;
  proportionalFairness(
    rows, N, M, p.values, step, p.demands, step, p.budgets, M, p.weights, N, p.regularizer, step, TOLERANCE,
    p.allocation, p.utilities, p.prices, p.lower, p.upper, p.unique, p.iterations, p.status, p.residuals, f.solver,
  );
}

// @ts-ignore: decorator
@inline export function solvedFair(f: Fair, r: i32): bool { return integer(changetype<Problem>(f.problem).status, r) <= REDUCED_ACCURACY; }
// @ts-ignore: decorator
@inline export function amountFair(net: Network, f: Fair, r: i32, j: i32): f64 {
  return load<f64>(changetype<Problem>(f.problem).allocation + (<usize>(r * net.N * net.M + j) << 3));
}
/** Address of dl/da of row r, f64[N·M]. */
// @ts-ignore: decorator
@inline export function cotangentFair(net: Network, f: Fair, r: i32): usize {
  return changetype<GradientChunk>(f.chunk).cotangent + (<usize>(r * net.N * net.M) << 3);
}

/** From the cotangents to dl/d output; the derivatives in the report stand in the gradient's arrays. */
export function backFair(net: Network, f: Fair, rows: i32, dout: usize): void {
  const p = changetype<Problem>(f.problem), c = changetype<GradientChunk>(f.chunk), entries = net.N * net.M;
  if (gradientForest(rows, f.problem, f.chunk, f.gradient) > 0) gradientGeneral(rows, f.problem, f.chunk, false, f.gradient, f.dense);
  const outRow = <usize>padded(outputsOf(net)) << 2;
  for (let r: i32 = 0; r < rows; ++r) {
    for (let k: i32 = 0; k < entries; ++k) {
      setSingle(dout + outRow * r, k, net.scale * <f32>load<f64>(c.regularizer + p.regularizerStep * r + (<usize>k << 3)));
    }
  }
}

/** True utility of an agent in row r, and dl/da of it. */
export function agentFair(net: Network, f: Fair, r: i32, agent: i32, values: usize, demands: usize, slopes: bool): f32 {
  const M = net.M, d = cotangentFair(net, f, r);
  if (slopes) memory.fill(d, 0, <usize>(net.N * M) << 3);
  if (!solvedFair(f, r)) return 0;
  let u: f64 = 0;
  for (let m: i32 = 0; m < M; ++m) {
    const a = amountFair(net, f, r, agent * M + m), v = <f64>single(values, m), x = <f64>single(demands, m);
    u += v * Math.min(a, x);
    // A demand told truthfully and met in full is where the true utility has its kink: the side of less counts.
    if (slopes && a <= x) store<f64>(d + (<usize>(agent * M + m) << 3), v);
  }
  return <f32>u;
}

/** Derivatives in the report of an agent, the network's output fixed: 2M numbers. */
export function reportFair(net: Network, f: Fair, r: i32, agent: i32, dreport: usize): void {
  const M = net.M, c = changetype<GradientChunk>(f.chunk), row = <usize>((r * net.N + agent) * M) << 3;
  for (let m: i32 = 0; m < M; ++m) {
    setSingle(dreport, m, <f32>load<f64>(c.values + row + (<usize>m << 3)));
    setSingle(dreport, M + m, <f32>load<f64>(c.demands + row + (<usize>m << 3)));
  }
}
