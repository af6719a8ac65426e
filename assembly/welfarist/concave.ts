// The concave function F of the welfare Σ w F(V), as the solver wants it: the logarithm of its slope, and its elasticity −V F''/F', the slope of that in
// log V. Of powers F(V) = V^γ/γ the solver knows more, so that scales cancel; the others are functions of `scale` V in the user's unit.
//
//     EXPONENTIAL  1 − exp(−V)      LOG1P  log(1 + V)      LOGLOG1P  log log(1 + V)      LOG2_LOG1P  2 log V − log(1 + V)
//
// (Shen et al. 2021, section 3, on the first two and the last.) TABULATED: anybody's function, by F, log F' and elasticity at points equidistant in log V,
// between them the cubics that have these slopes (dF/dlog V = V F', dlog F'/dlog V = −elasticity); beyond them F goes
// on as a power of the elasticity there, or, below a first point of small elasticity (F finite at 0), with constant −F''/F'.
import { real } from '../arrays';
import { State } from './state';

export const POWER: i32 = 0, EXPONENTIAL: i32 = 1, LOG1P: i32 = 2, LOGLOG1P: i32 = 3, LOG2_LOG1P: i32 = 4, TABULATED: i32 = 5;

const FLAT: f64 = 0.5; // elasticity at the first point below which F is taken for finite at 0

/** A table: number of points, log V of the first, distance in log V; then at each point F, log F', elasticity. */
@unmanaged
class Table {
  points: f64;
  first: f64;
  step: f64;
}

/** Where V lies in a table: address of the point below, and how far into the interval, 0 to 1 (less or more beyond the ends). */
// @ts-ignore: decorator
@inline function below(table: usize, logV: f64): f64 {
  const t = changetype<Table>(table);
  return (logV - t.first) / t.step;
}

// @ts-ignore: decorator
@inline function pointAt(table: usize, k: i32): usize { return table + offsetof<Table>() + <usize>k * 24; }

// @ts-ignore: decorator
@inline function interval(table: usize, at: f64): i32 {
  const last = <i32>changetype<Table>(table).points - 2;
  return at <= 0 ? 0 : at >= <f64>last ? last : <i32>at;
}

/** Cubic with values a, b and slopes da, db (per interval) at 0 and 1. */
// @ts-ignore: decorator
@inline function cubic(a: f64, b: f64, da: f64, db: f64, t: f64): f64 {
  const r = b - a;
  return a + t * (da + t * (3 * r - 2 * da - db + t * (da + db - 2 * r)));
}

// @ts-ignore: decorator
@inline function cubicSlope(a: f64, b: f64, da: f64, db: f64, t: f64): f64 {
  const r = b - a;
  return da + t * (2 * (3 * r - 2 * da - db) + 3 * t * (da + db - 2 * r));
}

/** log F'(V) of a function other than a power; V in the user's unit. */
export function logSlope(s: State, V: f64): f64 {
  const y = s.scale * V, c = Math.log(s.scale);
  if (s.kind == EXPONENTIAL) return c - y;
  if (s.kind == LOG1P) return c - Math.log1p(y);
  if (s.kind == LOGLOG1P) return c - Math.log1p(y) - Math.log(Math.log1p(y));
  if (s.kind == LOG2_LOG1P) return c + Math.log((y + 2) / (y * (1 + y)));
  const at = below(s.table, Math.log(y)), step = changetype<Table>(s.table).step, last = changetype<Table>(s.table).points - 1;
  if (at < 0) {
    const first = pointAt(s.table, 0), e = real(first, 2);
    return c + real(first, 1) - e * (e < FLAT ? Math.expm1(at * step) : at * step);
  }
  if (at > last) return c + real(pointAt(s.table, <i32>last), 1) - (at - last) * step * real(pointAt(s.table, <i32>last), 2);
  const k = interval(s.table, at), a = pointAt(s.table, k), b = a + 24;
  return c + cubic(real(a, 1), real(b, 1), -step * real(a, 2), -step * real(b, 2), at - <f64>k);
}

/** −V F''(V)/F'(V), positive; V in the user's unit. */
export function elasticity(s: State, V: f64): f64 {
  if (s.kind == POWER) return 1 - s.gamma;
  const y = s.scale * V;
  if (s.kind == EXPONENTIAL) return y;
  if (s.kind == LOG1P) return y / (1 + y);
  if (s.kind == LOGLOG1P) return y * (1 + Math.log1p(y)) / ((1 + y) * Math.log1p(y));
  if (s.kind == LOG2_LOG1P) return (2 * (1 + y) * (1 + y) - y * y) / ((1 + y) * (2 + y));
  const at = below(s.table, Math.log(y)), step = changetype<Table>(s.table).step, last = changetype<Table>(s.table).points - 1;
  if (at < 0) {
    const e = real(pointAt(s.table, 0), 2);
    return e < FLAT ? e * Math.exp(at * step) : e;
  }
  if (at > last) return real(pointAt(s.table, <i32>last), 2);
  const k = interval(s.table, at), a = pointAt(s.table, k), b = a + 24;
  return -cubicSlope(real(a, 1), real(b, 1), -step * real(a, 2), -step * real(b, 2), at - <f64>k) / step;
}

/** F(V) of a function other than a power; V in the user's unit. */
export function valueOfF(s: State, V: f64): f64 {
  const y = s.scale * V;
  if (s.kind == EXPONENTIAL) return -Math.expm1(-y);
  if (s.kind == LOG1P) return Math.log1p(y);
  if (s.kind == LOGLOG1P) return Math.log(Math.log1p(y));
  if (s.kind == LOG2_LOG1P) return 2 * Math.log(y) - Math.log1p(y);
  const at = below(s.table, Math.log(y)), step = changetype<Table>(s.table).step, last = changetype<Table>(s.table).points - 1;
  if (at < 0) return beyond(pointAt(s.table, 0), y, at * step);
  if (at > last) return beyond(pointAt(s.table, <i32>last), y, (at - last) * step);
  const k = interval(s.table, at), a = pointAt(s.table, k), b = a + 24;
  const there = Math.exp(changetype<Table>(s.table).first + step * <f64>k), far = there * Math.exp(step);
  return cubic(real(a, 0), real(b, 0), step * there * Math.exp(real(a, 1)), step * far * Math.exp(real(b, 1)), at - <f64>k);
}

/** F at y, `log` beyond an end of the table in log V: with constant elasticity e from there on F is a power of 1 − e. */
function beyond(point: usize, y: f64, log: f64): f64 {
  const elastic = real(point, 2), e = 1 - elastic, there = y * Math.exp(-log), rate = there * Math.exp(real(point, 1));
  if (log < 0 && elastic < FLAT) return real(point, 0) - rate * Math.expm1(-elastic * Math.expm1(log)) / elastic;
  return real(point, 0) + rate * (e == 0 ? log : Math.expm1(e * log) / e);
}
