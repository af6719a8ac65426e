import { AVERSION } from '../profiles/schema.js';
import { differ, judge, type Verdict } from './divisible.js';
import type { ProfileView } from './profile.js';

/** Most that Σ c_i x_i can be over 0 <= x_i <= b, Σ x_i <= 1. */
export function worthOf(rates: readonly number[], b: number): number {
  let [sum, left] = [0, 1];
  for (const rate of [...rates].sort((x, y) => y - x)) {
    if (!(rate > 0) || left <= 0) break;
    sum += rate * Math.min(b, left);
    left -= b;
  }
  return sum;
}

/**
 * How far y is from pricing every order of the agents: 1 − y must not take more from any group S than the pairs that S leaves cost it,
 * F(S) = Σ_{i in S, k not in S} (β_i + α_k)/(n − 1), and exactly 0 from all. Largest excess over groups of each size.
 */
function excess(y: readonly number[], alpha: readonly number[], beta: readonly number[]): number {
  const n = y.length;
  let worst = Math.abs(y.reduce((a, b) => a + b, 0) - n);
  const all = alpha.reduce((a, b) => a + b, 0);
  for (let s = 1; s < n; s++) {
    const rest = y.map((yi, i) => ((n - s) * beta[i]! - s * alpha[i]!) / (n - 1) - (1 - yi)).sort((a, b) => a - b);
    worst = Math.max(worst, -((s * all) / (n - 1) + rest.slice(0, s).reduce((a, b) => a + b, 0)));
  }
  return worst;
}

/** Feasibility and the duality gap of a Fehr-Schmidt allocation (Shirali et al. 2024, Eq. 9 to 11), by the definition of the objective. */
export function verifyFehrSchmidt(view: ProfileView): Verdict {
  const { agents, items } = view;
  const problems: string[] = [];
  const violations: number[] = [];
  const each = Array.from({ length: agents }, (_, i) => i);
  const alpha = each.map((i) => view.input('alpha', i) ?? AVERSION);
  const beta = each.map((i) => view.input('beta', i) ?? AVERSION);
  const u = each.map(() => 0);
  const y = each.map((i) => view.result('dual', i));
  let [bound, utopia] = [0, 0];
  for (let m = 0; m < items; m++) {
    const b = Math.min(1, view.input('shares', m) ?? 1);
    let used = 0;
    for (const i of each) {
      const amount = view.result('allocation', i, m);
      u[i]! += view.value(i, m) * amount;
      used += amount;
      violations.push(-amount, amount - b);
    }
    violations.push(used - 1);
    utopia += worthOf(
      each.map((i) => view.value(i, m)),
      b,
    );
    bound += worthOf(
      each.map((i) => y[i]! * view.value(i, m)),
      b,
    );
  }
  let objective = 0;
  for (const i of each) {
    if (differ(u[i]!, view.result('utilities', i)))
      problems.push(`utilities[${i}] is ${view.result('utilities', i)}, the allocation gives ${u[i]}`);
    objective += u[i]!;
    for (const k of each) {
      if (k === i) continue;
      const behind = Math.max(0, u[k]! - u[i]!);
      const ahead = Math.max(0, u[i]! - u[k]!);
      objective -= (alpha[i]! * behind + beta[i]! * ahead) / (agents - 1);
    }
  }
  if (differ(objective, view.result('objective'), utopia))
    problems.push(`objective is ${view.result('objective')}, the allocation gives ${objective}`);
  if (differ(bound, view.result('dual_bound'), utopia))
    problems.push(`dual_bound is ${view.result('dual_bound')}, the duals give ${bound}`);
  const size = Math.max(1, 2 * Math.max(...alpha, ...beta));
  const residual = Math.max(
    utopia > 0 ? Math.abs(bound - objective) / utopia : Math.abs(bound),
    (agents > 1 ? excess(y, alpha, beta) : Math.abs(y[0]! - 1)) / size,
    ...violations,
  );
  return { residual, problems: [...problems, ...judge(view, residual)] };
}
