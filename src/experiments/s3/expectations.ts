// What inequality aversion can cost in expectation, values being drawn independently (docs/papers/s3.md): by quadrature, for any distribution on [0, 1].

/** A distribution on [0, 1]. */
export interface Distribution {
  readonly density: (x: number) => number;
  /** Distribution function. */
  readonly below: (x: number) => number;
  /** Where the density jumps or has a kink; nowhere if absent. */
  readonly breaks?: readonly number[];
}

const power = (x: number, k: number): number => {
  let product = 1;
  for (let j = 0; j < k; j++) product *= x;
  return product;
};

/** The distribution function x^s, that of the largest of s uniform numbers. */
export function powerDistribution(s: number): Distribution {
  return { density: (x) => s * power(x, s - 1), below: (x) => power(x, s) };
}

/** Nodes and weights of Gauss and Legendre on [0, 1], order 4. */
const GAUSS = [
  [0.06943184420297371, 0.1739274225687269],
  [0.33000947820757187, 0.3260725774312731],
  [0.6699905217924281, 0.3260725774312731],
  [0.9305681557970263, 0.1739274225687269],
] as const;

/** ∫ f over [from, to], f smooth between `breaks`. */
export function integral(
  f: (x: number) => number,
  from: number,
  to: number,
  cells = 64,
  breaks: readonly number[] = [],
): number {
  const ends = [from, ...breaks.filter((x) => x > from && x < to).sort((x, y) => x - y), to];
  let total = 0;
  for (let k = 1; k < ends.length; k++) {
    const start = ends[k - 1]!;
    const width = (ends[k]! - start) / cells;
    for (let c = 0; c < cells; c++)
      for (const [node, weight] of GAUSS) total += weight * width * f(start + width * (c + node));
  }
  return total;
}

/** Where an integral over [r a, a] of a density with `breaks` changes its form as a function of a. */
const kinks = (r: number, breaks: readonly number[]): number[] => breaks.flatMap((x) => [x, x / r]);

/**
 * Expected |a_1 − a_2| of an item that may pass either way, c = 1 − r, for values drawn independently from a density on [0, 1]: by quadrature, for any
 * density that is smooth between breaks (in the manner of Lemma E.1).
 */
export function expectedPassing(c: number, { density, breaks = [] }: Omit<Distribution, 'below'>): number {
  const inner = (a: number) => integral((t) => (a - t) * density(t), (1 - c) * a, a, 8, breaks);
  return 2 * integral((a) => density(a) * inner(a), 0, 1, 64, kinks(1 - c, breaks));
}

/** The same in closed form for the distribution function x^s: s/((s + 1/2)(s + 1)) (1 − (1 + c s)(1 − c)^s); c²/3 for s = 1. */
export function expectedPassingPower(c: number, s: number): number {
  return (s / ((s + 0.5) * (s + 1))) * (1 - (1 + c * s) * power(1 - c, s));
}

/**
 * Expected loss of two agents at most, the values of `items` items having the distribution function x^s: m s c² (Corollary E.2). An item passes with
 * probability 1 − (1 − c)^s <= s c, and costs at most c then.
 */
export function expectedLossBoundPower(items: number, c: number, s: number): number {
  return items * s * c * c;
}

/**
 * Expected fall of an item's value among n agents, when it passes from who values it most to whoever of those that may have it values it least,
 * n ∫ f(a) ∫_0^{ca} [F(a)^{n−1} − (F(a) − F(a − t) + F(ra))^{n−1}] dt da.
 */
export function expectedPassingMany(c: number, n: number, { density, below, breaks = [] }: Distribution): number {
  const inner = (a: number) => {
    const [all, out] = [power(below(a), n - 1), below((1 - c) * a)];
    return integral(
      (t) => all - power(below(a) - below(a - t) + out, n - 1),
      0,
      c * a,
      8,
      breaks.map((x) => a - x),
    );
  };
  return n * integral((a) => density(a) * inner(a), 0, 1, 64, kinks(1 - c, breaks));
}

/** Expected largest of n values. */
export function expectedTop(n: number, { density, below, breaks = [] }: Distribution): number {
  return n * integral((a) => a * density(a) * power(below(a), n - 1), 0, 1, 64, breaks);
}

/** Bound of the expected loss over the expected utilitarian optimum (in the manner of Corollary E.3). */
export function expectedShare(c: number, n: number, distribution: Distribution): number {
  return expectedPassingMany(c, n, distribution) / expectedTop(n, distribution);
}

/** Expected `thresholdBound` of an item: c τ where both values are at most τ, c else, if it may pass (in the manner of Theorem D.1). */
export function expectedThreshold(c: number, tau: number, { density, below, breaks = [] }: Distribution): number {
  const passes = (a: number) => 2 * density(a) * (below(a) - below((1 - c) * a));
  const points = kinks(1 - c, breaks);
  return c * (tau * integral(passes, 0, tau, 64, points) + integral(passes, tau, 1, 64, points));
}
