// From the solver's units back to the user's arrays.
import { integer, real, setReal } from '../arrays';
import { dualOf, money } from './bound';
import { POWER, valueOfF } from './concave';
import { Constrained, NO_BOUND, capOf, demandAt, groupAt, part, pieceConstant, pieceSlopes, supplyOf, valueAt, weightOf } from './problem';
import { BUNDLE, State } from './state';

/** Amounts of everybody in the user's unit, to `x` f64[N·M]. */
export function amounts(s: State, x: usize): void {
  const M = s.M;
  memory.fill(x, 0, <usize>(s.N * M) << 3);
  for (let i: i32 = 0; i < s.n; ++i) {
    const row = x + (<usize>(integer(s.agent, i) * M) << 3);
    for (let v = integer(s.firstVariable, i); v < integer(s.firstVariable, i + 1); ++v) {
      const z = real(s.z, v), j = integer(s.item, v);
      if (j >= 0) setReal(row, j, real(row, j) + z * real(s.budget, j));
      else if (j == BUNDLE) for (let l: i32 = 0; l < M; ++l) setReal(row, l, real(row, l) + z * real(s.bundle, i * M + l) * real(s.budget, l));
    }
  }
}

/** Largest violation of supplies, demands, rows and proportions by `x`, each relative to its size. */
export function infeasibility(s: State, p: Constrained, k: i32, x: usize): f64 {
  const M = s.M;
  let worst: f64 = 0, scale: f64 = 1;
  for (let m: i32 = 0; m < M; ++m) scale = max(scale, supplyOf(p, k, m));
  for (let m: i32 = 0; m < M; ++m) {
    let sum: f64 = 0;
    for (let i: i32 = 0; i < s.N; ++i) {
      const amount = real(x, i * M + m);
      sum += amount;
      worst = max(worst, max(-amount, amount - demandAt(p, k, i, m)) / scale);
    }
    worst = max(worst, (sum - supplyOf(p, k, m)) / scale);
  }
  for (let i: i32 = 0; i < s.N; ++i) {
    const row = x + (<usize>(i * M) << 3);
    for (let r: i32 = 0; r < p.R; ++r) worst = max(worst, rowViolation(s, p, k, i, r, row));
    if (p.groups && p.K > 0) worst = max(worst, proportionViolation(s, p, k, i, row) / scale);
    if (p.equal && integer(p.equal, i)) worst = max(worst, inequality(s, p, k, i, row) / scale);
  }
  return worst;
}

function rowViolation(s: State, p: Constrained, k: i32, i: i32, r: i32, x: usize): f64 {
  const at = i * p.R + r, a = part(p.matrix, p.matrixStep, k) + (<usize>(at * s.M) << 3);
  const low = p.lower ? real(part(p.lower, p.lowerStep, k), at) : -Infinity, high = p.upper ? real(part(p.upper, p.upperStep, k), at) : Infinity;
  let sum: f64 = 0, size: f64 = 0;
  for (let m: i32 = 0; m < s.M; ++m) {
    sum += real(a, m) * real(x, m);
    size += Math.abs(real(a, m)) * supplyOf(p, k, m);
  }
  if (size == 0) return 0;
  return max(high >= NO_BOUND ? 0 : sum - high, low <= -NO_BOUND ? 0 : low - sum) / size;
}

function proportionViolation(s: State, p: Constrained, k: i32, i: i32, x: usize): f64 {
  const shares = part(p.proportions, p.proportionsStep, k) + (<usize>(i * p.K) << 3), eps = p.eps ? real(part(p.eps, p.epsStep, k), i) : 0;
  let whole: f64 = 0, worst: f64 = 0;
  for (let m: i32 = 0; m < s.M; ++m) if (groupAt(p, k, i, m) >= 0) whole += real(x, m);
  for (let r: i32 = 0; r < p.K; ++r) {
    let sum: f64 = 0;
    for (let m: i32 = 0; m < s.M; ++m) if (groupAt(p, k, i, m) == r) sum += real(x, m);
    const due = real(shares, r) * whole;
    worst = max(worst, max((1 - eps) * sum - due, due - (1 + eps) * sum));
  }
  return worst;
}

function inequality(s: State, p: Constrained, k: i32, i: i32, x: usize): f64 {
  let least: f64 = Infinity, most: f64 = 0;
  for (let m: i32 = 0; m < s.M; ++m) {
    if (!(valueAt(p, k, i, m) > 0)) continue;
    least = min(least, real(x, m));
    most = max(most, real(x, m));
  }
  return most > least ? most - least : 0;
}

/** Largest violation of what the solver holds, without writing it. */
export function violation(s: State, p: Constrained, k: i32): f64 {
  const x = s.amounts;
  amounts(s, x);
  return infeasibility(s, p, k, x);
}

/** Utilities of the amounts written. */
export function utilities(s: State, p: Constrained, k: i32): void {
  const N = s.N, M = s.M, x = p.allocation + (<usize>(k * N * M) << 3), u = p.utilities + (<usize>(k * N) << 3);
  for (let i: i32 = 0; i < N; ++i) {
    let sum: f64 = 0;
    for (let m: i32 = 0; m < M; ++m) sum += valueAt(p, k, i, m) * real(x, i * M + m);
    sum = min(sum, capOf(p, k, i));
    if (p.slopes) {
      for (let l: i32 = 0; l < p.P; ++l) {
        const slopes = pieceSlopes(p, k, i, l);
        let piece = pieceConstant(p, k, i, l);
        for (let m: i32 = 0; m < M; ++m) piece += real(slopes, m) * real(x, i * M + m);
        sum = min(sum, piece);
      }
    }
    setReal(u, i, sum);
  }
}

/** Writes the profile's arrays; `open` is the gap in the solver's unit. Returns the residual. */
export function write(s: State, p: Constrained, k: i32, open: f64): f64 {
  const N = s.N, M = s.M;
  const x = p.allocation + (<usize>(k * N * M) << 3), u = p.utilities + (<usize>(k * N) << 3);
  amounts(s, x);
  utilities(s, p, k);
  let welfare: f64 = 0;
  for (let i: i32 = 0; i < s.n; ++i) {
    const share = real(u, integer(s.agent, i)) / real(s.unit, i);
    if (s.kind != POWER) welfare += weightOf(p, k, integer(s.agent, i)) * valueOfF(s, real(u, integer(s.agent, i)));
    else welfare += s.gamma == 0 ? real(s.omega, i) * Math.log(share) : s.gamma == 1 ? real(s.omega, i) * share : real(s.omega, i) * (Math.exp(s.gamma * Math.log(share)) / s.gamma);
  }
  const objective = s.n == 0 ? 0 : s.kind != POWER ? welfare : s.top * welfare + s.logTop;
  if (!s.entropy) writeDuals(s, p, k);
  setReal(p.objective, k, objective);
  setReal(p.dualBound, k, objective + s.top * open);
  const relative = s.n == 0 ? 0 : Math.abs(open) / (s.entropy ? s.unitOfMoney : money(s));
  const residual = max(relative, infeasibility(s, p, k, x));
  // Not a number, and overflow of the objective, compare false.
  const good = residual < Infinity && Math.abs(objective) < Infinity && s.top * open < Infinity;
  setReal(p.residual, k, good ? residual : Infinity);
  return good ? residual : Infinity;
}

function writeDuals(s: State, p: Constrained, k: i32): void {
  const prices = p.prices + (<usize>(k * s.M) << 3), marginals = p.marginals + (<usize>(k * s.N) << 3);
  memory.fill(marginals, 0, <usize>s.N << 3);
  for (let m: i32 = 0; m < s.M; ++m) setReal(prices, m, s.n > 0 && integer(s.open, m) ? s.top * max(real(s.pi, m), 0) / real(s.budget, m) : 0);
  for (let i: i32 = 0; i < s.n; ++i) setReal(marginals, integer(s.agent, i), s.top * dualOf(s, i) / real(s.unit, i));
}
