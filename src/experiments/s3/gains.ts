// What inequality aversion brings, and what it does to one agent (docs/papers/s3.md).
import type { Averse } from './bounds.js';

const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);

/** What all agents together mind of utilities u (Eq. 9 to 11). */
export function penaltyOf({ alpha, beta }: Pick<Averse, 'alpha' | 'beta'>, u: readonly number[]): number {
  const minded = u.flatMap((own, i) =>
    u.map((other) => alpha[i]! * Math.max(0, other - own) + beta[i]! * Math.max(0, own - other)),
  );
  return u.length === 1 ? 0 : sum(minded) / (u.length - 1);
}

/** Σ over ordered pairs of |u_i − u_k| over n − 1, what α = β multiplies. */
export function inequalityOf(u: readonly number[]): number {
  return sum(u.flatMap((x) => u.map((y) => Math.abs(x - y)))) / (u.length - 1);
}

/** Gain and loss of any optimum add up to at most what is minded of the utilitarian optimum u*: gain = penalty(u*) − penalty(u) − loss. */
export function gainAndLossBound(p: Averse, utopia: readonly number[]): number {
  return penaltyOf(p, utopia);
}

/** Gain of any optimum at least: that of dividing every item equally. */
export function equalDivisionGain(p: Averse, utopia: readonly number[]): number {
  const n = p.values.length;
  const equal = p.values.map((row) => sum(row) / n);
  const objective = (u: readonly number[]) => sum(u) - penaltyOf(p, u);
  return objective(equal) - objective(utopia);
}

/**
 * Least utility of anybody where α = β = `aversion` for all: with u^e the most that all can have alike and U* the utilitarian optimum,
 * u_i >= u^e − max(0, (n − 1 − 2α)(U* − n u^e)/(2 n α)). So nobody has less than u^e from α = (n − 1)/2 on (in the manner of Proposition 5.2).
 */
export function leastUtilityBound(n: number, aversion: number, best: number, equal: number): number {
  const shortfall = ((n - 1 - 2 * aversion) * (best - n * equal)) / (2 * n * aversion);
  return equal - Math.max(0, shortfall);
}

/**
 * Individual trade-off of an optimum u at most: the largest utility in x* over `equal`, which some allocation gives all alike (Lemma G.1 and Proposition
 * 5.2 with α, as E4 and E5 have it). That is if what is minded of u is no less than what others have more than the agent whose trade-off it is, all told;
 * infinity if it is less.
 */
export function tradeoffBound(
  p: Pick<Averse, 'alpha' | 'beta'>,
  utopia: readonly number[],
  u: readonly number[],
  equal: number,
): number {
  const ratios = utopia.map((best, i) => (best > 0 ? best / u[i]! : 0));
  const own = u[ratios.indexOf(Math.max(...ratios))]!;
  const ahead = sum(u.map((x) => Math.max(0, x - own)));
  // Utilities that differ by rounding are equal.
  return penaltyOf(p, u) >= ahead - 1e-12 * Math.max(...u) ? Math.max(...utopia) / equal : Infinity;
}
