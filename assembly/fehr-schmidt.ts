// Fehr-Schmidt allocation of divisible items: the largest sum of utilities less what agents mind being behind (α) and ahead (β), over a chunk.
//
//     maximise  Σ_i u_i − 1/(n−1) Σ_i Σ_k [ α_i (u_k − u_i)^+ + β_i (u_i − u_k)^+ ]     u_i = Σ_j a_ij x_ij,  0 <= x_ij <= b_j,  Σ_i x_ij <= 1
//
// (S3: Participatory Objective Design, Eq. 9 to 11.) Two agents are solved in closed form (two.ts), more by the ordered-partition simplex (simplex.ts)
// from three shifts of the right sides until the certificate holds (certificate.ts).
//
// Operands: address of a Problem (problem.ts); α and β of profiles that have none. Outputs a profile: allocation f64[n·m], utilities f64[n],
// objective f64, dual f64[n] (y of the certificate), dual bound f64, pivots i32, status i32, residual f64 (gap over the utilitarian optimum, or the
// largest violation). Status: SOLVED residual <= 1e-9, REDUCED_ACCURACY <= 1e-6, else ITERATION_LIMIT, or NUMERICAL_ERROR where numbers overflow.
// Cost about 5 steps an agent of (m + n)² + n m + n²; memory 8 (m + n)² bytes.
import { real, setInteger, setReal } from './arrays';
import { Certificate, certificateBytes, certify } from './fehr-schmidt/certificate';
import { interior } from './fehr-schmidt/interior';
import { interiorBytes } from './fehr-schmidt/interior-state';
import { Problem, Profile, loadProfile, profileBytes } from './fehr-schmidt/problem';
import { layState, stateBytes } from './fehr-schmidt/state';
import { simplex } from './fehr-schmidt/simplex';
import { alone, two, twoBytes } from './fehr-schmidt/two';
import { ITERATION_LIMIT, NUMERICAL_ERROR, REDUCED_ACCURACY, SOLVED } from './status';

// Solvers.
const AUTO: i32 = 0;
const SIMPLEX: i32 = 1;
const IPM: i32 = 2;

const SHIFT: f64 = 1e-8;
const SHIFTS: i32 = 3;
const LEAN: f64 = 1e-7; // share of the aversion that is left out to choose among optima
const ACCURATE: f64 = 1e-9;
const REDUCED: f64 = 1e-6;

// @ts-ignore: decorator
@inline function aligned(x: usize): usize { return (x + 63) & ~63; }

export function fehrSchmidtScratch(n: i32, m: i32): usize {
  return aligned(profileBytes(n, m)) + aligned(offsetof<Certificate>()) + aligned(certificateBytes(n)) + aligned(max(twoBytes(m), max(stateBytes(n, m), interiorBytes(n, m)))) + 64;
}

/** Answers a profile in which nobody can get anything of value. */
function nothing(q: Profile): bool {
  for (let e: i32 = 0; e < q.n * q.m; ++e) if (real(q.values, e) > 0 && real(q.upper, e % q.m) > 0) return false;
  memory.fill(q.allocation, 0, <usize>(q.n * q.m) << 3);
  for (let i: i32 = 0; i < q.n; ++i) setReal(q.dual, i, 1);
  return true;
}

/** What a profile without an answer holds. */
function clear(q: Profile): void {
  memory.fill(q.allocation, 0, <usize>(q.n * q.m) << 3);
  memory.fill(q.utilities, 0, <usize>q.n << 3);
  memory.fill(q.dual, 0, <usize>q.n << 3);
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

/** Solves a profile of at least two agents and judges it; returns the number of steps, −1 where there is no answer. */
function solve(q: Profile, c: Certificate, proof: usize, work: usize, solver: i32, best: bool): i32 {
  if (solver != IPM) {
    if (best) {
      const steps = bySimplex(q, c, proof, work, LEAN);
      if (steps >= 0) return steps;
    }
    if (q.n == 2 && solver == AUTO) {
      const moved = two(q, work);
      certify(q, c, proof);
      if (c.residual <= ACCURATE) return moved;
    }
    const steps = bySimplex(q, c, proof, work, 0);
    if (steps >= 0 || solver == SIMPLEX) return steps;
  }
  return interior(q, work, c, proof);
}

/** Solves `count` profiles by AUTO, SIMPLEX or IPM; `best`: of the optima, one of greatest utilitarian welfare (not by IPM). */
export function fehrSchmidt(count: i32, problem: usize, alpha: f64, beta: f64, solver: i32, best: bool, scratch: usize): void {
  const p = changetype<Problem>(problem);
  const n = p.N, m = p.M;
  const q = changetype<Profile>(aligned(scratch));
  const c = changetype<Certificate>(changetype<usize>(q) + aligned(profileBytes(n, m)));
  const proof = changetype<usize>(c) + aligned(offsetof<Certificate>()), work = proof + aligned(certificateBytes(n));
  for (let k: i32 = 0; k < count; ++k) {
    loadProfile(p, q, k, alpha, beta);
    let steps: i32 = 0;
    if (nothing(q) || n == 1) {
      if (n == 1) alone(q);
      certify(q, c, proof);
    } else steps = solve(q, c, proof, work, solver, best);
    const status = steps < 0 ? ITERATION_LIMIT : c.residual <= ACCURATE ? SOLVED : c.residual <= REDUCED ? REDUCED_ACCURACY : NUMERICAL_ERROR;
    const answered = status <= REDUCED_ACCURACY;
    if (!answered) clear(q);
    setReal(p.objective, k, answered ? c.objective : 0);
    setReal(p.dualBound, k, answered ? c.bound : 0);
    setReal(p.residuals, k, answered ? c.residual : Infinity);
    setInteger(p.pivots, k, answered ? steps : -1);
    setInteger(p.status, k, status);
  }
}
