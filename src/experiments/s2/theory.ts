import { welfarist } from '../../mechanisms/factories.js';
import type { Mechanism } from '../../mechanisms/mechanism.js';
import { NAMED_FUNCTIONS } from '../../mechanisms/welfare-function.js';

/**
 * What Shen et al. 2021 (Theorems 1 to 4, Corollaries 1 to 4) say of rules that maximise Σ f(V_i), as numbers; docs/papers/s2.md states and derives
 * them. All turn on g(y) = y f'(y) and
 *
 *     δ = inf g / sup g   over y > 0,
 *
 * which is 1 for Nash welfare alone.
 */

/** Relative duality gap: ratios of utilities are wanted to six digits. */
const TOLERANCE = 1e-13;

/** A concave, increasing function of utility. */
export interface Welfare {
  readonly name: string;
  readonly f: (y: number) => number;
  /** y f'(y). */
  readonly g: (y: number) => number;
  /** inf g / sup g over y > 0. */
  readonly delta: number;
  /** The rule that maximises Σ f. */
  readonly rule: Mechanism;
}

/** y^γ / γ, log y at γ = 0: g = y^γ. */
export function power(gamma: number): Welfare {
  const rule = welfarist({ gamma, tolerance: TOLERANCE });
  if (gamma === 0) return { name: 'log y', f: Math.log, g: () => 1, delta: 1, rule };
  return { name: `y^${gamma} / ${gamma}`, f: (y) => y ** gamma / gamma, g: (y) => y ** gamma, delta: 0, rule };
}

/** One of the functions that the kernel knows by name. */
function named(welfare: keyof typeof NAMED_FUNCTIONS, name: string, delta: number): Welfare {
  const { value, slope } = NAMED_FUNCTIONS[welfare];
  return { name, f: value, g: (y) => y * slope(y), delta, rule: welfarist({ welfare, tolerance: TOLERANCE }) };
}

/** g = y exp(−y) rises to 1/e at y = 1 and falls to 0 again. */
export const exponential = named('exponential', '1 − exp(−y)', 0);
/** g = y / (1 + y) rises from 0 to 1. */
export const shiftedLog = named('log1p', 'log(1 + y)', 0);
/** g = y / ((1 + y) log(1 + y)) falls from 1 to 0. */
export const doubleLog = named('loglog1p', 'log log(1 + y)', 0);
/** g = (2 + y) / (1 + y) falls from 2 to 1. */
export const nearNash = named('log2-log1p', '2 log y − log(1 + y)', 0.5);

/** Functions that the paper names. */
export const NAMED: readonly Welfare[] = [
  power(1),
  power(0.5),
  power(0),
  power(-1),
  exponential,
  shiftedLog,
  doubleLog,
  nearNash,
];

/** The least and the largest g on a grid of powers of 2, from 2^−exponent to 2^exponent. */
export function rangeOf({ g }: Welfare, exponent = 60): { low: number; high: number } {
  let [low, high] = [Infinity, 0];
  for (let k = -8 * exponent; k <= 8 * exponent; k++) {
    const y = g(2 ** (k / 8));
    [low, high] = [Math.min(low, y), Math.max(high, y)];
  }
  return { low, high };
}

/** Theorem 1, sharpened: two agents can be found of whom one keeps no more than this share when the other's constraint comes in. */
export function nneAtMost(delta: number): number {
  return delta / (1 + delta);
}

/** Theorem 2: nobody keeps less than this share when one other agent's constraints come in; Corollary 2: 1/4 for Nash welfare. */
export function nneAtLeast(delta: number): number {
  return delta / (delta + 3);
}

/** Two agents that meet `nneAtMost` where g is Y at one's utility and X at the other's: `values`, and the share that agent 1 keeps. */
export function nneWitness({ g }: Welfare, X: number, Y: number): { values: number[][]; q: number } {
  // Agent 0 values item 0 only and asks for as much of item 1; g(ax)/x = g(c(1 − x))/(1 − x) at a x = X, c (1 − x) = Y.
  const delta = g(Y) / g(X);
  const x = 1 / (1 + delta);
  return {
    values: [
      [X / x, 0],
      [0, Y / (1 - x)],
    ],
    q: 1 - x,
  };
}

/** The share that agent 1 keeps of its item when agent 0, who values its own `s` times as much, asks for equal amounts; −infinity: leximin. */
export function nnePair(gamma: number, s: number): number {
  if (gamma === 1) return s > 1 ? 0 : s < 1 ? 1 : 0.5;
  if (gamma === -Infinity) return s / (1 + s);
  return 1 / (1 + s ** (gamma / (1 - gamma)));
}

/**
 * Under Nash welfare an agent keeps at least r of its utility when k < n of n agents become constrained, where r + 1/r = 2 (k + 1) − k (k + 2)/n; n counts agents
 * who can gain anything. For one constrained agent between 1/2 (n = 2) and 2 − √3, above Corollary 2's 1/4.
 */
export function nashKeeps(n: number, k: number): number {
  const c = 2 * (k + 1) - (k * (k + 2)) / n;
  return (c - Math.sqrt(Math.max(0, c * c - 4))) / 2;
}

/** Corollary 4: k agents who want their own item and the victim's equally leave it this share, under Nash welfare and leximin. */
export function nneMany(k: number): number {
  return 1 / (k + 1);
}

/** Theorem 4: the p with p^(1−γ) + p = 1 that no rule of exponent γ < 1 goes below; 0 at γ = 1. */
export function monAtLeast(gamma: number): number {
  if (gamma === 1) return 0;
  let [low, high] = [0, 1];
  for (let step = 0; step < 200; step++) {
    const p = (low + high) / 2;
    if (p ** (1 - gamma) + p > 1) high = p;
    else low = p;
  }
  return low;
}

/** Corollary 3, sharpened: what an agent gains by constraints of its own under Nash welfare leaves p at least n / (2 n − 1). */
export function nashMon(n: number): number {
  return n / (2 * n - 1);
}

/** Two agents and a row x_0 = k x_1 of agent 0 at which p is near `monAtLeast`: the nearer the larger k (γ < 1, not 0). */
export function monWitness(gamma: number, k: number): { values: number[][]; row: number[]; p: number } {
  // (1 + τ)^γ = τ (1 − 1/k)^(γ−1): the left side less the right falls in τ.
  const excess = (t: number) => (1 + t) ** gamma - t * (1 - 1 / k) ** (gamma - 1);
  let [low, high] = [0, 1];
  while (excess(high) > 0) high *= 2;
  for (let step = 0; step < 200; step++) {
    const t = (low + high) / 2;
    if (excess(t) > 0) low = t;
    else high = t;
  }
  const tau = low;
  const M = k * tau;
  return {
    values: [
      [1, M],
      [0, M ** (1 / gamma)],
    ],
    row: [1, -k],
    p: 1 / (1 + tau),
  };
}

/** The utilitarian rule has no bound: agents (1, M) and (0, M + 1/2), the first of whom asks for equal amounts. */
export function monUtilitarian(M: number): { values: number[][]; p: number } {
  return {
    values: [
      [1, M],
      [0, M + 0.5],
    ],
    p: 1 / (M + 1),
  };
}
