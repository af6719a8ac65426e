import {
  EQUAL_ITEMS,
  WELFARE_OUTPUTS,
  WELFARE_READS,
  callConstrained,
  checkEqualItems,
  writeRule,
} from './constrained.js';
import type { CardinalDefinition } from './mechanism.js';
import { runUtilitarian } from './utilitarian.js';

/**
 * Gamma-fair welfare: maximise sum_i w_i F(V_i), V_i = min(B_i, v_i.x_i), F(V) = V^gamma / gamma (log V at 0), over allocations within supplies,
 * demands and each agent's own constraints (any convex polytope that contains 0, proportions, equal amounts).
 *
 * For gamma < 1 utilities are unique; at 1 they are those of the limit from below. Every result has a rigorous `dual_bound`: no feasible allocation has more
 * welfare. Agents who can gain nothing (weight, cap or reachable value 0) get nothing and have no term in `objective`.
 */
export const welfarist: CardinalDefinition = {
  kind: 'cardinal',
  id: 'welfarist',
  name: 'Gamma-fair welfare',
  citation: 'Shen et al., Robust Allocations with Diversity Constraints, 2021, section 2',
  algorithm:
    'block interior point with an M x M Schur complement, marginal values linearised in their logarithm; rigorous dual bound',
  options: [
    {
      name: 'gamma',
      type: 'number',
      default: 0,
      range: [-20, 1],
      about: 'fairness exponent: 1 utilitarian, 0 Nash, negative towards the poorest (leximin is a rule of its own)',
    },
    {
      name: 'tolerance',
      type: 'number',
      default: 1e-11,
      range: [1e-14, 1e-3],
      about: 'relative duality gap at which to stop',
    },
    EQUAL_ITEMS,
  ],
  reads: WELFARE_READS,
  outputs: WELFARE_OUTPUTS,
  claims: ['feasibility'],
  ties: 'utilities are unique (gamma = 1: greatest weighted entropy); the allocation is in the centre of those that give them',
  check: checkEqualItems,
  run(kernels, input, output, options) {
    const gamma = Number(options.gamma ?? 0);
    if (gamma === 1) return runUtilitarian(kernels, input, output, { ...options, select: 'entropy' });
    callConstrained(kernels, input, output, options, 'welfaristScratch', (problemAt, scratchAt) => {
      kernels.call.welfarist(input.count, problemAt, 0, gamma, 1, 0, Number(options.tolerance ?? 1e-11), scratchAt);
    });
    writeRule(kernels, output, gamma, options);
  },
};
