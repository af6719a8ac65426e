import type { PropertyDefinition } from './property.js';

const PAPER = 'Shen et al., Robust Allocations with Diversity Constraints, 2021, section 2';
const BASE = 'with the same rule, caps and supplies but nobody constrained';

/** A property of a rule under the constraints of a profile: the least over the agents who have constraints. */
function ofAgents(name: string, about: string): PropertyDefinition {
  return {
    name,
    about,
    citation: PAPER,
    violation: false,
    integralOnly: false,
    needs: 'constraints',
    measure({ arena }, { count, agents }, result, out) {
      const of = arena.f64(result.address(`agent_${name}`), count * agents);
      const numbers = arena.f64(out, count);
      for (let k = 0; k < count; k++)
        numbers[k] = of.subarray(k * agents, (k + 1) * agents).reduce((a, b) => Math.min(a, b), 1);
    },
  };
}

export const nne = ofAgents(
  'nne',
  `q, no negative externality: smallest share that an agent keeps of its utility ${BASE} when another agent's constraints come in; 1 where nobody else is hurt`,
);

export const mon = ofAgents(
  'mon',
  `p, monotonicity: smallest utility of an agent ${BASE}, as a share of what its own constraints give it, at most 1: below 1 constraints pay who states them`,
);
