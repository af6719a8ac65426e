// Eigenvectors of small symmetric positive semidefinite matrices by cyclic Jacobi rotations (Golub, Van Loan, Matrix Computations, 2013,
// section 8.5).
import { real, setReal } from '../arrays';

const SWEEPS: i32 = 40;

/** `a` (k x k) becomes diagonal, the eigenvalues; the rows of `q` (k x k) the eigenvectors. About 6 k³ operations a sweep, of which 5 to 8. */
export function jacobi(k: i32, a: usize, q: usize): void {
  memory.fill(q, 0, <usize>(k * k) << 3);
  let trace: f64 = 0;
  for (let i: i32 = 0; i < k; ++i) {
    setReal(q, i * k + i, 1);
    trace += real(a, i * k + i);
  }
  for (let sweep: i32 = 0, turned = true; turned && sweep < SWEEPS; ++sweep) {
    turned = false;
    for (let p: i32 = 0; p < k; ++p) {
      for (let r = p + 1; r < k; ++r) {
        const off = real(a, p * k + r), app = real(a, p * k + p), arr = real(a, r * k + r);
        // Relative to its own diagonal, so that vectors of small eigenvalues are accurate too.
        if (Math.abs(off) <= 1e-20 * trace || off * off <= 1e-31 * app * arr) continue;
        turned = true;
        const theta = (arr - app) / (2 * off);
        const t = (theta < 0 ? -1.0 : 1.0) / (Math.abs(theta) + Math.sqrt(theta * theta + 1)), c = 1 / Math.sqrt(t * t + 1), s = t * c;
        for (let j: i32 = 0; j < k; ++j) {
          rotate(q, p * k + j, r * k + j, c, s);
          if (j == p || j == r) continue;
          rotate(a, p * k + j, r * k + j, c, s);
          setReal(a, j * k + p, real(a, p * k + j));
          setReal(a, j * k + r, real(a, r * k + j));
        }
        setReal(a, p * k + p, app - t * off);
        setReal(a, r * k + r, arr + t * off);
        setReal(a, p * k + r, 0);
        setReal(a, r * k + p, 0);
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function rotate(list: usize, one: i32, other: i32, c: f64, s: f64): void {
  const x = real(list, one), y = real(list, other);
  setReal(list, one, c * x - s * y);
  setReal(list, other, s * x + c * y);
}
