// Working memory of the interior point: one record of lane pairs per entry (agent, item), per agent and per item, the
// Schur complement, and a header. Records keep what one inner step touches in the same cache lines and let every access be
// "one base register plus a constant".
//
//     header | items: M records | Schur: M·M pairs | agents: N records | entries: N·M records, row-major | masks
import { PAIR } from '../lanes';

// Header: one pair each.
export const GAP: usize = 0 * PAIR; // Σ of all complementarity products
export const COUNT: usize = 1 * PAIR; // number of complementarity products
export const DUAL_RESIDUAL: usize = 2 * PAIR; // largest |stationarity|
export const STEP: usize = 3 * PAIR; // step just chosen, 0 in a frozen lane
export const CURVE: usize = 4 * PAIR; // second-order part of the affine step's gap
export const LONGEST: usize = 5 * PAIR; // running maximum whose reciprocal is the step
export const WEIGHT_SCALE: usize = 6 * PAIR; // objective unit: largest weight
export const TAU: usize = 7 * PAIR; // what the combined step steers the products to
export const END: usize = 8 * PAIR; // i32 per lane (8 bytes apart): how the lane ended
export const ITERATION: usize = 9 * PAIR; // i32: iterations so far
export const LIVE: usize = 10 * PAIR; // i32: one bit per lane still running
export const LEAST: usize = 11 * PAIR; // finish: smallest slack or dual
export const CODE: usize = 12 * PAIR; // finish, i32 per lane: what it found
export const INFEASIBLE: usize = 13 * PAIR; // Σ |stationarity| a
export const LINKED: usize = 14 * PAIR; // finish, i32 per lane: links that a tree has
export const AMPLE: usize = 15 * PAIR; // i32 per lane: some demand exceeds its supply
export const LINKS: usize = 16 * PAIR; // finish, i32 per lane: records of LINK
export const HEADER: usize = 17 * PAIR;

// Item m.
export const LAMBDA: usize = 0 * PAIR; // price
export const SLACK: usize = 1 * PAIR; // b − Σ a
export const OPEN: usize = 2 * PAIR; // mask: some agent can use the item
export const RHS: usize = 3 * PAIR; // Σ H⁻¹ (stationarity); then the affine dλ
export const RHS_CENTRE: usize = 4 * PAIR; // Σ H⁻¹ (1/a − 1/s)
export const RHS_CURVE: usize = 5 * PAIR; // Σ H⁻¹ (second-order term)
export const D_LAMBDA: usize = 6 * PAIR;
export const D_SLACK: usize = 7 * PAIR;
export const ITEM_SCALE: usize = 8 * PAIR; // supply: the unit of the item
export const RATIO: usize = 9 * PAIR; // slack / price
export const BINDING: usize = 10 * PAIR; // finish, mask: the budget binds
export const LEFT: usize = 11 * PAIR; // finish: supply that capped demands leave
export const GAIN: usize = 12 * PAIR; // finish: λ = gain θ + shift, θ the price at the root of the item's tree
export const SHIFT: usize = 13 * PAIR;
export const ROOT: usize = 14 * PAIR; // finish, i64: root of the item's tree, or UNSEEN
export const QUEUE: usize = 15 * PAIR; // finish, i64: the k-th record holds the k-th item visited
export const RIGHT: usize = 16 * PAIR; // finish: right side of the root's equation
export const MONEY: usize = 17 * PAIR; // finish: weights that hang on the root's tree
export const THETA: usize = 18 * PAIR; // finish: price at the root that a cycle fixes
export const TWIST: usize = 19 * PAIR; // finish: g' − g of that cycle, 0: the tree has none
export const CLOSER: usize = 20 * PAIR; // finish, i64: index of the entry that closes it
export const ITEM: usize = 21 * PAIR;

// Agent i.
export const UTILITY: usize = 0 * PAIR; // v·a at the current point
export const WEIGHT: usize = 1 * PAIR; // 0 for an agent that can gain nothing
export const PULL: usize = 2 * PAIR; // κ / (1 + κ vᵀD⁻¹v), κ = w/u²
export const DOT: usize = 3 * PAIR; // v·D⁻¹(stationarity)
export const DOT_CENTRE: usize = 4 * PAIR; // v·D⁻¹(1/a − 1/s)
export const DOT_CURVE: usize = 5 * PAIR; // v·D⁻¹(second-order term)
export const SLOPE: usize = 6 * PAIR; // w/u
export const VDV: usize = 7 * PAIR; // vᵀD⁻¹v
export const CAPPED: usize = 8 * PAIR; // finish: utility from demands that are met in full
export const UP: usize = 9 * PAIR; // finish, i64: item through which the agent hangs on its tree, or UNSEEN
export const RATE: usize = 10 * PAIR; // finish: w/u
export const LINK: usize = 11 * PAIR; // finish, i64: the k-th record holds the k-th agent that links items
export const ALONG: usize = 12 * PAIR; // part of the step along D⁻¹v; in between v·da
export const BOW: usize = 13 * PAIR; // second-order term of the log: a multiple of v
export const SHIFTED: usize = ALONG; // finish: the k-th record holds the k-th agent of a tree, what the root's price is moved by for it ...
export const HUNG: usize = BOW; // ... and its weight
export const AGENT: usize = 14 * PAIR;

// Entry (i, m).
export const VALUE: usize = 0 * PAIR;
export const ON: usize = 1 * PAIR; // mask: demand is positive
export const A: usize = 2 * PAIR; // allocation
export const S: usize = 3 * PAIR; // demand − allocation
export const MU: usize = 4 * PAIR; // dual of a >= 0
export const NU: usize = 5 * PAIR; // dual of a <= x
export const D_INV: usize = 6 * PAIR; // 1 / (μ/a + ν/s)
export const A_INV: usize = 7 * PAIR; // 1/a
export const S_INV: usize = 8 * PAIR; // 1/s
export const DV: usize = 9 * PAIR; // D⁻¹ v
export const H: usize = 10 * PAIR; // D⁻¹ (stationarity)
export const H_CENTRE: usize = 11 * PAIR; // D⁻¹ (1/a − 1/s)
export const H_CURVE: usize = 12 * PAIR; // D⁻¹ (second-order term)
export const CURVE_A: usize = 13 * PAIR; // r(1 + r), r = da/a of the affine step
export const CURVE_S: usize = 14 * PAIR; // q(1 − q), q = da/s of the affine step
export const D_A: usize = 15 * PAIR;
export const D_MU: usize = 16 * PAIR;
export const D_NU: usize = 17 * PAIR;
export const LINEAR: usize = 18 * PAIR; // z of the regularizer
export const X: usize = 19 * PAIR; // demand
export const ENTRY: usize = 20 * PAIR;

// @ts-ignore: decorator
@inline export function itemsAt(work: usize): usize { return work + HEADER; }
// @ts-ignore: decorator
@inline export function schurAt(work: usize, M: i32): usize { return work + HEADER + <usize>M * ITEM; }
// @ts-ignore: decorator
@inline export function agentsAt(work: usize, M: i32): usize { return schurAt(work, M) + <usize>M * <usize>M * PAIR; }
// @ts-ignore: decorator
@inline export function entriesAt(work: usize, N: i32, M: i32): usize { return agentsAt(work, M) + <usize>N * AGENT; }
/** 64-bit words of a mask over items. */
// @ts-ignore: decorator
@inline export function words(M: i32): i32 { return (M + 63) >> 6; }
/** Masks of free items: for each lane one mask per agent, and one of the items whose budgets bind. */
// @ts-ignore: decorator
@inline export function masksAt(work: usize, N: i32, M: i32, lane: usize): usize {
  return entriesAt(work, N, M) + <usize>N * <usize>M * ENTRY + (lane ? <usize>((N + 1) * words(M)) << 3 : 0);
}
// @ts-ignore: decorator
@inline export function workBytes(N: i32, M: i32): usize { return masksAt(0, N, M, 8) + (<usize>((N + 1) * words(M)) << 3); }
