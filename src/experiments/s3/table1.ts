import type { Claim, Experiment } from '../experiment.js';
import { CITATION, KINDS, drawAgents } from './agents.js';
import { bestThresholdBound, distanceBound, lossBound, twoAgentBound } from './bounds.js';
import { expectedPassing, expectedPassingPower, powerDistribution } from './expectations.js';
import { digits, measured, sum, utopiaOf } from './report.js';

const COUNT = 2000;
const ITEMS = 10;
const SIZES = [2, 5, 10] as const;
const TOP = 0.25; // aversions up to here

/** Table 1: what aversion costs agents of four kinds, beside what it can cost. */
export const table1: Experiment = {
  id: 's3/table1',
  title: 'Loss of utilitarian welfare by inequality aversion, measured and bounded, for four kinds of agents',
  citation: CITATION,
  async run(engine, write, options) {
    const count = options.count ?? COUNT;
    const rows: (number | string)[][] = [];
    let [violations, tightest] = [0, 0];
    for (const kind of KINDS) {
      for (const n of SIZES) {
        const profiles = drawAgents(kind, n, ITEMS, count, TOP, options.seed);
        const { utilities } = await measured(engine, profiles, [], options);
        const found = profiles.map((p, k) => {
          const best = sum(utopiaOf(p));
          const loss = best - sum(utilities[k]!);
          const two = n === 2;
          return {
            loss: loss / best,
            bound: lossBound(p) / best,
            two: two ? twoAgentBound(p) / best : NaN,
            apart: two ? distanceBound(p) / best : NaN,
            threshold: two ? bestThresholdBound(p) / best : NaN,
          };
        });
        for (const { loss, bound, two, apart, threshold } of found) {
          for (const limit of [bound, two, apart, threshold]) {
            if (loss > limit + 1e-9) violations++;
            if (limit > 1e-6) tightest = Math.max(tightest, loss / limit);
          }
        }
        const mean = (pick: (each: (typeof found)[number]) => number) => sum(found.map(pick)) / count;
        rows.push([
          kind,
          n,
          mean(({ loss }) => loss),
          Math.max(...found.map(({ loss }) => loss)),
          mean(({ bound }) => bound),
          n === 2 ? mean(({ two }) => two) : 0,
          n === 2 ? mean(({ apart }) => apart) : 0,
        ]);
      }
    }
    const columns = ['agents', 'n', 'loss', 'largest_loss', 'bound', 'bound_two_agents', 'bound_distance'];
    await write.table('table1.csv', columns, rows);
    await write.picture('table1.svg', picture(rows));
    return [
      {
        claim: 'no loss exceeds a bound',
        paper: 'Theorems 3.2 and 3.4',
        measured: `${violations} of ${rows.length * count} instances; the nearest comes to ${digits(tightest)} of its bound`,
        holds: violations === 0,
      },
      similarity(rows),
      quadrature(),
    ];
  },
};

function similarity(rows: readonly (readonly (number | string)[])[]): Claim {
  const of = (kind: string) => Number(rows.find(([name, n]) => name === kind && n === 2)![2]);
  const [similar, dissimilar, independent] = ['similar', 'dissimilar', 'independent'].map(of) as [
    number,
    number,
    number,
  ];
  return {
    claim: 'two agents who are similar, or very different, lose less than independent ones',
    paper: 'similar: at most their distance; dissimilar: hardly any item may pass',
    measured: `share lost: similar ${digits(similar)}, dissimilar ${digits(dissimilar)}, independent ${digits(independent)}`,
    holds: similar < independent && dissimilar < independent,
  };
}

function quadrature(): Claim {
  let worst = 0;
  for (const c of [0.0658, 0.2906, 0.6755])
    for (const s of [1, 2, 5])
      worst = Math.max(worst, Math.abs(expectedPassing(c, powerDistribution(s)) - expectedPassingPower(c, s)));
  return {
    claim: 'expected loss of an item for values with distribution x^s, by quadrature and in closed form',
    paper: 'Lemma E.1, Corollary E.2',
    measured: `they differ by at most ${digits(worst)}`,
    holds: worst < 1e-9,
  };
}

function picture(rows: readonly (readonly (number | string)[])[]): object {
  const values = rows.flatMap(([kind, n, loss, largest, bound]) =>
    [
      ['mean loss', loss],
      ['largest loss', largest],
      ['mean bound', bound],
    ].map(([what, y]) => ({ kind, n: `${n} agents`, what, y })),
  );
  return {
    title: `Share of the utilitarian optimum lost, ${ITEMS} items, aversions up to ${TOP}`,
    data: { values },
    facet: { column: { field: 'n', type: 'nominal', title: null, sort: null } },
    spec: {
      width: 180,
      height: 240,
      mark: 'point',
      encoding: {
        x: { field: 'kind', type: 'nominal', title: null, sort: null },
        y: { field: 'y', type: 'quantitative', title: 'share of welfare' },
        color: { field: 'what', type: 'nominal', title: null, sort: null },
        shape: { field: 'what', type: 'nominal', title: null, sort: null },
      },
    },
  };
}
