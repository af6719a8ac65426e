// Ordered-partition primal simplex for the Fehr-Schmidt programme
//
//     maximise  Σ c_i u_i − Σ_pairs P_ik (u_i − u_k)^+      u_i = Σ_j a_ij x_ij,   0 <= x_ij <= b_j,   Σ_i x_ij <= 1.
//
// Agents of equal utility form groups, richest first; a group's level t_g is a free variable and always basic. Within an order the objective is
// linear in the levels (penalty.ts), so the basis has m + n rows however many pairs there are: Σ_i x_ij + s_j = 1 and Σ_j a_ij x_ij − t_g(i) = 0.
// A step lets an amount or a slack enter, or splits a group by raising some of its agents above the rest; it ends where an amount reaches a
// bound (leaves, or flips from one bound to the other) or where neighbouring levels meet (the groups merge). Splits are priced by separating the
// base polytope, so the duals y of a basis that nothing enters prove it optimal (certificate.ts).
//
// Cost (m + n)² + n m a step, and n² to price splits. No first phase (start.ts); right sides are shifted, so steps have a length and none recurs.
import { integer, real, setReal } from '../arrays';
import { bound, columnOf, columnOfAgents, invert } from './basis';
import { NONE, SPLIT, price } from './price';
import { refineDuals, refineValues } from './refine';
import { Profile } from './problem';
import { start } from './start';
import { limit, step } from './step';
import { LEVEL, State } from './state';

const OPTIMAL: f64 = 1e-11; // gains below this, in units of the largest cost, are none
const FRESH: i32 = 100; // steps after which values and duals are computed anew
const STEPS: i32 = 50; // steps a row before giving up

/** Values and duals anew, through a new inverse if the old one is spent. */
function refresh(s: State): bool {
  if (refineValues(s) && refineDuals(s)) return true;
  return invert(s) && refineValues(s) && refineDuals(s);
}

/** Writes the allocation for the right sides as they are meant, and the duals. */
function write(s: State): bool {
  const n = s.n, m = s.m, entries = n * m, x = s.q.allocation;
  for (let k: i32 = 0; k < s.rows; ++k) setReal(s.right, k, k < m ? 1 : 0);
  if (!refineValues(s) && !(invert(s) && refineValues(s))) return false;
  for (let e: i32 = 0, j: i32 = 0; e < entries; ++e) {
    setReal(x, e, real(s.side, e) < 0 ? real(s.q.upper, j) : 0);
    if (++j == m) j = 0;
  }
  for (let r: i32 = 0; r < s.rows; ++r) {
    const code = integer(s.basis, r);
    if (code != LEVEL && code < entries) setReal(x, code, max(0, min(real(s.x, r), real(s.q.upper, code % m))));
  }
  for (let i: i32 = 0; i < n; ++i) setReal(s.q.dual, i, -real(s.dual, m + i));
  return true;
}

/** Steps until nothing gains; the number of steps with those before, −1 where it failed. */
function climb(s: State, before: i32): i32 {
  const enough = OPTIMAL * s.q.size, most = STEPS * s.rows;
  let steps = before, age: i32 = 0;
  while (steps < most) {
    const code = price(s, enough);
    if (code == NONE) {
      if (age == 0) return steps;
      if (!refresh(s)) return -1;
      age = 0;
      continue;
    }
    const gain = s.found.value;
    let direction: f64 = 1, reach: f64 = Infinity;
    if (code == SPLIT) columnOfAgents(s, s.found.members, s.found.size);
    else {
      columnOf(s, code);
      direction = real(s.side, code);
      reach = bound(s, code);
    }
    if (!limit(s, direction, reach, code == SPLIT ? s.found.group : -2)) return -1;
    step(s, code, direction, gain);
    ++steps;
    if (++age < FRESH) continue;
    if (!refresh(s)) return -1;
    age = 0;
  }
  return -1;
}

/** Aversions times a factor. */
function scaleAversion(q: Profile, factor: f64): void {
  for (let i: i32 = 0; i < q.n; ++i) {
    setReal(q.alpha, i, real(q.alpha, i) * factor);
    setReal(q.beta, i, real(q.beta, i) * factor);
  }
  q.alphaSum *= factor;
}

/**
 * Solves with right sides shifted by about `shift`; writes allocation and duals. Returns the number of steps, −1 where it failed. `lean` > 0 goes
 * on from the optimum with aversions less by that share: to the optimum of greatest utilitarian welfare, if it is small enough.
 */
export function simplex(s: State, shift: f64, lean: f64): i32 {
  if (!start(s, shift) || !refresh(s)) return -1;
  let steps = climb(s, 0);
  if (steps >= 0 && lean > 0) {
    const q = s.q, sum = q.alphaSum, kept = q.kept;
    memory.copy(kept, q.alpha, <usize>q.n << 4); // β stands behind α
    scaleAversion(q, 1 - lean);
    if (refresh(s)) steps = climb(s, steps);
    else steps = -1;
    memory.copy(q.alpha, kept, <usize>q.n << 4);
    q.alphaSum = sum;
    if (steps >= 0 && !refresh(s)) return -1;
  }
  return steps >= 0 && write(s) ? steps : -1;
}
