import type { ProfileView } from './profile.js';

const SAME = 1e-9; // relative difference at which two computations of one number agree

/** What a result says of a function that no file holds. */
export const OWN_FUNCTION = 5;

interface Pair {
  value(y: number): number;
  slope(y: number): number;
}

/** The functions 1 to 4 of `welfare_function`. */
const FUNCTIONS: readonly Pair[] = [
  { value: (y) => -Math.expm1(-y), slope: (y) => Math.exp(-y) },
  { value: (y) => Math.log1p(y), slope: (y) => 1 / (1 + y) },
  { value: (y) => Math.log(Math.log1p(y)), slope: (y) => 1 / ((1 + y) * Math.log1p(y)) },
  { value: (y) => 2 * Math.log(y) - Math.log1p(y), slope: (y) => 2 / y - 1 / (1 + y) },
];

/** One agent that can gain, and what its part of the bound is made of. */
export interface Term {
  readonly weight: number;
  readonly cap: number;
  readonly utility: number;
  readonly marginal: number;
}

/** The function of utilities that a result names. */
export interface WelfareRule {
  readonly leximin: boolean;
  value(utility: number): number;
  slope(utility: number): number;
  /** max w F(V) - y V over 0 < V <= B */
  best(term: Term): number;
}

export function welfareRuleOf(view: ProfileView): WelfareRule {
  const kind = view.result('welfare_function');
  if (kind > 0) return namedRule(FUNCTIONS[kind - 1]!, view.result('welfare_scale'));
  const gamma = view.result('gamma');
  return {
    leximin: Number.isNaN(gamma),
    value: (utility) => (gamma === 0 ? Math.log(utility) : utility ** gamma / gamma),
    slope: (utility) => utility ** (gamma - 1),
    best: (term) => bestOfPower(gamma, term),
  };
}

function namedRule(f: Pair, scale: number): WelfareRule {
  const value = (utility: number) => f.value(scale * utility);
  const slope = (utility: number) => scale * f.slope(scale * utility);
  return {
    leximin: false,
    value,
    slope,
    best({ weight, cap, marginal }) {
      // Where the slope is the marginal, by halving the logarithm; every point bounds from above by its tangent.
      let low = -700;
      let high = Math.log(Math.min(cap, 1e300));
      for (let round = 0; round < 200 && high - low > 1e-15 * Math.max(1, Math.abs(low)); round++) {
        const middle = (low + high) / 2;
        if (weight * slope(Math.exp(middle)) > marginal) low = middle;
        else high = middle;
      }
      const at = Math.min(cap, Math.exp(high));
      return weight * value(at) - marginal * at;
    },
  };
}

function bestOfPower(gamma: number, { weight, cap, marginal }: Term): number {
  if (gamma === 1)
    return cap < Infinity ? Math.max(weight - marginal, 0) * cap : marginal >= weight * (1 - SAME) ? 0 : Infinity;
  const at = Math.min(cap, marginal > 0 ? (marginal / weight) ** (-1 / (1 - gamma)) : Infinity);
  if (at === Infinity) return gamma < 0 ? 0 : Infinity;
  return weight * (gamma === 0 ? Math.log(at) : at ** gamma / gamma) - marginal * at;
}
