import { InputError } from '../errors.js';
import {
  EQUAL_ITEMS,
  WELFARE_OUTPUTS,
  WELFARE_READS,
  callConstrained,
  checkEqualItems,
  writeRule,
  type Welfare,
} from './constrained.js';
import type { CardinalDefinition, OptionValues } from './mechanism.js';
import { runUtilitarian } from './utilitarian.js';
import { TABULATED, WELFARE_FUNCTIONS, type WelfareName } from './welfare-function.js';

/** The function of utilities that options choose. */
function welfareOf({ welfare = 'power', gamma = 0, scale = 1 }: OptionValues): Welfare {
  if (welfare === 'power') return { kind: 0, gamma: Number(gamma), scale: 1 };
  const kind = welfare instanceof Float64Array ? TABULATED : WELFARE_FUNCTIONS.indexOf(welfare as WelfareName);
  return { kind, gamma: NaN, scale: Number(scale) };
}

/**
 * Gamma-fair welfare: maximise sum_i w_i F(V_i), V_i = min(B_i, v_i.x_i), F(V) = V^gamma / gamma (log V at 0) or another concave F, over allocations within supplies,
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
    {
      name: 'welfare',
      type: 'welfare',
      default: 'power',
      choices: WELFARE_FUNCTIONS,
      about:
        'function of utilities: power V^gamma/gamma; of V times scale: exponential 1-exp(-V), log1p, loglog1p log log(1+V), log2-log1p 2 log V - log(1+V)',
    },
    {
      name: 'scale',
      type: 'number',
      default: 1,
      range: [0, 1e12],
      exclusive: true,
      about: 'what utilities are multiplied by before any function but power',
    },
    EQUAL_ITEMS,
  ],
  reads: WELFARE_READS,
  outputs: WELFARE_OUTPUTS,
  claims: ['feasibility'],
  ties: 'utilities are unique (gamma = 1: greatest weighted entropy); the allocation is in the centre of those that give them',
  check(agents, options) {
    checkEqualItems(agents, options);
    if ((options.welfare ?? 'power') !== 'power' && Number(options.gamma ?? 0) !== 0) {
      throw new InputError(`gamma is ${String(options.gamma)}, expected none: only welfare power has an exponent`);
    }
  },
  run(kernels, input, output, options) {
    const { kind, gamma, scale } = welfareOf(options);
    if (gamma === 1) return runUtilitarian(kernels, input, output, { ...options, select: 'entropy' });
    callConstrained(kernels, input, output, options, 'welfaristScratch', (problemAt, scratchAt) => {
      const { call, arena } = kernels;
      const { welfare } = options;
      let tableAt = 0;
      if (welfare instanceof Float64Array) {
        tableAt = arena.take(welfare.byteLength);
        arena.f64(tableAt, welfare.length).set(welfare);
      }
      const tolerance = Number(options.tolerance ?? 1e-11);
      call.welfarist(input.count, problemAt, kind, kind === 0 ? gamma : 0, scale, tableAt, tolerance, scratchAt);
    });
    writeRule(kernels, output, { kind, gamma, scale }, options);
  },
};
