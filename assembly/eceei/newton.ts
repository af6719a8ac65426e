// Semismooth Newton on market clearing over the box [0,1]^m: p = Proj(p + z(p)/c).
//
//     A = {j : p_j + z_j/c_j > 0};   dp_j = -p_j outside A;   (J_AA - mu I) dp_A = -(G - R)_A - J_AN dp_N
//
// with halvings of the step on the norm of p - Proj(p + z/c), and mu = 0 first, then growing where no step helps. In the cell of the solution one
// step is exact. De Luca, Facchinei, Kanzow, A Semismooth Equation Approach to the Solution of Nonlinear Complementarity Problems, 1996.
import { real, setReal } from '../arrays';
import { backSubstitute, eliminate } from '../linalg/elimination';
import { evaluate, excess, residual, supply } from './demand';
import { Economy, eliminationCost, Work } from './economy';

export const CLEARED: f64 = 1e-10;
const HALVINGS: i32 = 14;
const SINGULAR: f64 = 1e-12;

function merit(e: Economy, work: Work, p: usize, eps: f64): f64 {
  let sum: f64 = 0;
  for (let j: i32 = 0; j < e.m; ++j) {
    const x = real(p, j);
    const d = x - min<f64>(1, max<f64>(0, x + excess(e, work, j, eps)));
    sum += d * d;
  }
  return Math.sqrt(sum);
}

/** step = the Newton step at p, as last evaluated with slopes. */
function direction(e: Economy, work: Work, p: usize, eps: f64, mu: f64, step: usize): void {
  const m = e.m, a = work.matrix, active = work.w;
  let n: i32 = 0;
  for (let j: i32 = 0; j < m; ++j) {
    const on = real(p, j) + excess(e, work, j, eps) > 0;
    setReal(step, j, on ? 0 : -real(p, j));
    if (on) setReal(active, n++, <f64>j);
  }
  const stride = n + 1;
  for (let i: i32 = 0; i < n; ++i) {
    const j = <i32>real(active, i);
    const row = j * m;
    let side = supply(e, work, j, eps) - real(work.G, j);
    for (let k: i32 = 0; k < m; ++k) side -= real(work.J, row + k) * real(step, k);
    for (let k: i32 = 0; k < n; ++k) setReal(a, i * stride + k, real(work.J, row + <i32>real(active, k)) - (i == k ? mu : 0));
    setReal(a, i * stride + n, side);
  }
  const x = work.G; // demand is read no more until the next evaluation
  const rank = eliminate(a, n, n, stride, SINGULAR, work.columns, work.w + (<usize>m << 3));
  work.looked += eliminationCost(n);
  backSubstitute(a, n, stride, rank, n, work.columns, x);
  for (let i: i32 = 0; i < n; ++i) setReal(step, <i32>real(active, i), real(x, i));
}

function keepBest(e: Economy, work: Work, p: usize, eps: f64, res: f64): void {
  if (eps != work.target || res >= work.least) return;
  for (let j: i32 = 0; j < e.m; ++j) if (real(work.shift, j) != 0) return;
  work.least = res;
  memory.copy(work.best, p, <usize>e.m << 3);
}

/** Improves p in place at eps; stops at `goal`, after `steps` steps or `evaluations`. Returns the residual; `taken` gets the number of steps. */
export function newton(
  e: Economy, work: Work, p: usize, eps: f64, goal: f64, steps: i32, evaluations: i32, taken: usize,
): f64 {
  const m = e.m, q = work.q, step = work.v;
  const until = work.evaluations + evaluations;
  evaluate(e, work, p, eps, true);
  let res = residual(e, work, p, eps), value = merit(e, work, p, eps);
  keepBest(e, work, p, eps, res);
  let k: i32 = 0;
  for (; k < steps && res > goal; ++k) {
    let largest: f64 = 0;
    for (let j: i32 = 0; j < m; ++j) largest = max(largest, Math.abs(real(work.J, j * m + j)));
    let moved = false;
    for (let mu: f64 = 0, tries = 0; tries < 5 && !moved && work.evaluations < until; ++tries) {
      if (tries > 0) evaluate(e, work, p, eps, true);
      direction(e, work, p, eps, mu, step);
      let alpha: f64 = 1;
      for (let h: i32 = 0; h < HALVINGS && work.evaluations < until && work.looked < work.most; ++h, alpha *= 0.5) {
        for (let j: i32 = 0; j < m; ++j) setReal(q, j, min<f64>(1, max<f64>(0, real(p, j) + alpha * real(step, j))));
        evaluate(e, work, q, eps, true);
        const trial = merit(e, work, q, eps);
        if (!(trial < value * (1 - 1e-4 * alpha))) continue;
        value = trial;
        moved = true;
        memory.copy(p, q, <usize>m << 3);
        break;
      }
      mu = mu == 0 ? 1e-3 * largest : 8 * mu;
    }
    if (!moved) break;
    res = residual(e, work, p, eps);
    keepBest(e, work, p, eps, res);
  }
  store<i32>(taken, k);
  return res;
}
