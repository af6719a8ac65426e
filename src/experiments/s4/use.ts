import type { OrdinalProblem } from '../../mechanisms/mechanism.js';

const POINTS = 50;
/** Half the width of the band around k c_j / n that pictures show. */
const BAND = 0.2;

/** Places of each good that the assignment hands out; `onAgent` is told of them after every agent. */
export function useOf(
  { capacities, bundleStart, bundleMask }: OrdinalProblem,
  assignment: BigInt64Array,
  onAgent?: (served: number, used: readonly number[]) => void,
): number[] {
  const words = Math.ceil(capacities.length / 64);
  const used = Array<number>(capacities.length).fill(0);
  assignment.forEach((choice, i) => {
    const row = bundleStart[i]! + Number(choice);
    for (let w = 0; w < words && choice >= 0n; w++) {
      let bits = bundleMask![row * words + w]!;
      for (let g = 64 * w; bits > 0n; g++, bits >>= 1n) used[g]! += Number(bits & 1n);
    }
    onAgent?.(i + 1, used);
  });
  return used;
}

/** Mean share of capacity of some goods that is used after k arrivals, for k in even steps. */
export function useOverTime(
  problem: OrdinalProblem,
  assignment: BigInt64Array,
  goods: readonly number[],
): (readonly [served: number, share: number])[] {
  const agents = assignment.length;
  const points: (readonly [number, number])[] = [[0, 0]];
  useOf(problem, assignment, (served, used) => {
    if (served !== Math.round((points.length * agents) / POINTS)) return;
    const share = goods.reduce((sum, g) => sum + used[g]! / problem.capacities[g]!, 0) / Math.max(1, goods.length);
    points.push([served, share]);
  });
  return points;
}

/** One panel an input: use over time of every rule, and the band of ± 0.2 around k c / n. Rows: input, rule, share of agents who have come, share used. */
export function bandPicture(rows: readonly (readonly (number | string)[])[]): object {
  const values = rows.map(([input, rule, arrived, used]) => ({ input, rule, arrived, used }));
  const inputs = [...new Set(values.map(({ input }) => input))];
  const band = Array.from({ length: POINTS + 1 }, (_, k) => {
    const x = k / POINTS;
    return { arrived: x, low: x * (1 - BAND), high: x * (1 + BAND) };
  });
  const x = { field: 'arrived', type: 'quantitative', title: 'share of agents who have come' };
  return {
    title: `Use of goods with a price, and the band ± ${BAND} around k c / n`,
    columns: 3,
    concat: inputs.map((input) => ({
      title: input,
      width: 260,
      height: 240,
      layer: [
        {
          data: { values: band },
          mark: { type: 'area', opacity: 0.15, color: 'grey' },
          encoding: {
            x,
            y: { field: 'low', type: 'quantitative', title: 'share of capacity used' },
            y2: { field: 'high' },
          },
        },
        {
          data: { values: values.filter((value) => value.input === input) },
          mark: { type: 'line' },
          encoding: {
            x,
            y: { field: 'used', type: 'quantitative' },
            color: { field: 'rule', type: 'nominal', title: 'rule' },
          },
        },
      ],
    })),
  };
}
