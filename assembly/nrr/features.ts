// What Neural Round Robin knows of an agent: [largest value, smallest value, its entries of the first three left singular vectors of V].
//
// Singular vectors by the smaller Gram matrix of V, scaled by the power of two above its largest entry: of V Vᵀ they are the eigenvectors u, of VᵀV the
// normalised V w. Their sign is arbitrary: the largest entry is positive, the first of those equal to within 1e-9. Where there is no further
// singular value (N or M below 3, or a rank below 3) the entries are 0. Equal singular values leave the vectors to rounding.
import { real, setReal } from '../arrays';
import { jacobi } from '../linalg/jacobi';
import { powerAbove } from '../power';

/** Numbers of an agent. */
export const FEATURES: i32 = 5;
const VECTORS: i32 = 3;
/** Eigenvalues of a Gram matrix below this share of the largest are rounding. */
const LEAST: f64 = 1e-13;

/** Bytes for Gram matrix, eigenvectors and scaled values. */
export function featuresScratch(N: i32, M: i32): i32 {
  const k = min(N, M);
  return (2 * k * k + N + N * M) << 3;
}

/** Writes N x FEATURES numbers of one profile. */
export function describe(N: i32, M: i32, v: usize, out: usize, scratch: usize): void {
  const k = min(N, M), byAgents = N <= M, q = scratch + (<usize>(k * k) << 3), u = q + (<usize>(k * k) << 3), w = u + (<usize>N << 3);
  let most: f64 = 0;
  for (let i: i32 = 0; i < N; ++i) {
    let high = real(v, i * M), low = high;
    for (let m: i32 = 1; m < M; ++m) {
      high = Math.max(high, real(v, i * M + m));
      low = Math.min(low, real(v, i * M + m));
    }
    setReal(out, i * FEATURES, high);
    setReal(out, i * FEATURES + 1, low);
    for (let c: i32 = 2; c < FEATURES; ++c) setReal(out, i * FEATURES + c, 0);
    most = Math.max(most, high);
  }
  if (most == 0) return;
  const scale = 1 / powerAbove(most); // exact
  for (let e: i32 = 0; e < N * M; ++e) setReal(w, e, real(v, e) * scale);
  gram(N, M, w, byAgents, scratch);
  jacobi(k, scratch, q);
  let largest: f64 = 0;
  for (let c: i32 = 0, vectors = min(VECTORS, k); c < vectors; ++c) {
    let best: i32 = 0;
    for (let i: i32 = 1; i < k; ++i) if (real(scratch, i * k + i) > real(scratch, best * k + best)) best = i;
    const value = real(scratch, best * k + best);
    largest = Math.max(largest, value);
    if (!(value > LEAST * largest)) return;
    setReal(scratch, best * k + best, -1); // taken
    let norm: f64 = 0, top: f64 = 0;
    for (let i: i32 = 0; i < N; ++i) {
      let x = real(q, best * k + i);
      if (!byAgents) {
        x = 0;
        for (let m: i32 = 0; m < M; ++m) x += real(w, i * M + m) * real(q, best * k + m);
      }
      setReal(u, i, x);
      norm += x * x;
      top = Math.max(top, Math.abs(x));
    }
    norm = Math.sqrt(norm);
    let first: i32 = 0;
    while (Math.abs(real(u, first)) < (1 - 1e-9) * top) ++first;
    if (real(u, first) < 0) norm = -norm;
    for (let i: i32 = 0; i < N; ++i) setReal(out, i * FEATURES + 2 + c, real(u, i) / norm);
  }
}

/** W Wᵀ (`byAgents`) or WᵀW. */
function gram(N: i32, M: i32, w: usize, byAgents: bool, out: usize): void {
  const k = byAgents ? N : M, depth = byAgents ? M : N, step = byAgents ? 1 : M, row = byAgents ? M : 1;
  for (let i: i32 = 0; i < k; ++i) {
    for (let j = i; j < k; ++j) {
      let sum: f64 = 0;
      for (let d: i32 = 0, one = i * row, other = j * row; d < depth; ++d, one += step, other += step) sum += real(w, one) * real(w, other);
      setReal(out, i * k + j, sum);
      setReal(out, j * k + i, sum);
    }
  }
}
