import { InputError } from '../errors.js';
import type { OrdinalBatch } from '../profiles/ordinal.js';
import { isAnswer, type NamedArrays } from '../types.js';
import { rowUnits } from './ordinal.js';

export interface OcamVerdict {
  readonly problems: readonly string[];
  readonly unanswered: boolean;
  /** Nothing was handed out twice. */
  readonly withinCapacity: boolean;
}

const MOST_PROBLEMS = 20;

/**
 * Replays a result of the online mechanism from its prices and budgets: agents of the sample take the best that is left, the others the best that their
 * budget pays for at the prices posted when they came. Whoever was stopped must have what is best among what was left, and nobody else may have been.
 * In order of arrival; a result with batches is judged by its feasibility alone.
 */
export function verifyOcam(problem: OrdinalBatch, results: NamedArrays): OcamVerdict {
  const agents = problem.bundleStart.length - 1;
  const goods = problem.capacities.length;
  const take = (name: string, length?: number): number[] => {
    const array = results[name];
    if (!array) throw new InputError(`the result lacks ${name}`, { array: name });
    if (array.shape.length !== 1 || (length !== undefined && array.shape[0] !== length)) {
      throw new InputError(`${name} has shape [${array.shape.join(',')}], expected [${length ?? 'P'}]`, {
        array: name,
      });
    }
    return Array.from(array.data as ArrayLike<number>, Number);
  };
  const [assignment, budgets, phase, stopped] = ['assignment', 'budgets', 'phase', 'stopped'].map((name) =>
    take(name, agents),
  ) as [number[], number[], number[], number[]];
  const consumed = take('consumed', goods);
  const prices = take('prices', goods);
  const pricingAt = take('pricing_at');
  const posted = take('posted_prices', pricingAt.length * goods);
  take('pricing_reason', pricingAt.length);
  take('worst_clearing', 1);
  const [status] = take('status', 1);
  const [residual] = take('residual', 1);
  const problems: string[] = [];
  const note = (text: string) => {
    if (problems.length < MOST_PROBLEMS) problems.push(text);
  };
  if (!isAnswer(status!)) {
    if (residual !== Infinity) note(`status is ${status} but residual is ${residual}, expected infinity`);
    if (assignment.some((choice) => choice !== -1)) note(`status is ${status} but there are bundles`);
    return { problems, unanswered: true, withinCapacity: true };
  }
  if (!(residual! >= 0 && residual! <= 1e-9)) note(`residual is ${residual}, expected at most 1e-9`);
  const used = Array<number>(goods).fill(0);
  const pricing = (k: number) => posted.slice(k * goods, (k + 1) * goods);
  const last = pricingAt.length === 0 ? Array<number>(goods).fill(0) : pricing(pricingAt.length - 1);
  last.forEach((p, g) => {
    if (p !== prices[g]) note(`prices[${g}] is ${prices[g]}, the last that were posted are ${p}`);
  });
  const sample = phase.filter((p) => p === 0).length;
  // Agents in the order of their numbers were served in it unless batches mixed sample and others up, or anybody within one.
  const inOrder = phase.every((p, i) => p === (i < sample ? 0 : 1));
  let wishes = 0;
  let epoch = -1;
  let costs = Array<number>(goods).fill(0);
  for (let i = 0; i < agents; i++) {
    while (epoch + 1 < pricingAt.length && pricingAt[epoch + 1]! <= i) costs = pricing(++epoch);
    const [from, to] = [problem.bundleStart[i]!, problem.bundleStart[i + 1]!];
    const choice = assignment[i]!;
    if (!(Number.isInteger(choice) && choice >= -1 && choice < to - from)) {
      note(`assignment[${i}] is ${choice}, expected -1 to ${to - from - 1}`);
      continue;
    }
    if (!(budgets[i]! >= 0 && budgets[i]! <= 1)) note(`budgets[${i}] is ${budgets[i]}, expected a number from 0 to 1`);
    const price = (t: number) => rowUnits(problem, t).reduce((sum, [g, n]) => sum + n * costs[g]!, 0);
    const chosen = choice < 0 ? to : from + choice;
    if (choice >= 0 && phase[i] === 1 && inOrder && price(chosen) > budgets[i]! + 1e-12) {
      note(`agent ${i} has a bundle that costs ${price(chosen)} and a budget of ${budgets[i]}`);
    }
    let better = 0;
    for (let t = from; t < chosen; t++) if (phase[i] === 0 || price(t) < budgets[i]! - 1e-12) better += 1;
    if (phase[i] === 1 && stopped[i] === 0 && better > 0 && inOrder) wishes += 1;
    if (phase[i] === 0 && stopped[i] !== 0) note(`stopped[${i}] is ${stopped[i]}, an agent of the sample has 0`);
    if (choice >= 0) for (const [g, n] of rowUnits(problem, chosen)) used[g]! += n;
  }
  if (wishes > 0) note(`${wishes} agents could have paid for a bundle that they prefer, and were not stopped`);
  used.forEach((n, g) => {
    if (n !== consumed[g]) note(`consumed[${g}] is ${consumed[g]}, the assignment hands out ${n}`);
  });
  const worst = used.reduce((most, n, g) => {
    const c = problem.capacities[g]!;
    const z = (n - c) / (c > 0 ? c : 1);
    return Math.max(most, prices[g]! > 0 ? Math.abs(z) : z);
  }, 0);
  const stated = Number(results.worst_clearing!.data[0]);
  if (!(Math.abs(stated - worst) <= 1e-12)) note(`worst_clearing is ${stated}, the assignment has ${worst}`);
  return { problems, unanswered: false, withinCapacity: used.every((n, g) => n <= problem.capacities[g]!) };
}
