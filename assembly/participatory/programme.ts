// The linear programme of participatory objectives, by the primal simplex of assembly/simplex, in values over the largest and weights over theirs. Where
// agents are many for the items, its dual (dual.ts) has fewer rows.
//
//     columns  x_ij <= b_j;  u_i;  d⁺, d⁻ of every pair;  envy of every edge;  greatest envy of every agent;  t, the smallest utility
//     rows     Σ_i x_ij <= 1;  Σ_j a_ij x_ij = u_i;  u_i − u_k = d⁺ − d⁻;  v_i·x_k − u_i <= envy_ik;  v_i·x_k − u_i <= greatest_i;  t <= u_i
//
// A pair costs P_ik d⁺ + P_ki d⁻, which is least at max(P_ik d, −P_ki d) as P_ik + P_ki >= 0. x = 0 is feasible with u and d⁺ basic.
import { real, setInteger, setReal } from '../arrays';
import { exchange, slackBasis, tableau } from '../simplex/basis';
import { optimise, valueOf } from '../simplex/solve';
import { Simplex, addColumn, addEntry, lay, simplexBytes } from '../simplex/state';
import { Mixture } from './problem';

/** Rows past which a programme is not tried: its inverse alone would take 128 MB. */
export const MOST_ROWS: i32 = 4000;

export function rowsOf(q: Mixture): i32 {
  const n = q.n, ordered = n * (n - 1);
  return q.m + n + (q.pairs ? ordered / 2 : 0) + (q.local ? ordered : 0) + (q.greatest ? ordered : 0) + (q.low > 0 ? n : 0);
}

function columnsOf(q: Mixture): i32 {
  const n = q.n, ordered = n * (n - 1);
  return n * q.m + n + (q.pairs ? ordered : 0) + (q.local ? ordered : 0) + (q.greatest ? n : 0) + 1;
}

function nonzerosOf(q: Mixture): i32 {
  const n = q.n, envied = (q.local ? 1 : 0) + (q.greatest ? 1 : 0);
  return n * q.m * (2 + envied * (n - 1)) + n * (2 + (1 + envied) * (n - 1)) + 4 * n * n + n;
}

/** Bytes for the programme of a profile with those parts. */
export function programmeBytes(q: Mixture): usize {
  return simplexBytes(rowsOf(q), columnsOf(q), nonzerosOf(q));
}

// @ts-ignore: decorator
@inline function pairRow(n: i32, i: i32, k: i32): i32 { return i * (2 * n - i - 1) / 2 + k - i - 1; }

// @ts-ignore: decorator
@inline function edgeRow(n: i32, i: i32, k: i32): i32 { return i * (n - 1) + (k > i ? k - 1 : k); }

/** First rows of the parts; −1 where a part is absent. */
@unmanaged
class Rows {
  utility: i32;
  pair: i32;
  local: i32;
  greatest: i32;
  floor: i32;
}

export const ROWS_BYTES: usize = (offsetof<Rows>() + 15) & ~15;

function placeRows(r: Rows, q: Mixture): void {
  const n = q.n, ordered = n * (n - 1);
  let next = q.m;
  r.utility = next;
  next += n;
  r.pair = q.pairs ? next : -1;
  if (q.pairs) next += ordered / 2;
  r.local = q.local ? next : -1;
  if (q.local) next += ordered;
  r.greatest = q.greatest ? next : -1;
  if (q.greatest) next += ordered;
  r.floor = q.low > 0 ? next : -1;
}

/** Columns of amounts and utilities. */
function addAmounts(q: Mixture, lp: Simplex, r: Rows): void {
  const n = q.n, m = q.m, unit = q.unit;
  for (let k: i32 = 0; k < n; ++k) {
    for (let j: i32 = 0; j < m; ++j) {
      const b = real(q.upper, j);
      addColumn(lp, 0, b >= 1 ? Infinity : b);
      addEntry(lp, j, 1);
      addEntry(lp, r.utility + k, real(q.values, k * m + j) / unit);
      for (let i: i32 = 0; i < n; ++i) {
        if (i == k) continue;
        const v = real(q.values, i * m + j) / unit;
        if (r.local >= 0) addEntry(lp, r.local + edgeRow(n, i, k), v);
        if (r.greatest >= 0) addEntry(lp, r.greatest + edgeRow(n, i, k), v);
      }
    }
  }
  for (let i: i32 = 0; i < n; ++i) {
    addColumn(lp, real(q.weight, i) / q.size, Infinity);
    addEntry(lp, r.utility + i, -1);
    for (let k: i32 = 0; k < n; ++k) {
      if (k == i) continue;
      if (r.pair >= 0) addEntry(lp, r.pair + (i < k ? pairRow(n, i, k) : pairRow(n, k, i)), i < k ? 1 : -1);
      if (r.local >= 0) addEntry(lp, r.local + edgeRow(n, i, k), -1);
      if (r.greatest >= 0) addEntry(lp, r.greatest + edgeRow(n, i, k), -1);
    }
    if (r.floor >= 0) addEntry(lp, r.floor + i, -1);
  }
}

/** Columns of what agents mind, and of the floor. */
function addParts(q: Mixture, lp: Simplex, r: Rows): void {
  const n = q.n, size = q.size;
  if (r.pair >= 0) for (let i: i32 = 0; i < n; ++i) for (let k = i + 1; k < n; ++k) {
    addColumn(lp, -(real(q.beta, i) + real(q.alpha, k)) / size, Infinity);
    addEntry(lp, r.pair + pairRow(n, i, k), -1);
    addColumn(lp, -(real(q.beta, k) + real(q.alpha, i)) / size, Infinity);
    addEntry(lp, r.pair + pairRow(n, i, k), 1);
  }
  if (r.local >= 0) for (let i: i32 = 0; i < n; ++i) for (let k: i32 = 0; k < n; ++k) {
    if (k == i) continue;
    addColumn(lp, -real(q.g, i * n + k) / size, Infinity);
    addEntry(lp, r.local + edgeRow(n, i, k), -1);
  }
  if (r.greatest >= 0) for (let i: i32 = 0; i < n; ++i) {
    addColumn(lp, -real(q.e, i) / size, Infinity);
    for (let k: i32 = 0; k < n; ++k) if (k != i) addEntry(lp, r.greatest + edgeRow(n, i, k), -1);
  }
  if (r.floor >= 0) {
    addColumn(lp, q.low / size, Infinity);
    for (let i: i32 = 0; i < n; ++i) addEntry(lp, r.floor + i, 1);
  }
}

function enter(lp: Simplex, column: i32, row: i32): void {
  tableau(lp, column);
  exchange(lp, column, row, 0, -1);
}

/** Starts with utilities and d⁺ basic in their rows, which are equations. */
function begin(q: Mixture, lp: Simplex, r: Rows): void {
  const n = q.n, first = n * q.m, rows = lp.rows;
  for (let i: i32 = 0; i < rows; ++i) {
    setReal(lp.b, i, i < q.m ? 1 : 0);
    const equation = i >= r.utility && i < r.utility + n || r.pair >= 0 && i >= r.pair && i < r.pair + n * (n - 1) / 2;
    setReal(lp.upper, lp.columns + i, equation ? 0 : Infinity);
  }
  slackBasis(lp);
  for (let i: i32 = 0; i < n; ++i) enter(lp, first + i, r.utility + i);
  if (r.pair >= 0) for (let k: i32 = 0; k < n * (n - 1) / 2; ++k) enter(lp, first + n + 2 * k, r.pair + k);
}

/** Solves a profile in memory at `work`, writes allocation and duals, and says how the simplex ended; its steps go to `steps`. */
export function solveMixture(q: Mixture, work: usize, steps: usize): i32 {
  const n = q.n, m = q.m, size = q.size;
  const r = changetype<Rows>(work), lp = lay(work + ROWS_BYTES, rowsOf(q), columnsOf(q), nonzerosOf(q));
  placeRows(r, q);
  addAmounts(q, lp, r);
  addParts(q, lp, r);
  begin(q, lp, r);
  const before = lp.pivots, end = optimise(lp);
  setInteger(steps, 0, lp.pivots - before);
  for (let e: i32 = 0; e < n * m; ++e) setReal(q.allocation, e, min(max(valueOf(lp, e), 0), real(q.upper, e % m)));
  for (let i: i32 = 0; i < n; ++i) {
    setReal(q.dual, i, -real(lp.y, r.utility + i) * size);
    for (let k: i32 = 0; k < n; ++k) {
      let dual: f64 = 0;
      if (k != i && r.local >= 0) dual += max(real(lp.y, r.local + edgeRow(n, i, k)), 0);
      if (k != i && r.greatest >= 0) dual += max(real(lp.y, r.greatest + edgeRow(n, i, k)), 0);
      setReal(q.envyDuals, i * n + k, dual * size);
    }
  }
  return end;
}
