// Balances the levels y_i / w_i of agents who share supplies, by exchanges along shortest paths.
//
//     minimise  sum_i w_i h(y_i / w_i)     s.t.  y_i = e_i + sum_m f_im,   sum_i f_im = r_m,   0 <= f_im <= k_im
//
// for any strictly convex h, all of which have the same optimal y: the vectors sum_m f_im form the bases of a polymatroid,
// and its lexicographically optimal base with respect to w minimises them all. So h(t) = t ln t (the entropy) needs no
// logarithm. Optimality (KKT): where i and j share item m and y_i/w_i > y_j/w_j, then f_im = 0 or f_jm = k_jm.
//
// Decomposition: within a component of agents and items, let L = sum y / sum w and move supply from agents above L to agents
// below it, along paths  i -> m -> j  with f_im > 0 and f_jm < k_jm. When no path is left, either nobody is above L and the
// component is done, or the agents and items reachable from those above L can give nothing more to the rest: they become a
// component of their own. At most N − 1 splits.
//
// weights    f64[N]     in, > 0 for every agent that has a capacity; address 0: all 1
// level      f64[N]     in: y of the flow given; out: y of the optimal flow
// capacity   f64[N·M]   in, k; 0: the agent has no part in the item
// flow       f64[N·M]   in: any flow within the capacities (0 where these are 0, or it would be given away); out: an
//                       optimal one, with the same sum for every item
// scratch    balanceScratch(N, M) bytes
// returns    true when done; false when the number of exchanges reached its limit (the flow is feasible then too)
//
// The optimal y is unique, the flow need not be: which one results depends on the flow given and on the order of agents.
// Differences below 2^-50 of a component's total y count as none, so y has about that accuracy.
// Cost O(N M) a path. Shortest paths: at most O(N M (N + M)) of them a component, in practice about N.
// Fujishige, Lexicographically Optimal Base of a Polymatroid with Respect to a Weight Vector, 1980 (optimum, decomposition);
// Edmonds, Karp, Theoretical Improvements in Algorithmic Efficiency for Network Flow Problems, 1972 (shortest paths).
import { integer, real, setInteger, setReal } from './arrays';

/** Marks in the list of parents: not reached; reached as an agent above the common level. */
const UNSEEN: i32 = -2;
const SOURCE: i32 = -1;

export function balanceScratch(agents: i32, items: i32): i32 {
  return 3 * ((agents + items) << 2);
}

export function balance(
  agents: i32, items: i32, weights: usize, level: usize, capacity: usize, flow: usize, scratch: usize,
): bool {
  // Nodes are the agents 0..N−1 and the items N..N+M−1.
  const nodes = agents + items;
  const component = scratch;
  const parent = component + (<usize>nodes << 2);
  const queue = parent + (<usize>nodes << 2);
  label(agents, items, capacity, component);
  let components: i32 = 1;
  let paths = 64 * nodes * nodes;
  let k: i32 = 0;
  while (k < components) {
    let total: f64 = 0;
    let mass: f64 = 0;
    for (let i: i32 = 0; i < agents; ++i) {
      if (integer(component, i) != k) continue;
      total += real(level, i);
      mass += weight(weights, i);
    }
    const common = total / mass;
    const tiny = total * 4 * f64.EPSILON;
    let target = search(agents, items, k, weights, level, capacity, flow, common, tiny, component, parent, queue);
    while (target >= 0) {
      if (--paths < 0) return false;
      exchange(agents, items, target, weights, level, capacity, flow, common, parent);
      target = search(agents, items, k, weights, level, capacity, flow, common, tiny, component, parent, queue);
    }
    if (split(agents, nodes, k, components, component, parent)) ++components;
    else ++k;
  }
  return true;
}

/** Component 0 for every agent and item with a capacity, none for the others. */
function label(agents: i32, items: i32, capacity: usize, component: usize): void {
  memory.fill(component, 0xff, <usize>(agents + items) << 2);
  for (let i: i32 = 0; i < agents; ++i) {
    for (let m: i32 = 0; m < items; ++m) {
      if (real(capacity, i * items + m) > 0) {
        setInteger(component, i, 0);
        setInteger(component, agents + m, 0);
      }
    }
  }
}

/**
 * Breadth-first search from the agents above the common level; returns the first agent below it that is reached, or -1.
 * parent[v] is the node from which v was reached.
 */
function search(
  agents: i32, items: i32, k: i32, weights: usize, level: usize, capacity: usize, flow: usize,
  common: f64, tiny: f64, component: usize, parent: usize, queue: usize,
): i32 {
  let filled: i32 = 0;
  for (let v: i32 = 0; v < agents + items; ++v) setInteger(parent, v, UNSEEN);
  for (let i: i32 = 0; i < agents; ++i) {
    if (integer(component, i) == k && real(level, i) - weight(weights, i) * common > tiny) {
      setInteger(parent, i, SOURCE);
      setInteger(queue, filled++, i);
    }
  }
  for (let head: i32 = 0; head < filled; ++head) {
    const v = integer(queue, head);
    if (v < agents) {
      for (let m: i32 = 0; m < items; ++m) {
        const to = agents + m;
        if (integer(component, to) != k || integer(parent, to) != UNSEEN || real(flow, v * items + m) <= tiny) continue;
        setInteger(parent, to, v);
        setInteger(queue, filled++, to);
      }
    } else {
      const m = v - agents;
      for (let j: i32 = 0; j < agents; ++j) {
        const e = j * items + m;
        if (integer(component, j) != k || integer(parent, j) != UNSEEN) continue;
        if (real(capacity, e) - real(flow, e) <= tiny) continue;
        setInteger(parent, j, v);
        if (weight(weights, j) * common - real(level, j) > tiny) return j;
        setInteger(queue, filled++, j);
      }
    }
  }
  return -1;
}

/** Moves as much as fits along the path that ends at `target`. */
function exchange(
  agents: i32, items: i32, target: i32, weights: usize, level: usize, capacity: usize, flow: usize,
  common: f64, parent: usize,
): void {
  let amount = weight(weights, target) * common - real(level, target);
  let j = target;
  while (integer(parent, j) != SOURCE) {
    const v = integer(parent, j);
    const i = integer(parent, v);
    const m = v - agents;
    amount = min(amount, min(real(capacity, j * items + m) - real(flow, j * items + m), real(flow, i * items + m)));
    j = i;
  }
  amount = min(amount, real(level, j) - weight(weights, j) * common);
  setReal(level, j, real(level, j) - amount);
  setReal(level, target, real(level, target) + amount);
  j = target;
  while (integer(parent, j) != SOURCE) {
    const v = integer(parent, j);
    const i = integer(parent, v);
    const m = v - agents;
    setReal(flow, j * items + m, real(flow, j * items + m) + amount);
    setReal(flow, i * items + m, real(flow, i * items + m) - amount);
    j = i;
  }
}

/** Makes what the last search reached a component of its own; false where that is no agent or every agent of the component. */
function split(agents: i32, nodes: i32, k: i32, next: i32, component: usize, parent: usize): bool {
  let members: i32 = 0;
  let reached: i32 = 0;
  for (let i: i32 = 0; i < agents; ++i) {
    if (integer(component, i) != k) continue;
    ++members;
    reached += i32(integer(parent, i) != UNSEEN);
  }
  if (reached == 0 || reached == members) return false;
  for (let v: i32 = 0; v < nodes; ++v) {
    if (integer(parent, v) != UNSEEN) setInteger(component, v, next);
  }
  return true;
}

// @ts-ignore: decorator
@inline
function weight(weights: usize, i: i32): f64 {
  return weights == 0 ? 1.0 : real(weights, i);
}
