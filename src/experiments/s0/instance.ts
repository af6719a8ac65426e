import { profileBatch, type ProfileBatch } from '../../profiles/batch.js';

export const CITATION = 'Zeng et al., Near-Optimal Fair Resource Allocation for Strategic Agents without Money, 2023';

/** True values of the two agents of Figure 2. */
export const FIGURE2 = [1, 0.5, 1, 0.25] as const;

/** Two agents and two items with supply 1; agent 1 reports each of the pairs of values, agent 2 its truth. */
export function reportsOfAgent1(pairs: readonly (readonly [number, number])[], demand: number): ProfileBatch {
  const count = pairs.length;
  const values = Float64Array.from(pairs.flatMap(([first, second]) => [first, second, FIGURE2[2], FIGURE2[3]]));
  return profileBatch({
    values: { shape: [count, 2, 2], data: values },
    demands: { shape: [2, 2], data: new Float64Array(4).fill(demand) },
    budgets: { shape: [2], data: Float64Array.of(1, 1) },
  });
}

/** True utility of agent 1 at profile k of an allocation [B,2,2]. */
export function utilityOfAgent1(allocation: Float64Array, k: number, demand: number): number {
  return FIGURE2[0] * Math.min(allocation[4 * k]!, demand) + FIGURE2[1] * Math.min(allocation[4 * k + 1]!, demand);
}
