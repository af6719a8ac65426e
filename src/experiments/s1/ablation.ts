import type { Experiment } from '../experiment.js';
import { CITATION } from './nrr.js';
import { ef1Claim, sweep, variantClaims } from './sweep.js';

/** Published: 4 and 20. The number of epochs stays, so that larger batches make fewer steps. */
const BATCHES = [1, 2, 4, 8, 16, 32];
const WIDTHS = [2, 5, 10, 40, 80];

/** Size of the batches and of the hidden layer, one at a time. */
export const ablation: Experiment = {
  id: 's1/ablation',
  title: 'Batches of 1 to 32 profiles, hidden layers of 2 to 80 nodes, about the published 4 and 20',
  citation: CITATION,
  seeds: { paper: [1, 2, 3, 4, 5, 6, 7, 8], quick: [1, 2] },
  async run(engine, write, options) {
    const variants = [
      ...BATCHES.map((batch) => ({ label: `batch ${batch}, 20 nodes`, fields: { batch } })),
      ...WIDTHS.map((width) => ({ label: `batch 4, ${width} nodes`, fields: { hidden: [width] } })),
    ];
    const swept = await sweep(engine, write, options, 'ablation', 'Batch size and width', variants);
    return [ef1Claim(swept), ...variantClaims(swept)];
  },
};
