// The dual of the programme of participatory objectives (programme.ts), by the same simplex: a row for every amount instead of one for every pair and
// edge of envy, which is fewer unless items are many times as many as agents. In values over the largest and weights over theirs,
//
//     minimise  Σ_j π_j + Σ_ij b_j ζ_ij    s.t.  y_k a_kj − Σ_i λ_ik a_ij <= π_j + ζ_kj,     y_i = w_i − Σ_k ω_ik + Σ_k λ_ik + φ_i
//     −P_ki <= ω_ik = −ω_ki <= P_ik;   λ = λ' + λ'',  λ'_ik <= g_ik,  Σ_k λ''_ik <= e_i;   Σ φ_i = T;   everything but ω >= 0.
//
// It starts from ω at its lower ends, λ = 0, φ_1 = T and π_j = Π_j, more than any prices can ask for: what enters are p = Π − π and the rest. Duals of the
// rows are the amounts.
import { real, setInteger, setReal } from '../arrays';
import { slackBasis } from '../simplex/basis';
import { optimise, valueOf } from '../simplex/solve';
import { Simplex, addColumn, addEntry, lay, simplexBytes } from '../simplex/state';
import { Mixture } from './problem';

export function dualRows(q: Mixture): i32 {
  return q.n * q.m + (q.greatest ? q.n : 0) + (q.low > 0 ? 1 : 0);
}

function columnsOf(q: Mixture): i32 {
  const n = q.n, ordered = n * (n - 1);
  return q.m + n * q.m + (q.pairs ? ordered / 2 : 0) + (q.local ? ordered : 0) + (q.greatest ? ordered : 0) + n;
}

function nonzerosOf(q: Mixture): i32 {
  const columns = columnsOf(q);
  return q.n * q.m + columns * (2 * q.m + 1);
}

export function dualBytes(q: Mixture): usize {
  return simplexBytes(dualRows(q), columnsOf(q), nonzerosOf(q)) + (<usize>q.n << 3);
}

/** Entries by which one more unit gives agent i a price higher by `sign`, and lowers what item j is worth to agent k by a_ij (k < 0: nobody). */
function addPrice(q: Mixture, lp: Simplex, i: i32, sign: f64, k: i32): void {
  const m = q.m;
  for (let j: i32 = 0; j < m; ++j) {
    const a = real(q.values, i * m + j) / q.unit;
    addEntry(lp, i * m + j, sign * a);
    if (k >= 0) addEntry(lp, k * m + j, -a);
  }
}

/** A column for every λ of an agent and another; `most` f64[n·n], absent: no bound of its own, but agent i's together in row `from` + i. */
function addEnvy(q: Mixture, lp: Simplex, most: usize, from: i32): void {
  const n = q.n;
  for (let i: i32 = 0; i < n; ++i) for (let k: i32 = 0; k < n; ++k) {
    if (k == i) continue;
    addColumn(lp, 0, most ? real(most, i * n + k) / q.size : Infinity);
    addPrice(q, lp, i, 1, k);
    if (!most) addEntry(lp, from + i, 1);
  }
}

/** What y starts from, and Π: twice the most that any prices can ask for, and 1. */
function begin(q: Mixture, lp: Simplex, y: usize): void {
  const n = q.n, m = q.m;
  for (let i: i32 = 0; i < n; ++i) setReal(y, i, (real(q.weight, i) + (i == 0 ? q.low : 0)) / q.size);
  for (let i: i32 = 0; i < n; ++i) for (let k = i + 1; k < n; ++k) {
    const low = (real(q.beta, k) + real(q.alpha, i)) / q.size;
    setReal(y, i, real(y, i) + low);
    setReal(y, k, real(y, k) - low);
  }
  let top: f64 = 0;
  for (let i: i32 = 0; i < n; ++i) {
    let most = real(q.weight, i) + q.low + real(q.e, i);
    for (let k: i32 = 0; k < n; ++k) if (k != i) most += real(q.g, i * n + k) + Math.abs(real(q.beta, k)) + Math.abs(real(q.alpha, i));
    top = max(top, most / q.size);
  }
  for (let j: i32 = 0; j < m; ++j) {
    let worth: f64 = 0;
    for (let i: i32 = 0; i < n; ++i) worth = max(worth, real(q.values, i * m + j) / q.unit);
    const ceiling = 2 * top * worth + 1;
    setReal(lp.upper, j, ceiling);
    for (let i: i32 = 0; i < n; ++i) setReal(lp.b, i * m + j, ceiling - real(y, i) * real(q.values, i * m + j) / q.unit);
  }
  const rows = lp.rows;
  if (q.greatest) for (let i: i32 = 0; i < n; ++i) setReal(lp.b, n * m + i, real(q.e, i) / q.size);
  if (q.low > 0) setReal(lp.b, rows - 1, q.low / q.size);
  for (let r: i32 = 0; r < rows; ++r) setReal(lp.upper, lp.columns + r, Infinity);
}

/** Reads prices of utilities and envy duals from the columns. */
function readDuals(q: Mixture, lp: Simplex, y: usize): void {
  const n = q.n, size = q.size;
  memory.fill(q.envyDuals, 0, <usize>(n * n) << 3);
  let column = q.m + n * q.m;
  if (q.pairs) for (let i: i32 = 0; i < n; ++i) for (let k = i + 1; k < n; ++k, ++column) {
    const up = valueOf(lp, column);
    setReal(y, i, real(y, i) - up);
    setReal(y, k, real(y, k) + up);
  }
  for (let part: i32 = 0; part < 2; ++part) {
    if (!(part == 0 ? q.local : q.greatest)) continue;
    for (let i: i32 = 0; i < n; ++i) for (let k: i32 = 0; k < n; ++k) {
      if (k == i) continue;
      const dual = max(valueOf(lp, column++), 0);
      setReal(y, i, real(y, i) + dual);
      setReal(q.envyDuals, i * n + k, real(q.envyDuals, i * n + k) + dual * size);
    }
  }
  if (q.low > 0) for (let i: i32 = 1; i < n; ++i, ++column) {
    const up = valueOf(lp, column);
    setReal(y, 0, real(y, 0) - up);
    setReal(y, i, real(y, i) + up);
  }
  for (let i: i32 = 0; i < n; ++i) setReal(q.dual, i, real(y, i) * size);
}

/** Solves a profile in memory at `work`, writes allocation and duals, and says how the simplex ended; its steps go to `steps`. */
export function solveDual(q: Mixture, work: usize, steps: usize): i32 {
  const n = q.n, m = q.m, size = q.size, y = work, lp = lay(work + (<usize>n << 3), dualRows(q), columnsOf(q), nonzerosOf(q));
  for (let j: i32 = 0; j < m; ++j) {
    addColumn(lp, 1, 0);
    for (let k: i32 = 0; k < n; ++k) addEntry(lp, k * m + j, 1);
  }
  for (let e: i32 = 0; e < n * m; ++e) {
    const b = real(q.upper, e % m);
    addColumn(lp, -b, b < 1 ? Infinity : 0);
    addEntry(lp, e, -1);
  }
  if (q.pairs) for (let i: i32 = 0; i < n; ++i) for (let k = i + 1; k < n; ++k) {
    addColumn(lp, 0, (real(q.beta, i) + real(q.alpha, k) + real(q.beta, k) + real(q.alpha, i)) / size);
    addPrice(q, lp, i, -1, -1);
    addPrice(q, lp, k, 1, -1);
  }
  if (q.local) addEnvy(q, lp, q.g, 0);
  if (q.greatest) addEnvy(q, lp, 0, n * m);
  if (q.low > 0) for (let i: i32 = 1; i < n; ++i) {
    addColumn(lp, 0, Infinity);
    addPrice(q, lp, i, 1, -1);
    addPrice(q, lp, 0, -1, -1);
    addEntry(lp, lp.rows - 1, 1);
  }
  begin(q, lp, y);
  slackBasis(lp);
  const end = optimise(lp);
  setInteger(steps, 0, lp.pivots);
  for (let e: i32 = 0; e < n * m; ++e) setReal(q.allocation, e, min(max(real(lp.y, e), 0), real(q.upper, e % m)));
  readDuals(q, lp, y);
  return end;
}
