// A trained network on whole chunks of profiles in double precision.
import { setInteger, setReal } from '../arrays';
import { Problem, at, cap, number } from '../ipm/problem';
import { NUMERICAL_ERROR, SOLVED } from '../status';
import { Batch, setSingle, single } from './batch';
import { Desk, runLayers } from './desk';
import { rowOf } from './layer';
import { Network, SHARES, outputsOf } from './network';
import { softmax } from './shares';
import { Tape } from './tape';

/** Larger numbers may overflow in single precision. */
const LARGEST: f64 = 1e30;

/** Writes profile k of the problem to row r of the batch; demands are capped at the supply. Returns whether a network can read the numbers. */
function fetch(p: Problem, k: i32, b: Batch, r: i32): bool {
  const N = p.N, M = p.M, values = at(p.values, p.valuesStep, k), demands = at(p.demands, p.demandsStep, k);
  const budgets = at(p.budgets, p.budgetsStep, k), weights = at(p.weights, p.weightsStep, k);
  let most: f64 = 0;
  for (let i: i32 = 0, j: i32 = 0; i < N; ++i) {
    const w = number(weights, i, 1);
    most = Math.max(most, w);
    setSingle(b.weights, r * N + i, <f32>w);
    for (let m: i32 = 0; m < M; ++m, ++j) {
      const v = load<f64>(values + (<usize>j << 3));
      most = Math.max(most, v);
      setSingle(b.values, r * N * M + j, <f32>v);
      setSingle(b.demands, r * N * M + j, <f32>Math.min(cap(demands, budgets, j, m), number(budgets, m, 1)));
    }
  }
  for (let m: i32 = 0; m < M; ++m) {
    most = Math.max(most, number(budgets, m, 1));
    setSingle(b.budgets, r * M + m, <f32>number(budgets, m, 1));
  }
  return most <= LARGEST;
}

/** Allocation of profile k from its row of shares, which are normalised once more, in double precision, so that supplies are kept. */
function handOut(p: Problem, k: i32, shares: usize): void {
  const N = p.N, M = p.M, values = at(p.values, p.valuesStep, k), demands = at(p.demands, p.demandsStep, k);
  const budgets = at(p.budgets, p.budgetsStep, k), size = (N + 1) * M;
  const allocation = p.allocation + (<usize>(k * N * M) << 3), utilities = p.utilities + (<usize>(k * N) << 3);
  for (let i: i32 = 0; i < N; ++i) setReal(utilities, i, 0);
  for (let m: i32 = 0; m < M; ++m) {
    const b = number(budgets, m, 1);
    let sum: f64 = 0;
    for (let j = m; j < size; j += M) sum += <f64>single(shares, j);
    for (let i: i32 = 0, j = m; i < N; ++i, j += M) {
      const a = Math.min(<f64>single(shares, j) / sum * b, cap(demands, budgets, j, m));
      setReal(allocation, j, a);
      setReal(utilities, i, load<f64>(utilities + (<usize>i << 3)) + a * load<f64>(values + (<usize>j << 3)));
    }
  }
}

/** Whether the network's output is numbers: its parameters, or sums of them, may be too large. */
function finite(out: usize, outputs: i32): bool {
  let sum: f32 = 0;
  for (let j: i32 = 0; j < outputs; ++j) sum += single(out, j) * 0;
  return sum == 0;
}

/**
 * Runs the network on `count` profiles, as many at a time as the desk has rows. ExS-Net: writes allocation, utilities, status and residual.
 * ExPF-Net: writes the regularizer to p.regularizer, which must have room for it, and status: SOLVED where proportional fairness has the last word.
 */
export function infer(net: Network, p: Problem, count: i32, d: Desk): void {
  const b = changetype<Batch>(d.batch), rows = b.count, outputs = outputsOf(net), outRow = rowOf(outputs);
  for (let k: i32 = 0; k < count; k += rows) {
    const now = min(rows, count - k);
    b.count = now;
    for (let r: i32 = 0; r < now; ++r) {
      setInteger(p.status, k + r, fetch(p, k + r, b, r) ? SOLVED : NUMERICAL_ERROR);
      setReal(p.residuals, k + r, 0);
    }
    runLayers(d);
    for (let r: i32 = 0; r < now; ++r) {
      const out = changetype<Tape>(d.tape).out + outRow * r;
      if (!finite(out, outputs)) setInteger(p.status, k + r, NUMERICAL_ERROR);
      if (net.model == SHARES) {
        softmax(out, p.N + 1, p.M);
        handOut(p, k + r, out);
        continue;
      }
      const z = at(p.regularizer, p.regularizerStep, k + r);
      for (let j: i32 = 0; j < outputs; ++j) setReal(z, j, <f64>(net.scale * single(out, j)));
    }
  }
  b.count = rows;
}
