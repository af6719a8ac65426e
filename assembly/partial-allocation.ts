// Partial Allocation over a chunk of profiles whose proportional fairness is known.
//
//     a_i^PA = f_i a_i^PF,    f_i = ( Π_{j≠i} (u_j(PF) / u_j(PF without i))^{w_j} )^{1/w_i}
//
// (Cole, Gkatzelis, Goel, Mechanism Design for Fair Division: Allocating Divisible Items without Payments, EC 2013, section 3.)
// f_i >= 1/e for equal weights. An agent who holds nothing that has a price takes nothing from the others: f_i = 1 without a solve. The
// programmes without an agent are solved two at a time, in the two lanes.
//
// Status and residual are those of proportional fairness; NUMERICAL_ERROR where a programme without an agent has no answer.
// Cost: at most N solves a profile beside the one that is given.
import { integer, real, setInteger, setReal } from './arrays';
import { END, workBytes } from './ipm/layout';
import { settleLane, shareOf } from './ipm/pair';
import { Problem, at, cap, number } from './ipm/problem';
import { BROKEN, OUT_OF_ITERATIONS, advance, beginNear, solveCentred } from './ipm/solve';
import { loadAgent, loadLane } from './ipm/start';
import { NUMERICAL_ERROR, REDUCED_ACCURACY } from './status';

/** One profile's leave-one-out programmes. */
@unmanaged
class Circle {
  p: Problem;
  k: i32;
  tolerance: f64;
  work: usize;
  vector: usize;
  weights: usize; // f64[N]
  full: usize; // f64[N], log of u_j(PF) in the unit of what j could use at most
  fractions: usize; // f64[N]
  outFirst: i32; // who is left out of each lane, -1 nobody
  outSecond: i32;
}

export function partialAllocationScratch(N: i32, M: i32): usize {
  return offsetof<Circle>() + 64 + workBytes(N, M) + (<usize>M << 4) + (<usize>N << 4);
}

/** True where the agent holds something of an item that has a price. */
function holdsScarce(p: Problem, k: i32, i: i32): bool {
  const row = p.allocation + ((<usize>((k * p.N + i) * p.M)) << 3), prices = p.prices + ((<usize>(k * p.M)) << 3);
  for (let m: i32 = 0; m < p.M; ++m) if (real(row, m) > 0 && real(prices, m) > 0) return true;
  return false;
}

/** Logs of the utilities as shares of what each agent could use at most, the unit of the lanes. */
function takeLogs(c: Circle): void {
  const p = c.p, k = c.k, N = p.N, M = p.M;
  const values = at(p.values, p.valuesStep, k), demands = at(p.demands, p.demandsStep, k), budgets = at(p.budgets, p.budgetsStep, k);
  for (let i: i32 = 0, j: i32 = 0; i < N; ++i) {
    let whole: f64 = 0;
    for (let m: i32 = 0; m < M; ++m, ++j) whole += number(values, j, 0) * Math.min(cap(demands, budgets, j, m), number(budgets, m, 1));
    const u = real(p.utilities, k * N + i);
    setReal(c.full, i, u > 0 ? Math.log(u / whole) : 0);
  }
}

/** Puts one agent of the profile into a lane, with a weight of its own or 0: left out. */
function putAgent(c: Circle, lane: usize, i: i32, weight: f64): void {
  const p = c.p, k = c.k, row = <usize>(i * p.M) << 3;
  const demands = at(p.demands, p.demandsStep, k);
  loadAgent(c.work, lane, p.N, p.M, i, at(p.values, p.valuesStep, k) + row, demands ? demands + row : 0, weight, 0);
}

/** Leaves agent i out of a lane, and whoever was left out back in. */
function leaveOut(c: Circle, lane: usize, i: i32): void {
  const before = lane ? c.outSecond : c.outFirst;
  if (before >= 0) putAgent(c, lane, before, real(c.weights, before));
  putAgent(c, lane, i, 0);
  if (lane) c.outSecond = i;
  else c.outFirst = i;
}

/** f_i from the lane in which i was left out. */
function takeFraction(c: Circle, lane: usize, i: i32): void {
  const N = c.p.N, M = c.p.M;
  let sum: f64 = 0;
  for (let j: i32 = 0; j < N; ++j) {
    if (j == i || !(real(c.p.utilities, c.k * N + j) > 0)) continue;
    sum += real(c.weights, j) * (real(c.full, j) - Math.log(shareOf(c.work, lane, N, M, j)));
  }
  setReal(c.fractions, i, Math.min(1, Math.exp(sum / real(c.weights, i))));
}

/** Leaves out i and, in the other lane, `partner` (the same: nobody else). False where a programme has no answer. */
function solveBoth(c: Circle, i: i32, partner: i32): bool {
  const p = c.p, N = p.N, M = p.M;
  leaveOut(c, 0, i);
  leaveOut(c, 8, partner);
  beginNear(c.work, N, M, partner == i ? 1 : 3, p.allocation + ((<usize>(c.k * N * M)) << 3), p.prices + ((<usize>(c.k * M)) << 3));
  let again: i32 = 0;
  while (true) {
    const ended = advance(c.work, N, M, false, c.tolerance, c.vector);
    if (!ended) break;
    for (let l: i32 = 0; l < 2; ++l) {
      if (!(ended & (1 << l))) continue;
      const lane = <usize>l << 3;
      if (settleLane(c.work, lane, N, M, load<i32>(c.work + lane, END), false)) takeFraction(c, lane, l ? partner : i);
      else again |= 1 << l;
    }
  }
  for (let l: i32 = 0; l < 2; ++l) {
    if (!(again & (1 << l))) continue;
    const which = l ? partner : i;
    leaveOut(c, 0, which);
    leaveOut(c, 8, which);
    const end = solveCentred(c.work, N, M, false, c.tolerance, c.vector);
    if (end == OUT_OF_ITERATIONS || end == BROKEN) return false;
    takeFraction(c, 0, which);
  }
  return true;
}

/** Fractions of one profile. */
function solveCircle(c: Circle): bool {
  const p = c.p, N = p.N;
  const weights = at(p.weights, p.weightsStep, c.k);
  for (let i: i32 = 0; i < N; ++i) {
    setReal(c.weights, i, number(weights, i, 1));
    setReal(c.fractions, i, 1);
  }
  takeLogs(c);
  for (let lane: usize = 0; lane < 16; lane += 8) {
    const k = c.k;
    loadLane(
      c.work, lane, N, p.M, at(p.values, p.valuesStep, k), at(p.demands, p.demandsStep, k), at(p.budgets, p.budgetsStep, k), weights, 0,
    );
  }
  c.outFirst = c.outSecond = -1;
  let waiting: i32 = -1;
  for (let i: i32 = 0; i < N; ++i) {
    if (!(real(p.utilities, c.k * N + i) > 0) || !holdsScarce(p, c.k, i)) continue;
    if (waiting < 0) {
      waiting = i;
      continue;
    }
    if (!solveBoth(c, waiting, i)) return false;
    waiting = -1;
  }
  return waiting < 0 || solveBoth(c, waiting, waiting);
}

/** Withholds from `count` solved profiles: `problem` is their class Problem with its solution; its status and residual are this rule's too. */
export function partialAllocation(
  count: i32, problem: usize, tolerance: f64, allocation: usize, utilities: usize, fractions: usize, scratch: usize,
): void {
  const p = changetype<Problem>(problem), c = changetype<Circle>(scratch), N = p.N, M = p.M;
  c.p = p;
  c.tolerance = tolerance;
  c.work = (scratch + offsetof<Circle>() + 63) & ~63;
  c.vector = c.work + workBytes(N, M);
  c.weights = c.vector + (<usize>M << 4);
  c.full = c.weights + (<usize>N << 3);
  for (let k: i32 = 0; k < count; ++k) {
    if (integer(p.status, k) > REDUCED_ACCURACY) continue;
    c.k = k;
    c.fractions = fractions + ((<usize>(k * N)) << 3);
    if (!solveCircle(c)) {
      setInteger(p.status, k, NUMERICAL_ERROR);
      continue;
    }
    for (let i: i32 = 0, j = k * N * M; i < N; ++i) {
      const f = real(c.fractions, i);
      setReal(utilities, k * N + i, f * real(p.utilities, k * N + i));
      for (let m: i32 = 0; m < M; ++m, ++j) setReal(allocation, j, f * real(p.allocation, j));
    }
  }
}
