// The proof of optimality of an answer of participatory objectives, from its numbers alone. For envy duals λ and prices y of utilities
//
//     f(x) <= Σ_j φ_j(y∘a_j − Σ_i λ_i· a_ij)      φ_j(c) = max { Σ c_k x_k : 0 <= x_k <= b_j, Σ x_k <= 1 }
//
// as soon as λ_ik >= 0,  Σ_k (λ_ik − g_ik)^+ <= e_i,  and  d = w + Σ_k λ_·k − y takes from no group S of agents more than its pairs and the floor
// give it: d(S) <= F(S), F(S) = Σ_{i∈S, k∉S} P_ik, less T where S is everyone. Equality proves both sides. Groups of one size are separated by sorting.
import { integer, real, setReal } from '../arrays';
import { mostWorth, takeBack } from '../fehr-schmidt/supply';
import { sortFalling } from '../sort';
import { Mixture } from './problem';

/** Bytes of work: worths of one item to all, d of the certificate, two lists. */
export function proofBytes(n: i32): usize {
  return (<usize>n << 4) + (((<usize>n << 2) + 7) & ~7) * 2;
}

@unmanaged
export class Proof {
  objective: f64;
  bound: f64;
  residual: f64; // the gap in units of the utilitarian optimum and of the largest weight, or the largest violation
}

// @ts-ignore: decorator
@inline function valueOf(q: Mixture, i: i32, bundle: i32): f64 {
  let sum: f64 = 0;
  for (let j: i32 = 0; j < q.m; ++j) sum += real(q.values, i * q.m + j) * real(q.allocation, bundle * q.m + j);
  return sum;
}

/** The sum of the agents' objectives at the allocation, literally. */
function objectiveOf(q: Mixture): f64 {
  const n = q.n;
  let sum: f64 = 0, least = Infinity;
  for (let i: i32 = 0; i < n; ++i) {
    const u = real(q.utilities, i);
    sum += real(q.weight, i) * u;
    least = min(least, u);
    for (let k = i + 1; k < n; ++k) {
      const d = u - real(q.utilities, k);
      sum -= d > 0 ? (real(q.beta, i) + real(q.alpha, k)) * d : -(real(q.beta, k) + real(q.alpha, i)) * d;
    }
    if (!q.greatest && !q.local) continue;
    let most: f64 = 0;
    for (let k: i32 = 0; k < n; ++k) {
      if (k == i) continue;
      const envy = max(0, valueOf(q, i, k) - u);
      sum -= real(q.g, i * n + k) * envy;
      most = max(most, envy);
    }
    sum -= real(q.e, i) * most;
  }
  return sum + q.low * least;
}

/** Largest violation of the conditions on λ and y. */
function violation(q: Mixture, keys: usize, taken: usize, list: usize, spare: usize): f64 {
  const n = q.n;
  let worst: f64 = 0, all: f64 = 0;
  for (let i: i32 = 0; i < n; ++i) {
    let over: f64 = 0, d = real(q.weight, i) - real(q.dual, i);
    for (let k: i32 = 0; k < n; ++k) {
      const dual = real(q.envyDuals, i * n + k);
      worst = max(worst, -dual);
      over += max(0, dual - real(q.g, i * n + k));
      all += dual;
      d += dual;
    }
    worst = max(worst, over - real(q.e, i));
    all += real(q.weight, i) - real(q.dual, i);
    setReal(taken, i, d);
  }
  worst = max(worst, all + q.low);
  for (let s: i32 = 1; s < n; ++s) {
    for (let i: i32 = 0; i < n; ++i) {
      setReal(keys, i, real(taken, i) - <f64>(n - s) * real(q.beta, i) + <f64>s * real(q.alpha, i));
    }
    sortFalling(n, keys, list, spare);
    let sum = -<f64>s * q.alphaSum;
    for (let k: i32 = 0; k < s; ++k) sum += real(keys, integer(list, k));
    worst = max(worst, sum);
  }
  return worst;
}

/** Takes back what rounding gave beyond supplies, writes utilities and fills `c` from allocation and duals. */
export function prove(q: Mixture, c: Proof, work: usize): void {
  const n = q.n, m = q.m, worth = work, taken = work + (<usize>n << 3), list = taken + (<usize>n << 3), spare = list + (((<usize>n << 2) + 7) & ~7);
  let worst: f64 = 0, bound: f64 = 0, best: f64 = 0;
  for (let j: i32 = 0; j < m; ++j) {
    const b = real(q.upper, j);
    worst = takeBack(q, j, worth, worst);
    best += mostWorth(n, b, worth, list, spare);
    for (let k: i32 = 0; k < n; ++k) {
      let slope = real(q.dual, k) * real(q.values, k * m + j);
      for (let i: i32 = 0; i < n; ++i) slope -= real(q.envyDuals, i * n + k) * real(q.values, i * m + j);
      setReal(worth, k, slope);
    }
    bound += mostWorth(n, b, worth, list, spare);
  }
  for (let i: i32 = 0; i < n; ++i) setReal(q.utilities, i, valueOf(q, i, i));
  c.objective = objectiveOf(q);
  c.bound = bound;
  const gap = Math.abs(bound - c.objective), scale = best * q.size;
  c.residual = max(scale > 0 ? gap / scale : gap, max(worst, violation(q, worth, taken, list, spare) / q.size));
}
