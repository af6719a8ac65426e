import type { KernelExports } from '../wasm/abi.js';
import type { Placed } from '../wasm/placed.js';
import type { PropertyDefinition } from './property.js';

/** Address and stride of values, demands, budgets and weights, in the order in which every measuring kernel takes them. */
export function profileArrays(input: Placed): [number, number, number, number, number, number, number, number] {
  return [
    ...operand(input, 'values'),
    ...operand(input, 'demands'),
    ...operand(input, 'budgets'),
    ...operand(input, 'weights'),
  ];
}

/** Address and stride of demands and budgets. */
export function supplyArrays(input: Placed): [number, number, number, number] {
  return [...operand(input, 'demands'), ...operand(input, 'budgets')];
}

/** Address and stride of the allocation and of the owners; one of the two is absent. */
export function bundles(result: Placed): [number, number, number, number] {
  const allocation = operand(result, 'allocation');
  const owner = operand(result, 'owner');
  if (allocation[0] === 0 && owner[0] === 0) throw new Error('a property needs an allocation or owners to measure');
  return [...allocation, ...owner];
}

/** Address and stride of an array; zeros where it is absent. */
export function operand(placed: Placed, name: string): [number, number] {
  const address = placed.address(name);
  return [address, address === 0 ? 0 : placed.stride(name)];
}

/** A property that one of the measuring kernels knows by a code. `scratch` gives the bytes that the kernel works in. */
export function measuredBy(
  kernel: 'measureEnvy' | 'measureWelfare',
  scratch: (call: KernelExports, input: Placed) => number,
  code: number,
): PropertyDefinition['measure'] {
  return ({ call, arena }, input, result, out) => {
    const mark = arena.mark();
    try {
      const at = arena.take(scratch(call, input));
      call[kernel](code, input.count, input.agents, input.items, ...profileArrays(input), ...bundles(result), out, at);
    } finally {
      arena.release(mark);
    }
  };
}
