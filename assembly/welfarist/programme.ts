// The constraints of a loaded profile as a linear programme from its origin (simplex/state.ts): rows of the items, one row an agent, rows of the
// constraints. What the agents' rows say is the caller's.
import { integer, real, setReal } from '../arrays';
import { Simplex, addColumn, addEntry, lay, simplexBytes } from '../simplex/state';
import { POWER } from './concave';
import { rowCount, rowOf } from './factor';
import { Constrained } from './problem';
import { BUNDLE, State, inputRows, mostRows, mostVariables, openState, stateBytes } from './state';

function programmeBytes(N: i32, M: i32, R: i32, K: i32): usize {
  const k = mostRows(R, K), variables = N * mostVariables(M);
  return simplexBytes(M + N * k, variables + 1, variables * (k + 1) + N * (M + 1));
}

/** Bytes of scratch memory of a rule that is one linear programme or several; arguments as welfaristScratch. */
export function linearScratch(N: i32, M: i32, R: i32, K: i32, P: i32): usize {
  const most = inputRows(R, P);
  return stateBytes(N, M, most, K) + programmeBytes(N, M, most, K);
}

/** A state of utilities as they are. */
export function openLinear(p: Constrained, scratch: usize): State {
  const s = openState(p, scratch);
  s.kind = POWER;
  s.gamma = 1;
  s.entropy = 0;
  return s;
}

/** Lays the programme out, with the objective's coefficient of each variable `worth` times its w, and `sign` times w in its agent's row. */
export function layProgramme(s: State, worth: bool, sign: f64): Simplex {
  const M = s.M, n = s.n, rows = M + n + s.rows;
  const lp = lay(s.work, rows, s.variables + 1, s.variables * (mostRows(s.R, s.K) + 1) + n * (M + 1));
  for (let i: i32 = 0; i < n; ++i) {
    const begin = integer(s.firstVariable, i), end = integer(s.firstVariable, i + 1), k = rowCount(s, i), first = integer(s.firstRow, i);
    for (let v = begin; v < end; ++v) {
      const j = integer(s.item, v), w = real(s.w, v);
      addColumn(lp, worth ? real(s.omega, i) * w : 0, real(s.ub, v));
      if (j >= 0) addEntry(lp, j, 1);
      else if (j == BUNDLE) for (let l: i32 = 0; l < M; ++l) addEntry(lp, l, real(s.bundle, i * M + l));
      addEntry(lp, M + i, sign * w);
      for (let r: i32 = 1; r < k; ++r) {
        const a = real(rowOf(s, i, r), v - begin);
        addEntry(lp, M + n + first + r - 1, real(s.high, first + r - 1) < Infinity ? a : -a);
      }
    }
  }
  return lp;
}

/** Right sides and slacks; after the last column. The agents' rows get 0 and no upper bound. */
export function setBounds(s: State, lp: Simplex): void {
  const M = s.M, n = s.n;
  for (let i: i32 = 0; i < lp.rows; ++i) {
    setReal(lp.b, i, i < M ? 1 : 0);
    setReal(lp.upper, lp.columns + i, Infinity);
  }
  for (let r: i32 = 0; r < s.rows; ++r) {
    const low = real(s.low, r), high = real(s.high, r), row = M + n + r;
    setReal(lp.b, row, high < Infinity ? high : -low);
    setReal(lp.upper, lp.columns + row, high < Infinity ? high - low : Infinity);
  }
}

/** Prices and multipliers of the rows from the simplex into the state: what `gap` reads. */
export function takeDuals(s: State, lp: Simplex): void {
  const M = s.M, n = s.n;
  for (let j: i32 = 0; j < M; ++j) setReal(s.pi, j, max(real(lp.y, j), 0));
  for (let r: i32 = 0; r < s.rows; ++r) {
    let l = real(lp.y, M + n + r);
    if (!(real(s.high, r) < Infinity)) l = -l;
    // A sign that has no bound behind it is rounding.
    if (l > 0 && real(s.high, r) == Infinity) l = 0;
    if (l < 0 && real(s.low, r) == -Infinity) l = 0;
    setReal(s.lu, r, l);
    setReal(s.ll, r, 0);
  }
}
