type Table = readonly (readonly number[])[];

/** One profile of divisible items; demands may exceed the supply. */
export interface Profile {
  readonly values: Table;
  readonly demands: Table;
  readonly budgets: readonly number[];
  readonly weights: readonly number[];
  readonly regularizer: Table;
}

const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);

/** Most of an item that an agent can use. */
const usable = (p: Profile, i: number, m: number): number => Math.min(p.demands[i]![m]!, p.budgets[m]!);

/** Whether an agent has a log term: a positive weight and something to gain. */
export function canGain(p: Profile, i: number): boolean {
  return p.weights[i]! > 0 && p.values[i]!.some((v, m) => v * usable(p, i, m) > 0);
}

/** Upper bounds of the amounts: 0 for agents that can gain nothing. */
export function caps(p: Profile): number[][] {
  return p.values.map((row, i) => row.map((_, m) => (canGain(p, i) ? usable(p, i, m) : 0)));
}

export function utilitiesOf(p: Profile, a: Table): number[] {
  return p.values.map((row, i) => (canGain(p, i) ? sum(row.map((v, m) => v * a[i]![m]!)) : 0));
}

/** Σ w log u − ⟨z, a⟩ over the agents that can gain. */
export function objective(p: Profile, a: Table): number {
  const logs = utilitiesOf(p, a).map((u, i) => (canGain(p, i) ? p.weights[i]! * Math.log(u) : 0));
  return sum(logs) - sum(a.flatMap((row, i) => row.map((x, m) => x * p.regularizer[i]![m]!)));
}

/** Largest amount by which an allocation leaves the box or a budget. */
export function violation(p: Profile, a: Table): number {
  const most = caps(p);
  const used = p.budgets.map((b, m) => sum(a.map((row) => row[m]!)) - b);
  return Math.max(0, ...used, ...a.map((row, i) => Math.max(...row.map((x, m) => Math.max(-x, x - most[i]![m]!)))));
}

/** Derivative of the objective in the amounts. */
export function gradient(p: Profile, a: Table): number[][] {
  const u = utilitiesOf(p, a);
  return p.values.map((row, i) =>
    row.map((v, m) => (canGain(p, i) ? (p.weights[i]! / u[i]!) * v - p.regularizer[i]![m]! : 0)),
  );
}

/**
 * Certificate: no feasible allocation has an objective more than this above that of `a`. The objective is concave, so it lies
 * below its linearisation at `a`, and that is greatest where each item serves its steepest agents first.
 */
export function gap(p: Profile, a: Table): number {
  const g = gradient(p, a);
  const most = caps(p);
  return sum(
    p.budgets.map((budget, m) => {
      let left = budget;
      let best = 0;
      const steepest = [...g.keys()].filter((i) => g[i]![m]! > 0).sort((i, j) => g[j]![m]! - g[i]![m]!);
      for (const i of steepest) {
        const amount = Math.min(left, most[i]![m]!);
        best += g[i]![m]! * amount;
        left -= amount;
      }
      return best - sum(g.map((row, i) => row[m]! * a[i]![m]!));
    }),
  );
}

/**
 * Pours one item anew, all others held: maximises Σ w log(c + v a) − ⟨z, a⟩ over the item's amounts by bisection on its price.
 * Where the demand jumps at the price (no value, or a price of its own), a mixture of both sides uses the supply up.
 */
function pour(p: Profile, most: Table, a: number[][], m: number): void {
  const others = p.values.map((row, i) => sum(row.map((v, l) => (l === m ? 0 : v * a[i]![l]!))));
  const wanted = (price: number): number[] =>
    p.values.map((row, i) => {
      const bound = most[i]![m]!;
      const cost = price + p.regularizer[i]![m]!;
      if (bound === 0 || cost < 0) return bound;
      if (row[m] === 0) return 0;
      return Math.min(Math.max(p.weights[i]! / cost - others[i]! / row[m]!, 0), bound);
    });
  const set = (amounts: readonly number[]): void => amounts.forEach((x, i) => (a[i]![m] = x));
  const unpriced = wanted(0);
  if (sum(unpriced) <= p.budgets[m]!) return set(unpriced);
  let low = 0;
  let high = 1;
  while (sum(wanted(high)) > p.budgets[m]!) high *= 2;
  for (let step = 0; step < 200; step++) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (sum(wanted(middle)) > p.budgets[m]!) low = middle;
    else high = middle;
  }
  const [more, less] = [wanted(low), wanted(high)];
  const part = (p.budgets[m]! - sum(less)) / (sum(more) - sum(less));
  set(less.map((x, i) => x + part * (more[i]! - x)));
}

export interface Answer {
  readonly allocation: number[][];
  readonly utilities: number[];
  /** Largest possible distance of the objective from the optimum. */
  readonly gap: number;
  readonly sweeps: number;
}

/**
 * Item by item: the feasible set is a product over items, so pouring them in turn climbs to the optimum. Ends at the certified
 * gap `enough`, or at the limit with what gap there is.
 */
export function pourInTurn(p: Profile, enough = 1e-14, limit = 20000): Answer {
  const most = caps(p);
  const a = most.map((row) =>
    row.map((x, m) => x * Math.min(1, p.budgets[m]! / Math.max(sum(most.map((r) => r[m]!)), 1e-300))),
  );
  let sweeps = 0;
  let open = Infinity;
  while (sweeps < limit && !(open <= enough)) {
    for (let round = 0; round < 5; round++) p.budgets.forEach((_, m) => pour(p, most, a, m));
    sweeps += 5;
    open = gap(p, a);
  }
  return { allocation: a, utilities: utilitiesOf(p, a), gap: Math.max(open, 0), sweeps };
}

/** Numbers that a solver returned for one profile. */
export interface Returned {
  readonly allocation: Table;
  readonly prices: readonly number[];
  readonly lower: Table;
  readonly upper: Table;
}

/**
 * Largest of stationarity, sign, box and budget violations and complementarity products; prices in units of max(1, largest
 * price), quantities in units of max(1, largest supply), products in both.
 */
export function residualOf(p: Profile, r: Returned): number {
  const g = gradient(p, r.allocation);
  const priceUnit = Math.max(1, ...r.prices);
  const supplyUnit = Math.max(1, ...p.budgets);
  let worst = 0;
  const look = (x: number, unit: number): void => {
    if (!(x / unit <= worst)) worst = x / unit;
  };
  p.values.forEach((row, i) => {
    row.forEach((_, m) => {
      const amount = r.allocation[i]![m]!;
      const [low, high] = [r.lower[i]![m]!, r.upper[i]![m]!];
      const bound = canGain(p, i) && p.budgets[m]! > 0 ? p.demands[i]![m]! : 0;
      const slope = canGain(p, i) ? g[i]![m]! : -p.regularizer[i]![m]!;
      look(Math.abs(slope + low - high - r.prices[m]!), priceUnit);
      look(Math.max(-low, -high), priceUnit);
      look(Math.max(-amount, amount - bound), supplyUnit);
      look(Math.abs(low * amount), priceUnit * supplyUnit);
      look(Math.abs(high * (bound - amount)), priceUnit * supplyUnit);
    });
  });
  p.budgets.forEach((b, m) => {
    const left = b - sum(r.allocation.map((row) => row[m]!));
    look(-r.prices[m]!, priceUnit);
    look(-left, supplyUnit);
    look(Math.abs(r.prices[m]! * left), priceUnit * supplyUnit);
  });
  return worst;
}
