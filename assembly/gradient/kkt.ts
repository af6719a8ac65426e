// The dense path: the KKT matrix of Zeng et al. 2023 (Appendix B; Appendix C with z), of size 3NM + M, and Kᵀ g = (l', 0, 0, 0) by a
// complete orthogonal decomposition, least norm where K is singular. With u_i = v_i·a_i and q_i = μ_i − ν_i − λ − z_i,
//
//         ⎡ blk(q_i v_iᵀ)      u I        −u I         −u Dᵀ       ⎤   w_i v_i + u_i q_i = 0
//     K = ⎢ diag(μ)            diag(a)                             ⎥   μ ∘ a = 0
//         ⎢ diag(ν)                       diag(a − x)              ⎥   ν ∘ (a − x) = 0
//         ⎣ diag(λ) D                                 diag(Da − b) ⎦   λ ∘ (Da − b) = 0
//
// at the rounded active set: of each slack and its dual the smaller is 0 (rows.ts). Agents that get nothing are left out; where a demand
// cannot bind, g_ν = 0. Derivatives: dl/dv_i = −(w_i g_i + a_i (q_i·g_i)), dl/dw_i = −v_i·g_i, dl/dx = ν ∘ g_ν, dl/dz = u ∘ g, dl/db = λ ∘ g_λ.
//
// Cost about 4n³/3 multiply-adds and 16 n² bytes, n = 3NM + M.
import { real, setReal } from '../arrays';
import { leastNorm, leastNormBytes } from '../linalg/least-norm';
import { number } from '../ipm/problem';
import { Derivatives, clearAgent } from './derivatives';
import { dualHigh, dualLow, priceOf, rowHigh, rowLow, rowPrice, slackHigh, slackLow, slackPrice } from './rows';
import { Gradient, bound } from './state';

const RANK: f64 = 1e-13; // times n, of the largest column: below it is rounding

/** Unknowns of the system. */
export function kktSize(N: i32, M: i32): i32 { return 3 * N * M + M; }

/** Largest system that is solved. */
export const DENSE_LIMIT: i32 = 3200;

export function kktBytes(N: i32, M: i32): usize {
  if (kktSize(N, M) > DENSE_LIMIT) return 0;
  const n = <usize>kktSize(N, M);
  return (n * n + 2 * n) * 8 + leastNormBytes(<i32>n);
}

// @ts-ignore: decorator
@inline function pushed(g: Gradient, i: i32, m: i32, j: i32): f64 {
  return dualLow(g, i, m, j) - dualHigh(g, i, m, j) - priceOf(g, m) - number(g.regularizer, j, 0);
}

/** Kᵀ, column by column of g. `index` counts the entries of agents that get something. */
function assemble(g: Gradient, t: usize, rhs: usize, n: i32, entries: i32): void {
  const N = g.N, M = g.M;
  memory.fill(t, 0, (<usize>n * <usize>n) << 3);
  memory.fill(rhs, 0, <usize>n << 3);
  let e: i32 = 0;
  for (let i: i32 = 0; i < N; ++i) {
    if (real(g.kappa, i) == 0) continue;
    const first = e, u = real(g.utilities, i);
    for (let m: i32 = 0; m < M; ++m, ++e) {
      const j = i * M + m, b = number(g.budgets, m, 1), x = bound(g, j, b);
      const q = pushed(g, i, m, j);
      setReal(rhs, e, real(g.cotangent, j));
      for (let l: i32 = 0; l < M; ++l) setReal(t, e * n + first + l, number(g.values, i * M + l, 0) * q);
      setReal(t, e * n + entries + e, u);
      setReal(t, e * n + 2 * entries + e, x == Infinity ? 0 : -u);
      setReal(t, e * n + 3 * entries + m, -u);
      setReal(t, (entries + e) * n + e, rowLow(g, i, m, j));
      setReal(t, (entries + e) * n + entries + e, slackLow(g, m, j));
      setReal(t, (2 * entries + e) * n + e, rowHigh(g, i, m, j));
      setReal(t, (2 * entries + e) * n + 2 * entries + e, x == Infinity ? 1 : slackHigh(g, m, j, x));
      setReal(t, (3 * entries + m) * n + e, rowPrice(g, m));
    }
  }
  for (let m: i32 = 0; m < M; ++m) setReal(t, (3 * entries + m) * n + 3 * entries + m, slackPrice(g, m));
}

/** Solves by the dense path and writes the derivatives; `residual` is that of Kᵀ g = rhs, relative to the largest cotangent. */
export function solveKkt(g: Gradient, out: Derivatives, work: usize): void {
  const N = g.N, M = g.M;
  let entries: i32 = 0;
  for (let i: i32 = 0; i < N; ++i) if (real(g.kappa, i) != 0) entries += M;
  const n = 3 * entries + M;
  const t = work, b = t + ((<usize>n * <usize>n) << 3), x = b + (<usize>n << 3), scratch = x + (<usize>n << 3);
  assemble(g, t, b, n, entries);
  leastNorm(t, n, b, x, RANK * <f64>n, scratch);
  assemble(g, t, b, n, entries);
  let largest: f64 = 0;
  for (let r: i32 = 0; r < entries; ++r) largest = Math.max(largest, Math.abs(real(b, r)));
  for (let c: i32 = 0; c < n; ++c) {
    const f = real(x, c);
    if (f == 0) continue;
    for (let r: i32 = 0; r < n; ++r) setReal(b, r, real(b, r) - real(t, c * n + r) * f);
  }
  let worst: f64 = 0;
  for (let r: i32 = 0; r < n; ++r) worst = Math.max(worst, Math.abs(real(b, r)));
  g.residual = largest > 0 ? worst / largest : 0;

  let e: i32 = 0;
  for (let i: i32 = 0, j: i32 = 0; i < N; ++i) {
    if (real(g.kappa, i) == 0) {
      clearAgent(out, M, i);
      j += M;
      continue;
    }
    const first = e, u = real(g.utilities, i), w = number(g.weights, i, 1);
    let qg: f64 = 0, vg: f64 = 0;
    for (let m: i32 = 0; m < M; ++m, ++e) {
      qg += pushed(g, i, m, i * M + m) * real(x, e);
      vg += number(g.values, i * M + m, 0) * real(x, e);
    }
    for (let m: i32 = 0; m < M; ++m, ++j) {
      setReal(out.values, j, -(w * real(x, first + m) + real(g.allocation, j) * qg));
      const b = number(g.budgets, m, 1), held = g.demands != 0 && b > 0 && bound(g, j, b) < Infinity;
      setReal(out.demands, j, held ? rowHigh(g, i, m, j) * real(x, 2 * entries + first + m) : 0);
      setReal(out.regularizer, j, u * real(x, first + m));
    }
    setReal(out.weights, i, -vg);
  }
  for (let m: i32 = 0; m < M; ++m) setReal(out.budgets, m, rowPrice(g, m) * real(x, 3 * entries + m));
}
