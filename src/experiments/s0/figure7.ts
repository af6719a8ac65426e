import type { Claim, Experiment } from '../experiment.js';
import { profileChiSquared, profileTv, shiftBound, shiftBoundByVariance } from '../theory/distribution-shift.js';
import { ruleChart } from './charts.js';
import { EXPF, EXS, FIXED, learnBoth, measureAll, PF, testProfiles, type Row } from './compare.js';
import { CITATION } from './instance.js';
import { rowsOf, shown, spread, writeRows } from './report.js';

const AT = { point: '', agents: 2, items: 2, budget: 1, epsilon: 1e-3 };
/** Of Beta(c, c); 1 is the uniform distribution trained on. */
const SHAPES = [0.5, 0.75, 1, 1.5, 2, 3, 4, 5];
/** Nobody gains more than all that can be used: values and demands reach 1. */
const RANGE = AT.items * Math.min(1, AT.budget);
const label = (c: number) => `Beta(${c},${c})`;

interface Shift {
  readonly c: number;
  readonly rule: string;
  /** |mean under Beta − mean under uniform|, exploitability. */
  readonly change: number;
  readonly tv: { readonly low: number; readonly high: number };
  readonly bound: number;
  readonly byVariance: number;
}

/** Figure 7: networks trained on uniform profiles, tested on Beta(c, c) ones, and what Theorem 3 allows. */
export const figure7: Experiment = {
  id: 's0/figure7',
  title: 'Trained on uniform profiles, tested on Beta(c,c): what changes, and the bound of Theorem 3',
  citation: CITATION,
  async run(engine, write, options) {
    const nets = await learnBoth(engine, write, options, AT, 5000);
    const rows: Row[] = [];
    let count = 0;
    for (const c of SHAPES) {
      const batch = testProfiles(c === 1 ? 'uniform' : `beta:${c}`, AT, options);
      count = batch.count;
      rows.push(...(await measureAll(engine, label(c), [...FIXED, ...nets], batch, options)));
    }
    const shifts = [EXPF, EXS].flatMap((rule) => SHAPES.map((c) => shiftOf(rows, rule, c, count)));
    await writeRows(write, 'figure7.csv', rows);
    await write.table(
      'figure7-bound.csv',
      ['c', 'rule', 'change', 'tv_low', 'tv_high', 'bound', 'bound_by_variance', 'vacuous'],
      shifts.map(({ c, rule, change, tv, bound, byVariance }) => [
        c,
        rule,
        change,
        tv.low,
        tv.high,
        bound,
        Math.min(byVariance, RANGE),
        bound >= RANGE ? 'yes' : 'no',
      ]),
    );
    await write.picture('figure7.svg', picture(rows, shifts));
    return [...claims(rows), ...boundClaims(shifts)];
  },
};

function shiftOf(rows: readonly Row[], rule: string, c: number, count: number): Shift {
  const mean = (shape: number) => spread(rowsOf(rows, rule, label(shape)), 'exploitability').mean;
  const own = rowsOf(rows, rule, label(1));
  const error = own.reduce((sum, row) => sum + row.exploitabilityError, 0) / own.length;
  const tv = profileTv(c, AT.agents, AT.items);
  return {
    c,
    rule,
    change: Math.abs(mean(c) - mean(1)),
    tv,
    bound: shiftBound(RANGE, tv.high),
    byVariance: shiftBoundByVariance(error * Math.sqrt(count - 1), profileChiSquared(c, AT.agents, AT.items)),
  };
}

function claims(rows: readonly Row[]): Claim[] {
  return [EXPF, EXS].map((rule) => {
    const all = SHAPES.map((c) => [rule, PF].map((name) => spread(rowsOf(rows, name, label(c)), 'exploitability')));
    return {
      claim: `${rule} stays less exploitable than PF under every Beta(c,c)`,
      paper: 'robust to the shift, c = 0.5 to 5',
      measured: SHAPES.map((c, k) => `c=${c}: ${shown(all[k]![0]!)} against ${shown(all[k]![1]!)}`).join('; '),
      holds: all.every(([own, plain]) => own!.mean <= plain!.mean),
    };
  });
}

function boundClaims(shifts: readonly Shift[]): Claim[] {
  const moved = shifts.filter(({ c }) => c !== 1);
  const within = moved.filter(({ change, bound }) => change <= bound);
  const sharper = moved.filter(({ byVariance, bound }) => byVariance < bound);
  const far = moved.reduce((most, shift) => (shift.change > most.change ? shift : most));
  return [
    {
      claim: 'Theorem 3: the change of exploitability is at most the range of gains times the total variation distance',
      paper: 'bound with a factor 2 in front',
      measured: `holds at ${within.length} of ${moved.length} points, without the factor; at the largest change, c=${far.c}: ${far.change.toExponential(1)} against ${far.bound.toPrecision(3)} (total variation ${far.tv.low.toPrecision(3)} to ${far.tv.high.toPrecision(3)})`,
      holds: within.length === moved.length,
    },
    {
      claim: 'How much of the bound is used',
      paper: '-',
      measured: `at most ${(100 * Math.max(...moved.map(({ change, bound }) => change / bound))).toPrecision(2)} % of it: true, and far from sharp; the bound by variance is below it at ${sharper.length} of ${moved.length} points`,
    },
  ];
}

function picture(rows: readonly Row[], shifts: readonly Shift[]): object {
  const along = (point: string) => Number(/\((.*),/.exec(point)![1]);
  const kinds = [
    ['change', 'measured change'],
    ['bound', 'range x total variation (Theorem 3)'],
    ['byVariance', 'standard deviation x root of chi squared'],
  ] as const;
  const values = shifts
    .filter(({ c }) => c !== 1)
    .flatMap((shift) =>
      kinds
        .map(([key, kind]) => ({ c: shift.c, rule: shift.rule, kind, value: shift[key] }))
        .filter(({ value }) => value > 0 && value <= 10),
    );
  const chart = ruleChart('', rows, ['logNsw', 'exploitability'], { title: 'c of Beta(c,c); 1: uniform', along }) as {
    data: object;
    hconcat: object[];
  };
  const bound = {
    width: 300,
    height: 260,
    data: { values },
    mark: { type: 'line', point: true },
    encoding: {
      x: { field: 'c', type: 'quantitative', title: 'c of Beta(c,c)' },
      y: { field: 'value', type: 'quantitative', title: 'change of exploitability', scale: { type: 'log' } },
      color: { field: 'rule', type: 'nominal', title: 'rule' },
      strokeDash: {
        field: 'kind',
        type: 'nominal',
        title: null,
        sort: null,
        legend: { labelLimit: 300, symbolType: 'stroke' },
      },
    },
  };
  return {
    title: 'Zeng et al. 2023, Figure 7: 2x2, trained on uniform profiles',
    hconcat: [{ data: chart.data, hconcat: chart.hconcat }, bound],
    resolve: { scale: { color: 'independent' } },
  };
}
