// Expected competitive equilibrium from equal incomes: prices at which expected demand, budgets being uniform on [1-eps, 1] for everybody, clears the
// market: demand = capacity where the price is positive, demand <= capacity where it is 0. One exists for every economy (z(p) is continuous on the box
// [0,1]^m, and a price of 1 sells nothing).
//
// economy   see eceei/economy.ts
// eps       width of the law of budgets, 0 < eps <= 1
// seed      of the perturbations that keep the path free of ties
// most      list entries that may be looked at before the best prices so far are returned
// prices    f64[m]  out
// report    f64[5]  out: residual (largest |z_j|/c_j, or z_j/c_j where the price is 0), evaluations, entries looked at, pivots, 1 where the path was needed
// scratch   eceeiScratch(m, B) bytes
//
// First the homotopy in eps (macro), and where it stalls exact pivots (path): from infinity if there are few types, else from the stall to a smaller eps, and
// from infinity at last. Whoever calls must look at the residual. Cost 25 to 300 evaluations as a rule; no polynomial bound is known (the problem is in
// PPAD). Allocates nothing; the same bits everywhere.
// Nguyen, Teytelboym, Vardi, Dynamic Combinatorial Assignment, arXiv 2303.13967, Definition 4 and Theorem 1; common law: arXiv 2509.13198.
import { real, setReal } from './arrays';
import { evaluate, supply } from './eceei/demand';
import { Economy, layOut, Work, workBytes } from './eceei/economy';
import { begin, descend } from './eceei/macro';
import { CLEARED, newton } from './eceei/newton';
import { ARRIVED, follow, startAtInfinity } from './eceei/path';
import { keyed, streamKey, unit } from './random';

export { expectedDemand } from './eceei/certificate';
export { mergeLists, mergeRows } from './eceei/merge';

const FEW_TYPES: i32 = 200;
const ROUNDS: i32 = 4;
const SEGMENTS: i32 = 40;
const SEGMENT_PIVOTS: i32 = 400;
const PIVOTS: i32 = 60000;

export function eceeiScratch(m: i32, B: i32): usize {
  return workBytes(m, B);
}

/** d = 0.3 c U[0,1], number `round` of them; 0 for round 0. */
function perturb(e: Economy, work: Work, seed: u64, round: i32): void {
  const key = streamKey(seed, <u64>round);
  for (let j: i32 = 0; j < e.m; ++j) {
    setReal(work.shift, j, round == 0 ? 0 : 0.3 * real(e.capacity, j) * unit(keyed(key, <u64>j)));
  }
}

/** Newton at the target without perturbation, from p; the best prices are kept in the work. */
function polish(e: Economy, work: Work, p: usize, taken: usize): bool {
  perturb(e, work, 0, 0);
  newton(e, work, p, work.target, 1e-14, 4, 20, taken);
  return work.least <= CLEARED;
}

function fullPath(e: Economy, work: Work, seed: u64, taken: usize): bool {
  for (let round: i32 = 1; round <= ROUNDS && work.looked < work.most; ++round) {
    perturb(e, work, seed, round);
    startAtInfinity(e, work);
    const delta: f64 = round == 3 ? 1e-12 : round == 4 ? 1e-10 : 1e-11;
    if (follow(e, work, work.target, delta, PIVOTS) != ARRIVED) continue;
    arrive(e, work);
    if (polish(e, work, work.p, taken)) return true;
  }
  return false;
}

/** p = max(u, 0) */
function arrive(e: Economy, work: Work): void {
  for (let j: i32 = 0; j < e.m; ++j) setReal(work.p, j, max<f64>(0, real(work.u, j)));
}

/** Macro, and from where it stalls pivots down to a somewhat smaller eps, in turn. */
function hybrid(e: Economy, work: Work, seed: u64, round: i32, taken: usize): bool {
  const m = e.m, target = work.target;
  perturb(e, work, seed, round);
  let eps = begin(e, work, work.p, taken);
  if (eps == 0) return false;
  for (let segment: i32 = 0; segment < SEGMENTS && work.looked < work.most; ++segment) {
    eps = descend(e, work, work.p, eps, taken);
    if (eps <= target) return polish(e, work, work.p, taken);
    if (round == 0 && e.T <= FEW_TYPES) return false; // the path from infinity takes milliseconds
    toNormalMap(e, work, eps);
    if (follow(e, work, max(target, 0.85 * eps), 1e-11, SEGMENT_PIVOTS) != ARRIVED) return false;
    arrive(e, work);
    eps = real(work.u, m);
    if (newton(e, work, work.p, eps, CLEARED, 20, 60, taken) > CLEARED) return false;
  }
  return false;
}

/** u of a cleared p: the price, or minus what is left over. */
function toNormalMap(e: Economy, work: Work, eps: f64): void {
  evaluate(e, work, work.p, eps, false);
  for (let j: i32 = 0; j < e.m; ++j) {
    const x = real(work.p, j);
    setReal(work.u, j, x > 0 ? x : min<f64>(0, real(work.G, j) - supply(e, work, j, eps)));
  }
  setReal(work.u, e.m, eps);
}

export function eceei(economy: usize, eps: f64, seed: u64, most: f64, prices: usize, report: usize, scratch: usize): void {
  const e = changetype<Economy>(economy);
  const work = layOut(scratch, e.m, e.B);
  const taken = scratch + workBytes(e.m, e.B) - 8;
  work.target = eps;
  work.most = most;
  memory.fill(work.best, 0, <usize>e.m << 3);
  let done = hybrid(e, work, seed, 0, taken);
  const atOnce = done;
  if (!done && e.T <= FEW_TYPES) done = fullPath(e, work, seed, taken);
  for (let round: i32 = 1; round < ROUNDS && !done && work.looked < work.most; ++round) done = hybrid(e, work, seed, round, taken);
  if (!done && e.T > FEW_TYPES) done = fullPath(e, work, seed, taken);
  memory.copy(prices, work.best, <usize>e.m << 3);
  setReal(report, 0, work.least);
  setReal(report, 1, <f64>work.evaluations);
  setReal(report, 2, work.looked);
  setReal(report, 3, <f64>work.pivots);
  setReal(report, 4, atOnce ? 0 : 1);
}
