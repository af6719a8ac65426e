// Leximin allocation of divisible items with caps and per-agent constraints, over a chunk of profiles: the smallest V_i / w_i as large as possible, then
// the next smallest, and so on. The programme's constraints are those of welfarist.ts.
//
//     round:  maximise t   s.t.  V_i / w_i >= t (agents still free),   V_i / w_i >= level_i (fixed ones),   t <= B_i / w_i
//
// An agent whose constraint has a positive multiplier is at t in every optimum of the round, so it is fixed there; so is one whose cap is t. Every
// round fixes at least one, so there are at most N (Ogryczak, Pióro, Tomaszewski, Telecommunications network design and max-min optimization
// problem, 2005). Rounds share one basis: when t has left it for the slack of a fixed agent, its column can be changed without moving anything.
//
// Out: prices and marginals are the duals of the first round: prices of supplies in units of the smallest level; marginals w.r.t. V_i,
// Σ w_i y_i = 1 unless a cap binds. objective: smallest level; dual_bound: bound on it. residual: largest relative gap of any round, or infeasibility.
// Status: SOLVED residual <= 1e-8; REDUCED_ACCURACY <= 1e-4; ITERATION_LIMIT or NUMERICAL_ERROR otherwise.
//
// Cost a round: a few pivots, each (M + N + rows)² and the nonzeros; an inversion.
import { integer, real, setInteger, setReal } from './arrays';
import { exchange, price, refactor, slackBasis, tableau } from './simplex/basis';
import { LIMIT, OPTIMAL, optimise, valueOf } from './simplex/solve';
import { Simplex, addColumn, addEntry } from './simplex/state';
import { multiplier } from './welfarist/bound';
import { rowCount, rowOf } from './welfarist/factor';
import { loadProfile } from './welfarist/load';
import { Constrained, part } from './welfarist/problem';
import { layProgramme, linearScratch, openLinear, setBounds, takeDuals } from './welfarist/programme';
import { amounts, infeasibility, utilities } from './welfarist/result';
import { measure, priced } from './welfarist/start';
import { State } from './welfarist/state';
import { ITERATION_LIMIT, NUMERICAL_ERROR, REDUCED_ACCURACY, SOLVED } from './status';

const ACCURATE: f64 = 1e-8;
const REDUCED: f64 = 1e-4;
const BINDING: f64 = 1e-9; // multiplier (they sum to 1) that fixes an agent
const AT_CAP: f64 = 1e-12;

export function leximinScratch(N: i32, M: i32, R: i32, K: i32, P: i32): usize {
  return linearScratch(N, M, R, K, P);
}

export function leximin(count: i32, problem: usize, scratch: usize): void {
  const p = changetype<Constrained>(problem), s = openLinear(p, scratch);
  for (let k: i32 = 0; k < count; ++k) {
    loadProfile(s, p, k);
    solveOne(s, p, k);
  }
}

/** Levels are in units of s.top; s.h has each agent's level per unit of its utility, s.Y its level, s.fixedCap who is fixed. */
function solveOne(s: State, p: Constrained, k: i32): void {
  const prices = p.prices + (<usize>(k * s.M) << 3), marginals = p.marginals + (<usize>(k * s.N) << 3), status = p.status + (<usize>k << 2);
  memory.fill(prices, 0, <usize>s.M << 3);
  memory.fill(marginals, 0, <usize>s.N << 3);
  setReal(p.objective, k, 0);
  setReal(p.dualBound, k, 0);
  let end = OPTIMAL, worst: f64 = 0;
  if (s.n > 0) {
    s.top = Infinity;
    for (let i: i32 = 0; i < s.n; ++i) s.top = min(s.top, real(s.unit, i) / real(s.omega, i));
    for (let i: i32 = 0; i < s.n; ++i) {
      setReal(s.h, i, real(s.unit, i) / (real(s.omega, i) * s.top));
      setReal(s.Y, i, 0);
      setInteger(s.fixedCap, i, 0);
    }
    worst = Infinity;
    end = rounds(s, p, k, prices, marginals);
    if (end == OPTIMAL) worst = s.primal;
  }
  const x = part(p.allocation, <usize>(s.N * s.M) << 3, k);
  amounts(s, x);
  utilities(s, p, k);
  const residual = max(worst, infeasibility(s, p, k, x));
  setReal(p.residual, k, residual);
  store<i32>(status, residual <= ACCURATE ? SOLVED : residual <= REDUCED ? REDUCED_ACCURACY : end == LIMIT ? ITERATION_LIMIT : NUMERICAL_ERROR);
}

/** Runs the rounds; leaves amounts in s.z and the largest gap in s.primal. */
function rounds(s: State, p: Constrained, k: i32, prices: usize, marginals: usize): i32 {
  const M = s.M, n = s.n, lp = layProgramme(s, false, -1);
  const t = addColumn(lp, 1, Infinity);
  for (let i: i32 = 0; i < n; ++i) addEntry(lp, M + i, 1 / real(s.h, i));
  setBounds(s, lp);
  slackBasis(lp);
  s.primal = 0;
  let base: f64 = 0;
  for (let free = n, round: i32 = 0; free > 0; ++round) {
    let most: f64 = Infinity;
    for (let i: i32 = 0; i < n; ++i) if (!integer(s.fixedCap, i)) most = min(most, real(s.cap, i) * real(s.h, i));
    setReal(lp.upper, t, max(most - base, 0));
    const end = optimise(lp);
    if (end != OPTIMAL) return end;
    const rise = valueOf(lp, t), level = base + rise, bound = boundOf(s, lp, t, real(lp.upper, t));
    s.primal = max(s.primal, Math.abs(bound - rise) / level);
    if (round == 0) writeDuals(s, p, k, prices, marginals, level, bound);
    const fixed = fix(s, lp, level, most);
    if (fixed == 0) return LIMIT;
    free -= fixed;
    base = level;
    if (free > 0 && !rebase(s, lp, t, base)) return LIMIT;
  }
  for (let v: i32 = 0; v < s.variables; ++v) setReal(s.z, v, max(valueOf(lp, v), 0));
  for (let j: i32 = 0; j < M; ++j) setReal(s.s, j, 0);
  measure(s);
  // Whoever has more than its cap takes less of everything.
  for (let i: i32 = 0; i < n; ++i) {
    const u = real(s.u, i), cap = real(s.cap, i);
    if (u > cap) for (let v = integer(s.firstVariable, i); v < integer(s.firstVariable, i + 1); ++v) setReal(s.z, v, real(s.z, v) * (cap / u));
  }
  return OPTIMAL;
}

/** Bound on the rise of t from the simplex's multipliers, clipped to their signs: what holds for any such numbers. */
function boundOf(s: State, lp: Simplex, t: i32, most: f64): f64 {
  const M = s.M, n = s.n;
  price(lp);
  takeDuals(s, lp);
  let shares: f64 = 0;
  for (let i: i32 = 0; i < n; ++i) {
    setReal(s.c, i, max(real(lp.y, M + i), 0));
    if (!integer(s.fixedCap, i)) shares += real(s.c, i) / real(s.h, i);
  }
  // Without a cap the shares have to make up 1.
  const scale = most < Infinity || !(shares > 0) ? 1 : 1 / shares;
  let sum = most < Infinity ? most * max(1 - shares, 0) : 0;
  for (let j: i32 = 0; j < M; ++j) {
    setReal(s.pi, j, scale * real(s.pi, j));
    if (integer(s.open, j)) sum += real(s.pi, j);
  }
  for (let r: i32 = 0; r < s.rows; ++r) setReal(s.lu, r, scale * real(s.lu, r));
  for (let i: i32 = 0; i < n; ++i) {
    const y = scale * real(s.c, i), k = rowCount(s, i), first = integer(s.firstRow, i);
    setReal(s.c, i, y);
    sum += y * real(lp.b, M + i);
    for (let r = first; r < first + k - 1; ++r) {
      const l = multiplier(s, r);
      if (l > 0) sum += l * real(s.high, r);
      else if (l < 0) sum += l * real(s.low, r);
    }
    for (let v = integer(s.firstVariable, i); v < integer(s.firstVariable, i + 1); ++v) {
      let over = y * real(s.w, v) - priced(s, s.pi, i, v);
      for (let r: i32 = 1; r < k; ++r) over -= multiplier(s, first + r - 1) * real(rowOf(s, i, r), v - integer(s.firstVariable, i));
      if (over > 0) sum += over * min(1, real(s.ub, v));
    }
  }
  return sum;
}

function writeDuals(s: State, p: Constrained, k: i32, prices: usize, marginals: usize, level: f64, bound: f64): void {
  for (let j: i32 = 0; j < s.M; ++j) if (integer(s.open, j)) setReal(prices, j, s.top * real(s.pi, j) / real(s.budget, j));
  for (let i: i32 = 0; i < s.n; ++i) setReal(marginals, integer(s.agent, i), s.top * real(s.c, i) / real(s.unit, i));
  setReal(p.objective, k, s.top * level);
  setReal(p.dualBound, k, s.top * bound);
}

/** Fixes whom the round's multipliers or caps hold at this level; returns how many. */
function fix(s: State, lp: Simplex, level: f64, most: f64): i32 {
  let count: i32 = 0;
  for (let i: i32 = 0; i < s.n; ++i) {
    if (integer(s.fixedCap, i)) continue;
    const capped = level >= most * (1 - AT_CAP) && real(s.cap, i) * real(s.h, i) <= most * (1 + AT_CAP);
    setReal(s.Y, i, level);
    if (!capped && !(real(s.c, i) / real(s.h, i) > BINDING)) continue;
    setInteger(s.fixedCap, i, 1);
    count += 1;
  }
  return count;
}

/** Moves the origin of t to the level reached and takes the fixed agents out of its column. */
function rebase(s: State, lp: Simplex, t: i32, base: f64): bool {
  const M = s.M, place = integer(lp.place, t);
  if (place >= 0) {
    // t, at its new origin 0, makes room for the slack of a fixed agent that is at 0 too: nothing moves.
    setReal(lp.x, place, 0);
    let best: i32 = -1, size: f64 = 0;
    for (let i: i32 = 0; i < s.n; ++i) {
      const j = lp.columns + M + i;
      if (!integer(s.fixedCap, i) || integer(lp.place, j) != -1) continue;
      tableau(lp, j);
      if (Math.abs(real(lp.column, place)) > size) {
        size = Math.abs(real(lp.column, place));
        best = j;
      }
    }
    if (best < 0) return false;
    tableau(lp, best);
    exchange(lp, best, place, 0, -1);
  } else setInteger(lp.place, t, -1);
  for (let i: i32 = 0, e = integer(lp.start, t); i < s.n; ++i, ++e) {
    if (integer(s.fixedCap, i)) setReal(lp.value, e, 0);
    setReal(lp.b, M + i, -real(s.Y, i) / real(s.h, i));
  }
  lp.stalled = 0;
  return refactor(lp);
}
