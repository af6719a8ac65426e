import { canGain, type ProfileView } from './profile.js';

const ACCURATE = 1e-8; // residual of status 0
const SAME = 1e-9; // relative difference at which two computations of one number agree

export interface Verdict {
  /** Residual that this check computed. */
  readonly residual: number;
  /** What is wrong, one clause each. */
  readonly problems: string[];
}

function differ(a: number, b: number): boolean {
  return !(Math.abs(a - b) <= SAME * Math.max(1, Math.abs(a), Math.abs(b)));
}

/** Optimality conditions of proportional fairness at the numbers of the file (Zeng et al. 2023, Eq. 3 and 14). */
export function verifyProportionalFairness(view: ProfileView): Verdict {
  const { agents, items } = view;
  const problems: string[] = [];
  const price = Array.from({ length: items }, (_, m) => view.result('prices', m));
  const prices: number[] = [0];
  const quantities: number[] = [0];
  const products: number[] = [0];
  const left = price.map((_, m) => view.budget(m));
  for (let i = 0; i < agents; i++) {
    const live = canGain(view, i);
    let utility = 0;
    for (let m = 0; m < items; m++) utility += view.value(i, m) * view.result('allocation', i, m);
    if (differ(live ? utility : 0, view.result('utilities', i))) {
      problems.push(`utilities[${i}] is ${view.result('utilities', i)}, the allocation gives ${live ? utility : 0}`);
    }
    for (let m = 0; m < items; m++) {
      const amount = view.result('allocation', i, m);
      const low = view.result('lower_duals', i, m);
      const high = view.result('upper_duals', i, m);
      const bound = live && view.budget(m) > 0 ? view.demand(i, m) : 0;
      const marginal = live ? (view.weight(i) * view.value(i, m)) / utility : 0;
      left[m]! -= amount;
      prices.push(Math.abs(marginal - view.regularizer(i, m) - price[m]! + low - high), -low, -high);
      quantities.push(-amount, amount - bound);
      products.push(Math.abs(low * amount), Math.abs(high * (bound - amount)));
    }
  }
  price.forEach((p, m) => {
    prices.push(-p);
    quantities.push(-left[m]!);
    products.push(Math.abs(p * left[m]!));
  });
  const priceUnit = Math.max(1, ...price);
  const supplyUnit = Math.max(1, ...price.map((_, m) => view.budget(m)));
  const residual = Math.max(
    largest(prices) / priceUnit,
    largest(quantities) / supplyUnit,
    largest(products) / (priceUnit * supplyUnit),
  );
  return { residual, problems: [...problems, ...judge(view, residual)] };
}

/** Feasibility and utilities of an allocation by a rule that leaves no certificate. */
export function verifyFeasible(view: ProfileView): Verdict {
  const { agents, items } = view;
  const problems: string[] = [];
  const violations: number[] = [0];
  const left = Array.from({ length: items }, (_, m) => view.budget(m));
  for (let i = 0; i < agents; i++) {
    let utility = 0;
    for (let m = 0; m < items; m++) {
      const amount = view.result('allocation', i, m);
      utility += view.value(i, m) * amount;
      left[m]! -= amount;
      violations.push(-amount, amount - Math.min(view.demand(i, m), view.budget(m)));
    }
    if (differ(utility, view.result('utilities', i)))
      problems.push(`utilities[${i}] is ${view.result('utilities', i)}, the allocation gives ${utility}`);
  }
  const unit = Math.max(1, ...left.map((_, m) => view.budget(m)));
  const residual = largest([...violations, ...left.map((rest) => -rest)]) / unit;
  if (!(residual <= ACCURATE)) problems.push(`demands or supplies are exceeded by ${residual}`);
  return { residual, problems };
}

/** Largest element; NaN if there is one. */
function largest(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => (a >= b ? a : b > a ? b : NaN), 0);
}

function judge(view: ProfileView, residual: number): string[] {
  const claimed = view.result('residual');
  const solved = view.result('status') === 0;
  if (!(residual <= ACCURATE) && solved) return [`the residual is ${residual}, too large for status 0`];
  if (!(Math.abs(residual - claimed) <= 1e-9 + SAME * Math.abs(claimed)))
    return [`residual is ${claimed}, this check finds ${residual}`];
  return [];
}
