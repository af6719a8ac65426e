import type { Kernels } from '../wasm/kernels.js';
import type { Placed } from '../wasm/placed.js';
import { operand } from './operands.js';
import type { PropertyDefinition } from './property.js';

/** Amount of item m that agent i has in profile k, of owners or of an allocation. */
type Amounts = (k: number, i: number, m: number) => number;

function amountsOf({ arena }: Kernels, placed: Placed, owner: string, allocation: string): Amounts {
  const { count, agents, items } = placed;
  const [owners, ownerStride] = operand(placed, owner);
  if (owners !== 0) {
    const who = arena.i32(owners, (count - 1) * ownerStride + items);
    return (k, i, m) => (who[k * ownerStride + m] === i ? 1 : 0);
  }
  const [address, stride] = operand(placed, allocation);
  if (address === 0) throw new Error('a distance needs an allocation or owners, and a target');
  const amounts = arena.f64(address, (count - 1) * stride + agents * items);
  return (k, i, m) => amounts[k * stride + i * items + m]!;
}

export const hamming: PropertyDefinition = {
  name: 'hamming',
  about:
    'distance to a target: sum of |a_im - t_im| over twice the supply; of owners the share of items that the target gives to someone else',
  citation: 'Maruo, Takeuchi, Kashima, Learning Fair and Preferable Allocations through Neural Network, 2024',
  violation: true,
  integralOnly: false,
  needs: 'target',
  measure(kernels, input, result, out) {
    const { count, agents, items } = input;
    const found = amountsOf(kernels, result, 'owner', 'allocation');
    const wanted = amountsOf(kernels, result, 'target', 'target_allocation');
    const [address, stride] = operand(input, 'budgets');
    const whole = address === 0 || result.address('owner') !== 0;
    const budgets = whole ? undefined : kernels.arena.f64(address, (count - 1) * stride + items);
    const numbers = kernels.arena.f64(out, count);
    for (let k = 0; k < count; k++) {
      let [apart, supply] = [0, 0];
      for (let m = 0; m < items; m++) {
        supply += budgets ? budgets[k * stride + m]! : 1;
        for (let i = 0; i < agents; i++) apart += Math.abs(found(k, i, m) - wanted(k, i, m));
      }
      numbers[k] = supply > 0 ? apart / (2 * supply) : 0;
    }
  },
};
