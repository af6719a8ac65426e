// A linear programme from its origin, in memory:
//
//     maximise  Σ_j c_j x_j     s.t.  Σ_j A_ij x_j + s_i = b_i,   0 <= x_j <= u_j,   0 <= s_i <= t_i
//
// b_i >= 0 and x = 0 gives s within its bounds, so every programme here starts feasible, and no first phase is needed. A slack with t_i = 0 is
// an equality. Columns are sparse. The basis is kept as an explicit inverse, made anew from the columns every REFACTOR pivots.

/** Room for rows, columns, nonzeros; everything else is set by `lay`. Column j < columns is x_j, column columns + i the slack of row i. */
@unmanaged
export class Simplex {
  rows: i32;
  columns: i32;
  c: usize; // f64[columns]
  start: usize; // i32[columns + 1]
  index: usize; // i32[nonzeros], rows
  value: usize; // f64[nonzeros]
  b: usize; // f64[rows]
  upper: usize; // f64[columns + rows]
  basis: usize; // i32[rows], column that is basic in each place
  place: usize; // i32[columns + rows]: its place in the basis, −1: at 0, −2: at its upper bound
  x: usize; // f64[rows], values of the basic columns
  inverse: usize; // f64[rows·stride], row-major
  y: usize; // f64[rows], duals
  column: usize; // f64[rows], B⁻¹ A_j
  matrix: usize; // f64[rows·stride], room for the inversion
  rate: usize; // f64[rows]
  since: i32; // pivots since the inverse was made
  pivots: i32;
  stalled: i32; // pivots in a row that moved nothing
  cost: f64; // reduced cost of the column that enters
  notes: usize; // i32[columns + rows], columns noted when all were looked at
  noted: i32;
  worth: f64; // largest reduced cost then
}

// @ts-ignore: decorator
@inline function bytes(count: i32): usize { return ((<usize>count << 3) + 15) & ~15; }

// @ts-ignore: decorator
@inline export function rowStride(rows: i32): i32 { return (rows + 1) & ~1; }

export function simplexBytes(rows: i32, columns: i32, nonzeros: i32): usize {
  const all = columns + rows, square = rows * rowStride(rows);
  return ((offsetof<Simplex>() + 15) & ~15) + bytes(columns) + bytes(columns + 1) + 2 * bytes(nonzeros) + 6 * bytes(rows) + 3 * bytes(all) + 2 * bytes(square);
}

/** Lays a programme of at most that size out; the caller then adds columns (`addColumn`) and sets c, b, upper. */
export function lay(base: usize, rows: i32, columns: i32, nonzeros: i32): Simplex {
  const s = changetype<Simplex>(base);
  const all = columns + rows, square = rows * rowStride(rows);
  let at = base + ((offsetof<Simplex>() + 15) & ~15);
  s.c = at; at += bytes(columns);
  s.start = at; at += bytes(columns + 1);
  s.index = at; at += bytes(nonzeros);
  s.value = at; at += bytes(nonzeros);
  s.b = at; at += bytes(rows);
  s.upper = at; at += bytes(all);
  s.basis = at; at += bytes(rows);
  s.place = at; at += bytes(all);
  s.notes = at; at += bytes(all);
  s.x = at; at += bytes(rows);
  s.y = at; at += bytes(rows);
  s.column = at; at += bytes(rows);
  s.rate = at; at += bytes(rows);
  s.inverse = at; at += bytes(square);
  s.matrix = at;
  s.rows = rows;
  s.columns = 0;
  store<i32>(s.start, 0);
  return s;
}

/** Begins the next column; its entries follow by addEntry. Returns its number. */
export function addColumn(s: Simplex, c: f64, upper: f64): i32 {
  const j = s.columns++;
  store<f64>(s.c + (<usize>j << 3), c);
  store<f64>(s.upper + (<usize>j << 3), upper);
  store<i32>(s.start + (<usize>(j + 1) << 2), load<i32>(s.start + (<usize>j << 2)));
  return j;
}

export function addEntry(s: Simplex, row: i32, value: f64): void {
  if (value == 0) return;
  const end = s.start + (<usize>s.columns << 2), at = load<i32>(end);
  store<i32>(s.index + (<usize>at << 2), row);
  store<f64>(s.value + (<usize>at << 3), value);
  store<i32>(end, at + 1);
}
