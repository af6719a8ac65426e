// Exact prices and amounts of one lane for a given set of free entries.
//
// Free entries are the edges of a graph between agents and binding items. An agent with one free entry hangs on that item; an agent with
// several links items. Where the graph is a forest every price is an affine function of its root's, λ_m = g_m θ + h_m, and the budget
// equations weighted by g give one equation for θ,
//
//     Σ_i [ g_m w_i / (g_m θ + h_m + z_im) − c_i g_m / v_im ] = Σ_m g_m b'_m      (m: the item on which i hangs),
//
// linear in 1/θ without regularizer. Amounts follow from the leaves inwards. There is no subtraction of nearly equal numbers, so the
// result is exact to rounding.
//
// An edge that closes a cycle gives an item a second price g' θ + h'. Without regularizer both are the same, the allocation is not unique,
// and the edge may keep the iterate's amount. With one they differ, and a tree with one such edge is solved too: the cycle gives
// θ = (h' − h)/(g − g'), and the equation above the edge's amount a, which adds a (g' − g) to its right side.
import {
  A, AGENT, BINDING, CAPPED, CLOSER, D_A, D_LAMBDA, ENTRY, GAIN, ITEM, LAMBDA, LEFT, LINEAR, LINK, LINKED, MONEY, OPEN, QUEUE, RATE, RIGHT, ROOT, SHIFT, THETA, TWIST, UP,
  VALUE, WEIGHT, agentsAt, entriesAt, itemsAt, masksAt, words,
} from './layout';

// What became of the graph.
export const FOREST: i32 = 0; // solved
export const KEPT_SOME: i32 = 1; // solved around entries that kept the iterate's amount
export const CYCLE: i32 = 2; // not solved: the allocation is not unique
export const NONSENSE: i32 = 3; // not solved: no optimum has these free entries

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

/** Price at the root with a regularizer: Newton's method on the one equation, which is convex and decreasing. */
function rootPrice(items: usize, agents: usize, entries: usize, N: i32, M: i32, root: i32): f64 {
  const line = <usize>M * ENTRY;
  const top = items + <usize>root * ITEM;
  let theta = f(top, LAMBDA);
  for (let round: i32 = 0; round < 20; ++round) {
    let value = -f(top, RIGHT), slope: f64 = 0;
    for (let i: i32 = 0, agent = agents, row = entries; i < N; ++i, agent += AGENT, row += line) {
      const m = load<i64>(agent, UP);
      if (m < 0) continue;
      const item = items + <usize>m * ITEM;
      if (load<i64>(item, ROOT) != root) continue;
      const gain = f(item, GAIN);
      const g = gain / (gain * theta + f(item, SHIFT) + f(row + <usize>m * ENTRY, LINEAR));
      value += f(agent, WEIGHT) * g;
      slope += f(agent, WEIGHT) * g * g;
    }
    const step = value / slope;
    theta += step;
    if (!(Math.abs(step) > 1e-16 * Math.abs(theta))) break;
  }
  return theta;
}

const NOTICEABLE: f64 = 1e-14; // share of a supply that is more than rounding

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

/**
 * Solves one lane (0 or 8) for the masks of free items, CAPPED, LEFT and BINDING as they stand: amounts go to D_A, prices to D_LAMBDA, w/u
 * to RATE, what is left of the supply to LEFT. Binding items on which nobody hangs have ROOT = UNSEEN and no price yet.
 */
export function solveTree(work: usize, lane: usize, N: i32, M: i32, regularized: bool, allowKeep: bool): i32 {
  const items = itemsAt(work) + lane, agents = agentsAt(work, M) + lane, entries = entriesAt(work, N, M) + lane;
  const line = <usize>M * ENTRY;
  const W = words(M);
  const stride = <usize>W << 3;
  const masks = masksAt(work, N, M, lane);
  let kept = false;

  // Agents: those with one free entry hang on it, those with several wait in the list of links.
  let links: i32 = 0;
  for (let i: i32 = 0, agent = agents, mask = masks, row = entries; i < N; ++i, agent += AGENT, mask += stride, row += line) {
    let up: i64 = UNSEEN;
    for (let m = next(mask, W, 0); m >= 0; m = next(mask, W, m + 1)) {
      const item = items + <usize>m * ITEM;
      if (load<i64>(item, BINDING) != 0 || (regularized && f(row + <usize>m * ENTRY, VALUE) != 0)) {
        if (up == UNSEEN) up = m;
        else {
          up = UNSEEN;
          store<i64>(agents + <usize>links * AGENT, i, LINK);
          ++links;
          break;
        }
      } else {
        // Supply to spare: without regularizer only what is worth nothing is free to move.
        if (f(row + <usize>m * ENTRY, VALUE) != 0) return NONSENSE;
        if (!allowKeep) return CYCLE;
        keep(row + <usize>m * ENTRY, agent, item, mask, m);
        kept = true;
      }
    }
    store<i64>(agent, up, UP);
  }
  // Links whose later entries are on spare items: clear those too.
  for (let k: i32 = 0; k < links; ++k) {
    const i = load<i64>(agents + <usize>k * AGENT, LINK);
    const agent = agents + <usize>i * AGENT, mask = masks + <usize>i * stride, row = entries + <usize>i * line;
    for (let m = next(mask, W, 0); m >= 0; m = next(mask, W, m + 1)) {
      const item = items + <usize>m * ITEM;
      if (load<i64>(item, BINDING) != 0 || (regularized && f(row + <usize>m * ENTRY, VALUE) != 0)) continue;
      if (f(row + <usize>m * ENTRY, VALUE) != 0) return NONSENSE;
      if (!allowKeep) return CYCLE;
      keep(row + <usize>m * ENTRY, agent, item, mask, m);
      kept = true;
    }
  }

  // Items: breadth first through the links. LINK is reordered so that its first `linked` records are the links in order of visit.
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

  // The equation of each root, its price, and the prices of its tree.
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

  // Amounts: leaves, then links against the order of visit.
  for (let i: i32 = 0, agent = agents, mask = masks, row = entries; i < N; ++i, agent += AGENT, mask += stride, row += line) {
    const m = <i32>load<i64>(agent, UP);
    if (m < 0) {
      const capped = f(agent, CAPPED), weight = f(agent, WEIGHT);
      if (weight > 0 && !(capped > 0)) return NONSENSE; // he would get nothing
      store<f64>(agent, weight > 0 ? weight / capped : 0, RATE);
      continue;
    }
    const item = items + <usize>m * ITEM, e = row + <usize>m * ENTRY;
    const v = f(e, VALUE);
    const rate = (f(item, D_LAMBDA) + f(e, LINEAR)) / v;
    if (!(rate > 0 && rate < Infinity)) return NONSENSE;
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
  store<i32>(work + lane, linked, LINKED);
  absorb(items, agents, entries, masks, N, M);
  return kept ? KEPT_SOME : FOREST;
}
