import type { Verdict } from './divisible.js';
import { canGain, type ProfileView } from './profile.js';

const ACCURATE = 1e-7; // of the inequality of proportional fairness, and of feasibility
const SAME = 1e-9;

/** Feasibility and utilities of amounts; the largest violation, in units of max(1, largest supply). */
function feasibility(view: ProfileView, problems: string[]): number {
  const { agents, items } = view;
  const left = Array.from({ length: items }, (_, m) => view.budget(m));
  const unit = Math.max(1, ...left);
  let worst = 0;
  for (let i = 0; i < agents; i++) {
    let utility = 0;
    for (let m = 0; m < items; m++) {
      const amount = view.result('allocation', i, m);
      utility += view.value(i, m) * amount;
      left[m]! -= amount;
      worst = Math.max(worst, -amount, amount - Math.min(view.demand(i, m), view.budget(m)));
    }
    const claimed = view.result('utilities', i);
    if (!(Math.abs(utility - claimed) <= SAME * Math.max(1, utility))) {
      problems.push(`utilities[${i}] is ${claimed}, the allocation gives ${utility}`);
    }
  }
  worst = Math.max(worst, ...left.map((rest) => -rest)) / unit;
  if (!(worst <= ACCURATE)) problems.push(`the allocation exceeds demands or supplies by ${worst}`);
  return worst;
}

/**
 * How far amounts are from proportional fairness: the largest Σ w_i (u'_i − u_i)/u_i over feasible u', a linear programme that falls apart by
 * item (Kelly 1997). 0 at proportional fairness.
 */
function unfairness(view: ProfileView, amountOf: (i: number, m: number) => number): number {
  const { agents, items } = view;
  const able = Array.from({ length: agents }, (_, i) => i).filter((i) => canGain(view, i));
  const marginal = new Map<number, number>();
  let sum = 0;
  for (const i of able) {
    let utility = 0;
    for (let m = 0; m < items; m++) utility += view.value(i, m) * amountOf(i, m);
    marginal.set(i, view.weight(i) / utility);
    sum -= view.weight(i);
  }
  for (let m = 0; m < items; m++) {
    let left = view.budget(m);
    const wishes = able.map((i) => [marginal.get(i)! * view.value(i, m), Math.min(view.demand(i, m), left)] as const);
    wishes.sort((a, b) => b[0] - a[0]);
    for (const [rate, most] of wishes) {
      const amount = Math.min(left, most);
      sum += rate * amount;
      left -= amount;
    }
  }
  return sum;
}

function judgeFairness(view: ProfileView, amountOf: (i: number, m: number) => number, what: string): string[] {
  const violation = unfairness(view, amountOf);
  return Math.abs(violation) <= ACCURATE
    ? []
    : [`${what} is not proportionally fair: the inequality fails by ${violation}`];
}

/**
 * Partial Allocation: feasible, fractions in [0, 1] and at least 1/e where weights are equal (Cole, Gkatzelis, Goel 2013), and what the
 * fractions were taken of is proportionally fair. The fractions' own programmes, one without each agent, are not solved again.
 */
export function verifyPartialAllocation(view: ProfileView): Verdict {
  const problems: string[] = [];
  const residual = feasibility(view, problems);
  const weights = Array.from({ length: view.agents }, (_, i) => view.weight(i));
  const least = weights.every((w) => w === weights[0]) ? Math.exp(-1) : 0;
  for (let i = 0; i < view.agents; i++) {
    const f = view.result('fractions', i);
    if (!(f >= least - SAME && f <= 1)) problems.push(`fractions[${i}] is ${f}, expected ${least} to 1`);
    else if (!canGain(view, i) && f !== 1)
      problems.push(`fractions[${i}] is ${f}, expected 1 for who can gain nothing`);
  }
  if (problems.length === 0) {
    const whole = (i: number, m: number) => view.result('allocation', i, m) / view.result('fractions', i);
    problems.push(...judgeFairness(view, whole, 'the allocation over its fractions'));
  }
  return { residual, problems };
}

/** The mixture: feasible, and proportionally fair where that was drawn. What Partial Allocation withheld is not in its result. */
export function verifyMixture(view: ProfileView): Verdict {
  const problems: string[] = [];
  const residual = feasibility(view, problems);
  const drawn = view.result('drawn');
  if (drawn !== 0 && drawn !== 1) problems.push(`drawn is ${drawn}, expected 0 or 1`);
  if (problems.length === 0 && drawn === 1) {
    problems.push(...judgeFairness(view, (i, m) => view.result('allocation', i, m), 'the allocation'));
  }
  return { residual, problems };
}
