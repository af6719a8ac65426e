// The first basis of the ordered-partition simplex: every item to whose value of it counts most (c_i a_ij), levels in the order of the utilities.
//
// Row of item j: who gets the last of it, or its slack. Row of agent i: its level; agents with nothing (who could have something) share one
// level, and each but one of them has a basic amount of 0 of its best item. The inverse of that is known:
//
//     z_j = p_j − Σ z_i over sharers of j,    t_i = Σ a_ij z_j − q_i over j that i gets,    t = −q_first,    z_i = (q_i − q_first)/a_i,best
//
// Right sides are shifted by about 1e-8, each by its own amount, so that no two bounds are reached at once; q_first is the least, so the start
// is feasible.
import { integer, real, setInteger, setReal } from '../arrays';
import { powerAbove } from '../power';
import { keyed, unit } from '../random';
import { LEVEL, State } from './state';
import { refineValues } from './refine';

/** Scaled values and shifted right sides. False where nothing is worth anything. */
function scale(s: State, shift: f64): bool {
  const entries = s.n * s.m, values = s.q.values;
  let largest: f64 = 0;
  for (let e: i32 = 0; e < entries; ++e) if (real(s.q.upper, e % s.m) > 0) largest = max(largest, real(values, e));
  if (!(largest > 0)) return false;
  const power = powerAbove(largest);
  for (let e: i32 = 0; e < entries; ++e) setReal(s.a, e, real(values, e) / power);
  for (let j: i32 = 0; j < s.m; ++j) setReal(s.right, j, 1 - shift * (0.5 + unit(keyed(0, j))));
  for (let i: i32 = 0, e: i32 = 0; i < s.n; ++i) {
    let best: f64 = 0;
    for (let j: i32 = 0; j < s.m; ++j, ++e) best = max(best, real(s.a, e));
    setReal(s.right, s.m + i, shift * (best > 0 ? best : 1) * (0.5 + unit(keyed(0, s.m + i))));
  }
  return true;
}

/** Gives item j to whose value of it counts most; what is basic in its row. */
function serve(s: State, j: i32): void {
  const n = s.n, m = s.m, most = real(s.q.upper, j), weight = s.q.weight;
  let left = real(s.right, j);
  while (true) {
    let best: i32 = -1, worth: f64 = 0;
    for (let i: i32 = 0, e = j; i < n; ++i, e += m) {
      if (real(s.side, e) <= 0) continue;
      const c = real(weight, i) * real(s.a, e);
      if (!(c > worth)) continue;
      worth = c;
      best = e;
    }
    if (best < 0) break;
    if (most >= left) {
      setReal(s.side, best, 0);
      setInteger(s.basis, j, best);
      setReal(s.most, j, most < 1 ? most : Infinity);
      return;
    }
    setReal(s.side, best, -1);
    left -= most;
  }
  setInteger(s.basis, j, n * m + j);
  setReal(s.side, n * m + j, 0);
  setReal(s.most, j, Infinity);
}

/** The entry of agent i that it values most, −1 if it can get nothing of value. */
function favourite(s: State, i: i32): i32 {
  let best: i32 = -1, worth: f64 = 0;
  for (let j: i32 = 0, e = i * s.m; j < s.m; ++j, ++e) {
    if (real(s.q.upper, j) > 0 && real(s.a, e) > worth) {
      worth = real(s.a, e);
      best = e;
    }
  }
  return best;
}

function hasNothing(s: State, i: i32): bool {
  for (let e = i * s.m, end = e + s.m; e < end; ++e) if (real(s.side, e) < 0) return false;
  for (let j: i32 = 0; j < s.m; ++j) {
    const code = integer(s.basis, j);
    if (code < s.n * s.m && code / s.m == i) return false;
  }
  return true;
}

// @ts-ignore: decorator
@inline function put(s: State, row: i32, column: i32, x: f64): void { setReal(s.inverse + s.pitch * <usize>column, row, x); }

/** Builds the first basis. False where nothing is worth anything. */
export function start(s: State, shift: f64): bool {
  if (!scale(s, shift)) return false;
  const n = s.n, m = s.m, entries = n * m;
  for (let e: i32 = 0, j: i32 = 0; e < entries; ++e) {
    setReal(s.side, e, real(s.a, e) > 0 && real(s.q.upper, j) > 0 ? 1 : 0);
    if (++j == m) j = 0;
  }
  for (let j: i32 = 0; j < m; ++j) setReal(s.side, entries + j, 1);
  memory.fill(s.inverse, 0, s.pitch * <usize>s.rows);
  memory.fill(s.x, 0, s.pitch);
  memory.fill(s.dual, 0, s.pitch);
  memory.fill(s.right + (<usize>s.rows << 3), 0, s.pitch - (<usize>s.rows << 3));
  for (let j: i32 = 0; j < m; ++j) {
    serve(s, j);
    put(s, j, j, 1);
  }
  // Who has nothing, and whose shift is least among them.
  let first: i32 = -1;
  for (let i: i32 = 0; i < n; ++i) {
    const own = favourite(s, i);
    const poor = own >= 0 && hasNothing(s, i);
    setInteger(s.place, i, poor ? own : -1);
    if (poor && (first < 0 || real(s.right, m + i) < real(s.right, m + first))) first = i;
  }
  for (let i: i32 = 0; i < n; ++i) {
    const row = m + i, own = integer(s.place, i);
    setReal(s.most, row, Infinity);
    put(s, row, row, -1);
    setInteger(s.basis, row, LEVEL);
    if (own < 0 || i == first) continue;
    const a = 1 / real(s.a, own), j = own % m;
    put(s, row, row, a);
    put(s, row, m + first, -a);
    put(s, j, row, -a);
    put(s, j, m + first, a + real(s.inverse + s.pitch * <usize>(m + first), j));
    setInteger(s.basis, row, own);
    setReal(s.most, row, real(s.q.upper, j) < 1 ? real(s.q.upper, j) : Infinity);
    setReal(s.side, own, 0);
  }
  for (let j: i32 = 0; j < m; ++j) {
    const code = integer(s.basis, j);
    if (code >= entries) continue;
    const row = m + code / m, a = real(s.a, code);
    for (let k: i32 = 0; k < s.rows; ++k) {
      const at = s.inverse + s.pitch * <usize>k, x = real(at, j);
      if (x != 0) setReal(at, row, real(at, row) + a * x);
    }
  }
  seatAgents(s, first);
  return true;
}

/** Seats the groups whose levels are those of the agents in `heads`, richest first; all poor ones sit with `first`. */
function seat(s: State, heads: usize, first: i32): void {
  let at: i32 = 0;
  for (let g: i32 = 0; g < s.groups; ++g) {
    const i = integer(heads, g);
    setInteger(s.level, g, s.m + i);
    setInteger(s.start, g, at);
    setInteger(s.seat, at++, i);
    if (i != first) continue;
    for (let k: i32 = 0; k < s.n; ++k) if (integer(s.place, k) >= 0 && k != first) setInteger(s.seat, at++, k);
  }
  setInteger(s.start, s.groups, s.n);
}

/** Groups in falling order of level. */
function seatAgents(s: State, first: i32): void {
  const heads = s.column; // nothing enters yet
  s.groups = 0;
  for (let i: i32 = 0; i < s.n; ++i) if (integer(s.place, i) < 0 || i == first) setInteger(heads, s.groups++, i);
  seat(s, heads, first);
  refineValues(s);
  for (let p: i32 = 1; p < s.groups; ++p) {
    const i = integer(heads, p), t = real(s.x, s.m + i);
    let h = p;
    for (; h > 0 && real(s.x, s.m + integer(heads, h - 1)) < t; --h) setInteger(heads, h, integer(heads, h - 1));
    setInteger(heads, h, i);
  }
  seat(s, heads, first);
}
