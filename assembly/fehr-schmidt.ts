// Fehr-Schmidt allocation of divisible items: the largest sum of utilities less what agents mind being behind (α) and ahead (β), over a chunk.
//
//     maximise  Σ_i u_i − 1/(n−1) Σ_i Σ_k [ α_i (u_k − u_i)^+ + β_i (u_i − u_k)^+ ]     u_i = Σ_j a_ij x_ij,  0 <= x_ij <= b_j,  Σ_i x_ij <= 1
//
// (S3: Participatory Objective Design, Eq. 9 to 11.) Two agents are solved in closed form (two.ts), more by the ordered-partition simplex (simplex.ts);
// solve.ts chooses, certificate.ts judges. Everything there takes a weight c_i of every agent's utility, which is 1 here; participatory.ts has others.
//
// Operands: address of a Problem (problem.ts); α and β of profiles that have none. Outputs a profile: allocation f64[n·m], utilities f64[n],
// objective f64, dual f64[n] (y of the certificate), dual bound f64, pivots i32, status i32, residual f64 (gap over the utilitarian optimum, or the
// largest violation). Status: SOLVED residual <= 1e-9, REDUCED_ACCURACY <= 1e-6, else ITERATION_LIMIT, or NUMERICAL_ERROR where numbers overflow.
// Cost about 5 steps an agent of (m + n)² + n m + n²; memory 8 (m + n)² bytes.
import { setInteger, setReal } from './arrays';
import { ACCURATE, Certificate, REDUCED, certificateBytes } from './fehr-schmidt/certificate';
import { Problem, Profile, lists, loadProfile, profileBytes } from './fehr-schmidt/problem';
import { solveProfile, solverBytes } from './fehr-schmidt/solve';
import { ITERATION_LIMIT, NUMERICAL_ERROR, REDUCED_ACCURACY, SOLVED } from './status';

// @ts-ignore: decorator
@inline function aligned(x: usize): usize { return (x + 63) & ~63; }

export function fehrSchmidtScratch(n: i32, m: i32): usize {
  return aligned(profileBytes(n, m)) + aligned(offsetof<Certificate>()) + aligned(certificateBytes(n)) + aligned(solverBytes(n, m)) + 64;
}

/** What a profile without an answer holds. */
function clear(q: Profile): void {
  memory.fill(q.allocation, 0, <usize>(q.n * q.m) << 3);
  memory.fill(q.utilities, 0, <usize>q.n << 3);
  memory.fill(q.dual, 0, <usize>q.n << 3);
}

/** Solves `count` profiles by AUTO, SIMPLEX or IPM; `best`: of the optima, one of greatest utilitarian welfare (not by IPM). */
export function fehrSchmidt(count: i32, problem: usize, alpha: f64, beta: f64, solver: i32, best: bool, scratch: usize): void {
  const p = changetype<Problem>(problem);
  const n = p.N, m = p.M;
  const q = changetype<Profile>(aligned(scratch));
  const c = changetype<Certificate>(changetype<usize>(q) + aligned(profileBytes(n, m)));
  const proof = changetype<usize>(c) + aligned(offsetof<Certificate>()), work = proof + aligned(certificateBytes(n));
  for (let k: i32 = 0; k < count; ++k) {
    loadProfile(p, q, lists(q), k, alpha, beta);
    const steps = solveProfile(q, c, proof, work, solver, best);
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
