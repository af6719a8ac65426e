// Predictor-corrector interior point for the gamma-fair programme (Mehrotra 1992; Wright, Primal-Dual Interior-Point Methods, 1997, chapter 10).
//
//     stationarity    (Qᵀπ)_v − y w_v + Σ_r λ_r a_rv − zl_v + zu_v = 0,     y = Y − c,     log Y = log ω F'(u)
//     complementarity  zl z,  zu (ub − z),  π s,  c (B − u),  rows alike, all = μ
//
// The marginal value is linearised in its logarithm: linearising ω F'(u) = Y itself stalls for γ < 0. Every point is feasible. But for γ = 1 one step
// length serves both sides, since Y is tied to u.
import { integer, real } from '../arrays';
import { gap, money } from './bound';
import { direct, residuals } from './direction';
import { factor } from './factor';
import { advance, lengths, predicted } from './lengths';
import { measure } from './start';
import { State } from './state';

export const CONVERGED: i32 = 0, STALLED: i32 = 1, OUT_OF_ITERATIONS: i32 = 2, BROKEN: i32 = 3;

const ITERATIONS: i32 = 80;
const BACK: f64 = 0.995; // share of the way to the boundary
const NEAR: f64 = 1e-5; // complementarity, in money, below which the rigorous gap is measured
const PATIENCE: i32 = 8; // iterations in a row that leave the gap about as it is

/** Remembers the point, or goes back to it. */
function keep(s: State, back: bool): void {
  let at = s.best;
  at = copyOf(at, s.z, s.variables, back);
  at = copyOf(at, s.pi, s.M, back);
  at = copyOf(at, s.Y, s.n, back);
  at = copyOf(at, s.c, s.n, back);
  at = copyOf(at, s.ll, s.rows, back);
  copyOf(at, s.lu, s.rows, back);
}

function copyOf(at: usize, list: usize, count: i32, back: bool): usize {
  const bytes = <usize>count << 3;
  if (back) memory.copy(list, at, bytes);
  else memory.copy(at, list, bytes);
  return at + bytes;
}

/** Centring floor of the tie between Y and u: a step must not leave it behind. */
function looseness(s: State): f64 {
  let sum: f64 = 0;
  for (let i: i32 = 0; i < s.n; ++i) sum += real(s.Y, i) * real(s.u, i) * Math.abs(real(s.psi, i));
  return sum;
}

/** No second-order terms yet. */
function forget(s: State): void {
  memory.fill(s.cs, 0, <usize>s.M << 3);
  memory.fill(s.cl, 0, <usize>s.variables << 3);
  memory.fill(s.cu, 0, <usize>s.variables << 3);
  memory.fill(s.cc, 0, <usize>s.n << 3);
  memory.fill(s.rl, 0, <usize>s.rows << 3);
  memory.fill(s.ru, 0, <usize>s.rows << 3);
}

/** Iterates until the rigorous gap is `tolerance` of the money; for the entropy until the products are. */
export function iterate(s: State, tolerance: f64): i32 {
  let best: f64 = Infinity, idle: i32 = 0;
  forget(s);
  for (let iteration: i32 = 0; iteration < ITERATIONS; ++iteration) {
    s.iterations = iteration;
    const sum = residuals(s), unit = s.entropy ? s.unitOfMoney : money(s);
    if (!(sum < Infinity) || !(unit < Infinity)) return settle(s, best, BROKEN);
    if (sum <= NEAR * unit && (s.entropy || looseness(s) <= NEAR * unit)) {
      const open = s.entropy ? sum + entropyResidual(s) : gap(s);
      if (open <= tolerance * unit) return CONVERGED;
      if (open < best) {
        idle = open < 0.5 * best ? 0 : idle + 1;
        best = open;
        keep(s, false);
      } else idle += 1;
      if (idle >= PATIENCE) return settle(s, best, STALLED);
    }
    factor(s);
    const mu = sum / s.products;
    direct(s, 0, 0);
    lengths(s);
    const pa = min(1, s.primal), da = min(1, s.dual);
    const after = predicted(s, pa, da) / s.products, shrink = after / mu;
    let target = mu * shrink * shrink * shrink;
    if (!s.entropy && s.gamma != 1) target = max(target, 0.1 * looseness(s) / s.products);
    direct(s, min(target, mu), pa * da);
    lengths(s);
    if (min(s.primal, s.dual) < 0.2) {
      direct(s, 0.5 * mu, 0);
      lengths(s);
      if (min(s.primal, s.dual) < 0.2) {
        direct(s, mu, 0);
        lengths(s);
      }
    }
    if (!(s.primal > 0) || !(s.dual > 0)) return settle(s, best, BROKEN);
    advance(s, min(1, BACK * s.primal), min(1, BACK * s.dual));
    measure(s);
  }
  return settle(s, best, OUT_OF_ITERATIONS);
}

/** Back to the best point seen, if any was near. */
function settle(s: State, best: f64, why: i32): i32 {
  if (best == Infinity) return why;
  keep(s, true);
  measure(s);
  return STALLED;
}

/** Largest stationarity and equality residuals, as money. */
function entropyResidual(s: State): f64 {
  let sum: f64 = 0;
  for (let v: i32 = 0; v < s.variables; ++v) sum += Math.abs(real(s.rd, v)) * real(s.z, v);
  for (let j: i32 = 0; j < s.M; ++j) if (integer(s.open, j) == 2) sum += Math.abs(real(s.rest, j)) * s.unitOfMoney;
  for (let i: i32 = 0; i < s.n; ++i) {
    if (integer(s.fixedCap, i)) sum += Math.abs(real(s.cap, i) - real(s.u, i)) * s.unitOfMoney;
    else sum += Math.abs(real(s.psi, i)) * real(s.u, i);
  }
  return sum;
}
