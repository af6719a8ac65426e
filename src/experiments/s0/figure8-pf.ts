import { pf } from '../../mechanisms/factories.js';
import type { Experiment } from '../experiment.js';
import { CITATION, FIGURE2, reportsOfAgent1 } from './instance.js';

const STEPS = 46; // of each value, 0.1 to 1
const DEMAND = 1;

/** Figure 8, the panel of proportional fairness: what agent 1 gets as a function of the two values that it reports. */
export const figure8Pf: Experiment = {
  id: 's0/figure8-pf',
  title: 'Allocation map of proportional fairness, two agents and two items',
  citation: CITATION,
  async run(engine, write, options) {
    const pairs = reportGrid(STEPS);
    const { allocation } = await engine.allocate(pf(), reportsOfAgent1(pairs, DEMAND), options);
    const rows = pairs.map(([first, second], k) => [first, second, allocation![4 * k]!, allocation![4 * k + 1]!]);
    await write.table('figure8-pf.csv', ['v11', 'v12', 'a11', 'a12'], rows);
    const title = 'Proportional fairness: what agent 1 gets (agent 2 values the items at 1 and 1/4)';
    await write.picture('figure8-pf.svg', allocationMaps(title, rows));

    // The map depends on the ratio alone: every report again at half its size.
    const halved = pairs.map(([first, second]) => [first / 2, second / 2] as const);
    const same = (await engine.allocate(pf(), reportsOfAgent1(halved, DEMAND), options)).allocation!;
    const drift = allocation!.reduce((worst, a, j) => Math.max(worst, Math.abs(a - same[j]!)), 0);
    // It jumps where the ratio passes agent 2's.
    const ratio = FIGURE2[3] / FIGURE2[2];
    const sides = [ratio * (1 - 1e-7), ratio * (1 + 1e-7)].map((r) => [1, r] as const);
    const edge = (await engine.allocate(pf(), reportsOfAgent1(sides, DEMAND), options)).allocation!;
    const jump = Math.abs(edge[5]! - edge[1]!);
    return [
      {
        claim: "the map depends on the ratio of agent 1's values alone",
        paper: 'scale invariance of the Nash product',
        measured: `largest change when both values are halved ${drift.toExponential(1)}`,
        holds: drift < 1e-9,
      },
      {
        claim: "the allocation jumps where agent 1's ratio passes agent 2's (1/4)",
        paper: 'two regions with a sharp edge',
        measured: `agent 1's share of item 2 changes by ${jump.toPrecision(4)} there`,
        holds: jump > 0.1,
      },
    ];
  },
};

/** Pairs of values from 0.1 to 1 in both directions. */
export function reportGrid(steps: number): (readonly [number, number])[] {
  const grid = Array.from({ length: steps }, (_, k) => 0.1 + (0.9 * k) / (steps - 1));
  return grid.flatMap((first) => grid.map((second) => [first, second] as const));
}

/** What agent 1 gets of both items, from rows of v'11, v'12, a11, a12. */
export function allocationMaps(title: string, rows: readonly (readonly number[])[]): object {
  const values = rows.map(([v11, v12, a11, a12]) => ({ v11, v12, a11, a12 }));
  const axis = (field: string, title: string) => ({
    field,
    type: 'ordinal',
    title,
    axis: { format: '.2f', labelOverlap: true },
  });
  const map = (field: string, title: string) => ({
    title,
    width: 300,
    height: 300,
    mark: 'rect',
    encoding: {
      x: axis('v11', "reported value v'11"),
      y: { ...axis('v12', "reported value v'12"), sort: 'descending' },
      color: { field, type: 'quantitative', title: 'share', scale: { scheme: 'viridis', domain: [0, 1] } },
    },
  });
  return {
    title,
    data: { values },
    hconcat: [map('a11', 'item 1'), map('a12', 'item 2')],
  };
}
