import type { CardinalDefinition } from './mechanism.js';

/** Gives every item to the agent that values it most; demands, budgets and weights are ignored. */
export const maxUtilitarian: CardinalDefinition = {
  kind: 'cardinal',
  id: 'max-utilitarian',
  name: 'Maximum utilitarian welfare',
  citation: 'Maruo et al., Learning Fair and Preferable Allocations through Neural Network, 2024',
  algorithm: 'maximum of every column, two items in two lanes',
  options: [],
  reads: ['values'],
  outputs: ['owner', 'utilities'],
  claims: ['feasibility'],
  ties: 'of agents that value an item equally the lowest index gets it',
  run({ call }, input, output) {
    call.maxUtilitarian(
      input.count,
      input.agents,
      input.items,
      input.address('values'),
      input.stride('values'),
      output.address('owner'),
      output.address('utilities'),
      output.address('status'),
      output.address('residual'),
    );
  },
};
