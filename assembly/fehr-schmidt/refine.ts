// Basic values and duals from their definitions, corrected until they satisfy them: what the inverse has lost matters little then.
import { integer, real, setReal } from '../arrays';
import { levelCost } from './penalty';
import { LEVEL, State } from './state';

const ROUNDS: i32 = 3;

/** s.x += inverse × s.work */
function correctValues(s: State): void {
  for (let k: i32 = 0; k < s.rows; ++k) {
    const f = real(s.work, k);
    if (f == 0) continue;
    const from = s.inverse + s.pitch * <usize>k;
    for (let r: i32 = 0; r < s.rows; ++r) setReal(s.x, r, real(s.x, r) + f * real(from, r));
  }
}

/** s.work = s.right − what entries at upper bounds and the basic values use; returns the largest. */
function missing(s: State): f64 {
  const m = s.m, entries = s.n * m, work = s.work;
  memory.copy(work, s.right, s.pitch);
  for (let e: i32 = 0; e < entries; ++e) {
    if (real(s.side, e) >= 0) continue;
    const i = e / m, j = e - i * m, x = real(s.q.upper, j);
    setReal(work, j, real(work, j) - x);
    setReal(work, m + i, real(work, m + i) - real(s.a, e) * x);
  }
  for (let r: i32 = 0; r < s.rows; ++r) {
    const code = integer(s.basis, r), x = real(s.x, r);
    if (code == LEVEL) continue;
    if (code >= entries) {
      setReal(work, code - entries, real(work, code - entries) - x);
      continue;
    }
    const i = code / m, j = code - i * m;
    setReal(work, j, real(work, j) - x);
    setReal(work, m + i, real(work, m + i) - real(s.a, code) * x);
  }
  for (let g: i32 = 0; g < s.groups; ++g) {
    const t = real(s.x, integer(s.level, g));
    for (let p = integer(s.start, g); p < integer(s.start, g + 1); ++p) {
      const row = m + integer(s.seat, p);
      setReal(work, row, real(work, row) + t);
    }
  }
  let worst: f64 = 0;
  for (let k: i32 = 0; k < s.rows; ++k) worst = max(worst, abs(real(work, k)));
  return worst;
}

/** Basic values anew from s.right. False where the inverse is no good for it. */
export function refineValues(s: State): bool {
  memory.fill(s.x, 0, s.pitch);
  for (let round: i32 = 0; round < ROUNDS; ++round) {
    if (missing(s) <= 1e-15) return true;
    correctValues(s);
  }
  return missing(s) <= 1e-13;
}

/** s.work = costs of the basic variables less what the duals charge; returns the largest. */
function uncharged(s: State): f64 {
  const m = s.m, entries = s.n * m, work = s.work, dual = s.dual;
  let worst: f64 = 0;
  for (let r: i32 = 0; r < s.rows; ++r) {
    const code = integer(s.basis, r);
    if (code == LEVEL) continue;
    const i = code / m, j = code - i * m;
    const rest = code >= entries ? -real(dual, code - entries) : -real(dual, j) - real(s.a, code) * real(dual, m + i);
    setReal(work, r, rest);
    worst = max(worst, abs(rest));
  }
  let alpha: f64 = 0, beta: f64 = 0;
  for (let g: i32 = 0; g < s.groups; ++g) {
    const from = integer(s.start, g), to = integer(s.start, g + 1);
    let rest = levelCost(s.q, s.seat, from, to, alpha, beta);
    for (let p = from; p < to; ++p) {
      const i = integer(s.seat, p);
      rest += real(dual, m + i);
      alpha += real(s.q.alpha, i);
      beta += real(s.q.beta, i);
    }
    setReal(work, integer(s.level, g), rest);
    worst = max(worst, abs(rest));
  }
  return worst;
}

/** Duals anew. False where the inverse is no good for it. */
export function refineDuals(s: State): bool {
  memory.fill(s.dual, 0, s.pitch);
  for (let round: i32 = 0; round < ROUNDS; ++round) {
    if (uncharged(s) <= 1e-15) return true;
    for (let k: i32 = 0; k < s.rows; ++k) {
      const from = s.inverse + s.pitch * <usize>k;
      let sum: f64 = 0;
      for (let r: i32 = 0; r < s.rows; ++r) sum += real(s.work, r) * real(from, r);
      setReal(s.dual, k, real(s.dual, k) + sum);
    }
  }
  return uncharged(s) <= 1e-12 * s.q.size;
}
