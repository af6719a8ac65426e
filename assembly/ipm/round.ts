// Guesses the optimum's active set from an iterate, in both lanes at once. Three rules tell a quantity q that stays from one that vanishes, by
// its dual p:
//
//     trend    q vanishes iff the last step shrank it more than its dual:  q/q' < p/p'      (q', p' before the step)
//     size     iff p > q, or if q is less than a margin
//     share    iff p > q, each as a share of what it could be at most: for profiles of very different magnitudes
//
// As products go to 0, of q and p one tends to a limit and the other to 0, at the pace of the products: their ratios tell them apart while
// both are still large, whatever their units (El-Bakry, Tapia, Zhang, A study of indicators for identifying zero variables in interior-point
// methods, SIAM Review 36(1), 1994). Size needs two to five decades more, share no step to look back on.
import { add, and, div, max, min, mul, splat, sub, where } from '../lanes';
import {
  A, AGENT, BINDING, CAPPED, D_A, D_LAMBDA, D_MU, D_NU, D_SLACK, ENTRY, ITEM, LAMBDA, LEFT, MU, NU, ON, OPEN, S, SLACK, STEP, VALUE, X,
  agentsAt, entriesAt, itemsAt, masksAt, words,
} from './layout';

export const BY_TREND: i32 = 0; // of the step that led here; once, as rounding overwrites the step
export const BY_SIZE: i32 = 1;
export const BY_SHARE: i32 = 2;

/**
 * Classifies entries of both lanes: D_MU and D_NU become the masks "at 0" and "at its demand", the lanes' masks have the free items; BINDING,
 * and what capped demands give (CAPPED) and leave (LEFT). `margin` counts with BY_SIZE.
 */
export function round(work: usize, N: i32, M: i32, rule: i32, margin: f64): void {
  const zero = splat(0), near = splat(margin), step = v128.load(work, STEP);
  const items = itemsAt(work), W = words(M);
  bind(work, N, M, rule);
  let e = entriesAt(work, N, M), agent = agentsAt(work, M);
  let mask0 = masksAt(work, N, M, 0), mask1 = masksAt(work, N, M, 8);
  for (let i: i32 = 0; i < N; ++i, agent += AGENT) {
    let capped = zero;
    let bits0: u64 = 0, bits1: u64 = 0;
    for (let m: i32 = 0, item = items; m < M; ++m, e += ENTRY, item += ITEM) {
      const a = v128.load(e, A), s = v128.load(e, S), mu = v128.load(e, MU), nu = v128.load(e, NU), on = v128.load(e, ON);
      let low: v128, high: v128;
      if (rule == BY_TREND) {
        const da = mul(step, v128.load(e, D_A));
        low = f64x2.gt(mul(mu, sub(a, da)), mul(a, sub(mu, mul(step, v128.load(e, D_MU)))));
        high = f64x2.gt(mul(nu, add(s, da)), mul(s, sub(nu, mul(step, v128.load(e, D_NU)))));
      } else {
        // μ/(λ + μ + ν) against a/x.
        const unit = rule == BY_SHARE ? div(v128.load(e, X), add(v128.load(item, LAMBDA), add(mu, nu))) : splat(1);
        const close = f64x2.lt(min(a, s), near);
        low = where(close, f64x2.lt(a, s), f64x2.gt(mul(mu, unit), a));
        high = where(close, f64x2.ge(a, s), f64x2.gt(mul(nu, unit), s));
      }
      const atZero = and(low, on);
      const atDemand = and(v128.andnot(high, atZero), on);
      const x = and(v128.load(e, X), atDemand);
      capped = add(capped, mul(v128.load(e, VALUE), x));
      v128.store(item, sub(v128.load(item, LEFT), x), LEFT);
      v128.store(e, x, D_A);
      v128.store(e, atZero, D_MU);
      v128.store(e, atDemand, D_NU);
      const free = <u64>i64x2.bitmask(v128.andnot(on, v128.or(atZero, atDemand)));
      bits0 |= (free & 1) << (m & 63);
      bits1 |= (free >> 1) << (m & 63);
      if ((m & 63) == 63 || m == M - 1) {
        store<u64>(mask0 + (<usize>(m >> 6) << 3), bits0);
        store<u64>(mask1 + (<usize>(m >> 6) << 3), bits1);
        bits0 = bits1 = 0;
      }
    }
    v128.store(agent, capped, CAPPED);
    mask0 += <usize>W << 3;
    mask1 += <usize>W << 3;
  }
}

/** Budgets: a binding one has a vanishing slack. */
function bind(work: usize, N: i32, M: i32, rule: i32): void {
  const step = v128.load(work, STEP), line = <usize>M * ENTRY;
  for (let m: i32 = 0, item = itemsAt(work); m < M; ++m, item += ITEM) {
    const slack = v128.load(item, SLACK), lambda = v128.load(item, LAMBDA);
    let p = lambda, q = slack;
    if (rule == BY_TREND) {
      p = mul(lambda, sub(slack, mul(step, v128.load(item, D_SLACK))));
      q = mul(slack, sub(lambda, mul(step, v128.load(item, D_LAMBDA))));
    } else if (rule == BY_SHARE) {
      // λ against the largest ν of the item.
      let top = splat(0);
      for (let i: i32 = 0, e = entriesAt(work, N, M) + <usize>m * ENTRY; i < N; ++i, e += line) {
        top = max(top, and(v128.load(e, NU), v128.load(e, ON)));
      }
      q = mul(slack, add(lambda, top));
    }
    v128.store(item, splat(1), LEFT);
    v128.store(item, and(f64x2.gt(p, q), v128.load(item, OPEN)), BINDING);
  }
}
