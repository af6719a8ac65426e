// Exact prices and amounts of one lane for a given set of free entries, whose graph (graph.ts) is a forest, or nearly.
//
// In each tree the budget equations, weighted by the gains g, give one equation for the price θ at the root,
//
//     Σ_i [ g_m w_i / (g_m θ + h_m + z_im) − c_i g_m / v_im ] = Σ_m g_m b'_m      (m: the item on which i hangs),
//
// linear in 1/θ without regularizer; c is the utility of capped demands, b' the supply they leave. Where a cycle fixes θ, the equation gives the
// amount a of the edge that closes it, which adds a (g' − g) to the right side. Amounts follow from the leaves inwards, each from what
// an agent or an item still lacks.
import { max, splat } from '../lanes';
import {
  AGENT, BINDING, CAPPED, CLOSER, D_A, D_LAMBDA, ENTRY, GAIN, HUNG, ITEM, LAMBDA, LEFT, LINEAR, LINK, LINKED, MONEY, RATE, RIGHT, ROOT, SHIFT,
  SHIFTED, THETA, TWIST, UP, VALUE, WEIGHT, agentsAt, entriesAt, itemsAt, masksAt, words,
} from './layout';
import { KEPT_SOME, NONSENSE, UNSEEN, buildGraph, has, next } from './graph';

// @ts-ignore: decorator
@inline function f(at: usize, o: usize): f64 { return load<f64>(at + o); }

/** Amount of the edge that closes the tree's cycle; it counts as given from here on. */
function closeCycle(items: usize, agents: usize, entries: usize, N: i32, M: i32, root: i32): void {
  const line = <usize>M * ENTRY;
  const top = items + <usize>root * ITEM;
  const theta = f(top, THETA);
  let value = -f(top, RIGHT);
  for (let i: i32 = 0, agent = agents, row = entries; i < N; ++i, agent += AGENT, row += line) {
    const m = load<i64>(agent, UP);
    if (m < 0) continue;
    const item = items + <usize>m * ITEM;
    if (load<i64>(item, ROOT) != root) continue;
    value += f(agent, WEIGHT) * f(item, GAIN) / (f(item, GAIN) * theta + f(item, SHIFT) + f(row + <usize>m * ENTRY, LINEAR));
  }
  const index = load<i64>(top, CLOSER);
  const e = entries + <usize>index * ENTRY, a = value / f(top, TWIST);
  const agent = agents + <usize>(index / M) * AGENT, item = items + <usize>(index % M) * ITEM;
  store<f64>(e, a, D_A);
  store<f64>(agent, f(agent, CAPPED) + f(e, VALUE) * a, CAPPED);
  store<f64>(item, f(item, LEFT) - a, LEFT);
}

/**
 * Price at the root with a regularizer, from Σ w/(θ + c) = right: Newton's method for the reciprocal of the sum, which is nearly linear where the
 * c differ little. It is concave, so that the price is approached from below, where no term is more than the sum.
 */
function rootPrice(items: usize, agents: usize, entries: usize, N: i32, M: i32, root: i32): f64 {
  const line = <usize>M * ENTRY;
  const top = items + <usize>root * ITEM, right = f(top, RIGHT);
  let end = agents;
  const share = 1 / right;
  let lowest = splat(0);
  for (let i: i32 = 0, agent = agents, row = entries; i < N; ++i, agent += AGENT, row += line) {
    const m = load<i64>(agent, UP);
    if (m < 0) continue;
    const item = items + <usize>m * ITEM;
    if (load<i64>(item, ROOT) != root) continue;
    const weight = f(agent, WEIGHT), shift = (f(item, SHIFT) + f(row + <usize>m * ENTRY, LINEAR)) / f(item, GAIN);
    store<f64>(end, shift, SHIFTED);
    store<f64>(end, weight, HUNG);
    end += AGENT;
    lowest = max(lowest, splat(weight * share - shift));
  }
  const least = f64x2.extract_lane(lowest, 0);
  let theta = f(top, LAMBDA);
  if (!(theta > least)) theta = least;
  for (let round: i32 = 0; round < 20; ++round) {
    let sum: f64 = 0, slope: f64 = 0, nearest: f64 = 0;
    for (let record = agents; record < end; record += AGENT) {
      const inverse = 1 / (theta + f(record, SHIFTED)), term = f(record, HUNG) * inverse;
      sum += term;
      slope += term * inverse;
      nearest += inverse;
    }
    const step = (sum - right) * sum / (right * slope);
    theta += step;
    if (!(theta > least)) theta = least;
    // What is left is of second order in the largest relative change of a term.
    if (!(Math.abs(step) * nearest > STILL)) break;
  }
  return theta;
}

const NOTICEABLE: f64 = 1e-14; // share of a supply that is more than rounding
const STILL: f64 = 1e-9; // relative change of a root's terms that ends its price's iteration

/**
 * All rounding of a tree ends up in the budget of its root. Where somebody cares little about that item, his amount is known badly (as what
 * his utility lacks, over a small value) and takes the rest at next to no loss.
 */
function absorb(items: usize, agents: usize, entries: usize, masks: usize, N: i32, M: i32): void {
  const line = <usize>M * ENTRY;
  const stride = <usize>words(M) << 3;
  for (let m: i32 = 0, item = items; m < M; ++m, item += ITEM) {
    const left = f(item, LEFT);
    if (load<i64>(item, ROOT) != m || load<i64>(item, BINDING) == 0 || Math.abs(left) <= NOTICEABLE) continue;
    let least: f64 = Infinity;
    let taker: usize = 0;
    for (let i: i32 = 0, agent = agents, mask = masks, e = entries + <usize>m * ENTRY; i < N; ++i, agent += AGENT, mask += stride, e += line) {
      if (!has(mask, m)) continue;
      const share = f(e, VALUE) * f(agent, RATE) / f(agent, WEIGHT); // of his utility, per unit
      if (share < least) {
        least = share;
        taker = e;
      }
    }
    if (!taker) continue;
    store<f64>(taker, f(taker, D_A) + left, D_A);
    store<f64>(item, 0, LEFT);
  }
}

/** Prices: the equation of each root, its price, and from that all prices of its tree. */
function prices(work: usize, lane: usize, N: i32, M: i32, regularized: bool): void {
  const items = itemsAt(work) + lane, agents = agentsAt(work, M) + lane, entries = entriesAt(work, N, M) + lane;
  const line = <usize>M * ENTRY;
  for (let m: i32 = 0, item = items; m < M; ++m, item += ITEM) {
    const r = load<i64>(item, ROOT);
    if (r == UNSEEN) continue;
    const root = items + <usize>r * ITEM;
    store<f64>(root, f(root, RIGHT) + f(item, GAIN) * f(item, LEFT), RIGHT);
  }
  for (let i: i32 = 0, agent = agents, row = entries; i < N; ++i, agent += AGENT, row += line) {
    const m = load<i64>(agent, UP);
    if (m < 0) continue;
    const item = items + <usize>m * ITEM;
    const root = items + <usize>load<i64>(item, ROOT) * ITEM;
    store<f64>(root, f(root, RIGHT) + f(agent, CAPPED) * f(item, GAIN) / f(row + <usize>m * ENTRY, VALUE), RIGHT);
    store<f64>(root, f(root, MONEY) + f(agent, WEIGHT), MONEY);
  }
  for (let m: i32 = 0, item = items; m < M; ++m, item += ITEM) {
    if (load<i64>(item, ROOT) != m) continue;
    if (load<i64>(item, BINDING) == 0) {
      store<f64>(item, 0, D_LAMBDA);
      continue;
    }
    if (f(item, MONEY) == 0) {
      store<i64>(item, UNSEEN, ROOT); // nobody hangs on it
      continue;
    }
    if (f(item, TWIST) != 0) {
      store<f64>(item, f(item, THETA), D_LAMBDA);
      closeCycle(items, agents, entries, N, M, m);
      continue;
    }
    store<f64>(item, regularized ? rootPrice(items, agents, entries, N, M, m) : f(item, MONEY) / f(item, RIGHT), D_LAMBDA);
  }
  for (let m: i32 = 0, item = items; m < M; ++m, item += ITEM) {
    const r = load<i64>(item, ROOT);
    if (r == UNSEEN) {
      if (load<i64>(item, BINDING) == 0) store<f64>(item, 0, D_LAMBDA);
    } else if (r != m) store<f64>(item, f(item, GAIN) * f(items + <usize>r * ITEM, D_LAMBDA) + f(item, SHIFT), D_LAMBDA);
  }
}

/** Amounts: leaves, then links against the order of visit. False if an agent would get nothing. */
function amounts(work: usize, lane: usize, N: i32, M: i32): bool {
  const items = itemsAt(work) + lane, agents = agentsAt(work, M) + lane, entries = entriesAt(work, N, M) + lane;
  const line = <usize>M * ENTRY;
  const W = words(M);
  const stride = <usize>W << 3;
  const masks = masksAt(work, N, M, lane);
  const linked = load<i32>(work + lane, LINKED);
  for (let i: i32 = 0, agent = agents, mask = masks, row = entries; i < N; ++i, agent += AGENT, mask += stride, row += line) {
    const m = <i32>load<i64>(agent, UP);
    if (m < 0) {
      const capped = f(agent, CAPPED), weight = f(agent, WEIGHT);
      if (weight > 0 && !(capped > 0)) return false; // he would get nothing
      store<f64>(agent, weight > 0 ? weight / capped : 0, RATE);
      continue;
    }
    const item = items + <usize>m * ITEM, e = row + <usize>m * ENTRY;
    const v = f(e, VALUE);
    const rate = (f(item, D_LAMBDA) + f(e, LINEAR)) / v;
    if (!(rate > 0 && rate < Infinity)) return false;
    store<f64>(agent, rate, RATE);
    const need = f(agent, WEIGHT) / rate - f(agent, CAPPED);
    store<f64>(e, need / v, D_A);
    if (next(mask, W, 0) == m && next(mask, W, m + 1) < 0) store<f64>(item, f(item, LEFT) - need / v, LEFT);
    else store<f64>(e, need, D_A); // a link: what is left after its other entries, below
  }
  for (let k = linked - 1; k >= 0; --k) {
    const i = load<i64>(agents + <usize>k * AGENT, LINK);
    const mask = masks + <usize>i * stride, row = entries + <usize>i * line;
    const m = <i32>load<i64>(agents + <usize>i * AGENT, UP);
    const item = items + <usize>m * ITEM, e = row + <usize>m * ENTRY;
    if (next(mask, W, 0) == m && next(mask, W, m + 1) < 0) continue; // all its other entries kept their amounts: a leaf by now
    let need = f(e, D_A);
    for (let l = next(mask, W, 0); l >= 0; l = next(mask, W, l + 1)) {
      if (l == m) continue;
      const child = items + <usize>l * ITEM, a = f(child, LEFT);
      store<f64>(child, 0, LEFT);
      store<f64>(row + <usize>l * ENTRY, a, D_A);
      need -= f(row + <usize>l * ENTRY, VALUE) * a;
    }
    const a = need / f(e, VALUE);
    store<f64>(e, a, D_A);
    store<f64>(item, f(item, LEFT) - a, LEFT);
  }
  absorb(items, agents, entries, masks, N, M);
  return true;
}

/**
 * Solves one lane (0 or 8) for the masks of free items, CAPPED, LEFT and BINDING as they stand: amounts go to D_A, prices to D_LAMBDA, w/u
 * to RATE, what is left of the supply to LEFT. Binding items on which nobody hangs have ROOT = UNSEEN and no price yet.
 */
export function solveTree(work: usize, lane: usize, N: i32, M: i32, regularized: bool, allowKeep: bool): i32 {
  const graph = buildGraph(work, lane, N, M, regularized, allowKeep);
  if (graph > KEPT_SOME) return graph;
  prices(work, lane, N, M, regularized);
  return amounts(work, lane, N, M) ? graph : NONSENSE;
}
