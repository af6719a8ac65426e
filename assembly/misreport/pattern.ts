// Final pattern search around a candidate: compass steps that halve when none improves, both directions of a line in the two lanes.
//
// With demands to lie about, steps are in amounts asked for (starts.ts), for every rest item in turn, along each amount, along trades of one
// for another and along both together. With values alone, steps are in their logarithms: PF jumps where the ratio of two values passes that of
// some chain of other agents, and coordinate steps run along those edges.
import { real, setReal } from '../arrays';
import { Elite, eliteAmounts, eliteReport, eliteValue } from './elite';
import { capReport, useful, wants } from './starts';
import { Search, consider, evaluate } from './search';

const LEAN: f64 = 0.25; // tilt of the values towards what is asked for, over the step: it costs utility in the same measure

/** State of one search: where it stands, and two drafts. */
@unmanaged
class Pattern {
  s: Search;
  report: usize; // f64[2M]
  outcome: usize; // f64[1 + 2M]
  up: usize; // f64[2M] drafts
  down: usize;
  c: usize; // f64[M]
  units: usize; // f64[M]
}

export function patternBytes(M: i32): usize { return offsetof<Pattern>() + 8 + ((<usize>(11 * M + 2)) << 3); }

function layOut(at: usize, s: Search): Pattern {
  const p = changetype<Pattern>(at), M = <usize>s.M << 3;
  p.s = s;
  p.report = (at + offsetof<Pattern>() + 7) & ~7;
  p.up = p.report + 2 * M;
  p.down = p.up + 2 * M;
  p.c = p.down + 2 * M;
  p.units = p.c + M;
  p.outcome = p.units + M;
  return p;
}

/** Moves to a report if its outcome is better than where the search stands. */
function moveTo(p: Pattern, report: usize, outcome: usize): bool {
  consider(p.s, report, outcome);
  if (!(real(outcome, 0) > real(p.outcome, 0))) return false;
  memory.copy(p.report, report, (<usize>(2 * p.s.M)) << 3);
  memory.copy(p.outcome, outcome, (<usize>(1 + 2 * p.s.M)) << 3);
  return true;
}

/** Sets both drafts off and moves to the better, if it is one. */
function probe(p: Pattern): bool {
  evaluate(p.s, p.up, p.down);
  const second = real(p.s.second, 0) > real(p.s.first, 0);
  if (second ? moveTo(p, p.down, p.s.second) : moveTo(p, p.up, p.s.first)) return true;
  return second ? moveTo(p, p.up, p.s.first) : moveTo(p, p.down, p.s.second);
}

/** Asks for δ more and less of m (and, with l >= 0, of `along` times as much of l), the rest going to item r. */
function tradeCaps(p: Pattern, r: i32, m: i32, l: i32, along: f64, step: f64): bool {
  const s = p.s, M = s.M, c = p.c;
  for (let sign: f64 = 1; sign >= -1; sign -= 2) {
    for (let n: i32 = 0; n < M; ++n) setReal(c, n, real(p.outcome, 1 + n));
    setReal(c, m, Math.max(0, Math.min(real(c, m) + sign * step * real(p.units, m), useful(s, m))));
    if (l >= 0) setReal(c, l, Math.max(0, Math.min(real(c, l) + along * sign * step * real(p.units, l), useful(s, l))));
    capReport(s, r, c, p.outcome + ((<usize>(1 + M)) << 3), LEAN * step, sign > 0 ? p.up : p.down);
  }
  return probe(p);
}

function refineCaps(p: Pattern, first: f64, halvings: i32): void {
  const s = p.s, M = s.M;
  let step = first;
  for (let halved: i32 = 0; halved < halvings; ) {
    let better = false;
    for (let r: i32 = 0; r < M; ++r) {
      if (!wants(s, r)) continue;
      for (let m: i32 = 0; m < M; ++m) {
        if (m == r || !wants(s, m)) continue;
        if (tradeCaps(p, r, m, -1, 0, step)) better = true;
        for (let l = m + 1; l < M && l <= m + 4; ++l) {
          if (l == r || !wants(s, l)) continue;
          if (tradeCaps(p, r, m, l, -1, step)) better = true;
          if (tradeCaps(p, r, m, l, 1, step)) better = true;
        }
      }
    }
    if (better) continue;
    step *= 0.5;
    ++halved;
  }
}

/** The values multiplied by e^±δ at m; brought back below the top of the box where only ratios count. */
function tilt(p: Pattern, m: i32, factor: f64, draft: usize): void {
  const s = p.s, M = s.M;
  memory.copy(draft, p.report, (<usize>(2 * M)) << 3);
  setReal(draft, m, real(draft, m) * factor);
  let largest: f64 = 0;
  for (let n: i32 = 0; n < M; ++n) if (wants(s, n)) largest = Math.max(largest, real(draft, n));
  const scale = s.regularizerRow || !(largest > 0) ? 1 : s.valueHigh / largest;
  for (let n: i32 = 0; n < M; ++n) {
    if (wants(s, n)) setReal(draft, n, Math.max(s.valueLow, Math.min(real(draft, n) * scale, s.valueHigh)));
  }
}

function refineValues(p: Pattern, first: f64, halvings: i32): void {
  const s = p.s, M = s.M;
  for (let m: i32 = 0; m < M; ++m) {
    // A value of 0 has no logarithm.
    if (wants(s, m) && !(real(p.report, m) > 0)) setReal(p.report, m, s.valueHigh / 1024);
  }
  let step = first;
  for (let halved: i32 = 0; halved < halvings; ) {
    let better = false;
    for (let m: i32 = 0; m < M; ++m) {
      if (!wants(s, m)) continue;
      const factor = Math.exp(step);
      tilt(p, m, factor, p.up);
      tilt(p, m, 1 / factor, p.down);
      if (probe(p)) better = true;
    }
    if (better) continue;
    step *= 0.5;
    ++halved;
  }
}

/** Refines the first candidates of the list. */
export function refine(s: Search, elite: Elite, at: usize): void {
  const p = layOut(at, s), M = s.M;
  for (let m: i32 = 0; m < M; ++m) setReal(p.units, m, useful(s, m));
  // Steps in values alone are few, and there are many jumps to end at.
  const most = s.demandsToo ? s.refined : 2 * s.refined - 1;
  for (let k: i32 = 0; k < elite.count && k < most; ++k) {
    memory.copy(p.report, eliteReport(elite, k), (<usize>(2 * M)) << 3);
    setReal(p.outcome, 0, eliteValue(elite, k));
    memory.copy(p.outcome + 8, eliteAmounts(elite, k), (<usize>(2 * M)) << 3);
    if (!s.demandsToo) {
      refineValues(p, 0.5, 2 * s.halvings);
      continue;
    }
    // Coarse steps in either space first: where the box cramps the values, amounts alone do not get there.
    const coarse = s.halvings >> 1;
    refineCaps(p, 0.125, coarse);
    refineValues(p, 0.5, coarse);
    refineCaps(p, 0.125 * Math.pow(0.5, <f64>(coarse >> 1)), s.halvings - (coarse >> 1));
  }
}
