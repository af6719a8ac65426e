import { utilitarian } from '../../mechanisms/factories.js';
import type { Claim, Experiment } from '../experiment.js';
import { boxes, type Point } from './boxes.js';
import { CITATION, adultCounts, syntheticBids } from './inputs.js';
import { RULES, capsOf, type Reading } from './instances.js';
import { live, monOf } from './measures.js';
import { monAtLeast, nashMon } from './theory.js';

const SEEDS = 10;
/** The utilitarian optimum is not unique: the limit of rules of smaller exponents, and a vertex. */
const MON_RULES = [RULES[0]!, ['utilitarian, vertex', utilitarian({ select: 'vertex' })] as const, ...RULES.slice(1)];
const READINGS: Readonly<Record<Reading, string>> = {
  valued: 'items that the agent values',
  all: 'all items',
};
/** p_min that the paper reports for the utilitarian rule on its two data sets. */
const PAPER_UTILITARIAN = '0.94 and 0.36';

/** The least p of each rule. */
const LEAST: Readonly<Record<string, (n: number) => number>> = {
  'γ = 0.5': () => monAtLeast(0.5),
  'γ = 0.1': () => monAtLeast(0.1),
  Nash: nashMon,
  'γ = −1': () => monAtLeast(-1),
  leximin: () => 1,
};

type Row = [
  input: string,
  reading: string,
  rule: string,
  seed: number,
  p: number,
  who: string,
  before: number,
  after: number,
];

/** Whether an agent gains by stating a constraint of its own, for both readings of "all items equal". */
export const monotonicity: Experiment = {
  id: 's2/monotonicity',
  title: 'What agents gain by constraints of their own: p_min under each rule',
  citation: CITATION,
  async run(engine, write, options) {
    const seeds = Array.from({ length: options.count ?? SEEDS }, (_, s) => options.seed + s);
    const rows: Row[] = [];
    const broken: string[] = [];
    for (const seed of seeds) {
      for (const instance of [adultCounts('first500_raw'), syntheticBids(seed)]) {
        const caps = capsOf(instance, seed);
        for (const reading of ['valued', 'all'] as const) {
          for (const [rule, mechanism] of MON_RULES) {
            const { p, who, before, after } = await monOf(engine, mechanism, instance, caps, reading, options);
            rows.push([instance.name, READINGS[reading], rule, seed, p, who, before, after]);
            const least = LEAST[rule]?.(live(instance)) ?? 0;
            if (p < least - 1e-5) broken.push(`${instance.name}, ${rule}, seed ${seed}`);
          }
        }
      }
    }
    const columns = ['input', 'equal_amounts_of', 'rule', 'seed', 'p_min', 'agent', 'utility', 'constrained_utility'];
    await write.table('monotonicity.csv', columns, rows);
    const points = rows.map(([input, reading, rule, , p]): Point => ({
      panel: `${input}, equal amounts of ${reading}`,
      rule,
      y: 1 - p,
    }));
    await write.picture(
      'monotonicity.svg',
      boxes('What agents gain by constraints of their own', '1 − p_min', points, 2),
    );
    return [
      {
        claim: 'no p is below what its rule allows: p^(1−γ) + p = 1, n / (2 n − 1) under Nash, 1 under leximin',
        paper: 'Theorem 4',
        measured: broken.length === 0 ? `none of ${rows.length}` : broken.join('; '),
        holds: broken.length === 0,
      },
      ...['first500_raw', 'synthetic bids'].flatMap((name) =>
        Object.values(READINGS).map((reading) => summary(rows, name, reading)),
      ),
    ];
  },
};

function summary(rows: readonly Row[], input: string, reading: string): Claim {
  const of = (rule: string) => rows.filter(([a, b, c]) => a === input && b === reading && c === rule);
  const least = (rule: string) => of(rule).reduce((best, row) => (row[4] < best[4] ? row : best));
  const [, , , seed, p, who, before, after] = least('Nash');
  const nash = p < 1 - 1e-6 ? `; Nash: seed ${seed}, ${who}, ${before.toFixed(4)} to ${after.toFixed(4)}` : '';
  return {
    claim: `${input}, equal amounts of ${reading}: least p_min of all draws`,
    paper: `1 under Nash; the utilitarian rule ${PAPER_UTILITARIAN} on its two inputs`,
    measured: `${MON_RULES.map(([rule]) => `${rule} ${least(rule)[4].toFixed(4)}`).join(', ')}${nash}`,
  };
}
