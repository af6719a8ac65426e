// The Fehr-Schmidt penalty as a Lovász extension. With α, β divided by n − 1, a pair costs P_ik (u_i − u_k) where u_i > u_k, P_ik = β_i + α_k, and
//
//     Σ_pairs = Lovász extension of   F(S) = Σ_{i∈S, k∉S} P_ik = (n − |S|) β(S) + |S| α(Sᶜ)        (submodular, F(∅) = F(N) = 0).
//
// So the objective Σ c_i u_i less all of them is the least of Σ y_i u_i over y with c − y in the base polytope of F, which is separated by sorting:
// for S of size s above k agents with α(U), β(U) already taken,
//
//     c(S) − [F(U∪S) − F(U)] − y(S) = s (1 − (α(N) − α(U) − β(U))) − Σ_{i∈S} key_i,     key_i = (n − k − s) β_i − (k + s) α_i + y_i + 1 − c_i
//
// which the s smallest keys maximise.
// Schmidt, The Theory of Fairness, Competition, and Cooperation (with Fehr), 1999 (the preferences); Lovász, Submodular Functions and Convexity, 1983.
import { integer, real, setInteger, setReal } from '../arrays';
import { Profile } from './problem';

/** Σ_i c_i u_i − Σ over pairs of their penalty: the definition, literally. */
export function welfare(q: Profile, u: usize): f64 {
  const n = q.n;
  let sum: f64 = 0, cost: f64 = 0;
  for (let i: i32 = 0; i < n; ++i) {
    const mine = real(u, i), ahead = real(q.beta, i), behind = real(q.alpha, i);
    sum += real(q.weight, i) * mine;
    for (let k: i32 = i + 1; k < n; ++k) {
      const d = mine - real(u, k);
      cost += d > 0 ? (ahead + real(q.alpha, k)) * d : -(behind + real(q.beta, k)) * d;
    }
  }
  return sum - cost;
}

/** Cost of a level whose agents are list[from..to), `above` agents with sums (α, β)(U) being richer: c(g) − [F(U∪g) − F(U)]. */
export function levelCost(q: Profile, list: usize, from: i32, to: i32, alphaAbove: f64, betaAbove: f64): f64 {
  let own: f64 = 0, behind: f64 = 0, ahead: f64 = 0;
  for (let p = from; p < to; ++p) {
    const i = integer(list, p);
    own += real(q.weight, i);
    behind += real(q.alpha, i);
    ahead += real(q.beta, i);
  }
  const size = <f64>(to - from);
  return own - (<f64>(q.n - to) * ahead - <f64>to * behind + size * (q.alphaSum - alphaAbove - betaAbove));
}

/** Sorts list[from..to) by rising keys, of which keys[p] belongs to list[p]; quick where it nearly is sorted. */
function order(list: usize, keys: usize, from: i32, to: i32): void {
  for (let p = from + 1; p < to; ++p) {
    const key = real(keys, p);
    if (!(real(keys, p - 1) > key)) continue;
    const i = integer(list, p);
    let h = p;
    do {
      setReal(keys, h, real(keys, h - 1));
      setInteger(list, h, integer(list, h - 1));
    } while (--h > from && real(keys, h - 1) > key);
    setReal(keys, h, key);
    setInteger(list, h, i);
  }
}

/** What `separate` found. */
@unmanaged
export class Separation {
  value: f64; // the largest c(S) − [F(U∪S) − F(U)] − y(S), at least `floor`
  group: i32; // the group that S is of, −1: none above the floor
  size: i32;
  members: usize; // i32[n], S
  keys: usize; // f64[n], work
}

/**
 * Improves `found` by subsets of list[from..to) (proper ones), which it may reorder; `y`: y_i + 1 − c_i, with a factor, so that it may be kept negated.
 * All richer agents stand before `from`.
 */
export function separate(
  q: Profile, list: usize, from: i32, to: i32, alphaAbove: f64, betaAbove: f64, y: usize, sign: f64, found: Separation, group: i32,
): void {
  const keys = found.keys, unit = 1 - (q.alphaSum - alphaAbove - betaAbove);
  const below = <f64>(q.n - from - 1), above = <f64>(from + 1);
  for (let p = from; p < to; ++p) {
    const i = integer(list, p);
    setReal(keys, p, below * real(q.beta, i) - above * real(q.alpha, i) + sign * real(y, i));
  }
  for (let s: i32 = 1; ; ++s) {
    order(list, keys, from, to);
    let sum: f64 = 0;
    for (let p = from; p < from + s; ++p) sum += real(keys, p);
    const value = <f64>s * unit - sum;
    if (value > found.value) {
      found.value = value;
      found.group = group;
      found.size = s;
      memory.copy(found.members, list + (<usize>from << 2), <usize>s << 2);
    }
    if (s + 1 >= to - from) return;
    for (let p = from; p < to; ++p) {
      const i = integer(list, p);
      setReal(keys, p, real(keys, p) - (real(q.alpha, i) + real(q.beta, i)));
    }
  }
}
