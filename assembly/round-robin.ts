// Round Robin: agents take turns, each taking its most valued item that is left, until no item is left.
//
//     pick t = 0, 1, ..., M−1 by agent i = order[t mod N]:   item(t) = argmax_{m left} v_im,   the lowest m among equals
//
// values      f64[N·M]  in, row-major, >= 0; stride in elements between profiles, 0: one array for every profile
// order       i32[N]    in, agents, first picker first; address 0: 0..N−1
// owner       i32[M]    out, agent that gets the item, -1 where the profile has no answer
// utilities   f64[N]    out, sum of the values of the agent's items, added in the order of the items
// status      i32       out, SOLVED; BAD_INPUT where the order holds a number that is no agent
// residual    f64       out, 0 (the rule has no certificate); infinity where the profile has no answer
// scratch     roundRobinScratch(N, M) bytes
//
// Two ways to the same answer; which one runs depends on N and M only, by the measured crossover (`sorts`):
//   scan   argmax over all items with -infinity added to the taken ones, two items in two lanes     M² additions
//   sort   stable merge sort of each agent's preferences, then a cursor per agent over taken items  N M log2 M comparisons
//
// Envy-free up to one item for every order: with the first pick of j set aside, every pick of i was made before the pick of
// j that it is compared with. Amanatidis, Birmpas, Fusco, Lazos, Leonardi, Reiffenhauser, Allocating Indivisible Goods to
// Strategic Agents: Pure Nash Equilibria and Fairness, 2021, Algorithm 1 (there as the known Round-Robin).
import { sortFalling } from './sort';
import { BAD_INPUT, SOLVED } from './status';

/** One comparison of the sort costs as much as scanning this many items (measured, N from 3 to 50, M from 64 to 4096). */
const SORT_COST: f64 = 14;

/** True where sorting every agent's items is cheaper than scanning all items at every pick. */
function sorts(agents: i32, items: i32): bool {
  const passes = 32 - clz(items - 1);
  return items > 16 && <f64>items > SORT_COST * <f64>agents * <f64>passes;
}

export function roundRobinScratch(agents: i32, items: i32): i32 {
  const closed = (items + 1) << 3;
  if (!sorts(agents, items)) return closed;
  // preference lists, one list for merging, cursors, flags of taken items
  return (agents * items + items + agents + items) << 2;
}

export function roundRobin(
  count: i32, agents: i32, items: i32,
  values: usize, valuesStride: i32, order: usize, orderStride: i32,
  owner: usize, utilities: usize, status: usize, residual: usize, scratch: usize,
): void {
  const sorting = sorts(agents, items);
  for (let p: i32 = 0; p < count; ++p) {
    const v = values + ((<usize>p * <usize>valuesStride) << 3);
    const turns: usize = order == 0 ? 0 : order + ((<usize>p * <usize>orderStride) << 2);
    const own = owner + ((<usize>p * <usize>items) << 2);
    const u = utilities + ((<usize>p * <usize>agents) << 3);
    memory.fill(u, 0, <usize>agents << 3);
    const known = turns == 0 || namesAgents(turns, agents);
    if (!known) {
      memory.fill(own, 0xff, <usize>items << 2);
    } else {
      if (sorting) pickBySorting(agents, items, v, turns, own, scratch);
      else pickByScanning(agents, items, v, turns, own, scratch);
      for (let m: i32 = 0; m < items; ++m) {
        const i = load<i32>(own + (<usize>m << 2));
        const at = u + (<usize>i << 3);
        store<f64>(at, load<f64>(at) + load<f64>(v + ((<usize>i * <usize>items + <usize>m) << 3)));
      }
    }
    store<i32>(status + (<usize>p << 2), known ? SOLVED : BAD_INPUT);
    store<f64>(residual + (<usize>p << 3), known ? 0 : Infinity);
  }
}

function namesAgents(turns: usize, agents: i32): bool {
  for (let t: i32 = 0; t < agents; ++t) {
    if (load<u32>(turns + (<usize>t << 2)) >= <u32>agents) return false;
  }
  return true;
}

function pickByScanning(agents: i32, items: i32, v: usize, turns: usize, own: usize, closed: usize): void {
  memory.fill(closed, 0, <usize>items << 3);
  const row = <usize>items << 3;
  const pairs = row & ~15;
  const rest = row & 8;
  let t: i32 = 0;
  for (let left = items; left > 0; --left) {
    const i = turns == 0 ? t : load<i32>(turns + (<usize>t << 2));
    t = t + 1 == agents ? 0 : t + 1;
    const vi = v + <usize>i * row;
    // Each lane keeps the first largest of its half of the items, counted in pairs.
    let best = f64x2.splat(-Infinity);
    let where = i64x2.splat(0);
    let here = i64x2.splat(0);
    for (let o: usize = 0; o < pairs; o += 16) {
      const x = f64x2.add(v128.load(vi + o), v128.load(closed + o));
      const larger = f64x2.gt(x, best);
      best = f64x2.pmax(best, x);
      where = v128.bitselect(here, where, larger);
      here = i64x2.add(here, i64x2.splat(1));
    }
    const x0 = f64x2.extract_lane(best, 0);
    const x1 = f64x2.extract_lane(best, 1);
    const m0 = <i32>i64x2.extract_lane(where, 0) << 1;
    const m1 = (<i32>i64x2.extract_lane(where, 1) << 1) + 1;
    const second = i32(x1 > x0) | (i32(x1 == x0) & i32(m1 < m0));
    let m = select(m1, m0, second);
    if (rest && load<f64>(vi + pairs) + load<f64>(closed + pairs) > max(x0, x1)) m = items - 1;
    store<f64>(closed + (<usize>m << 3), -Infinity);
    store<i32>(own + (<usize>m << 2), i);
  }
}

function pickBySorting(agents: i32, items: i32, v: usize, turns: usize, own: usize, scratch: usize): void {
  const list = <usize>items << 2;
  const lists = scratch;
  const spare = lists + <usize>agents * list;
  const taken = spare + list;
  const cursors = taken + list;
  for (let i: i32 = 0; i < agents; ++i) {
    sortFalling(items, v + ((<usize>i * <usize>items) << 3), lists + <usize>i * list, spare);
    store<i32>(cursors + (<usize>i << 2), 0);
  }
  memory.fill(taken, 0, list);
  let t: i32 = 0;
  for (let left = items; left > 0; --left) {
    const i = turns == 0 ? t : load<i32>(turns + (<usize>t << 2));
    t = t + 1 == agents ? 0 : t + 1;
    const li = lists + <usize>i * list;
    let cursor = load<i32>(cursors + (<usize>i << 2));
    let m = load<i32>(li + (<usize>cursor << 2));
    while (load<i32>(taken + (<usize>m << 2))) {
      ++cursor;
      m = load<i32>(li + (<usize>cursor << 2));
    }
    store<i32>(cursors + (<usize>i << 2), cursor + 1);
    store<i32>(taken + (<usize>m << 2), 1);
    store<i32>(own + (<usize>m << 2), i);
  }
}
