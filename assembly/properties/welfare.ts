// Shares and welfare: properties of the agents' utilities, one number a profile.
//
// With u_i = u_i(a_i), U_i = u_i of the whole supply capped at the effective demand, W = sum_i w_i (bundle.ts):
//
//     PROP         max_i ( w_i/W U_i − u_i ),                         never below 0
//     PROP1        max_i ( w_i/W U_i − u_i − the best addition ),     never below 0: one more item, as much as i can use
//     UTILITARIAN  sum_i w_i u_i
//     EGALITARIAN  min u_i over the agents who can gain;              0 where there is none
//     LOG_NSW      sum w_i log u_i over the agents who can gain;      0 where there is none, -infinity where one has nothing
//     NSW          exp( LOG_NSW / sum of those weights );             1 where there is none (the empty product)
//     GINI         sum_ij |u_i − u_j| / (2 N sum_i u_i), all agents;  0 where all are 0
//     NO_GAIN      number of agents who cannot gain
//     PF_VIOLATION max over feasible a' of sum_i w_i (u'_i − u_i)/u_i, agents who can gain: a linear programme that falls apart by item,
//                  each item going to the largest w_i v_im/u_i up to their demands; infinite where somebody who can gain has nothing
//     WELFARE_RATIO sum_i w_i u_i over its maximum over feasible allocations, item by item likewise (w_i v_im); 1 where that is 0 or
//                  within rounding
//
// An agent can gain where w_i > 0 and U_i > 0. PROP and PROP1 are 0 where the difference is within the rounding of the sums.
//
// measure     one of the above
// values, demands, budgets, weights, allocation or owner (the other address 0): in, of a chunk; strides in elements
// out         f64[B]    out
// scratch     welfareScratch(N) bytes
//
// Cost N M, plus N log calls (LOG_NSW, NSW; AssemblyScript's own logarithm, the same bits everywhere) or N² (GINI).
// Steinhaus, The Problem of Fair Division, 1948 (PROP); Conitzer, Freeman, Shah, Fair Public Decision Making, 2017 (PROP1);
// Kaneko, Nakamura, The Nash Social Welfare Function, 1979; Gini, Variabilita e mutabilita, 1912.
import { aloneUtility, bestAddition, demand, excess, ownUtility, profile, rounding } from './bundle';

export const PROP: i32 = 0;
export const PROP1: i32 = 1;
export const UTILITARIAN: i32 = 2;
export const EGALITARIAN: i32 = 3;
export const LOG_NSW: i32 = 4;
export const NSW: i32 = 5;
export const GINI: i32 = 6;
export const NO_GAIN: i32 = 7;
export const PF_VIOLATION: i32 = 8;
export const WELFARE_RATIO: i32 = 9;

export function welfareScratch(agents: i32): i32 {
  return agents * 24;
}

export function welfare(
  measure: i32, count: i32, agents: i32, items: i32,
  values: usize, valuesStride: i32, demands: usize, demandsStride: i32, budgets: usize, budgetsStride: i32,
  weights: usize, weightsStride: i32, allocation: usize, allocationStride: i32, owner: usize, ownerStride: i32,
  out: usize, scratch: usize,
): void {
  const own = scratch;
  const alone = own + (<usize>agents << 3);
  const extra = alone + (<usize>agents << 3);
  for (let p: i32 = 0; p < count; ++p) {
    const v = profile(values, valuesStride, p, 3);
    const x = profile(demands, demandsStride, p, 3);
    const b = profile(budgets, budgetsStride, p, 3);
    const w = profile(weights, weightsStride, p, 3);
    const a = profile(allocation, allocationStride, p, 3);
    const o = profile(owner, ownerStride, p, 2);
    for (let i: i32 = 0; i < agents; ++i) {
      const at = <usize>i << 3;
      store<f64>(own + at, ownUtility(i, items, v, x, b, a, o));
      store<f64>(alone + at, aloneUtility(i, items, v, x, b, a == 0));
      store<f64>(extra + at, measure == PROP1 ? bestAddition(i, items, v, x, b, a, o) : 0);
    }
    let result: f64 = 0;
    if (measure == PROP || measure == PROP1) result = shortfall(agents, items, w, own, alone, extra);
    else if (measure == UTILITARIAN) result = utilitarianSum(agents, w, own);
    else if (measure == EGALITARIAN) result = smallest(agents, w, own, alone);
    else if (measure == LOG_NSW) result = logNash(agents, w, own, alone);
    else if (measure == NSW) result = nash(agents, w, own, alone);
    else if (measure == GINI) result = gini(agents, own);
    else if (measure == NO_GAIN) result = idle(agents, w, alone);
    else if (measure == WELFARE_RATIO) result = welfareRatio(agents, items, v, x, b, w, own, alone, a == 0);
    else result = pfViolation(agents, items, v, x, b, w, own, alone, a == 0);
    store<f64>(out + (<usize>p << 3), result);
  }
}

// @ts-ignore: decorator
@inline
function weight(w: usize, i: i32): f64 {
  return w == 0 ? 1.0 : load<f64>(w + (<usize>i << 3));
}

// @ts-ignore: decorator
@inline
function at(list: usize, i: i32): f64 {
  return load<f64>(list + (<usize>i << 3));
}

// @ts-ignore: decorator
@inline
function gains(w: usize, alone: usize, i: i32): bool {
  return weight(w, i) > 0 && at(alone, i) > 0;
}

function shortfall(agents: i32, items: i32, w: usize, own: usize, alone: usize, extra: usize): f64 {
  let total: f64 = 0;
  for (let i: i32 = 0; i < agents; ++i) total += weight(w, i);
  if (total == 0) return 0;
  let worst: f64 = 0;
  for (let i: i32 = 0; i < agents; ++i) {
    const due = (weight(w, i) / total) * at(alone, i);
    worst = max(worst, excess(due, at(own, i) + at(extra, i), rounding(due, agents + items)));
  }
  return worst;
}

function utilitarianSum(agents: i32, w: usize, own: usize): f64 {
  let sum: f64 = 0;
  for (let i: i32 = 0; i < agents; ++i) sum += weight(w, i) * at(own, i);
  return sum;
}

function smallest(agents: i32, w: usize, own: usize, alone: usize): f64 {
  let least = Infinity;
  for (let i: i32 = 0; i < agents; ++i) {
    if (gains(w, alone, i)) least = min(least, at(own, i));
  }
  return least == Infinity ? 0 : least;
}

function logNash(agents: i32, w: usize, own: usize, alone: usize): f64 {
  let sum: f64 = 0;
  for (let i: i32 = 0; i < agents; ++i) {
    if (gains(w, alone, i)) sum += weight(w, i) * NativeMath.log(at(own, i));
  }
  return sum;
}

function nash(agents: i32, w: usize, own: usize, alone: usize): f64 {
  let total: f64 = 0;
  for (let i: i32 = 0; i < agents; ++i) {
    if (gains(w, alone, i)) total += weight(w, i);
  }
  return total == 0 ? 1 : NativeMath.exp(logNash(agents, w, own, alone) / total);
}

function gini(agents: i32, own: usize): f64 {
  let total: f64 = 0;
  let spread: f64 = 0;
  for (let i: i32 = 0; i < agents; ++i) {
    total += at(own, i);
    for (let j: i32 = 0; j < i; ++j) spread += abs(at(own, i) - at(own, j));
  }
  return total == 0 ? 0 : spread / (<f64>agents * total);
}

function idle(agents: i32, w: usize, alone: usize): f64 {
  let sum: f64 = 0;
  for (let i: i32 = 0; i < agents; ++i) {
    if (!gains(w, alone, i)) sum += 1;
  }
  return sum;
}

/** What of one item the largest marginals w_i v_im/u_i, or w_i v_im (`own` 0), make of the supply. */
function bestUse(
  agents: i32, items: i32, m: i32, v: usize, x: usize, b: usize, w: usize, own: usize, alone: usize, indivisible: bool,
): f64 {
  const item = <usize>m << 3;
  let left = indivisible ? 1 : demand(0, b, 0, item);
  let sum: f64 = 0, last = Infinity;
  let after: i32 = -1;
  // In falling order of the marginal, ties by index, until the supply is gone.
  while (left > 0) {
    let best: f64 = 0;
    let which: i32 = -1;
    for (let i: i32 = 0; i < agents; ++i) {
      if (!gains(w, alone, i)) continue;
      const gain = weight(w, i) * load<f64>(v + ((<usize>(i * items + m)) << 3)), rate = own == 0 ? gain : gain / at(own, i);
      if (rate > last || (rate == last && i <= after) || !(rate > best)) continue;
      best = rate;
      which = i;
    }
    if (which < 0) break;
    const most = indivisible ? 1 : demand(x, b, (<usize>(which * items + m)) << 3, item);
    const amount = min(left, most);
    sum += best * amount;
    left -= amount;
    last = best;
    after = which;
  }
  return sum;
}

function welfareRatio(
  agents: i32, items: i32, v: usize, x: usize, b: usize, w: usize, own: usize, alone: usize, indivisible: bool,
): f64 {
  let most: f64 = 0;
  for (let m: i32 = 0; m < items; ++m) most += bestUse(agents, items, m, v, x, b, w, 0, alone, indivisible);
  if (most == 0) return 1;
  const sum = utilitarianSum(agents, w, own);
  return abs(sum - most) <= rounding(most, agents + items) ? 1 : sum / most;
}

function pfViolation(
  agents: i32, items: i32, v: usize, x: usize, b: usize, w: usize, own: usize, alone: usize, indivisible: bool,
): f64 {
  let total: f64 = 0;
  for (let i: i32 = 0; i < agents; ++i) {
    if (!gains(w, alone, i)) continue;
    if (isNaN(at(own, i))) return NaN;
    if (at(own, i) == 0) return Infinity;
    total += weight(w, i);
  }
  let sum: f64 = 0;
  for (let m: i32 = 0; m < items; ++m) sum += bestUse(agents, items, m, v, x, b, w, own, alone, indivisible);
  return excess(sum, total, rounding(total, agents + items));
}
