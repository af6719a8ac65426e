// Where searches start.
//
// With demands to lie about, every bundle a with λ(b − a)·a <= w_i can be had (λ: the others' prices at the supply that a leaves them): by reporting
// values in the ratios of λ and no more demand than a. Near such a report, asking for at most c_m of every item but one and for any amount of
// that rest item, whose value is a little lower than its price suggests, makes the outcome continuous in c: no jumps.
import { real, setReal } from '../arrays';
import { keyed, streamKey, unit } from '../random';
import { Elite, offer } from './elite';
import { PA, Search, consider, evaluate, top } from './search';

const SOFT: f64 = 1.0 / 1024; // least value of an item that is wanted, over the largest, where the box allows any
const TILT: f64 = 0.05;
const TIES: i32 = 8; // starts at several ties for each random start

/** Room for two reports and a few vectors. */
export function draftBytes(M: i32): usize { return (<usize>(8 * M)) << 3; }

/** Most of an item that a report may sensibly ask for. */
// @ts-ignore: decorator
@inline export function useful(s: Search, m: i32): f64 {
  if (!(real(s.trueValues, m) > 0)) return 0;
  return s.rule == PA ? top(s, m) : Math.min(real(s.trueDemands, m), top(s, m));
}

// @ts-ignore: decorator
@inline export function wants(s: Search, m: i32): bool { return real(s.trueValues, m) > 0 && real(s.trueDemands, m) > 0; }

/**
 * The report that asks for at most c_m of every item but the rest item r (−1: of every item), at values in the ratios of `prices`, those of
 * all but r raised by the share `tilt`.
 */
export function capReport(s: Search, r: i32, c: usize, prices: usize, tilt: f64, report: usize): void {
  const M = s.M, least = Math.max(s.valueLow, SOFT * s.valueHigh);
  let largest: f64 = 0;
  for (let m: i32 = 0; m < M; ++m) if (wants(s, m)) largest = Math.max(largest, real(prices, m));
  largest *= 1 + tilt;
  for (let m: i32 = 0; m < M; ++m) {
    const want = wants(s, m), p = real(prices, m) * (m == r ? 1 : 1 + tilt);
    setReal(report, m, want ? (largest > 0 ? Math.max(least, s.valueHigh * Math.min(1, p / largest)) : s.valueHigh) : s.valueLow);
    const x = want ? (m == r ? useful(s, m) : Math.min(real(c, m), useful(s, m))) : 0;
    setReal(report, M + m, Math.max(s.demandLow, Math.min(x, top(s, m))));
  }
}

/** Evaluates two reports and keeps what is good. */
export function tryBoth(s: Search, elite: Elite, a: usize, b: usize): void {
  evaluate(s, a, b);
  consider(s, a, s.first);
  offer(elite, a, s.first);
  if (a == b) return;
  consider(s, b, s.second);
  offer(elite, b, s.second);
}

/** Reports are tried in pairs: the k-th goes to one of two places and every second one sets them off. */
@unmanaged
class Pairing {
  s: Search;
  elite: Elite;
  places: usize;
  waiting: bool;
}

// @ts-ignore: decorator
@inline function place(q: Pairing): usize { return q.places + (q.waiting ? (<usize>(2 * q.s.M)) << 3 : 0); }

function put(q: Pairing): void {
  if (q.waiting) tryBoth(q.s, q.elite, q.places, q.places + ((<usize>(2 * q.s.M)) << 3));
  q.waiting = !q.waiting;
}

function flush(q: Pairing): void {
  if (q.waiting) tryBoth(q.s, q.elite, q.places, q.places);
  q.waiting = false;
}

/** What of each item the agent gets when it asks for that alone, into `alone`; these are starts as well. */
function tryAlone(s: Search, elite: Elite, draft: usize, alone: usize): void {
  const M = s.M;
  for (let m: i32 = 0; m < M; ++m) {
    setReal(alone, m, 0);
    if (!wants(s, m)) continue;
    for (let l: i32 = 0; l < M; ++l) {
      setReal(draft, l, l == m ? s.valueHigh : s.valueLow);
      setReal(draft, M + l, s.demandsToo ? Math.max(s.demandLow, l == m ? useful(s, l) : 0) : real(s.usual, l));
    }
    tryBoth(s, elite, draft, draft);
    setReal(alone, m, real(s.first, 1 + m));
  }
}

/** A grid of amounts, as shares of what the agent gets alone, for every rest item. */
function tryCaps(s: Search, q: Pairing, draft: usize, alone: usize, levels: i32): void {
  const M = s.M, c = draft + ((<usize>(4 * M)) << 3);
  for (let r: i32 = 0; r < M; ++r) {
    if (!wants(s, r)) continue;
    let others: i32 = 0;
    for (let m: i32 = 0; m < M; ++m) if (m != r && real(alone, m) > 0) ++others;
    let total: i32 = 1;
    for (let d: i32 = 0; d < others && total <= 4096; ++d) total *= levels;
    // Many items: as many points of a fixed pseudo-random sequence instead.
    const full = total <= levels * levels * levels;
    if (!full) total = 8 * levels;
    const key = streamKey(s.seed, <u64>(16 + r));
    for (let point: i32 = 0; point < total; ++point) {
      let digit = point;
      for (let m: i32 = 0; m < M; ++m) {
        if (m == r || !(real(alone, m) > 0)) {
          setReal(c, m, 0);
          continue;
        }
        let share: f64;
        if (full) {
          share = <f64>(digit % levels) / <f64>(levels - 1);
          digit /= levels;
        } else {
          const u = unit(keyed(key, <u64>(point * M + m)));
          share = u < 0.4 ? 0 : (u - 0.4) / 0.6;
        }
        setReal(c, m, share * real(alone, m));
      }
      capReport(s, r, c, s.bestOutcome + ((<usize>(1 + M)) << 3), TILT, place(q));
      put(q);
    }
  }
}

/** Values alone: a grid over their logarithms, the largest at the top of the box. */
function tryRatios(s: Search, q: Pairing, levels: i32): void {
  const M = s.M, low = Math.max(s.valueLow, SOFT * s.valueHigh);
  let total: i32 = 1, wanted: i32 = 0;
  for (let m: i32 = 0; m < M; ++m) if (wants(s, m)) ++wanted;
  for (let d: i32 = 0; d < wanted && total <= 4096; ++d) total *= levels;
  if (wanted < 2 || total > 4096) return;
  const span = Math.log(s.valueHigh / low) / <f64>(levels - 1);
  for (let point: i32 = 0; point < total; ++point) {
    const report = place(q);
    let digit = point, highest: i32 = 0;
    for (let m: i32 = 0; m < M; ++m) {
      setReal(report, M + m, real(s.usual, m));
      if (!wants(s, m)) {
        setReal(report, m, s.valueLow);
        continue;
      }
      const level = digit % levels;
      digit /= levels;
      highest = max(highest, level);
      setReal(report, m, Math.min(low * Math.exp(span * <f64>level), s.valueHigh));
    }
    if (highest == levels - 1) put(q); // others are multiples of these
  }
}

/** Values in the ratios of another agent, where the outcome jumps, from either side. */
function tryOthers(s: Search, q: Pairing): void {
  const M = s.M;
  for (let j: i32 = 0; j < s.N; ++j) {
    if (j == s.i || !(real(s.without, j) > -Infinity)) continue;
    let largest: f64 = 0;
    for (let m: i32 = 0; m < M; ++m) largest = Math.max(largest, real(s.values, j * M + m));
    for (let tilted: i32 = 0; tilted < M; ++tilted) {
      if (!wants(s, tilted)) continue;
      const report = place(q);
      for (let m: i32 = 0; m < M; ++m) {
        const v = real(s.values, j * M + m) / largest * s.valueHigh * (m == tilted ? 1 + 1e-6 : 1);
        setReal(report, m, Math.max(s.valueLow, Math.min(v, s.valueHigh)));
        setReal(report, M + m, real(s.usual, m));
      }
      put(q);
    }
  }
}

const NEAR: f64 = 1e-6; // side of a tie on which a report is put

/**
 * Values whose ratios tie with those of several other agents at once, where PF's outcome jumps in several directions: items are joined one by
 * one, in a random order, each to one of those before by the ratio of some other agent, a little to one side of it.
 */
function tryTies(s: Search, q: Pairing): void {
  const M = s.M, key = streamKey(s.seed, <u64>(4096 + s.i));
  let drawn: u64 = 0;
  for (let k: i32 = 0; k < TIES * s.randomStarts; ++k) {
    const report = place(q);
    const first = <i32>(unit(keyed(key, drawn++)) * <f64>M);
    for (let m: i32 = 0; m < M; ++m) {
      setReal(report, m, 1);
      setReal(report, M + m, real(s.usual, m));
    }
    let largest: f64 = 1;
    for (let n: i32 = 1; n < M; ++n) {
      const m = (first + n) % M, l = (first + <i32>(unit(keyed(key, drawn++)) * <f64>n)) % M;
      const j = <i32>(unit(keyed(key, drawn++)) * <f64>s.N), side = unit(keyed(key, drawn++)) < 0.5 ? 1 - NEAR : 1 + NEAR;
      const own = real(s.values, j * M + m), other = real(s.values, j * M + l);
      if (own > 0 && other > 0) setReal(report, m, real(report, l) * own / other * side);
      largest = Math.max(largest, real(report, m));
    }
    for (let m: i32 = 0; m < M; ++m) setReal(report, m, Math.max(s.valueLow, real(report, m) / largest * s.valueHigh));
    put(q);
  }
}

function tryRandom(s: Search, q: Pairing): void {
  const M = s.M, key = streamKey(s.seed, <u64>(1024 + s.i));
  for (let k: i32 = 0; k < s.randomStarts; ++k) {
    const report = place(q);
    for (let m: i32 = 0; m < M; ++m) {
      const at = <u64>(2 * (k * M + m));
      setReal(report, m, s.valueLow + (s.valueHigh - s.valueLow) * unit(keyed(key, at)));
      const x = s.demandLow + (Math.max(s.demandLow, top(s, m)) - s.demandLow) * unit(keyed(key, at + 1));
      setReal(report, M + m, s.demandsToo ? x : real(s.usual, m));
    }
    put(q);
  }
}

/** Tries every start. `draft` has draftBytes, `alone` is f64[M]; both are scratch. */
export function tryStarts(s: Search, elite: Elite, pairing: usize, draft: usize, alone: usize, levels: i32): void {
  const q = changetype<Pairing>(pairing);
  q.s = s;
  q.elite = elite;
  q.places = draft;
  q.waiting = false;
  tryAlone(s, elite, draft, alone);
  if (s.demandsToo) tryCaps(s, q, draft, alone, levels);
  tryRatios(s, q, levels);
  if (!s.demandsToo) {
    tryOthers(s, q);
    if (s.M > 2) tryTies(s, q);
  }
  tryRandom(s, q);
  flush(q);
}

export function pairingBytes(): usize { return offsetof<Pairing>() + 8; }
