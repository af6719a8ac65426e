// Dense Cholesky factorisation and solve for two symmetric positive definite matrices in two lanes, in place.
//
//     A = L Lᵀ,   l_jj = sqrt(a_jj − Σ_{k<j} l_jk²),   l_ij = (a_ij − Σ_{k<j} l_ik l_jk) / l_jj   for i > j
//
// a    f64x2[n·n]  row-major; in: lower triangle of A; out: strict lower triangle of L, and 1/l_jj on the diagonal
// x    f64x2[n]    in: right side; out: A⁻¹ x
//
// Cost n³/6 multiply-adds (factor), n² (solve). Only the lower triangle is read.
// A pivot that rounding has left without sign counts as infinite: that unknown is 0 in the solution, others are solved for.
// Golub, Van Loan, Matrix Computations, 4th ed., 2013, section 4.2.5 (outer-product form).
import { div, mul, splat, sub } from '../lanes';

export function cholesky(a: usize, n: i32): void {
  const row: usize = (<usize>n) << 4;
  for (let j: i32 = 0; j < n; ++j) {
    const aj = a + <usize>j * row;
    for (let k: i32 = 0; k < j; ++k) {
      const col = a + (<usize>k << 4);
      const f = v128.load(aj + (<usize>k << 4));
      for (let i: i32 = j; i < n; ++i) {
        const at = a + <usize>i * row;
        const ij = at + (<usize>j << 4);
        v128.store(ij, sub(v128.load(ij), mul(v128.load(at + (col - a)), f)));
      }
    }
    const jj = aj + (<usize>j << 4);
    const pivot = v128.load(jj);
    const inverse = v128.and(div(splat(1), f64x2.sqrt(pivot)), f64x2.gt(pivot, splat(0)));
    v128.store(jj, inverse);
    for (let i: i32 = j + 1; i < n; ++i) {
      const ij = a + <usize>i * row + (<usize>j << 4);
      v128.store(ij, mul(v128.load(ij), inverse));
    }
  }
}

export function choleskySolve(a: usize, n: i32, x: usize): void {
  const row: usize = (<usize>n) << 4;
  for (let i: i32 = 0; i < n; ++i) {
    const ai = a + <usize>i * row;
    let q = v128.load(x + (<usize>i << 4));
    for (let k: i32 = 0; k < i; ++k) {
      const o = <usize>k << 4;
      q = sub(q, mul(v128.load(ai + o), v128.load(x + o)));
    }
    v128.store(x + (<usize>i << 4), mul(q, v128.load(ai + (<usize>i << 4))));
  }
  for (let i: i32 = n - 1; i >= 0; --i) {
    let q = v128.load(x + (<usize>i << 4));
    for (let k: i32 = i + 1; k < n; ++k) {
      q = sub(q, mul(v128.load(a + <usize>k * row + (<usize>i << 4)), v128.load(x + (<usize>k << 4))));
    }
    v128.store(x + (<usize>i << 4), mul(q, v128.load(a + <usize>i * row + (<usize>i << 4))));
  }
}
