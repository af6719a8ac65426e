// The basis of a simplex: its inverse, made anew or changed by a pivot; prices; columns of the tableau.
import { integer, real, setInteger, setReal } from '../arrays';
import { Simplex, rowStride } from './state';

const SINGULAR: f64 = 1e-13;

/** a −= f b, over whole pairs. */
// @ts-ignore: decorator
@inline function subtract(a: usize, b: usize, f: f64, length: i32): void {
  const factor = f64x2.splat(f);
  for (let k: i32 = 0; k < length; k += 2) {
    const o = <usize>k << 3;
    v128.store(a + o, f64x2.sub(v128.load(a + o), f64x2.mul(factor, v128.load(b + o))));
  }
}

function scale(a: usize, f: f64, length: i32): void {
  for (let k: i32 = 0; k < length; ++k) setReal(a, k, f * real(a, k));
}

function swap(a: usize, b: usize, length: i32): void {
  for (let k: i32 = 0; k < length; ++k) {
    const t = real(a, k);
    setReal(a, k, real(b, k));
    setReal(b, k, t);
  }
}

/** Starts from the slacks. */
export function slackBasis(s: Simplex): void {
  const m = s.rows, step = rowStride(m);
  memory.fill(s.inverse, 0, <usize>(m * step) << 3);
  for (let j: i32 = 0; j < s.columns; ++j) setInteger(s.place, j, -1);
  for (let i: i32 = 0; i < m; ++i) {
    setReal(s.inverse, i * step + i, 1);
    setInteger(s.basis, i, s.columns + i);
    setInteger(s.place, s.columns + i, i);
    setReal(s.x, i, real(s.b, i));
  }
  s.since = s.pivots = s.stalled = 0;
}

/** The inverse from the columns themselves, and the basic values; false where the basis is singular. */
export function refactor(s: Simplex): bool {
  const m = s.rows, step = rowStride(m), B = s.matrix, inverse = s.inverse;
  memory.fill(B, 0, <usize>(m * step) << 3);
  memory.fill(inverse, 0, <usize>(m * step) << 3);
  for (let k: i32 = 0; k < m; ++k) {
    setReal(inverse, k * step + k, 1);
    const j = integer(s.basis, k);
    if (j >= s.columns) setReal(B, (j - s.columns) * step + k, 1);
    else for (let e = integer(s.start, j); e < integer(s.start, j + 1); ++e) setReal(B, integer(s.index, e) * step + k, real(s.value, e));
  }
  for (let k: i32 = 0; k < m; ++k) {
    let best = k;
    for (let i = k + 1; i < m; ++i) if (Math.abs(real(B, i * step + k)) > Math.abs(real(B, best * step + k))) best = i;
    const pivot = real(B, best * step + k);
    if (!(Math.abs(pivot) > SINGULAR)) return false;
    const row = B + (<usize>(k * step) << 3), out = inverse + (<usize>(k * step) << 3);
    if (best != k) {
      swap(row, B + (<usize>(best * step) << 3), m);
      swap(out, inverse + (<usize>(best * step) << 3), m);
    }
    scale(row, 1 / pivot, m);
    scale(out, 1 / pivot, m);
    for (let i: i32 = 0; i < m; ++i) {
      const f = real(B, i * step + k);
      if (i == k || f == 0) continue;
      subtract(B + (<usize>(i * step) << 3), row, f, step);
      subtract(inverse + (<usize>(i * step) << 3), out, f, step);
    }
  }
  s.since = 0;
  values(s);
  return true;
}

/** Values of the basic columns, from the right side and what stands at upper bounds. */
function values(s: Simplex): void {
  const m = s.rows, step = rowStride(m), right = s.rate;
  memory.copy(right, s.b, <usize>m << 3);
  for (let j: i32 = 0; j < s.columns + m; ++j) {
    if (integer(s.place, j) != -2) continue;
    const at = real(s.upper, j);
    if (j >= s.columns) setReal(right, j - s.columns, real(right, j - s.columns) - at);
    else for (let e = integer(s.start, j); e < integer(s.start, j + 1); ++e) {
      const i = integer(s.index, e);
      setReal(right, i, real(right, i) - at * real(s.value, e));
    }
  }
  for (let k: i32 = 0; k < m; ++k) {
    let sum: f64 = 0;
    for (let i: i32 = 0; i < m; ++i) sum += real(s.inverse, k * step + i) * real(right, i);
    setReal(s.x, k, sum);
  }
}

/** y = c_B B⁻¹ */
export function price(s: Simplex): void {
  const m = s.rows, step = rowStride(m);
  memory.fill(s.y, 0, <usize>m << 3);
  for (let k: i32 = 0; k < m; ++k) {
    const j = integer(s.basis, k);
    if (j >= s.columns) continue;
    const c = real(s.c, j);
    if (c == 0) continue;
    for (let i: i32 = 0; i < m; ++i) setReal(s.y, i, real(s.y, i) + c * real(s.inverse, k * step + i));
  }
}

/** What one more unit of column j would add to the objective. */
// @ts-ignore: decorator
@inline export function reducedCost(s: Simplex, j: i32): f64 {
  const y = s.y, index = s.index, value = s.value, end = integer(s.start, j + 1);
  let e = integer(s.start, j), d = real(s.c, j);
  if (end - e == 2) return d - real(y, integer(index, e)) * real(value, e) - real(y, integer(index, e + 1)) * real(value, e + 1);
  for (; e < end; ++e) d -= real(y, integer(index, e)) * real(value, e);
  return d;
}

/** Prices after a pivot in place `k`, from those before it and the reduced cost of what came in. */
export function reprice(s: Simplex, d: f64, k: i32): void {
  subtract(s.y, s.inverse + (<usize>(k * rowStride(s.rows)) << 3), -d, s.rows);
}

/** s.column = B⁻¹ A_j */
export function tableau(s: Simplex, j: i32): void {
  const m = s.rows, step = rowStride(m);
  for (let k: i32 = 0; k < m; ++k) {
    let sum: f64 = 0;
    if (j >= s.columns) sum = real(s.inverse, k * step + j - s.columns);
    else for (let e = integer(s.start, j), end = integer(s.start, j + 1); e < end; ++e) {
      sum += real(s.inverse, k * step + integer(s.index, e)) * real(s.value, e);
    }
    setReal(s.column, k, sum);
  }
}

/** Column j, whose tableau column is in s.column, becomes basic with that value in place `k`; what was there goes to 0 (−1) or its upper bound (−2). */
export function exchange(s: Simplex, j: i32, k: i32, value: f64, where: i32): void {
  const m = s.rows, step = rowStride(m), row = s.inverse + (<usize>(k * step) << 3);
  setInteger(s.place, integer(s.basis, k), where);
  setInteger(s.basis, k, j);
  setInteger(s.place, j, k);
  scale(row, 1 / real(s.column, k), m);
  for (let i: i32 = 0; i < m; ++i) {
    const f = real(s.column, i);
    if (i != k && f != 0) subtract(s.inverse + (<usize>(i * step) << 3), row, f, step);
  }
  setReal(s.x, k, value);
  s.since += 1;
  s.pivots += 1;
}
