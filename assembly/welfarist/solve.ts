// Predictor-corrector interior point for the gamma-fair programme (Mehrotra 1992; Wright, Primal-Dual Interior-Point Methods, 1997, chapter 10).
//
//     stationarity    (Qᵀπ)_v − y w_v + Σ_r λ_r a_rv − zl_v + zu_v = 0,     y = Y − c,     log Y + (1 − γ) log u = log ω
//     complementarity  zl z,  zu (ub − z),  π s,  c (B − u),  rows alike, all = μ
//
// The marginal value is linearised in its logarithm: linearising ω F'(u) = Y itself stalls for γ < 0. Every point is feasible. For γ < 1 one step
// length serves both sides, since Y is tied to u.
import { integer, real, setReal } from '../arrays';
import { gap, money } from './bound';
import { factor, rowCount, rowOf, solve } from './newton';
import { measure, priced, take } from './start';
import { State } from './state';

export const CONVERGED: i32 = 0, STALLED: i32 = 1, OUT_OF_ITERATIONS: i32 = 2, BROKEN: i32 = 3;

const ITERATIONS: i32 = 80;
const BACK: f64 = 0.995; // share of the way to the boundary
const NEAR: f64 = 1e-5; // complementarity, in money, below which the rigorous gap is measured
const PATIENCE: i32 = 8; // iterations in a row that leave the gap about as it is

/** Residual of log Y + (1 − γ) log u − log ω; for the entropy Y + ω log u. */
function tie(s: State, i: i32): f64 {
  if (s.entropy && integer(s.fixedCap, i)) return 0;
  const u = Math.log(real(s.u, i));
  if (s.entropy) return real(s.Y, i) + real(s.omega, i) * u;
  return s.gamma == 1 ? 0 : Math.log(real(s.Y, i) / real(s.omega, i)) + (1 - s.gamma) * u;
}

/** Stationarity's residuals, curvatures; returns the sum of complementarity products, and their number in s.products. */
function residuals(s: State): f64 {
  let sum: f64 = 0, count: f64 = 0;
  for (let j: i32 = 0; j < s.M; ++j) {
    if (integer(s.open, j) != 1) continue;
    sum += real(s.pi, j) * real(s.s, j);
    count += 1;
  }
  for (let i: i32 = 0; i < s.n; ++i) {
    const begin = integer(s.firstVariable, i), end = integer(s.firstVariable, i + 1), k = rowCount(s, i), first = integer(s.firstRow, i);
    const u = real(s.u, i), cap = real(s.cap, i), y = real(s.Y, i) - real(s.c, i);
    let h = s.entropy ? real(s.omega, i) / u : (1 - s.gamma) * real(s.Y, i) / u;
    if (cap < Infinity && !(s.entropy && integer(s.fixedCap, i))) {
      h += real(s.c, i) / (cap - u);
      sum += real(s.c, i) * (cap - u);
      count += 1;
    }
    setReal(s.h, i, h);
    for (let r = first; r < first + k - 1; ++r) {
      const low = real(s.low, r), high = real(s.high, r);
      if (low == high) continue;
      if (high < Infinity) { sum += real(s.lu, r) * (high - real(s.rho, r)); count += 1; }
      if (low > -Infinity) { sum += real(s.ll, r) * (real(s.rho, r) - low); count += 1; }
    }
    for (let v = begin; v < end; ++v) {
      if (integer(s.frozen, v)) {
        setReal(s.rd, v, 0);
        continue;
      }
      let d = priced(s, s.pi, i, v) - y * real(s.w, v) - real(s.zl, v) + real(s.zu, v);
      for (let r: i32 = 1; r < k; ++r) d += (real(s.lu, first + r - 1) - real(s.ll, first + r - 1)) * real(rowOf(s, i, r), v - begin);
      setReal(s.rd, v, d);
      sum += real(s.zl, v) * real(s.z, v);
      count += 1;
      if (real(s.ub, v) < Infinity) { sum += real(s.zu, v) * (real(s.ub, v) - real(s.z, v)); count += 1; }
    }
  }
  s.products = count;
  return sum;
}

/** Right sides for products `target`, less `second` times the second-order terms; then the step in all variables. */
function direct(s: State, target: f64, second: f64): void {
  for (let j: i32 = 0; j < s.M; ++j) {
    const open = integer(s.open, j);
    const missing = open == 1 ? (target - real(s.pi, j) * real(s.s, j) - second * real(s.cs, j)) / real(s.pi, j) : 0;
    setReal(s.right, j, open == 0 ? 0 : missing - real(s.rest, j));
  }
  for (let i: i32 = 0; i < s.n; ++i) {
    const cap = real(s.cap, i), u = real(s.u, i), first = integer(s.firstRow, i), last = integer(s.firstRow, i + 1);
    const fixed = s.entropy && integer(s.fixedCap, i) != 0;
    let phi = fixed ? cap - u : tie(s, i) * (s.entropy ? 1 : real(s.Y, i));
    if (cap < Infinity && !fixed) phi += (target - real(s.c, i) * (cap - u) - second * real(s.cc, i)) / (cap - u);
    setReal(s.phi, i, phi);
    for (let r = first; r < last; ++r) {
      const low = real(s.low, r), high = real(s.high, r), rho = real(s.rho, r);
      if (low == high) {
        setReal(s.drho, r, low - rho);
        continue;
      }
      let psi: f64 = 0;
      if (high < Infinity) psi += (target - real(s.lu, r) * (high - rho) - second * real(s.ru, r)) / (high - rho);
      if (low > -Infinity) psi -= (target - real(s.ll, r) * (rho - low) - second * real(s.rl, r)) / (rho - low);
      setReal(s.drho, r, psi);
    }
  }
  for (let v: i32 = 0; v < s.variables; ++v) {
    if (integer(s.frozen, v)) {
      setReal(s.g, v, 0);
      continue;
    }
    const z = real(s.z, v), ub = real(s.ub, v);
    let g = (target - real(s.zl, v) * z - second * real(s.cl, v)) / z - real(s.rd, v);
    if (ub < Infinity) g -= (target - real(s.zu, v) * (ub - z) - second * real(s.cu, v)) / (ub - z);
    setReal(s.g, v, g);
  }
  solve(s);
  others(s, target, second);
}

/** Steps of everything else, from those of amounts, prices and multipliers. */
function others(s: State, target: f64, second: f64): void {
  memory.copy(s.ds, s.rest, <usize>s.M << 3);
  for (let v: i32 = 0; v < s.variables; ++v) {
    const z = real(s.z, v), ub = real(s.ub, v), dz = real(s.dz, v);
    if (integer(s.frozen, v)) {
      setReal(s.dzl, v, 0);
      setReal(s.dzu, v, 0);
      continue;
    }
    setReal(s.dzl, v, (target - real(s.zl, v) * z - second * real(s.cl, v) - real(s.zl, v) * dz) / z);
    if (ub < Infinity) setReal(s.dzu, v, (target - real(s.zu, v) * (ub - z) - second * real(s.cu, v) + real(s.zu, v) * dz) / (ub - z));
    else setReal(s.dzu, v, 0);
  }
  for (let i: i32 = 0; i < s.n; ++i) {
    const begin = integer(s.firstVariable, i), end = integer(s.firstVariable, i + 1), k = rowCount(s, i), first = integer(s.firstRow, i);
    const u = real(s.u, i), cap = real(s.cap, i);
    for (let v = begin; v < end; ++v) take(s, s.ds, i, v, real(s.dz, v));
    for (let r: i32 = 0; r < k; ++r) {
      const row = rowOf(s, i, r);
      let sum: f64 = 0;
      for (let v = begin; v < end; ++v) sum += real(row, v - begin) * real(s.dz, v);
      if (r == 0) setReal(s.du, i, sum);
      else rowStep(s, i, first + r - 1, r, sum, target, second);
    }
    const du = real(s.du, i), psi = tie(s, i);
    if (s.entropy && integer(s.fixedCap, i)) {
      setReal(s.dY, i, -real(s.eta, i * mostOf(s)));
      setReal(s.dc, i, 0);
      continue;
    }
    if (s.entropy) setReal(s.dY, i, -real(s.omega, i) * du / u - psi);
    else setReal(s.dY, i, s.gamma == 1 ? 0 : -real(s.Y, i) * ((1 - s.gamma) * du / u + psi));
    // From the solved Δy: through du it would carry the rounding of u over the slack of the cap.
    setReal(s.dc, i, cap < Infinity ? real(s.dY, i) + real(s.eta, i * mostOf(s)) : 0);
  }
}

// @ts-ignore: decorator
@inline function mostOf(s: State): i32 { return 1 + s.R + 2 * s.K; }

function rowStep(s: State, i: i32, r: i32, local: i32, drho: f64, target: f64, second: f64): void {
  const low = real(s.low, r), high = real(s.high, r), rho = real(s.rho, r);
  setReal(s.drho, r, drho);
  setReal(s.dll, r, 0);
  setReal(s.dlu, r, 0);
  const eta = real(s.eta, i * mostOf(s) + local);
  if (low == high || low == -Infinity) setReal(s.dlu, r, eta);
  else if (high == Infinity) setReal(s.dll, r, -eta);
  else if (real(s.lu, r) / (high - rho) > real(s.ll, r) / (rho - low)) {
    const dll = (target - real(s.ll, r) * (rho - low) - second * real(s.rl, r) - real(s.ll, r) * drho) / (rho - low);
    setReal(s.dll, r, dll);
    setReal(s.dlu, r, eta + dll);
  } else {
    const dlu = (target - real(s.lu, r) * (high - rho) - second * real(s.ru, r) + real(s.lu, r) * drho) / (high - rho);
    setReal(s.dlu, r, dlu);
    setReal(s.dll, r, dlu - eta);
  }
}

/** Length at which x + t dx reaches 0, if that is nearer. */
// @ts-ignore: decorator
@inline function ratio(t: f64, x: f64, dx: f64): f64 { return dx < 0 ? min(t, -x / dx) : t; }

/** Longest steps: amounts in s.primal, duals in s.dual. */
function lengths(s: State): void {
  let p: f64 = Infinity, d: f64 = Infinity;
  for (let j: i32 = 0; j < s.M; ++j) {
    if (integer(s.open, j) != 1) continue;
    p = ratio(p, real(s.s, j), real(s.ds, j));
    d = ratio(d, real(s.pi, j), real(s.dpi, j));
  }
  for (let v: i32 = 0; v < s.variables; ++v) {
    if (integer(s.frozen, v)) continue;
    const ub = real(s.ub, v);
    p = ratio(p, real(s.z, v), real(s.dz, v));
    d = ratio(d, real(s.zl, v), real(s.dzl, v));
    if (ub < Infinity) {
      p = ratio(p, ub - real(s.z, v), -real(s.dz, v));
      d = ratio(d, real(s.zu, v), real(s.dzu, v));
    }
  }
  for (let i: i32 = 0; i < s.n; ++i) {
    const cap = real(s.cap, i), fixed = s.entropy && integer(s.fixedCap, i) != 0;
    if (cap < Infinity && !fixed) {
      p = ratio(p, cap - real(s.u, i), -real(s.du, i));
      d = ratio(d, real(s.c, i), real(s.dc, i));
    }
    if (!s.entropy) d = ratio(d, real(s.Y, i), real(s.dY, i));
  }
  for (let r: i32 = 0; r < s.rows; ++r) {
    const low = real(s.low, r), high = real(s.high, r);
    if (low == high) continue;
    if (high < Infinity) {
      p = ratio(p, high - real(s.rho, r), -real(s.drho, r));
      d = ratio(d, real(s.lu, r), real(s.dlu, r));
    }
    if (low > -Infinity) {
      p = ratio(p, real(s.rho, r) - low, real(s.drho, r));
      d = ratio(d, real(s.ll, r), real(s.dll, r));
    }
  }
  if (s.gamma != 1 || s.entropy) p = d = min(p, d);
  s.primal = p;
  s.dual = d;
}

/** Sum of products after steps of these lengths; also leaves the second-order terms. */
function predicted(s: State, p: f64, d: f64): f64 {
  let sum: f64 = 0;
  for (let j: i32 = 0; j < s.M; ++j) {
    if (integer(s.open, j) != 1) continue;
    sum += (real(s.pi, j) + d * real(s.dpi, j)) * (real(s.s, j) + p * real(s.ds, j));
    setReal(s.cs, j, real(s.dpi, j) * real(s.ds, j));
  }
  for (let v: i32 = 0; v < s.variables; ++v) {
    if (integer(s.frozen, v)) continue;
    const z = real(s.z, v), ub = real(s.ub, v), dz = real(s.dz, v);
    sum += (real(s.zl, v) + d * real(s.dzl, v)) * (z + p * dz);
    setReal(s.cl, v, real(s.dzl, v) * dz);
    if (ub < Infinity) sum += (real(s.zu, v) + d * real(s.dzu, v)) * (ub - z - p * dz);
    setReal(s.cu, v, -real(s.dzu, v) * dz);
  }
  for (let i: i32 = 0; i < s.n; ++i) {
    const cap = real(s.cap, i), fixed = s.entropy && integer(s.fixedCap, i) != 0;
    setReal(s.cc, i, -real(s.dc, i) * real(s.du, i));
    if (cap < Infinity && !fixed) sum += (real(s.c, i) + d * real(s.dc, i)) * (cap - real(s.u, i) - p * real(s.du, i));
  }
  for (let r: i32 = 0; r < s.rows; ++r) {
    const low = real(s.low, r), high = real(s.high, r), rho = real(s.rho, r), drho = real(s.drho, r);
    if (low == high) continue;
    if (high < Infinity) sum += (real(s.lu, r) + d * real(s.dlu, r)) * (high - rho - p * drho);
    if (low > -Infinity) sum += (real(s.ll, r) + d * real(s.dll, r)) * (rho + p * drho - low);
    setReal(s.ru, r, -real(s.dlu, r) * drho);
    setReal(s.rl, r, real(s.dll, r) * drho);
  }
  return sum;
}

/** list += t step */
function move(list: usize, step: usize, t: f64, count: i32): void {
  for (let k: i32 = 0; k < count; ++k) setReal(list, k, real(list, k) + t * real(step, k));
}

function advance(s: State, p: f64, d: f64): void {
  move(s.z, s.dz, p, s.variables);
  move(s.zl, s.dzl, d, s.variables);
  move(s.zu, s.dzu, d, s.variables);
  for (let j: i32 = 0; j < s.M; ++j) if (integer(s.open, j) == 1) setReal(s.s, j, real(s.s, j) + p * real(s.ds, j));
  move(s.pi, s.dpi, d, s.M);
  move(s.Y, s.dY, d, s.n);
  move(s.c, s.dc, d, s.n);
  move(s.ll, s.dll, d, s.rows);
  move(s.lu, s.dlu, d, s.rows);
}

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
  for (let i: i32 = 0; i < s.n; ++i) sum += real(s.Y, i) * real(s.u, i) * Math.abs(tie(s, i));
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
    else sum += Math.abs(tie(s, i)) * real(s.u, i);
  }
  return sum;
}
