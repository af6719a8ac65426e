// Proportional fairness with an optional linear regularizer, over a chunk of profiles.
//
//     maximise  Σ_i w_i log(v_i·a_i) − ⟨z, a⟩     s.t.  0 <= a <= x,  Σ_i a_im <= b_m
//
// (Zeng et al., Near-Optimal Fair Resource Allocation for Strategic Agents without Money, 2023, Eq. 3; Eq. 14 with z.)
// A demand above the supply cannot bind. Optimality: w_i v_im/u_i − z_im − λ_m + μ_im − ν_im = 0, signs, complementarity.
//
// Entries with x = 0 are fixed at 0; an agent with w = 0 or Σ_m v_im x_im = 0 has no log term and gets nothing. Where the optimum
// is not unique the answer is the analytic centre of the optimal face. Two profiles share the lanes of an f64x2;
// a profile's bits do not depend on its neighbour.
//
// Cost per iteration about M² + 100 M operations an agent and M³/6 for the items, 3 to 10 iterations; memory about 320 N M bytes a pair.
// Status: SOLVED residual <= 1e-8; REDUCED_ACCURACY residual <= 1e-6, or 1e-2 where the exact solve verified the point and the residual
// is rounding of huge duals; ITERATION_LIMIT or NUMERICAL_ERROR otherwise.
import { BROKEN, CONVERGED, EXACT, ITERATIONS, TIED, advance, begin, solveCentred } from './ipm/solve';
import { A, AGENT, AMPLE, END, ENTRY, ITEM, ITEM_SCALE, ITERATION, LAMBDA, MU, NU, ON, RATIO, S, WEIGHT, WEIGHT_SCALE, agentsAt, entriesAt, itemsAt, workBytes } from './ipm/layout';
import { Problem, at, cap, number } from './ipm/problem';
import { residual } from './ipm/residual';
import { loadLane, priceAmple } from './ipm/start';
import { add, and, div, max, min, mul, splat, sub, where } from './lanes';
import { ITERATION_LIMIT, NUMERICAL_ERROR, REDUCED_ACCURACY, SOLVED } from './status';

const ACCURATE: f64 = 1e-8;
const REDUCED: f64 = 1e-6;
const ROUNDED: f64 = 1e-2; // an exact optimum's residual is rounding, however large where values span many magnitudes

/** Bytes of scratch memory that a call needs. */
export function proportionalFairnessScratch(N: i32, M: i32): usize {
  return offsetof<Problem>() + 64 + workBytes(N, M) + (<usize>M << 4);
}

/**
 * Answers at once where no item is scarce and everybody wants more of everything: a = x, prices 0. Returns false where some item is, or may
 * be, or where an agent would rather not have all that it demands, or does not mind. The interior point seldom gets there where the
 * regularizer is negative and an agent demands next to nothing.
 */
function unconstrained(p: Problem, k: i32): bool {
  const N = p.N, M = p.M;
  const values = at(p.values, p.valuesStep, k), demands = at(p.demands, p.demandsStep, k);
  const budgets = at(p.budgets, p.budgetsStep, k), weights = at(p.weights, p.weightsStep, k);
  const regularizer = at(p.regularizer, p.regularizerStep, k);
  for (let m: i32 = 0; m < M; ++m) {
    let wanted: f64 = 0;
    for (let i: i32 = 0, j = m; i < N; ++i, j += M) wanted += cap(demands, budgets, j, m);
    if (wanted > number(budgets, m, 1)) return false;
  }
  for (let i: i32 = 0, j: i32 = 0; i < N; ++i) {
    const w = number(weights, i, 1), first = j;
    let needless = false, full: f64 = 0;
    for (let m: i32 = 0; m < M; ++m, ++j) {
      const x = cap(demands, budgets, j, m), v = number(values, j, 0);
      full += x * v;
      if (x > 0 && v == 0) needless = true;
    }
    if (!(w > 0 && full > 0)) continue;
    if (!regularizer) {
      if (needless) return false; // what it gets of a worthless item is not determined
      continue;
    }
    for (let m: i32 = 0, l = first; m < M; ++m, ++l) {
      if (cap(demands, budgets, l, m) > 0 && !(w / full * number(values, l, 0) > number(regularizer, l, 0))) return false;
    }
  }
  const entries = <usize>(N * M) << 3;
  let a = p.allocation + entries * k, mu = p.lower + entries * k, nu = p.upper + entries * k;
  for (let i: i32 = 0, j: i32 = 0; i < N; ++i) {
    const w = number(weights, i, 1);
    let full: f64 = 0;
    for (let m: i32 = 0; m < M; ++m) full += number(values, j + m, 0) * cap(demands, budgets, j + m, m);
    const live = w > 0 && full > 0;
    const slope = live ? w / full : 0;
    store<f64>(p.utilities + (<usize>(k * N + i) << 3), live ? full : 0);
    for (let m: i32 = 0; m < M; ++m, ++j, a += 8, mu += 8, nu += 8) {
      store<f64>(a, live ? cap(demands, budgets, j, m) : 0);
      const dual = slope * number(values, j, 0) - number(regularizer, j, 0);
      store<f64>(mu, Math.max(-dual, 0));
      store<f64>(nu, Math.max(dual, 0));
    }
  }
  for (let m: i32 = 0; m < M; ++m) store<f64>(p.prices + (<usize>(k * M + m) << 3), 0);
  return true;
}

/** Writes a lane's answer in the user's units. No branch depends on an entry. */
function unload(p: Problem, work: usize, lane: usize, k: i32): void {
  const N = p.N, M = p.M;
  const values = at(p.values, p.valuesStep, k), demands = at(p.demands, p.demandsStep, k);
  const budgets = at(p.budgets, p.budgetsStep, k), weights = at(p.weights, p.weightsStep, k);
  const regularizer = at(p.regularizer, p.regularizerStep, k);
  const items = itemsAt(work) + lane;
  const zero = splat(0);
  if (load<i32>(work + lane, AMPLE)) priceAmple(work, lane, N, M, demands, budgets);
  const unit = load<f64>(work + lane, WEIGHT_SCALE);
  const prices = p.prices + (<usize>(k * M) << 3);
  for (let m: i32 = 0, item = items; m < M; ++m, item += ITEM) {
    const b = load<f64>(item, ITEM_SCALE), scale = b > 0 ? unit / b : 0;
    store<f64>(item, scale, RATIO);
    store<f64>(prices + (<usize>m << 3), load<f64>(item, LAMBDA) * scale);
  }
  let e = entriesAt(work, N, M) + lane, agent = agentsAt(work, M) + lane;
  const entries = <usize>(N * M) << 3;
  let a = p.allocation + entries * k, mu = p.lower + entries * k, nu = p.upper + entries * k;
  for (let i: i32 = 0, j: i32 = 0; i < N; ++i, agent += AGENT) {
    let u = zero;
    const first = e;
    for (let m: i32 = 0, item = items; m < M; ++m, e += ENTRY, item += ITEM, a += 8) {
      const b = load<f64>(item, ITEM_SCALE);
      const x = min(splat(cap(demands, budgets, j + m, m)), splat(b));
      const scaled = mul(v128.load64_splat(e, A), splat(b));
      // Rounding of the units must not miss the bound.
      const amount = and(where(f64x2.eq(v128.load64_splat(e, S), zero), x, min(scaled, x)), v128.load64_splat(e, ON));
      u = add(u, mul(splat(number(values, j + m, 0)), amount));
      v128.store64_lane(a, amount, 0);
    }
    const live = f64x2.gt(v128.load64_splat(agent, WEIGHT), zero);
    v128.store64_lane(p.utilities + (<usize>(k * N + i) << 3), and(u, live), 0);
    const slope = and(div(splat(number(weights, i, 1)), u), live);
    e = first;
    for (let m: i32 = 0, item = items; m < M; ++m, ++j, e += ENTRY, item += ITEM, mu += 8, nu += 8) {
      const on = v128.load64_splat(e, ON), scale = v128.load64_splat(item, RATIO);
      // Entries fixed at 0 get the duals that stationarity asks for.
      const dual = sub(splat(load<f64>(prices + (<usize>m << 3)) + number(regularizer, j, 0)), mul(slope, splat(number(values, j, 0))));
      v128.store64_lane(mu, where(on, mul(v128.load64_splat(e, MU), scale), max(dual, zero)), 0);
      v128.store64_lane(nu, where(on, mul(v128.load64_splat(e, NU), scale), max(f64x2.neg(dual), zero)), 0);
    }
  }
}

function loadProfile(p: Problem, work: usize, lane: usize, k: i32): void {
  loadLane(
    work, lane, p.N, p.M, at(p.values, p.valuesStep, k), at(p.demands, p.demandsStep, k), at(p.budgets, p.budgetsStep, k),
    at(p.weights, p.weightsStep, k), at(p.regularizer, p.regularizerStep, k),
  );
}

/** Replaces an answer by zeros: what a profile that has none holds. */
function clear(p: Problem, k: i32): void {
  const entries = <usize>(p.N * p.M) << 3, agents = <usize>p.N << 3, items = <usize>p.M << 3;
  memory.fill(p.allocation + entries * k, 0, entries);
  memory.fill(p.lower + entries * k, 0, entries);
  memory.fill(p.upper + entries * k, 0, entries);
  memory.fill(p.utilities + agents * k, 0, agents);
  memory.fill(p.prices + items * k, 0, items);
}

/** Answers a profile whose optimum is not unique by the analytic centre of the optimal face. True if the answer passed the exact solve. */
function centre(p: Problem, work: usize, k: i32, tolerance: f64, vector: usize): bool {
  const taken = p.iterations + (<usize>k << 2);
  loadProfile(p, work, 0, k);
  loadProfile(p, work, 8, k);
  const end = solveCentred(work, p.N, p.M, p.regularizer != 0, tolerance, vector);
  store<i32>(taken, load<i32>(taken) + load<i32>(work, ITERATION));
  if (end > TIED) return false; // the first answer stands
  unload(p, work, 0, k);
  store<i8>(p.unique + k, end == TIED ? 0 : 1);
  return end != CONVERGED;
}

/** Judges a profile by the numbers written, while they are near; `verified`: it passed every test of the exact solve. */
function judge(p: Problem, k: i32, verified: bool): void {
  const taken = p.iterations + (<usize>k << 2);
  const r = residual(p, k);
  let s = SOLVED;
  if (!(r <= ACCURATE)) s = r <= (verified ? ROUNDED : REDUCED) ? REDUCED_ACCURACY : load<i32>(taken) >= ITERATIONS ? ITERATION_LIMIT : NUMERICAL_ERROR;
  store<i32>(p.status + (<usize>k << 2), s);
  store<f64>(p.residuals + (<usize>k << 3), s <= REDUCED_ACCURACY ? r : Infinity);
  if (s > REDUCED_ACCURACY) {
    clear(p, k);
    store<i8>(p.unique + k, 0);
  }
}

/** Solves `count` profiles. Operands as src/wasm/abi.ts; strides in elements. */
export function proportionalFairness(
  count: i32, N: i32, M: i32,
  values: usize, valuesStride: i32, demands: usize, demandsStride: i32, budgets: usize, budgetsStride: i32,
  weights: usize, weightsStride: i32, regularizer: usize, regularizerStride: i32, tolerance: f64,
  allocation: usize, utilities: usize, prices: usize, lower: usize, upper: usize, unique: usize, iterations: usize, status: usize,
  residuals: usize, scratch: usize,
): void {
  const p = changetype<Problem>(scratch);
  p.N = N;
  p.M = M;
  p.values = values;
  p.valuesStep = <usize>valuesStride << 3;
  p.demands = demands;
  p.demandsStep = <usize>demandsStride << 3;
  p.budgets = budgets;
  p.budgetsStep = <usize>budgetsStride << 3;
  p.weights = weights;
  p.weightsStep = <usize>weightsStride << 3;
  p.regularizer = regularizer;
  p.regularizerStep = <usize>regularizerStride << 3;
  p.allocation = allocation;
  p.utilities = utilities;
  p.prices = prices;
  p.lower = lower;
  p.upper = upper;
  p.unique = unique;
  p.iterations = iterations;
  p.status = status;
  p.residuals = residuals;
  const work = (scratch + offsetof<Problem>() + 63) & ~63;
  const vector = work + workBytes(N, M);

  // Profiles that need the solver wait for a partner, so that lanes stay full.
  let waiting: i32 = -1;
  for (let k: i32 = 0; k <= count; ++k) {
    if (k < count) {
      if (unconstrained(p, k)) {
        store<i32>(iterations + (<usize>k << 2), 0);
        store<i8>(unique + k, 1);
        judge(p, k, true);
        continue;
      }
      if (waiting < 0) {
        waiting = k;
        continue;
      }
    } else if (waiting < 0) break;
    const partner = k < count ? k : waiting;
    loadProfile(p, work, 0, waiting);
    loadProfile(p, work, 8, partner);
    begin(work, N, M, partner == waiting ? 1 : 3);
    let tied: i32 = 0, verified: i32 = 0;
    while (true) {
      const ended = advance(work, N, M, regularizer != 0, tolerance, vector);
      if (!ended) break;
      for (let l: i32 = 0; l < 2; ++l) {
        if (!(ended & (1 << l))) continue;
        const lane = <usize>l << 3;
        const end = load<i32>(work + lane, END), which = l ? partner : waiting;
        if (end == EXACT) verified |= 1 << l;
        else tied |= 1 << l;
        if (end != BROKEN) unload(p, work, lane, which);
        else clear(p, which);
        store<i32>(iterations + (<usize>which << 2), load<i32>(work, ITERATION) - 1);
        store<i8>(unique + which, 1);
      }
    }
    for (let l: i32 = 0; l < 2; ++l) {
      if (!(tied & (1 << l))) continue;
      const which = l ? partner : waiting;
      if (centre(p, work, which, tolerance, vector)) verified |= 1 << l;
    }
    judge(p, waiting, (verified & 1) != 0);
    if (partner != waiting) judge(p, partner, (verified & 2) != 0);
    waiting = -1;
  }
}
