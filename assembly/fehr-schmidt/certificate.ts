// The proof of optimality of an answer, from its numbers alone.
//
//     f(x) <= Σ_j φ_j(y∘a_j) for every y with 1 − y in the base polytope of F (penalty.ts),   φ_j(c) = max { Σ c_i x_i : 0 <= x_i <= b_j, Σ x_i <= 1 }
//
// so equality proves both sides. Checked are x within its bounds, y within its polytope, and the gap.
import { integer, real, setInteger, setReal } from '../arrays';
import { sortFalling } from '../sort';
import { Separation, separate, welfare } from './penalty';
import { Profile } from './problem';

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

/** Most that an item can be worth if a unit is worth worth[i] to agent i. */
function most(n: i32, b: f64, worth: usize, list: usize, spare: usize): f64 {
  let best: f64 = 0;
  if (b >= 1) {
    for (let i: i32 = 0; i < n; ++i) best = max(best, real(worth, i));
    return best;
  }
  sortFalling(n, worth, list, spare);
  let left: f64 = 1;
  for (let k: i32 = 0; k < n && left > 0; ++k) {
    const c = real(worth, integer(list, k));
    if (!(c > 0)) break;
    best += c * min(b, left);
    left -= b;
  }
  return best;
}

/** Largest violation of 1 − y in the base polytope. */
function polytopeViolation(q: Profile, found: Separation, list: usize): f64 {
  const n = q.n;
  let sum: f64 = 0;
  for (let i: i32 = 0; i < n; ++i) {
    setInteger(list, i, i);
    sum += real(q.dual, i);
  }
  found.value = 0;
  if (n > 1) separate(q, list, 0, n, 0, 0, q.dual, 1, found, 0);
  return max(found.value, abs(sum - <f64>n));
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
    let sum: f64 = 0;
    for (let i: i32 = 0, e = j; i < n; ++i, e += m) {
      const amount = real(x, e);
      worst = max(worst, max(-amount, amount - b));
      sum += amount;
      setReal(worth, i, real(q.values, e));
    }
    worst = max(worst, sum - 1);
    if (sum > 1) for (let i: i32 = 0, e = j; i < n; ++i, e += m) setReal(x, e, real(x, e) / sum);
    best += most(n, b, worth, list, spare);
    for (let i: i32 = 0; i < n; ++i) setReal(worth, i, real(worth, i) * real(q.dual, i));
    bound += most(n, b, worth, list, spare);
  }
  for (let i: i32 = 0, e: i32 = 0; i < n; ++i) {
    let u: f64 = 0;
    for (let j: i32 = 0; j < m; ++j, ++e) u += real(q.values, e) * real(x, e);
    setReal(q.utilities, i, u);
  }
  c.objective = welfare(q, q.utilities);
  c.bound = bound;
  const gap = best > 0 ? abs(bound - c.objective) / best : abs(bound);
  const violation = polytopeViolation(q, found, list);
  c.residual = max(gap, max(worst, violation / q.size));
}
