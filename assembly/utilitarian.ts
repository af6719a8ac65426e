// Utilitarian allocation of divisible items: the largest weighted sum of utilities, with prices and a dual bound.
//
//     maximise  sum_i w_i v_i . a_i     s.t.  0 <= a <= c,   sum_i a_im <= b_m,      c_im = min(x_im, b_m)
//
// The items separate: serve the agents by falling w_i v_im up to their effective demand until the supply is gone. The price
// p_m is the w v of the agent at which it goes (the marginal agent; 0 where it never goes, and an agent with w v = 0 gets
// nothing). Optimal because of the dual:
//
//     dual_bound = sum_m b_m p_m + sum_im c_im max(w_i v_im − p_m, 0)  >=  every allocation's objective
//
// Where several agents have the marginal w v, any split of what is left for them is optimal. `select`:
//     VERTEX    lowest agent first
//     ENTROPY   the utilities V_i that maximise  − sum_i w_i V_i ln V_i  over all optimal allocations: the limit of the
//               gamma-fair rule  max sum_i w_i V_i^gamma / gamma  as gamma -> 1 from below
//               (V^(1−e)/(1−e) = V + e (V − V ln V) + O(e²), and sum_i w_i V_i is the same for all optimal ones)
// In money, y_i = w_i V_i, every tied agent of item m gains p_m a unit, so V is the most equal one that the ties allow
// (balance.ts). V is unique; the allocation behind it is the one that exchanges reach from a split in proportion to the
// effective demands, not a centre of all such allocations. Values of w v within 2^-50 of the price, relatively, count as
// equal to it (rounding of the product).
//
// values      f64[N·M]  in, >= 0
// demands     f64[N·M]  in, address 0: no bound but the budget
// budgets     f64[M]    in, address 0: 1
// weights     f64[N]    in, address 0: 1; all four with strides in elements, 0: one array for every profile
// select      VERTEX or ENTROPY
// tolerance   largest residual that counts as solved
// allocation  f64[N·M]  out
// utilities   f64[N]    out, v_i . a_i
// prices      f64[M]    out; an item without supply is priced as if it had a little
// objective   f64       out, sum_i w_i v_i . a_i
// dualBound   f64       out
// status      i32       out, SOLVED; REDUCED_ACCURACY above the tolerance or at the exchange limit; NUMERICAL_ERROR on overflow
// residual    f64       out, relative duality gap or the largest infeasibility over max(1, max b), whichever is larger
// scratch     utilitarianScratch(N, M) bytes
//
// Cost N log N to N² M for the order of the agents, plus balance.ts where there are ties.
// Shen et al., Robust Allocations with Diversity Constraints, 2021 (gamma-fair rules; utilitarian is their other end).
import { integer, real, setInteger, setReal } from './arrays';
import { balance, balanceScratch } from './balance';
import { NUMERICAL_ERROR, REDUCED_ACCURACY, SOLVED } from './status';

export const VERTEX: i32 = 0;
export const ENTROPY: i32 = 1;

/** w v this close to the price, relatively, is a tie. */
const TIE: f64 = 4 * f64.EPSILON;

export function utilitarianScratch(agents: i32, items: i32): i32 {
  // keys, list, levels, capacities, flow
  return 8 * (3 * agents + 2 * agents * items) + balanceScratch(agents, items);
}

export function utilitarian(
  count: i32, agents: i32, items: i32,
  values: usize, valuesStride: i32, demands: usize, demandsStride: i32,
  budgets: usize, budgetsStride: i32, weights: usize, weightsStride: i32, select: i32, tolerance: f64,
  allocation: usize, utilities: usize, prices: usize, objective: usize, dualBound: usize,
  status: usize, residual: usize, scratch: usize,
): void {
  for (let p: i32 = 0; p < count; ++p) {
    const v = part(values, valuesStride, p);
    const x = part(demands, demandsStride, p);
    const b = part(budgets, budgetsStride, p);
    const w = part(weights, weightsStride, p);
    const a = part(allocation, agents * items, p);
    const u = part(utilities, agents, p);
    const price = part(prices, items, p);
    const served = serve(agents, items, v, x, b, w, select, a, price, scratch);
    certify(
      agents, items, v, x, b, w, served, tolerance, a, u, price,
      part(objective, 1, p), part(dualBound, 1, p), status + (<usize>p << 2), part(residual, 1, p),
    );
  }
}

/** Writes the allocation and the prices; false where the exchanges reached their limit. */
function serve(
  agents: i32, items: i32, v: usize, x: usize, b: usize, w: usize, select: i32, a: usize, price: usize, scratch: usize,
): bool {
  const keys = scratch;
  const list = keys + (<usize>agents << 3);
  const level = list + (<usize>agents << 3);
  const capacity = level + (<usize>agents << 3);
  const flow = capacity + (<usize>(agents * items) << 3);
  const rest = flow + (<usize>(agents * items) << 3);
  memory.fill(a, 0, <usize>(agents * items) << 3);
  memory.fill(capacity, 0, <usize>(agents * items) << 3);
  let ties = false;
  for (let m: i32 = 0; m < items; ++m) {
    const able = rank(agents, items, m, v, x, w, keys, list);
    const marginal = fill(able, items, m, x, b, keys, list, a);
    const p = marginal < 0 ? 0 : real(keys, marginal);
    setReal(price, m, p);
    if (select == ENTROPY && marginal >= 0) ties = share(able, items, m, p, x, b, keys, list, a, capacity) || ties;
  }
  if (!ties) return true;
  for (let i: i32 = 0; i < agents; ++i) {
    let worth: f64 = 0;
    for (let m: i32 = 0; m < items; ++m) {
      const e = i * items + m;
      const p = real(price, m);
      worth += real(v, e) * real(a, e);
      const tied = real(capacity, e) > 0;
      setReal(flow, e, tied ? p * real(a, e) : 0);
      setReal(capacity, e, p * real(capacity, e));
    }
    setReal(level, i, weight(w, i) * worth);
  }
  const balanced = balance(agents, items, w, level, capacity, flow, rest);
  for (let i: i32 = 0; i < agents; ++i) {
    for (let m: i32 = 0; m < items; ++m) {
      const e = i * items + m;
      if (real(capacity, e) > 0) setReal(a, e, min(real(flow, e) / real(price, m), demand(x, b, e, m)));
    }
  }
  return balanced;
}

/** Lists the agents that want item m by falling w v, equal ones by rising index; returns their number. */
function rank(agents: i32, items: i32, m: i32, v: usize, x: usize, w: usize, keys: usize, list: usize): i32 {
  let able: i32 = 0;
  for (let i: i32 = 0; i < agents; ++i) {
    const e = i * items + m;
    const key = weight(w, i) * real(v, e);
    if (!(key > 0) || (x != 0 && real(x, e) == 0)) continue;
    let at = able++;
    while (at > 0 && real(keys, at - 1) < key) {
      setReal(keys, at, real(keys, at - 1));
      setInteger(list, at, integer(list, at - 1));
      --at;
    }
    setReal(keys, at, key);
    setInteger(list, at, i);
  }
  return able;
}

/** Serves the listed agents in turn; returns the rank of the one at which the supply is gone, or -1. */
function fill(able: i32, items: i32, m: i32, x: usize, b: usize, keys: usize, list: usize, a: usize): i32 {
  let left = supply(b, m);
  for (let r: i32 = 0; r < able; ++r) {
    const e = integer(list, r) * items + m;
    const most = demand(x, b, e, m);
    setReal(a, e, min(most, left));
    if (most >= left) return r;
    left -= most;
  }
  return -1;
}

/**
 * Splits what is left for the agents tied at price p in proportion to their effective demands, and notes these demands as
 * their capacities; false where there is nothing to choose.
 */
function share(
  able: i32, items: i32, m: i32, p: f64, x: usize, b: usize, keys: usize, list: usize, a: usize, capacity: usize,
): bool {
  let left = supply(b, m);
  let first: i32 = 0;
  while (real(keys, first) > p + TIE * p) left -= demand(x, b, integer(list, first++) * items + m, m);
  let wanted: f64 = 0;
  let end = first;
  while (end < able && real(keys, end) >= p - TIE * p) wanted += demand(x, b, integer(list, end++) * items + m, m);
  if (end - first < 2 || !(left > 0) || wanted <= left) return false;
  const part = left / wanted;
  for (let r = first; r < end; ++r) {
    const e = integer(list, r) * items + m;
    const most = demand(x, b, e, m);
    setReal(a, e, most * part);
    setReal(capacity, e, most);
  }
  return true;
}

/** Utilities, objective, dual bound, residual and status, all from the allocation and the prices as they were written. */
function certify(
  agents: i32, items: i32, v: usize, x: usize, b: usize, w: usize, served: bool, tolerance: f64,
  a: usize, u: usize, price: usize, objective: usize, dualBound: usize, status: usize, residual: usize,
): void {
  let primal: f64 = 0;
  let dual: f64 = 0;
  let worst: f64 = 0;
  let scale: f64 = 1;
  for (let m: i32 = 0; m < items; ++m) {
    const available = supply(b, m);
    const p = real(price, m);
    let sum: f64 = 0;
    dual += available * p;
    for (let i: i32 = 0; i < agents; ++i) {
      const e = i * items + m;
      const amount = real(a, e);
      const most = demand(x, b, e, m);
      sum += amount;
      dual += most * max(weight(w, i) * real(v, e) - p, 0);
      worst = max(worst, max(-amount, amount - most));
    }
    worst = max(worst, sum - available);
    scale = max(scale, available);
  }
  for (let i: i32 = 0; i < agents; ++i) {
    let sum: f64 = 0;
    for (let m: i32 = 0; m < items; ++m) sum += real(v, i * items + m) * real(a, i * items + m);
    setReal(u, i, sum);
    primal += weight(w, i) * sum;
  }
  const largest = max(primal, dual);
  const gap = largest > 0 ? abs(dual - primal) / largest : 0;
  const error = max(gap, worst / scale);
  // Overflow anywhere makes the gap infinity minus infinity.
  if (!(error < Infinity) || !(largest < Infinity)) {
    memory.fill(a, 0, <usize>(agents * items) << 3);
    memory.fill(u, 0, <usize>agents << 3);
    memory.fill(price, 0, <usize>items << 3);
    setReal(objective, 0, 0);
    setReal(dualBound, 0, 0);
    setReal(residual, 0, Infinity);
    store<i32>(status, NUMERICAL_ERROR);
    return;
  }
  setReal(objective, 0, primal);
  setReal(dualBound, 0, dual);
  setReal(residual, 0, error);
  store<i32>(status, served && error <= tolerance ? SOLVED : REDUCED_ACCURACY);
}

// @ts-ignore: decorator
@inline
function part(array: usize, stride: i32, p: i32): usize {
  return array == 0 ? array : array + ((<usize>p * <usize>stride) << 3);
}

// @ts-ignore: decorator
@inline
function supply(b: usize, m: i32): f64 {
  return b == 0 ? 1.0 : real(b, m);
}

// @ts-ignore: decorator
@inline
function demand(x: usize, b: usize, e: i32, m: i32): f64 {
  return x == 0 ? supply(b, m) : min(real(x, e), supply(b, m));
}

// @ts-ignore: decorator
@inline
function weight(w: usize, i: i32): f64 {
  return w == 0 ? 1.0 : real(w, i);
}
