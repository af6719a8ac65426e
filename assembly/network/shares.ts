// The allocation of an ExS-Net from its logits: o [N+1, M], share s_im = softmax over agents (the last one burns), a_im = min(s_im b_m, x_im)
// (Zeng et al. 2023, Eq. 17).
import { padded } from '../linalg/gemm';
import { single, setSingle } from './batch';
import { exp } from './functions';

/** Logits of one row become shares, in place. */
export function softmax(row: usize, agents: i32, M: i32): void {
  const size = agents * M;
  for (let m: i32 = 0; m < M; ++m) {
    let most = single(row, m);
    for (let j = m + M; j < size; j += M) most = max(most, single(row, j));
    for (let j = m; j < size; j += M) setSingle(row, j, single(row, j) - most);
  }
  for (let at = row, end = row + (<usize>padded(size) << 2); at < end; at += 16) v128.store(at, exp(v128.load(at)));
  for (let m: i32 = 0; m < M; ++m) {
    let sum: f32 = 0;
    for (let j = m; j < size; j += M) sum += single(row, j);
    const inverse: f32 = <f32>1 / sum;
    for (let j = m; j < size; j += M) setSingle(row, j, single(row, j) * inverse);
  }
}

/** Allocation [N,M] of one row of shares. */
export function handOut(shares: usize, N: i32, M: i32, budgets: usize, demands: usize, allocation: usize): void {
  for (let i: i32 = 0, j: i32 = 0; i < N; ++i) {
    for (let m: i32 = 0; m < M; ++m, ++j) setSingle(allocation, j, min(single(shares, j) * single(budgets, m), single(demands, j)));
  }
}

/** dl/do from dl/da [N,M] of one row of shares. */
export function handBack(shares: usize, N: i32, M: i32, budgets: usize, demands: usize, d: usize, dout: usize): void {
  const size = (N + 1) * M;
  for (let m: i32 = 0; m < M; ++m) {
    const b = single(budgets, m);
    let mean: f32 = 0;
    for (let j = m; j < N * M; j += M) {
      const s = single(shares, j), g: f32 = s * b < single(demands, j) ? single(d, j) * b : 0;
      setSingle(dout, j, g);
      mean += g * s;
    }
    setSingle(dout, m + N * M, 0);
    for (let j = m; j < size; j += M) setSingle(dout, j, single(shares, j) * (single(dout, j) - mean));
  }
}

/**
 * True utility of agent i under its report (values, demands), and with `dout` its derivatives in the logits and, in `dreport` (2M, with
 * respect to the report alone, the logits fixed), in the report.
 */
export function agentShare(
  shares: usize, N: i32, M: i32, i: i32, budgets: usize, report: usize, values: usize, demands: usize, dout: usize, dreport: usize,
): f32 {
  const size = (N + 1) * M;
  let u: f32 = 0;
  for (let m: i32 = 0; m < M; ++m) {
    const s = single(shares, i * M + m), given = s * single(budgets, m), v = single(values, m);
    const told = single(report, M + m), wanted = single(demands, m);
    u += v * min(min(given, told), wanted);
    if (!dout) continue;
    const free = given < min(told, wanted), slope: f32 = free ? v * given : 0;
    for (let j = m; j < size; j += M) setSingle(dout, j, -slope * single(shares, j));
    if (free) setSingle(dout, i * M + m, slope - slope * s);
    setSingle(dreport, m, 0);
    setSingle(dreport, M + m, !free && told < wanted ? v : 0);
  }
  return u;
}
