import { InputError, nearest } from '../errors.js';
import { fsGain, fsLoss, individualTradeoff, pofBertsimas, pofCaragiannis } from './aversion.js';
import { mon, nne } from './constraints.js';
import { ef, ef1, efx } from './envy.js';
import { exploitability, exploitabilityMax, exploitabilityOf } from './exploitability.js';
import { pareto } from './pareto.js';
import { pfFraction } from './proportionality.js';
import type { PropertyDefinition } from './property.js';
import { efficiency, feasibility } from './supply.js';
import { hamming } from './target.js';
import {
  egalitarian,
  gini,
  logNsw,
  noGain,
  nsw,
  pfViolation,
  prop,
  prop1,
  utilitarian,
  welfareRatio,
} from './welfare.js';

/** Every property, in the order in which tables show them. */
export const PROPERTIES: readonly PropertyDefinition[] = [
  feasibility,
  ef,
  ef1,
  efx,
  prop,
  prop1,
  pareto,
  utilitarian,
  welfareRatio,
  egalitarian,
  logNsw,
  nsw,
  efficiency,
  gini,
  noGain,
  pfViolation,
  pfFraction,
  fsLoss,
  fsGain,
  individualTradeoff,
  pofBertsimas,
  pofCaragiannis,
  nne,
  mon,
  hamming,
  exploitability,
  exploitabilityMax,
];

/** `log_nsw` to `logNsw`. */
export function camelCase(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

const byName = new Map(
  PROPERTIES.flatMap((definition) => [
    [definition.name, definition],
    [camelCase(definition.name), definition],
  ]),
);

/** The property of that name, snake_case or camelCase. */
export function property(name: string): PropertyDefinition {
  const found = byName.get(name);
  if (found) return found;
  const agent = /^exploitability_?(\d+)$/.exec(name);
  if (agent) return exploitabilityOf(Number(agent[1]));
  const near = nearest(name, byName.keys());
  throw new InputError(`unknown property ${name}${near ? `, did you mean ${near}?` : ''}`);
}
