// Steps of prices and amounts from the factors (factor.ts, where the equations stand).
import { integer, real, setReal } from '../arrays';
import { rowCount, rowOf, softness } from './factor';
import { priced, take } from './start';
import { State, mostRows, stride } from './state';

function solveItems(s: State): void {
  const M = s.M, step = stride(M), x = s.dpi;
  for (let j: i32 = 0; j < M; ++j) {
    const aj = s.schur + (<usize>(j * step) << 3);
    let q = real(s.right, j);
    for (let l: i32 = 0; l < j; ++l) q -= real(aj, l) * real(x, l);
    setReal(x, j, q * real(aj, j));
  }
  for (let j = M - 1; j >= 0; --j) {
    let q = real(x, j);
    for (let l = j + 1; l < M; ++l) q -= real(s.schur, l * step + j) * real(x, l);
    setReal(x, j, q * real(s.schur, j * step + j));
  }
}

/** y = L⁻¹ x of an agent's block, and x = L⁻ᵀ y, in place. */
function solveBlock(s: State, i: i32, k: i32, x: usize): void {
  const most = mostRows(s.R, s.K), block = s.factor + (<usize>(i * most * most) << 3), from: i32 = integer(s.kept, i) ? 0 : 1;
  for (let r = from; r < k; ++r) {
    let q = real(x, r);
    for (let p = from; p < r; ++p) q -= real(block, r * k + p) * real(x, p);
    setReal(x, r, q * real(block, r * k + r));
  }
  for (let r = k - 1; r >= from; --r) {
    let q = real(x, r);
    for (let p = r + 1; p < k; ++p) q -= real(block, p * k + r) * real(x, p);
    setReal(x, r, q * real(block, r * k + r));
  }
}

/** Right side of an agent's block: R Θ g + D ψ, for equalities less what is missing. `psi` of rows is in drho, of the utility in phi. */
function blockRight(s: State, i: i32, begin: i32, end: i32, k: i32, x: usize): void {
  const first = integer(s.firstRow, i);
  for (let r: i32 = integer(s.kept, i) ? 0 : 1; r < k; ++r) {
    const row = rowOf(s, i, r), soft = r == 0 ? real(s.soft, i) : softness(s, i, r), psi = r == 0 ? real(s.phi, i) : real(s.drho, first + r - 1);
    let sum: f64 = soft == 0 ? -psi : soft * psi;
    for (let v = begin, theta = s.theta, g = s.g; v < end; ++v) sum += real(row, v - begin) * real(theta, v) * real(g, v);
    setReal(x, r, sum);
  }
}

/**
 * Steps of prices, amounts, utilities and what items have left. In: s.g (right side of stationarity), s.phi and s.drho (constants ψ; for equalities
 * what the step has to make up), s.right (for each item e_s/π − rest). Out: dpi, dz, eta, du, ds.
 */
export function solve(s: State): void {
  for (let i: i32 = 0; i < s.n; ++i) {
    const begin = integer(s.firstVariable, i), end = integer(s.firstVariable, i + 1), k = rowCount(s, i);
    if (k == 1 && integer(s.item, end - 1) >= 0) forwardPlain(s, i, begin, end);
    else forward(s, i, begin, end, k);
  }
  solveItems(s);
  memory.copy(s.ds, s.rest, <usize>s.M << 3);
  for (let i: i32 = 0; i < s.n; ++i) {
    const begin = integer(s.firstVariable, i), end = integer(s.firstVariable, i + 1), k = rowCount(s, i);
    if (k == 1 && integer(s.item, end - 1) >= 0) backwardPlain(s, i, begin, end);
    else backward(s, i, begin, end, k);
  }
}

/** An agent without rows and bundle: its part of the items' right sides, less (L⁻¹ R Θ Qᵀ)ᵀ L⁻¹ of that of its block. */
function forwardPlain(s: State, i: i32, begin: i32, end: i32): void {
  const theta = s.theta, g = s.g, w = s.w, item = s.item, right = s.right, M = s.M, most = mostRows(s.R, s.K);
  let sum: f64 = 0;
  for (let v = begin; v < end; ++v) {
    const f = real(theta, v) * real(g, v), j = integer(item, v);
    sum += real(w, v) * f;
    setReal(right, j, real(right, j) + f);
  }
  if (!integer(s.kept, i)) return;
  const soft = real(s.soft, i), psi = real(s.phi, i), q = (soft == 0 ? sum - psi : sum + soft * psi) * real(s.factor, i * most * most);
  const reach = s.reach + (<usize>(i * most * stride(M)) << 3), factor = f64x2.splat(q);
  for (let l: usize = 0, last = <usize>M << 3; l < last; l += 16) v128.store(right + l, f64x2.sub(v128.load(right + l), f64x2.mul(factor, v128.load(reach + l))));
}

/** The other half: the agent's steps, from those of the prices. */
function backwardPlain(s: State, i: i32, begin: i32, end: i32): void {
  const theta = s.theta, gs = s.g, ws = s.w, item = s.item, dpi = s.dpi, dz = s.dz, ds = s.ds, most = mostRows(s.R, s.K);
  let y: f64 = 0;
  if (integer(s.kept, i)) {
    // Not from the sum before: where Θ is large, g and Δπ nearly cancel.
    let sum: f64 = 0;
    for (let v = begin; v < end; ++v) sum += real(ws, v) * (real(theta, v) * (real(gs, v) - real(dpi, integer(item, v))));
    const soft = real(s.soft, i), psi = real(s.phi, i), root = real(s.factor, i * most * most);
    y = (soft == 0 ? sum - psi : sum + soft * psi) * root * root;
  }
  setReal(s.eta, i * most, y);
  let du: f64 = 0;
  for (let v = begin; v < end; ++v) {
    const w = real(ws, v), j = integer(item, v), step = real(theta, v) * (real(gs, v) - real(dpi, j) - w * y);
    setReal(dz, v, step);
    setReal(ds, j, real(ds, j) - step);
    du += w * step;
  }
  setReal(s.du, i, du);
}

function forward(s: State, i: i32, begin: i32, end: i32, k: i32): void {
  const M = s.M, most = mostRows(s.R, s.K), from: i32 = integer(s.kept, i) ? 0 : 1;
  const eta = s.eta + (<usize>(i * most) << 3), reach = s.reach + (<usize>(i * most * stride(M)) << 3);
  const block = s.factor + (<usize>(i * most * most) << 3), right = s.right;
  blockRight(s, i, begin, end, k, eta);
  for (let v = begin; v < end; ++v) take(s, right, i, v, -real(s.theta, v) * real(s.g, v));
  for (let r = from; r < k; ++r) {
    let q = real(eta, r);
    for (let p = from; p < r; ++p) q -= real(block, r * k + p) * real(eta, p);
    q *= real(block, r * k + r);
    setReal(eta, r, q);
    const t = reach + (<usize>(r * stride(M)) << 3);
    for (let l: i32 = 0; l < M; ++l) setReal(right, l, real(right, l) - q * real(t, l));
  }
}

function backward(s: State, i: i32, begin: i32, end: i32, k: i32): void {
  const eta = s.eta + (<usize>(i * mostRows(s.R, s.K)) << 3), from: i32 = integer(s.kept, i) ? 0 : 1;
  for (let v = begin; v < end; ++v) setReal(s.g, v, real(s.g, v) - priced(s, s.dpi, i, v));
  blockRight(s, i, begin, end, k, eta);
  solveBlock(s, i, k, eta);
  let du: f64 = 0;
  for (let v = begin; v < end; ++v) {
    let g = real(s.g, v);
    for (let r = from; r < k; ++r) g -= real(rowOf(s, i, r), v - begin) * real(eta, r);
    const step = real(s.theta, v) * g;
    setReal(s.dz, v, step);
    take(s, s.ds, i, v, step);
    du += real(s.w, v) * step;
  }
  setReal(s.du, i, du);
}
