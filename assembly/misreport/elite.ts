// The best candidates of a search so far, best first, with room for a few: [value, report f64[2M], amounts f64[M], prices f64[M]] each. Candidates that lead to
// the same amounts count once, so that what is refined differs.
import { real, setReal } from '../arrays';

const SAME: f64 = 0.03; // of two amounts, as a share of the supply

@unmanaged
export class Elite {
  M: i32;
  room: i32;
  count: i32;
  records: usize;
  budgets: usize;
}

// @ts-ignore: decorator
@inline function words(M: i32): i32 { return 1 + 4 * M; }

export function eliteBytes(M: i32, room: i32): usize {
  return offsetof<Elite>() + 8 + ((<usize>(words(M) * (room + 1))) << 3);
}

export function emptyElite(at: usize, M: i32, room: i32, budgets: usize): Elite {
  const e = changetype<Elite>(at);
  e.M = M;
  e.room = room;
  e.count = 0;
  e.records = (at + offsetof<Elite>() + 7) & ~7;
  e.budgets = budgets;
  return e;
}

// @ts-ignore: decorator
@inline function record(e: Elite, k: i32): usize { return e.records + ((<usize>(words(e.M) * k)) << 3); }

export function eliteValue(e: Elite, k: i32): f64 { return real(record(e, k), 0); }
export function eliteReport(e: Elite, k: i32): usize { return record(e, k) + 8; }
/** Amounts, and behind them prices. */
export function eliteAmounts(e: Elite, k: i32): usize { return record(e, k) + 8 + ((<usize>(2 * e.M)) << 3); }

function same(e: Elite, k: i32, amounts: usize): bool {
  for (let m: i32 = 0; m < e.M; ++m) {
    if (Math.abs(real(eliteAmounts(e, k), m) - real(amounts, m)) > SAME * real(e.budgets, m)) return false;
  }
  return true;
}

/** Offers a report with its outcome ([value, amounts, prices]). */
export function offer(e: Elite, report: usize, outcome: usize): void {
  const value = real(outcome, 0), M = e.M;
  if (!(value > 0) || (e.count == e.room && !(value > eliteValue(e, e.room - 1)))) return;
  let at = e.count;
  for (let k: i32 = 0; k < e.count; ++k) {
    if (!same(e, k, outcome + 8)) continue;
    if (!(value > eliteValue(e, k))) return;
    at = k;
    break;
  }
  if (at == e.count) {
    if (e.count == e.room) at = e.room - 1;
    else ++e.count;
  }
  while (at > 0 && eliteValue(e, at - 1) < value) {
    memory.copy(record(e, at), record(e, at - 1), (<usize>words(M)) << 3);
    --at;
  }
  setReal(record(e, at), 0, value);
  memory.copy(eliteReport(e, at), report, (<usize>(2 * M)) << 3);
  memory.copy(eliteAmounts(e, at), outcome + 8, (<usize>(2 * M)) << 3);
}
