/** One profile with its bundles, as nested lists. */
export interface Case {
  readonly values: readonly (readonly number[])[];
  /** Effective demands, at most the budget. */
  readonly caps: readonly (readonly number[])[];
  readonly weights: readonly number[];
  readonly allocation: readonly (readonly number[])[];
  readonly budgets: readonly number[];
}

const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);

/** Value to agent i of each item of a bundle. */
function parts(c: Case, i: number, bundle: readonly number[]): number[] {
  return bundle.map((amount, m) => c.values[i]![m]! * Math.min(amount, c.caps[i]![m]!));
}

const utility = (c: Case, i: number, bundle: readonly number[]): number => sum(parts(c, i, bundle));

function without(bundle: readonly number[], m: number): number[] {
  return bundle.map((amount, k) => (k === m ? 0 : amount));
}

function envies(c: Case, left: (i: number, bundle: readonly number[]) => number): number {
  const { weights: w, allocation: a } = c;
  let worst = 0;
  for (const i of w.keys()) {
    for (const j of w.keys()) {
      if (i === j || w[i] === 0 || w[j] === 0) continue;
      worst = Math.max(worst, left(i, a[j]!) / w[j]! - utility(c, i, a[i]!) / w[i]!);
    }
  }
  return worst;
}

const able = (c: Case): number[] =>
  [...c.weights.keys()].filter((i) => c.weights[i]! > 0 && sum(parts(c, i, c.budgets)) > 0);

const own = (c: Case): number[] => c.allocation.map((bundle, i) => utility(c, i, bundle));

function short(c: Case, extra: (i: number) => number): number {
  const total = sum(c.weights);
  if (total === 0) return 0;
  return Math.max(
    0,
    ...c.weights.map((w, i) => (w / total) * utility(c, i, c.budgets) - utility(c, i, c.allocation[i]!) - extra(i)),
  );
}

function logNash(c: Case): number {
  return sum(able(c).map((i) => c.weights[i]! * Math.log(own(c)[i]!)));
}

/** Each property from its definition: bundles are really changed and valued again. */
export const propertyOracle: Readonly<Record<string, (c: Case) => number>> = {
  feasibility(c) {
    const scale = Math.max(1, ...c.budgets);
    const excesses = c.budgets.map((b, m) => sum(c.allocation.map((bundle) => bundle[m]!)) - b);
    const entries = c.allocation.flatMap((bundle, i) => bundle.flatMap((a, m) => [-a, a - c.caps[i]![m]!]));
    return Math.max(0, ...excesses, ...entries) / scale;
  },
  ef: (c) => envies(c, (i, bundle) => utility(c, i, bundle)),
  ef1: (c) =>
    envies(c, (i, bundle) =>
      Math.min(utility(c, i, bundle), ...bundle.map((_, m) => utility(c, i, without(bundle, m)))),
    ),
  efx: (c) =>
    envies(c, (i, bundle) => {
      const removable = [...bundle.keys()].filter((m) => parts(c, i, bundle)[m]! > 0);
      // A bundle in which i values nothing is not envied, even by an agent with a negative amount.
      return Math.max(...removable.map((m) => utility(c, i, without(bundle, m))));
    }),
  prop: (c) => short(c, () => 0),
  prop1: (c) =>
    short(c, (i) => {
      const mine = c.allocation[i]!;
      const richer = c.budgets.map((_, m) => mine.map((amount, k) => (k === m ? Infinity : amount)));
      // Nothing is worth more than the effective demand, so an unlimited amount is the whole item.
      const worth = (bundle: readonly number[]): number =>
        sum(
          bundle.map((amount, m) => (c.values[i]![m]! > 0 ? c.values[i]![m]! * Math.min(amount, c.caps[i]![m]!) : 0)),
        );
      return Math.max(0, ...richer.map((bundle) => worth(bundle) - worth(mine)));
    }),
  utilitarian: (c) => sum(own(c).map((u, i) => c.weights[i]! * u)),
  welfare_ratio(c) {
    // Every item unit by unit of shrinking size would be slower: who values it most takes as much as it can use, then the next.
    const best = c.budgets.map((b, m) => {
      const ranked = [...c.weights.keys()].sort(
        (i, j) => c.weights[j]! * c.values[j]![m]! - c.weights[i]! * c.values[i]![m]!,
      );
      return ranked.reduce(
        ({ left, worth }, i) => {
          const amount = Math.min(left, c.caps[i]![m]!);
          return { left: left - amount, worth: worth + c.weights[i]! * c.values[i]![m]! * amount };
        },
        { left: b, worth: 0 },
      ).worth;
    });
    return sum(best) === 0 ? 1 : sum(own(c).map((u, i) => c.weights[i]! * u)) / sum(best);
  },
  egalitarian: (c) => (able(c).length === 0 ? 0 : Math.min(...able(c).map((i) => own(c)[i]!))),
  log_nsw: logNash,
  nsw: (c) => (able(c).length === 0 ? 1 : Math.exp(logNash(c) / sum(able(c).map((i) => c.weights[i]!)))),
  efficiency: (c) => (sum(c.budgets) === 0 ? 0 : sum(c.allocation.flat()) / sum(c.budgets)),
  gini(c) {
    const u = own(c);
    if (sum(u) === 0) return 0;
    return sum(u.flatMap((x) => u.map((y) => Math.abs(x - y)))) / (2 * u.length * sum(u));
  },
  pf_violation(c) {
    const u = own(c);
    if (able(c).some((i) => u[i] === 0)) return Infinity;
    const slopes = (m: number) => able(c).map((i) => ({ i, slope: (c.weights[i]! * c.values[i]![m]!) / u[i]! }));
    const best = c.budgets.map((b, m) => {
      let left = b;
      return sum(
        slopes(m)
          .filter(({ slope }) => slope > 0)
          .sort((one, other) => other.slope - one.slope)
          .map(({ i, slope }) => {
            const amount = Math.min(left, c.caps[i]![m]!);
            left -= amount;
            return slope * amount;
          }),
      );
    });
    return Math.max(0, sum(best) - sum(able(c).map((i) => c.weights[i]!)));
  },
  no_gain: (c) => c.weights.length - able(c).length,
};
