// The five derivatives from a solution of the reduced system (Zeng et al. 2023, Appendix B and C, with the corrections of docs/papers/s0.md):
//
//     dl/dv_i = −(w_i g_i + a_i (q_i·g_i))     q_i·g_i = −κ_i s_i
//     dl/dw_i = −v_i·g_i                        g_i = h_i/u_i
//     dl/dx_im = ν_im g_νim = l'_im + κ_i v_im s_i − y_m      at the demand, 0 elsewhere
//     dl/dz = h,   dl/db = y
import { real, setReal } from '../arrays';
import { number } from '../ipm/problem';
import { rowHigh, rowLow, rowPrice } from './rows';
import { FIXED, FREE, GONE, Gradient, UPPER } from './state';

/** Where the derivatives of one profile go. */
@unmanaged
export class Derivatives {
  values: usize;
  demands: usize;
  weights: usize;
  regularizer: usize;
  budgets: usize;
}

/** What the cotangent of entry j leaves after the agent's and the item's response: the pull on whatever holds the entry. */
// @ts-ignore: decorator
@inline export function rest(g: Gradient, i: i32, m: i32, j: i32): f64 {
  return real(g.cotangent, j) + real(g.kappa, i) * number(g.values, j, 0) * real(g.s, i) - real(g.y, m);
}

/** True where a demand of 0 keeps an agent from what it would take. */
// @ts-ignore: decorator
@inline function kept(g: Gradient, slope: f64, m: i32, j: i32): bool {
  return number(g.budgets, m, 1) > 0 && slope * number(g.values, j, 0) > real(g.price, m) + number(g.regularizer, j, 0);
}

/** Derivatives of an agent that gets nothing. */
export function clearAgent(out: Derivatives, M: i32, i: i32): void {
  const row = (<usize>M) << 3, at = row * <usize>i;
  memory.fill(out.values + at, 0, row);
  memory.fill(out.demands + at, 0, row);
  memory.fill(out.regularizer + at, 0, row);
  setReal(out.weights, i, 0);
}

export function writeDerivatives(g: Gradient, out: Derivatives): void {
  const N = g.N, M = g.M;
  for (let i: i32 = 0, j: i32 = 0; i < N; ++i) {
    const kappa = real(g.kappa, i), u = real(g.utilities, i), s = real(g.s, i);
    if (kappa == 0) {
      clearAgent(out, M, i);
      j += M;
      continue;
    }
    const spread = kappa * s, slope = kappa * u;
    for (let m: i32 = 0; m < M; ++m, ++j) {
      const kind = load<i8>(g.kind + j), h = real(g.h, j);
      setReal(out.values, j, spread * real(g.allocation, j) - slope * h);
      setReal(out.regularizer, j, h);
      const held = g.demands != 0 && (kind == UPPER || (kind == FIXED && kept(g, slope, m, j)));
      setReal(out.demands, j, held ? rest(g, i, m, j) : 0);
    }
    setReal(out.weights, i, -s / u);
  }
  for (let m: i32 = 0; m < M; ++m) setReal(out.budgets, m, real(g.y, m));
}

/**
 * A binding budget that no free entry shares has any y: of these the least norm of (g_λ, g_μ, g_ν) chooses
 * y = Σ_j r_j/d_j² / (1/λ² + Σ_j 1/d_j²), r_j the pull on entry j and d_j the dual that holds it.
 */
export function chooseIdle(g: Gradient): void {
  const N = g.N, M = g.M;
  for (let m: i32 = 0; m < M; ++m) {
    if (load<i8>(g.binding + m) == 0) continue;
    let shared = false;
    for (let i: i32 = 0, j = m; i < N; ++i, j += M) if (load<i8>(g.kind + j) == FREE) shared = true;
    if (shared) continue;
    setReal(g.y, m, 0);
    const lambda = rowPrice(g, m);
    let above: f64 = 0, below = 1 / (lambda * lambda);
    for (let i: i32 = 0, j = m; i < N; ++i, j += M) {
      if (load<i8>(g.kind + j) == GONE) continue;
      const dual = Math.max(rowLow(g, i, m, j), rowHigh(g, i, m, j));
      if (!(dual > 0)) continue;
      const perDual = 1 / (dual * dual);
      above += rest(g, i, m, j) * perDual;
      below += perDual;
    }
    setReal(g.y, m, above / below);
  }
}

/** Largest violation of the reduced system: of an entry's equation relative to the largest cotangent, of a budget's to the largest response. */
export function reducedResidual(g: Gradient): f64 {
  const N = g.N, M = g.M;
  let largest: f64 = 0, entry: f64 = 0, share: f64 = 0, spill: f64 = 0;
  for (let m: i32 = 0; m < M; ++m) {
    const perSupply = 1 / number(g.budgets, m, 1);
    let sum: f64 = 0;
    for (let i: i32 = 0, j = m; i < N; ++i, j += M) {
      largest = Math.max(largest, Math.abs(real(g.cotangent, j)));
      if (load<i8>(g.kind + j) != FREE) continue;
      const h = real(g.h, j) * perSupply;
      entry = Math.max(entry, Math.abs(rest(g, i, m, j)));
      const v = number(g.values, j, 0);
      share = Math.max(share, Math.abs(h));
      if (v > 0) share = Math.max(share, perSupply * Math.abs(real(g.cotangent, j)) / (real(g.kappa, i) * v * v));
      sum += h;
    }
    if (load<i8>(g.binding + m) != 0) spill = Math.max(spill, Math.abs(sum));
  }
  return Math.max(largest > 0 ? entry / largest : 0, share > 0 ? spill / share : 0);
}
