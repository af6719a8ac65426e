import { eceei, ocam, serialDictatorship } from '../../mechanisms/factories.js';
import type { OrdinalProblem } from '../../mechanisms/mechanism.js';
import { clearingOverTime, envyBeyondOne, unservedByFifth } from '../../properties/ordinal.js';
import type { Claim, Experiment } from '../experiment.js';
import { arielYear, shuffled, slotPairs, umassCourses } from './inputs.js';
import { bandPicture, useOf, useOverTime } from './use.js';

const SAMPLE = 0.1;

const percent = (x: number) => `${(100 * x).toFixed(1)} %`;

/** Use of capacity over time, online mechanism against serial dictatorship, on real courses and on drawn slots. */
export const overTime: Experiment = {
  id: 's4/over-time',
  title:
    'Capacity used over time: posted prices against serial dictatorship; envy, who is left without, what a stop costs',
  citation:
    'Nguyen, Teytelboym, Vardi, Dynamic Combinatorial Assignment, arXiv 2303.13967; one law of budgets for all: the same, Competitive Equilibrium from Random Incomes, arXiv 2509.13198',
  async run(engine, write, options) {
    const courses = umassCourses();
    const inputs: [string, OrdinalProblem][] = [
      ['courses, order of the file', courses],
      ['courses, random order', shuffled(courses, options.seed)],
      ['Ariel courses', arielYear(options.count ?? 260, options.seed)],
      ['slot pairs', slotPairs(options.count ?? (options.setting === 'quick' ? 500 : 5000), options.seed)],
    ];
    const rules = [
      ['serial dictatorship', serialDictatorship()],
      ['as printed', ocam({ mode: 'paper', epsilonSample: SAMPLE, seed: options.seed })],
      ['hard stop', ocam({ reprice: 0, drift: 0, epsilonSample: SAMPLE, seed: options.seed })],
      ['re-priced', ocam({ epsilonSample: SAMPLE, seed: options.seed })],
    ] as const;
    const rows: (number | string)[][] = [];
    const summary: (number | string)[][] = [];
    const claims: Claim[] = [];
    for (const [input, problem] of inputs) {
      const agents = problem.bundleStart.length - 1;
      const after = Array.from({ length: agents }, (_, i) => i).slice(Math.round(SAMPLE * agents));
      const { prices } = await engine.allocate(eceei({ epsilon: 0.2 }), problem, options);
      const scarce = Array.from(prices as Float64Array, (p, g) => (p > 0 ? g : -1)).filter((g) => g >= 0);
      const measured: Record<
        string,
        { over: number; last: number; above: number; below: number; envy: number; stopped: number; reasons: number[] }
      > = {};
      for (const [name, rule] of rules) {
        const result = await engine.allocate(rule, problem, options);
        const assignment = result.assignment as BigInt64Array;
        for (const [k, share] of useOverTime(problem, assignment, scarce)) rows.push([input, name, k / agents, share]);
        const { above, below } = clearingOverTime(problem, { assignment, prices: prices as Float64Array });
        const used = useOf(problem, assignment);
        const stopped = (result.stopped as Int8Array | undefined)?.reduce((sum, x) => sum + x, 0) ?? 0;
        measured[name] = {
          above,
          below,
          stopped,
          over: used.reduce((most, n, g) => Math.max(most, n / Math.max(1, problem.capacities[g]!) - 1), -1),
          last: unservedByFifth(problem, assignment)[4]!,
          envy: envyBeyondOne(problem, assignment, after).length,
          reasons: Array.from((result.pricing_reason as Int32Array | undefined) ?? []),
        };
        const m = measured[name];
        summary.push([input, name, m.above, m.below, m.over, m.last, m.envy / after.length, m.stopped / agents]);
      }
      claims.push(...claimsOf(input, measured as never));
    }
    await write.table('over-time.csv', ['input', 'rule', 'arrived', 'used'], rows);
    await write.table(
      'summary.csv',
      ['input', 'rule', 'above', 'below', 'overused', 'unserved_last_fifth', 'envy_beyond_one', 'stopped'],
      summary,
    );
    await write.picture('over-time.svg', bandPicture(rows));
    return claims;
  },
};

interface Measured {
  readonly over: number;
  readonly last: number;
  readonly above: number;
  readonly below: number;
  readonly envy: number;
  readonly stopped: number;
  readonly reasons: readonly number[];
}

function claimsOf(
  input: string,
  of: Record<'serial dictatorship' | 'as printed' | 'hard stop' | 're-priced', Measured>,
): Claim[] {
  const printed = of['as printed'];
  const priced = of['re-priced'];
  const dictators = of['serial dictatorship'];
  const drift = priced.reasons.filter((reason) => reason === 2).length;
  return [
    {
      claim: `${input}: nobody after the sample envies by more than one object, as printed, budgets within 1/5`,
      paper: '0',
      measured: String(printed.envy),
      holds: printed.envy === 0,
    },
    {
      claim: `${input}: use within 1 ± eps_f of k c / n from k = n/5 on: eps_f above, below`,
      paper: 'small for many agents and large capacities',
      measured: `re-priced ${priced.above.toFixed(2)}, ${priced.below.toFixed(2)}; as printed ${printed.above.toFixed(2)}, ${printed.below.toFixed(2)}; serial dictatorship ${dictators.above.toFixed(2)}, ${dictators.below.toFixed(2)}`,
    },
    {
      claim: `${input}: largest overuse of a good as printed; with a stop and new prices`,
      paper: 'at most eps_f; not asked',
      measured: `${percent(Math.max(0, printed.over))}; ${percent(Math.max(0, priced.over))}`,
      holds: priced.over <= 0,
    },
    {
      claim: `${input}: agents whom a stop touches, without and with new prices on the way`,
      paper: 'none (capacities are exceeded instead)',
      measured: `${of['hard stop'].stopped} and ${priced.stopped}${drift > 0 ? `; arrivals did not look random (${drift} times)` : ''}`,
    },
    {
      claim: `${input}: left without a bundle in the last fifth of arrivals`,
      paper: 'as in any other fifth',
      measured: `re-priced ${percent(priced.last)}, serial dictatorship ${percent(dictators.last)}`,
    },
  ];
}
