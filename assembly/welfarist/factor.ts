// The Newton system of the gamma-fair solver, by blocks, and its factors.
//
// An agent's stationarity, with R = [w; a_1; …] and multipliers η = (−Δy; Δλ), eliminates to
//
//     Δz = Θ (g − Qᵀ Δπ − Rᵀ η),      (R Θ Rᵀ + D) η = R Θ (g − Qᵀ Δπ) + D ψ,      Θ = 1 / (zl/z + zu/(ub − z))
//
// D = 1/h for the utility (h: its curvature; h = 0 leaves the row out), 1/θ_r for a row between bounds, 0 for an equality. Item constraints
// Σ Q Δz + Δs = rest then give the M×M system
//
//     [ diag(s/π) + Σ_i Q_i (Θ − Θ Rᵀ (R Θ Rᵀ + D)⁻¹ R Θ) Q_iᵀ ] Δπ = right
//
// (after Shen et al. 2021, section 5 for the programme; block elimination as in Wright, Primal-Dual Interior-Point Methods, 1997, chapter 11).
// Cost a factorisation: k M² an agent of k rows, M³/6 for the items.
import { integer, real, setInteger, setReal } from '../arrays';
import { BUNDLE, NOTHING, State, mostRows, stride } from './state';

const DEPENDENT: f64 = 1e-14; // share of its diagonal below which a pivot says that a row adds nothing

/** Coefficients of an agent's row; row 0 is its utility. */
// @ts-ignore: decorator
@inline export function rowOf(s: State, i: i32, r: i32): usize {
  return r == 0
    ? s.w + (<usize>integer(s.firstVariable, i) << 3)
    : s.coefficients + (<usize>integer(s.coefficient, integer(s.firstRow, i) + r - 1) << 3);
}

// @ts-ignore: decorator
@inline export function rowCount(s: State, i: i32): i32 { return 1 + integer(s.firstRow, i + 1) - integer(s.firstRow, i); }

/** Θ of all variables, from the inverses that direction.ts leaves. */
function weigh(s: State): void {
  const z = s.z, inverse = s.inverse, inverseDual = s.inverseDual, zl = s.zl, zu = s.zu, room = s.inverseRoom, theta = s.theta;
  for (let v: usize = 0, end = <usize>s.variables << 3; v < end; v += 16) v128.store(theta + v, f64x2.mul(v128.load(z + v), v128.load(inverseDual + v)));
  if (!s.bounded) return;
  for (let v: i32 = 0, end = s.variables; v < end; ++v) {
    if (real(room, v) != 0) setReal(theta, v, 1 / (real(zl, v) * real(inverse, v) + real(zu, v) * real(room, v)));
  }
}

/** D of row r of agent i; −1: the row is left out. */
export function softness(s: State, i: i32, r: i32): f64 {
  if (r == 0) {
    if (s.entropy && integer(s.fixedCap, i)) return 0;
    const h = real(s.h, i);
    return h > 0 ? 1 / h : -1;
  }
  const row = integer(s.firstRow, i) + r - 1, low = real(s.low, row), high = real(s.high, row);
  if (low == high) return 0;
  let theta: f64 = 0;
  if (high < Infinity) theta += real(s.lu, row) / (high - real(s.rho, row));
  if (low > -Infinity) theta += real(s.ll, row) / (real(s.rho, row) - low);
  return 1 / theta;
}

/** M -= u uᵀ, lower triangle. */
function subtractOuter(schur: usize, u: usize, M: i32): void {
  const step = stride(M);
  for (let j: i32 = 0; j < M; ++j) {
    const f = real(u, j);
    if (f == 0) continue;
    const row = schur + (<usize>(j * step) << 3), factor = f64x2.splat(f);
    for (let l: i32 = 0; l <= j; l += 2) {
      const o = <usize>l << 3;
      v128.store(row + o, f64x2.sub(v128.load(row + o), f64x2.mul(factor, v128.load(u + o))));
    }
  }
}

/** Factors every agent's block and the items' matrix. */
export function factor(s: State): void {
  const M = s.M, step = stride(M), most = mostRows(s.R, s.K);
  weigh(s);
  memory.fill(s.schur, 0, <usize>(M * step) << 3);
  for (let j: i32 = 0; j < M; ++j) if (integer(s.open, j) == 1) setReal(s.schur, j * step + j, real(s.s, j) / real(s.pi, j));
  for (let i: i32 = 0; i < s.n; ++i) {
    const begin = integer(s.firstVariable, i), end = integer(s.firstVariable, i + 1), k = rowCount(s, i);
    const reach = s.reach + (<usize>(i * most * step) << 3), block = s.factor + (<usize>(i * most * most) << 3);
    const soft = softness(s, i, 0);
    setReal(s.soft, i, soft);
    setInteger(s.kept, i, soft >= 0 ? 1 : 0);
    const bundled = end > begin && integer(s.item, end - 1) == BUNDLE;
    if (k == 1) simple(s, i, begin, end, soft, bundled, reach, block);
    else general(s, i, begin, end, k, soft, bundled, reach, block);
  }
  factorItems(s);
}

/**
 * An agent without rows: Θ − Θw wᵀΘ / (D + wᵀΘw), whose diagonal Θ_v (D + Σ_{l≠v} Θ_l w_l²) / (D + wᵀΘw) is computed without
 * cancellation. Bundle and single items do not overlap, so nothing cancels over items either.
 */
function simple(s: State, i: i32, begin: i32, end: i32, soft: f64, bundled: bool, reach: usize, block: usize): void {
  const M = s.M, step = stride(M), bundle = s.bundle + (<usize>(i * M) << 3), last = end - <i32>bundled;
  const ws = s.w, thetas = s.theta, item = s.item, schur = s.schur;
  memory.fill(reach, 0, <usize>step << 3);
  let sum: f64 = 0, largest: f64 = 0, others: f64 = 0;
  for (let v = begin; v < end; ++v) {
    const w = real(ws, v), t = real(thetas, v) * w * w;
    sum += t;
    if (t > largest) {
      others += largest;
      largest = t;
    } else others += t;
  }
  const total = soft + sum, scale = 1 / total, kept = soft >= 0 && total > 0, root = kept ? 1 / Math.sqrt(total) : 0;
  setReal(block, 0, root);
  let found = !kept;
  for (let v = begin; v < end; ++v) {
    const w = real(ws, v), theta = real(thetas, v), t = theta * w * w;
    let share: f64 = 1;
    if (kept) {
      share = (soft + (!found && t == largest ? others : sum - t)) * scale;
      found = found || t == largest;
    }
    if (v < last) {
      const j = integer(item, v), d = j * (step + 1);
      setReal(reach, j, theta * w * root);
      setReal(schur, d, real(schur, d) + theta * share);
    } else addBundle(s, bundle, theta * share);
  }
  if (!kept) return;
  for (let a = begin + 1; a < last; ++a) {
    const j = integer(item, a), f = real(reach, j), row = schur + (<usize>(j * step) << 3), factor = f64x2.splat(f);
    let l: i32 = 0;
    for (; l + 1 < j; l += 2) {
      const o = <usize>l << 3;
      v128.store(row + o, f64x2.sub(v128.load(row + o), f64x2.mul(factor, v128.load(reach + o))));
    }
    if (l < j) setReal(row, l, real(row, l) - f * real(reach, l));
  }
  if (!bundled) return;
  const f = real(s.theta, last) * real(s.w, last) * root;
  for (let v = begin; v < last; ++v) {
    const j = integer(s.item, v), g = f * real(reach, j);
    for (let l: i32 = 0; l < M; ++l) {
      const d = j > l ? j * step + l : l * step + j;
      setReal(s.schur, d, real(s.schur, d) - g * real(bundle, l));
    }
  }
  for (let l: i32 = 0; l < M; ++l) setReal(reach, l, real(reach, l) + f * real(bundle, l));
}

/** Schur += f a aᵀ for a bundle a, lower triangle. */
function addBundle(s: State, bundle: usize, f: f64): void {
  const M = s.M, step = stride(M);
  for (let j: i32 = 0; j < M; ++j) {
    const g = f * real(bundle, j);
    if (g == 0) continue;
    for (let l: i32 = 0; l <= j; ++l) setReal(s.schur, j * step + l, real(s.schur, j * step + l) + g * real(bundle, l));
  }
}

function general(s: State, i: i32, begin: i32, end: i32, k: i32, soft: f64, bundled: bool, reach: usize, block: usize): void {
  const M = s.M, step = stride(M), bundle = s.bundle + (<usize>(i * M) << 3), from: i32 = soft >= 0 ? 0 : 1;
  for (let v = begin; v < end - <i32>bundled; ++v) {
    if (integer(s.item, v) == NOTHING) continue;
    const d = integer(s.item, v) * (step + 1);
    setReal(s.schur, d, real(s.schur, d) + real(s.theta, v));
  }
  if (bundled) addBundle(s, bundle, real(s.theta, end - 1));
  // R Θ Rᵀ + D and R Θ Qᵀ
  for (let r = from; r < k; ++r) {
    const row = rowOf(s, i, r), t = reach + (<usize>(r * step) << 3);
    memory.fill(t, 0, <usize>step << 3);
    for (let v = begin; v < end; ++v) {
      const f = real(row, v - begin) * real(s.theta, v), j = integer(s.item, v);
      if (j >= 0) setReal(t, j, real(t, j) + f);
      else if (j == BUNDLE) for (let l: i32 = 0; l < M; ++l) setReal(t, l, real(t, l) + f * real(bundle, l));
    }
    for (let q = from; q <= r; ++q) {
      const other = rowOf(s, i, q);
      let sum: f64 = 0;
      for (let v = begin; v < end; ++v) sum += real(row, v - begin) * real(s.theta, v) * real(other, v - begin);
      setReal(block, r * k + q, q == r ? sum + softness(s, i, r) : sum);
    }
  }
  // Cholesky, and L⁻¹ R Θ Qᵀ on the way.
  for (let r = from; r < k; ++r) {
    const t = reach + (<usize>(r * step) << 3), own = real(block, r * k + r);
    for (let q = from; q < r; ++q) {
      let sum = real(block, r * k + q);
      for (let p = from; p < q; ++p) sum -= real(block, r * k + p) * real(block, q * k + p);
      sum *= real(block, q * k + q);
      setReal(block, r * k + q, sum);
      const u = reach + (<usize>(q * step) << 3);
      for (let l: i32 = 0; l < M; ++l) setReal(t, l, real(t, l) - sum * real(u, l));
    }
    let pivot = own;
    for (let q = from; q < r; ++q) pivot -= real(block, r * k + q) * real(block, r * k + q);
    const inverse = pivot > DEPENDENT * own ? 1 / Math.sqrt(pivot) : 0;
    setReal(block, r * k + r, inverse);
    for (let l: i32 = 0; l < M; ++l) setReal(t, l, real(t, l) * inverse);
    subtractOuter(s.schur, t, M);
  }
}

/** Cholesky of the items' matrix, in place; a pivot without sign leaves its price as it is. */
function factorItems(s: State): void {
  const M = s.M, step = stride(M), a = s.schur;
  for (let j: i32 = 0; j < M; ++j) {
    const aj = a + (<usize>(j * step) << 3), own = real(aj, j);
    for (let l: i32 = 0; l < j; ++l) {
      const al = a + (<usize>(l * step) << 3);
      let sum = f64x2.splat(0), p: i32 = 0;
      for (; p + 1 < l; p += 2) sum = f64x2.add(sum, f64x2.mul(v128.load(aj + (<usize>p << 3)), v128.load(al + (<usize>p << 3))));
      let total = real(aj, l) - (f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1));
      if (p < l) total -= real(aj, p) * real(al, p);
      setReal(aj, l, total * real(al, l));
    }
    let pivot = own;
    for (let l: i32 = 0; l < j; ++l) pivot -= real(aj, l) * real(aj, l);
    setReal(aj, j, pivot > DEPENDENT * own ? 1 / Math.sqrt(pivot) : 0);
  }
}

