// Solving without the postsolve: for callers that want utilities, or amounts, of many programmes that differ in little.
import { FAILED, finish } from './finish';
import { BY_SIZE } from './round';
import { A, CODE, ENTRY, VALUE, entriesAt } from './layout';
import { CONVERGED, EXACT, TIED } from './solve';

/**
 * Puts an optimum into a lane that `advance` has ended, whichever where there are several. False where none was found this way: the
 * programme is then to be solved again by `solveCentred`.
 */
export function settleLane(work: usize, lane: usize, N: i32, M: i32, end: i32, regularized: bool): bool {
  if (end == EXACT || end == CONVERGED) return true;
  if (end != TIED) return false;
  const bit = lane ? 2 : 1;
  finish(work, N, M, bit, regularized, bit, true, BY_SIZE, 0);
  return load<i32>(work + lane, CODE) != FAILED;
}

/** Utility of agent i in a lane, in the unit of what it could use at most. */
export function shareOf(work: usize, lane: usize, N: i32, M: i32, i: i32): f64 {
  let u: f64 = 0;
  let e = entriesAt(work, N, M) + lane + <usize>(i * M) * ENTRY;
  for (let m: i32 = 0; m < M; ++m, e += ENTRY) u += load<f64>(e, VALUE) * load<f64>(e, A);
  return u;
}
