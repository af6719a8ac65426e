// A vertex to start the simplex from: what is worth most goes first, to whoever it is worth most to, until the item or the agent's cap is used up.
//
// Every step uses a row up, and its column becomes basic there. Rows not used up have their slacks in the basis, and a column is 0 in the rows that were:
// so B⁻¹ A_j = A_j, and a step changes two rows of the inverse, which is as exact as one made anew. Agents with constraints start with nothing, and so do
// amounts with bounds.
//
// Cost: at most as many steps as rows. One that uses up a cap looks through the agents for every item that its agent would have had.
import { integer, real, setInteger, setReal } from '../arrays';
import { exchange } from '../simplex/basis';
import { Simplex } from '../simplex/state';
import { rowCount } from './factor';
import { State } from './state';

const NOBODY: i32 = -1;

/**
 * From the basis of slacks to the greedy one. The programme's columns are the profile's variables, its rows the items, then the agents' v·x <= B, an empty
 * row where there is no cap. lp.y has what each item is worth to whoever wants it most, lp.rate who that is, lp.matrix the variable of each item and agent.
 */
export function greedyBasis(s: State, lp: Simplex): void {
  const M = s.M, n = s.n, worth = lp.y, who = lp.rate, variable = lp.matrix;
  table(s, variable);
  for (let j: i32 = 0; j < M; ++j) look(s, lp, j);
  memory.fill(lp.column, 0, <usize>lp.rows << 3);
  while (true) {
    let item: i32 = -1, most: f64 = 0;
    for (let j: i32 = 0; j < M; ++j) {
      if (real(worth, j) <= most) continue;
      item = j;
      most = real(worth, j);
    }
    if (item < 0) break;
    const i = integer(who, item);
    if (take(s, lp, item, i, integer(variable, item * n + i))) setReal(worth, item, 0);
    else for (let j: i32 = 0; j < M; ++j) if (real(worth, j) > 0 && integer(who, j) == i) look(s, lp, j);
  }
  lp.since = 0;
}

/** variable[j·n + i]: agent i's amount of item j; NOBODY where it has none, or starts with none. */
function table(s: State, variable: usize): void {
  const n = s.n;
  memory.fill(variable, 0xff, <usize>(s.M * n) << 2);
  for (let i: i32 = 0; i < n; ++i) {
    if (rowCount(s, i) > 1) continue;
    for (let v = integer(s.firstVariable, i), end = integer(s.firstVariable, i + 1); v < end; ++v) {
      if (integer(s.item, v) >= 0 && real(s.ub, v) == Infinity) setInteger(variable, integer(s.item, v) * n + i, v);
    }
  }
}

/** To whom an item is worth most, among agents with room under their caps. */
function look(s: State, lp: Simplex, j: i32): void {
  const n = s.n, own = lp.matrix + (<usize>(j * n) << 2), rows = lp.place + (<usize>(lp.columns + s.M) << 2);
  let most: f64 = 0;
  for (let i: i32 = 0; i < n; ++i) {
    const v = integer(own, i);
    if (v == NOBODY || !(real(lp.c, v) > most) || integer(rows, i) < 0) continue;
    most = real(lp.c, v);
    setInteger(lp.rate, j, i);
  }
  setReal(lp.y, j, most);
}

/** Gives as much of an item as there is, or as fits under the cap; true where the item is used up. */
function take(s: State, lp: Simplex, item: i32, i: i32, v: i32): bool {
  const cap = s.M + i, w = real(s.cap, i) < Infinity ? real(s.w, v) : 0;
  const supply = real(lp.x, item), room = real(lp.x, cap), all = w * supply <= room;
  setReal(lp.column, item, 1);
  setReal(lp.column, cap, w);
  if (all) setReal(lp.x, cap, max(room - w * supply, 0));
  else setReal(lp.x, item, max(supply - room / w, 0));
  exchange(lp, v, all ? item : cap, all ? supply : room / w, -1);
  setReal(lp.column, item, 0);
  setReal(lp.column, cap, 0);
  return all;
}
