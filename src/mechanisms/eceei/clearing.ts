import type { Kernels } from '../../wasm/kernels.js';
import type { OrdinalProblem } from '../mechanism.js';
import { decimal, toNumber } from './rational.js';

/** A law of budgets, the same for every agent: uniform between neighbouring edges, with the given share of all budgets in each piece. */
export interface BudgetLaw {
  /** K + 1 rising numbers, from 1 − eps to 1. */
  readonly edges: Float64Array;
  /** K shares that add up to 1. */
  readonly mass: Float64Array;
}

/** The uniform law on [1 − eps, 1]; its lower edge is the double next to 1 minus the decimal that eps is written as. */
export function uniformLaw(epsilon: number): BudgetLaw {
  const { num, den } = decimal(epsilon);
  return { edges: Float64Array.of(toNumber(den - num, den), 1), mass: Float64Array.of(1) };
}

export interface Clearing {
  /** Expected demand for each good. */
  readonly demand: Float64Array;
  /** Largest |demand − capacity| / capacity over goods with a price, and (demand − capacity) / capacity over the others; demand itself where capacity is 0. */
  readonly error: number;
  /** First agent of which a bundle is not the favourite at the middle of its budgets, -1 if there is none. */
  readonly wrong: number;
}

/** Measures expected demand at prices from the problem as it was given, by a kernel of its own (assembly/eceei/certificate.ts). */
export function clearing(
  { arena, call }: Kernels,
  problem: OrdinalProblem,
  prices: Float64Array,
  law: BudgetLaw,
): Clearing {
  const { capacities, bundleStart, bundleMask, bundleUnits, multiplicity } = problem;
  const goods = capacities.length;
  const agents = bundleStart.length - 1;
  const longest = bundleStart.reduce((most, end, i) => (i > 0 ? Math.max(most, end - bundleStart[i - 1]!) : 0), 0);
  const mark = arena.mark();
  try {
    const start = arena.take(4 * (agents + 1));
    const lists = arena.take((bundleMask ?? bundleUnits)!.byteLength);
    const copies = multiplicity ? arena.take(4 * agents) : 0;
    const [price, edges, mass, demand, costs] = [goods, law.edges.length, law.mass.length, goods, longest].map((n) =>
      arena.take(8 * n),
    ) as [number, number, number, number, number];
    arena.i32(start, agents + 1).set(bundleStart);
    if (bundleMask) arena.u64(lists, bundleMask.length).set(bundleMask);
    else arena.u16(lists, bundleUnits!.length).set(bundleUnits!);
    if (multiplicity) arena.i32(copies, agents).set(multiplicity);
    arena.f64(price, goods).set(prices);
    arena.f64(edges, law.edges.length).set(law.edges);
    arena.f64(mass, law.mass.length).set(law.mass);
    const wrong = call.expectedDemand(
      agents,
      goods,
      start,
      bundleMask ? lists : 0,
      bundleMask ? 0 : lists,
      copies,
      price,
      edges,
      mass,
      law.mass.length,
      demand,
      costs,
    );
    const found = arena.f64(demand, goods).slice();
    return { demand: found, error: clearingError(found, prices, capacities), wrong };
  } finally {
    arena.release(mark);
  }
}

/** Largest relative violation of: demand = capacity where the price is positive, demand <= capacity elsewhere. */
export function clearingError(
  demand: ArrayLike<number>,
  prices: ArrayLike<number>,
  capacities: ArrayLike<number>,
): number {
  let worst = 0;
  for (let g = 0; g < capacities.length; g++) {
    const c = capacities[g]!;
    const z = c > 0 ? (demand[g]! - c) / c : demand[g]!;
    worst = Math.max(worst, prices[g]! > 0 ? Math.abs(z) : z);
  }
  return worst;
}
