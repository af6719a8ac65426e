// Gaussian elimination with full pivoting on rows of their own scale, for small systems that may be singular.
//
// a        f64[rows·stride]  row-major; columns beyond `columns` are right sides, which are not pivots; out: upper triangle in pivot order
// order    i32[columns]      out: order[k] is the column of pivot k (columns past the rank: the free ones)
// returns the rank r: a pivot below `tolerance` times the largest entry of its (scaled) row counts as 0.
// `sign`   f64, out: sign of the determinant of the pivoted part, row and column exchanges counted
//
// Cost r rows columns multiply-adds and as many comparisons.
// Golub, Van Loan, Matrix Computations, 4th ed., 2013, section 3.4.8 (complete pivoting).
import { integer, real, setInteger, setReal } from '../arrays';

export function eliminate(
  a: usize, rows: i32, columns: i32, stride: i32, tolerance: f64, order: usize, sign: usize,
): i32 {
  for (let k: i32 = 0; k < columns; ++k) setInteger(order, k, k);
  let parity: f64 = 1;
  for (let i: i32 = 0; i < rows; ++i) {
    let largest: f64 = 0;
    for (let k: i32 = 0; k < columns; ++k) largest = max(largest, Math.abs(real(a, i * stride + k)));
    if (largest > 0) for (let k: i32 = 0; k < stride; ++k) setReal(a, i * stride + k, real(a, i * stride + k) / largest);
  }
  let rank: i32 = 0;
  for (; rank < min(rows, columns); ++rank) {
    let largest: f64 = 0, row: i32 = rank, column: i32 = rank;
    for (let i = rank; i < rows; ++i) {
      for (let k = rank; k < columns; ++k) {
        const x = Math.abs(real(a, i * stride + k));
        if (x > largest) { largest = x; row = i; column = k; }
      }
    }
    if (!(largest > tolerance)) break;
    if (row != rank) {
      parity = -parity;
      for (let k: i32 = 0; k < stride; ++k) swap(a, row * stride + k, rank * stride + k);
    }
    if (column != rank) {
      parity = -parity;
      for (let i: i32 = 0; i < rows; ++i) swap(a, i * stride + column, i * stride + rank);
      const other = integer(order, column);
      setInteger(order, column, integer(order, rank));
      setInteger(order, rank, other);
    }
    const pivot = real(a, rank * stride + rank);
    if (pivot < 0) parity = -parity;
    for (let i = rank + 1; i < rows; ++i) {
      const f = real(a, i * stride + rank) / pivot;
      if (f == 0) continue;
      setReal(a, i * stride + rank, 0);
      for (let k = rank + 1; k < stride; ++k) {
        setReal(a, i * stride + k, real(a, i * stride + k) - f * real(a, rank * stride + k));
      }
    }
  }
  store<f64>(sign, parity);
  return rank;
}

/** x from column `side` of what `eliminate` left, columns past the rank at 0. */
export function backSubstitute(a: usize, columns: i32, stride: i32, rank: i32, side: i32, order: usize, x: usize): void {
  for (let k = rank; k < columns; ++k) setReal(x, integer(order, k), 0);
  for (let i = rank - 1; i >= 0; --i) {
    let sum = real(a, i * stride + side);
    for (let k = i + 1; k < rank; ++k) sum -= real(a, i * stride + k) * real(x, integer(order, k));
    setReal(x, integer(order, i), sum / real(a, i * stride + i));
  }
}

function swap(a: usize, i: i32, k: i32): void {
  const x = real(a, i);
  setReal(a, i, real(a, k));
  setReal(a, k, x);
}
