import { measuredBy } from './operands.js';
import type { PropertyDefinition } from './property.js';

/** The codes of assembly/properties/envy.ts. */
const EF = 0;
const EF1 = 1;
const EFX = 2;

const envy = (code: number) =>
  measuredBy('measureEnvy', (call, { agents, items }) => call.envyScratch(agents, items), code);

export const ef: PropertyDefinition = {
  name: 'ef',
  about:
    'largest envy u_i(a_j)/w_j - u_i(a_i)/w_i over all ordered pairs of agents; agents of weight 0 neither envy nor are envied',
  citation: 'Foley, Resource Allocation and the Public Sector, 1967',
  violation: true,
  integralOnly: false,
  measure: envy(EF),
};

export const ef1: PropertyDefinition = {
  name: 'ef1',
  about: 'largest envy left after taking the best single item from the envied bundle',
  citation:
    'Budish, The Combinatorial Assignment Problem: Approximate Competitive Equilibrium from Equal Incomes, 2011',
  violation: true,
  integralOnly: true,
  measure: envy(EF1),
};

export const efx: PropertyDefinition = {
  name: 'efx',
  about: 'largest envy left after taking the item of least positive value from the envied bundle',
  citation:
    'Caragiannis, Kurokawa, Moulin, Procaccia, Shah, Wang, The Unreasonable Fairness of Maximum Nash Welfare, 2016',
  violation: true,
  integralOnly: true,
  measure: envy(EFX),
};
