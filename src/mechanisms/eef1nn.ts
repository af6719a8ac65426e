import { placeConvolutions, placePictures, type Room } from '../networks/eef1nn.js';
import type { Kernels } from '../wasm/kernels.js';
import type { Placed } from '../wasm/placed.js';
import type { CardinalDefinition } from './mechanism.js';
import { MODEL, networkOf } from './network.js';

const ID = 'eef1nn';

function runConvolutions(
  { call }: Kernels,
  net: number,
  { planes, scratch }: Room,
  input: Placed,
  output: Placed,
): void {
  call.convolutionInfer(
    ...([net, planes, input.count, input.address('values'), input.stride('values'), 0] as const),
    ...([output.address('owner'), output.address('utilities')] as const),
    ...([output.address('status'), output.address('residual'), scratch] as const),
  );
}

/**
 * EEF1-NN: a convolutional network looks at a profile as at a picture of agents x items and names the owner of every item. Trained towards the
 * assignment of greatest welfare and away from envy; envy-free up to one item only as far as it has learned to be. Demands, budgets and
 * weights are ignored.
 */
export const eef1nn: CardinalDefinition = {
  kind: 'cardinal',
  id: ID,
  name: 'EEF1-NN',
  citation:
    'Mishra, Padala, Gujar, EEF1-NN: Efficient and EF1 allocations through Neural Networks, 2021, as the baseline of Maruo et al. 2024',
  algorithm: 'convolutions as products over shifted rows, single precision, four positions a tile',
  options: [MODEL],
  reads: ['values'],
  outputs: ['owner', 'utilities'],
  claims: ['feasibility'],
  ties: 'of agents with equal outputs the lowest index gets the item',
  run(kernels, input, output, options) {
    const { count, agents, items } = input;
    const mark = kernels.arena.mark();
    try {
      const net = placeConvolutions(kernels, networkOf(ID, options, agents, items));
      runConvolutions(kernels, net, placePictures(kernels, net, count, agents, items), input, output);
    } finally {
      kernels.arena.release(mark);
    }
  },
  open(kernels, { count, agents, items }, options) {
    const net = placeConvolutions(kernels, networkOf(ID, options, agents, items));
    const room = placePictures(kernels, net, count, agents, items);
    return { run: (input, output) => runConvolutions(kernels, net, room, input, output) };
  },
};
