import type { Kernels } from '../wasm/kernels.js';
import type { Placed } from '../wasm/placed.js';
import { bundles, supplyArrays } from './operands.js';
import type { PropertyDefinition } from './property.js';

/** The codes of assembly/properties/supply.ts. */
const FEASIBILITY = 0;
const EFFICIENCY = 1;

function supply(code: number) {
  return (kernels: Kernels, input: Placed, result: Placed, out: number): void => {
    kernels.call.measureSupply(
      code,
      input.count,
      input.agents,
      input.items,
      ...supplyArrays(input),
      ...bundles(result),
      out,
    );
  };
}

export const feasibility: PropertyDefinition = {
  name: 'feasibility',
  about:
    'largest negative amount, excess over the effective demand or over a budget, relative to max(1, largest budget); 1 where an owner is no agent',
  citation: 'Zeng et al., Near-Optimal Fair Resource Allocation for Strategic Agents without Money, 2023',
  violation: true,
  integralOnly: false,
  measure: supply(FEASIBILITY),
};

export const efficiency: PropertyDefinition = {
  name: 'efficiency',
  about: 'used supply over total supply; 0 where there is no supply',
  citation: 'Zeng et al., Near-Optimal Fair Resource Allocation for Strategic Agents without Money, 2023',
  violation: false,
  integralOnly: false,
  measure: supply(EFFICIENCY),
};
