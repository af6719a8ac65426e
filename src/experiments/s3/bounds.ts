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

/**
 * Loss of any optimum at most: Σ over items of b_j Σ_{i in top_j} max_k (1 − r_ik) a_ij, top_j being the 1/b_j agents who value item j most, ties to the lowest
 * (in the manner of Theorem 3.4). Shares b_j are 1 unless given, 1/b_j an integer.
 */
export function lossBound(p: Averse, shares?: readonly number[]): number {
  const n = p.values.length;
  const agents = Array.from({ length: n }, (_, i) => i);
  const most = agents.map((i) => Math.max(0, ...agents.filter((k) => k !== i).map((k) => 1 - passingRatio(p, i, k))));
  return sum(
    p.values[0]!.map((_, j) => {
      const share = shares?.[j] ?? 1;
      const top = [...agents]
        .sort((i, k) => p.values[k]![j]! - p.values[i]![j]! || i - k)
        .slice(0, Math.round(1 / share));
      return share * sum(top.map((i) => most[i]! * p.values[i]![j]!));
    }),
  );
}

/** Share of the utilitarian optimum that is lost at most, whatever the values: the largest 1 − r_ik. Says nothing where it is 1. */
export function relativeLossBound(p: Pick<Averse, 'alpha' | 'beta'>): number {
  const ratios = p.alpha.flatMap((_, i) => p.alpha.flatMap((__, k) => (i === k ? [] : [passingRatio(p, i, k)])));
  return 1 - Math.min(1, ...ratios);
}

/** The passing ratio among ever more agents whose aversions have those means (in the manner of Eq. 20). */
export function limitRatio(beta: number, alpha: number, meanAlpha: number, meanBeta: number): number {
  return Math.max(0, 1 - beta - meanAlpha) / (1 + alpha + meanBeta);
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

/**
 * Two agents with values in [0, 1]: items that may pass cost at most c each, c τ those whose larger value is at most τ, c = 1 − r (in the manner of
 * Theorem D.1).
 */
export function thresholdBound(p: Averse, tau: number): number {
  const r = Math.min(passingRatio(p, 0, 1), passingRatio(p, 1, 0));
  return sum(
    p.values[0]!.map((a, j) => {
      const [low, high] = [Math.min(a, p.values[1]![j]!), Math.max(a, p.values[1]![j]!)];
      // Rounding must not exclude an item at the very ratio.
      return low >= r * high * (1 - 1e-12) && low < high ? (1 - r) * (high <= tau ? tau : 1) : 0;
    }),
  );
}

/** The least of `thresholdBound` over all thresholds (in the manner of Corollary D.2). */
export function bestThresholdBound(p: Averse): number {
  const maxima = p.values[0]!.map((a, j) => Math.max(a, p.values[1]![j]!));
  return Math.min(...[0, ...maxima].map((tau) => thresholdBound(p, tau)));
}
