import { placeRoom } from '../profiles/spots.js';
import { SOLUTION_ARRAYS } from '../wasm/problem.js';
import type { PropertyDefinition } from './property.js';
import { bundles, operand } from './operands.js';

const TOLERANCE = 1e-11;

export const pfFraction: PropertyDefinition = {
  name: 'pf_fraction',
  about:
    'smallest u_i / u_i(PF) over the agents who can gain, PF being proportional fairness of divisible items; 1 where there is none',
  citation:
    'Cole, Gkatzelis, Goel, Mechanism Design for Fair Division: Allocating Divisible Items without Payments, 2013',
  violation: false,
  integralOnly: false,
  measure(kernels, input, result, out) {
    const { call, arena } = kernels;
    const { count, agents, items } = input;
    // Whoever owns an item can use all of it, and there is one of each.
    const supplied = result.address('owner') === 0;
    const supply = (name: string): [number, number] => (supplied ? operand(input, name) : [0, 0]);
    const mark = arena.mark();
    try {
      const fair = placeRoom(kernels, input, SOLUTION_ARRAYS);
      const utilities = arena.take(8 * count * agents);
      const scratch = arena.take(call.proportionalFairnessScratch(agents, items));
      call.proportionalFairness(
        count,
        agents,
        items,
        ...operand(input, 'values'),
        ...supply('demands'),
        ...supply('budgets'),
        ...operand(input, 'weights'),
        0,
        0,
        TOLERANCE,
        ...(SOLUTION_ARRAYS.map((name) => fair.address(name)) as Nine),
        scratch,
      );
      call.measureUtilities(
        count,
        agents,
        items,
        ...operand(input, 'values'),
        ...operand(input, 'demands'),
        ...operand(input, 'budgets'),
        ...bundles(result),
        utilities,
      );
      const own = arena.f64(utilities, count * agents);
      const best = arena.f64(fair.address('utilities'), count * agents);
      const status = arena.i32(fair.address('status'), count);
      const fractions = arena.f64(out, count);
      for (let k = 0; k < count; k++) {
        let least = Infinity;
        for (let j = k * agents; j < (k + 1) * agents; j++) {
          if (best[j]! > 0) least = Math.min(least, own[j]! / best[j]!);
        }
        fractions[k] = status[k]! > 1 ? NaN : least === Infinity ? 1 : least;
      }
    } finally {
      arena.release(mark);
    }
  },
};

type Nine = [number, number, number, number, number, number, number, number, number];
