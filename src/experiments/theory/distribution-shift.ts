import { betaCdf, logBeta } from './beta.js';

/**
 * How much an expectation can change when profiles follow another distribution than the one trained on (Zeng et al. 2023, Theorem 3).
 *
 * For f with values in [l, h] and m = (l + h)/2, since P and Q have the same mass,
 *
 *     |E_P f − E_Q f| = |∫ (f − m)(p − q)| ≤ (h − l)/2 · ∫ |p − q| = (h − l) · TV(P, Q),     TV = ½ ∫ |p − q|,
 *
 * with equality for the f that is h where p > q and l elsewhere. A factor of 2 in front is not needed.
 */
export function shiftBound(range: number, totalVariation: number): number {
  return range * totalVariation;
}

/**
 * |E_P f − E_Q f| = |Cov_P(f, q/p)| ≤ sd_P(f) · √χ²(Q‖P) by Cauchy and Schwarz: sharper where f hardly varies under the distribution
 * trained on, as exploitability does.
 */
export function shiftBoundByVariance(deviation: number, chiSquared: number): number {
  return deviation * Math.sqrt(chiSquared);
}

/**
 * TV(U(0,1), Beta(c,c)). The densities cross where x(1 − x) = B(c,c)^(1/(c−1)), at y and 1 − y; between the crossings one is larger, outside
 * them the other, so TV = 2 |y − F(y)| with F the distribution function of Beta(c,c). Any interval in place of (0,1): the same.
 */
export function uniformBetaTv(c: number): number {
  if (c === 1) return 0;
  const product = Math.exp(logBeta(c, c) / (c - 1));
  const y = (2 * product) / (1 + Math.sqrt(Math.max(0, 1 - 4 * product))); // the smaller root, without cancellation
  return 2 * Math.abs(y - betaCdf(c, c, y));
}

/** ∫ √(density of Beta(c,c)): the Bhattacharyya coefficient with U(0,1). */
export function uniformBetaAffinity(c: number): number {
  if (c === 1) return 1;
  return Math.exp(logBeta((c + 1) / 2, (c + 1) / 2) - 0.5 * logBeta(c, c));
}

/** χ²(Beta(c,c) ‖ U(0,1)) = ∫ density² − 1; infinite for c ≤ 1/2. */
export function uniformBetaChiSquared(c: number): number {
  if (c <= 0.5) return Infinity;
  return Math.max(0, Math.exp(logBeta(2 * c - 1, 2 * c - 1) - 2 * logBeta(c, c)) - 1);
}

/** Bounds of the total variation between products of n copies, from that of one (`tv`) and from the Bhattacharyya coefficient of one. */
export function productTv(tv: number, affinity: number, n: number): { readonly low: number; readonly high: number } {
  // Upper: couple each coordinate as well as can be, 1 − (1 − tv)^n; and TV ≤ √(1 − BC²), BC of a product being the product.
  const coupled = -Math.expm1(n * Math.log1p(-tv));
  const hellinger = Math.sqrt(Math.max(0, -Math.expm1(2 * n * Math.log(Math.min(1, affinity)))));
  // Lower: one coordinate alone tells them apart that well; and TV ≥ 1 − BC.
  return { low: Math.max(tv, 1 - affinity ** n), high: Math.min(coupled, hellinger, 1) };
}

/**
 * Bounds of TV between profiles drawn as `uniform` and as `beta:c`: N M values, and N M demands each of which is there with probability
 * `keep`. Which demands are there has the same law on both sides and can be seen, so that TV is the mean over how many are.
 */
export function profileTv(
  c: number,
  agents: number,
  items: number,
  keep = 0.5,
): { readonly low: number; readonly high: number } {
  const entries = agents * items;
  const [tv, affinity] = [uniformBetaTv(c), uniformBetaAffinity(c)];
  let [low, high] = [0, 0];
  binomial(entries, keep).forEach((probability, k) => {
    const bound = productTv(tv, affinity, entries + k);
    low += probability * bound.low;
    high += probability * bound.high;
  });
  return { low, high };
}

/** χ² of the same: 1 + χ² of a product is the product of 1 + χ². */
export function profileChiSquared(c: number, agents: number, items: number, keep = 0.5): number {
  const one = 1 + uniformBetaChiSquared(c);
  const entries = agents * items;
  return one ** entries * (1 - keep + keep * one) ** entries - 1;
}

function binomial(n: number, p: number): number[] {
  let row = [1];
  for (let k = 0; k < n; k++) {
    row = Array.from({ length: row.length + 1 }, (_, j) => (row[j] ?? 0) * (1 - p) + (row[j - 1] ?? 0) * p);
  }
  return row;
}
