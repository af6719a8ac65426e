// From the user's arrays to the solver's programme: who can gain, which variables and rows there are, and their units.
//
// Presolve. Left out are agents of weight or cap 0, and those whose constraints leave nothing of value (cone.ts finds out which variables must be
// 0). Equal amounts, and exact proportions of single items, become one bundle variable. Exact proportions that do not sum to 1 force their items
// to 0, since the sums over the groups give (Σα − 1) X = 0. Rows that bounds imply are dropped.
import { integer, real, setInteger, setReal } from '../arrays';
import { interior } from './cone';
import { Constrained, NO_BOUND, capOf, demandAt, groupAt, isPiecewise, part, pieceConstant, pieceSlopes, supplyOf, valueAt, weightOf } from './problem';
import { BUNDLE, NOTHING, State } from './state';

const SUM: f64 = 1e-9; // by how much proportions may miss 1
const FORBIDDEN: i32 = -2, ALONE: i32 = 0, BUNDLED: i32 = 1; // what an item is to an agent

/** Loads profile k. */
export function loadProfile(s: State, p: Constrained, k: i32): void {
  const M = s.M;
  for (let j: i32 = 0; j < M; ++j) {
    const b = supplyOf(p, k, j);
    setReal(s.budget, j, b);
    setInteger(s.open, j, b > 0 ? 1 : 0);
  }
  s.n = s.rows = s.variables = s.bounded = 0;
  setInteger(s.coefficient, 0, 0);
  for (let i: i32 = 0; i < s.N; ++i) {
    if (!(weightOf(p, k, i) > 0) || !(capOf(p, k, i) > 0)) continue;
    setInteger(s.firstVariable, s.n, s.variables);
    setInteger(s.firstRow, s.n, s.rows);
    if (loadAgent(s, p, k, i)) {
      setInteger(s.agent, s.n++, i);
      s.variables = integer(s.firstVariable, s.n);
      s.rows = integer(s.firstRow, s.n);
    }
  }
}

/** One agent behind those that are there; false where it can gain nothing. */
function loadAgent(s: State, p: Constrained, k: i32, i: i32): bool {
  const M = s.M, kind = s.line; // i32[M]
  for (let j: i32 = 0; j < M; ++j) setInteger(kind, j, demandAt(p, k, i, j) > 0 ? ALONE : FORBIDDEN);
  let grouped = p.K > 0 && p.groups != 0;
  if (grouped && proportionsForbid(p, k, i, M, kind)) grouped = false;
  const equal = p.equal && integer(p.equal, i) != 0 && bundleOfEqual(s, p, k, i, kind);
  if (grouped && !equal && bundleOfSingles(s, p, k, i, kind)) grouped = false;
  const piecewise = isPiecewise(p, k, i), constrained = p.R > 0 || grouped || piecewise;
  const first = s.variables;
  let end = first, bundled = false;
  for (let j: i32 = 0; j < M; ++j) {
    bundled = bundled || integer(kind, j) == BUNDLED;
    const v = valueAt(p, k, i, j);
    if (integer(kind, j) != ALONE || (v == 0 && !constrained)) continue;
    const b = real(s.budget, j), d = p.demands ? real(part(p.demands, p.demandsStep, k), i * M + j) : Infinity;
    addVariable(s, end++, j, v * b, d < b ? d / b : Infinity);
  }
  if (piecewise) addVariable(s, end++, NOTHING, largestUtility(s, p, k, i), 1);
  if (bundled && addBundle(s, p, k, i, kind, end)) end += 1;
  setInteger(s.firstVariable, s.n + 1, end);
  setInteger(s.firstRow, s.n + 1, s.rows);
  for (let r: i32 = 0; r < p.R; ++r) inputRow(s, p, k, i, r);
  if (piecewise) pieceRows(s, p, k, i);
  if (grouped) groupRows(s, p, k, i);
  return interior(s) && inUnits(s, p, k, i);
}

function addVariable(s: State, v: i32, item: i32, w: f64, ub: f64): void {
  setInteger(s.item, v, item);
  setReal(s.w, v, w);
  setReal(s.ub, v, ub);
}

/** What no utility of agent i exceeds: the least piece at all the supplies. */
function largestUtility(s: State, p: Constrained, k: i32, i: i32): f64 {
  let least: f64 = 0;
  for (let j: i32 = 0; j < s.M; ++j) least += valueAt(p, k, i, j) * demandAt(p, k, i, j);
  for (let l: i32 = 0; l < p.P; ++l) {
    const slopes = pieceSlopes(p, k, i, l);
    let most = pieceConstant(p, k, i, l);
    for (let j: i32 = 0; j < s.M; ++j) most += real(slopes, j) * demandAt(p, k, i, j);
    least = min(least, most);
  }
  return least;
}

/** Rows t <= v·x and t <= constant + slopes·x; the items' variables have no worth of their own then. */
function pieceRows(s: State, p: Constrained, k: i32, i: i32): void {
  for (let j: i32 = 0; j < s.M; ++j) setReal(s.rest, j, valueAt(p, k, i, j));
  addRow(s, 0, Infinity, -1, -1);
  for (let l: i32 = 0; l < p.P; ++l) {
    const constant = pieceConstant(p, k, i, l);
    if (constant == Infinity) continue;
    memory.copy(s.rest, pieceSlopes(p, k, i, l), <usize>s.M << 3);
    addRow(s, -constant, Infinity, -1, -1);
  }
  for (let v = integer(s.firstVariable, s.n), end = integer(s.firstVariable, s.n + 1); v < end; ++v) if (integer(s.item, v) != NOTHING) setReal(s.w, v, 0);
}

/** All items of positive value in equal amounts; false where that says nothing. */
function bundleOfEqual(s: State, p: Constrained, k: i32, i: i32, kind: usize): bool {
  let count: i32 = 0, lacking = false;
  for (let j: i32 = 0; j < s.M; ++j) {
    if (!(valueAt(p, k, i, j) > 0)) continue;
    count += 1;
    lacking = lacking || integer(kind, j) == FORBIDDEN;
  }
  if (count < 2) return false;
  for (let j: i32 = 0; j < s.M; ++j) {
    const inside = valueAt(p, k, i, j) > 0;
    if (inside) setInteger(kind, j, lacking ? FORBIDDEN : BUNDLED);
    setReal(s.bundle, s.n * s.M + j, inside ? 1 : 0);
  }
  return true;
}

/** Proportions that only nothing satisfies: groups without items, sums other than 1. Forbids the grouped items and returns true. */
function proportionsForbid(p: Constrained, k: i32, i: i32, M: i32, kind: usize): bool {
  const shares = part(p.proportions, p.proportionsStep, k) + (<usize>(i * p.K) << 3);
  const eps = p.eps ? real(part(p.eps, p.epsStep, k), i) : 0;
  let sum: f64 = 0, any = false, empty = false;
  for (let r: i32 = 0; r < p.K; ++r) {
    let members: i32 = 0;
    for (let j: i32 = 0; j < M; ++j) if (groupAt(p, k, i, j) == r) members += 1;
    any = any || members > 0;
    empty = empty || (members == 0 && real(shares, r) > 0);
    sum += real(shares, r);
  }
  if (!any) return true;
  // Within factors 1 ± eps the sums give (1 − eps) X <= Σα X <= (1 + eps) X.
  const possible = sum >= (1 - eps) * (1 - SUM) && sum <= (1 + eps) * (1 + SUM);
  if (possible && !empty) return false;
  for (let j: i32 = 0; j < M; ++j) if (groupAt(p, k, i, j) >= 0) setInteger(kind, j, FORBIDDEN);
  return true;
}

/** Exact proportions of groups of one item each, as a bundle; false where the groups are not like that. */
function bundleOfSingles(s: State, p: Constrained, k: i32, i: i32, kind: usize): bool {
  if (p.eps && real(part(p.eps, p.epsStep, k), i) > 0) return false;
  const M = s.M, shares = part(p.proportions, p.proportionsStep, k) + (<usize>(i * p.K) << 3);
  for (let j: i32 = 0; j < M; ++j) {
    const r = groupAt(p, k, i, j);
    if (r < 0) continue;
    for (let l = j + 1; l < M; ++l) if (groupAt(p, k, i, l) == r) return false;
  }
  for (let j: i32 = 0; j < M; ++j) {
    const r = groupAt(p, k, i, j), share = r < 0 ? 0 : real(shares, r);
    setReal(s.bundle, s.n * M + j, share);
    if (r >= 0) setInteger(kind, j, share > 0 ? BUNDLED : FORBIDDEN);
  }
  return true;
}

/** The bundle variable, in the unit in which it takes the whole of the item that it needs most of; false where a part of it is not to be had. */
function addBundle(s: State, p: Constrained, k: i32, i: i32, kind: usize, v: i32): bool {
  const M = s.M, row = s.bundle + (<usize>(s.n * M) << 3);
  let most: f64 = 0;
  for (let j: i32 = 0; j < M; ++j) {
    if (integer(kind, j) != BUNDLED) {
      setReal(row, j, 0);
      continue;
    }
    if (!(demandAt(p, k, i, j) > 0)) return false;
    const share = real(row, j) / real(s.budget, j);
    setReal(row, j, share);
    most = max(most, share);
  }
  let w: f64 = 0, ub = Infinity;
  for (let j: i32 = 0; j < M; ++j) {
    const share = real(row, j) / most;
    setReal(row, j, share);
    if (share == 0) continue;
    const b = real(s.budget, j), d = demandAt(p, k, i, j);
    w += share * b * valueAt(p, k, i, j);
    if (d < b) ub = min(ub, d / b / share);
  }
  addVariable(s, v, BUNDLE, w, ub < 1 ? ub : Infinity);
  return true;
}

/** Room for the next row of the agent being loaded: its coefficients. */
function nextRow(s: State): usize {
  return s.coefficients + (<usize>integer(s.coefficient, integer(s.firstRow, s.n + 1)) << 3);
}

/** Turns coefficients over items (user's units, in s.rest), and that of a utility that is a variable, into a row over the agent's variables, unless bounds imply it. */
function addRow(s: State, low: f64, high: f64, source: i32, utility: f64 = 0): void {
  const M = s.M, begin = integer(s.firstVariable, s.n), end = integer(s.firstVariable, s.n + 1), row = nextRow(s);
  let largest: f64 = 0, least: f64 = 0, most: f64 = 0;
  for (let v = begin; v < end; ++v) {
    const j = integer(s.item, v);
    let a: f64 = 0;
    if (j >= 0) a = real(s.rest, j) * real(s.budget, j);
    else if (j == NOTHING) a = utility * real(s.w, v);
    else for (let l: i32 = 0; l < M; ++l) a += real(s.rest, l) * real(s.budget, l) * real(s.bundle, s.n * M + l);
    setReal(row, v - begin, a);
    largest = max(largest, Math.abs(a));
    if (a > 0) most += a * min(1, real(s.ub, v));
    else least += a * min(1, real(s.ub, v));
  }
  if (high >= most) high = Infinity;
  if (low <= least) low = -Infinity;
  if (largest == 0 || (low == -Infinity && high == Infinity)) return;
  const r = integer(s.firstRow, s.n + 1);
  for (let v = begin; v < end; ++v) setReal(row, v - begin, real(row, v - begin) / largest);
  setReal(s.low, r, low / largest);
  setReal(s.high, r, high / largest);
  setInteger(s.source, r, source);
  setInteger(s.coefficient, r + 1, integer(s.coefficient, r) + end - begin);
  setInteger(s.firstRow, s.n + 1, r + 1);
}

function inputRow(s: State, p: Constrained, k: i32, i: i32, r: i32): void {
  const M = s.M, at = i * p.R + r;
  const low = p.lower ? real(part(p.lower, p.lowerStep, k), at) : -Infinity, high = p.upper ? real(part(p.upper, p.upperStep, k), at) : Infinity;
  for (let j: i32 = 0; j < M; ++j) setReal(s.rest, j, real(part(p.matrix, p.matrixStep, k), at * M + j));
  addRow(s, low <= -NO_BOUND ? -Infinity : low, high >= NO_BOUND ? Infinity : high, r);
}

/** Rows of the proportions: exact ones without the last, which the others imply; otherwise two a group. */
function groupRows(s: State, p: Constrained, k: i32, i: i32): void {
  const M = s.M, K = p.K, shares = part(p.proportions, p.proportionsStep, k) + (<usize>(i * K) << 3);
  const eps = p.eps ? real(part(p.eps, p.epsStep, k), i) : 0;
  let last: i32 = -1;
  for (let j: i32 = 0; j < M; ++j) last = max(last, groupAt(p, k, i, j));
  for (let r: i32 = 0; r < K; ++r) {
    const share = real(shares, r);
    for (let side: i32 = 0; side < 2; ++side) {
      const factor = side == 0 ? 1 + eps : 1 - eps;
      if ((eps == 0 && side == 1) || (eps == 0 && r == last)) continue;
      for (let j: i32 = 0; j < M; ++j) {
        const g = groupAt(p, k, i, j);
        setReal(s.rest, j, g < 0 ? 0 : (g == r ? factor : 0.0) - share);
      }
      // (1 − eps) S <= α X <= (1 + eps) S
      if (eps == 0) addRow(s, 0, 0, -1);
      else if (side == 0) addRow(s, 0, Infinity, -1);
      else addRow(s, -Infinity, 0, -1);
    }
  }
}

/** The agent's units: what it reaches alone along its direction, at most its cap, is 1. */
function inUnits(s: State, p: Constrained, k: i32, i: i32): bool {
  const begin = integer(s.firstVariable, s.n), end = integer(s.firstVariable, s.n + 1);
  const firstRow = integer(s.firstRow, s.n), endRow = integer(s.firstRow, s.n + 1);
  let reach: f64 = 0;
  if (firstRow == endRow) for (let v = begin; v < end; ++v) reach += real(s.w, v) * min(1, real(s.ub, v));
  else {
    let far: f64 = Infinity, along: f64 = 0;
    for (let v = begin; v < end; ++v) {
      const d = real(s.direction, v);
      along += d * real(s.w, v);
      if (d > 0) far = min(far, min(1, real(s.ub, v)) / d);
    }
    for (let r = firstRow; r < endRow; ++r) {
      let a: f64 = 0;
      for (let v = begin; v < end; ++v) a += real(s.coefficients, integer(s.coefficient, r) + v - begin) * real(s.direction, v);
      if (a > 0 && real(s.high, r) > 0) far = min(far, real(s.high, r) / a);
      if (a < 0 && real(s.low, r) < 0) far = min(far, real(s.low, r) / a);
    }
    reach = far * along;
  }
  const cap = capOf(p, k, i), unit = min(reach, cap);
  if (!(unit > 0) || !(unit < Infinity)) return false;
  let most: f64 = 0;
  for (let v = begin; v < end; ++v) {
    const w = real(s.w, v) / unit;
    setReal(s.w, v, w);
    most += w * min(1, real(s.ub, v));
    if (real(s.ub, v) < Infinity) s.bounded = 1;
  }
  setReal(s.most, s.n, most);
  setReal(s.unit, s.n, unit);
  setReal(s.cap, s.n, cap / unit);
  setReal(s.omega, s.n, weightOf(p, k, i));
  return true;
}
