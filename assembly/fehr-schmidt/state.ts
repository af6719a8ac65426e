// Working memory of the ordered-partition simplex (simplex.ts): R = m + n rows, items first.
import { Separation } from './penalty';
import { Profile } from './problem';

/** In `basis`: a level of utility. Other numbers are entries i·m + j, and n·m + j for the slack of item j. */
export const LEVEL: i32 = -1;

@unmanaged
export class State {
  q: Profile;
  n: i32;
  m: i32;
  rows: i32;
  groups: i32;
  pitch: usize; // bytes of a column of the inverse
  a: usize; // f64[n·m], values over a power of two
  side: usize; // f64[n·m + m], of entries and slacks: 1 at the lower bound, −1 at the upper, 0 basic or of no use
  inverse: usize; // f64[R][R], column after column
  column: usize; // f64[R], of the entering variable
  x: usize; // f64[R], basic values
  most: usize; // f64[R], their upper bounds
  basis: usize; // i32[R]
  dual: usize; // f64[R], prices of items, then −y
  right: usize; // f64[R], right sides, shifted a little
  work: usize; // f64[R]
  seat: usize; // i32[n], agents, richest group first
  start: usize; // i32[n + 1], where groups start among them
  level: usize; // i32[n], row of each group's level
  place: usize; // i32[n], work
  found: Separation;
  // The end of a step (step.ts).
  end: i32; // AMOUNT, MEET or FLIP
  at: i32; // row of the amount that leaves, or index of the richer of two groups that meet
  upper: bool; // the amount leaves at its upper bound
  length: f64;
}

const HEAD: usize = (offsetof<State>() + offsetof<Separation>() + 31) & ~15;

/** A column holds an even number of rows, so that a pair never straddles two. */
// @ts-ignore: decorator
@inline function pitchOf(rows: i32): usize { return ((<usize>rows + 1) & ~1) << 3; }

export function stateBytes(n: i32, m: i32): usize {
  const pitch = pitchOf(n + m);
  return HEAD + (<usize>(2 * n * m + m + 2) << 3) + pitch * <usize>(n + m) + 7 * pitch + (<usize>n << 3) + (<usize>(n + m) << 2) + (<usize>(5 * n + 8) << 2);
}

/** Lays the state out from `at` on, 16-byte aligned. */
export function layState(at: usize, q: Profile): State {
  const s = changetype<State>(at);
  const n = q.n, m = q.m, rows = n + m;
  s.q = q;
  s.n = n;
  s.m = m;
  s.rows = rows;
  s.pitch = pitchOf(rows);
  const found = changetype<Separation>((at + offsetof<State>() + 7) & ~7);
  s.found = found;
  s.inverse = at + HEAD;
  s.column = s.inverse + s.pitch * <usize>rows;
  s.x = s.column + s.pitch;
  s.most = s.x + s.pitch;
  s.dual = s.most + s.pitch;
  s.right = s.dual + s.pitch;
  s.work = s.right + s.pitch;
  s.a = s.work + s.pitch;
  s.side = s.a + (<usize>(n * m) << 3);
  found.keys = s.side + (<usize>(n * m + m) << 3);
  s.basis = found.keys + (<usize>n << 3);
  s.seat = s.basis + (<usize>rows << 2);
  s.start = s.seat + (<usize>n << 2);
  s.level = s.start + (<usize>(n + 1) << 2);
  s.place = s.level + (<usize>n << 2);
  found.members = s.place + (<usize>n << 2);
  return s;
}
