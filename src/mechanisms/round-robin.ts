import type { CardinalDefinition } from './mechanism.js';

/**
 * Agents take turns in `order`, each taking its most valued item that is left, until all items are gone.
 *
 * Every item has one owner; demands, budgets and weights are ignored. For equal weights the result is envy-free up to one
 * item whatever the order.
 */
export const roundRobin: CardinalDefinition = {
  kind: 'cardinal',
  id: 'round-robin',
  name: 'Round Robin',
  citation:
    'Amanatidis, Birmpas, Fusco, Lazos, Leonardi, Reiffenhauser, Allocating Indivisible Goods to Strategic Agents: Pure Nash Equilibria and Fairness, 2021, Algorithm 1',
  algorithm:
    'argmax over the items left at every pick, two items in two lanes; presorted preference lists where items are many',
  options: [],
  reads: ['values', 'order'],
  outputs: ['owner', 'utilities'],
  claims: ['feasibility', 'ef1', 'prop1'],
  ties: 'of equally valued items the lowest index is taken',
  run({ call, arena }, input, output) {
    const { count, agents, items } = input;
    const order = input.address('order');
    const mark = arena.mark();
    try {
      const scratch = arena.take(call.roundRobinScratch(agents, items));
      call.roundRobin(
        count,
        agents,
        items,
        input.address('values'),
        input.stride('values'),
        order,
        order === 0 ? 0 : input.stride('order'),
        output.address('owner'),
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
