import { bundles, profileArrays } from './operands.js';
import type { PropertyDefinition } from './property.js';

export const pareto: PropertyDefinition = {
  name: 'pareto',
  about:
    'largest sum of gains, each over u_i of the whole supply, that takes from nobody who can gain: 0 where the allocation is Pareto efficient; NaN where that is not decided (more than 256 agents and items, or whole items that a search does not finish)',
  citation: 'Mas-Colell, Whinston, Green, Microeconomic Theory, 1995, section 16.B',
  violation: true,
  integralOnly: false,
  measure({ call, arena }, input, result, out) {
    const { count, agents, items } = input;
    const mark = arena.mark();
    try {
      const scratch = arena.take(call.paretoScratch(agents, items));
      call.measurePareto(count, agents, items, ...profileArrays(input), ...bundles(result), out, scratch);
    } finally {
      arena.release(mark);
    }
  },
};
