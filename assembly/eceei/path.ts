// Exact pivoting along the path of equilibria in (p, eps): it may turn back in eps, and ends at the target after finitely many linear pieces.
//
//     E(u, eps) = G(max(u,0), eps) - R(eps) - min(u, 0) = 0,     R_j = eps c_j + d_j (eps - target),     d_j = 0.3 c_j U[0,1]
//
// E is piecewise linear. For eps above total demand over c_j, u = -R is the only solution; for almost every d the solutions form a curve from there, bounded
// and without branches, so that it must reach the target (Sard for piecewise linear maps). On a piece the direction v is the null vector of
// [dE/du | dE/deps], its sign such that det [dE; vᵀ] keeps its own; the piece ends where a cost meets the running minimum or 1-eps, a u_j meets 0, or eps 1.
//
// Eaves, A Short Course in Solving Equations with PL Homotopies, 1976; Allgower, Georg, 2003, chapters 11 to 14.
import { integer, real, setReal } from '../arrays';
import { eliminate } from '../linalg/elimination';
import { evaluate, supply } from './demand';
import { costs, Economy, eliminationCost, Work } from './economy';

export const ARRIVED: i32 = 0, SINGULAR: i32 = 1, LOST: i32 = 2, TIRED: i32 = 3;
const RANK: f64 = 1e-12;
const EVEN: f64 = 1e-13; // slopes nearer than this are those of costs that stay tied

/** [dE/du | dE/deps | E] at the point, as rows of the matrix. */
function fill(e: Economy, work: Work, u: usize, eps: f64): void {
  const m = e.m, a = work.matrix, stride = m + 2;
  for (let j: i32 = 0; j < m; ++j) {
    const row = j * stride;
    for (let k: i32 = 0; k < m; ++k) setReal(a, row + k, real(u, k) > 0 ? real(work.J, j * m + k) : (j == k ? -1.0 : 0.0));
    setReal(a, row + m, (eps < 1 ? real(work.ge, j) : 0) - real(e.capacity, j) - real(work.shift, j));
    setReal(a, row + m + 1, real(work.G, j) - supply(e, work, j, eps) - min<f64>(0, real(u, j)));
  }
}

function positivePart(e: Economy, u: usize, p: usize): void {
  for (let j: i32 = 0; j < e.m; ++j) setReal(p, j, max<f64>(0, real(u, j)));
}

/**
 * Shortest way along v to the end of the piece. One scan of the lists, costs and their slopes at hand.
 */
function pieceLength(e: Economy, work: Work, u: usize, eps: f64, v: usize): f64 {
  const m = e.m, cost = work.cost, rate = work.rate;
  const along = real(v, m);
  let t: f64 = Infinity;
  for (let j: i32 = 0; j < m; ++j) {
    const x = real(u, j), d = real(v, j);
    if (x > 0 ? d < 0 : d > 0) t = min(t, -x / d);
    setReal(work.q, j, x > 0 ? d : 0);
  }
  if (eps > 1 ? along < 0 : along > 0) t = min(t, (1 - eps) / along);
  costs(e, work.q, rate);
  const lo = max<f64>(0, 1 - eps), loRate = eps < 1 ? -along : 0;
  let looked: i32 = 0;
  for (let a: i32 = 0; a < e.T; ++a) {
    let cur: f64 = 1, curRate: f64 = 0, k = integer(e.first, a);
    const first = k, end = integer(e.end, a);
    while (k < end) {
      const b = integer(e.list, k++);
      const c = real(cost, b), d = real(rate, b);
      if (c >= cur) {
        if (curRate - d > EVEN) t = min(t, (c - cur) / (curRate - d));
        continue;
      }
      if (d - curRate > EVEN) t = min(t, (cur - c) / (d - curRate));
      if (c <= lo) {
        if (d - loRate > EVEN) t = min(t, (lo - c) / (d - loRate));
        break;
      }
      if (loRate - d > EVEN) t = min(t, (c - lo) / (loRate - d));
      cur = c;
      curRate = d;
    }
    looked += k - first;
  }
  work.looked += <f64>looked;
  return t;
}

/**
 * Follows the path from the point in work.u (eps last) until eps has come down to `goal`, at most `most` pivots. The first step lowers eps.
 */
export function follow(e: Economy, work: Work, goal: f64, delta: f64, most: i32): i32 {
  const m = e.m, n = m + 1, stride = m + 2, a = work.matrix, u = work.u, v = work.v, order = work.columns;
  const signAt = work.w + (<usize>m << 3);
  let orientation: f64 = 0;
  for (let k: i32 = 0; k < most && work.looked < work.most; ++k, ++work.pivots) {
    const eps = real(u, m);
    positivePart(e, u, work.p);
    evaluate(e, work, work.p, eps, true);
    fill(e, work, u, eps);
    const rank = eliminate(a, m, n, stride, RANK, order, signAt);
    work.looked += eliminationCost(m);
    if (rank < m) return SINGULAR;
    // Null vector: 1 at the free column; scaled to length 1 in eps and the prices, as what is left over may be millions of times larger.
    const free = integer(order, m);
    setReal(v, free, 1);
    for (let i = m - 1; i >= 0; --i) {
      let sum = -real(a, i * stride + m);
      for (let c = i + 1; c < m; ++c) sum -= real(a, i * stride + c) * real(v, integer(order, c));
      setReal(v, integer(order, i), sum / real(a, i * stride + i));
    }
    let square: f64 = real(v, m) * real(v, m);
    for (let j: i32 = 0; j < m; ++j) if (real(u, j) > 0) square += real(v, j) * real(v, j);
    // det [M; vᵀ] has the sign of the pivots times that of v at the free column.
    let sign = load<f64>(signAt);
    if (orientation == 0) orientation = real(v, m) < 0 ? sign : -sign;
    const scale = (sign == orientation ? 1.0 : -1.0) / Math.sqrt(square);
    for (let j: i32 = 0; j < n; ++j) setReal(v, j, real(v, j) * scale);
    correct(work, m, u, v);
    // Off the end of the last piece, but not into a piece that v is not the direction of.
    for (let j: i32 = 0; j < n; ++j) moveWithin(u, j, m, real(u, j) + delta * real(v, j));
    const at = real(u, m);
    positivePart(e, u, work.p);
    costs(e, work.p, work.cost);
    const t = pieceLength(e, work, u, at, v);
    const along = real(v, m);
    if (along < 0 && at + t * along <= goal * (1 + 1e-9)) {
      const s = (goal - at) / along;
      for (let j: i32 = 0; j < m; ++j) setReal(u, j, real(u, j) + s * real(v, j));
      setReal(u, m, goal);
      return ARRIVED;
    }
    if (!(t < Infinity)) return LOST;
    for (let j: i32 = 0; j < n; ++j) setReal(u, j, real(u, j) + (max<f64>(0, t) + delta) * real(v, j));
  }
  return TIRED;
}

/** One Newton step orthogonal to v with the factors at hand, which changes no sign of u: takes rounding out of the point. */
function correct(work: Work, m: i32, u: usize, v: usize): void {
  const n = m + 1, stride = m + 2, a = work.matrix, order = work.columns, x = work.w;
  // Particular solution with 0 at the free column (M x = -E), then its part along v taken away.
  for (let i = m - 1; i >= 0; --i) {
    let sum = -real(a, i * stride + m + 1);
    for (let c = i + 1; c < m; ++c) sum -= real(a, i * stride + c) * real(x, integer(order, c));
    setReal(x, integer(order, i), sum / real(a, i * stride + i));
  }
  setReal(x, integer(order, m), 0);
  let along: f64 = 0, square: f64 = 0;
  for (let j: i32 = 0; j < n; ++j) {
    along += real(x, j) * real(v, j);
    square += real(v, j) * real(v, j);
  }
  along /= square;
  for (let j: i32 = 0; j < n; ++j) moveWithin(u, j, m, real(u, j) + real(x, j) - along * real(v, j));
}

/** u_j = next, unless a good would get a price by it or lose one. */
function moveWithin(u: usize, j: i32, m: i32, next: f64): void {
  if (j < m && (next > 0) != (real(u, j) > 0)) return;
  setReal(u, j, next);
}

/** The start at infinity: nobody pays, everything is left over. */
export function startAtInfinity(e: Economy, work: Work): void {
  const m = e.m, u = work.u;
  memory.fill(work.p, 0, <usize>m << 3);
  evaluate(e, work, work.p, 1, false);
  let eps: f64 = 1;
  // Demand for a good never exceeds the units that agents could take of it at most, each in its largest bundle.
  memory.fill(work.q, 0, <usize>m << 3);
  for (let t: i32 = 0; t < e.T; ++t) {
    memory.fill(work.v, 0, <usize>m << 3);
    for (let k = integer(e.first, t); k < integer(e.end, t); ++k) {
      const b = integer(e.list, k);
      for (let i = integer(e.goodStart, b); i < integer(e.goodStart, b + 1); ++i) {
        const j = integer(e.good, i);
        setReal(work.v, j, max(real(work.v, j), real(e.amount, i)));
      }
    }
    for (let j: i32 = 0; j < m; ++j) setReal(work.q, j, real(work.q, j) + real(e.weight, t) * real(work.v, j));
  }
  for (let j: i32 = 0; j < m; ++j) eps = max(eps, real(work.q, j) / real(e.capacity, j));
  eps = 1.05 * eps + 0.1;
  for (let j: i32 = 0; j < m; ++j) {
    setReal(u, j, real(work.G, j) - supply(e, work, j, eps));
  }
  setReal(u, m, eps);
}
