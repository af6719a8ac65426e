// Elementary functions of four single-precision numbers: + − × ÷ and bit patterns only, so the same bits everywhere.

// @ts-ignore: decorator
@inline function poly(u: v128, c: v128, next: f32): v128 { return f32x4.add(f32x4.mul(c, u), f32x4.splat(next)); }

/** e^x within 3 units in the last place; x is clamped to [−87, 88]. */
// @ts-ignore: decorator
@inline
export function exp(x: v128): v128 {
  const y = f32x4.pmin(f32x4.splat(88), f32x4.pmax(f32x4.splat(-87), x));
  // y = n ln 2 + r, |r| <= ln 2 / 2; ln 2 in two parts, the first with trailing zeros.
  const n = f32x4.nearest(f32x4.mul(y, f32x4.splat(1.44269504)));
  const r = f32x4.sub(f32x4.sub(y, f32x4.mul(n, f32x4.splat(0.693359375))), f32x4.mul(n, f32x4.splat(-2.12194440e-4)));
  let p = f32x4.splat(1.0 / 720);
  p = poly(r, p, 1.0 / 120);
  p = poly(r, p, 1.0 / 24);
  p = poly(r, p, 1.0 / 6);
  p = poly(r, p, 0.5);
  p = poly(r, p, 1);
  p = poly(r, p, 1);
  return i32x4.add(p, i32x4.shl(i32x4.trunc_sat_f32x4_s(n), 23));
}

/**
 * tanh x within 4 units in the last place: x P(x²)/Q(x²), of degrees 4 and 4, fitted by iteratively reweighted least squares on
 * 0 < |x| <= 9.02, beyond which it is 1 in single precision.
 */
// @ts-ignore: decorator
@inline
export function tanh(x: v128): v128 {
  const y = f32x4.pmin(f32x4.splat(9.02), f32x4.pmax(f32x4.splat(-9.02), x));
  const u = f32x4.mul(y, y);
  let p = f32x4.splat(1.3318758540492581e-8), q = f32x4.splat(7.761889264656929e-7);
  p = poly(u, p, 2.0583249352057464e-5);
  q = poly(u, q, 3.2830695272423327e-4);
  p = poly(u, p, 3.4940203186124563e-3);
  q = poly(u, q, 2.5871019810438156e-2);
  p = poly(u, p, 0.1337970644235611);
  q = poly(u, q, 0.46713021397590637);
  p = poly(u, p, 1);
  q = poly(u, q, 1);
  return f32x4.div(f32x4.mul(y, p), q);
}

/** tanh of `count` numbers in place; count a multiple of 8. */
export function tanhAll(at: usize, count: i32): void {
  const end = at + (<usize>count << 2);
  for (; at < end; at += 32) {
    // Two at a time, so that one division hides behind the other.
    const a = tanh(v128.load(at)), b = tanh(v128.load(at, 16));
    v128.store(at, a);
    v128.store(at, b, 16);
  }
}

/** d ← d (1 − h²) for `count` numbers: the derivative of tanh where its value is h. */
export function tanhSlope(d: usize, h: usize, count: i32): void {
  const end = d + (<usize>count << 2);
  for (; d < end; d += 16, h += 16) {
    const y = v128.load(h);
    v128.store(d, f32x4.mul(v128.load(d), f32x4.sub(f32x4.splat(1), f32x4.mul(y, y))));
  }
}
