// How far a step may go, what it would leave, and going it.
import { integer, real, setReal } from '../arrays';
import { State } from './state';

const LONGEST: f64 = 2; // step worth knowing

/** Length at which x + t dx reaches 0, if that is nearer. */
// @ts-ignore: decorator
@inline function ratio(t: f64, x: f64, dx: f64): f64 { return x + t * dx < 0 ? -x / dx : t; }

/** Longest steps: amounts in s.primal, duals in s.dual. */
export function lengths(s: State): void {
  let p: f64 = LONGEST, d: f64 = LONGEST;
  for (let j: i32 = 0; j < s.M; ++j) {
    if (integer(s.open, j) != 1) continue;
    p = ratio(p, real(s.s, j), real(s.ds, j));
    d = ratio(d, real(s.pi, j), real(s.dpi, j));
  }
  // The largest rates of shrinking, two at a time.
  const inverse = s.inverse, inverseDual = s.inverseDual, dz = s.dz, dzl = s.dzl;
  let amounts = f64x2.splat(-1 / LONGEST), duals = amounts;
  for (let v: usize = 0, end = <usize>s.variables << 3; v < end; v += 16) {
    amounts = f64x2.min(amounts, f64x2.mul(v128.load(dz + v), v128.load(inverse + v)));
    duals = f64x2.min(duals, f64x2.mul(v128.load(dzl + v), v128.load(inverseDual + v)));
  }
  p = min(p, -1 / min(f64x2.extract_lane(amounts, 0), f64x2.extract_lane(amounts, 1)));
  d = min(d, -1 / min(f64x2.extract_lane(duals, 0), f64x2.extract_lane(duals, 1)));
  if (s.bounded) {
    for (let v: i32 = 0, end = s.variables; v < end; ++v) {
      if (real(s.inverseRoom, v) == 0) continue;
      p = ratio(p, real(s.room, v), -real(dz, v));
      d = ratio(d, real(s.zu, v), real(s.dzu, v));
    }
  }
  for (let i: i32 = 0; i < s.n; ++i) {
    const cap = real(s.cap, i), fixed = s.entropy && integer(s.fixedCap, i) != 0;
    if (cap < Infinity && !fixed) {
      p = ratio(p, cap - real(s.u, i), -real(s.du, i));
      d = ratio(d, real(s.c, i), real(s.dc, i));
    }
    if (!s.entropy) d = ratio(d, real(s.Y, i), real(s.dY, i));
  }
  for (let r: i32 = 0; r < s.rows; ++r) {
    const low = real(s.low, r), high = real(s.high, r);
    if (low == high) continue;
    if (high < Infinity) {
      p = ratio(p, high - real(s.rho, r), -real(s.drho, r));
      d = ratio(d, real(s.lu, r), real(s.dlu, r));
    }
    if (low > -Infinity) {
      p = ratio(p, real(s.rho, r) - low, real(s.drho, r));
      d = ratio(d, real(s.ll, r), real(s.dll, r));
    }
  }
  if (s.gamma != 1 || s.entropy) p = d = min(p, d);
  s.primal = p;
  s.dual = d;
}

/** Sum of products after steps of these lengths; also leaves the second-order terms. */
export function predicted(s: State, p: f64, d: f64): f64 {
  let sum: f64 = 0;
  for (let j: i32 = 0; j < s.M; ++j) {
    if (integer(s.open, j) != 1) continue;
    sum += (real(s.pi, j) + d * real(s.dpi, j)) * (real(s.s, j) + p * real(s.ds, j));
    setReal(s.cs, j, real(s.dpi, j) * real(s.ds, j));
  }
  const z = s.z, dz = s.dz, zl = s.zl, dzl = s.dzl, cl = s.cl, by = f64x2.splat(p), dualBy = f64x2.splat(d);
  let products = f64x2.splat(0);
  for (let v: usize = 0, end = <usize>s.variables << 3; v < end; v += 16) {
    const amount = v128.load(dz + v), dual = v128.load(dzl + v);
    const left = f64x2.add(v128.load(z + v), f64x2.mul(by, amount)), over = f64x2.add(v128.load(zl + v), f64x2.mul(dualBy, dual));
    products = f64x2.add(products, f64x2.mul(left, over));
    v128.store(cl + v, f64x2.mul(dual, amount));
  }
  sum += f64x2.extract_lane(products, 0) + f64x2.extract_lane(products, 1);
  if (s.bounded) {
    for (let v: i32 = 0, end = s.variables; v < end; ++v) {
      if (real(s.inverseRoom, v) == 0) continue;
      sum += (real(s.zu, v) + d * real(s.dzu, v)) * (real(s.room, v) - p * real(dz, v));
      setReal(s.cu, v, -real(s.dzu, v) * real(dz, v));
    }
  }
  for (let i: i32 = 0; i < s.n; ++i) {
    const cap = real(s.cap, i), fixed = s.entropy && integer(s.fixedCap, i) != 0;
    setReal(s.cc, i, -real(s.dc, i) * real(s.du, i));
    if (cap < Infinity && !fixed) sum += (real(s.c, i) + d * real(s.dc, i)) * (cap - real(s.u, i) - p * real(s.du, i));
  }
  for (let r: i32 = 0; r < s.rows; ++r) {
    const low = real(s.low, r), high = real(s.high, r), rho = real(s.rho, r), drho = real(s.drho, r);
    if (low == high) continue;
    if (high < Infinity) sum += (real(s.lu, r) + d * real(s.dlu, r)) * (high - rho - p * drho);
    if (low > -Infinity) sum += (real(s.ll, r) + d * real(s.dll, r)) * (rho + p * drho - low);
    setReal(s.ru, r, -real(s.dlu, r) * drho);
    setReal(s.rl, r, real(s.dll, r) * drho);
  }
  return sum;
}

/** list += t step */
function move(list: usize, step: usize, t: f64, count: i32): void {
  const factor = f64x2.splat(t), end = <usize>(count & ~1) << 3;
  for (let k: usize = 0; k < end; k += 16) v128.store(list + k, f64x2.add(v128.load(list + k), f64x2.mul(factor, v128.load(step + k))));
  if (count & 1) setReal(list, count - 1, real(list, count - 1) + t * real(step, count - 1));
}

export function advance(s: State, p: f64, d: f64): void {
  move(s.z, s.dz, p, s.variables);
  move(s.zl, s.dzl, d, s.variables);
  if (s.bounded) move(s.zu, s.dzu, d, s.variables);
  for (let j: i32 = 0; j < s.M; ++j) if (integer(s.open, j) == 1) setReal(s.s, j, real(s.s, j) + p * real(s.ds, j));
  move(s.pi, s.dpi, d, s.M);
  move(s.Y, s.dY, d, s.n);
  move(s.c, s.dc, d, s.n);
  move(s.ll, s.dll, d, s.rows);
  move(s.lu, s.dlu, d, s.rows);
}

