/** One profile of divisible items; demands may exceed the budget. */
export interface Divisible {
  readonly values: readonly (readonly number[])[];
  readonly demands: readonly (readonly number[])[];
  readonly budgets: readonly number[];
  readonly weights: readonly number[];
}

/** What the agents who tie at the margin of an item have left to share. */
export interface Tie {
  readonly item: number;
  readonly agents: readonly number[];
  readonly supply: number;
}

const cap = (d: Divisible, i: number, m: number): number => Math.min(d.demands[i]![m]!, d.budgets[m]!);

/** Bound that these prices prove on every allocation's sum of w v.a (weak duality), with the demands as they are. */
export function dualBound(d: Divisible, prices: readonly number[]): number {
  let bound = 0;
  d.budgets.forEach((b, m) => (bound += b * prices[m]!));
  d.values.forEach((row, i) =>
    row.forEach((v, m) => (bound += d.demands[i]![m]! * Math.max(d.weights[i]! * v - prices[m]!, 0))),
  );
  return bound;
}

/** Splits the optimal face: amounts that are the same in every optimal allocation, and the ties. */
export function optimalFace(d: Divisible): { fixed: number[][]; ties: Tie[] } {
  const fixed = d.values.map((row) => row.map(() => 0));
  const ties: Tie[] = [];
  d.budgets.forEach((budget, m) => {
    const worth = d.values.map((row, i) => d.weights[i]! * row[m]!);
    const levels = [...new Set(worth)].filter((x) => x > 0).sort((a, b) => b - a);
    let left = budget;
    for (const level of levels) {
      const group = [...worth.keys()].filter((i) => worth[i] === level && cap(d, i, m) > 0);
      const wanted = group.reduce((sum, i) => sum + cap(d, i, m), 0);
      if (wanted > left) {
        if (left > 0) ties.push({ item: m, agents: group, supply: left });
        return;
      }
      for (const i of group) fixed[i]![m] = cap(d, i, m);
      left -= wanted;
    }
  });
  return { fixed, ties };
}

/**
 * Utilities of greatest weighted entropy on the optimal face: coordinate ascent over pairs of agents who share an item, each
 * pair by bisection on the derivative of the entropy itself. Converges because the ties are separate and the entropy smooth.
 */
export function entropyUtilities(d: Divisible): number[] {
  const { fixed: a, ties } = optimalFace(d);
  for (const { item, agents, supply } of ties) {
    const wanted = agents.reduce((sum, i) => sum + cap(d, i, item), 0);
    for (const i of agents) a[i]![item] = (cap(d, i, item) * supply) / wanted;
  }
  const utility = (i: number): number => a[i]!.reduce((sum, x, m) => sum + d.values[i]![m]! * x, 0);
  const u = d.values.map((_, i) => utility(i));
  for (let sweep = 0; sweep < 20000; sweep++) {
    let moved = 0;
    for (const { item, agents } of ties) {
      for (const i of agents) {
        for (const j of agents) {
          if (j <= i) continue;
          const [vi, vj] = [d.values[i]![item]!, d.values[j]![item]!];
          const [ui, uj] = [u[i]!, u[j]!];
          // Derivative of the entropy in an amount that goes from j to i; falls as the amount grows.
          const slope = (t: number): number =>
            -d.weights[i]! * vi * (1 + Math.log(ui + vi * t)) + d.weights[j]! * vj * (1 + Math.log(uj - vj * t));
          let low = -Math.min(a[i]![item]!, cap(d, j, item) - a[j]![item]!);
          let high = Math.min(a[j]![item]!, cap(d, i, item) - a[i]![item]!);
          if (!(high > low)) continue;
          for (let step = 0; step < 70; step++) {
            const middle = (low + high) / 2;
            if (slope(middle) > 0) low = middle;
            else high = middle;
          }
          const t = (low + high) / 2;
          a[i]![item]! += t;
          a[j]![item]! -= t;
          u[i] = utility(i);
          u[j] = utility(j);
          moved = Math.max(moved, Math.abs(t));
        }
      }
    }
    if (moved < 1e-14) break;
  }
  return u;
}

/**
 * How much more entropy any optimal allocation could have than `a` (the Frank-Wolfe gap: the entropy is concave, so its
 * linearisation bounds it, and on the face that is largest where each tie serves the steepest agents first).
 */
export function entropyGap(d: Divisible, a: readonly (readonly number[])[]): number {
  const u = a.map((row, i) => row.reduce((sum, x, m) => sum + d.values[i]![m]! * x, 0));
  let gap = 0;
  for (const { item, agents, supply } of optimalFace(d).ties) {
    const slope = (i: number): number => -d.weights[i]! * d.values[i]![item]! * (1 + Math.log(u[i]!));
    let left = supply;
    for (const i of [...agents].sort((x, y) => slope(y) - slope(x))) {
      const best = Math.min(left, cap(d, i, item));
      gap += slope(i) * (best - a[i]![item]!);
      left -= best;
    }
  }
  return gap;
}
