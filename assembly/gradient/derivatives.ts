// The five derivatives from a solution of the reduced system (Zeng et al. 2023, Appendix B and C, with the corrections of docs/papers/s0.md):
//
//     dl/dv_i = −(w_i g_i + a_i (q_i·g_i))     q_i·g_i = −κ_i s_i
//     dl/dw_i = −v_i·g_i                        g_i = h_i/u_i
//     dl/dx_im = ν_im g_νim = l'_im + κ_i v_im s_i − y_m      at the demand, 0 elsewhere
//     dl/dz = h,   dl/db = y
import { integer, real, setReal } from '../arrays';
import { number } from '../ipm/problem';
import { abs, add, and, loadPair, max, mul, splat, storePair, sub } from '../lanes';
import { rowHigh, rowLow, rowPrice } from './rows';
import { FREE, GONE, Gradient, binds, itemOf, kindOf } from './state';

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

/** Derivatives of an agent that gets nothing. */
export function clearAgent(out: Derivatives, M: i32, i: i32): void {
  const row = (<usize>M) << 3, at = row * <usize>i;
  memory.fill(out.values + at, 0, row);
  memory.fill(out.demands + at, 0, row);
  memory.fill(out.regularizer + at, 0, row);
  setReal(out.weights, i, 0);
}

/**
 * A binding budget that no free entry shares has any y: of these the least norm of (g_λ, g_μ, g_ν) chooses
 * y = Σ_j r_j/d_j² / (1/λ² + Σ_j 1/d_j²), r_j the pull on entry j and d_j the dual that holds it.
 */
export function chooseIdle(g: Gradient): void {
  const N = g.N, M = g.M;
  for (let m: i32 = 0; m < M; ++m) {
    if (!binds(g, m)) continue;
    let shared = false;
    for (let i: i32 = 0, j = m; i < N; ++i, j += M) if (kindOf(g, j) == FREE) shared = true;
    if (shared) continue;
    setReal(g.y, m, 0);
    const lambda = rowPrice(g, m);
    let above: f64 = 0, below = 1 / (lambda * lambda);
    for (let i: i32 = 0, j = m; i < N; ++i, j += M) {
      if (kindOf(g, j) == GONE) continue;
      const dual = Math.max(rowLow(g, i, m, j), rowHigh(g, i, m, j));
      if (!(dual > 0)) continue;
      const perDual = 1 / (dual * dual);
      above += rest(g, i, m, j) * perDual;
      below += perDual;
    }
    setReal(g.y, m, above / below);
  }
}

/**
 * Writes the derivatives of two neighbouring entries in values and demands; returns by how much they violate their equations if they are
 * free. `pull` is their cotangent.
 */
// @ts-ignore: decorator
@inline function writePair(g: Gradient, out: Derivatives, at: usize, item: usize, pull: v128, spread: v128, slope: v128, wide: bool): v128 {
  const kind = loadPair(g.kind + at, wide), zero = splat(0);
  const left = sub(add(pull, mul(spread, loadPair(g.values + at, wide))), loadPair(g.y + item, wide));
  storePair(out.values + at, sub(mul(spread, loadPair(g.allocation + at, wide)), mul(slope, loadPair(g.h + at, wide))), wide);
  storePair(out.demands + at, and(left, f64x2.lt(kind, zero)), wide);
  return and(abs(left), f64x2.eq(kind, zero));
}

// @ts-ignore: decorator
@inline function larger(x: v128): f64 { return Math.max(f64x2.extract_lane(x, 0), f64x2.extract_lane(x, 1)); }

/** Largest violation of a budget's equation, relative to the largest response. Lanes' maxima drop NaN: a sum of what it would spoil goes along. */
function spill(g: Gradient): f64 {
  const M = g.M;
  let share = splat(0), most = splat(0), poison: f64 = 0;
  for (let m: i32 = 0; m < M; ++m) setReal(g.column, m, 0);
  for (let e: i32 = 0; e < g.frees; ++e) {
    const j = integer(g.free, e), m = itemOf(g, j), perSupply = real(g.perSupply, m);
    const h = real(g.h, j) * perSupply;
    setReal(g.column, m, real(g.column, m) + h);
    poison += h - h;
    share = max(share, abs(f64x2.replace_lane(splat(h), 1, perSupply * real(g.cotangent, j) * real(g.ease, e))));
  }
  for (let m: i32 = 0; m < M; ++m) {
    most = max(most, splat(Math.abs(real(g.column, m)) * real(g.binding, m)));
    poison += real(g.y, m) - real(g.y, m);
  }
  const unit = larger(share);
  return poison + (unit > 0 ? f64x2.extract_lane(most, 0) / unit : 0);
}

/** Writes what is not written yet: h is where dl/dz goes, y where dl/db goes. Sets the residual of the reduced system. */
export function writeDerivatives(g: Gradient, out: Derivatives): void {
  const N = g.N, row = <usize>g.M << 3, whole = row & ~15, odd = (g.M & 1) != 0;
  let entry = splat(0), largest = splat(0), poison: f64 = 0;
  for (let i: i32 = 0, at: usize = 0; i < N; ++i, at += row) {
    const s = real(g.s, i);
    const pace = real(g.kappa, i) * s, spread = splat(pace), slope = splat(real(g.rate, i));
    poison += pace - pace;
    for (let item: usize = 0; item < whole; item += 16) {
      const pull = v128.load(g.cotangent + at + item);
      largest = max(largest, abs(pull));
      entry = max(entry, writePair(g, out, at + item, item, pull, spread, slope, true));
    }
    if (odd) {
      const pull = v128.load64_zero(g.cotangent + at + whole);
      largest = max(largest, abs(pull));
      entry = max(entry, writePair(g, out, at + whole, whole, pull, spread, slope, false));
    }
    setReal(out.weights, i, 0 - s * real(g.perUtility, i));
  }
  const unit = larger(largest), worst = larger(entry);
  g.residual = Math.max(unit > 0 ? worst / unit : 0, spill(g)) + poison;
}
