// e^x of two numbers that are not positive: + − × ÷ and bit patterns only, so the same bits everywhere.

/** Below this e^x counts as 0: its square would be no normal number, and arithmetic on such is a hundred times slower. */
const LEAST: f64 = -345;
/** 1.5 · 2^52: adding it rounds to a whole number, which then stands in the lowest bits. */
const ROUND: f64 = 6755399441055744;

/** e^x for x <= 0 within two units in the last place (fdlibm's approximation by r coth(r/2), without its branches). */
// @ts-ignore: decorator
@inline
export function expNegative(x: v128): v128 {
  // x = n ln 2 + r, |r| <= ln 2 / 2; ln 2 in two parts, the first with trailing zeros.
  const k = f64x2.add(f64x2.mul(x, f64x2.splat(1.4426950408889634)), f64x2.splat(ROUND));
  const n = f64x2.sub(k, f64x2.splat(ROUND));
  const r = f64x2.sub(f64x2.sub(x, f64x2.mul(n, f64x2.splat(6.93147180369123816490e-1))), f64x2.mul(n, f64x2.splat(1.90821492927058770002e-10)));
  const t = f64x2.mul(r, r);
  let p = f64x2.add(f64x2.mul(t, f64x2.splat(4.13813679705723846039e-8)), f64x2.splat(-1.65339022054652515390e-6));
  p = f64x2.add(f64x2.mul(t, p), f64x2.splat(6.61375632143793436117e-5));
  p = f64x2.add(f64x2.mul(t, p), f64x2.splat(-2.77777777770155933842e-3));
  p = f64x2.add(f64x2.mul(t, p), f64x2.splat(1.66666666666666019037e-1));
  const c = f64x2.sub(r, f64x2.mul(t, p));
  const y = f64x2.add(f64x2.splat(1), f64x2.add(r, f64x2.div(f64x2.mul(r, c), f64x2.sub(f64x2.splat(2), c))));
  return v128.andnot(i64x2.add(y, i64x2.shl(k, 52)), f64x2.lt(x, f64x2.splat(LEAST)));
}
