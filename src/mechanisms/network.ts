import { InputError } from '../errors.js';
import { checkServes, type Network } from '../networks/network.js';
import { ROWS, placeBatch, placeDesk, placeNetwork } from '../networks/place.js';
import { Spots, placeRoom } from '../profiles/spots.js';
import type { Kernels } from '../wasm/kernels.js';
import type { Placed } from '../wasm/placed.js';
import { SOLUTION_ARRAYS, placeProblem } from '../wasm/problem.js';
import type { CardinalDefinition, OptionSpec, OptionValues } from './mechanism.js';
import { climbNetwork } from './network-climb.js';
import { proportionalFairness } from './proportional-fairness.js';

const CITATION =
  'Zeng et al., Near-Optimal Fair Resource Allocation for Strategic Agents without Money, 2023, section 4';
/** The option that learned mechanisms have. */
export const MODEL: OptionSpec = {
  name: 'model',
  type: 'network',
  default: '',
  about: 'folder of a trained network (network.json, weights.npz)',
};
const TOLERANCE = 1e-11;

/** A network in kernel memory, and room to run it. */
interface PlacedNetwork {
  readonly net: number;
  readonly desk: number;
}

/** The network that the options hold. */
export function networkOf(id: string, options: OptionValues, agents: number, items: number): Network {
  const model = options.model;
  if (typeof model !== 'object' || model instanceof Float64Array)
    throw new InputError(`${id} needs a trained network: --model DIR`);
  if (model.config.model !== id) throw new InputError(`the network is an ${model.config.model}, expected an ${id}`);
  checkServes(model, agents, items);
  return model;
}

/** Places a network for profiles of a size; it serves any number of `runNetwork` until the arena is released. */
export function openNetwork(
  id: string,
  kernels: Kernels,
  options: OptionValues,
  like: Placed,
  rows = Math.min(ROWS, like.count),
): PlacedNetwork {
  const { agents, items } = like;
  const net = placeNetwork(kernels, networkOf(id, options, agents, items), agents);
  return { net, desk: placeDesk(kernels, net, placeBatch(kernels, net, rows), 1) };
}

/** Allocates a chunk by a network that is placed already. */
export function runNetwork(
  id: string,
  kernels: Kernels,
  { net, desk }: PlacedNetwork,
  input: Placed,
  output: Placed,
): void {
  const { arena, call } = kernels;
  const { count, agents, items } = input;
  const mark = arena.mark();
  try {
    if (id === 'exs-net') {
      call.networkInfer(net, placeProblem(kernels, input, output), count, desk);
      return;
    }
    const told = new Spots(count, agents, items, input.first);
    for (const name of ['values', 'demands', 'budgets', 'weights'])
      told.put(name, input.address(name), input.stride(name));
    told.put('regularizer', arena.take(8 * count * agents * items), agents * items);
    const solution = placeRoom(
      kernels,
      input,
      SOLUTION_ARRAYS.filter((name) => output.address(name) === 0),
    );
    for (const name of SOLUTION_ARRAYS) {
      if (output.address(name) !== 0) solution.put(name, output.address(name), output.stride(name));
    }
    call.networkInfer(net, placeProblem(kernels, told, solution), count, desk);
    const before = arena.i32(solution.address('status'), count).slice();
    proportionalFairness.run(kernels, told, solution, { tolerance: TOLERANCE });
    // Numbers that the network cannot read spoil the regularizer, not the programme.
    const status = arena.i32(solution.address('status'), count);
    before.forEach((code, k) => code !== 0 && (status[k] = code));
  } finally {
    arena.release(mark);
  }
}

function network(
  id: 'exs-net' | 'expf-net',
  more: Pick<CardinalDefinition, 'name' | 'algorithm' | 'ties'>,
): CardinalDefinition {
  return {
    kind: 'cardinal',
    id,
    citation: CITATION,
    options: [MODEL],
    reads: ['values', 'demands', 'budgets', 'weights'],
    outputs: ['allocation', 'utilities'],
    claims: ['feasibility'],
    run(kernels, input, output, options) {
      const mark = kernels.arena.mark();
      try {
        runNetwork(id, kernels, openNetwork(id, kernels, options, input), input, output);
      } finally {
        kernels.arena.release(mark);
      }
    },
    open(kernels, like, options) {
      const placed = openNetwork(id, kernels, options, like, ROWS);
      return {
        run: (input, output) => runNetwork(id, kernels, placed, input, output),
        climb: (input, profile, agent, reports, box) =>
          climbNetwork(kernels, placed.net, input, profile, agent, reports, box),
      };
    },
    ...more,
  };
}

/**
 * ExS-Net: a network whose softmax over agents, and one agent who burns, is the share of each item; a = min(share · supply, demand).
 * Trained to be fair and hard to exploit; continuous in the reports.
 */
export const exsNet = network('exs-net', {
  name: 'ExS-Net',
  algorithm: 'single-precision network, four rows a tile; shares normalised in double precision',
  ties: 'none arise',
});

/** ExPF-Net: proportional fairness with the regularizer that a network gives, trained to make it hard to exploit. */
export const expfNet = network('expf-net', {
  name: 'ExPF-Net',
  algorithm: 'single-precision network, then proportional fairness by interior point',
  ties: 'as `pf`',
});
