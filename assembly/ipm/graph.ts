// The graph of free entries of one lane: edges between agents and items.
//
// An agent with one free entry hangs on that item; an agent with several links items. Visited breadth first, every item but a tree's root
// gets its price as an affine function of the root's, λ_m = g_m θ + h_m, from the agent that leads to it:
//
//     w_i/u_i = (λ_m + z_im)/v_im = (λ_l + z_il)/v_il      for free entries (i, m) and (i, l).
//
// An edge that closes a cycle gives its item a second price g' θ + h'. Without regularizer both are the same, the allocation is not unique,
// and the edge may keep the iterate's amount: it is no edge then. With one they differ, and a tree may have one such edge: the cycle fixes
// θ = (h' − h)/(g − g').
import {
  A, AGENT, BINDING, CAPPED, CLOSER, D_A, ENTRY, GAIN, ITEM, LAMBDA, LEFT, LINEAR, LINK, LINKED, LINKS, MONEY, OPEN, QUEUE, RIGHT, ROOT, SHIFT,
  THETA, TWIST, UP, VALUE, agentsAt, entriesAt, itemsAt, masksAt, words,
} from './layout';

// What became of the graph.
export const FOREST: i32 = 0; // every tree has at most one cycle, and that fixes its price
export const KEPT_SOME: i32 = 1; // the same, some entries having kept the iterate's amount
export const CYCLE: i32 = 2; // the allocation is not unique
export const NONSENSE: i32 = 3; // no optimum has these free entries

export const UNSEEN: i64 = -1;
const SAME: f64 = 1e-9; // relative difference of two gains that are one

// @ts-ignore: decorator
@inline function f(at: usize, o: usize): f64 { return load<f64>(at + o); }
// @ts-ignore: decorator
@inline export function has(mask: usize, m: i32): bool { return ((load<u64>(mask + (<usize>(m >> 6) << 3)) >> (m & 63)) & 1) != 0; }

/** First item >= m in a mask of W words, or -1. */
export function next(mask: usize, W: i32, m: i32): i32 {
  for (let w = m >> 6; w < W; ++w) {
    let bits = load<u64>(mask + (<usize>w << 3));
    if (w == m >> 6) bits &= (~(<u64>0)) << (m & 63);
    if (bits) return (w << 6) + <i32>ctz<u64>(bits);
  }
  return -1;
}

/** Lets an entry keep the iterate's amount: it is no edge any more. */
function keep(e: usize, agent: usize, item: usize, mask: usize, m: i32): void {
  const a = f(e, A);
  const word = mask + (<usize>(m >> 6) << 3);
  store<u64>(word, load<u64>(word) & ~(<u64>1 << (m & 63)));
  store<f64>(e, a, D_A);
  store<f64>(agent, f(agent, CAPPED) + f(e, VALUE) * a, CAPPED);
  store<f64>(item, f(item, LEFT) - a, LEFT);
}

/** Takes a closing edge into its tree, if that has no cycle yet and this one fixes the price at the root. */
function twist(items: usize, item: usize, e: usize, perValue: f64, offset: f64, mask: usize, m: i32, index: i64): bool {
  const root = items + <usize>load<i64>(item, ROOT) * ITEM;
  const v = f(e, VALUE), gain = f(item, GAIN);
  const other = v * perValue, difference = other - gain;
  if (f(root, TWIST) != 0 || !(Math.abs(difference) > SAME * Math.max(gain, other))) return false;
  store<f64>(root, difference, TWIST);
  store<f64>(root, (f(item, SHIFT) - (v * offset - f(e, LINEAR))) / difference, THETA);
  store<i64>(root, index, CLOSER);
  const word = mask + (<usize>(m >> 6) << 3);
  store<u64>(word, load<u64>(word) & ~(<u64>1 << (m & 63)));
  return true;
}

/** The binding item with the lowest price that no tree has yet, or -1. */
function cheapest(items: usize, M: i32): i32 {
  let best: i32 = -1;
  let price: f64 = Infinity;
  for (let m: i32 = 0, item = items; m < M; ++m, item += ITEM) {
    if (load<i64>(item, BINDING) == 0 || load<i64>(item, ROOT) != UNSEEN || !(f(item, LAMBDA) < price)) continue;
    best = m;
    price = f(item, LAMBDA);
  }
  return best;
}

/** Hangs agents on items and lists those that link several (LINK, LINKS). Entries of items with supply to spare are no edges. */
function hang(work: usize, lane: usize, N: i32, M: i32, regularized: bool, allowKeep: bool): i32 {
  const items = itemsAt(work) + lane, agents = agentsAt(work, M) + lane, entries = entriesAt(work, N, M) + lane;
  const line = <usize>M * ENTRY;
  const W = words(M);
  const stride = <usize>W << 3;
  const masks = masksAt(work, N, M, lane), binding = masks + stride * N;
  let bits: u64 = 0;
  for (let m: i32 = 0, item = items; m < M; ++m, item += ITEM) {
    bits |= (<u64>load<i64>(item, BINDING) & 1) << (m & 63);
    if ((m & 63) != 63 && m != M - 1) continue;
    store<u64>(binding + (<usize>(m >> 6) << 3), bits);
    bits = 0;
  }
  // Agents with one free entry hang on it, those with several wait in the list of links. How many it is no branch depends on.
  let links: i32 = 0;
  let kept = false;
  for (let i: i32 = 0, agent = agents, mask = masks, row = entries; i < N; ++i, agent += AGENT, mask += stride, row += line) {
    let edges: i64 = 0, up: i64 = UNSEEN;
    for (let w: i32 = 0; w < W; ++w) {
      const word = <usize>w << 3;
      for (let spare = load<u64>(mask + word) & ~load<u64>(binding + word); spare; spare &= spare - 1) {
        // Supply to spare: without regularizer only what is worth nothing is free to move.
        const m = (w << 6) + <i32>ctz<u64>(spare), e = row + <usize>m * ENTRY;
        if (f(e, VALUE) != 0) {
          if (regularized) continue;
          return NONSENSE;
        }
        if (!allowKeep) return CYCLE;
        keep(e, agent, items + <usize>m * ITEM, mask, m);
        kept = true;
      }
      const free = load<u64>(mask + word);
      up += (<i64>(w << 6) + <i64>ctz<u64>(free) - UNSEEN) & -<i64>(free != 0);
      edges += <i64>popcnt<u64>(free);
    }
    store<i64>(agent, edges == 1 ? up : UNSEEN, UP);
    store<i64>(agents + <usize>links * AGENT, i, LINK);
    links += <i32>(edges > 1);
  }
  store<i32>(work + lane, links, LINKS);
  return kept ? KEPT_SOME : FOREST;
}

/** Visits all trees from their roots; LINK is reordered so that its first LINKED records are the links in order of visit. */
function visit(work: usize, lane: usize, N: i32, M: i32, regularized: bool, allowKeep: bool): i32 {
  const items = itemsAt(work) + lane, agents = agentsAt(work, M) + lane, entries = entriesAt(work, N, M) + lane;
  const line = <usize>M * ENTRY;
  const W = words(M);
  const stride = <usize>W << 3;
  const masks = masksAt(work, N, M, lane);
  const links = load<i32>(work + lane, LINKS);
  let kept = false;
  // Items: breadth first through the links.
  for (let m: i32 = 0, item = items; m < M; ++m, item += ITEM) {
    store<i64>(item, UNSEEN, ROOT);
    store<f64>(item, 0, MONEY);
    store<f64>(item, 0, RIGHT);
    store<f64>(item, 0, TWIST);
  }
  let linked: i32 = 0, tail: i32 = 0;
  if (regularized) {
    // With a regularizer an agent may also be content with part of a free item: its price 0 is known, and so is all that hangs on it.
    for (let m: i32 = 0, item = items; m < M; ++m, item += ITEM) {
      if (load<i64>(item, BINDING) != 0 || load<i64>(item, OPEN) == 0) continue;
      store<i64>(item, m, ROOT);
      store<f64>(item, 0, GAIN);
      store<f64>(item, 0, SHIFT);
      store<i64>(items + <usize>tail * ITEM, m, QUEUE);
      ++tail;
    }
  }
  let head: i32 = 0;
  for (let turn: i32 = -1; turn < M; ++turn) {
    if (turn >= 0) {
      // With a regularizer a small price may be the difference of large numbers, unless it is the root's.
      const r = regularized ? cheapest(items, M) : turn;
      if (r < 0) break;
      const top = items + <usize>r * ITEM;
      if (load<i64>(top, BINDING) == 0 || load<i64>(top, ROOT) != UNSEEN) continue;
      store<i64>(top, r, ROOT);
      store<f64>(top, 1, GAIN);
      store<f64>(top, 0, SHIFT);
      store<i64>(items + <usize>tail * ITEM, r, QUEUE);
      ++tail;
    }
    while (head < tail) {
      const m = <i32>load<i64>(items + <usize>head * ITEM, QUEUE);
      ++head;
      const item = items + <usize>m * ITEM;
      for (let k = linked; k < links; ++k) {
        const i = load<i64>(agents + <usize>k * AGENT, LINK);
        const agent = agents + <usize>i * AGENT, mask = masks + <usize>i * stride, row = entries + <usize>i * line;
        if (!has(mask, m)) continue;
        store<i64>(agent, m, UP);
        store<i64>(agents + <usize>k * AGENT, load<i64>(agents + <usize>linked * AGENT, LINK), LINK);
        store<i64>(agents + <usize>linked * AGENT, i, LINK);
        ++linked;
        const e = row + <usize>m * ENTRY;
        const v = f(e, VALUE);
        const perValue = f(item, GAIN) / v, offset = (f(item, SHIFT) + f(e, LINEAR)) / v;
        for (let l = next(mask, W, 0); l >= 0; l = next(mask, W, l + 1)) {
          if (l == m) continue;
          const child = items + <usize>l * ITEM, other = row + <usize>l * ENTRY;
          if (load<i64>(child, ROOT) != UNSEEN) {
            // The item is reached already, so this entry closes a cycle.
            if (regularized && twist(items, child, other, perValue, offset, mask, l, <i64>((other - entries) / ENTRY))) continue;
            if (!allowKeep) return CYCLE;
            keep(other, agent, child, mask, l);
            kept = true;
            continue;
          }
          const vl = f(other, VALUE);
          store<i64>(child, load<i64>(item, ROOT), ROOT);
          store<f64>(child, vl * perValue, GAIN);
          store<f64>(child, vl * offset - f(other, LINEAR), SHIFT);
          store<i64>(items + <usize>tail * ITEM, l, QUEUE);
          ++tail;
        }
      }
    }
  }
  store<i32>(work + lane, linked, LINKED);
  return kept ? KEPT_SOME : FOREST;
}

/** Builds the graph of one lane (0 or 8) from the masks of free items, CAPPED, LEFT and BINDING. */
export function buildGraph(work: usize, lane: usize, N: i32, M: i32, regularized: bool, allowKeep: bool): i32 {
  const hung = hang(work, lane, N, M, regularized, allowKeep);
  if (hung > KEPT_SOME) return hung;
  const visited = visit(work, lane, N, M, regularized, allowKeep);
  return visited > KEPT_SOME ? visited : hung | visited;
}
