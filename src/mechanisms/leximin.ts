import {
  EQUAL_ITEMS,
  WELFARE_OUTPUTS,
  WELFARE_READS,
  callConstrained,
  powerWelfare,
  checkEqualItems,
  writeRule,
} from './constrained.js';
import type { CardinalDefinition } from './mechanism.js';

/**
 * Leximin: the smallest V_i / w_i as large as possible, then the second smallest, and so on; V_i = min(B_i, v_i.x_i). Exact: a sequence of linear
 * programmes, each of which fixes the agents whose constraint has a positive multiplier.
 *
 * `objective` is the smallest level, `dual_bound` the bound on it that `prices` and `marginals` (the duals of the first round) prove; `residual` is the largest
 * relative gap of any round. Agents who can gain nothing get nothing and are left out.
 */
export const leximin: CardinalDefinition = {
  kind: 'cardinal',
  id: 'leximin',
  name: 'Leximin',
  citation:
    'Shen et al., Robust Allocations with Diversity Constraints, 2021, section 2 (max-min fairness, made lexicographic)',
  algorithm:
    'linear programmes by a primal simplex that share one basis; positive multipliers fix agents at their level',
  options: [EQUAL_ITEMS],
  reads: WELFARE_READS,
  outputs: WELFARE_OUTPUTS,
  claims: ['feasibility'],
  ties: 'utilities are unique; the allocation is the vertex that the pivots end at, lowest index first',
  check: checkEqualItems,
  run(kernels, input, output, options) {
    callConstrained(kernels, input, output, options, 'leximinScratch', (problemAt, scratchAt) => {
      kernels.call.leximin(input.count, problemAt, scratchAt);
    });
    writeRule(kernels, output, powerWelfare(NaN), options);
  },
};
