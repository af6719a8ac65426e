import { Stream } from '../../random.js';
import type { Kernels } from '../../wasm/kernels.js';
import { mergeBundles } from '../eceei/bundles.js';
import type { OrdinalProblem } from '../mechanism.js';
import { Control, type Books, type Pricing } from './control.js';
import type { Lists } from './pricing.js';
import type { OcamSettings } from './settings.js';
import { drawBudgets, Stall } from './stall.js';

/** What happened to every agent, in the order of the problem. */
export interface Assigned {
  readonly assignment: BigInt64Array;
  readonly stopped: Int8Array;
  readonly phase: Int8Array;
  readonly budgets: Float64Array;
  readonly books: Books;
  readonly pricings: readonly Pricing[];
}

/**
 * Serves all agents of a problem in order of arrival (in random order within batches), many between two looks at the prices. Undefined if the sample has no
 * prices that clear.
 */
export function serveAll(kernels: Kernels, problem: OrdinalProblem, settings: OcamSettings): Assigned | undefined {
  const { arena, call } = kernels;
  const agents = problem.bundleStart.length - 1;
  const mark = arena.mark();
  try {
    const order = serviceOrder(agents, settings);
    const money = problem.agentBudgets ?? drawBudgets(kernels, settings, 0, agents);
    const lists = listsInOrder(kernels, problem, order);
    const control = new Control(kernels, Float64Array.from(problem.capacities), settings, agents);
    const { books } = control;
    const stall = new Stall(kernels, lists.contents, problem.capacities.length);
    const [start, ids, budgets, assignment, stopped] = [
      lists.start.byteLength,
      lists.ids.byteLength,
      8 * agents,
      8 * agents,
      agents,
    ].map((bytes) => arena.take(bytes)) as [number, number, number, number, number];
    arena.i32(start, lists.start.length).set(lists.start);
    arena.i32(ids, lists.ids.length).set(lists.ids);
    arena.f64(budgets, agents).set(Float64Array.from(order, (i) => money[i]!));
    for (let served = 0; served < agents;) {
      const until = Math.min(agents, control.next(served));
      const sampling = control.sampling(served);
      stall.write(books);
      call.stallServe(stall.at, start, ids, served, until, budgets, assignment, stopped);
      stall.read(books);
      // In the sample everything is free and what is gone is gone, as in any serial dictatorship.
      if (sampling) arena.i8(stopped, agents).fill(0, served, until);
      served = until;
      if (served < agents) control.check(served, () => lists);
      if (control.pricings[0]?.used === false) return undefined;
    }
    const taken = new BigInt64Array(call.memory.buffer, assignment, agents);
    const result = {
      assignment: new BigInt64Array(agents),
      stopped: new Int8Array(agents),
      phase: new Int8Array(agents),
      budgets: money.slice(),
      books,
      pricings: control.pricings,
    };
    const gone = arena.i8(stopped, agents);
    order.forEach((i, k) => {
      result.assignment[i] = taken[k]!;
      result.stopped[i] = gone[k]!;
      result.phase[i] = k < control.sample ? 0 : 1;
    });
    if (settings.mode === 'paper' && !problem.agentBudgets) discreteBudgets(lists, order, control, settings, result);
    return result;
  } finally {
    arena.release(mark);
  }
}

/** Agents in the order in which they are served: that of arrival, shuffled within each batch. */
function serviceOrder(agents: number, { batch, seed }: OcamSettings): Int32Array {
  const order = Int32Array.from({ length: agents }, (_, i) => i);
  if (batch === 1) return order;
  for (let first = 0; first < agents; first += batch) {
    const size = Math.min(batch, agents - first);
    order.set(
      new Stream(seed, 2, first).choose(size, size).map((k) => first + k),
      first,
    );
  }
  return order;
}

/** Agents' lists in the order in which they are served. */
export function listsInOrder(kernels: Kernels, problem: OrdinalProblem, order: Int32Array): Lists {
  const { arena } = kernels;
  const mark = arena.mark();
  const bundles = mergeBundles(kernels, problem);
  const from = arena.i32(bundles.ids, problem.bundleStart.at(-1)!);
  const start = new Int32Array(order.length + 1);
  const ids = new Int32Array(from.length);
  order.forEach((i, k) => {
    const own = from.subarray(problem.bundleStart[i], problem.bundleStart[i + 1]);
    ids.set(own, start[k]);
    start[k + 1] = start[k]! + own.length;
  });
  arena.release(mark);
  return { contents: bundles, ids, start };
}

/**
 * Budgets as the printed mechanism draws them for types that the sample has seen: of the discrete law with an atom max(1 − eps, p·x) for every bundle x that the
 * type buys, with the chance that it buys it. A uniform budget and the atom below it buy the same, so only the budgets change.
 */
function discreteBudgets(
  { contents, ids, start }: Lists,
  order: Int32Array,
  { books, sample }: Control,
  { epsilonBudget }: OcamSettings,
  { assignment, budgets }: Pick<Assigned, 'assignment' | 'budgets'>,
): void {
  const listOf = (k: number) => ids.subarray(start[k], start[k + 1]).join();
  const seen = new Set(Array.from({ length: sample }, (_, k) => listOf(k)));
  const low = 1 - epsilonBudget;
  for (let k = sample; k < order.length; k++) {
    if (!seen.has(listOf(k))) continue;
    const choice = Number(assignment[order[k]!]);
    let cost = 0;
    if (choice >= 0) {
      const b = ids[start[k]! + choice]!;
      for (let e = contents.start[b]!; e < contents.start[b + 1]!; e++) {
        cost += contents.units[e]! * books.prices[contents.good[e]!]!;
      }
    }
    budgets[order[k]!] = Math.max(low, cost);
  }
}
