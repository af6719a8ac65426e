// What inequality aversion can cost (docs/papers/s3.md has the proofs): bounds that hold on every instance, and expectations over random ones.

/** Values [N][M] and aversions of one profile; shares are 1. */
export interface Averse {
  readonly values: readonly (readonly number[])[];
  readonly alpha: readonly number[];
  readonly beta: readonly number[];
}

const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);

/**
 * Least ratio r_ik of the values of an item that may pass from agent i, who values it more, to agent k: the price of i's utility is at least
 * 1 − β_i − (mean α of the others), that of k's at most 1 + α_k + (mean β of the others). 0 where the first is not positive.
 */
export function passingRatio({ alpha, beta }: Pick<Averse, 'alpha' | 'beta'>, i: number, k: number): number {
  const others = alpha.length - 1;
  const least = 1 - beta[i]! - (sum(alpha) - alpha[i]!) / others;
  const most = 1 + alpha[k]! + (sum(beta) - beta[k]!) / others;
  return Math.max(0, least) / most;
}

/** Loss of any optimum at most: Σ over items of max_k (1 − r_ik) a_ij, i being who values item j most (in the manner of Theorem 3.4). */
export function lossBound(p: Averse): number {
  const n = p.values.length;
  const agents = Array.from({ length: n }, (_, i) => i);
  return sum(
    p.values[0]!.map((_, j) => {
      const i = agents.reduce((best, k) => (p.values[k]![j]! > p.values[best]![j]! ? k : best), 0);
      const passes = agents.filter((k) => k !== i).map((k) => (1 - passingRatio(p, i, k)) * p.values[i]![j]!);
      return Math.max(0, ...passes);
    }),
  );
}

/** Two agents: at most what all items cost that may pass, from the one to the other or back (in the manner of Theorem 3.2). */
export function twoAgentBound(p: Averse): number {
  const passing = (from: number, to: number) =>
    sum(
      p.values[from]!.map((a, j) => {
        const other = p.values[to]![j]!;
        // Rounding must not exclude an item at the very ratio.
        return a > other && other >= passingRatio(p, from, to) * a * (1 - 1e-12) ? a - other : 0;
      }),
    );
  return Math.max(passing(0, 1), passing(1, 0));
}

/** Two agents: at most |a_1 − a_2| / (1 + r), r being the smaller of the two passing ratios. */
export function distanceBound(p: Averse): number {
  const r = Math.min(passingRatio(p, 0, 1), passingRatio(p, 1, 0));
  return sum(p.values[0]!.map((a, j) => Math.abs(a - p.values[1]![j]!))) / (1 + r);
}

/** Nodes and weights of Gauss and Legendre on [0, 1], order 4. */
const GAUSS = [
  [0.06943184420297371, 0.1739274225687269],
  [0.33000947820757187, 0.3260725774312731],
  [0.6699905217924281, 0.3260725774312731],
  [0.9305681557970263, 0.1739274225687269],
] as const;

/** ∫ f over [from, to]. */
export function integral(f: (x: number) => number, from: number, to: number, cells = 64): number {
  const width = (to - from) / cells;
  let total = 0;
  for (let c = 0; c < cells; c++)
    for (const [node, weight] of GAUSS) total += weight * width * f(from + width * (c + node));
  return total;
}

/**
 * Expected |a_1 − a_2| of an item that may pass either way, c = 1 − r, for values drawn independently from a density on [0, 1]: by quadrature, for any
 * density (in the manner of Lemma E.1).
 */
export function expectedPassing(c: number, density: (x: number) => number): number {
  const inner = (a: number) => integral((t) => (a - t) * density(t), (1 - c) * a, a, 8);
  return 2 * integral((a) => density(a) * inner(a), 0, 1);
}

/** The same in closed form for the distribution function x^s: s/((s + 1/2)(s + 1)) (1 − (1 + c s)(1 − c)^s); c²/3 for s = 1. */
export function expectedPassingPower(c: number, s: number): number {
  let power = 1;
  for (let k = 0; k < s; k++) power *= 1 - c;
  return (s / ((s + 0.5) * (s + 1))) * (1 - (1 + c * s) * power);
}

/** One agent values each of n items 1, every other agent one of them 1 − ε (Eq. 26): loss and gain of sharing (Eq. 27, corrected). */
export function oneRichOfMany(n: number, epsilon: number, alpha: number, beta: number): { loss: number; gain: number } {
  const loss = (n - 1) * epsilon;
  return { loss, gain: -loss + (n - epsilon) * (alpha + beta) };
}

/** The same with all values times ε (Proposition 4.4, Eq. 130 corrected). */
export function oneRichOfPoor(n: number, epsilon: number, alpha: number, beta: number): { loss: number; gain: number } {
  const { loss, gain } = oneRichOfMany(n, epsilon, alpha, beta);
  return { loss: epsilon * loss, gain: epsilon * gain };
}

/** Proposition 5.1: the aversion α = β past which one agent's utility falls to a share of about 1/n, and the trade-off then. */
export function individualCollapse(n: number, e1: number, e2: number): { threshold: number; tradeoff: number } {
  return { threshold: (e2 - e1) / (2 * (1 - e1 + (1 - e2) / (n - 1))), tradeoff: n - e2 - (n - 1) * e1 };
}
