import type { Experiment } from '../experiment.js';
import { CITATION, drawAgents } from './agents.js';
import { distanceBound } from './bounds.js';
import { LOG, digits, lines, mean, measured, sum, utopiaOf } from './report.js';

const NOISES = [0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8];
const ITEMS = 10;
const COUNT = 1000;
const TOP = 0.25; // aversions up to here

/** Similar agents (Section 3): what aversion costs two agents, by how far apart they are. */
export const figure1: Experiment = {
  id: 's3/figure1',
  title: 'Loss of two agents by the distance of their values',
  citation: CITATION,
  async run(engine, write, options) {
    const rows: number[][] = [];
    let tightest = 0;
    for (const noise of NOISES) {
      const profiles = drawAgents('similar', 2, ITEMS, options.count ?? COUNT, TOP, options.seed, noise);
      const { utilities } = await measured(engine, profiles, [], options);
      const losses = profiles.map((p, k) => sum(utopiaOf(p)) - sum(utilities[k]!));
      const bounds = profiles.map(distanceBound);
      const apart = profiles.map(({ values: [a, b] }) => sum(a!.map((x, j) => Math.abs(x - b![j]!))));
      tightest = Math.max(tightest, ...losses.map((loss, k) => loss / apart[k]!));
      rows.push([noise, mean(apart), mean(losses), Math.max(...losses), mean(bounds), ...overrun(losses, bounds)]);
    }
    await write.table('figure1.csv', ['noise', 'distance', 'loss', 'largest_loss', 'bound', 'violations'], rows);
    const shown = rows.flatMap(([, distance, ...y]) =>
      ['mean loss', 'largest loss', 'mean bound δ/(1 + r)'].map((series, s) => ({
        series,
        distance,
        // A logarithm has no place for no loss at all.
        y: Math.max(y[s]!, 1e-6),
      })),
    );
    const axes = [
      { field: 'distance', title: 'mean distance δ', scale: LOG },
      { field: 'y', title: 'loss', scale: LOG },
    ] as const;
    await write.picture('figure1.svg', lines(`Two agents, ${ITEMS} items, aversions up to ${TOP}`, shown, axes));
    const violations = sum(rows.map((row) => row.at(-1)!));
    return [
      {
        claim: 'two agents at a distance of δ lose at most δ, and at most δ/(1 + r)',
        paper: 'δ-similar agents: loss at most δ',
        measured: `${violations} losses above δ/(1 + r); at most ${digits(tightest, 3)} of the distance`,
        holds: violations === 0 && tightest <= 1,
      },
      {
        claim: 'the nearer two agents are, the less they lose',
        paper: 'loss goes to 0 with δ',
        measured: `mean loss ${digits(rows[0]![2]!, 3)} at a distance of ${digits(rows[0]![1]!, 3)}, ${digits(rows[4]![2]!, 3)} at ${digits(rows[4]![1]!, 3)}`,
        holds: rows[0]![2]! < rows[2]![2]! && rows[2]![2]! < rows[4]![2]!,
      },
    ];
  },
};

/** How many losses are above their bounds, as a list of one. */
function overrun(losses: readonly number[], bounds: readonly number[]): [number] {
  return [losses.filter((loss, k) => loss > bounds[k]! + 1e-9).length];
}
