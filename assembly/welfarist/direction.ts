// The residuals at a point of the gamma-fair solver, and the Newton step of everything from them (solve.ts says which equations).
//
// Divisions are dear: those by amounts, by their duals and by what is left below upper bounds are done once an iteration, here.
import { integer, real, setReal } from '../arrays';
import { POWER, elasticity, logSlope } from './concave';
import { rowCount, rowOf } from './factor';
import { solve } from './newton';
import { priced } from './start';
import { State, mostRows } from './state';

/** Residual of log Y = log ω F'(u); for the entropy of Y = −ω log V. */
function tie(s: State, i: i32): f64 {
  if (s.entropy && integer(s.fixedCap, i)) return 0;
  const u = real(s.u, i);
  if (s.entropy) return real(s.Y, i) + real(s.omega, i) * (Math.log(u) + real(s.shift, i));
  if (s.kind != POWER) return Math.log(real(s.Y, i)) - real(s.shift, i) - logSlope(s, real(s.unit, i) * u);
  return s.gamma == 1 ? 0 : Math.log(real(s.Y, i) / real(s.omega, i)) + (1 - s.gamma) * Math.log(u);
}

/** Inverses of amounts, their duals and what is left below upper bounds. A frozen variable has 0, so that it drops out of sums and steps. */
function invert(s: State): void {
  const z = s.z, zl = s.zl, inverse = s.inverse, inverseDual = s.inverseDual, one = f64x2.splat(1);
  for (let v: usize = 0, end = <usize>s.variables << 3; v < end; v += 16) {
    v128.store(inverse + v, f64x2.div(one, v128.load(z + v)));
    v128.store(inverseDual + v, f64x2.div(one, v128.load(zl + v)));
  }
  if (s.entropy) {
    for (let v: i32 = 0; v < s.variables; ++v) {
      if (!integer(s.frozen, v)) continue;
      setReal(s.inverse, v, 0);
      setReal(s.inverseDual, v, 0);
    }
  }
  setReal(inverse, s.variables, 0);
  setReal(inverseDual, s.variables, 0);
  if (!s.bounded) return;
  for (let v: i32 = 0; v < s.variables; ++v) {
    const ub = real(s.ub, v), bounded = ub < Infinity && !integer(s.frozen, v), room = bounded ? ub - real(z, v) : 1.0;
    setReal(s.room, v, room);
    setReal(s.inverseRoom, v, bounded ? 1 / room : 0);
  }
}

/** Stationarity's residuals, curvatures; returns the sum of complementarity products, and their number in s.products. */
export function residuals(s: State): f64 {
  invert(s);
  let sum: f64 = 0, count: f64 = 0;
  for (let j: i32 = 0; j < s.M; ++j) {
    if (integer(s.open, j) != 1) continue;
    sum += real(s.pi, j) * real(s.s, j);
    count += 1;
  }
  for (let i: i32 = 0; i < s.n; ++i) {
    const begin = integer(s.firstVariable, i), end = integer(s.firstVariable, i + 1), k = rowCount(s, i), first = integer(s.firstRow, i);
    const u = real(s.u, i), cap = real(s.cap, i), y = real(s.Y, i) - real(s.c, i);
    let h = s.entropy ? real(s.omega, i) / u : (s.kind == POWER ? 1 - s.gamma : elasticity(s, real(s.unit, i) * u)) * real(s.Y, i) / u;
    setReal(s.bend, i, h);
    if (cap < Infinity && !(s.entropy && integer(s.fixedCap, i))) {
      h += real(s.c, i) / (cap - u);
      sum += real(s.c, i) * (cap - u);
      count += 1;
    }
    setReal(s.h, i, h);
    setReal(s.psi, i, tie(s, i));
    for (let r = first; r < first + k - 1; ++r) {
      const low = real(s.low, r), high = real(s.high, r);
      if (low == high) continue;
      if (high < Infinity) { sum += real(s.lu, r) * (high - real(s.rho, r)); count += 1; }
      if (low > -Infinity) { sum += real(s.ll, r) * (real(s.rho, r) - low); count += 1; }
    }
    const item = s.item, pi = s.pi, zl = s.zl, zu = s.zu, z = s.z, w = s.w, rd = s.rd;
    for (let v = begin; v < end; ++v) {
      const j = integer(item, v);
      setReal(rd, v, (j >= 0 ? real(pi, j) : priced(s, pi, i, v)) - y * real(w, v) - real(zl, v));
    }
    for (let r: i32 = 1; r < k; ++r) {
      const row = rowOf(s, i, r), l = real(s.lu, first + r - 1) - real(s.ll, first + r - 1);
      for (let v = begin; v < end; ++v) setReal(rd, v, real(rd, v) + l * real(row, v - begin));
    }
    for (let v = begin; v < end; ++v) sum += real(zl, v) * real(z, v);
    if (s.bounded) {
      for (let v = begin; v < end; ++v) {
        if (real(s.inverseRoom, v) == 0) continue;
        setReal(rd, v, real(rd, v) + real(zu, v));
        sum += real(zu, v) * real(s.room, v);
        count += 1;
      }
    }
  }
  if (s.entropy) {
    for (let v: i32 = 0; v < s.variables; ++v) {
      if (!integer(s.frozen, v)) count += 1;
      else setReal(s.rd, v, 0);
    }
  } else count += s.variables;
  s.products = count;
  return sum;
}

/** Right sides for products `target`, less `second` times the second-order terms; then the step in all variables. */
export function direct(s: State, target: f64, second: f64): void {
  for (let j: i32 = 0; j < s.M; ++j) {
    const open = integer(s.open, j);
    const missing = open == 1 ? (target - real(s.pi, j) * real(s.s, j) - second * real(s.cs, j)) / real(s.pi, j) : 0;
    setReal(s.right, j, open == 0 ? 0 : missing - real(s.rest, j));
  }
  for (let i: i32 = 0; i < s.n; ++i) {
    const cap = real(s.cap, i), u = real(s.u, i), first = integer(s.firstRow, i), last = integer(s.firstRow, i + 1);
    const fixed = s.entropy && integer(s.fixedCap, i) != 0;
    let phi = fixed ? cap - u : real(s.psi, i) * (s.entropy ? 1 : real(s.Y, i));
    if (cap < Infinity && !fixed) phi += (target - real(s.c, i) * (cap - u) - second * real(s.cc, i)) / (cap - u);
    setReal(s.phi, i, phi);
    for (let r = first; r < last; ++r) {
      const low = real(s.low, r), high = real(s.high, r), rho = real(s.rho, r);
      if (low == high) {
        setReal(s.drho, r, low - rho);
        continue;
      }
      let psi: f64 = 0;
      if (high < Infinity) psi += (target - real(s.lu, r) * (high - rho) - second * real(s.ru, r)) / (high - rho);
      if (low > -Infinity) psi -= (target - real(s.ll, r) * (rho - low) - second * real(s.rl, r)) / (rho - low);
      setReal(s.drho, r, psi);
    }
  }
  const inverse = s.inverse, zl = s.zl, cl = s.cl, rd = s.rd, right = s.g, aim = f64x2.splat(target), twice = f64x2.splat(second);
  for (let v: usize = 0, end = <usize>s.variables << 3; v < end; v += 16) {
    const product = f64x2.sub(aim, f64x2.mul(twice, v128.load(cl + v)));
    const g = f64x2.sub(f64x2.mul(product, v128.load(inverse + v)), v128.load(zl + v));
    v128.store(right + v, f64x2.sub(g, v128.load(rd + v)));
  }
  if (s.bounded) {
    for (let v: i32 = 0; v < s.variables; ++v) {
      const g = (target - second * real(s.cu, v)) * real(s.inverseRoom, v) - real(s.zu, v);
      setReal(right, v, real(right, v) - g);
    }
  }
  solve(s);
  others(s, target, second);
}

/** Steps of everything else, from those of amounts, prices and multipliers. */
function others(s: State, target: f64, second: f64): void {
  const inverse = s.inverse, zl = s.zl, cl = s.cl, dz = s.dz, dzl = s.dzl, aim = f64x2.splat(target), twice = f64x2.splat(second);
  for (let v: usize = 0, end = <usize>s.variables << 3; v < end; v += 16) {
    const dual = v128.load(zl + v);
    const product = f64x2.sub(f64x2.sub(aim, f64x2.mul(twice, v128.load(cl + v))), f64x2.mul(dual, v128.load(dz + v)));
    v128.store(dzl + v, f64x2.sub(f64x2.mul(product, v128.load(inverse + v)), dual));
  }
  if (s.bounded) {
    for (let v: i32 = 0; v < s.variables; ++v) {
      setReal(s.dzu, v, (target - second * real(s.cu, v) + real(s.zu, v) * real(dz, v)) * real(s.inverseRoom, v) - real(s.zu, v));
    }
  }
  for (let i: i32 = 0; i < s.n; ++i) {
    const begin = integer(s.firstVariable, i), end = integer(s.firstVariable, i + 1), k = rowCount(s, i), first = integer(s.firstRow, i);
    const cap = real(s.cap, i);
    for (let r: i32 = 1; r < k; ++r) {
      const row = rowOf(s, i, r);
      let sum: f64 = 0;
      for (let v = begin; v < end; ++v) sum += real(row, v - begin) * real(s.dz, v);
      rowStep(s, i, first + r - 1, r, sum, target, second);
    }
    const du = real(s.du, i), psi = real(s.psi, i), bend = real(s.bend, i);
    if (s.entropy && integer(s.fixedCap, i)) {
      setReal(s.dY, i, -real(s.eta, i * mostRows(s.R, s.K)));
      setReal(s.dc, i, 0);
      continue;
    }
    if (s.entropy) setReal(s.dY, i, -bend * du - psi);
    else setReal(s.dY, i, -bend * du - real(s.Y, i) * psi);
    // From the solved Δy: through du it would carry the rounding of u over the slack of the cap.
    setReal(s.dc, i, cap < Infinity ? real(s.dY, i) + real(s.eta, i * mostRows(s.R, s.K)) : 0);
  }
}

function rowStep(s: State, i: i32, r: i32, local: i32, drho: f64, target: f64, second: f64): void {
  const low = real(s.low, r), high = real(s.high, r), rho = real(s.rho, r);
  setReal(s.drho, r, drho);
  setReal(s.dll, r, 0);
  setReal(s.dlu, r, 0);
  const eta = real(s.eta, i * mostRows(s.R, s.K) + local);
  if (low == high || low == -Infinity) setReal(s.dlu, r, eta);
  else if (high == Infinity) setReal(s.dll, r, -eta);
  else if (real(s.lu, r) / (high - rho) > real(s.ll, r) / (rho - low)) {
    const dll = (target - real(s.ll, r) * (rho - low) - second * real(s.rl, r) - real(s.ll, r) * drho) / (rho - low);
    setReal(s.dll, r, dll);
    setReal(s.dlu, r, eta + dll);
  } else {
    const dlu = (target - real(s.lu, r) * (high - rho) - second * real(s.ru, r) + real(s.lu, r) * drho) / (high - rho);
    setReal(s.dlu, r, dlu);
    setReal(s.dll, r, dlu - eta);
  }
}

