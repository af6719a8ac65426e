// The reduced system where the free entries form a forest between agents and items, in O(N M) operations.
//
//     −κ_i v_im s_i + y_m = l'_im,   s_i = Σ_l v_il h_il        (i, m) free;  y_m = 0 where the budget does not bind
//     Σ_i h_im = 0                                               where it does
//
// (the gradient system of Zeng et al. 2023, Appendix B, with everything determined eliminated). In a tree all y are affine in the y of its
// root, y_m = g_m θ + o_m, since an agent with free entries on m and l has y_l = l'_il + (v_il/v_im)(y_m − l'_im). The sum of the budget
// equations weighted by g gives θ. Then h follows from the leaves inwards.
import { integer, real, setInteger, setReal } from '../arrays';
import { number } from '../ipm/problem';
import { Gradient } from './state';

const UNSEEN: i32 = -1;

// @ts-ignore: decorator
@inline function value(g: Gradient, i: i32, m: i32): f64 { return number(g.values, i * g.M + m, 0); }
// @ts-ignore: decorator
@inline function pull(g: Gradient, i: i32, m: i32): f64 { return real(g.cotangent, i * g.M + m); }
// @ts-ignore: decorator
@inline function binds(g: Gradient, m: i32): bool { return load<i8>(g.binding + m) != 0; }

/** Hangs agents with one free entry on it, lists those with several and returns how many; −1 where an entry is worth nothing, so that it can move at will. */
function hang(g: Gradient): i32 {
  const N = g.N, M = g.M;
  for (let m: i32 = 0; m < M; ++m) {
    setInteger(g.root, m, UNSEEN);
    setReal(g.column, m, 0);
    setReal(g.above, m, 0);
    setReal(g.below, m, 0);
  }
  let links: i32 = 0;
  for (let i: i32 = 0; i < N; ++i) {
    const from = integer(g.start, i), to = integer(g.start, i + 1);
    if (from == to) {
      setInteger(g.up, i, UNSEEN);
      continue;
    }
    setInteger(g.up, i, integer(g.free, from));
    for (let k = from; k < to; ++k) {
      const m = integer(g.free, k);
      if (value(g, i, m) == 0) return -1;
      if (!binds(g, m)) setInteger(g.root, m, m); // its y is known to be 0
    }
    if (to - from > 1) setInteger(g.links, links++, i);
  }
  return links;
}

/** Walks the trees; false where a cycle closes. The first entries of `links` come out in order of visit. */
function visit(g: Gradient, links: i32): bool {
  const M = g.M;
  let linked: i32 = 0, head: i32 = 0, tail: i32 = 0;
  for (let m: i32 = 0; m < M; ++m) {
    if (integer(g.root, m) == UNSEEN) continue;
    setReal(g.gain, m, 0);
    setReal(g.offset, m, 0);
    setInteger(g.queue, tail++, m);
  }
  for (let turn: i32 = -1; turn < M; ++turn) {
    if (turn >= 0) {
      if (!binds(g, turn) || integer(g.root, turn) != UNSEEN) continue;
      setInteger(g.root, turn, turn);
      setReal(g.gain, turn, 1);
      setReal(g.offset, turn, 0);
      setInteger(g.queue, tail++, turn);
    }
    while (head < tail) {
      const m = integer(g.queue, head++);
      for (let k = linked; k < links; ++k) {
        const i = integer(g.links, k), from = integer(g.start, i), to = integer(g.start, i + 1);
        let has = false;
        for (let e = from; e < to; ++e) if (integer(g.free, e) == m) has = true;
        if (!has) continue;
        setInteger(g.up, i, m);
        setInteger(g.links, k, integer(g.links, linked));
        setInteger(g.links, linked++, i);
        const v = value(g, i, m), reach = real(g.offset, m) - pull(g, i, m), gain = real(g.gain, m);
        for (let e = from; e < to; ++e) {
          const l = integer(g.free, e);
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

/** y of every item; counts binding budgets on which nobody hangs. */
function solveRoots(g: Gradient): void {
  const N = g.N, M = g.M;
  for (let i: i32 = 0; i < N; ++i) {
    const m = integer(g.up, i);
    if (m < 0) continue;
    const r = integer(g.root, m), v = value(g, i, m), perKappa = 1 / (real(g.kappa, i) * v), c = real(g.gain, m) / v;
    setReal(g.above, r, real(g.above, r) - c * (real(g.offset, m) - pull(g, i, m)) * perKappa);
    setReal(g.below, r, real(g.below, r) + c * real(g.gain, m) * perKappa);
  }
  g.idle = 0;
  for (let m: i32 = 0; m < M; ++m) {
    const r = integer(g.root, m);
    if (r != m) continue;
    if (!binds(g, m)) setReal(g.y, m, 0);
    else if (real(g.below, m) == 0) {
      ++g.idle;
      setReal(g.y, m, 0);
    } else setReal(g.y, m, real(g.above, m) / real(g.below, m));
  }
  for (let m: i32 = 0; m < M; ++m) {
    const r = integer(g.root, m);
    if (r == UNSEEN) setReal(g.y, m, 0);
    else if (r != m) setReal(g.y, m, real(g.gain, m) * real(g.y, r) + real(g.offset, m));
  }
}

/** s and h: leaves, then links against the order of visit. */
function descend(g: Gradient, links: i32): void {
  const N = g.N, M = g.M;
  memory.fill(g.h, 0, <usize>(N * M) << 3);
  for (let i: i32 = 0; i < N; ++i) {
    const m = integer(g.up, i);
    if (m < 0) {
      setReal(g.s, i, 0);
      continue;
    }
    const v = value(g, i, m), s = (real(g.y, m) - pull(g, i, m)) / (real(g.kappa, i) * v);
    setReal(g.s, i, s);
    if (integer(g.start, i + 1) - integer(g.start, i) > 1) continue;
    setReal(g.h, i * M + m, s / v);
    setReal(g.column, m, real(g.column, m) + s / v);
  }
  for (let k = links - 1; k >= 0; --k) {
    const i = integer(g.links, k), m = integer(g.up, i);
    let need = real(g.s, i);
    for (let e = integer(g.start, i); e < integer(g.start, i + 1); ++e) {
      const l = integer(g.free, e);
      if (l == m) continue;
      const h = -real(g.column, l);
      setReal(g.h, i * M + l, h);
      need -= value(g, i, l) * h;
    }
    const h = need / value(g, i, m);
    setReal(g.h, i * M + m, h);
    setReal(g.column, m, real(g.column, m) + h);
  }
}

/** Solves the reduced system into h, s and y; y is 0 on idle budgets. False where the free entries are no forest. */
export function solveForest(g: Gradient): bool {
  const links = hang(g);
  if (links < 0 || !visit(g, links)) return false;
  solveRoots(g);
  descend(g, links);
  return true;
}
