import type { Kernels } from '../wasm/kernels.js';
import type { Placed } from '../wasm/placed.js';

/**
 * What a unit of agent i's utility, freed from i's constraints, would add to the objective: its marginal worth less the least that a unit costs
 * at the prices of the items,
 *
 *     y_i − min_m π_m / v_im      over items of which i could use more, at least 0,
 *
 * the reduced cost of a variable that gives i utility without constraints. Where duals are not unique (the utilitarian rule) it bounds that from above.
 * v is the slope of the utility's piece that binds, the least where several do (then from below). 0 for rules that state no prices and marginal values.
 */
export function shadowPrice({ arena }: Kernels, input: Placed, result: Placed, k: number, i: number): number {
  const { agents, items } = input;
  if (result.address('prices') === 0 || result.address('marginals') === 0) return 0;
  const of = (placed: Placed, name: string, each: number) =>
    arena.f64(placed.address(name) + 8 * k * placed.stride(name), each);
  const prices = of(result, 'prices', items);
  const amounts = of(result, 'allocation', agents * items);
  const demands = input.address('demands') === 0 ? undefined : of(input, 'demands', agents * items);
  let cheapest = Infinity;
  const slopes = bindingSlopes(
    (name, each) => (input.address(name) === 0 ? undefined : of(input, name, each)),
    amounts,
    input,
    i,
  );
  for (let m = 0; m < items; m++) {
    const j = i * items + m;
    if (slopes[m]! > 0 && (!demands || amounts[j]! < demands[j]! * (1 - 1e-9)))
      cheapest = Math.min(cheapest, prices[m]! / slopes[m]!);
  }
  return Math.max(0, of(result, 'marginals', agents)[i]! - cheapest);
}

/** What a further unit of each item adds to agent i's utility, caps apart: slopes of the least of its pieces, the values being one. */
function bindingSlopes(
  array: (name: string, each: number) => Float64Array | undefined,
  amounts: Float64Array,
  { agents, items, pieces = 0 }: Placed,
  i: number,
): Float64Array {
  const own = amounts.subarray(i * items, (i + 1) * items);
  const at = (slopes: Float64Array, constant: number) => own.reduce((sum, x, m) => sum + slopes[m]! * x, constant);
  const values = array('values', agents * items)!.subarray(i * items, (i + 1) * items);
  const list = [{ slopes: values, worth: at(values, 0) }];
  for (let l = i * pieces; l < (i + 1) * pieces; l++) {
    const slopes = array('piece_slopes', agents * pieces * items)!.subarray(l * items, (l + 1) * items);
    list.push({ slopes, worth: at(slopes, array('piece_constants', agents * pieces)![l]!) });
  }
  const least = list.reduce((low, { worth }) => Math.min(low, worth), Infinity);
  const binding = list.filter(({ worth }) => worth <= least + 1e-7 * Math.abs(least));
  return values.map((_, m) => binding.reduce((low, { slopes }) => Math.min(low, slopes[m]!), Infinity));
}
