// A direction strictly inside an agent's constraints that touch 0, and what these force to 0.
//
// Near 0 only rows with a bound of 0 matter, and these make a cone. The programme
//
//     maximise  Σ t    s.t.  z_v >= t_v,   −a_r·z >= t_r (upper bound 0),   a_r·z >= t_r (lower bound 0),   a_r·z = 0 (both),   0 <= t <= 1
//
// has t = 1 wherever some point of the cone makes that inequality strict (points add up and scale), 0 elsewhere: such a variable is 0 in
// every point, such a row an equality. Its solution z is strictly inside in all others.
import { integer, real, setInteger, setReal } from '../arrays';
import { slackBasis } from '../simplex/basis';
import { OPTIMAL, optimise, valueOf } from '../simplex/solve';
import { Simplex, addColumn, addEntry, lay } from '../simplex/state';
import { State } from './state';

/** Finds the direction of the agent being loaded (the last one); takes out variables that must be 0. False where nothing of value is left. */
export function interior(s: State): bool {
  const begin = integer(s.firstVariable, s.n), end = integer(s.firstVariable, s.n + 1);
  const firstRow = integer(s.firstRow, s.n), endRow = integer(s.firstRow, s.n + 1);
  let touching: i32 = 0, worth: f64 = 0;
  for (let r = firstRow; r < endRow; ++r) touching += <i32>(real(s.low, r) == 0) + <i32>(real(s.high, r) == 0 && real(s.low, r) != 0);
  for (let v = begin; v < end; ++v) {
    setReal(s.direction, v, 1);
    worth += real(s.w, v);
  }
  if (!(worth > 0)) return false;
  if (touching == 0) return true;
  const lp = lay(s.work, touching, 2 * (end - begin) + touching, 3 * touching * (end - begin + 1));
  describe(s, lp);
  slackBasis(lp);
  if (optimise(lp) != OPTIMAL) return false;
  return read(s, lp);
}

/** Columns t_v and z_v − t_v of every variable, then t_r of every row with one bound of 0. */
function describe(s: State, lp: Simplex): void {
  const begin = integer(s.firstVariable, s.n), end = integer(s.firstVariable, s.n + 1);
  const firstRow = integer(s.firstRow, s.n), endRow = integer(s.firstRow, s.n + 1);
  for (let half: i32 = 0; half < 2; ++half) {
    for (let v = begin; v < end; ++v) {
      addColumn(lp, half == 0 ? 1 : 0, half == 0 ? 1 : Infinity);
      for (let r = firstRow, at: i32 = 0; r < endRow; ++r) {
        const low = real(s.low, r), high = real(s.high, r), a = real(s.coefficients, integer(s.coefficient, r) + v - begin);
        if (low != 0 && high != 0) continue;
        addEntry(lp, at++, high == 0 ? a : -a);
      }
    }
  }
  for (let r = firstRow, at: i32 = 0; r < endRow; ++r) {
    const low = real(s.low, r), high = real(s.high, r);
    if (low != 0 && high != 0) continue;
    setReal(lp.b, at, 0);
    if (low != high) {
      addColumn(lp, 1, 1);
      addEntry(lp, at, 1);
    }
    at += 1;
  }
  for (let r = firstRow, at: i32 = 0; r < endRow; ++r) {
    const low = real(s.low, r), high = real(s.high, r);
    if (low != 0 && high != 0) continue;
    setReal(lp.upper, lp.columns + at++, low == high ? 0 : Infinity);
  }
}

/** Takes the direction over, drops variables that must be 0, turns rows that cannot be strict into equalities. */
function read(s: State, lp: Simplex): bool {
  const begin = integer(s.firstVariable, s.n), end = integer(s.firstVariable, s.n + 1), width = end - begin;
  const firstRow = integer(s.firstRow, s.n), endRow = integer(s.firstRow, s.n + 1);
  let column = 2 * width;
  for (let r = firstRow; r < endRow; ++r) {
    const low = real(s.low, r), high = real(s.high, r);
    if ((low != 0 && high != 0) || low == high) continue;
    if (valueOf(lp, column++) > 0.5) continue;
    setReal(s.low, r, 0);
    setReal(s.high, r, 0);
  }
  let kept: i32 = 0, worth: f64 = 0;
  for (let v = begin; v < end; ++v) {
    const d = valueOf(lp, v - begin) + valueOf(lp, width + v - begin), free = valueOf(lp, v - begin) > 0.5;
    setReal(s.direction, v, free ? d : 0);
    if (free) {
      kept += 1;
      worth += real(s.w, v);
    }
  }
  if (!(worth > 0)) return false;
  if (kept < width) compress(s);
  return true;
}

/** Leaves out variables of direction 0, and rows that have nothing left. */
function compress(s: State): void {
  const begin = integer(s.firstVariable, s.n), end = integer(s.firstVariable, s.n + 1);
  const firstRow = integer(s.firstRow, s.n), endRow = integer(s.firstRow, s.n + 1);
  let to = integer(s.coefficient, firstRow), from = to - (end - begin), row = firstRow;
  for (let r = firstRow; r < endRow; ++r) {
    const here = to;
    from += end - begin;
    let any = false;
    for (let v = begin; v < end; ++v) {
      if (real(s.direction, v) == 0) continue;
      const a = real(s.coefficients, from + v - begin);
      any = any || a != 0;
      setReal(s.coefficients, to++, a);
    }
    if (!any) {
      to = here;
      continue;
    }
    setReal(s.low, row, real(s.low, r));
    setReal(s.high, row, real(s.high, r));
    setInteger(s.source, row, integer(s.source, r));
    setInteger(s.coefficient, ++row, to);
  }
  setInteger(s.firstRow, s.n + 1, row);
  let next = begin;
  for (let v = begin; v < end; ++v) {
    if (real(s.direction, v) == 0) continue;
    setInteger(s.item, next, integer(s.item, v));
    setReal(s.w, next, real(s.w, v));
    setReal(s.ub, next, real(s.ub, v));
    setReal(s.direction, next, real(s.direction, v));
    next += 1;
  }
  setInteger(s.firstVariable, s.n + 1, next);
}
