import { featuresOf } from '../networks/config.js';
import { Spots } from '../profiles/spots.js';
import { Status } from '../types.js';
import type { CardinalDefinition } from './mechanism.js';
import { MODEL, networkOf } from './network.js';
import { roundRobin } from './round-robin.js';

/**
 * Neural Round Robin: a network scores agents by their values, and they take turns in the order of falling score. Envy-free up to one item
 * whatever the network, since Round Robin is in every order; demands, budgets and weights are ignored.
 */
export const neuralRoundRobin: CardinalDefinition = {
  kind: 'cardinal',
  id: 'nrr',
  name: 'Neural Round Robin',
  citation: 'Maruo, Takeuchi, Kashima, Learning Fair and Preferable Allocations through Neural Network, 2024 (NRR)',
  algorithm: 'singular vectors by Jacobi rotations, scores two agents in two lanes, then round-robin',
  options: [MODEL],
  reads: ['values'],
  outputs: ['owner', 'order', 'utilities'],
  claims: ['feasibility', 'ef1', 'prop1'],
  ties: 'of equal scores the lower agent picks first; of equally valued items the lowest index is taken',
  run(kernels, input, output, options) {
    const { call, arena } = kernels;
    const { count, agents, items } = input;
    const { config, parameters } = networkOf('nrr', options, agents, items);
    const mark = arena.mark();
    try {
      const flat = arena.take(4 * parameters.length);
      const features = arena.take(8 * count * agents * featuresOf(config));
      const scores = arena.take(8 * count * agents);
      const scratch = arena.take(call.neuralFeaturesScratch(agents, items));
      new Float32Array(call.memory.buffer, flat, parameters.length).set(parameters);
      const order = output.address('order');
      call.neuralFeatures(count, agents, items, input.address('values'), input.stride('values'), features, scratch);
      call.neuralScores(count * agents, config.hidden[0]!, features, flat, scores);
      call.neuralOrder(count, agents, scores, order);
      const ordered = new Spots(count, agents, items, input.first);
      ordered.put('values', input.address('values'), input.stride('values'));
      ordered.put('order', order, agents);
      roundRobin.run(kernels, ordered, output, {});
      // An order is no order where a score is no number.
      const status = arena.i32(output.address('status'), count);
      status.forEach((code, k) => (status[k] = code === Status.badInput ? Status.numericalError : code));
    } finally {
      arena.release(mark);
    }
  },
};
