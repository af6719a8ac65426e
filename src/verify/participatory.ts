import { AVERSION } from '../profiles/schema.js';
import { differ, judge, type Verdict } from './divisible.js';
import { worthOf } from './fehr-schmidt.js';
import type { ProfileView } from './profile.js';

/**
 * Feasibility and the duality gap of an allocation by participatory objectives (Shirali et al. 2024, Appendix A), by the definition of every objective.
 * The weights are those that the result states, which must be the input's where that has any.
 */
export function verifyParticipatory(view: ProfileView): Verdict {
  const { agents: n, items } = view;
  const problems: string[] = [];
  const violations: number[] = [0];
  const each = Array.from({ length: n }, (_, i) => i);
  const given = (name: string, i: number, otherwise: number) => view.input(name, i) ?? otherwise;
  const theta = (name: string) => each.map((i) => view.result(`theta_${name}`, i));
  for (const name of ['own', 'mean', 'chen_kempe', 'fehr_schmidt', 'max_envy', 'network_envy', 'floor']) {
    const stated = theta(name);
    const i = each.find((k) => given(`theta_${name}`, k, stated[k]!) !== stated[k]);
    if (i !== undefined)
      problems.push(
        `theta_${name}[${i}] is ${stated[i]} in the result, ${view.input(`theta_${name}`, i)} in the input`,
      );
  }
  const [own, mean, others, averse, greatest, local, low] = [
    'own',
    'mean',
    'chen_kempe',
    'fehr_schmidt',
    'max_envy',
    'network_envy',
    'floor',
  ].map(theta) as [number[], number[], number[], number[], number[], number[], number[]];
  const alpha = each.map((i) => (n > 1 ? (averse[i]! * given('alpha', i, AVERSION)) / (n - 1) : 0));
  const beta = each.map((i) => (n > 1 ? (averse[i]! * given('beta', i, AVERSION)) / (n - 1) : 0));
  const edge = (i: number, k: number) => (i === k ? 0 : local[i]! * given('network', i * n + k, 1 / (n - 1)));
  const x = each.map((i) => Array.from({ length: items }, (_, j) => view.result('allocation', i, j)));
  const worth = (i: number, k: number) => x[k]!.reduce((sum, amount, j) => sum + view.value(i, j) * amount, 0);
  const u = each.map((i) => worth(i, i));
  const all = u.reduce((a, b) => a + b, 0);
  let objective = 0;
  for (const i of each) {
    const envy = each.map((k) => (k === i ? 0 : Math.max(0, worth(i, k) - u[i]!)));
    objective += own[i]! * u[i]! + (mean[i]! * all) / n + others[i]! * (all - u[i]!) + low[i]! * Math.min(...u);
    objective -= greatest[i]! * Math.max(...envy);
    for (const k of each) {
      if (k === i) continue;
      objective -= alpha[i]! * Math.max(0, u[k]! - u[i]!) + beta[i]! * Math.max(0, u[i]! - u[k]!);
      objective -= edge(i, k) * envy[k]!;
    }
    if (differ(u[i]!, view.result('utilities', i)))
      problems.push(`utilities[${i}] is ${view.result('utilities', i)}, the allocation gives ${u[i]}`);
  }

  // The proof: envy duals within what envy costs, and no group of agents that is priced below what it adds.
  const hasDuals = !Number.isNaN(view.result('envy_duals', 0, 0));
  const dual = each.map((i) => each.map((k) => (hasDuals ? view.result('envy_duals', i, k) : 0)));
  const y = each.map((i) => view.result('dual', i));
  const sum = (list: readonly number[]) => list.reduce((a, b) => a + b, 0);
  const [gifts, floor] = [sum(mean) / n, Math.max(0, sum(low))];
  const w = each.map((i) => own[i]! + gifts + sum(others) - others[i]!);
  const taken = each.map((i) => w[i]! + sum(dual[i]!) - y[i]!);
  const edges = each.flatMap((i) => each.map((k) => edge(i, k)));
  const kinks = [...alpha, ...beta].map((a) => Math.abs(a) * (n - 1));
  const size = Math.max(...w.map(Math.abs), ...(n > 1 ? greatest : []), ...edges, ...kinks, floor) || 1;
  const wrong: number[] = [sum(taken) + floor];
  for (const i of each) {
    const beyond = dual[i]!.map((l, k) => Math.max(0, l - edge(i, k)));
    wrong.push(...dual[i]!.map((l) => -l), sum(beyond) - (n > 1 ? greatest[i]! : 0));
  }
  for (let s = 1; s < n; s++) {
    const keys = each.map((i) => taken[i]! - (n - s) * beta[i]! + s * alpha[i]!).sort((a, b) => b - a);
    wrong.push(sum(keys.slice(0, s)) - s * sum(alpha));
  }
  violations.push(...wrong.map((excess) => excess / size));
  let [bound, utopia] = [0, 0];
  for (let j = 0; j < items; j++) {
    const b = Math.min(1, view.input('shares', j) ?? 1);
    const column = x.map((row) => row[j]!);
    violations.push(...column.flatMap((amount) => [-amount, amount - b]), sum(column) - 1);
    const values = each.map((i) => view.value(i, j));
    utopia += worthOf(values, b);
    bound += worthOf(
      each.map((k) => y[k]! * values[k]! - sum(each.map((i) => dual[i]![k]! * values[i]!))),
      b,
    );
  }
  const scale = utopia * size;
  if (differ(objective, view.result('objective'), scale))
    problems.push(`objective is ${view.result('objective')}, the allocation gives ${objective}`);
  if (differ(bound, view.result('dual_bound'), scale))
    problems.push(`dual_bound is ${view.result('dual_bound')}, the duals give ${bound}`);
  const gap = Math.abs(bound - objective);
  const residual = Math.max(scale > 0 ? gap / scale : gap, ...violations);
  return { residual, problems: [...problems, ...judge(view, residual)] };
}
