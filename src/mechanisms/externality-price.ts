import type { Kernels } from '../wasm/kernels.js';
import type { Placed } from '../wasm/placed.js';

/**
 * What a unit of agent i's utility, freed from i's constraints, would add to the objective: its marginal worth less the least that a unit costs
 * at the prices of the items,
 *
 *     y_i − min_m π_m / v_im      over items of which i could use more, at least 0,
 *
 * the reduced cost of a variable that gives i utility without constraints. Where duals are not unique (the utilitarian rule) it bounds that from above.
 * 0 for rules that state no prices and marginal values.
 */
export function shadowPrice({ arena }: Kernels, input: Placed, result: Placed, k: number, i: number): number {
  const { agents, items } = input;
  if (result.address('prices') === 0 || result.address('marginals') === 0) return 0;
  const of = (placed: Placed, name: string, each: number) =>
    arena.f64(placed.address(name) + 8 * k * placed.stride(name), each);
  const prices = of(result, 'prices', items);
  const amounts = of(result, 'allocation', agents * items);
  const values = of(input, 'values', agents * items);
  const demands = input.address('demands') === 0 ? undefined : of(input, 'demands', agents * items);
  let cheapest = Infinity;
  for (let m = 0; m < items; m++) {
    const j = i * items + m;
    if (values[j]! > 0 && (!demands || amounts[j]! < demands[j]! * (1 - 1e-9)))
      cheapest = Math.min(cheapest, prices[m]! / values[j]!);
  }
  return Math.max(0, of(result, 'marginals', agents)[i]! - cheapest);
}
