// Expected demand at prices p when every budget is uniform on [1-eps, 1], and its slopes.
//
// A type with list x_1 > x_2 > … meets costs c_l = p·x_l and running minima M_l = min(1, c_1, …, c_{l-1}); x_l is its favourite for budgets in
// [c_l, M_l). With lo = max(0, 1-eps):
//
//     G(p, eps) = Σ_t w_t Σ_l max(0, M_l - max(lo, c_l)) x_l             (eps times expected demand, for eps <= 1)
//
// is piecewise linear in (p, eps). The bundles with c_l < M_l, y_1, y_2, …, y_S, form a staircase of falling costs; y_S is the first at or below lo, if any.
//
//     dG/dp   = Σ_t w_t Σ_s y_s (y_{s-1} - y_s)ᵀ      y_0 = 0; the last one without "- y_s" where its cost is at most lo
//     dG/deps = Σ_t w_t y_S over types that reach lo   for eps < 1; G does not depend on eps > 1
//
// Cost: one look per list entry up to the first bundle that costs at most lo, k² operations per step of a staircase for the slopes, k goods a bundle.
// Nguyen, Teytelboym, Vardi, Dynamic Combinatorial Assignment, arXiv 2303.13967; a common law of budgets: the same, Competitive Equilibrium from Random
// Incomes, arXiv 2509.13198.
import { integer, real, setReal } from '../arrays';
import { costs, Economy, Work } from './economy';

/** Fills cost, mass and G at prices p; with `slopes` also J and ge. */
export function evaluate(e: Economy, work: Work, p: usize, eps: f64, slopes: bool): void {
  const lo = max<f64>(0, 1 - eps);
  const cost = work.cost, mass = work.mass, own = work.own, edge = work.edge, list = e.list;
  costs(e, p, cost);
  const bytes = <usize>e.B << 3;
  memory.fill(mass, 0, bytes);
  if (slopes) {
    memory.fill(own, 0, bytes);
    memory.fill(edge, 0, bytes);
    memory.fill(work.J, 0, (<usize>e.m * <usize>e.m) << 3);
  }
  let looked: i32 = 0;
  for (let t: i32 = 0; t < e.T; ++t) {
    const w = real(e.weight, t);
    const first = integer(e.first, t), end = integer(e.end, t);
    let cur: f64 = 1, prev: i32 = -1, k = first;
    while (k < end) {
      const b = integer(list, k++);
      const c = real(cost, b);
      if (c >= cur) continue;
      const last = c <= lo;
      setReal(mass, b, real(mass, b) + w * (cur - (last ? lo : c)));
      if (slopes) {
        if (prev >= 0) cross(e, work.J, b, prev, w);
        const at = last ? edge : own;
        setReal(at, b, real(at, b) + w);
      }
      if (last) break;
      cur = c;
      prev = b;
    }
    looked += k - first;
  }
  work.looked += <f64>looked + <f64>e.B;
  ++work.evaluations;
  gather(e, mass, work.G);
  if (!slopes) return;
  gather(e, edge, work.ge);
  for (let b: i32 = 0; b < e.B; ++b) {
    const w = real(own, b);
    if (w != 0) cross(e, work.J, b, b, -w);
  }
}

/** out = Σ_b x_b units_b */
function gather(e: Economy, x: usize, out: usize): void {
  memory.fill(out, 0, <usize>e.m << 3);
  for (let b: i32 = 0; b < e.B; ++b) {
    const f = real(x, b);
    if (f == 0) continue;
    const end = integer(e.goodStart, b + 1);
    for (let k = integer(e.goodStart, b); k < end; ++k) {
      const at = out + (<usize>integer(e.good, k) << 3);
      store<f64>(at, load<f64>(at) + f * real(e.amount, k));
    }
  }
}

/** J += w units_a units_bᵀ */
function cross(e: Economy, J: usize, a: i32, b: i32, w: f64): void {
  const endA = integer(e.goodStart, a + 1), startB = integer(e.goodStart, b), endB = integer(e.goodStart, b + 1);
  for (let i = integer(e.goodStart, a); i < endA; ++i) {
    const row = J + (<usize>(integer(e.good, i) * e.m) << 3);
    const f = w * real(e.amount, i);
    for (let k = startB; k < endB; ++k) {
      const at = row + (<usize>integer(e.good, k) << 3);
      store<f64>(at, load<f64>(at) + f * real(e.amount, k));
    }
  }
}

/** Capacity in force at eps, times eps: eps c_j + d_j (eps - target). */
// @ts-ignore: decorator
@inline export function supply(e: Economy, work: Work, j: i32, eps: f64): f64 {
  return eps * real(e.capacity, j) + real(work.shift, j) * (eps - work.target);
}

/** Relative excess demand (G_j/eps - c_j - …) / c_j of the last evaluation. */
// @ts-ignore: decorator
@inline export function excess(e: Economy, work: Work, j: i32, eps: f64): f64 {
  return (real(work.G, j) - supply(e, work, j, eps)) / (eps * real(e.capacity, j));
}

/** Largest relative violation of market clearing at p, as last evaluated. */
export function residual(e: Economy, work: Work, p: usize, eps: f64): f64 {
  let worst: f64 = 0;
  for (let j: i32 = 0; j < e.m; ++j) {
    const z = excess(e, work, j, eps);
    worst = max(worst, real(p, j) > 0 ? Math.abs(z) : z);
  }
  return worst;
}
