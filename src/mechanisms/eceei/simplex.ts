/** min costs·x subject to A x = side, 0 <= x <= upper; few rows, many columns. */
export interface BoundedProgramme {
  /** Column k of A, length rows. */
  readonly columns: readonly Float64Array[];
  readonly side: Float64Array;
  readonly costs: Float64Array;
  /** Infinity: none. */
  readonly upper: Float64Array;
}

const FEASIBLE = 1e-11;
const IMPROVES = 1e-11;
const PIVOT = 1e-10;

/**
 * Primal simplex for bounded variables in two phases on a dense inverse, lowest index first (Bland), so that it ends. Variables with an upper bound start at
 * it. Undefined if the programme is infeasible or `most` pivots did not do. Dantzig, Upper Bounds, Secondary Constraints, and Block Triangularity in Linear
 * Programming, 1955; Bland, New Finite Pivoting Rules for the Simplex Method, 1977.
 */
export function minimise(programme: BoundedProgramme, most = 20_000): Float64Array | undefined {
  const { columns, side, costs, upper } = programme;
  const rows = side.length;
  const count = columns.length;
  const x = new Float64Array(count + rows);
  for (let k = 0; k < count; k++) x[k] = upper[k]! < Infinity ? upper[k]! : 0;
  const rest = Float64Array.from(side);
  columns.forEach((column, k) => {
    if (x[k] !== 0) for (let i = 0; i < rows; i++) rest[i]! -= column[i]! * x[k]!;
  });
  // One artificial variable a row takes up what the start leaves.
  const artificial = Array.from({ length: rows }, (_, i) => {
    const column = new Float64Array(rows);
    column[i] = rest[i]! < 0 ? -1 : 1;
    x[count + i] = Math.abs(rest[i]!);
    return column;
  });
  const state: State = {
    columns: [...columns, ...artificial],
    upper: Float64Array.from([...upper, ...artificial.map(() => Infinity)]),
    x,
    basis: Int32Array.from({ length: rows }, (_, i) => count + i),
    inverse: artificial.map((column, i) => Float64Array.from({ length: rows }, (_, j) => (i === j ? column[i]! : 0))),
  };
  const first = Float64Array.from({ length: count + rows }, (_, k) => (k < count ? 0 : 1));
  if (!run(state, first, most)) return undefined;
  const scale = 1 + side.reduce((sum, b) => Math.max(sum, Math.abs(b)), 0);
  if (x.subarray(count).some((a) => a > FEASIBLE * scale)) return undefined;
  state.upper.fill(0, count);
  const second = Float64Array.from({ length: count + rows }, (_, k) => (k < count ? costs[k]! : 0));
  return run(state, second, most) ? x.slice(0, count) : undefined;
}

interface State {
  readonly columns: readonly Float64Array[];
  readonly upper: Float64Array;
  readonly x: Float64Array;
  readonly basis: Int32Array;
  /** Rows of the inverse of the basis. */
  readonly inverse: Float64Array[];
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** Pivots until no variable improves; false if that takes more than `most`. */
function run(state: State, costs: Float64Array, most: number): boolean {
  const { columns, upper, x, basis, inverse } = state;
  const rows = basis.length;
  const inBasis = new Set(basis);
  for (let pivots = 0; pivots < most; pivots++) {
    const y = new Float64Array(rows);
    inverse.forEach((row, i) => {
      const c = costs[basis[i]!]!;
      if (c !== 0) for (let j = 0; j < rows; j++) y[j]! += c * row[j]!;
    });
    let enter = -1;
    let direction = 0;
    for (let k = 0; k < columns.length && enter < 0; k++) {
      if (inBasis.has(k) || upper[k] === 0) continue;
      const reduced = costs[k]! - dot(y, columns[k]!);
      if (x[k] === 0 && reduced < -IMPROVES) [enter, direction] = [k, 1];
      else if (x[k] === upper[k] && reduced > IMPROVES) [enter, direction] = [k, -1];
    }
    if (enter < 0) return true;
    const change = inverse.map((row) => dot(row, columns[enter]!));
    // x_B moves by -direction · change per unit.
    let step = upper[enter]!;
    let leave = -1;
    change.forEach((d, i) => {
      const b = basis[i]!;
      const speed = -direction * d;
      if (Math.abs(d) < PIVOT) return;
      const room = speed < 0 ? Math.max(0, x[b]!) / -speed : Math.max(0, upper[b]! - x[b]!) / speed;
      if (room < step || (room === step && leave >= 0 && b < basis[leave]!)) [step, leave] = [room, i];
    });
    if (step === Infinity) return false; // the costs are not negative: rounding
    change.forEach((d, i) => (x[basis[i]!]! -= direction * step * d));
    if (leave < 0) {
      x[enter] = direction > 0 ? upper[enter]! : 0;
      continue;
    }
    const out = basis[leave]!;
    x[out] = -direction * change[leave]! < 0 ? 0 : upper[out]!;
    x[enter] = (direction > 0 ? 0 : upper[enter]!) + direction * step;
    inBasis.delete(out);
    inBasis.add(enter);
    basis[leave] = enter;
    const pivot = change[leave]!;
    const row = inverse[leave]!.map((v) => v / pivot);
    inverse[leave] = row;
    inverse.forEach((other, i) => {
      if (i !== leave && change[i] !== 0) for (let j = 0; j < rows; j++) other[j]! -= change[i]! * row[j]!;
    });
  }
  return false;
}
