/** Proportional fairness of divisible items in plain tables: slow, with a certificate of its own. */
export interface Market {
  /** 0 for agents without a log term. */
  readonly weights: readonly number[];
  readonly values: readonly (readonly number[])[];
  /** Most of an item that an agent can use, at most the supply. */
  readonly caps: readonly (readonly number[])[];
  readonly supplies: readonly number[];
}

type Table = readonly (readonly number[])[];

const STEPS = 100; // of a bisection
const ROUNDS = 10; // between two looks at the certificate

export function utilityOf({ values }: Market, allocation: Table, i: number): number {
  return values[i]!.reduce((sum, v, m) => sum + v * allocation[i]![m]!, 0);
}

/** Σ w log u. */
export function welfareOf(market: Market, allocation: Table): number {
  return market.weights.reduce((sum, w, i) => (w > 0 ? sum + w * Math.log(utilityOf(market, allocation, i)) : sum), 0);
}

/**
 * Largest Σ w_i (u'_i − u_i)/u_i over feasible allocations: 0 at proportional fairness, and never less than what Σ w log u lies below its
 * maximum. Falls apart by item, each going to the largest w v/u first.
 */
export function unfairness(market: Market, allocation: Table): number {
  const { weights, values, caps, supplies } = market;
  const rates = weights.map((w, i) => (w > 0 ? w / utilityOf(market, allocation, i) : 0));
  let sum = -weights.reduce((a, b) => a + b, 0);
  supplies.forEach((supply, m) => {
    const slope = (i: number) => (rates[i]! > 0 ? rates[i]! * values[i]![m]! : 0);
    let left = supply;
    for (const i of [...weights.keys()].sort((a, b) => slope(b) - slope(a))) {
      const amount = Math.min(left, caps[i]![m]!);
      if (slope(i) > 0 && amount > 0) sum += slope(i) * amount;
      left -= Math.max(0, amount);
    }
  });
  return Number.isNaN(sum) ? Infinity : Math.max(0, sum);
}

/** Shares one item anew, all others held: maximises Σ w log(c + v a) by bisection on its price. */
function pour({ weights, values, caps, supplies }: Market, allocation: number[][], m: number): void {
  const wanting = [...weights.keys()].filter((i) => weights[i]! > 0 && values[i]![m]! > 0 && caps[i]![m]! > 0);
  const others = wanting.map((i) =>
    values[i]!.reduce((sum, v, l) => (l === m ? sum : sum + v * allocation[i]![l]!), 0),
  );
  const wanted = (price: number) =>
    wanting.map((i, k) => Math.min(Math.max(weights[i]! / price - others[k]! / values[i]![m]!, 0), caps[i]![m]!));
  const total = (amounts: readonly number[]) => amounts.reduce((a, b) => a + b, 0);
  const all = wanting.map((i) => caps[i]![m]!);
  let amounts = all;
  if (total(all) > supplies[m]!) {
    let low = 0;
    let high = total(wanting.map((i) => weights[i]!)) / supplies[m]!; // at which the budget w buys at most the supply
    for (let step = 0; step < STEPS; step++) {
      const middle = (low + high) / 2;
      if (middle === low || middle === high) break;
      if (total(wanted(middle)) > supplies[m]!) low = middle;
      else high = middle;
    }
    amounts = wanted(high);
  }
  allocation.forEach((row) => (row[m] = 0));
  wanting.forEach((i, k) => (allocation[i]![m] = amounts[k]!));
}

export interface Poured {
  readonly allocation: number[][];
  /** Welfare of it: the maximum lies at most `gap` above. */
  readonly welfare: number;
  readonly gap: number;
}

/** Climbs to proportional fairness item by item (the feasible set is a product over items), until the gap is `enough` or `limit` rounds are over. */
export function pourInTurn(market: Market, start: Table, enough: number, limit: number): Poured {
  const allocation = start.map((row) => [...row]);
  let gap = Infinity;
  for (let round = 0; round < limit && gap > enough; round += ROUNDS) {
    for (let r = 0; r < ROUNDS; r++) market.supplies.forEach((_, m) => pour(market, allocation, m));
    gap = unfairness(market, allocation);
  }
  return { allocation, welfare: welfareOf(market, allocation), gap };
}

/** Shares in proportion to what agents can use. */
export function fairStart({ caps, supplies }: Market): number[][] {
  const wish = supplies.map((_, m) => caps.reduce((sum, row) => sum + row[m]!, 0));
  return caps.map((row) => row.map((x, m) => (x > 0 ? x * Math.min(1, supplies[m]! / wish[m]!) : 0)));
}
