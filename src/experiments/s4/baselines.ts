import type { Engine } from '../../engine/engine.js';
import { eceei, ocam, serialDictatorship } from '../../mechanisms/factories.js';
import type { OrdinalProblem } from '../../mechanisms/mechanism.js';
import { sampleMarket } from '../../profiles/ordinal-samplers.js';
import { clearingOverTime, envyBeyondOne, unservedByFifth } from '../../properties/ordinal.js';
import type { Claim, Experiment, ExperimentOptions } from '../experiment.js';
import { shuffled, slotPairs, umassCourses } from './inputs.js';
import { repeatedEquilibria } from './repeated.js';
import { bandPicture, useOf, useOverTime } from './use.js';

const EPSILON = 0.2;
const GROUPS = [10, 40];
const percent = (x: number) => `${(100 * x).toFixed(1)} %`;

interface Measured {
  /** Largest relative distance from k c / n, from k = n / 5 on. */
  readonly above: number;
  readonly below: number;
  /** Places that the good that is off most is off by, after a quarter, a half and all of the arrivals. */
  readonly places: readonly number[];
  readonly envy: number;
  readonly unserved: readonly number[];
}

/** Rules one by one: each agent's bundle. */
async function assignments(
  engine: Engine,
  problem: OrdinalProblem,
  { seed, ...options }: ExperimentOptions,
): Promise<[string, BigInt64Array][]> {
  const of = async (rule: Parameters<Engine['allocate']>[0]) =>
    (await engine.allocate(rule, problem, options)).assignment as BigInt64Array;
  const rules: [string, BigInt64Array][] = [
    ['serial dictatorship', await of(serialDictatorship())],
    ['online, as printed', await of(ocam({ mode: 'paper', epsilonBudget: EPSILON, seed }))],
    ['online, re-priced', await of(ocam({ epsilonBudget: EPSILON, seed }))],
  ];
  for (const size of GROUPS) {
    rules.push([`equilibria of ${size} each`, await repeatedEquilibria(engine, problem, size, EPSILON)]);
  }
  return rules;
}

/** Static equilibria repeated group by group, serial dictatorship and the online mechanism on the same arrivals. */
export const baselines: Experiment = {
  id: 's4/baselines',
  title: 'Approximate equilibria repeated group by group and serial dictatorship beside the online mechanism',
  citation:
    'Nguyen, Teytelboym, Vardi, Dynamic Combinatorial Assignment, arXiv 2303.13967, section 1 and Appendix B; Budish, The Combinatorial Assignment Problem, 2011',
  async run(engine, write, options) {
    const agents = options.count ?? (options.setting === 'quick' ? 200 : 2000);
    const inputs: [string, OrdinalProblem][] = [
      ['drawn, additive', sampleMarket('additive', { agents, goods: 10, supply: 0.4, seed: options.seed })],
      ['slot pairs', slotPairs(agents, options.seed)],
      ['UMass courses, random order', shuffled(umassCourses(), options.seed)],
    ];
    const rows: (number | string)[][] = [];
    const summary: (number | string)[][] = [];
    const fifths: (number | string)[][] = [];
    const claims: Claim[] = [];
    for (const [input, problem] of inputs) {
      const n = problem.bundleStart.length - 1;
      const { prices } = await engine.allocate(eceei({ epsilon: EPSILON }), problem, options);
      const scarce = Array.from(prices as Float64Array, (p, g) => (p > 0 ? g : -1)).filter((g) => g >= 0);
      const measured: Record<string, Measured> = {};
      for (const [rule, assignment] of await assignments(engine, problem, options)) {
        for (const [k, share] of useOverTime(problem, assignment, scarce)) rows.push([input, rule, k / n, share]);
        const { above, below } = clearingOverTime(problem, { assignment, prices: prices as Float64Array });
        const places: number[] = [];
        useOf(problem, assignment, (k, used) => {
          if (![Math.round(n / 4), Math.round(n / 2), n].includes(k)) return;
          const off = scarce.map((g) => Math.abs(used[g]! - (k * problem.capacities[g]!) / n));
          places.push(Math.round(Math.max(0, ...off)));
        });
        // Agents of the sample have no budgets; they are left out for every rule.
        const after = Array.from({ length: n }, (_, i) => i).slice(Math.round(0.1 * n));
        const envy = envyBeyondOne(problem, assignment, after).length / after.length;
        const unserved = unservedByFifth(problem, assignment);
        measured[rule] = { above, below, places, envy, unserved };
        summary.push([input, rule, above, below, ...places, envy, ...unserved]);
        unserved.forEach((share, k) => fifths.push([input, rule, k + 1, share]));
      }
      claims.push(...claimsOf(input, measured));
    }
    const fifth = ['unserved_1', 'unserved_2', 'unserved_3', 'unserved_4', 'unserved_5'];
    await write.table('use.csv', ['input', 'rule', 'arrived', 'used'], rows);
    await write.table(
      'summary.csv',
      [
        'input',
        'rule',
        'above',
        'below',
        'places_off_quarter',
        'places_off_half',
        'places_off_end',
        'envy_beyond_one',
        ...fifth,
      ],
      summary,
    );
    await write.picture('use.svg', bandPicture(rows));
    await write.picture('unserved.svg', fifthsPicture(fifths));
    return claims;
  },
};

function claimsOf(input: string, of: Readonly<Record<string, Measured>>): Claim[] {
  const [small, large] = GROUPS.map((size) => of[`equilibria of ${size} each`]!) as [Measured, Measured];
  const [dictators, printed, priced] = [
    of['serial dictatorship']!,
    of['online, as printed']!,
    of['online, re-priced']!,
  ];
  return [
    {
      claim: `${input}: places that the worst good is off by after a quarter, a half, all of the arrivals`,
      paper: 'errors of repeated equilibria compound',
      measured: `equilibria of ${GROUPS[0]} each ${small.places.join(' ')}, of ${GROUPS[1]} each ${large.places.join(' ')}; online as printed ${printed.places.join(' ')}, re-priced ${priced.places.join(' ')}`,
    },
    {
      claim: `${input}: agents after the tenth who envy by more than one object`,
      paper: 'online 0; not promised across groups, nor by serial dictatorship',
      measured: `as printed ${percent(printed.envy)}, re-priced ${percent(priced.envy)}; equilibria of ${GROUPS[0]} each ${percent(small.envy)}, of ${GROUPS[1]} each ${percent(large.envy)}; serial dictatorship ${percent(dictators.envy)}`,
      holds: printed.envy === 0,
    },
    {
      claim: `${input}: without a bundle, first and last fifth of arrivals`,
      paper: 'serial dictatorship leaves late agents nothing',
      measured: [
        ['serial dictatorship', dictators],
        ['re-priced', priced],
        [`equilibria of ${GROUPS[0]} each`, small],
      ]
        .map(
          ([name, m]) =>
            `${name as string} ${(m as Measured).unserved
              .filter((_, k) => k % 4 === 0)
              .map(percent)
              .join(' and ')}`,
        )
        .join('; '),
    },
    {
      claim: `${input}: eps_f from k = n/5 on, above and below`,
      paper: 'small for the online mechanism',
      measured: Object.entries(of)
        .map(([name, { above, below }]) => `${name} ${above.toFixed(2)} and ${below.toFixed(2)}`)
        .join('; '),
    },
  ];
}

function fifthsPicture(rows: readonly (readonly (number | string)[])[]): object {
  return {
    title: 'Left without a bundle, by fifth of arrivals',
    data: { values: rows.map(([input, rule, fifth, unserved]) => ({ input, rule, fifth, unserved })) },
    facet: { column: { field: 'input', type: 'nominal', title: null } },
    spec: {
      width: 220,
      height: 200,
      mark: { type: 'line', point: true },
      encoding: {
        x: { field: 'fifth', type: 'ordinal', title: 'fifth of arrivals' },
        y: { field: 'unserved', type: 'quantitative', title: 'share without a bundle' },
        color: { field: 'rule', type: 'nominal', title: 'rule' },
      },
    },
  };
}
