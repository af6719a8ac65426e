/** The power of two above x > 0, at least 2^−1022: to scale by, exactly. */
export function powerAbove(x: f64): f64 {
  const exponent = <i64>((reinterpret<u64>(x) >> 52) & 0x7ff) + 1;
  return reinterpret<f64>(<u64>min(max(exponent, 1), 2046) << 52);
}
