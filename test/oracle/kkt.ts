import { Matrix, SingularValueDecomposition } from 'ml-matrix';
import type { Slopes } from '../helpers/gradient.js';
import type { Profile, Returned } from './proportional-fairness.js';

/** Slack or dual below which a constraint is weakly active. */
const VANISHES = 1e-9;

/** The KKT matrix of Zeng et al. 2023, Appendices B and C, at a rounded active set, and the indices of its unknowns. */
export interface Kkt {
  readonly K: Matrix;
  /** Agents that get something; the others are left out. */
  readonly agents: readonly number[];
  /** Row of a_im, and as far behind as there are entries that of μ_im and of ν_im. */
  readonly entry: (i: number, m: number) => number;
  /** Row of λ_m. */
  readonly budget: (m: number) => number;
  /** μ_i − ν_i − λ − z_i */
  readonly q: readonly (readonly number[])[];
  /** Places of the duals in the rows of ν and λ: the duals themselves, 1 where slack and dual vanish. */
  readonly nu: readonly (readonly number[])[];
  readonly lambda: readonly number[];
}

/** Of a slack and its dual the smaller becomes 0; where both vanish the larger becomes 1. */
function rounded(dual: number, slack: number): readonly [number, number] {
  if (dual > slack) return [dual > VANISHES ? dual : 1, 0];
  return [0, slack > VANISHES ? slack : 1];
}

/**
 * Assembles K for supplies and weights of ordinary size. Demands above the supply, and infinite ones, give no upper bound. Entries with
 * demand 0 have both slacks 0 and the duals that stationarity asks for, or none with `fixedDuals` false.
 */
export function kktMatrix(p: Profile, r: Returned, utilities: readonly number[], fixedDuals = true): Kkt {
  const items = p.budgets.length;
  const agents = [...utilities.keys()].filter((i) => utilities[i]! > 0);
  const n = agents.length * items;
  const K = Matrix.zeros(3 * n + items, 3 * n + items);
  const entry = (i: number, m: number): number => agents.indexOf(i) * items + m;
  const budget = (m: number): number => 3 * n + m;
  const bound = (i: number, m: number): number => (p.demands[i]![m]! > p.budgets[m]! ? Infinity : p.demands[i]![m]!);

  // What holds an agent without a bound is the price.
  const shift = p.budgets.map((_, m) =>
    Math.max(0, ...agents.map((i) => (bound(i, m) === Infinity && r.allocation[i]![m]! > 0 ? r.upper[i]![m]! : 0))),
  );
  const prices = p.budgets.map((b, m) => {
    const slack = b - agents.reduce((sum, i) => sum + r.allocation[i]![m]!, 0);
    const price = r.prices[m]! + shift[m]!;
    const [place, left] = rounded(price, slack);
    K.set(budget(m), budget(m), -left);
    for (const i of agents) K.set(budget(m), entry(i, m), place);
    return { place, price: place > 0 ? price : 0 };
  });

  const q = p.values.map((row) => row.map(() => 0));
  const nu = p.values.map((row) => row.map(() => 0));
  for (const i of agents) {
    for (let m = 0; m < items; m++) {
      const [e, x] = [entry(i, m), bound(i, m)];
      const price = prices[m]!.price;
      let [low, high, slackLow, slackHigh] = [0, 0, 0, 0];
      let placeLow: number;
      let placeHigh = 0;
      if (x === 0) {
        const marginal = (p.weights[i]! * p.values[i]![m]!) / utilities[i]! - price - p.regularizer[i]![m]!;
        if (fixedDuals) [low, high] = [Math.max(-marginal, 0), Math.max(marginal, 0)];
        [placeLow, placeHigh] = [low, high];
        if (fixedDuals && Math.abs(marginal) <= VANISHES) [placeLow, placeHigh] = marginal > 0 ? [0, 1] : [1, 0];
      } else {
        const a = r.allocation[i]![m]!;
        const mu = r.lower[i]![m]! + (a > 0 ? 0 : shift[m]!);
        [placeLow, slackLow] = rounded(mu, a);
        low = placeLow > 0 ? mu : 0;
        if (x < Infinity) {
          [placeHigh, slackHigh] = rounded(r.upper[i]![m]!, x - a);
          high = placeHigh > 0 ? r.upper[i]![m]! : 0;
        } else slackHigh = -1;
      }
      q[i]![m] = low - high - price - p.regularizer[i]![m]!;
      nu[i]![m] = placeHigh;
      for (let l = 0; l < items; l++) K.set(e, entry(i, l), q[i]![m]! * p.values[i]![l]!);
      K.set(e, n + e, utilities[i]!);
      K.set(e, 2 * n + e, x === Infinity ? 0 : -utilities[i]!);
      K.set(e, budget(m), -utilities[i]!);
      K.set(n + e, e, placeLow);
      K.set(n + e, n + e, slackLow);
      K.set(2 * n + e, e, placeHigh);
      K.set(2 * n + e, 2 * n + e, -slackHigh);
    }
  }
  return { K, agents, entry, budget, q, nu, lambda: prices.map(({ place }) => place) };
}

/** Least-squares solution of least norm, rank missing, and largest violation; singular values below 1e-11 of the largest count as 0. */
export function pseudoSolve(A: Matrix, b: readonly number[]): { x: number[]; nullity: number; residual: number } {
  const { diagonal, leftSingularVectors: U, rightSingularVectors: V } = new SingularValueDecomposition(A);
  const b1 = Matrix.columnVector([...b]);
  const projected = U.transpose().mmul(b1).to1DArray();
  const cut = 1e-11 * Math.max(...diagonal);
  const scaled = diagonal.map((s, k) => (s > cut ? projected[k]! / s : 0));
  const x = V.mmul(Matrix.columnVector(scaled));
  const residual = Math.max(...Matrix.sub(A.mmul(x), b1).to1DArray().map(Math.abs));
  return { x: x.to1DArray(), nullity: diagonal.filter((s) => !(s > cut)).length, residual };
}

/** Kᵀ g = (l', 0, 0, 0) by pseudo-inverse, and the derivatives from g. */
export function kktGradient(
  p: Profile,
  r: Returned,
  utilities: readonly number[],
  cotangent: readonly (readonly number[])[],
  fixedDuals = true,
): { slopes: Slopes; nullity: number; residual: number; g: number[][] } {
  const { K, agents, entry, budget, q, nu, lambda } = kktMatrix(p, r, utilities, fixedDuals);
  const items = p.budgets.length;
  const n = agents.length * items;
  const rhs = Array<number>(3 * n + items).fill(0);
  for (const i of agents) cotangent[i]!.forEach((c, m) => (rhs[entry(i, m)] = c));
  const { x, nullity, residual } = pseudoSolve(K.transpose(), rhs);
  const all = p.values.map((row, i) => row.map((_, m) => (agents.includes(i) ? x[entry(i, m)]! : 0)));
  const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, y, k) => sum + y * b[k]!, 0);
  const table = (of: (i: number, m: number) => number): Float64Array =>
    Float64Array.from(p.values.flatMap((row, i) => row.map((_, m) => (agents.includes(i) ? of(i, m) : 0))));
  const slopes = {
    d_values: table((i, m) => -(p.weights[i]! * all[i]![m]! + r.allocation[i]![m]! * dot(q[i]!, all[i]!))),
    d_demands: table((i, m) => nu[i]![m]! * x[2 * n + entry(i, m)]!),
    d_weights: Float64Array.from(p.values.map((row, i) => -dot(row, all[i]!))),
    d_regularizer: table((i, m) => utilities[i]! * all[i]![m]!),
    d_budgets: Float64Array.from(lambda.map((place, m) => place * x[budget(m)]!)),
  };
  return { slopes, nullity, residual, g: all };
}
