// Participatory objectives: the allocation of divisible items of which there is one each that makes the sum of the agents' own objectives largest.
// Agent i's is Σ_o θ_io c_io over (S3: Participatory Objective Design, Appendix A)
//
//     own u_i;  the mean of all u;  the sum of the others' u;  −1/(n−1) Σ_k [α_i (u_k − u_i)^+ + β_i (u_i − u_k)^+];  −max_k envy_ik;
//     −Σ_k g_ik envy_ik along a network;  min_k u_k                                            envy_ik = (v_i·x_k − v_i·x_i)^+
//
// A mix of the first four in which aversions are not negative is solved as a Fehr-Schmidt programme with weights of utilities (fehr-schmidt/solve.ts);
// every other one is a linear programme (programme.ts), or its dual (dual.ts) where that has fewer rows. The caller makes sure that the mix is concave.
// Every answer is judged by certificate.ts.
//
// Operands: address of a Mixed (problem.ts); α and β of profiles that have none. Outputs a profile: allocation f64[n·m], utilities f64[n], objective
// f64, dual f64[n] and envy duals f64[n·n] (y and λ of the certificate), dual bound f64, pivots i32, status i32, residual f64. Status: SOLVED residual
// <= 1e-9, REDUCED_ACCURACY <= 1e-6, else ITERATION_LIMIT (also where more than 4000 rows would be needed) or NUMERICAL_ERROR.
// Cost of a linear programme: a few pivots a row, each rows² and the nonzeros.
import { real, setInteger, setReal } from './arrays';
import { ACCURATE, Certificate, REDUCED, certificateBytes } from './fehr-schmidt/certificate';
import { Profile, layProfile, lists, measureAversion, profileBytes } from './fehr-schmidt/problem';
import { AUTO, solveProfile, solverBytes } from './fehr-schmidt/solve';
import { Proof, proofBytes, prove } from './participatory/certificate';
import { dualBytes, dualRows, solveDual } from './participatory/dual';
import { Mixed, Mixture, loadMixture, mixtureBytes } from './participatory/problem';
import { MOST_ROWS, ROWS_BYTES, programmeBytes, rowsOf, solveMixture } from './participatory/programme';
import { LIMIT } from './simplex/solve';
import { ITERATION_LIMIT, NUMERICAL_ERROR, REDUCED_ACCURACY, SOLVED } from './status';

/** How many times as much as the largest weight of a utility aversion may weigh in units of it. */
const APART: f64 = 1024;
/** A programme that ran out of steps: what it holds may be the optimum all the same. */
const UNSURE: i32 = -1;

// @ts-ignore: decorator
@inline function aligned(x: usize): usize { return (x + 63) & ~63; }

// @ts-ignore: decorator
@inline function headBytes(n: i32, m: i32): usize {
  return 64 + aligned(mixtureBytes(n, m)) + aligned(offsetof<Proof>()) + aligned(proofBytes(n));
}

/** Bytes for a profile of the Fehr-Schmidt solvers, its certificate and their work. */
// @ts-ignore: decorator
@inline function pairBytes(n: i32, m: i32): usize {
  return aligned(profileBytes(n, m)) + aligned(offsetof<Certificate>()) + aligned(certificateBytes(n)) + aligned(solverBytes(n, m));
}

/**
 * What weights are divided by for the Fehr-Schmidt solvers: the largest of a utility, unless aversion is so much larger that proofs in that unit would
 * drown in rounding; 0 where the profile is none of theirs.
 */
function unitOf(q: Mixture): f64 {
  if (q.low != 0 || q.greatest || q.local) return 0;
  let most: f64 = 0;
  for (let i: i32 = 0; i < q.n; ++i) {
    if (real(q.alpha, i) < 0 || real(q.beta, i) < 0) return 0;
    most = max(most, Math.abs(real(q.weight, i)));
  }
  return max(most, q.size / APART);
}

/** Whether the dual programme has fewer rows. */
function byDual(q: Mixture): bool {
  return dualRows(q) < rowsOf(q);
}

function fewestRows(q: Mixture): i32 {
  return min(dualRows(q), rowsOf(q));
}

/** Bytes that the largest programme of the chunk takes; the work at `scratch` is participatoryHead. */
export function participatoryScratch(count: i32, problem: usize, alpha: f64, beta: f64, scratch: usize): usize {
  const p = changetype<Mixed>(problem), q = changetype<Mixture>(aligned(scratch));
  let most = pairBytes(p.N, p.M);
  for (let k: i32 = 0; k < count; ++k) {
    loadMixture(p, q, k, alpha, beta);
    if (unitOf(q) == 0 && fewestRows(q) <= MOST_ROWS) most = max(most, byDual(q) ? dualBytes(q) : ROWS_BYTES + programmeBytes(q));
  }
  return headBytes(p.N, p.M) + most;
}

export function participatoryHead(n: i32, m: i32): usize {
  return headBytes(n, m);
}

/** Solves a profile in which only utilities and their differences count, weights over `unit`, at `work`; its steps, −1 where there is no answer. */
function byPairs(q: Mixture, unit: f64, work: usize): i32 {
  const n = q.n, m = q.m, f = changetype<Profile>(work);
  const c = changetype<Certificate>(work + aligned(profileBytes(n, m)));
  const proof = changetype<usize>(c) + aligned(offsetof<Certificate>());
  layProfile(f, lists(f), n, m);
  f.values = q.values;
  f.upper = q.upper;
  f.allocation = q.allocation;
  f.utilities = q.utilities;
  f.dual = q.dual;
  f.alike = true;
  for (let i: i32 = 0; i < n; ++i) {
    const w = real(q.weight, i) / unit;
    f.alike = f.alike && w == 1;
    setReal(f.weight, i, w);
    setReal(f.alpha, i, real(q.alpha, i) / unit);
    setReal(f.beta, i, real(q.beta, i) / unit);
  }
  measureAversion(f);
  const steps = solveProfile(f, c, proof, proof + aligned(certificateBytes(n)), AUTO, false);
  for (let i: i32 = 0; i < n; ++i) setReal(q.dual, i, unit * real(q.dual, i));
  memory.fill(q.envyDuals, 0, <usize>(n * n) << 3);
  return steps;
}

/** What a profile without an answer holds. */
function clear(p: Mixed, q: Mixture, k: i32): void {
  const n = q.n;
  memory.fill(q.allocation, 0, <usize>(n * q.m) << 3);
  memory.fill(q.utilities, 0, <usize>n << 3);
  memory.fill(q.dual, 0, <usize>n << 3);
  memory.fill(q.envyDuals, 0, <usize>(n * n) << 3);
  setReal(p.objective, k, 0);
  setReal(p.dualBound, k, 0);
  setReal(p.residuals, k, Infinity);
  setInteger(p.pivots, k, -1);
}

/** Solves `count` profiles in the memory that participatoryScratch asks for. */
export function participatory(count: i32, problem: usize, alpha: f64, beta: f64, scratch: usize): void {
  const p = changetype<Mixed>(problem);
  const q = changetype<Mixture>(aligned(scratch));
  const c = changetype<Proof>(changetype<usize>(q) + aligned(mixtureBytes(p.N, p.M)));
  const proof = changetype<usize>(c) + aligned(offsetof<Proof>()), work = proof + aligned(proofBytes(p.N));
  for (let k: i32 = 0; k < count; ++k) {
    loadMixture(p, q, k, alpha, beta);
    const unit = unitOf(q);
    let end: i32 = ITERATION_LIMIT;
    if (unit > 0) {
      const steps = byPairs(q, unit, work);
      setInteger(p.pivots, k, steps);
      if (steps >= 0) end = SOLVED;
    } else if (fewestRows(q) <= MOST_ROWS) {
      const steps = p.pivots + (<usize>k << 2);
      end = (byDual(q) ? solveDual(q, work, steps) : solveMixture(q, work, steps)) == LIMIT ? UNSURE : SOLVED;
    }
    if (end == ITERATION_LIMIT) c.residual = Infinity;
    else prove(q, c, proof);
    const found = c.residual;
    const status = found <= ACCURATE ? SOLVED : found <= REDUCED ? REDUCED_ACCURACY : end == SOLVED ? NUMERICAL_ERROR : ITERATION_LIMIT;
    setInteger(p.status, k, status);
    if (status > REDUCED_ACCURACY) {
      clear(p, q, k);
      continue;
    }
    setReal(p.objective, k, c.objective);
    setReal(p.dualBound, k, c.bound);
    setReal(p.residuals, k, c.residual);
  }
}
