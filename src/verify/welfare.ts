import { bestReply, limitsOf, piecesOf, polytopeOf } from './constraints.js';
import type { Verdict } from './divisible.js';
import type { ProfileView } from './profile.js';
import { OWN_FUNCTION, welfareRuleOf, type Term, type WelfareRule } from './welfare-rule.js';

const ACCURATE = 1e-8; // residual of status 0
const SAME = 1e-9; // relative difference at which two computations of one number agree
/** What the linear programmes of this check may miss by. */
const SLACK = 1e-9;

/**
 * Feasibility under caps and constraints, utilities, welfare, and the bound that prices and marginals prove (weak duality: an agent's best reply to them
 * is a linear programme of its own). The function of utilities and who wants equal amounts
 * stand in the result; of a function of one's own only feasibility and utilities are checked.
 */
export function verifyWelfare(view: ProfileView): Verdict {
  const { agents, items } = view;
  const problems: string[] = [];
  const rule = welfareRuleOf(view);
  const supply = Math.max(1, ...Array.from({ length: items }, (_, m) => view.budget(m)));
  const violations: number[] = [0];
  const left = Array.from({ length: items }, (_, m) => view.budget(m));
  const price = left.map((_, m) => view.result('prices', m));
  let bound = price.reduce((sum, p, m) => sum + p * view.budget(m), 0);
  const terms: Term[] = [];
  for (let i = 0; i < agents; i++) {
    const polytope = polytopeOf(view, i);
    const amounts = left.map((_, m) => view.result('allocation', i, m));
    const pieces = piecesOf(view, i);
    const cap = view.input('caps', i) ?? Infinity;
    const utility = Math.min(cap, ...pieces.map(({ constant, slopes }) => constant + dot(slopes, amounts)));
    if (differ(utility, view.result('utilities', i)))
      problems.push(`utilities[${i}] is ${view.result('utilities', i)}, the allocation gives ${utility}`);
    amounts.forEach((amount, m) => {
      left[m]! -= amount;
      violations.push(-amount / supply, (amount - polytope.most[m]!) / supply);
    });
    for (const { a, low, high, size } of polytope.rows) {
      const sum = dot(a, amounts);
      violations.push((sum - high) / size, (low - sum) / size);
    }
    const weight = view.weight(i);
    const limits = limitsOf(polytope);
    if (!(
      weight > 0 &&
      cap > 0 &&
      bestReply(
        pieces,
        limits,
        1,
        left.map(() => 0),
      ) > 0
    ))
      continue;
    const marginal = view.result('marginals', i);
    violations.push(-marginal);
    terms.push({ weight, cap, utility, marginal });
    bound += bestReply(pieces, limits, marginal, price);
  }
  left.forEach((rest, m) => violations.push(-rest / supply, -price[m]!));
  // Nobody else's function is in the file: what remains is what one can see.
  if (view.result('welfare_function') === OWN_FUNCTION) return { residual: Math.max(...violations), problems };
  const objective = welfare(rule, terms);
  bound = rule.leximin ? levelBound(bound, terms) : terms.reduce((sum, term) => sum + rule.best(term), bound);
  const unit =
    terms.length === 0
      ? 1
      : rule.leximin
        ? objective
        : terms.reduce((sum, t) => sum + t.weight * rule.slope(t.utility) * t.utility, 0);
  const tell = (name: string, value: number, wrong: boolean) => {
    if (wrong) problems.push(`${name} is ${view.result(name)}, this check finds ${value}`);
  };
  const scale = Math.max(unit, Math.abs(objective));
  tell('objective', objective, !(Math.abs(objective - view.result('objective')) <= SAME * scale));
  // A bound may be looser than what the best multipliers of constraints give, never tighter.
  tell('dual_bound', bound, !(bound - view.result('dual_bound') <= SLACK * scale));
  const gap = Math.abs(view.result('dual_bound') - objective) / unit;
  const residual = Math.max(gap, ...violations);
  const stated = view.result('residual');
  // Leximin states the largest gap of all its rounds, of which the first is checked here.
  const same = rule.leximin ? residual <= stated + SLACK : Math.abs(residual - stated) <= SLACK + SAME * stated;
  if (view.result('status') === 0 && !(Math.max(residual, stated) <= ACCURATE)) {
    problems.push(`the residual is ${Math.max(residual, stated)}, too large for status 0`);
  } else if (!same) problems.push(`residual is ${stated}, this check finds ${residual}`);
  return { residual, problems };
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, x, k) => sum + x * b[k]!, 0);
}

function differ(a: number, b: number): boolean {
  return !(Math.abs(a - b) <= SAME * Math.max(1, Math.abs(a), Math.abs(b)));
}

function welfare(rule: WelfareRule, terms: readonly Term[]): number {
  if (terms.length === 0) return 0;
  if (rule.leximin) return Math.min(...terms.map(({ utility, weight }) => utility / weight));
  return terms.reduce((sum, { utility, weight }) => sum + weight * rule.value(utility), 0);
}

/** The bound on the smallest V / w: marginals have to make up 1, or what is missing counts at the lowest cap. */
function levelBound(value: number, terms: readonly Term[]): number {
  if (terms.length === 0) return 0;
  const shares = terms.reduce((sum, { weight, marginal }) => sum + weight * marginal, 0);
  const lowest = Math.min(...terms.map(({ cap, weight }) => cap / weight));
  if (lowest < Infinity) return value + lowest * Math.max(1 - shares, 0);
  return shares > 0.5 ? value / Math.min(shares, 1) : Infinity;
}
