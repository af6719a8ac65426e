import type { Placed } from '../wasm/placed.js';

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

function operand(placed: Placed, name: string): [number, number] {
  const address = placed.address(name);
  return [address, address === 0 ? 0 : placed.stride(name)];
}
