// A certified bound on what any misreport can bring, by branch and bound over the bundles that an agent could be given.
//
// Let λ(b') be the prices of proportional fairness among the others when the supply is b'. They rise as supplies fall: an agent's demand for an
// item does not fall when another item gets dearer (it fills up items in order of v/λ until w v/u = λ), so the dual objective is submodular and its
// minimiser monotone (Topkis). Whatever agent i reports, stationarity times its amounts gives λ(b − a)·a <= w_i. Hence for bundles in a box,
//
//     l <= a <= h:     λ(b − l)·a <= w_i,      u_i <= max { v·a : l <= a <= h, λ(b − l)·a <= w_i },     a fractional knapsack,
//
// with the least prices that support the others' optimum: λ_m = max_j { w_j v_jm/u_j : a_jm < x_jm }, 0 if there is no such j. For Partial Allocation the
// utility is Σ_m v_m min(f a_m, x_m), f^{w_i} = Π_j (u_j(b − a)/u_j(b))^{w_j}, which does not rise with a: f is taken at l.
//
// Boxes are halved, the most promising first, until the bound is near the best report found or the nodes run out. Every knapsack solution is
// tried as a report, asked for in full, so the search also finds what local search misses. One solve a box and one a try.
import { real, setReal } from '../arrays';
import { END } from '../ipm/layout';
import { number } from '../ipm/problem';
import { BROKEN, OUT_OF_ITERATIONS, advance, begin } from '../ipm/solve';
import { settleLane } from '../ipm/pair';
import { loadLane } from '../ipm/start';
import { Elite, offer } from './elite';
import { PA, Search, consider, evaluate, logFraction, takePrices, takeWithout, top } from './search';
import { capReport, wants } from './starts';

const SAFE: f64 = 1 - 1e-9; // factor of prices that covers rounding
const CLOSE: f64 = 1e-9; // of the utility of everything, at which a box is not worth halving

/** Boxes waiting: a binary heap of records [bound, l f64[M], h f64[M]], the highest bound on top. */
@unmanaged
class Boxes {
  s: Search;
  weights: usize; // f64[N], agent i at 0
  supplies: usize; // f64[M] of each lane
  prices: usize; // f64[M] of each lane
  logs: f64; // log f at the box in each lane
  otherLogs: f64;
  draft: usize; // f64[2M] twice
  boxes: usize; // two records: the halves of the box at hand
  heap: usize;
  count: i32;
  room: i32;
  pruned: f64; // highest bound of a box that was given up
}

// @ts-ignore: decorator
@inline function words(M: i32): i32 { return 1 + 2 * M; }

export function boundBytes(N: i32, M: i32, nodes: i32): usize {
  return offsetof<Boxes>() + 8 + ((<usize>(N + 9 * M + words(M) * (2 + nodes + 2))) << 3);
}

// @ts-ignore: decorator
@inline function node(b: Boxes, k: i32): usize { return b.heap + ((<usize>(words(b.s.M) * k)) << 3); }
// @ts-ignore: decorator
@inline function part(b: Boxes, l: i32): usize { return b.boxes + ((<usize>(words(b.s.M) * l)) << 3); }

function swap(b: Boxes, p: i32, q: i32): void {
  for (let k: i32 = 0; k < words(b.s.M); ++k) {
    const t = real(node(b, p), k);
    setReal(node(b, p), k, real(node(b, q), k));
    setReal(node(b, q), k, t);
  }
}

function push(b: Boxes, record: usize): void {
  let k = b.count++;
  memory.copy(node(b, k), record, (<usize>words(b.s.M)) << 3);
  while (k > 0 && real(node(b, (k - 1) >> 1), 0) < real(node(b, k), 0)) {
    swap(b, k, (k - 1) >> 1);
    k = (k - 1) >> 1;
  }
}

/** Takes the box with the highest bound into the first part. */
function pop(b: Boxes): void {
  memory.copy(part(b, 0), b.heap, (<usize>words(b.s.M)) << 3);
  --b.count;
  if (b.count == 0) return;
  memory.copy(b.heap, node(b, b.count), (<usize>words(b.s.M)) << 3);
  let k: i32 = 0;
  while (true) {
    let child = 2 * k + 1;
    if (child >= b.count) return;
    if (child + 1 < b.count && real(node(b, child + 1), 0) > real(node(b, child), 0)) ++child;
    if (!(real(node(b, child), 0) > real(node(b, k), 0))) return;
    swap(b, k, child);
    k = child;
  }
}

/** Solves the others' programme for the supplies that the boxes' lower corners leave; `lanes` has the bits of those that are there. */
function solveOthers(b: Boxes, lanes: i32): i32 {
  const s = b.s, N = s.N, M = s.M;
  for (let l: i32 = 0; l < 2; ++l) {
    const box = lanes & (1 << l) ? l : 0;
    const supplies = b.supplies + ((<usize>(l * M)) << 3);
    for (let m: i32 = 0; m < M; ++m) setReal(supplies, m, Math.max(0, real(s.budgets, m) - real(part(b, box), 1 + m)));
    loadLane(s.work, <usize>l << 3, N, M, s.values, s.demands, supplies, b.weights, 0);
  }
  s.stale = true;
  begin(s.work, N, M, lanes);
  let solved: i32 = 0;
  while (true) {
    const ended = advance(s.work, N, M, false, s.tolerance, s.vector);
    if (!ended) return solved;
    for (let l: i32 = 0; l < 2; ++l) {
      if (!(ended & (1 << l))) continue;
      const lane = <usize>l << 3, end = load<i32>(s.work + lane, END);
      s.evaluations += 1;
      if (end == BROKEN || end == OUT_OF_ITERATIONS || !settleLane(s.work, lane, N, M, end, false)) continue;
      const prices = b.prices + ((<usize>(l * M)) << 3);
      takePrices(s, lane, prices);
      for (let m: i32 = 0; m < M; ++m) setReal(prices, m, SAFE * real(prices, m));
      if (s.rule == PA) {
        if (l) b.otherLogs = logFraction(s, lane);
        else b.logs = logFraction(s, lane);
      }
      solved |= 1 << l;
    }
  }
}

/**
 * The knapsack of part l: its bound, or minus infinity where the box holds no bundle that the agent could be given; the bundle goes to `c`. Cuts the
 * box where money ends.
 */
function knapsack(b: Boxes, l: i32, solved: bool, c: usize): f64 {
  const s = b.s, M = s.M, box = part(b, l);
  const prices = b.prices + ((<usize>(l * M)) << 3);
  const f = s.rule == PA && solved ? Math.min(1, Math.exp(l ? b.otherLogs : b.logs)) : 1;
  let money = s.weight;
  for (let m: i32 = 0; m < M; ++m) {
    const low = real(box, 1 + m);
    setReal(c, m, low);
    if (solved) money -= real(prices, m) * low;
  }
  if (!(money >= -1e-9 * s.weight)) return -Infinity;
  money = Math.max(0, money);
  for (let m: i32 = 0; m < M; ++m) {
    const p = solved ? real(prices, m) : 0, low = real(box, 1 + m);
    if (p > 0) setReal(box, 1 + M + m, Math.min(real(box, 1 + M + m), low + money / p * (1 + 1e-9)));
  }
  // Free items in full, the others by value for money, up to where more is of no use.
  while (true) {
    let next: i32 = -1, ratio: f64 = 0;
    for (let m: i32 = 0; m < M; ++m) {
      const v = real(s.trueValues, m), most = Math.min(real(box, 1 + M + m), real(s.trueDemands, m) / f);
      if (!(v > 0) || !(real(c, m) < most)) continue;
      const p = solved ? real(prices, m) : 0, r = p > 0 ? v / p : Infinity;
      if (next < 0 || r > ratio) {
        next = m;
        ratio = r;
      }
    }
    if (next < 0) break;
    const most = Math.min(real(box, 1 + M + next), real(s.trueDemands, next) / f), p = solved ? real(prices, next) : 0;
    const room = most - real(c, next);
    if (p * room <= money) {
      setReal(c, next, most);
      money -= p * room;
    } else {
      setReal(c, next, real(c, next) + money / p);
      break;
    }
  }
  let u: f64 = 0;
  for (let m: i32 = 0; m < M; ++m) u += real(s.trueValues, m) * Math.min(f * real(c, m), real(s.trueDemands, m));
  return u * (1 + 1e-12);
}

/** The dimension to halve: where the box is worth most. */
function widest(s: Search, box: usize): i32 {
  let best: i32 = 0, most: f64 = -1;
  for (let m: i32 = 0; m < s.M; ++m) {
    const worth = real(s.trueValues, m) * (real(box, 1 + s.M + m) - real(box, 1 + m));
    if (worth > most) {
      most = worth;
      best = m;
    }
  }
  return best;
}

/** Bounds the parts, tries their bundles as reports, and keeps the boxes that may hold something better. */
function weigh(b: Boxes, lanes: i32, elite: Elite, margin: f64): void {
  const s = b.s, M = s.M, size = (<usize>(2 * M)) << 3;
  const solved = solveOthers(b, lanes);
  const c = b.draft + 2 * size;
  let kept: i32 = 0;
  for (let l: i32 = 0; l < 2; ++l) {
    if (!(lanes & (1 << l))) continue;
    const bound = knapsack(b, l, (solved & (1 << l)) != 0, c + ((<usize>(l * M)) << 3));
    setReal(part(b, l), 0, bound);
    if (bound > real(s.bestOutcome, 0) + margin) kept |= 1 << l;
    else b.pruned = Math.max(b.pruned, bound);
  }
  if (kept && s.demandsToo) {
    for (let l: i32 = 0; l < 2; ++l) {
      const from = kept & (1 << l) ? l : 1 - l, at = (<usize>(from * M)) << 3;
      capReport(s, -1, c + at, b.prices + at, 0, b.draft + size * <usize>l);
    }
    const second = kept == 3 ? b.draft + size : b.draft;
    evaluate(s, b.draft, second);
    consider(s, b.draft, s.first);
    offer(elite, b.draft, s.first);
    if (kept == 3) {
      consider(s, second, s.second);
      offer(elite, second, s.second);
    }
  }
  for (let l: i32 = 0; l < 2; ++l) if (kept & (1 << l)) push(b, part(b, l));
}

function layOut(at: usize, s: Search): Boxes {
  const b = changetype<Boxes>(at), M = <usize>s.M << 3;
  b.s = s;
  b.weights = (at + offsetof<Boxes>() + 7) & ~7;
  b.supplies = b.weights + (<usize>s.N << 3);
  b.prices = b.supplies + 2 * M;
  b.draft = b.prices + 2 * M;
  // Two reports, and two bundles behind them: 6 M.
  b.boxes = b.draft + 6 * M;
  b.heap = b.boxes + ((<usize>(2 * words(s.M))) << 3);
  b.count = 0;
  b.room = s.nodes;
  b.pruned = 0;
  for (let j: i32 = 0; j < s.N; ++j) setReal(b.weights, j, j == s.i ? 0 : number(s.weights, j, 1));
  return b;
}

/** The others without the agent at all: their log utilities, and the root box. To be called first. */
export function openBound(s: Search, at: usize): usize {
  const b = layOut(at, s), M = s.M;
  for (let m: i32 = 0; m < M; ++m) {
    setReal(part(b, 0), 1 + m, 0);
    const most = s.rule == PA ? top(s, m) : Math.min(real(s.trueDemands, m), top(s, m));
    setReal(part(b, 0), 1 + M + m, wants(s, m) ? most : 0);
  }
  const rule = s.rule;
  s.rule = 0; // logs are not known yet
  const solved = solveOthers(b, 1);
  s.rule = rule;
  if (solved) takeWithout(s, 0);
  b.logs = 0;
  setReal(part(b, 0), 0, knapsack(b, 0, solved != 0, b.draft));
  push(b, part(b, 0));
  return at;
}

/** Refines the bound with the best report found so far in hand; returns the bound. `margin`: what is not worth telling apart, in utility. */
export function closeBound(s: Search, at: usize, elite: Elite, margin: f64): f64 {
  const b = changetype<Boxes>(at), M = s.M;
  let nodes: i32 = 1;
  while (b.count > 0 && nodes < b.room) {
    if (!(real(b.heap, 0) > real(s.bestOutcome, 0) + margin)) break;
    pop(b);
    const m = widest(s, part(b, 0));
    const low = real(part(b, 0), 1 + m), high = real(part(b, 0), 1 + M + m);
    if (!(high - low > CLOSE * real(s.budgets, m))) {
      b.pruned = Math.max(b.pruned, real(part(b, 0), 0));
      continue;
    }
    const middle = 0.5 * (low + high);
    memory.copy(part(b, 1), part(b, 0), (<usize>words(M)) << 3);
    setReal(part(b, 0), 1 + M + m, middle);
    setReal(part(b, 1), 1 + m, middle);
    weigh(b, 3, elite, margin);
    nodes += 2;
  }
  const open = b.count > 0 ? real(b.heap, 0) : 0;
  return Math.max(real(s.bestOutcome, 0), Math.max(open, b.pruned));
}
