// Homotopy in eps from wide budgets to narrow ones, a Newton corrector at each stop: the fast way to an equilibrium, which may stall where the path of
// equilibria turns back in eps.
//
//     prices by tatonnement with a step of its own for each good (Rprop) at eps = 1;  Newton at eps = 1; where it fails both at eps = 2, 4, …
//     (beyond 1 the same budgets, and eps times the places: ever fewer prices are above 0)
//     eps <- max(target, rho eps) along the tangent J_AA dp/deps = -(ge - c - d)_A;  rho adapts to how many steps Newton takes
//
// Riedmiller, Braun, A Direct Adaptive Method for Faster Backpropagation Learning: The RPROP Algorithm, 1993;
// Allgower, Georg, Introduction to Numerical Continuation Methods, 2003, chapter 2 (predictor-corrector).
import { real, setReal } from '../arrays';
import { backSubstitute, eliminate } from '../linalg/elimination';
import { evaluate, excess, residual } from './demand';
import { Economy, Work } from './economy';
import { CLEARED, newton } from './newton';

const ROUGH: f64 = 2e-2;
const TATONNEMENT: i32 = 200;
const STALL: f64 = 0.975;
const WIDEST: f64 = 64;

/** Prices that clear roughly at eps; the step of each good grows while its excess demand keeps its sign. */
function tatonnement(e: Economy, work: Work, p: usize, eps: f64): void {
  const m = e.m, step = work.v, last = work.w;
  for (let j: i32 = 0; j < m; ++j) {
    setReal(p, j, 0.2);
    setReal(step, j, 0.1);
    setReal(last, j, 0);
  }
  for (let it: i32 = 0; it < TATONNEMENT; ++it) {
    evaluate(e, work, p, eps, false);
    if (residual(e, work, p, eps) < ROUGH) return;
    for (let j: i32 = 0; j < m; ++j) {
      const z = excess(e, work, j, eps), before = real(last, j);
      let s = real(step, j);
      if (z * before > 0) s = min<f64>(0.5, 1.15 * s);
      else if (z * before < 0) s *= 0.55;
      setReal(step, j, s);
      setReal(last, j, z);
      setReal(p, j, min<f64>(1, max<f64>(0, real(p, j) + s * min<f64>(1, max<f64>(-1, z)))));
    }
  }
}

/** q = p moved along the tangent from eps to `next`; p as last evaluated with slopes. */
function predict(e: Economy, work: Work, p: usize, eps: f64, next: f64, q: usize): void {
  const m = e.m, a = work.matrix, active = work.w, x = work.v;
  let n: i32 = 0;
  for (let j: i32 = 0; j < m; ++j) if (real(p, j) + excess(e, work, j, eps) > 0) setReal(active, n++, <f64>j);
  for (let i: i32 = 0; i < n; ++i) {
    const j = <i32>real(active, i);
    for (let k: i32 = 0; k < n; ++k) setReal(a, i * (n + 1) + k, real(work.J, j * m + <i32>real(active, k)));
    setReal(a, i * (n + 1) + n, real(e.capacity, j) + real(work.shift, j) - (eps > 1 ? 0 : real(work.ge, j)));
  }
  const rank = eliminate(a, n, n, n + 1, 1e-10, work.columns, work.w + (<usize>m << 3));
  backSubstitute(a, n, n + 1, rank, n, work.columns, x);
  memory.copy(q, p, <usize>m << 3);
  for (let i: i32 = 0; i < n; ++i) {
    const j = <i32>real(active, i);
    setReal(q, j, min<f64>(1, max<f64>(0, real(p, j) + real(x, i) * (next - eps))));
  }
}

/** Equilibrium at eps = 1, or at the least of 2, 4, … where one is found, from nothing. Returns that eps, or 0. */
export function begin(e: Economy, work: Work, p: usize, taken: usize): f64 {
  for (let eps: f64 = 1; eps <= WIDEST && work.looked < work.most; eps *= 2) {
    tatonnement(e, work, p, eps);
    if (newton(e, work, p, eps, CLEARED, 60, 300, taken) <= CLEARED) return eps;
  }
  return 0;
}

/**
 * Follows equilibria from (p, eps), cleared, to the target; p in place. Returns the eps that was reached: the target, or where it stalled.
 */
export function descend(e: Economy, work: Work, p: usize, from: f64, taken: usize): f64 {
  const target = work.target, q = work.u;
  let eps = from, rho: f64 = 0.5;
  while (eps > target && work.looked < work.most) {
    const next = max(target, eps * rho);
    evaluate(e, work, p, eps, true);
    predict(e, work, p, eps, next, q);
    const slow = rho > 0.9;
    const res = newton(e, work, q, next, CLEARED, slow ? 100 : 10, slow ? 300 : 24, taken);
    if (res <= CLEARED) {
      memory.copy(p, q, <usize>e.m << 3);
      eps = next;
      if (load<i32>(taken) <= 6) rho = max<f64>(rho * rho, 0.05);
    } else {
      rho = Math.sqrt(rho);
      if (rho > STALL) break;
    }
  }
  return eps;
}
