// Fehr-Schmidt for two agents in closed form: Adjusted Winner that stops early. Also one agent, who gets everything that counts.
//
// y = (c_1 − Δ, c_2 + Δ) with −q <= Δ <= p, p = β_1 + α_2, q = α_1 + β_2. At a given Δ agent 1 gets its part of item j where (c_1 − Δ) a_1 > (c_2 + Δ) a_2,
// that is where Δ < ρ_j = (c_1 a_1 − c_2 a_2)/(a_1 + a_2), between −c_2 and c_1. Each agent is sure of min(b_j, 1 − b_j), as long as its y is positive, and
// max(0, 2 b_j − 1) is contested (b_j = 1: everything). Let D = u_1 − u_2 at Δ = p and lower Δ: at ρ_j agent 1 wins the contested part, D grows
// by a_1 + a_2 times it; at Δ = c_1 (if p > c_1) agent 1 gets its sure parts; at Δ = −c_2 (if q > c_2) agent 2 loses its own. Where D would pass 0 the
// part is split so that the utilities are equal; D >= 0 at once means Δ = p, D < 0 at the end Δ = −q. This needs c_1 + c_2 >= 0: else there are Δ
// at which neither has a positive y.
//
// Cost m log m.
// Dall'Aglio, Maccheroni, Disputed Lands, 2009, for divisible items between two; Brams, Taylor, Fair Division, 1996 (Adjusted Winner).
import { integer, real, setReal } from '../arrays';
import { sortFalling } from '../sort';
import { Profile } from './problem';

/** Bytes of work: Δ of up to 3 m events, and two lists of them. */
export function twoBytes(m: i32): usize {
  return <usize>m * 48;
}

/** One agent gets everything that counts. */
export function alone(q: Profile): void {
  const c = real(q.weight, 0);
  for (let j: i32 = 0; j < q.m; ++j) setReal(q.allocation, j, c * real(q.values, j) > 0 ? real(q.upper, j) : 0);
  setReal(q.dual, 0, c);
}

// @ts-ignore: decorator
@inline function sure(b: f64): f64 { return min(b, 1 - b); }

/** Moves a share of what event k is about, and returns by how much u_1 − u_2 grows. */
function move(q: Profile, k: i32, share: f64): f64 {
  const m = q.m, j = k % m, kind = k / m;
  const one = real(q.values, j), two = real(q.values, m + j), b = real(q.upper, j);
  const amount = share * (kind == 0 ? max(0, 2 * b - 1) : sure(b));
  if (kind != 2) setReal(q.allocation, j, real(q.allocation, j) + amount);
  if (kind != 1) setReal(q.allocation, m + j, real(q.allocation, m + j) - amount);
  return (kind != 2 ? one * amount : 0) + (kind != 1 ? two * amount : 0);
}

/** Whether `two` solves the profile. */
export function isForTwo(q: Profile): bool {
  return q.n == 2 && real(q.weight, 0) + real(q.weight, 1) >= 0;
}

/** Writes the allocation and the duals; returns the number of parts moved. */
export function two(q: Profile, work: usize): i32 {
  const m = q.m, c = real(q.weight, 0), d = real(q.weight, 1);
  const p = real(q.beta, 0) + real(q.alpha, 1), o = real(q.alpha, 0) + real(q.beta, 1);
  const at = work, list = at + (<usize>m * 24), spare = list + (<usize>m * 12);
  let apart: f64 = 0;
  for (let j: i32 = 0; j < m; ++j) {
    const one = real(q.values, j), other = real(q.values, m + j), b = real(q.upper, j);
    const first = p > c ? 0 : sure(b);
    setReal(at, j, one + other > 0 ? (c * one - d * other) / (one + other) : 0);
    setReal(at, m + j, p > c ? c : -Infinity);
    setReal(at, 2 * m + j, o > d ? -d : -Infinity);
    setReal(q.allocation, j, first);
    setReal(q.allocation, m + j, b);
    apart += one * first - other * b;
  }
  sortFalling(3 * m, at, list, spare);
  let moved: i32 = 0, delta = p;
  for (; ; ++moved) {
    const k = moved < 3 * m ? integer(list, moved) : -1;
    const next = k >= 0 ? real(at, k) : -Infinity;
    if (next <= p && apart >= 0) break; // equal, or agent 1 is richer at the most that it can be charged
    if (next < -o) {
      delta = -o;
      break;
    }
    const m1 = move(q, k, 1);
    if (next <= p && apart + m1 >= 0) {
      if (m1 > 0) move(q, k, -(apart + m1) / m1);
      delta = next;
      ++moved;
      break;
    }
    apart += m1;
  }
  setReal(q.dual, 0, c - delta);
  setReal(q.dual, 1, d + delta);
  // What is worth nothing to its owner is thrown away, as by the simplex.
  for (let e: i32 = 0; e < 2 * m; ++e) if (!(real(q.values, e) > 0)) setReal(q.allocation, e, 0);
  return moved;
}
