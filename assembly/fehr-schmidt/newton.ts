// One Newton step of the interior point for the Fehr-Schmidt programme, by a symmetric system in the agents.
//
//     maximise Σ c_i u_i − Σ_e (P_e up_e + Q_e down_e)     u = A x,   up − down = B u,   0 <= x <= b,   Σ_i x_ij + s_j = 1
//     duals: y = c − Bᵀw,  −Q <= w <= P,   z − zu = π_j − y_i a_ij,   z, zu, π >= 0
//
// With θ = 1/(z/x + zu/(b−x)) and G_j = Σ_i θ_ij + s_j/π_j the amounts give Δu = H Δy + g, H = Σ_j (diag(a²θ) − (aθ)(aθ)ᵀ/G_j); with
// D_e = up/(P−w) + down/(Q+w) the pairs give L Δu = r − Δy, L = Bᵀ D⁻¹ B. Both are written across cuts of the agents' order (cuts.ts), where L has
// an inverse and neither a common level nor the sum of a tied group swamps what differs inside it. Diagonals of H are summed without subtraction.
// Mehrotra, On the Implementation of a Primal-Dual Interior Point Method, 1992.
import { integer, real, setReal } from '../arrays';
import { cholesky, choleskySolve } from '../linalg/cholesky';
import { acrossCuts, balances, flowBy, invertCuts, orderAgents, throughCuts } from './cuts';
import { Interior, bounded } from './interior-state';

const REPEATS: i32 = 3; // rounds in which flows are balanced

/** Target of x z, from the mean product aimed at, with the product of the last steps where it corrects them. */
// @ts-ignore: decorator
@inline function target(aim: f64, correct: bool, x: f64, z: f64, dx: f64, dz: f64): f64 { return aim - x * z - (correct ? dx * dz : 0); }

/** θ, h and the sums over items; the right side of items is Σ θ h + c_s/π − (what rows lack). */
function amounts(t: Interior, aim: f64, correct: bool): void {
  const n = t.n, m = t.m;
  for (let j: i32 = 0; j < m; ++j) {
    const s = real(t.s, j), price = real(t.pi, j);
    let sum = s / price, used = s;
    let right = target(aim, correct, s, price, real(t.ds, j), real(t.dpi, j)) / price;
    const most = real(t.q.upper, j), above = bounded(t, j);
    for (let i: i32 = 0, e = j; i < n; ++i, e += m) {
      const x = real(t.x, e), z = real(t.z, e);
      const lost = real(t.z, e) - real(t.zu, e) - price + real(t.y, i) * real(t.a, e);
      let resist = z / x, h = target(aim, correct, x, z, real(t.dx, e), real(t.dz, e)) / x + lost;
      if (above) {
        const room = most - x, zu = real(t.zu, e);
        resist += zu / room;
        h -= target(aim, correct, room, zu, -real(t.dx, e), real(t.dzu, e)) / room;
      }
      const theta = 1 / resist;
      setReal(t.theta, e, theta);
      setReal(t.h, e, h);
      sum += theta;
      right += theta * h;
      used += x;
    }
    setReal(t.sum, j, sum);
    setReal(t.right, j, right - (1 - used));
  }
}

/** H, and g. */
function curvature(t: Interior): void {
  const n = t.n, m = t.m;
  memory.fill(t.curvature, 0, <usize>(n * n) << 3);
  memory.fill(t.g, 0, <usize>n << 3);
  for (let j: i32 = 0; j < m; ++j) {
    const sum = real(t.sum, j), level = real(t.right, j) / sum;
    // before[i]: Σ θ of agents before i, and the slack's part.
    let rest = real(t.s, j) / real(t.pi, j);
    for (let i: i32 = 0, e = j; i < n; ++i, e += m) {
      setReal(t.before, i, rest);
      rest += real(t.theta, e);
    }
    let after: f64 = 0;
    for (let i = n - 1, e = (n - 1) * m + j; i >= 0; --i, e -= m) {
      const a = real(t.a, e), theta = real(t.theta, e), f = a * theta;
      setReal(t.curvature, i * n + i, real(t.curvature, i * n + i) + a * f * ((real(t.before, i) + after) / sum));
      after += theta;
      setReal(t.g, i, real(t.g, i) + f * (real(t.h, e) - level));
      const scaled = f / sum;
      for (let k: i32 = 0, o = j; k < i; ++k, o += m) {
        const h = real(t.curvature, i * n + k) - scaled * real(t.a, o) * real(t.theta, o);
        setReal(t.curvature, i * n + k, h);
        setReal(t.curvature, k * n + i, h);
      }
    }
  }
}

/** 1/D, the pairs' right sides, and the flows that these drive alone. */
function differences(t: Interior, aim: f64, correct: bool): void {
  for (let i: i32 = 0, e: i32 = 0; i < t.n; ++i) {
    for (let k = i + 1; k < t.n; ++k, ++e) {
      const w = real(t.w, e), high = real(t.p, e) - w, low = real(t.o, e) + w, up = real(t.up, e), down = real(t.down, e);
      const dw = real(t.dw, e);
      const rate = 1 / (up / high + down / low);
      const rest = real(t.u, i) - real(t.u, k) - (up - down)
        - target(aim, correct, up, high, real(t.dup, e), -dw) / high + target(aim, correct, down, low, real(t.ddown, e), dw) / low;
      setReal(t.rate, e, rate);
      setReal(t.flow, e, rate * rest);
    }
  }
}

/** H across cuts. */
// @ts-ignore: decorator
@inline function across(t: Interior, p: i32, q: i32): f64 {
  const n = t.n, a = integer(t.order, p) * n, b = integer(t.order, p + 1) * n, c = integer(t.order, q);
  const h = t.curvature, first = real(h, a + c) - real(h, b + c);
  if (q + 1 == n) return first;
  const d = integer(t.order, q + 1);
  return first - real(h, a + d) + real(h, b + d);
}

/** Δy, and flows that balance it: Σ over a cut of Δy is η, (H' + C⁻¹) η = C⁻¹ ρ − g' − H'_n (Σ Δy). */
function solveAgents(t: Interior): void {
  const n = t.n, cuts = n - 1;
  balances(t, 0);
  acrossCuts(t, t.before);
  const owed = real(t.before, cuts);
  throughCuts(t, t.before, t.du);
  for (let p: i32 = 0; p < cuts; ++p) {
    const g = real(t.g, integer(t.order, p)) - real(t.g, integer(t.order, p + 1));
    store<f64>(t.vector + (<usize>p << 4), real(t.du, p) - g - across(t, p, cuts) * owed);
    for (let q: i32 = 0, at = t.matrix + (<usize>(p * cuts) << 4); q <= p; ++q, at += 16) store<f64>(at, across(t, p, q) + real(t.inverse, p * cuts + q));
  }
  cholesky(t.matrix, cuts);
  choleskySolve(t.matrix, cuts, t.vector);
  let last: f64 = 0;
  for (let p: i32 = 0; p < n; ++p) {
    const now = p < cuts ? load<f64>(t.vector + (<usize>p << 4)) : owed;
    setReal(t.dy, integer(t.order, p), now - last);
    last = now;
  }
  // Flows of the differences; what rounding leaves unbalanced is sent once more.
  for (let round: i32 = 0; round < REPEATS; ++round) {
    balances(t, 1);
    acrossCuts(t, t.before);
    throughCuts(t, t.before, t.du);
    flowBy(t, t.du);
  }
}

/** Every other step from Δy (amounts) and Δu (pairs). */
function spread(t: Interior, aim: f64, correct: bool): void {
  const n = t.n, m = t.m;
  for (let j: i32 = 0; j < m; ++j) {
    let dpi = real(t.right, j);
    for (let i: i32 = 0, e = j; i < n; ++i, e += m) dpi += real(t.theta, e) * real(t.a, e) * real(t.dy, i);
    dpi /= real(t.sum, j);
    const s = real(t.s, j), price = real(t.pi, j), most = real(t.q.upper, j), above = bounded(t, j);
    setReal(t.ds, j, (target(aim, correct, s, price, real(t.ds, j), real(t.dpi, j)) - s * dpi) / price);
    setReal(t.dpi, j, dpi);
    for (let i: i32 = 0, e = j; i < n; ++i, e += m) {
      const x = real(t.x, e), z = real(t.z, e), old = real(t.dx, e);
      const dx = real(t.theta, e) * (real(t.a, e) * real(t.dy, i) - dpi + real(t.h, e));
      setReal(t.dz, e, (target(aim, correct, x, z, old, real(t.dz, e)) - z * dx) / x);
      if (above) {
        const room = most - x, zu = real(t.zu, e);
        setReal(t.dzu, e, (target(aim, correct, room, zu, -old, real(t.dzu, e)) + zu * dx) / room);
      }
      setReal(t.dx, e, dx);
    }
  }
  pairs(t, aim, correct);
}

/** Steps of the pairs. */
function pairs(t: Interior, aim: f64, correct: bool): void {
  for (let e: i32 = 0; e < t.pairs; ++e) {
    const w = real(t.w, e), high = real(t.p, e) - w, low = real(t.o, e) + w, up = real(t.up, e), down = real(t.down, e);
    const old = real(t.dw, e), dw = real(t.flow, e);
    setReal(t.dup, e, (target(aim, correct, up, high, real(t.dup, e), -old) + up * dw) / high);
    setReal(t.ddown, e, (target(aim, correct, down, low, real(t.ddown, e), old) - down * dw) / low);
    setReal(t.dw, e, dw);
  }
}

/** The step towards products of `aim`, in the d… arrays; `correct` takes the products of the step that stands there into account. */
export function newton(t: Interior, aim: f64, correct: bool): void {
  amounts(t, aim, correct);
  curvature(t);
  differences(t, aim, correct);
  orderAgents(t);
  invertCuts(t);
  solveAgents(t);
  spread(t, aim, correct);
}
