import type { Kernels } from '../wasm/kernels.js';
import type { Placed } from '../wasm/placed.js';
import type { CardinalDefinition, OptionValues } from './mechanism.js';

/** Bits that the kernels take as `form`. */
function formOf({ leftover, normalize }: OptionValues): number {
  return (leftover === 'masked' ? 1 : 0) + (normalize === true ? 2 : 0);
}

/**
 * Round Robin in which every pick is a softmax over the items left: differentiable in the values, and Round Robin itself where the best item
 * left is worth more than the next by 30 `tau` and more.
 *
 * Picks after the items are gone are uniform over all items, as published, so that columns add up to more than 1; `leftover: 'masked'`
 * leaves them out, `normalize` divides them away. Demands, budgets and weights are ignored.
 */
export const softRoundRobin: CardinalDefinition = {
  kind: 'cardinal',
  id: 'soft-round-robin',
  name: 'SoftRR',
  citation: 'Maruo, Takeuchi, Kashima, Learning Fair and Preferable Allocations through Neural Network, 2024 (SoftRR)',
  algorithm: 'softmax over the items left at every pick, two profiles in two lanes',
  options: [
    { name: 'tau', type: 'number', default: 0.01, range: [1e-9, 1e9], about: 'temperature of the softmax' },
    {
      name: 'leftover',
      type: 'choice',
      default: 'uniform',
      choices: ['uniform', 'masked'],
      about: 'picks after the items are gone: uniform over all items, or left out',
    },
    { name: 'normalize', type: 'boolean', default: false, about: "divide every item's column by its sum" },
  ],
  reads: ['values', 'order'],
  outputs: ['allocation', 'utilities'],
  claims: [],
  ties: 'equally valued items are shared equally',
  run({ call, arena }, input, output, options) {
    const { count, agents, items } = input;
    const mark = arena.mark();
    try {
      const scratch = arena.take(call.softRoundRobinScratch(agents, items));
      call.softRoundRobin(
        count,
        agents,
        items,
        input.address('values'),
        input.stride('values'),
        input.address('order'),
        input.stride('order'),
        Number(options.tau),
        formOf(options),
        output.address('allocation'),
        output.address('utilities'),
        output.address('status'),
        output.address('residual'),
        scratch,
      );
    } finally {
      arena.release(mark);
    }
  },
};

/** Derivatives `d_values` of a loss l(R) through SoftRR, from `cotangent` = dl/dR; of equal smallest values the first carries the derivative. */
export const softRoundRobinGradient = {
  reads: [...softRoundRobin.reads, 'cotangent'],
  outputs: ['d_values'],
  run({ call, arena }: Kernels, input: Placed, output: Placed, options: OptionValues): void {
    const { count, agents, items } = input;
    const mark = arena.mark();
    try {
      const scratch = arena.take(call.softRoundRobinGradientScratch(agents, items));
      call.softRoundRobinGradient(
        count,
        agents,
        items,
        input.address('values'),
        input.stride('values'),
        input.address('order'),
        input.stride('order'),
        Number(options.tau),
        formOf(options),
        input.address('cotangent'),
        input.stride('cotangent'),
        output.address('d_values'),
        output.address('status'),
        output.address('residual'),
        scratch,
      );
    } finally {
      arena.release(mark);
    }
  },
};
