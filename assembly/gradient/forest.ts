// The reduced system where the free entries form a forest between agents and items, in O(N M) operations.
//
//     −κ_i v_im s_i + y_m = l'_im,   s_i = Σ_l v_il h_il        (i, m) free;  y_m = 0 where the budget does not bind
//     Σ_i h_im = 0                                               where it does
//
// (the gradient system of Zeng et al. 2023, Appendix B, with everything determined eliminated). In a tree all y are affine in the y of its
// root, y_m = g_m θ + o_m, since an agent with free entries on m and l has y_l = l'_il + (v_il/v_im)(y_m − l'_im). The sum of the budget
// equations weighted by g gives θ. Then h follows from the leaves inwards.
//
// An agent with one free entry, a leaf, has h = (y_m − l'_im)/(κ_i v_im²): of all leaves of an item only the sums of 1/(κ v²) and l'/(κ v²)
// matter to its tree. Only agents with several, links, are walked.
import { integer, real, setInteger, setReal } from '../arrays';
import { splat, storePair } from '../lanes';
import { Gradient, agentOf, binds, itemOf } from './state';

const UNSEEN: i32 = -1;

// @ts-ignore: decorator
@inline function increase(list: usize, index: i32, x: f64): void { setReal(list, index, real(list, index) + x); }

/** What the leaves of each item do together: Σ h = y `below` − `above`. */
function gatherLeaves(g: Gradient): void {
  for (let m: i32 = 0; m < g.M; ++m) {
    setReal(g.above, m, 0);
    setReal(g.below, m, 0);
    setReal(g.column, m, 0);
  }
  for (let k: i32 = 0; k < g.leafCount; ++k) {
    const e = integer(g.leaves, k), j = integer(g.free, e), m = itemOf(g, j), ease = real(g.ease, e);
    increase(g.below, m, ease);
    increase(g.above, m, ease * real(g.cotangent, j));
  }
}

/** Items without links: each is a tree of its own, of which y is the root's or known to be 0. */
function plant(g: Gradient): void {
  for (let m: i32 = 0; m < g.M; ++m) {
    setInteger(g.root, m, m);
    setReal(g.gain, m, real(g.binding, m));
    setReal(g.offset, m, 0);
  }
}

/** The place in `free` of a link's entry on item m, −1 if it has none. */
// @ts-ignore: decorator
@inline function entryOn(g: Gradient, first: i32, m: i32): i32 {
  const i = agentOf(g, integer(g.free, first));
  for (let e = first, j = integer(g.free, e); agentOf(g, j) == i; ++e, j = integer(g.free, e)) if (itemOf(g, j) == m) return e;
  return -1;
}

/** Hangs a link's other entries on the one that was reached. Returns the new end of the queue, −1 where a cycle closes. */
function spread(g: Gradient, first: i32, reached: i32, tail: i32): i32 {
  const up = integer(g.free, reached), m = itemOf(g, up), i = agentOf(g, up);
  const v = real(g.values, up), reach = real(g.offset, m) - real(g.cotangent, up), gain = real(g.gain, m);
  let end = tail;
  for (let e = first, j = integer(g.free, e); agentOf(g, j) == i; ++e, j = integer(g.free, e)) {
    if (j == up) continue;
    const l = itemOf(g, j), ratio = real(g.values, j) / v;
    if (integer(g.root, l) != UNSEEN) return -1;
    setInteger(g.root, l, integer(g.root, m));
    setReal(g.gain, l, ratio * gain);
    setReal(g.offset, l, real(g.cotangent, j) + ratio * reach);
    setInteger(g.queue, end++, l);
  }
  return end;
}

/** Walks the trees; false where a cycle closes. The links come out in order of visit. */
function visit(g: Gradient): bool {
  const M = g.M, links = g.linkCount;
  let linked: i32 = 0, head: i32 = 0, tail: i32 = 0;
  for (let m: i32 = 0; m < M; ++m) {
    if (binds(g, m)) setInteger(g.root, m, UNSEEN);
    else setInteger(g.queue, tail++, m);
  }
  for (let turn: i32 = -1; turn < M; ++turn) {
    if (turn >= 0) {
      if (integer(g.root, turn) != UNSEEN) continue;
      setInteger(g.root, turn, turn);
      setInteger(g.queue, tail++, turn);
    }
    while (head < tail) {
      const m = integer(g.queue, head++);
      for (let k = linked; k < links; ++k) {
        const first = integer(g.links, k), reached = entryOn(g, first, m);
        if (reached < 0) continue;
        tail = spread(g, first, reached, tail);
        if (tail < 0) return false;
        setInteger(g.up, first, reached);
        setInteger(g.links, k, integer(g.links, linked));
        setInteger(g.links, linked++, first);
      }
    }
  }
  return true;
}

/** Brings what leaves and links do to the roots of their trees. */
function gatherTrees(g: Gradient): void {
  for (let m: i32 = 0; m < g.M; ++m) {
    const r = integer(g.root, m), gain = real(g.gain, m), above = real(g.above, m), below = real(g.below, m);
    if (r == m) continue;
    increase(g.above, r, gain * (above - below * real(g.offset, m)));
    increase(g.below, r, gain * gain * below);
  }
  for (let k: i32 = 0; k < g.linkCount; ++k) {
    const e = integer(g.up, integer(g.links, k)), j = integer(g.free, e), m = itemOf(g, j), r = integer(g.root, m);
    const c = real(g.gain, m) * real(g.ease, e);
    increase(g.above, r, c * (real(g.cotangent, j) - real(g.offset, m)));
    increase(g.below, r, c * real(g.gain, m));
  }
}

/** y of every item; counts binding budgets on which nobody hangs. */
function solveRoots(g: Gradient): void {
  const M = g.M;
  let idle: i32 = 0;
  for (let m: i32 = 0; m < M; ++m) {
    if (integer(g.root, m) != m) continue;
    const below = real(g.below, m), open = binds(g, m);
    setReal(g.y, m, open && below != 0 ? real(g.above, m) / below : 0);
    if (open && below == 0) ++idle;
  }
  g.idle = idle;
  if (g.linkCount == 0) return;
  for (let m: i32 = 0; m < M; ++m) {
    const r = integer(g.root, m);
    if (r != m) setReal(g.y, m, real(g.gain, m) * real(g.y, r) + real(g.offset, m));
  }
}

/** s and h: leaves, then links against the order of visit. */
function descend(g: Gradient): void {
  const entries = g.N * g.M;
  for (let j: i32 = 0; j < entries; j += 2) storePair(g.h + (<usize>j << 3), splat(0), j + 1 < entries);
  for (let i: i32 = 0; i < g.N; i += 2) v128.store(g.s + (<usize>i << 3), splat(0));
  for (let k: i32 = 0; k < g.leafCount; ++k) {
    const e = integer(g.leaves, k), j = integer(g.free, e), m = itemOf(g, j);
    const h = real(g.ease, e) * (real(g.y, m) - real(g.cotangent, j));
    setReal(g.h, j, h);
    setReal(g.s, agentOf(g, j), real(g.values, j) * h);
    increase(g.column, m, h);
  }
  for (let k = g.linkCount - 1; k >= 0; --k) {
    const first = integer(g.links, k), up = integer(g.free, integer(g.up, first)), m = itemOf(g, up), i = agentOf(g, up);
    const v = real(g.values, up), s = (real(g.y, m) - real(g.cotangent, up)) / (real(g.kappa, i) * v);
    let need = s;
    for (let e = first, j = integer(g.free, e); agentOf(g, j) == i; ++e, j = integer(g.free, e)) {
      if (j == up) continue;
      const h = -real(g.column, itemOf(g, j));
      setReal(g.h, j, h);
      need -= real(g.values, j) * h;
    }
    const h = need / v;
    setReal(g.s, i, s);
    setReal(g.h, up, h);
    increase(g.column, m, h);
  }
}

/** Solves the reduced system into h, s and y; y is 0 on idle budgets. False where the free entries are no forest. */
export function solveForest(g: Gradient): bool {
  if (g.worthless) return false;
  plant(g);
  if (g.linkCount > 0 && !visit(g)) return false;
  gatherLeaves(g);
  if (g.linkCount > 0) gatherTrees(g);
  solveRoots(g);
  descend(g);
  return true;
}
