// Interior point for the Fehr-Schmidt programme: Mehrotra's predictor and corrector on newton.ts, until the gap of the certificate is small.
// It ends near the analytic centre of the optimal face, so agents alike are treated alike up to the tolerance.
import { real, setReal } from '../arrays';
import { ACCURATE, Certificate, certify } from './certificate';
import { Interior, begin, bounded, layInterior, pricesOf, utilitiesOf } from './interior-state';
import { newton } from './newton';
import { Profile } from './problem';

const ROUNDS: i32 = 60;
const ENOUGH: f64 = 1e-12; // of the certificate
const PATIENCE: i32 = 2; // rounds without progress, once the proof holds
const NEAR: f64 = 1e-8; // mean product from which on the certificate is worth its time
const STAY: f64 = 0.995; // share of the way to the nearest bound

// @ts-ignore: decorator
@inline function reach(x: f64, dx: f64, now: f64): f64 { return dx < 0 ? min(now, -x / dx) : now; }

/** Largest steps inside, of amounts and of duals, in `before`. */
function reaches(t: Interior): void {
  let primal: f64 = 1 / STAY, dual: f64 = 1 / STAY;
  for (let e: i32 = 0, j: i32 = 0; e < t.n * t.m; ++e) {
    const x = real(t.x, e), dx = real(t.dx, e);
    primal = reach(x, dx, primal);
    dual = reach(real(t.z, e), real(t.dz, e), dual);
    if (bounded(t, j)) {
      primal = reach(real(t.q.upper, j) - x, -dx, primal);
      dual = reach(real(t.zu, e), real(t.dzu, e), dual);
    }
    if (++j == t.m) j = 0;
  }
  for (let j: i32 = 0; j < t.m; ++j) {
    primal = reach(real(t.s, j), real(t.ds, j), primal);
    dual = reach(real(t.pi, j), real(t.dpi, j), dual);
  }
  for (let e: i32 = 0; e < t.pairs; ++e) {
    const w = real(t.w, e), dw = real(t.dw, e);
    primal = reach(real(t.down, e), real(t.ddown, e), reach(real(t.up, e), real(t.dup, e), primal));
    dual = reach(real(t.o, e) + w, dw, reach(real(t.p, e) - w, -dw, dual));
  }
  setReal(t.before, 0, min(1, STAY * primal));
  setReal(t.before, 1, min(1, STAY * dual));
}

/** Mean product of slacks and duals after steps of those lengths. */
function meanProduct(t: Interior, primal: f64, dual: f64): f64 {
  let sum: f64 = 0, count: f64 = 0;
  for (let e: i32 = 0, j: i32 = 0; e < t.n * t.m; ++e) {
    const x = real(t.x, e) + primal * real(t.dx, e);
    sum += x * (real(t.z, e) + dual * real(t.dz, e));
    count += 1;
    if (bounded(t, j)) {
      sum += (real(t.q.upper, j) - x) * (real(t.zu, e) + dual * real(t.dzu, e));
      count += 1;
    }
    if (++j == t.m) j = 0;
  }
  for (let j: i32 = 0; j < t.m; ++j) sum += (real(t.s, j) + primal * real(t.ds, j)) * (real(t.pi, j) + dual * real(t.dpi, j));
  for (let e: i32 = 0; e < t.pairs; ++e) {
    const w = real(t.w, e) + dual * real(t.dw, e);
    sum += (real(t.up, e) + primal * real(t.dup, e)) * (real(t.p, e) - w) + (real(t.down, e) + primal * real(t.ddown, e)) * (real(t.o, e) + w);
  }
  return sum / (count + <f64>(t.m + 2 * t.pairs));
}

function go(x: usize, dx: usize, count: i32, length: f64): void {
  for (let k: i32 = 0; k < count; ++k) setReal(x, k, real(x, k) + length * real(dx, k));
}

function move(t: Interior, primal: f64, dual: f64): void {
  const entries = t.n * t.m;
  go(t.x, t.dx, entries, primal);
  go(t.s, t.ds, t.m, primal);
  go(t.up, t.dup, t.pairs, primal);
  go(t.down, t.ddown, t.pairs, primal);
  go(t.z, t.dz, entries, dual);
  go(t.zu, t.dzu, entries, dual);
  go(t.pi, t.dpi, t.m, dual);
  go(t.w, t.dw, t.pairs, dual);
  go(t.y, t.dy, t.n, dual);
  utilitiesOf(t);
}

/** Writes the point as an answer, and judges it. */
function judge(t: Interior, c: Certificate, proof: usize): void {
  for (let e: i32 = 0, j: i32 = 0; e < t.n * t.m; ++e) {
    setReal(t.q.allocation, e, real(t.q.values, e) > 0 ? max(0, min(real(t.x, e), real(t.q.upper, j))) : 0);
    if (++j == t.m) j = 0;
  }
  pricesOf(t, t.q.dual);
  certify(t.q, c, proof);
}

/** Solves; writes allocation, duals, utilities and certificate. Returns the number of iterations. */
export function interior(q: Profile, work: usize, c: Certificate, proof: usize): i32 {
  const t = layInterior(work, q);
  const amounts = <usize>(t.n * t.m) << 3, pairs = <usize>t.pairs << 3;
  begin(t);
  memory.fill(t.dx, 0, t.theta - t.dx);
  memory.fill(t.dy, 0, <usize>t.n << 3);
  let least: f64 = Infinity, idle: i32 = 0, round: i32 = 0;
  // Steps may be short for a few rounds on the way: no progress before the proof holds is no reason to end.
  while (round < ROUNDS && (idle < PATIENCE || least > ACCURATE)) {
    ++round;
    newton(t, 0, false);
    reaches(t);
    const now = meanProduct(t, 0, 0), then = meanProduct(t, real(t.before, 0), real(t.before, 1));
    const share = max(then, 0) / now;
    newton(t, now * share * share * share, true);
    reaches(t);
    move(t, real(t.before, 0), real(t.before, 1));
    if (!(meanProduct(t, 0, 0) < NEAR)) {
      if (least < Infinity) ++idle; // rounding threw it back
      continue;
    }
    judge(t, c, proof);
    // Rounding has the last word: it ends where the proof no longer gets better.
    if (c.residual < 0.5 * least) {
      least = c.residual;
      idle = 0;
      memory.copy(t.bestX, t.x, amounts);
      memory.copy(t.bestW, t.w, pairs);
      if (least <= ENOUGH) return round;
    } else ++idle;
  }
  if (least < Infinity) {
    memory.copy(t.x, t.bestX, amounts);
    memory.copy(t.w, t.bestW, pairs);
  }
  judge(t, c, proof);
  return round;
}
