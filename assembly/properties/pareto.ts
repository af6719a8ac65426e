// Pareto efficiency: what could be given to some without taking from any.
//
//     maximise  Σ_i g_i / U_i     s.t.  g_i = v_i·δ_i >= 0,   −a_im <= δ_im <= c_im − a_im,   Σ_i δ_im <= b_m − Σ_i a_im
//
// over changes δ of the amounts a, i among the agents who can gain (w_i > 0, U_i > 0; U_i, c as bundle.ts). 0 if and only if a is Pareto efficient; δ = 0 is
// feasible, so the primal simplex of assembly/simplex starts there. Amounts below 0 or beyond c count as 0 and c. A change is two columns,
// t = up in shares of c_im and down in shares of a_im; rows are relative to b_m and U_i.
//
// Indivisible items (owner) are efficient if the programme says so, since changes of whole items are among its own. Otherwise all reassignments are searched, depth
// first with bounds, and the number is the largest gain found; NaN where NODES steps found none and left some.
//
// values, demands, budgets, weights, allocation or owner (the other address 0): in, of a chunk; strides in elements
// out         f64[B]    out: 0 up to 1e-9, which solvers leave; NaN where there are more than ROWS agents and items, or no optimum was found
// scratch     paretoScratch(N, M) bytes
//
// Cost about two pivots a row, each (N + M)² + 4NM.
// Mas-Colell, Whinston, Green, Microeconomic Theory, 1995, section 16.B; Barman, Krishnamurthy, Vaish, Finding Fair and Efficient Allocations, 2018 (owners).
import { integer, real, setInteger, setReal } from '../arrays';
import { slackBasis } from '../simplex/basis';
import { OPTIMAL, optimise, valueOf } from '../simplex/solve';
import { Simplex, addColumn, addEntry, lay, simplexBytes } from '../simplex/state';
import { aloneUtility, demand, ownUtility, profile, rounding } from './bundle';

const ROWS: i32 = 256;
const NODES: i32 = 50000;
const LEFT: f64 = 1e-9;

export function paretoScratch(agents: i32, items: i32): usize {
  const lists = (<usize>(4 * agents + items) << 3) + (<usize>(agents + 1) * <usize>(items + 1) << 3) + 64;
  return agents + items > ROWS ? lists : lists + simplexBytes(agents + items, 2 * agents * items, 4 * agents * items);
}

export function pareto(
  count: i32, agents: i32, items: i32,
  values: usize, valuesStride: i32, demands: usize, demandsStride: i32, budgets: usize, budgetsStride: i32,
  weights: usize, weightsStride: i32, allocation: usize, allocationStride: i32, owner: usize, ownerStride: i32,
  out: usize, scratch: usize,
): void {
  const own = scratch, unit = own + (<usize>agents << 3), rest = unit + (<usize>agents << 3);
  for (let k: i32 = 0; k < count; ++k) {
    const v = profile(values, valuesStride, k, 3), x = profile(demands, demandsStride, k, 3), b = profile(budgets, budgetsStride, k, 3);
    const w = profile(weights, weightsStride, k, 3), a = profile(allocation, allocationStride, k, 3), o = profile(owner, ownerStride, k, 2);
    for (let i: i32 = 0; i < agents; ++i) {
      const alone = aloneUtility(i, items, v, x, b, a == 0);
      setReal(own, i, ownUtility(i, items, v, x, b, a, o));
      setReal(unit, i, (w == 0 ? 1.0 : real(w, i)) > 0 ? alone : 0);
    }
    let result = agents + items > ROWS ? NaN : tradeable(agents, items, v, x, b, a, o, unit, rest);
    if (a == 0 && !(result <= LEFT)) result = searched(agents, items, v, own, unit, rest);
    setReal(out, k, result <= LEFT ? 0 : result);
  }
}

/** The optimum of the programme. */
function tradeable(N: i32, M: i32, v: usize, x: usize, b: usize, a: usize, o: usize, unit: usize, base: usize): f64 {
  const lp = lay(base, N + M, 2 * N * M, 4 * N * M);
  for (let m: i32 = 0; m < M; ++m) setReal(lp.b, m, 1);
  for (let i: i32 = 0, j: i32 = 0; i < N; ++i) {
    setReal(lp.b, M + i, 0);
    const whole = real(unit, i);
    for (let m: i32 = 0; m < M; ++m, ++j) {
      const at = <usize>j << 3, item = <usize>m << 3;
      const supply = a == 0 ? 1.0 : demand(0, b, 0, item), most = a == 0 ? 1.0 : demand(x, b, at, item);
      const given = a == 0 ? f64(integer(o, m) == i) : real(a, j), held = min(max(given, 0), most);
      if (isNaN(held)) return NaN;
      if (!(supply > 0)) continue;
      setReal(lp.b, m, real(lp.b, m) - held / supply);
      const room = most - held, value = whole > 0 ? real(v, j) / whole : 0;
      if (room > 0 && value > 0) change(lp, M + i, m, value * room, room / supply);
      if (held > 0) change(lp, whole > 0 ? M + i : -1, m, -value * held, -held / supply);
    }
  }
  for (let m: i32 = 0; m < M; ++m) setReal(lp.b, m, max(real(lp.b, m), 0));
  for (let r: i32 = 0; r < N + M; ++r) setReal(lp.upper, lp.columns + r, Infinity);
  slackBasis(lp);
  if (optimise(lp) != OPTIMAL) return NaN;
  let gain: f64 = 0;
  for (let j: i32 = 0; j < lp.columns; ++j) gain += real(lp.c, j) * valueOf(lp, j);
  return max(gain, 0);
}

/** A column that goes from 0 to 1: what the change is worth to the agent of row `agent` (-1: to nobody), and the share of item m's supply that it takes. */
function change(lp: Simplex, agent: i32, m: i32, worth: f64, taken: f64): void {
  addColumn(lp, worth, 1);
  addEntry(lp, m, taken);
  if (agent >= 0) addEntry(lp, agent, -worth);
}

/** The largest gain of reassigning whole items. `room`: f64[N] what agents have, f64[(M + 1) N] what may come, i32[M] to whom items go. */
function searched(N: i32, M: i32, v: usize, own: usize, unit: usize, room: usize): f64 {
  const now = room, later = now + (<usize>N << 3), choice = later + (<usize>(N * (M + 1)) << 3);
  for (let i: i32 = 0; i < N; ++i) {
    setReal(later, M * N + i, 0);
    for (let m = M - 1; m >= 0; --m) setReal(later, m * N + i, real(later, (m + 1) * N + i) + real(v, i * M + m));
  }
  let best: f64 = 0, m: i32 = 0, nodes: i32 = 0;
  setInteger(choice, 0, -1);
  while (m >= 0) {
    const next = integer(choice, m) + 1;
    if (next == N) {
      --m;
      continue;
    }
    if (++nodes > NODES) return best > 0 ? best : NaN;
    setInteger(choice, m, next);
    for (let i: i32 = 0; i < N; ++i) setReal(now, i, 0);
    for (let l: i32 = 0; l <= m; ++l) setReal(now, integer(choice, l), real(now, integer(choice, l)) + real(v, integer(choice, l) * M + l));
    const most = reachable(N, M, own, unit, now, later + (<usize>((m + 1) * N) << 3));
    if (most <= max(best, LEFT)) continue;
    if (m + 1 == M) best = most;
    else setInteger(choice, ++m, -1);
  }
  return best;
}

/** Σ_i g_i / U_i if everybody got all that may come; −1 where somebody loses even then. */
function reachable(N: i32, M: i32, own: usize, unit: usize, now: usize, later: usize): f64 {
  let sum: f64 = 0;
  for (let i: i32 = 0; i < N; ++i) {
    if (!(real(unit, i) > 0)) continue;
    const gain = real(now, i) + real(later, i) - real(own, i);
    if (gain < -rounding(real(own, i), M)) return -1;
    sum += max(gain, 0) / real(unit, i);
  }
  return sum;
}
