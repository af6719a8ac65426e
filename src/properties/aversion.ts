import { AVERSION } from '../profiles/schema.js';
import { bundles, operand, supplyArrays } from './operands.js';
import type { PropertyDefinition } from './property.js';

/** The codes of assembly/properties/aversion.ts. */
const FS_LOSS = 0;
const FS_GAIN = 1;
const TRADEOFF = 2;
const BERTSIMAS = 3;
const CARAGIANNIS = 4;

const BASE = 'x* being the utilitarian optimum that gives tied items to the lowest agent';
const PAPER = 'Shirali et al., Participatory Objective Design via Preference Elicitation, 2024';

function aversion(
  name: string,
  code: number,
  about: string,
  citation: string,
  countsZeros = false,
): PropertyDefinition {
  return {
    name,
    about,
    citation,
    violation: false,
    integralOnly: false,
    reads: ['alpha', 'beta'],
    ...(countsZeros ? { countsZeros } : {}),
    measure({ call, arena }, input, result, out) {
      const { count, agents, items } = input;
      const mark = arena.mark();
      try {
        const scratch = arena.take(call.aversionScratch(agents));
        call.measureAversion(
          code,
          count,
          agents,
          items,
          ...operand(input, 'values'),
          ...supplyArrays(input),
          ...operand(input, 'alpha'),
          ...operand(input, 'beta'),
          ...operand(input, 'shares'),
          AVERSION,
          ...bundles(result),
          out,
          scratch,
        );
      } finally {
        arena.release(mark);
      }
    },
  };
}

export const fsLoss = aversion(
  'fs_loss',
  FS_LOSS,
  `sum of u_i(x*) - u_i, ${BASE} (which this number does not depend on)`,
  `${PAPER}, Eq. 6`,
);

export const fsGain = aversion(
  'fs_gain',
  FS_GAIN,
  `what the Fehr-Schmidt objective (alpha, beta; 0.25 where there are none) gains over that of x*, ${BASE}`,
  `${PAPER}, Eq. 7`,
);

export const individualTradeoff = aversion(
  'individual_tradeoff',
  TRADEOFF,
  `largest u_i(x*) / u_i, ${BASE}; infinite where an agent lost everything, 1 where nobody has anything`,
  `${PAPER}, Eq. 8`,
  true,
);

export const pofBertsimas = aversion(
  'pof_bertsimas',
  BERTSIMAS,
  'share of the utilitarian optimum that is lost',
  'Bertsimas, Farias, Trichakis, The Price of Fairness, 2011',
);

export const pofCaragiannis = aversion(
  'pof_caragiannis',
  CARAGIANNIS,
  'the utilitarian optimum over the sum of utilities',
  'Caragiannis, Kaklamanis, Kanellopoulos, Kyropoulou, The Efficiency of Fair Division, 2012',
  true,
);
