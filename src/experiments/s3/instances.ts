// Instances of which Sections 4 and 5 and Appendix F know loss, gain and trade-off.
import type { Averse } from './bounds.js';

function averse(values: number[][], alpha: number, beta: number): Averse {
  return { values, alpha: values.map(() => alpha), beta: values.map(() => beta) };
}

const table = (n: number, m: number, of: (i: number, j: number) => number): number[][] =>
  Array.from({ length: n }, (_, i) => Array.from({ length: m }, (__, j) => of(i, j)));

/** Agent 0 values each of n items `scale`, agent i > 0 item i a little less and no other (Eq. 26; Proposition 4.4 with scale ε). */
export function richAndMany(n: number, epsilon: number, scale: number, alpha: number, beta: number): Averse {
  const values = table(n, n, (i, j) => (i === 0 ? scale : i === j ? scale * (1 - epsilon) : 0));
  return averse(values, alpha, beta);
}

/** Loss and gain of sharing there (Eq. 27 and 130, corrected). */
export function richAndManyKnown(
  n: number,
  epsilon: number,
  scale: number,
  alpha: number,
  beta: number,
): { loss: number; gain: number } {
  const loss = scale * (n - 1) * epsilon;
  return { loss, gain: -loss + scale * (n - epsilon) * (alpha + beta) };
}

/** Agent 0 has 1 − ε1 of its worth in item 0, the others 1 − ε2 of theirs (Proposition 5.1). */
export function oneSharpest(n: number, e1: number, e2: number, aversion: number): Averse {
  const values = table(n, n, (i, j) => {
    const e = i === 0 ? e1 : e2;
    return j === 0 ? 1 - e : e / (n - 1);
  });
  return averse(values, aversion, aversion);
}

/** The aversion α = β past which agent 0's utility falls to a share of about 1/n, and the trade-off then. */
export function oneSharpestKnown(n: number, e1: number, e2: number): { threshold: number; tradeoff: number } {
  return { threshold: (e2 - e1) / (2 * (1 - e1 + (1 - e2) / (n - 1))), tradeoff: n - e2 - (n - 1) * e1 };
}

/**
 * Two agents at a distance of δ − m ε/2 over an even number of items, every other of which may pass: half of it is lost, δ/2 − m ε/2 (Proposition F.1,
 * corrected: 1 − δ/m < r < 1 − δ/m + ε).
 */
export function everyOther(m: number, delta: number, epsilon: number): { profile: Averse; loss: number } {
  const r = 1 - delta / m + epsilon / 2;
  const aversion = (1 - r) / (1 + r) / 2;
  const values = table(2, m, (i, j) => (i === 0 ? 1 : 1 - delta / m + (j % 2 === 0 ? epsilon : 0)));
  return { profile: averse(values, aversion, aversion), loss: delta / 2 - (m * epsilon) / 2 };
}
