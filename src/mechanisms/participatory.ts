import { AVERSION } from '../profiles/schema.js';
import type { Kernels } from '../wasm/kernels.js';
import type { Placed } from '../wasm/placed.js';
import { placeAddresses } from '../wasm/problem.js';
import { aversionProblem, oneOfEach } from './fehr-schmidt.js';
import type { CardinalDefinition, OptionValues } from './mechanism.js';
import { OBJECTIVES, REFUSED, THETA_ARRAYS, checkConcave, optionWeights } from './participatory-objectives.js';

const INPUTS = ['values', 'alpha', 'beta', 'shares', 'network'];
const RESULTS = ['allocation', 'utilities', 'objective', 'dual', 'envy_duals', 'dual_bound', 'pivots'];

/** Where the weights of each objective stand: as the input has them, or, where it has none, as the options say, the same for every profile. */
function placeWeights({ arena }: Kernels, input: Placed, options: OptionValues): [address: number, stride: number][] {
  if (THETA_ARRAYS.some((name) => input.address(name) !== 0))
    return THETA_ARRAYS.map((name) => [input.address(name), input.stride(name)]);
  const { agents } = input;
  const weights = optionWeights(options, agents);
  return OBJECTIVES.map((objective) => {
    const address = arena.take(8 * agents);
    arena.f64(address, agents).set(Array.from({ length: agents }, (_, i) => weights(objective, i)));
    return [address, 0];
  });
}

/** Writes what weights a result was made with. */
function writeWeights({ arena }: Kernels, output: Placed, weights: readonly (readonly [number, number])[]): void {
  const { count, agents } = output;
  THETA_ARRAYS.forEach((name, o) => {
    const [address, stride] = weights[o]!;
    const out = arena.f64(output.address(name), count * agents);
    if (address === 0) out.fill(0);
    else if (stride !== 0) out.set(arena.f64(address, count * agents));
    else for (let k = 0, one = arena.f64(address, agents); k < count; k++) out.set(one, k * agents);
  });
}

/**
 * Maximises the sum over agents of objectives of their own: agent i's is Σ_o θ_io c_io over its own utility, the mean of all, the others' sum
 * (Chen and Kempe), less its inequality aversion (Fehr and Schmidt), its greatest envy and its envy along a network, and the smallest utility. Divisible
 * items, one each, of which an agent gets at most its share b_j.
 *
 * `dual` and `envy_duals` are a proof: Σ_j max Σ_k (y_k a_kj − Σ_i λ_ik a_ij) x_kj, which is `dual_bound`, is no less than any allocation's objective.
 */
export const participatory: CardinalDefinition = {
  kind: 'cardinal',
  id: 'participatory',
  name: 'Participatory objectives',
  citation:
    'Shirali et al., Participatory Objective Design via Preference Elicitation, 2024, Appendix A; Chen, Kempe, Altruism, Selfishness, and Spite in Traffic Routing, 2008; Abebe, Kleinberg, Parkes, Fair Division via Social Comparison, 2017',
  algorithm:
    'those of fehr-schmidt, with weights of the utilities, where nothing but aversion is minded, else a linear programme, or its dual where that has fewer rows, by a primal simplex',
  options: [
    {
      name: 'objectives',
      type: 'names',
      default: 'own,fehr-schmidt',
      choices: OBJECTIVES,
      refused: REFUSED,
      about: `what the agents' objectives are made of, of ${OBJECTIVES.join(', ')}`,
    },
    {
      name: 'theta',
      type: 'numbers',
      default: '1',
      about:
        'weights of those objectives with commas between, for all agents or, with ; between, for each; not used where the profiles have theta_ arrays',
    },
  ],
  reads: [...INPUTS, 'budgets', ...THETA_ARRAYS],
  outputs: [...RESULTS, ...THETA_ARRAYS],
  claims: ['feasibility'],
  ties: 'the vertex that the simplex ends at',
  admit(batch, options) {
    oneOfEach(batch, 'participatory');
    checkConcave(batch, options);
  },
  run(kernels, input, output, options) {
    const { call, arena } = kernels;
    const { count, agents, items } = input;
    const mark = arena.mark();
    try {
      const weights = placeWeights(kernels, input, options);
      const problem = placeAddresses(kernels, [
        ...aversionProblem(input, output),
        input.address('network'),
        8 * input.stride('network'),
        ...weights.flatMap(([address, stride]) => [address, 8 * stride]),
        output.address('envy_duals'),
      ]);
      const head = arena.mark();
      const bytes = call.participatoryScratch(
        count,
        problem,
        AVERSION,
        AVERSION,
        arena.take(call.participatoryHead(agents, items)),
      );
      arena.release(head);
      call.participatory(count, problem, AVERSION, AVERSION, arena.take(bytes));
      writeWeights(kernels, output, weights);
    } finally {
      arena.release(mark);
    }
  },
};
