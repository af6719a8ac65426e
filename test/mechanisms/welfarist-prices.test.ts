import { describe, expect, it } from 'vitest';
import { utilitarian } from '../../src/mechanisms/utilitarian.js';
import { welfarist } from '../../src/mechanisms/welfarist.js';
import type { CardinalDefinition, OptionValues } from '../../src/mechanisms/mechanism.js';
import { Draw } from '../helpers/draw.js';
import { testKernels } from '../helpers/kernels.js';
import { drawInstance, plain, solveInstance } from '../helpers/welfare.js';

// Without constraints beyond caps, a rule of welfare is a first-price auction of scaled bids: agent i bids y_i v_im, y_i the marginal worth of its utility;
// an item goes to who bids most, and that bid is its price (Shen et al. 2021, on the utilitarian rule, where y_i = 1 but for agents at their cap).
const kernels = testKernels();
const SMALL = 1e-5;

const RULES: readonly [string, CardinalDefinition, OptionValues][] = [
  ['utilitarian, a vertex', utilitarian, { select: 'vertex' }],
  ['utilitarian, greatest entropy', utilitarian, {}],
  ['gamma 0.5', welfarist, { gamma: 0.5 }],
  ['gamma -1', welfarist, { gamma: -1 }],
  ['log1p', welfarist, { welfare: 'log1p' }],
];

describe.each(RULES)('%s is a first-price auction of scaled bids', (name, rule, options) => {
  it('sells every item to its highest bidders, at their bid', () => {
    const draw = new Draw(`first price ${name}`);
    for (let n = 0; n < 12; n++) {
      const { shape, arrays } = drawInstance(draw, 'random', { agents: 6, items: 5 }, false);
      const { values, caps } = arrays as { values: Float64Array; caps: Float64Array };
      const instance = { shape, arrays: { values, caps }, equal: [] };
      const result = solveInstance(kernels, rule, instance, options);
      expect(result.status[0]).toBeLessThanOrEqual(1);
      const { agents, items } = shape;
      const bid = (i: number, m: number) => result.marginals[i]! * values[i * items + m]!;
      // Where nobody lacks anything all prices are 0.
      const close = SMALL * Math.max(...result.prices) + 1e-9;
      for (let m = 0; m < items; m++) {
        const price = result.prices[m]!;
        const sold = Array.from({ length: agents }, (_, i) => result.allocation[i * items + m]!);
        for (let i = 0; i < agents; i++) {
          expect(bid(i, m)).toBeLessThanOrEqual(price + close);
          if (sold[i]! > 1e-3) expect(Math.abs(bid(i, m) - price)).toBeLessThanOrEqual(close);
        }
        if (sold.reduce((a, b) => a + b, 0) < 0.999) expect(price).toBeLessThanOrEqual(close);
      }
      if (rule === utilitarian) {
        plain(instance).caps.forEach((cap, i) => {
          expect(result.marginals[i]!).toBeLessThanOrEqual(1 + SMALL);
          if (result.utilities[i]! < 0.999 * cap) expect(result.marginals[i]!).toBeGreaterThanOrEqual(1 - SMALL);
        });
      }
    }
  });
});
