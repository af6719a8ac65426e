// Gradient of a loss l(a) through proportional fairness, over a chunk of solved profiles: given dl/da, the derivatives of l in values, demands,
// weights, regularizer and supplies (Zeng et al., Near-Optimal Fair Resource Allocation for Strategic Agents without Money, 2023, section 3,
// Appendices B and C, corrected: docs/papers/s0.md).
//
// Structured: the reduced symmetric system, exact for the solution's active set; its free entries nearly always form a forest. Dense: the
// paper's KKT matrix, least norm where it is singular. A profile at which no derivative exists (the reduced system is singular, or some
// slack and its dual both vanish) has status NO_DERIVATIVE and the least-norm value.
//
// cotangent f64[N·M] a profile; derivatives as the arrays they belong to; rank_deficiency i32 (of the reduced system), weakly_active i32.
// A status that is no answer on entry stays, and its numbers are 0. Cost of the forest: about 40 operations an entry, a division for each free one.
import { chooseIdle, clearAgent, Derivatives, writeDerivatives } from './gradient/derivatives';
import { roundActiveSet } from './gradient/active-set';
import { solveForest } from './gradient/forest';
import { DENSE_LIMIT, kktBytes, kktSize, solveKkt } from './gradient/kkt';
import { oneSided, oneSidedBytes } from './gradient/one-sided';
import { REDUCED_LIMIT, reducedBytes, reducedSize, solveReduced } from './gradient/reduced';
import { Gradient, gradientBytes, point, prepare } from './gradient/state';
import { Problem, at } from './ipm/problem';
import { integer, setInteger, setReal } from './arrays';
import { NO_DERIVATIVE, NUMERICAL_ERROR, PENDING, REDUCED_ACCURACY, SOLVED } from './status';

/** Where a chunk's cotangents are and its derivatives go; addresses. */
@unmanaged
export class GradientChunk {
  cotangent: usize;
  cotangentStep: usize;
  values: usize;
  demands: usize;
  weights: usize;
  regularizer: usize;
  budgets: usize;
  deficiency: usize;
  weak: usize;
  residual: usize;
}

export function gradientScratch(N: i32, M: i32): usize {
  return offsetof<Derivatives>() + gradientBytes(N, M);
}

/** Bytes of the general path: one reduced or one dense system. */
export function gradientDenseScratch(N: i32, M: i32): usize {
  return max(kktBytes(N, M), reducedBytes(N, M));
}

function aim(out: Derivatives, c: GradientChunk, g: Gradient, p: Problem, k: i32): void {
  const entries = <usize>(p.N * p.M) << 3;
  out.values = c.values + entries * k;
  out.demands = c.demands + entries * k;
  out.regularizer = c.regularizer + entries * k;
  out.weights = c.weights + (<usize>(k * p.N) << 3);
  out.budgets = c.budgets + (<usize>(k * p.M) << 3);
  g.h = out.regularizer; // dl/dz
  g.y = out.budgets; // dl/db
}

function clear(out: Derivatives, N: i32, M: i32): void {
  for (let i: i32 = 0; i < N; ++i) clearAgent(out, M, i);
  memory.fill(out.budgets, 0, <usize>M << 3);
}

/** Says how a profile ended. */
function conclude(p: Problem, c: GradientChunk, g: Gradient, k: i32, status: i32): void {
  setInteger(p.status, k, status);
  setInteger(c.deficiency, k, g.deficiency);
  setInteger(c.weak, k, g.weak);
  setReal(c.residual, k, g.residual);
}

// @ts-ignore: decorator
@inline function outcome(g: Gradient, solved: i32): i32 {
  return g.deficiency > 0 || g.weak > 0 ? NO_DERIVATIVE : solved;
}

/**
 * Structured gradients of `count` profiles. On entry the problem's status says which have a solution; on return it is the gradient's. A
 * profile whose free entries form no forest is left PENDING for `gradientGeneral`. Returns how many are.
 */
export function gradientForest(count: i32, problem: usize, chunk: usize, scratch: usize): i32 {
  const p = changetype<Problem>(problem), c = changetype<GradientChunk>(chunk);
  const out = changetype<Derivatives>(scratch), g = prepare(scratch + offsetof<Derivatives>(), p.N, p.M);
  let pending: i32 = 0;
  for (let k: i32 = 0; k < count; ++k) {
    const status = integer(p.status, k);
    aim(out, c, g, p, k);
    g.deficiency = 0;
    g.weak = 0;
    g.residual = Infinity;
    if (status > REDUCED_ACCURACY) {
      clear(out, p.N, p.M);
      conclude(p, c, g, k, status);
      continue;
    }
    point(g, p, k, at(c.cotangent, c.cotangentStep, k));
    roundActiveSet(g);
    if (!solveForest(g)) {
      setInteger(p.status, k, PENDING | status);
      ++pending;
      continue;
    }
    g.deficiency = g.idle;
    if (g.idle > 0) chooseIdle(g);
    writeDerivatives(g, out);
    conclude(p, c, g, k, outcome(g, status));
  }
  return pending;
}

/**
 * The profiles that are PENDING, or with `all` every solved one, by dense linear algebra: the reduced system first, which tells the
 * deficiency, then, where that is singular (or with `all`), the KKT matrix.
 */
export function gradientGeneral(count: i32, problem: usize, chunk: usize, all: bool, scratch: usize, dense: usize): void {
  const p = changetype<Problem>(problem), c = changetype<GradientChunk>(chunk);
  const out = changetype<Derivatives>(scratch), g = prepare(scratch + offsetof<Derivatives>(), p.N, p.M);
  const fits = kktSize(p.N, p.M) <= DENSE_LIMIT;
  for (let k: i32 = 0; k < count; ++k) {
    let status = integer(p.status, k);
    if (!(status & PENDING) && !(all && (status <= REDUCED_ACCURACY || status == NO_DERIVATIVE))) continue;
    status &= ~PENDING;
    if (status == NO_DERIVATIVE) status = SOLVED; // said of it by the forest; it is found anew
    aim(out, c, g, p, k);
    point(g, p, k, at(c.cotangent, c.cotangentStep, k));
    roundActiveSet(g);
    g.deficiency = 0;
    const small = reducedSize(g) <= REDUCED_LIMIT;
    if (small) solveReduced(g, dense);
    if (!small || ((g.deficiency > 0 || all) && !fits)) {
      clear(out, p.N, p.M);
      g.residual = Infinity;
      conclude(p, c, g, k, NUMERICAL_ERROR);
      continue;
    }
    if (g.deficiency > 0 || all) solveKkt(g, out, dense);
    else {
        writeDerivatives(g, out);
    }
    conclude(p, c, g, k, outcome(g, status));
  }
}

export function gradientOneSidedScratch(N: i32, M: i32): usize {
  return oneSidedBytes(N, M);
}

/**
 * Right-hand derivatives in place of the least-norm values of every profile with NO_DERIVATIVE; SOLVED where all exist. `solver` is scratch
 * of proportionalFairness.
 */
export function gradientOneSided(
  count: i32, problem: usize, chunk: usize, tolerance: f64, scratch: usize, work: usize, solver: usize,
): void {
  const p = changetype<Problem>(problem), c = changetype<GradientChunk>(chunk);
  const out = changetype<Derivatives>(scratch), g = prepare(scratch + offsetof<Derivatives>(), p.N, p.M);
  for (let k: i32 = 0; k < count; ++k) {
    if (integer(p.status, k) != NO_DERIVATIVE) continue;
    aim(out, c, g, p, k);
    point(g, p, k, at(c.cotangent, c.cotangentStep, k));
    roundActiveSet(g);
    if (oneSided(g, out, tolerance, work, solver)) setInteger(p.status, k, SOLVED);
  }
}
