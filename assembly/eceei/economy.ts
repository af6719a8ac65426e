// An economy in memory, as the solver of expected competitive equilibria sees it: types of agents (merged, with weights), distinct bundles, goods
// with a positive capacity. src/wasm/economy.ts writes it.
import { integer, real, setReal } from '../arrays';

@unmanaged
export class Economy {
  m: i32; // goods
  T: i32; // types
  B: i32; // distinct bundles
  goodStart: usize; // i32[B+1]  bundle b holds entries goodStart[b] .. goodStart[b+1]-1 of
  good: usize; //      i32[·]    goods, ascending, and
  amount: usize; //    f64[·]    units of each
  first: usize; //     i32[T]    the list of type t, best first: entries first[t] .. end[t]-1 of
  end: usize; //       i32[T]
  list: usize; //      i32[·]    bundles
  weight: usize; //    f64[T]    agents of the type
  capacity: usize; //  f64[m]    > 0
}

/** What a solve works on; every pointer is into one block of scratch. */
@unmanaged
export class Work {
  cost: usize; //   f64[B]       of the last evaluation
  rate: usize; //   f64[B]       path: slope of the cost along the piece
  mass: usize; //   f64[B]       eps times the expected demand for the bundle
  own: usize; //    f64[B]       slope of the mass in the bundle's own cost
  edge: usize; //   f64[B]       weight of types whose list ends with the bundle at 1-eps
  G: usize; //      f64[m]       eps times expected demand
  J: usize; //      f64[m·m]     dG/dp
  ge: usize; //     f64[m]       dG/deps for eps < 1
  shift: usize; //  f64[m]       d: capacities are c + d (eps - target) / eps on the way
  best: usize; //   f64[m]       best prices seen
  matrix: usize; // f64[m·(m+2)] elimination
  columns: usize; // i32[m+2]
  p: usize; //      f64[m]
  q: usize; //      f64[m]
  u: usize; //      f64[m+1]     path: point, eps last
  v: usize; //      f64[m+1]     path: direction; Newton: step
  w: usize; //      f64[m+1]
  target: f64; //   eps asked for
  looked: f64; //   list entries looked at so far
  most: f64; //     and how many may be
  least: f64; //    residual of `best`
  evaluations: i32;
  pivots: i32;
}

export function workBytes(m: i32, B: i32): usize {
  const mm = <usize>m, bb = <usize>B;
  return ((offsetof<Work>() + 15) & ~15) + (5 * bb + mm * mm + mm * (mm + 2) + 10 * mm + 16) * 8 + ((mm + 2) << 3) + 16;
}

export function layOut(at: usize, m: i32, B: i32): Work {
  const work = changetype<Work>(at);
  const mm = <usize>m << 3, bb = <usize>B << 3;
  let next = at + ((offsetof<Work>() + 15) & ~15);
  work.cost = next; next += bb;
  work.rate = next; next += bb;
  work.mass = next; next += bb;
  work.own = next; next += bb;
  work.edge = next; next += bb;
  work.G = next; next += mm;
  work.J = next; next += mm * <usize>m;
  work.ge = next; next += mm;
  work.shift = next; next += mm;
  work.best = next; next += mm;
  work.matrix = next; next += mm * <usize>(m + 2);
  work.p = next; next += mm;
  work.q = next; next += mm;
  work.u = next; next += mm + 8;
  work.v = next; next += mm + 8;
  work.w = next; next += mm + 8;
  work.columns = next;
  work.looked = 0;
  work.least = Infinity;
  work.evaluations = 0;
  work.pivots = 0;
  return work;
}

/** What an elimination of m unknowns costs, in list entries looked at. */
// @ts-ignore: decorator
@inline export function eliminationCost(m: i32): f64 { return <f64>m * <f64>m * (<f64>m * 0.5 + 4); }

/** cost[b] = Σ_g units_bg p_g, goods in ascending order. */
export function costs(e: Economy, p: usize, cost: usize): void {
  let k = integer(e.goodStart, 0);
  for (let b: i32 = 0; b < e.B; ++b) {
    const end = integer(e.goodStart, b + 1);
    let sum: f64 = 0;
    for (; k < end; ++k) sum += real(e.amount, k) * real(p, integer(e.good, k));
    setReal(cost, b, sum);
  }
}
