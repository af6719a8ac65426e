// The basis of the ordered-partition simplex: its inverse, columns through it, exchange of one variable, and inversion anew.
//
// Columns: entry (i, j) is e_j + a_ij e_{m+i}; the slack of item j is e_j; the level of a group is −Σ of its agents' e_{m+i}.
import { integer, real, setInteger, setReal } from '../arrays';
import { add, mul, splat, sub } from '../lanes';
import { LEVEL, State } from './state';

const TINY: f64 = 1e-11; // a pivot below this is none

// @ts-ignore: decorator
@inline function inverseColumn(s: State, k: i32): usize { return s.inverse + s.pitch * <usize>k; }

/** to += f × from over a column. */
// @ts-ignore: decorator
@inline function addTo(to: usize, from: usize, f: f64, pitch: usize): void {
  const factor = splat(f);
  for (let o: usize = 0; o < pitch; o += 16) v128.store(to + o, add(v128.load(to + o), mul(v128.load(from + o), factor)));
}

/** s.column: the entry or slack `code` through the inverse. */
export function columnOf(s: State, code: i32): void {
  const entries = s.n * s.m;
  if (code >= entries) {
    memory.copy(s.column, inverseColumn(s, code - entries), s.pitch);
    return;
  }
  const i = code / s.m, j = code - i * s.m;
  const own = inverseColumn(s, j), other = inverseColumn(s, s.m + i), f = splat(real(s.a, code));
  for (let o: usize = 0; o < s.pitch; o += 16) v128.store(s.column + o, add(v128.load(own + o), mul(v128.load(other + o), f)));
}

/** s.column: −Σ of the columns of `count` agents. */
export function columnOfAgents(s: State, agents: usize, count: i32): void {
  memory.fill(s.column, 0, s.pitch);
  for (let p: i32 = 0; p < count; ++p) addTo(s.column, inverseColumn(s, s.m + integer(agents, p)), -1, s.pitch);
}

/** Row r of the inverse += f × row t. */
export function addRow(s: State, r: i32, t: i32, f: f64): void {
  const distance = (<usize>t - <usize>r) << 3;
  for (let k: i32 = 0, at = s.inverse + (<usize>r << 3); k < s.rows; ++k, at += s.pitch) {
    const x = load<f64>(at + distance);
    if (x != 0) store<f64>(at, load<f64>(at) + f * x);
  }
}

/** Makes the variable of s.column basic in row r, and adds `rate` × the new row to the duals. */
export function exchange(s: State, r: i32, rate: f64): void {
  const pivot = real(s.column, r);
  const pitch = s.pitch, column = s.column;
  for (let k: i32 = 0, at = s.inverse; k < s.rows; ++k, at += pitch) {
    const old = real(at, r);
    if (old == 0) continue;
    const f = old / pivot, factor = splat(f);
    for (let o: usize = 0; o < pitch; o += 16) v128.store(at + o, sub(v128.load(at + o), mul(v128.load(column + o), factor)));
    setReal(at, r, f);
    setReal(s.dual, k, real(s.dual, k) + rate * f);
  }
}

/** Takes the unused row in which s.column is largest; −1 where it is too small everywhere. */
function freeRow(s: State, taken: usize): i32 {
  let best: i32 = -1, most = TINY;
  for (let r: i32 = 0; r < s.rows; ++r) {
    if (integer(taken, r)) continue;
    const x = abs(real(s.column, r));
    if (x > most) {
      most = x;
      best = r;
    }
  }
  return best;
}

/** Inverts the basis anew, column by column: entries and slacks, then levels. Rows change hands. False where it is singular. */
export function invert(s: State): bool {
  const rows = s.rows, old = s.work; // i32[rows] of codes, then i32[rows] of taken rows
  const taken = old + (<usize>rows << 2);
  memory.copy(old, s.basis, <usize>rows << 2);
  memory.fill(taken, 0, <usize>rows << 2);
  memory.fill(s.inverse, 0, s.pitch * <usize>rows);
  for (let k: i32 = 0; k < rows; ++k) setReal(inverseColumn(s, k), k, 1);
  for (let k: i32 = 0; k < rows; ++k) {
    const code = integer(old, k);
    if (code == LEVEL) continue;
    columnOf(s, code);
    const r = freeRow(s, taken);
    if (r < 0) return false;
    exchange(s, r, 0);
    setInteger(taken, r, 1);
    setInteger(s.basis, r, code);
    setReal(s.most, r, bound(s, code));
  }
  for (let g: i32 = 0; g < s.groups; ++g) {
    const from = integer(s.start, g);
    columnOfAgents(s, s.seat + (<usize>from << 2), integer(s.start, g + 1) - from);
    const r = freeRow(s, taken);
    if (r < 0) return false;
    exchange(s, r, 0);
    setInteger(taken, r, 1);
    setInteger(s.basis, r, LEVEL);
    setReal(s.most, r, Infinity);
    setInteger(s.level, g, r);
  }
  return true;
}

/** The upper bound of an entry or slack: none where the item's supply is bound enough. */
export function bound(s: State, code: i32): f64 {
  if (code >= s.n * s.m) return Infinity;
  const most = real(s.q.upper, code % s.m);
  return most < 1 ? most : Infinity;
}
