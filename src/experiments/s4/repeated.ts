import type { Engine } from '../../engine/engine.js';
import { eceei } from '../../mechanisms/factories.js';
import type { OrdinalProblem } from '../../mechanisms/mechanism.js';
import { isAnswer } from '../../types.js';

/**
 * Approximate competitive equilibrium, over and over: agents come in groups of `size`, each group shares its part of all places by an equilibrium of its own, rounded
 * to one bundle each. Nothing carries over from group to group, so errors add up. Agents of a group without prices get nothing.
 */
export async function repeatedEquilibria(
  engine: Engine,
  problem: OrdinalProblem,
  size: number,
  epsilon: number,
): Promise<BigInt64Array> {
  const agents = problem.bundleStart.length - 1;
  const assignment = new BigInt64Array(agents).fill(-1n);
  for (let first = 0; first < agents; first += size) {
    const last = Math.min(agents, first + size);
    const result = await engine.allocate(eceei({ epsilon, round: true }), groupOf(problem, first, last));
    if (isAnswer(result.status[0]!)) assignment.set(result.assignment as BigInt64Array, first);
  }
  return assignment;
}

/** Agents `first` … `last − 1` with their part of all places. */
function groupOf({ capacities, bundleStart, bundleMask }: OrdinalProblem, first: number, last: number): OrdinalProblem {
  const words = Math.ceil(capacities.length / 64);
  const from = bundleStart[first]!;
  return {
    capacities: Float64Array.from(capacities, (c) => (c * (last - first)) / (bundleStart.length - 1)),
    bundleStart: bundleStart.slice(first, last + 1).map((t) => t - from),
    bundleMask: bundleMask!.slice(from * words, bundleStart[last]! * words),
  };
}
