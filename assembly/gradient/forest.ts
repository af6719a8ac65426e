// The reduced system where the free entries form a forest between agents and items, in O(N M) operations.
//
//     −κ_i v_im s_i + y_m = l'_im,   s_i = Σ_l v_il h_il        (i, m) free;  y_m = 0 where the budget does not bind
//     Σ_i h_im = 0                                               where it does
//
// (the gradient system of Zeng et al. 2023, Appendix B, with everything determined eliminated). In a tree all y are affine in the y of its
// root, y_m = g_m θ + o_m, since an agent with free entries on m and l has y_l = l'_il + (v_il/v_im)(y_m − l'_im). The sum of the budget
// equations weighted by g gives θ. Then h follows from the leaves inwards.
//
// An agent with one free entry, a leaf, has h = (y_m − l'_im)/(κ_i v_im²): of all leaves of an item only the sums of 1/(κ v²) and of l'/(κ v²)
// matter to its tree. Only agents with several, links, are walked.
import { integer, real, setInteger, setReal } from '../arrays';
import { Gradient, binds, freeAgent, freeItem } from './state';

const UNSEEN: i32 = -1;

// @ts-ignore: decorator
@inline function value(g: Gradient, i: i32, m: i32): f64 { return real(g.values, i * g.M + m); }
// @ts-ignore: decorator
@inline function pull(g: Gradient, i: i32, m: i32): f64 { return real(g.cotangent, i * g.M + m); }
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
    const e = integer(g.leaves, k), m = freeItem(g, e), ease = real(g.ease, e);
    increase(g.below, m, ease);
    increase(g.above, m, ease * pull(g, freeAgent(g, e), m));
  }
}

/** Items without links: each is a tree of its own. */
function plant(g: Gradient): void {
  for (let m: i32 = 0; m < g.M; ++m) {
    setInteger(g.root, m, m);
    setReal(g.gain, m, binds(g, m) ? 1 : 0);
    setReal(g.offset, m, 0);
  }
}

/** Walks the trees; false where a cycle closes. The first entries of `links` come out in order of visit. */
function visit(g: Gradient): bool {
  const M = g.M, links = g.linkCount;
  let linked: i32 = 0, head: i32 = 0, tail: i32 = 0;
  for (let m: i32 = 0; m < M; ++m) {
    if (binds(g, m)) setInteger(g.root, m, UNSEEN);
    else setInteger(g.queue, tail++, m); // its y is known to be 0
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
        const i = integer(g.links, k), from = integer(g.start, i), to = integer(g.start, i + 1);
        let has = false;
        for (let e = from; e < to; ++e) if (freeItem(g, e) == m) has = true;
        if (!has) continue;
        setInteger(g.up, i, m);
        setInteger(g.links, k, integer(g.links, linked));
        setInteger(g.links, linked++, i);
        const v = value(g, i, m), reach = real(g.offset, m) - pull(g, i, m), gain = real(g.gain, m);
        for (let e = from; e < to; ++e) {
          const l = freeItem(g, e);
          if (l == m) continue;
          if (integer(g.root, l) != UNSEEN) return false;
          const ratio = value(g, i, l) / v;
          setInteger(g.root, l, integer(g.root, m));
          setReal(g.gain, l, ratio * gain);
          setReal(g.offset, l, pull(g, i, l) + ratio * reach);
          setInteger(g.queue, tail++, l);
        }
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
    const i = integer(g.links, k), m = integer(g.up, i), r = integer(g.root, m);
    const v = value(g, i, m), c = real(g.gain, m) / (real(g.kappa, i) * v * v);
    increase(g.above, r, c * (pull(g, i, m) - real(g.offset, m)));
    increase(g.below, r, c * real(g.gain, m));
  }
}

/** y of every item; counts binding budgets on which nobody hangs. */
function solveRoots(g: Gradient): void {
  const M = g.M;
  let idle: i32 = 0;
  for (let m: i32 = 0; m < M; ++m) {
    if (integer(g.root, m) != m) continue;
    const below = real(g.below, m), open = real(g.binding, m) > 0;
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
  const N = g.N, M = g.M;
  for (let j: i32 = 0; j < N * M; ++j) setReal(g.h, j, 0);
  for (let i: i32 = 0; i < N; ++i) setReal(g.s, i, 0);
  for (let k: i32 = 0; k < g.leafCount; ++k) {
    const e = integer(g.leaves, k), i = freeAgent(g, e), m = freeItem(g, e);
    const h = real(g.ease, e) * (real(g.y, m) - pull(g, i, m));
    setReal(g.h, i * M + m, h);
    setReal(g.s, i, value(g, i, m) * h);
    increase(g.column, m, h);
  }
  for (let k = g.linkCount - 1; k >= 0; --k) {
    const i = integer(g.links, k), m = integer(g.up, i), v = value(g, i, m);
    const s = (real(g.y, m) - pull(g, i, m)) / (real(g.kappa, i) * v);
    let need = s;
    for (let e = integer(g.start, i); e < integer(g.start, i + 1); ++e) {
      const l = freeItem(g, e);
      if (l == m) continue;
      const h = -real(g.column, l);
      setReal(g.h, i * M + l, h);
      need -= value(g, i, l) * h;
    }
    const h = need / v;
    setReal(g.s, i, s);
    setReal(g.h, i * M + m, h);
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
