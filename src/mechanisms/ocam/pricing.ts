import { Stream } from '../../random.js';
import type { Kernels } from '../../wasm/kernels.js';
import type { Bundles } from '../eceei/bundles.js';
import { clearingError } from '../eceei/clearing.js';
import { solvePrices } from '../eceei/solve.js';

/** What agents have listed so far: agent i's bundles are `ids[start[i]]` … `ids[start[i + 1] − 1]`, best first. */
export interface Lists {
  readonly contents: Pick<Bundles, 'count' | 'start' | 'good' | 'units'>;
  readonly ids: Int32Array;
  readonly start: Int32Array;
}

/** Posted prices, and what one arrival is expected to want at them. */
export interface Posted {
  readonly prices: Float64Array;
  /** Largest relative violation of market clearing among the agents that the prices were made from. */
  readonly error: number;
  /** Mean and variance of an arrival's units of each good, and of how many agents they were taken. */
  readonly mean: Float64Array;
  readonly variance: Float64Array;
  readonly agents: number;
}

const WORK = 2e10;
const SPLITS = 4;

/** Prices that clear agents `first` … `last − 1` against capacities. */
export function price(
  kernels: Kernels,
  lists: Lists,
  first: number,
  last: number,
  capacities: Float64Array,
  { epsilon, seed }: { epsilon: number; seed: number },
): Posted {
  return priceOf(
    kernels,
    lists,
    Int32Array.from({ length: last - first }, (_, k) => first + k),
    capacities,
    epsilon,
    seed,
  );
}

function priceOf(
  kernels: Kernels,
  lists: Lists,
  agents: Int32Array,
  capacities: Float64Array,
  epsilon: number,
  seed: number,
): Posted {
  const { arena } = kernels;
  const start = new Int32Array(agents.length + 1);
  agents.forEach((i, k) => (start[k + 1] = start[k]! + lists.start[i + 1]! - lists.start[i]!));
  const mark = arena.mark();
  try {
    const ids = arena.take(4 * start[agents.length]!);
    const view = arena.i32(ids, start[agents.length]!);
    agents.forEach((i, k) => view.set(lists.ids.subarray(lists.start[i], lists.start[i + 1]), start[k]));
    const { prices } = solvePrices(kernels, { ...lists.contents, ids }, start, capacities, {
      epsilon,
      seed,
      most: WORK,
    });
    const { mean, variance } = arrival(lists, agents, prices, epsilon);
    const demand = mean.map((x) => x * agents.length);
    return { prices, error: clearingError(demand, prices, capacities), mean, variance, agents: agents.length };
  } finally {
    arena.release(mark);
  }
}

/** Mean and variance of what one of the agents takes of each good, budgets being uniform on [1 − eps, 1]. */
function arrival(lists: Lists, agents: Int32Array, prices: Float64Array, epsilon: number) {
  const { count, start, good, units } = lists.contents;
  const cost = new Float64Array(count);
  for (let b = 0; b < count; b++) {
    for (let k = start[b]!; k < start[b + 1]!; k++) cost[b]! += units[k]! * prices[good[k]!]!;
  }
  const chance = new Float64Array(count);
  const low = 1 - epsilon;
  for (const i of agents) {
    let cheapest = 1;
    for (let l = lists.start[i]!; l < lists.start[i + 1]! && cheapest > low; l++) {
      const b = lists.ids[l]!;
      if (cost[b]! >= cheapest) continue;
      chance[b]! += (cheapest - Math.max(low, cost[b]!)) / epsilon;
      cheapest = cost[b]!;
    }
  }
  const mean = new Float64Array(prices.length);
  const variance = new Float64Array(prices.length);
  for (let b = 0; b < count; b++) {
    for (let k = start[b]!; k < start[b + 1]!; k++) {
      mean[good[k]!]! += (chance[b]! * units[k]!) / agents.length;
      variance[good[k]!]! += (chance[b]! * units[k]! ** 2) / agents.length;
    }
  }
  mean.forEach((x, g) => (variance[g] = Math.max(0, variance[g]! - x * x)));
  return { mean, variance };
}

/**
 * Share of capacity by which prices made from `last − first` agents are likely to err: prices from one half are tried on the other, four times; half of the
 * mean of the largest relative excess, as errors of half a sample are twice too large in both halves together.
 */
export function holdOut(
  kernels: Kernels,
  lists: Lists,
  first: number,
  last: number,
  capacities: Float64Array,
  { epsilon, seed }: { epsilon: number; seed: number },
): number {
  const size = last - first;
  const half = Math.floor(size / 2);
  if (half === 0) return 0;
  const scarce = capacities.map((c) => (c * half) / size);
  let sum = 0;
  for (let split = 0; split < SPLITS; split++) {
    const order = new Stream(seed, split, size).choose(size, size).map((i) => first + i);
    const { prices } = priceOf(kernels, lists, order.subarray(0, half), scarce, epsilon, seed);
    const rest = order.subarray(half, 2 * half);
    const demand = arrival(lists, rest, prices, epsilon).mean.map((x) => x * rest.length);
    sum += clearingError(demand, prices, scarce);
  }
  return Math.min(0.9, sum / SPLITS / 2);
}
