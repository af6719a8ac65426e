import { measuredBy } from './operands.js';
import type { PropertyDefinition } from './property.js';

/** The codes of assembly/properties/welfare.ts. */
const PROP = 0;
const PROP1 = 1;
const UTILITARIAN = 2;
const EGALITARIAN = 3;
const LOG_NSW = 4;
const NSW = 5;
const GINI = 6;
const NO_GAIN = 7;
const PF_VIOLATION = 8;
const WELFARE_RATIO = 9;

const welfare = (code: number) => measuredBy('measureWelfare', (call, { agents }) => call.welfareScratch(agents), code);

export const prop: PropertyDefinition = {
  name: 'prop',
  about: "largest shortfall of u_i from the share w_i / sum w of i's utility of the whole supply",
  citation: 'Steinhaus, The Problem of Fair Division, 1948',
  violation: true,
  integralOnly: false,
  measure: welfare(PROP),
};

export const prop1: PropertyDefinition = {
  name: 'prop1',
  about: 'largest shortfall from the proportional share that is left after adding the best single item',
  citation: 'Conitzer, Freeman, Shah, Fair Public Decision Making, 2017',
  violation: true,
  integralOnly: true,
  measure: welfare(PROP1),
};

export const utilitarian: PropertyDefinition = {
  name: 'utilitarian',
  about: 'sum of w_i u_i',
  citation: 'Bentham, An Introduction to the Principles of Morals and Legislation, 1789',
  violation: false,
  integralOnly: false,
  measure: welfare(UTILITARIAN),
};

export const welfareRatio: PropertyDefinition = {
  name: 'welfare_ratio',
  about: 'sum of w_i u_i over the largest that any feasible allocation has; 1 where that is 0',
  citation: 'Maruo, Takeuchi, Kashima, Learning Fair and Preferable Allocations through Neural Network, 2024',
  violation: false,
  integralOnly: false,
  measure: welfare(WELFARE_RATIO),
};

export const egalitarian: PropertyDefinition = {
  name: 'egalitarian',
  about: 'smallest u_i of the agents who can gain; 0 where there is none',
  citation: 'Rawls, A Theory of Justice, 1971',
  violation: false,
  integralOnly: false,
  measure: welfare(EGALITARIAN),
};

export const logNsw: PropertyDefinition = {
  name: 'log_nsw',
  about: 'sum of w_i log u_i over the agents who can gain; minus infinity where one of them has nothing',
  citation: 'Kaneko, Nakamura, The Nash Social Welfare Function, 1979',
  violation: false,
  integralOnly: false,
  countsZeros: true,
  measure: welfare(LOG_NSW),
};

export const nsw: PropertyDefinition = {
  name: 'nsw',
  about: 'weighted geometric mean of u_i over the agents who can gain; 1 where there is none',
  citation: 'Kaneko, Nakamura, The Nash Social Welfare Function, 1979',
  violation: false,
  integralOnly: false,
  measure: welfare(NSW),
};

export const gini: PropertyDefinition = {
  name: 'gini',
  about: 'mean absolute difference of the utilities over twice their mean; 0 where all are 0',
  citation: 'Gini, Variabilita e mutabilita, 1912',
  violation: false,
  integralOnly: false,
  measure: welfare(GINI),
};

export const noGain: PropertyDefinition = {
  name: 'no_gain',
  about: 'number of agents who can gain nothing: weight 0, or no value for anything they could get',
  citation: 'Zeng et al., Near-Optimal Fair Resource Allocation for Strategic Agents without Money, 2023',
  violation: false,
  integralOnly: false,
  measure: welfare(NO_GAIN),
};

export const pfViolation: PropertyDefinition = {
  name: 'pf_violation',
  about:
    "largest sum of w_i (u'_i - u_i)/u_i over feasible (divisible) allocations: 0 at proportional fairness; infinite where an agent who can gain has nothing",
  citation: 'Kelly, Charging and Rate Control for Elastic Traffic, 1997',
  violation: true,
  integralOnly: false,
  countsZeros: true,
  measure: welfare(PF_VIOLATION),
};
