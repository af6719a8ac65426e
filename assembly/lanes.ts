// Two profiles side by side: an f64x2 holds the same quantity of profile 0 (lane 0) and profile 1 (lane 1).
// Only + - * / sqrt, comparisons and bitwise selection are used, so each lane's bits are those of scalar code and do not depend
// on the other lane. Minimum and maximum are the "pseudo" forms (a < b ? a : b): one instruction each on x86 and Arm. Some kernels put two
// neighbouring entries of one profile in the lanes instead.

/** Bytes of one lane pair. */
export const PAIR: usize = 16;

// @ts-ignore: decorator
@inline export function splat(x: f64): v128 { return f64x2.splat(x); }
// @ts-ignore: decorator
@inline export function add(a: v128, b: v128): v128 { return f64x2.add(a, b); }
// @ts-ignore: decorator
@inline export function sub(a: v128, b: v128): v128 { return f64x2.sub(a, b); }
// @ts-ignore: decorator
@inline export function mul(a: v128, b: v128): v128 { return f64x2.mul(a, b); }
// @ts-ignore: decorator
@inline export function div(a: v128, b: v128): v128 { return f64x2.div(a, b); }
// @ts-ignore: decorator
@inline export function min(a: v128, b: v128): v128 { return f64x2.pmin(a, b); }
// @ts-ignore: decorator
@inline export function max(a: v128, b: v128): v128 { return f64x2.pmax(a, b); }
// @ts-ignore: decorator
@inline export function abs(a: v128): v128 { return f64x2.abs(a); }
// @ts-ignore: decorator
@inline export function neg(a: v128): v128 { return f64x2.neg(a); }
// @ts-ignore: decorator
@inline export function and(a: v128, b: v128): v128 { return v128.and(a, b); }
/** where(mask, a, b): a in the lanes where the mask is set, else b. */
// @ts-ignore: decorator
@inline export function where(mask: v128, a: v128, b: v128): v128 { return v128.bitselect(a, b, mask); }
/** One bit per lane: 0 none, 1 lane 0, 2 lane 1, 3 both. */
// @ts-ignore: decorator
@inline export function bits(mask: v128): i32 { return i64x2.bitmask(mask); }

/** Two neighbours in memory, or where a row has an odd end (`wide` is false) one and a 0. */
// @ts-ignore: decorator
@inline export function loadPair(at: usize, wide: bool): v128 { return wide ? v128.load(at) : v128.load64_zero(at); }
// @ts-ignore: decorator
@inline export function storePair(at: usize, x: v128, wide: bool): void {
  if (wide) v128.store(at, x);
  else v128.store64_lane(at, x, 0);
}
