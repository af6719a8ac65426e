// Which solver answers a profile: the closed form for two agents, else the ordered-partition simplex from three shifts of the right sides until the
// certificate holds, else the interior point.
import { real, setReal } from '../arrays';
import { ACCURATE, Certificate, certify } from './certificate';
import { interior } from './interior';
import { interiorBytes } from './interior-state';
import { Profile } from './problem';
import { simplex } from './simplex';
import { layState, stateBytes } from './state';
import { alone, isForTwo, two, twoBytes } from './two';

// Solvers.
export const AUTO: i32 = 0;
const SIMPLEX: i32 = 1;
const IPM: i32 = 2;

const SHIFT: f64 = 1e-8;
const SHIFTS: i32 = 3;
const LEAN: f64 = 1e-7; // share of the aversion that is left out to choose among optima

/** Bytes of work. */
export function solverBytes(n: i32, m: i32): usize {
  return max(twoBytes(m), max(stateBytes(n, m), interiorBytes(n, m)));
}

/** Answers a profile in which nobody can get anything of value. */
function nothing(q: Profile): bool {
  for (let e: i32 = 0; e < q.n * q.m; ++e) if (real(q.values, e) > 0 && real(q.upper, e % q.m) > 0) return false;
  memory.fill(q.allocation, 0, <usize>(q.n * q.m) << 3);
  for (let i: i32 = 0; i < q.n; ++i) setReal(q.dual, i, real(q.weight, i));
  return true;
}

/** By the simplex, from another shift where the certificate of one does not hold; the number of steps, −1 if none holds. */
function bySimplex(q: Profile, c: Certificate, proof: usize, work: usize, lean: f64): i32 {
  const s = layState(work, q);
  let steps: i32 = -1;
  for (let k: i32 = 0; k < SHIFTS; ++k) {
    steps = simplex(s, k == 0 ? SHIFT : k == 1 ? 10 * SHIFT : SHIFT / 10, lean);
    if (steps < 0) continue;
    certify(q, c, proof);
    if (c.residual <= ACCURATE) return steps;
  }
  return -1;
}

/**
 * Solves a profile by AUTO, SIMPLEX or IPM and judges the answer; `best`: of the optima, one of greatest Σ c_i u_i (not by IPM). Returns the number of
 * steps, −1 where there is no answer. `proof` and `work` are for the certificate and the solvers.
 */
export function solveProfile(q: Profile, c: Certificate, proof: usize, work: usize, solver: i32, best: bool): i32 {
  if (nothing(q) || q.n == 1) {
    if (q.n == 1) alone(q);
    certify(q, c, proof);
    return 0;
  }
  if (solver != IPM) {
    if (best) {
      const steps = bySimplex(q, c, proof, work, LEAN);
      if (steps >= 0) return steps;
    }
    if (solver == AUTO && isForTwo(q)) {
      const moved = two(q, work);
      certify(q, c, proof);
      if (c.residual <= ACCURATE) return moved;
    }
    const steps = bySimplex(q, c, proof, work, 0);
    if (steps >= 0 || solver == SIMPLEX) return steps;
  }
  return interior(q, work, c, proof);
}
