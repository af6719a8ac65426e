// Least-squares solution of least norm of a square system A x ≈ b that may be singular, by a complete orthogonal decomposition.
//
//     A P = Q [R₁₁ R₁₂; 0 0],   R₁₁ r×r upper triangular             Householder reflections, columns by largest remaining norm
//     [R₁₁ R₁₂]ᵀ = Z [S; 0],    S r×r upper triangular               the same without pivoting, only where r < n
//     x = P Z [S⁻ᵀ (Qᵀb)₁; 0]
//
// a       f64[n·n]  column-major; in: A; out: factors
// b       f64[n]    in: right side; out: Qᵀb
// x       f64[n]    out: solution
// work    least-norm scratch, leastNormBytes(n)
//
// Columns whose remaining norm is at most `tolerance` times the largest count as zero; returns the rank r. Cost 4n³/3 multiply-adds, and
// up to 2r²(n − r) + 4r³/3 more where r < n.
// Golub, Van Loan, Matrix Computations, 4th ed., 2013, sections 5.4.2 (pivoting) and 5.4.7 (complete decomposition).
import { integer, real, setInteger, setReal } from '../arrays';

const LOST: f64 = 1e-3; // share of a squared norm below which its running value is recomputed

export function leastNormBytes(n: i32): usize {
  const m = <usize>n;
  return (m * m + 4 * m) * 8 + ((m + 1) >> 1) * 8;
}

// @ts-ignore: decorator
@inline function column(a: usize, n: i32, j: i32): usize { return a + ((<usize>j * <usize>n) << 3); }

function dot(x: usize, y: usize, from: i32, to: i32): f64 {
  let sum = f64x2.splat(0);
  let i = from;
  for (; i + 1 < to; i += 2) sum = f64x2.add(sum, f64x2.mul(v128.load(x + (<usize>i << 3)), v128.load(y + (<usize>i << 3))));
  let total = f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
  if (i < to) total += real(x, i) * real(y, i);
  return total;
}

/** y −= f x */
function subtract(y: usize, x: usize, f: f64, from: i32, to: i32): void {
  const factor = f64x2.splat(f);
  let i = from;
  for (; i + 1 < to; i += 2) {
    const at = y + (<usize>i << 3);
    v128.store(at, f64x2.sub(v128.load(at), f64x2.mul(factor, v128.load(x + (<usize>i << 3)))));
  }
  if (i < to) setReal(y, i, real(y, i) - f * real(x, i));
}

/**
 * Turns x[k…n−1] into the vector of the reflection I − τ v vᵀ (v_k included) that maps it to β e_k. τ is returned, β goes to `beta`.
 */
function reflector(x: usize, k: i32, n: i32, beta: usize): f64 {
  const rest = dot(x, x, k + 1, n), first = real(x, k);
  const norm = Math.sqrt(first * first + rest);
  if (norm == 0) {
    store<f64>(beta, 0);
    return 0;
  }
  const b = first > 0 ? -norm : norm;
  store<f64>(beta, b);
  const v = first - b;
  setReal(x, k, v);
  return 2 / (v * v + rest);
}

function reflect(y: usize, v: usize, tau: f64, k: i32, n: i32): void {
  if (tau != 0) subtract(y, v, tau * dot(v, y, k, n), k, n);
}

/** Householder reflections of the columns `from` … `to − 1` of an n-row matrix, applied to those behind; R's diagonal goes to `diagonal`. */
function factorPlain(a: usize, n: i32, columns: i32, diagonal: usize, taus: usize): void {
  for (let k: i32 = 0; k < columns; ++k) {
    const v = column(a, n, k);
    const tau = reflector(v, k, n, diagonal + (<usize>k << 3));
    setReal(taus, k, tau);
    for (let j = k + 1; j < columns; ++j) reflect(column(a, n, j), v, tau, k, n);
  }
}

export function leastNorm(a: usize, n: i32, b: usize, x: usize, tolerance: f64, work: usize): i32 {
  const other = work, norms = other + ((<usize>n * <usize>n) << 3), diagonal = norms + (<usize>n << 3);
  const taus = diagonal + (<usize>n << 3), solution = taus + (<usize>n << 3), order = solution + (<usize>n << 3);
  for (let j: i32 = 0; j < n; ++j) {
    setInteger(order, j, j);
    const c = column(a, n, j);
    setReal(norms, j, dot(c, c, 0, n));
  }
  let rank = n, largest: f64 = 0;
  for (let k: i32 = 0; k < n; ++k) {
    let best = k;
    for (let j = k + 1; j < n; ++j) if (real(norms, j) > real(norms, best)) best = j;
    // Downdated norms lose digits; the one that decides is recomputed.
    const chosen = column(a, n, best), exact = dot(chosen, chosen, k, n);
    if (exact < LOST * real(norms, best)) {
      for (let j = k; j < n; ++j) setReal(norms, j, dot(column(a, n, j), column(a, n, j), k, n));
      best = k;
      for (let j = k + 1; j < n; ++j) if (real(norms, j) > real(norms, best)) best = j;
    }
    if (best != k) {
      const p = column(a, n, k), q = column(a, n, best);
      for (let i: i32 = 0; i < n; ++i) {
        const t = real(p, i);
        setReal(p, i, real(q, i));
        setReal(q, i, t);
      }
      const t = real(norms, k);
      setReal(norms, k, real(norms, best));
      setReal(norms, best, t);
      const o = integer(order, k);
      setInteger(order, k, integer(order, best));
      setInteger(order, best, o);
    }
    const v = column(a, n, k);
    const norm = Math.sqrt(dot(v, v, k, n));
    if (k == 0) largest = norm;
    if (!(norm > tolerance * largest)) {
      rank = k;
      break;
    }
    const tau = reflector(v, k, n, diagonal + (<usize>k << 3));
    for (let j = k + 1; j < n; ++j) {
      const c = column(a, n, j);
      reflect(c, v, tau, k, n);
      const r = real(c, k), left = real(norms, j) - r * r;
      setReal(norms, j, left < 0 ? 0 : left);
    }
    reflect(b, v, tau, k, n);
  }
  if (rank == n) {
    for (let k = n - 1; k >= 0; --k) {
      let q = real(b, k);
      for (let j = k + 1; j < n; ++j) q -= real(column(a, n, j), k) * real(solution, j);
      setReal(solution, k, q / real(diagonal, k));
    }
  } else {
    // Columns of `other` are the rows of [R₁₁ R₁₂].
    for (let i: i32 = 0; i < rank; ++i) {
      const c = column(other, n, i);
      memory.fill(c, 0, <usize>n << 3);
      setReal(c, i, real(diagonal, i));
      for (let j = i + 1; j < n; ++j) setReal(c, j, real(column(a, n, j), i));
    }
    factorPlain(other, n, rank, norms, taus);
    memory.fill(solution, 0, <usize>n << 3);
    for (let i: i32 = 0; i < rank; ++i) {
      // Row i of Sᵀ is column i of S.
      let q = real(b, i);
      for (let j: i32 = 0; j < i; ++j) q -= real(column(other, n, i), j) * real(solution, j);
      setReal(solution, i, q / real(norms, i));
    }
    for (let k = rank - 1; k >= 0; --k) reflect(solution, column(other, n, k), real(taus, k), k, n);
  }
  for (let j: i32 = 0; j < n; ++j) setReal(x, integer(order, j), real(solution, j));
  return rank;
}
