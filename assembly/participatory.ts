// Participatory objectives: the allocation of divisible items of which there is one each that makes the sum of the agents' own objectives largest.
// Agent i's is Σ_o θ_io c_io over (S3: Participatory Objective Design, Appendix A)
//
//     own u_i;  the mean of all u;  the sum of the others' u;  −1/(n−1) Σ_k [α_i (u_k − u_i)^+ + β_i (u_i − u_k)^+];  −max_k envy_ik;
//     −Σ_k g_ik envy_ik along a network;  min_k u_k                                            envy_ik = (v_i·x_k − v_i·x_i)^+
//
// A mix of the first four in which every utility counts alike and aversions are not negative is a Fehr-Schmidt programme (fehr-schmidt.ts); every other
// one a linear programme (programme.ts). The caller makes sure that the mix is concave. Every answer is judged by certificate.ts.
//
// Operands: address of a Mixed (problem.ts); α and β of profiles that have none. Outputs a profile: allocation f64[n·m], utilities f64[n], objective
// f64, dual f64[n] and envy duals f64[n·n] (y and λ of the certificate), dual bound f64, pivots i32, status i32, residual f64. Status: SOLVED residual
// <= 1e-9, REDUCED_ACCURACY <= 1e-6, else ITERATION_LIMIT (also where more than 4000 rows would be needed) or NUMERICAL_ERROR.
// Cost of a linear programme: a few pivots a row, each rows² and the nonzeros.
import { integer, real, setInteger, setReal } from './arrays';
import { fehrSchmidt, fehrSchmidtScratch } from './fehr-schmidt';
import { Problem } from './fehr-schmidt/problem';
import { Proof, proofBytes, prove } from './participatory/certificate';
import { Mixed, Mixture, loadMixture, mixtureBytes } from './participatory/problem';
import { MOST_ROWS, ROWS_BYTES, programmeBytes, rowsOf, solveMixture } from './participatory/programme';
import { LIMIT } from './simplex/solve';
import { ITERATION_LIMIT, NUMERICAL_ERROR, REDUCED_ACCURACY, SOLVED } from './status';

const ACCURATE: f64 = 1e-9;
const REDUCED: f64 = 1e-6;
/** A programme that ran out of steps: what it holds may be the optimum all the same. */
const UNSURE: i32 = -1;

// @ts-ignore: decorator
@inline function aligned(x: usize): usize { return (x + 63) & ~63; }

// @ts-ignore: decorator
@inline function headBytes(n: i32, m: i32): usize {
  return 64 + aligned(mixtureBytes(n, m)) + aligned(offsetof<Proof>()) + aligned(proofBytes(n));
}

/** The weight of all utilities where the profile is a Fehr-Schmidt programme, else 0. */
function alike(q: Mixture): f64 {
  if (q.floor != 0 || q.greatest || q.local) return 0;
  const w = real(q.w, 0);
  for (let i: i32 = 0; i < q.n; ++i) if (real(q.w, i) != w || real(q.a, i) < 0 || real(q.b, i) < 0) return 0;
  return max(w, 0);
}

/** Bytes that the largest programme of the chunk takes; the work at `scratch` is participatoryHead. */
export function participatoryScratch(count: i32, problem: usize, alpha: f64, beta: f64, scratch: usize): usize {
  const p = changetype<Mixed>(problem), q = changetype<Mixture>(aligned(scratch));
  let most = aligned(offsetof<Problem>()) + (<usize>p.N << 4) + fehrSchmidtScratch(p.N, p.M);
  for (let k: i32 = 0; k < count; ++k) {
    loadMixture(p, q, k, alpha, beta);
    if (alike(q) == 0 && rowsOf(q) <= MOST_ROWS) most = max(most, ROWS_BYTES + programmeBytes(q));
  }
  return headBytes(p.N, p.M) + most;
}

export function participatoryHead(n: i32, m: i32): usize {
  return headBytes(n, m);
}

/** Has the Fehr-Schmidt rule solve a profile in which every utility counts `w`, at `work`; SOLVED, or ITERATION_LIMIT where it has no answer. */
function byFehrSchmidt(p: Mixed, q: Mixture, k: i32, w: f64, work: usize): i32 {
  const n = q.n, f = changetype<Problem>(work), alpha = work + aligned(offsetof<Problem>()), beta = alpha + (<usize>n << 3);
  const rest: f64 = n > 1 ? <f64>(n - 1) : 0;
  for (let i: i32 = 0; i < n; ++i) {
    setReal(alpha, i, real(q.a, i) * rest / w);
    setReal(beta, i, real(q.b, i) * rest / w);
  }
  f.N = n;
  f.M = q.m;
  f.values = q.values;
  f.alpha = alpha;
  f.beta = beta;
  f.shares = q.upper;
  f.valuesStep = f.alphaStep = f.betaStep = f.sharesStep = 0;
  f.allocation = q.allocation;
  f.utilities = q.utilities;
  f.objective = p.objective + (<usize>k << 3);
  f.dual = q.dual;
  f.dualBound = p.dualBound + (<usize>k << 3);
  f.pivots = p.pivots + (<usize>k << 2);
  f.status = p.status + (<usize>k << 2);
  f.residuals = p.residuals + (<usize>k << 3);
  fehrSchmidt(1, work, 0, 0, 0, false, beta + (<usize>n << 3));
  for (let i: i32 = 0; i < n; ++i) setReal(q.dual, i, w * real(q.dual, i));
  memory.fill(q.envyDuals, 0, <usize>(n * n) << 3);
  return integer(p.status, k) == ITERATION_LIMIT ? ITERATION_LIMIT : SOLVED;
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
    const w = alike(q);
    let end: i32 = ITERATION_LIMIT;
    if (w > 0) end = byFehrSchmidt(p, q, k, w, work);
    else if (rowsOf(q) <= MOST_ROWS) end = solveMixture(q, work, p.pivots + (<usize>k << 2)) == LIMIT ? UNSURE : SOLVED;
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
