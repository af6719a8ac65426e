import type { Kernels } from '../../wasm/kernels.js';
import type { Bundles } from './bundles.js';
import { placeEconomy } from './economy.js';

/** Prices found for an economy, and how well they clear it. */
export interface Prices {
  /** A price for each good; 1 for goods without places. Below 1e-11: 0. */
  readonly prices: Float64Array;
  /** Largest relative violation that the solver measured. */
  readonly residual: number;
  readonly evaluations: number;
  readonly looked: number;
  readonly pivots: number;
  readonly path: boolean;
  readonly types: number;
}

/** Prices below this are 0: they are rounding. */
export const SMALLEST_PRICE = 1e-11;

/**
 * Prices at which expected demand of the agents with rows `start[i]` … `start[i + 1] − 1` clears the market, or the best that was found; the residual says
 * which. `most` bounds the work, in list entries looked at.
 */
export function solvePrices(
  kernels: Kernels,
  bundles: Bundles,
  start: Int32Array,
  capacities: ArrayLike<number>,
  { epsilon, seed, most, multiplicity }: { epsilon: number; seed: number; most: number; multiplicity?: Int32Array },
): Prices {
  const { arena, call } = kernels;
  const mark = arena.mark();
  try {
    const economy = placeEconomy(kernels, bundles, start, capacities, multiplicity);
    const { open } = economy;
    const found = arena.take(8 * open.length);
    const report = arena.take(40);
    const scratch = arena.take(call.eceeiScratch(open.length, economy.bundles));
    call.eceei(economy.at, epsilon, BigInt(seed), most, found, report, scratch);
    const prices = Float64Array.from(capacities, (c) => (c > 0 ? 0 : 1));
    arena.f64(found, open.length).forEach((p, k) => (prices[open[k]!] = p < SMALLEST_PRICE ? 0 : p));
    const [residual, evaluations, looked, pivots, path] = arena.f64(report, 5);
    return {
      prices,
      residual: residual!,
      evaluations: evaluations!,
      looked: looked!,
      pivots: pivots!,
      path: path === 1,
      types: economy.types,
    };
  } finally {
    arena.release(mark);
  }
}
