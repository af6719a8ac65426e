// The proof of optimality of an answer, from its numbers alone.
//
//     f(x) <= Σ_j φ_j(y∘a_j) for every y with c − y in the base polytope of F (penalty.ts),   φ_j(c) = max { Σ c_i x_i : 0 <= x_i <= b_j, Σ x_i <= 1 }
//
// so equality proves both sides. Checked are x within its bounds, y within its polytope, and the gap.
import { real, setInteger, setReal } from '../arrays';
import { Separation, separate, welfare } from './penalty';
import { Profile } from './problem';
import { mostWorth, takeBack } from './supply';

// Residuals up to which an answer is solved, and solved to reduced accuracy.
export const ACCURATE: f64 = 1e-9;
export const REDUCED: f64 = 1e-6;

/** Bytes of work: a separation with its lists, and worths of an item's agents with two lists of them. */
export function certificateBytes(n: i32): usize {
  return ((offsetof<Separation>() + 15) & ~15) + (<usize>n << 3) * 2 + (<usize>n << 2) * 4;
}

/** What holds of an answer. */
@unmanaged
export class Certificate {
  objective: f64;
  bound: f64;
  residual: f64; // the gap in units of the utilitarian optimum, or the largest violation
}

/** Largest violation of c − y in the base polytope. */
function polytopeViolation(q: Profile, found: Separation, y: usize, list: usize): f64 {
  const n = q.n;
  let sum: f64 = 0, all: f64 = 0;
  for (let i: i32 = 0; i < n; ++i) {
    setInteger(list, i, i);
    setReal(y, i, real(q.dual, i) + (1 - real(q.weight, i)));
    sum += real(q.dual, i);
    all += real(q.weight, i);
  }
  found.value = 0;
  if (n > 1) separate(q, list, 0, n, 0, 0, y, 1, found, 0);
  return max(found.value, abs(sum - all));
}

/** Takes back what rounding gave beyond supplies, writes utilities and fills `c` from allocation and duals. */
export function certify(q: Profile, c: Certificate, work: usize): void {
  const n = q.n, m = q.m, x = q.allocation;
  const found = changetype<Separation>(work);
  found.keys = work + ((offsetof<Separation>() + 15) & ~15);
  found.members = found.keys + (<usize>n << 3);
  const worth = found.members + (<usize>n << 2), list = worth + (<usize>n << 3), spare = list + (<usize>n << 2);
  let worst: f64 = 0, bound: f64 = 0, best: f64 = 0;
  for (let j: i32 = 0; j < m; ++j) {
    const b = real(q.upper, j);
    worst = takeBack(q, j, worth, worst);
    best += mostWorth(n, b, worth, list, spare);
    for (let i: i32 = 0; i < n; ++i) setReal(worth, i, real(worth, i) * real(q.dual, i));
    bound += mostWorth(n, b, worth, list, spare);
  }
  for (let i: i32 = 0, e: i32 = 0; i < n; ++i) {
    let u: f64 = 0;
    for (let j: i32 = 0; j < m; ++j, ++e) u += real(q.values, e) * real(x, e);
    setReal(q.utilities, i, u);
  }
  c.objective = welfare(q, q.utilities);
  c.bound = bound;
  const gap = best > 0 ? abs(bound - c.objective) / best : abs(bound);
  const violation = polytopeViolation(q, found, worth, list);
  c.residual = max(gap, max(worst, violation / q.size));
}
