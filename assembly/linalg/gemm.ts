// Products of small single-precision matrices.
//
//     C = beta C + 1 cᵀ + A B
//
// A    f32, rows x depth, element (r, k) at a + r·aRow + k·aDepth (bytes), so that a transposed A needs no copy
// B    f32, depth x columns in panels of PANEL columns: element (k, j) at b + (j / PANEL)·bPanel + k·bDepth + 4 (j mod PANEL); packed
//      panels (bDepth 32) and plain rows (bDepth the row, bPanel 32) are both of that form; 16-byte aligned
// C    f32, rows x columns, row-major, cRow bytes apart; all columns of the last panel are written
//
// Sums run over k in order from the initial value, without fused operations: the same bits for any number of rows.
// Cost: 2 rows·depth·columns operations. Tiles of four rows and one panel stay in registers.

/** Columns of a panel: two f32x4. */
export const PANEL: i32 = 8;
/** What C is before the product: 0, the vector at `bias` in every row, or what it was. */
export const ZERO: i32 = 0, BIAS: i32 = 1, ACCUMULATE: i32 = 2;

/** Columns rounded up to whole panels. */
// @ts-ignore: decorator
@inline export function padded(columns: i32): i32 { return (columns + PANEL - 1) & ~(PANEL - 1); }

// @ts-ignore: decorator
@inline function fma(c: v128, a: usize, b: v128): v128 { return f32x4.add(c, f32x4.mul(v128.load32_splat(a), b)); }

export function gemm(
  rows: i32, depth: i32, columns: i32, a: usize, aRow: usize, aDepth: usize, b: usize, bDepth: usize, bPanel: usize, c: usize,
  cRow: usize, start: i32, bias: usize,
): void {
  const panels = padded(columns) / PANEL;
  for (let p: i32 = 0; p < panels; ++p, b += bPanel, c += 32) {
    const low = start == BIAS ? v128.load(bias + (<usize>p << 5)) : i64x2.splat(0);
    const high = start == BIAS ? v128.load(bias + (<usize>p << 5), 16) : i64x2.splat(0);
    let r: i32 = 0, row = a, out = c;
    for (; r + 4 <= rows; r += 4, row += aRow << 2, out += cRow << 2) {
      let c00 = low, c01 = high, c10 = low, c11 = high, c20 = low, c21 = high, c30 = low, c31 = high;
      const o1 = out + cRow, o2 = o1 + cRow, o3 = o2 + cRow;
      if (start == ACCUMULATE) {
        c00 = v128.load(out); c01 = v128.load(out, 16); c10 = v128.load(o1); c11 = v128.load(o1, 16);
        c20 = v128.load(o2); c21 = v128.load(o2, 16); c30 = v128.load(o3); c31 = v128.load(o3, 16);
      }
      let a0 = row, a1 = a0 + aRow, a2 = a1 + aRow, a3 = a2 + aRow;
      for (let k: i32 = 0, at = b; k < depth; ++k, at += bDepth) {
        const b0 = v128.load(at), b1 = v128.load(at, 16);
        c00 = fma(c00, a0, b0); c01 = fma(c01, a0, b1);
        c10 = fma(c10, a1, b0); c11 = fma(c11, a1, b1);
        c20 = fma(c20, a2, b0); c21 = fma(c21, a2, b1);
        c30 = fma(c30, a3, b0); c31 = fma(c31, a3, b1);
        a0 += aDepth; a1 += aDepth; a2 += aDepth; a3 += aDepth;
      }
      v128.store(out, c00); v128.store(out, c01, 16); v128.store(o1, c10); v128.store(o1, c11, 16);
      v128.store(o2, c20); v128.store(o2, c21, 16); v128.store(o3, c30); v128.store(o3, c31, 16);
    }
    for (; r < rows; ++r, row += aRow, out += cRow) {
      let c00 = low, c01 = high;
      if (start == ACCUMULATE) {
        c00 = v128.load(out);
        c01 = v128.load(out, 16);
      }
      for (let k: i32 = 0, at = b, a0 = row; k < depth; ++k, at += bDepth, a0 += aDepth) {
        c00 = fma(c00, a0, v128.load(at));
        c01 = fma(c01, a0, v128.load(at, 16));
      }
      v128.store(out, c00);
      v128.store(out, c01, 16);
    }
  }
}
