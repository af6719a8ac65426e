// What the searches of a chunk share: settings, where results go, and working memory laid out in one piece of scratch.
import { workBytes } from '../ipm/layout';
import { Problem } from '../ipm/problem';
import { partialAllocationScratch } from '../partial-allocation';
import { proportionalFairnessScratch } from '../proportional-fairness';
import { ascentBytes } from './ascent';
import { boundBytes } from './bound';
import { eliteBytes } from './elite';
import { patternBytes } from './pattern';
import { Search } from './search';
import { draftBytes, pairingBytes } from './starts';

/** Box and effort, as src/mechanisms/exploit.ts writes them. */
@unmanaged
export class Settings {
  rule: f64;
  valueLow: f64;
  valueHigh: f64;
  demandLow: f64;
  demandHigh: f64; // negative: the supply
  demandsToo: f64;
  valuesFirst: f64; // where demands are lied about too: values alone are searched before
  randomStarts: f64;
  levels: f64; // of the grid of starts
  candidates: f64; // kept of all that is tried
  ascents: f64;
  steps: f64;
  refined: f64;
  halvings: f64;
  nodes: f64;
  margin: f64; // of the bound, as a share of the utility of everything
  tolerance: f64;
  seed: f64;
  first: f64; // index of the chunk's first profile
}

/** Where results go; addresses. */
@unmanaged
export class Found {
  truth: usize;
  gain: usize;
  bound: usize;
  truthful: usize;
  values: usize;
  demands: usize;
  evaluations: usize;
}

/** Working memory of a chunk's searches. */
@unmanaged
export class Desk {
  problem: Problem;
  settings: Settings;
  found: Found;
  search: usize;
  elite: usize;
  pairing: usize;
  draft: usize;
  alone: usize;
  pattern: usize;
  ascent: usize;
  bound: usize;
  withheld: usize; // f64: allocation, utilities, fractions of two profiles
  withholding: usize; // scratch of partialAllocation
  reports: usize; // f64[2M] of every agent
}

export function deskBytes(N: i32, M: i32, candidates: i32, nodes: i32): usize {
  const n = <usize>N, m = <usize>M;
  return (
    offsetof<Desk>() + offsetof<Search>() + 256 + eliteBytes(M, candidates) + pairingBytes() + draftBytes(M) + 8 * m + patternBytes(M) +
    ascentBytes(N, M, proportionalFairnessScratch(N, M)) + boundBytes(N, M, nodes) + 8 * (2 * n * m + 4 * n) + partialAllocationScratch(N, M) +
    16 * n * m + workBytes(N, M) + (m << 4) + 8 * (n * m + 3 * m + n) + 8 * (2 * m + 1) * 5 + 64
  );
}

// @ts-ignore: decorator
@inline function aligned(x: usize): usize { return (x + 63) & ~63; }

export function layOutDesk(scratch: usize, p: Problem, settings: Settings, found: Found): Desk {
  const d = changetype<Desk>(scratch), N = p.N, M = p.M, n = <usize>N, m = <usize>M;
  d.problem = p;
  d.settings = settings;
  d.found = found;
  let top = aligned(scratch + offsetof<Desk>());
  d.search = top;
  const s = changetype<Search>(top);
  top = aligned(top + offsetof<Search>());
  s.work = top;
  top += workBytes(N, M);
  s.vector = top;
  top += m << 4;
  s.demands = top;
  top += (n * m) << 3;
  s.budgets = top;
  top += m << 3;
  s.trueDemands = top;
  top += m << 3;
  s.usual = top;
  top += m << 3;
  s.without = top;
  top += n << 3;
  s.first = top;
  s.second = top + ((2 * m + 1) << 3);
  s.spare = s.second + ((2 * m + 1) << 3);
  s.bestOutcome = s.spare + ((2 * m + 1) << 3);
  s.best = s.bestOutcome + ((2 * m + 1) << 3);
  top = s.best + (m << 4);
  d.elite = top;
  top += eliteBytes(M, <i32>settings.candidates);
  d.pairing = top;
  top += pairingBytes();
  d.draft = top;
  top += draftBytes(M);
  d.alone = top;
  top += m << 3;
  d.pattern = top;
  top += patternBytes(M);
  d.ascent = top;
  top += ascentBytes(N, M, proportionalFairnessScratch(N, M));
  d.bound = top;
  top += boundBytes(N, M, <i32>settings.nodes);
  d.withheld = top;
  top += (2 * n * m + 4 * n) << 3;
  d.withholding = top;
  top += partialAllocationScratch(N, M);
  d.reports = top;

  s.N = N;
  s.M = M;
  s.rule = <i32>settings.rule;
  s.valueLow = settings.valueLow;
  s.valueHigh = settings.valueHigh;
  s.demandLow = settings.demandLow;
  s.demandHigh = settings.demandHigh;
  s.demandsToo = settings.demandsToo != 0;
  s.randomStarts = <i32>settings.randomStarts;
  s.ascents = <i32>settings.ascents;
  s.steps = <i32>settings.steps;
  s.refined = <i32>settings.refined;
  s.halvings = <i32>settings.halvings;
  s.nodes = <i32>settings.nodes;
  s.tolerance = settings.tolerance;
  return d;
}
