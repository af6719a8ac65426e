import { InputError } from '../errors.js';
import { placeRoom } from '../profiles/spots.js';
import type { Placed } from '../wasm/placed.js';
import type { CardinalDefinition } from './mechanism.js';
import { withhold } from './partial-allocation.js';

/** Stream of the draws: apart from those of the samplers (assembly/samplers.ts) and of random orders. */
const STREAM = 0x6d6978n;

/**
 * Proportional fairness with probability rho, else Partial Allocation; one draw a profile, a function of the seed and the profile's index
 * in its batch. `drawn` is 1 where it was proportional fairness.
 */
export const pfPaMixture: CardinalDefinition = {
  kind: 'cardinal',
  id: 'pf-pa-mixture',
  name: 'Mixture of proportional fairness and Partial Allocation',
  citation: 'Zeng et al., Near-Optimal Fair Resource Allocation for Strategic Agents without Money, 2023, section 5',
  algorithm: 'one draw a profile',
  options: [
    { name: 'rho', type: 'number', default: 0.5, range: [0, 1], about: 'probability of proportional fairness' },
    {
      name: 'seed',
      type: 'number',
      default: 0,
      range: [0, Number.MAX_SAFE_INTEGER],
      about: 'seed of the draws, an integer',
    },
  ],
  reads: ['values', 'demands', 'budgets', 'weights'],
  outputs: ['allocation', 'utilities', 'drawn'],
  claims: ['feasibility'],
  ties: 'as proportional fairness',
  run(kernels, input, output, options) {
    const { call, arena } = kernels;
    const { count, agents, items, first } = input;
    if (!Number.isSafeInteger(options.seed)) {
      throw new InputError(`seed is ${String(options.seed)}, expected an integer`);
    }
    const mark = arena.mark();
    try {
      const room = placeRoom(kernels, input, ['fractions']);
      const both: Placed = {
        ...input,
        address: (name) => (name === 'fractions' ? room : output).address(name),
        stride: (name) => (name === 'fractions' ? room : output).stride(name),
      };
      const { solution } = withhold(kernels, input, both);
      const drawn = arena.i32(output.address('drawn'), count);
      const seed = BigInt(Number(options.seed));
      for (let k = 0; k < count; k++) {
        const fair = call.unit(call.hash64(seed, STREAM, BigInt(first + k))) < Number(options.rho);
        drawn[k] = fair ? 1 : 0;
        if (!fair) continue;
        for (const [name, each] of [
          ['allocation', agents * items],
          ['utilities', agents],
        ] as const) {
          const from = arena.f64(solution.address(name) + 8 * k * each, each);
          arena.f64(output.address(name) + 8 * k * each, each).set(from);
        }
      }
    } finally {
      arena.release(mark);
    }
  },
};
