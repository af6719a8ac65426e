// Draws the arrays of random profiles: entry j of profile k is a function of (seed, array, k, j), so any chunk of a batch can be
// drawn anywhere with the same bits.
//
//     UNIFORM       values U(0.1, 1); demands U(0.1, 1), each wanted with probability `keep` (else 0)
//     BETA          the same with 0.1 + 0.9 Beta(c, c) for U(0.1, 1)
//     RANK_ONE      values clamp(μ_i + 0.01 U(0,1), 1, 2), μ_i ~ U(1, 2)
//     IDENTICAL     UNIFORM's values and demands, every agent having agent 0's
//     INTEGER       values uniform on 0, 1, …, K
//
// Zeng et al. 2023, Eq. 18 (UNIFORM, keep = 1/2) and Fig. 7 (BETA); Maruo et al. 2024, section 5 (RANK_ONE).
// Beta(c, c) for c >= 1/2 is (1 + R cos 2πV)/2 with R² = 1 − U^{2/(2c−1)}: the shadow on a line of a disc whose radius has the density
// r (1 − r²)^{c − 3/2} (Ulrich, Computer generation of distributions on the m-sphere, 1984; Devroye, Non-Uniform Random Variate Generation,
// 1986, section IX.3). For c = 1/2 R is 1.
//
// out   f64[count·N·M], out. Cost one hash an entry (two for BETA, one power and one cosine more).
import { keyed, streamKey, unit } from './random';

export const UNIFORM: i32 = 0, BETA: i32 = 1, RANK_ONE: i32 = 2, IDENTICAL: i32 = 3, INTEGER: i32 = 4;
const VALUES: u64 = 1, DEMANDS: u64 = 2, WANTED: u64 = 3, EXTRA: u64 = 8; // streams; EXTRA is added for a second number

/** A draw in (0.1, 1). */
// @ts-ignore: decorator
@inline function spread(kind: i32, c: f64, key: u64, extra: u64, counter: u64): f64 {
  const u = unit(keyed(key, counter));
  if (kind != BETA || c == 1) return 0.1 + 0.9 * u;
  const power = c > 0.5 ? NativeMath.pow(u, 2 / (2 * c - 1)) : 0;
  const beta = 0.5 + 0.5 * Math.sqrt(1 - power) * NativeMath.cos(2 * NativeMath.PI * unit(keyed(extra, counter)));
  return 0.1 + 0.9 * beta;
}

/** Values of profiles first … first + count − 1. `seed` and `first` are integers below 2^53. */
export function sampleValues(kind: i32, parameter: f64, seed: f64, first: f64, count: i32, N: i32, M: i32, out: usize): void {
  const key = streamKey(<u64>seed, VALUES), extra = streamKey(<u64>seed, VALUES + EXTRA);
  const entries = <u64>N * <u64>M;
  let at = out;
  for (let k: u64 = <u64>first, last = k + count; k < last; ++k) {
    const base = k * entries;
    for (let i: i32 = 0; i < N; ++i) {
      const row = base + (kind == IDENTICAL ? 0 : <u64>i * <u64>M);
      const mean = kind == RANK_ONE ? 1 + unit(keyed(extra, k * <u64>N + i)) : 0;
      for (let m: i32 = 0; m < M; ++m, at += 8) {
        const j = row + m;
        let v: f64;
        if (kind == RANK_ONE) v = Math.min(mean + 0.01 * unit(keyed(key, j)), 2);
        else if (kind == INTEGER) v = Math.floor(unit(keyed(key, j)) * (parameter + 1));
        else v = spread(kind, parameter, key, extra, j);
        store<f64>(at, v);
      }
    }
  }
}

/** Demands of the same profiles; an entry is wanted with probability `keep`. */
export function sampleDemands(
  kind: i32, parameter: f64, keep: f64, seed: f64, first: f64, count: i32, N: i32, M: i32, out: usize,
): void {
  const key = streamKey(<u64>seed, DEMANDS), extra = streamKey(<u64>seed, DEMANDS + EXTRA), wanted = streamKey(<u64>seed, WANTED);
  const entries = <u64>N * <u64>M;
  let at = out;
  for (let k: u64 = <u64>first, last = k + count; k < last; ++k) {
    const base = k * entries;
    for (let i: i32 = 0; i < N; ++i) {
      const row = base + (kind == IDENTICAL ? 0 : <u64>i * <u64>M);
      for (let m: i32 = 0; m < M; ++m, at += 8) {
        const j = row + m;
        store<f64>(at, unit(keyed(wanted, j)) < keep ? spread(kind, parameter, key, extra, j) : 0);
      }
    }
  }
}
