import highsLoader from 'highs';

// The package is CommonJS: what is imported is the loader itself, which its types call `default`.
const highs = await (highsLoader as unknown as typeof highsLoader.default)();

type Table = readonly (readonly number[])[];

/** One profile of the Fehr-Schmidt rule. */
export interface Aversion {
  readonly values: Table;
  readonly alpha: readonly number[];
  readonly beta: readonly number[];
  readonly shares: readonly number[];
  /** What each utility counts; 1 if absent, as in the rule itself. */
  readonly weights?: readonly number[];
}

/** Utilities of an allocation. */
export function utilitiesOf({ values }: Pick<Aversion, 'values'>, allocation: Table): number[] {
  return values.map((row, i) => row.reduce((sum, v, m) => sum + v * allocation[i]![m]!, 0));
}

/** Inequality as each agent minds it: 1/(n−1) Σ_k [α_i (u_k − u_i)^+ + β_i (u_i − u_k)^+] (Shirali et al. 2024, Eq. 9 and 10). */
export function aversionOf({ alpha, beta }: Pick<Aversion, 'alpha' | 'beta'>, u: readonly number[], i: number): number {
  if (u.length === 1) return 0;
  const terms = u.map((uk) => alpha[i]! * Math.max(0, uk - u[i]!) + beta[i]! * Math.max(0, u[i]! - uk));
  return terms.reduce((a, b) => a + b, 0) / (u.length - 1);
}

/** Σ u_i, or Σ w_i u_i, less every agent's aversion (Eq. 11). */
export function objectiveOf(p: Pick<Aversion, 'alpha' | 'beta' | 'weights'>, u: readonly number[]): number {
  return u.reduce((sum, ui, i) => sum + (p.weights?.[i] ?? 1) * ui - aversionOf(p, u, i), 0);
}

const number = (x: number): string => (x < 0 ? `- ${-x}` : `+ ${x}`);

/** The programme of Lemma 3.3 as printed (a variable and two rows for every ordered pair), by HiGHS. Values should be of the order of 1. */
export function optimum({ values, alpha, beta, shares, weights }: Aversion): number {
  const [n, m] = [values.length, shares.length];
  const rows: string[] = [];
  const utility = (i: number, factor: number) =>
    values[i]!.flatMap((v, j) => (v === 0 || factor === 0 ? [] : [`${number(factor * v)} x${i}_${j}`])).join(' ');
  for (let j = 0; j < m; j++) rows.push(`${values.map((_, i) => `+ 1 x${i}_${j}`).join(' ')} <= 1`);
  const costs: string[] = [];
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < n; k++) {
      if (i === k) continue;
      costs.push(`- ${1 / (n - 1)} z${i}_${k}`);
      rows.push(`z${i}_${k} ${utility(k, -alpha[i]!)} ${utility(i, alpha[i]!)} >= 0`);
      rows.push(`z${i}_${k} ${utility(i, -beta[i]!)} ${utility(k, beta[i]!)} >= 0`);
    }
  }
  const gains = values.map((_, i) => utility(i, weights?.[i] ?? 1)).join(' ');
  const bounds = values.flatMap((_, i) => shares.map((b, j) => ` 0 <= x${i}_${j} <= ${Math.min(b, 1)}`));
  const answer = highs.solve(
    [
      'Maximize',
      ` obj: ${gains} ${costs.join(' ')}`,
      'Subject To',
      ...rows.map((row, r) => ` r${r}: ${row}`),
      'Bounds',
      ...bounds,
      'End',
    ].join('\n'),
    { primal_feasibility_tolerance: 1e-10, dual_feasibility_tolerance: 1e-10 },
  );
  if (answer.Status !== 'Optimal') throw new Error(`the programme is ${answer.Status}`);
  return answer.ObjectiveValue;
}

/** Most that Σ c_i x_i can be over 0 <= x_i <= b, Σ x_i <= 1. */
function itemWorth(rates: readonly number[], b: number): number {
  let left = 1;
  return [...rates]
    .filter((rate) => rate > 0)
    .sort((x, y) => y - x)
    .reduce((sum, rate) => {
      const part = Math.min(left, b);
      left -= part;
      return sum + rate * part;
    }, 0);
}

/** Σ_j of the most that item j can be worth at prices y of the agents' utilities. */
export function dualBound({ values, shares }: Aversion, y: readonly number[]): number {
  return shares.reduce(
    (sum, b, j) =>
      sum +
      itemWorth(
        values.map((row, i) => y[i]! * row[j]!),
        b,
      ),
    0,
  );
}

/** The most that y takes from any group of agents beyond what the pairs that it leaves allow, over all groups (2^n of them). */
export function dualViolation({ alpha, beta, weights }: Aversion, y: readonly number[]): number {
  const n = y.length;
  const taken = y.map((yi, i) => (weights?.[i] ?? 1) - yi);
  let worst = Math.abs(taken.reduce((a, b) => a + b, 0));
  for (let set = 1; set < 2 ** n - 1; set++) {
    let excess = 0;
    for (let i = 0; i < n; i++) {
      if (!((set >> i) & 1)) continue;
      excess += taken[i]!;
      for (let k = 0; k < n; k++) if (!((set >> k) & 1)) excess -= (beta[i]! + alpha[k]!) / (n - 1);
    }
    worst = Math.max(worst, excess);
  }
  return worst;
}
