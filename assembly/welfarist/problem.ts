// A chunk of profiles with caps and per-agent constraints in memory: where its arrays start, and how far apart profiles are.
import { integer, real } from '../arrays';

/** Addresses and byte steps; a step of 0 shares one array among all profiles, an address of 0 means absent. */
@unmanaged
export class Constrained {
  N: i32;
  M: i32;
  R: i32; // constraint rows
  K: i32; // groups
  P: i32; // pieces of an agent's utility
  values: usize; // f64[N·M]
  valuesStep: usize;
  demands: usize; // f64[N·M]; absent: the budget
  demandsStep: usize;
  budgets: usize; // f64[M]; absent: 1
  budgetsStep: usize;
  weights: usize; // f64[N]; absent: 1
  weightsStep: usize;
  caps: usize; // f64[N], infinity: none; absent: none
  capsStep: usize;
  slopes: usize; // f64[N·P·M]: V_i <= constant + slopes·x; absent: none
  slopesStep: usize;
  constants: usize; // f64[N·P], >= 0, infinity: none
  constantsStep: usize;
  matrix: usize; // f64[N·R·M]
  matrixStep: usize;
  lower: usize; // f64[N·R], <= 0; beyond −1e20: none
  lowerStep: usize;
  upper: usize; // f64[N·R], >= 0
  upperStep: usize;
  groups: usize; // i32[N·M], −1: in no group
  groupsStep: usize;
  proportions: usize; // f64[N·K]
  proportionsStep: usize;
  eps: usize; // f64[N]; absent: 0, exact
  epsStep: usize;
  equal: usize; // i32[N], 1: equal amounts of every item valued; one list for all profiles; absent: nobody
  allocation: usize;
  utilities: usize;
  prices: usize;
  marginals: usize;
  objective: usize;
  dualBound: usize;
  status: usize;
  residual: usize;
}

export const NO_BOUND: f64 = 1e20;

// @ts-ignore: decorator
@inline export function part(base: usize, step: usize, k: i32): usize { return base ? base + step * <usize>k : 0; }
// @ts-ignore: decorator
@inline export function supplyOf(p: Constrained, k: i32, m: i32): f64 { return p.budgets ? real(part(p.budgets, p.budgetsStep, k), m) : 1; }
// @ts-ignore: decorator
@inline export function weightOf(p: Constrained, k: i32, i: i32): f64 { return p.weights ? real(part(p.weights, p.weightsStep, k), i) : 1; }
// @ts-ignore: decorator
@inline export function capOf(p: Constrained, k: i32, i: i32): f64 {
  if (!p.caps) return Infinity;
  const cap = real(part(p.caps, p.capsStep, k), i);
  return cap >= NO_BOUND ? Infinity : cap;
}
// @ts-ignore: decorator
@inline export function valueAt(p: Constrained, k: i32, i: i32, m: i32): f64 { return real(part(p.values, p.valuesStep, k), i * p.M + m); }
/** Effective demand: at most the supply. */
// @ts-ignore: decorator
@inline export function demandAt(p: Constrained, k: i32, i: i32, m: i32): f64 {
  const b = supplyOf(p, k, m);
  return p.demands ? min(real(part(p.demands, p.demandsStep, k), i * p.M + m), b) : b;
}
// @ts-ignore: decorator
@inline export function pieceConstant(p: Constrained, k: i32, i: i32, l: i32): f64 {
  const c = real(part(p.constants, p.constantsStep, k), i * p.P + l);
  return c >= NO_BOUND ? Infinity : c;
}
/** Slopes of piece l, f64[M]. */
// @ts-ignore: decorator
@inline export function pieceSlopes(p: Constrained, k: i32, i: i32, l: i32): usize {
  return part(p.slopes, p.slopesStep, k) + (<usize>((i * p.P + l) * p.M) << 3);
}
/** Whether agent i's utility has pieces beside v·x. */
export function isPiecewise(p: Constrained, k: i32, i: i32): bool {
  if (!p.slopes) return false;
  for (let l: i32 = 0; l < p.P; ++l) if (pieceConstant(p, k, i, l) < Infinity) return true;
  return false;
}
// @ts-ignore: decorator
@inline export function groupAt(p: Constrained, k: i32, i: i32, m: i32): i32 {
  return p.groups ? integer(part(p.groups, p.groupsStep, k), i * p.M + m) : -1;
}
