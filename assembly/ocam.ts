// Arrivals at posted prices: each agent takes the first bundle of its list that it can afford and that is left.
//
//     wanted   = first l with cost_l <= b_i                       (what the market would give)
//     taken    = first l with cost_l <= b_i and units_lg <= room_g for all g;   room -= units, used += units
//
// stall    see Stall; written by src/mechanisms/ocam/stall.ts
// start    i32[n+1], ids i32[·]  lists of bundle numbers, best first
// budgets  f64[n] in; assignment i64[n] out, index into the agent's own list, -1 nothing; stopped i8[n] out, 1: wanted something that was gone
// first .. last-1: agents that are served, one after the other
//
// cost is added up once a price vector, so an arrival costs one load and one comparison a bundle looked at, until the first that it can afford. A bundle that no
// longer fits gets cost infinity in `open`; goods that are nearly gone are looked for in all bundles, at most as often as their largest units.
// Nguyen, Teytelboym, Vardi, Dynamic Combinatorial Assignment, arXiv 2303.13967, Mechanism 1.
import { integer, real, setReal } from './arrays';
import { keyed, streamKey, unit } from './random';

@unmanaged
class Stall {
  goods: i32;
  bundles: i32;
  goodStart: usize; // i32[B+1], good i32[·], units f64[·]: what is in a bundle, goods ascending
  good: usize;
  units: usize;
  prices: usize; //  f64[G]
  room: usize; //    f64[G]  places left
  used: usize; //    f64[G]  places taken
  wanted: usize; //  f64[G]  places that the market would have taken
  cost: usize; //    f64[B]  scratch: kept between calls
  open: usize; //    f64[B]  scratch: kept between calls
  largest: usize; // f64[G]  scratch: kept between calls
}

/** Costs at the prices, and what still fits. Call it when prices or places change. */
export function stallOpen(at: usize): void {
  const s = changetype<Stall>(at);
  memory.fill(s.largest, 0, <usize>s.goods << 3);
  let k = integer(s.goodStart, 0);
  for (let b: i32 = 0; b < s.bundles; ++b) {
    const end = integer(s.goodStart, b + 1);
    let sum: f64 = 0, fits = true;
    for (; k < end; ++k) {
      const g = integer(s.good, k), n = real(s.units, k);
      sum += n * real(s.prices, g);
      fits = fits && n <= real(s.room, g);
      setReal(s.largest, g, max(real(s.largest, g), n));
    }
    setReal(s.cost, b, sum);
    setReal(s.open, b, fits ? sum : Infinity);
  }
}

export function stallServe(
  at: usize, start: usize, ids: usize, first: i32, last: i32, budgets: usize, assignment: usize, stopped: usize,
): void {
  const s = changetype<Stall>(at);
  const cost = s.cost, open = s.open;
  for (let i = first; i < last; ++i) {
    const budget = real(budgets, i);
    const from = integer(start, i), end = integer(start, i + 1);
    let k = from;
    while (k < end && real(cost, integer(ids, k)) > budget) ++k;
    let gone = false;
    if (k < end) {
      const b = integer(ids, k);
      add(s, s.wanted, b, 1);
      if (real(open, b) == Infinity) {
        gone = true;
        while (++k < end && real(open, integer(ids, k)) > budget) {}
      }
    }
    store<i64>(assignment + (<usize>i << 3), k < end ? <i64>(k - from) : -1);
    store<i8>(stopped + <usize>i, gone ? 1 : 0);
    if (k < end) take(s, integer(ids, k));
  }
}

function add(s: Stall, to: usize, b: i32, f: f64): void {
  const end = integer(s.goodStart, b + 1);
  for (let k = integer(s.goodStart, b); k < end; ++k) {
    const at = to + (<usize>integer(s.good, k) << 3);
    store<f64>(at, load<f64>(at) + f * real(s.units, k));
  }
}

function take(s: Stall, b: i32): void {
  add(s, s.used, b, 1);
  add(s, s.room, b, -1);
  const end = integer(s.goodStart, b + 1);
  for (let k = integer(s.goodStart, b); k < end; ++k) {
    const g = integer(s.good, k);
    if (real(s.room, g) < real(s.largest, g)) close(s, g);
  }
}

/** Bundles with more of good g than is left are gone. */
function close(s: Stall, g: i32): void {
  const room = real(s.room, g);
  let k = integer(s.goodStart, 0);
  for (let b: i32 = 0; b < s.bundles; ++b) {
    const end = integer(s.goodStart, b + 1);
    for (; k < end; ++k) if (integer(s.good, k) == g && real(s.units, k) > room) setReal(s.open, b, Infinity);
  }
}

/**
 * Budgets of agents first .. first+count-1, uniform on (1-eps, 1]: 1 - eps U_i with U_i of the agent's number (independent), or the fractional part of
 * U + i (sqrt(5)-1)/2 (golden: each of them uniform, any run of them evenly spread; Weyl).
 */
export function drawBudgets(seed: u64, stream: u64, first: i32, count: i32, eps: f64, golden: i32, out: usize): void {
  const key = streamKey(seed, stream);
  const common = unit(keyed(key, 0));
  for (let k: i32 = 0; k < count; ++k) {
    const i = <u64>(first + k);
    let u: f64;
    if (golden) {
      u = common + unit(i * 0x9e3779b97f4a7c15);
      if (u >= 1) u -= 1;
    } else u = unit(keyed(key, i + 1));
    setReal(out, k, 1 - eps * u);
  }
}
