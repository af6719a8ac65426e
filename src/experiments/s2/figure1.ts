import type { Claim, Experiment } from '../experiment.js';
import { boxes, shown, spread, type Point } from './boxes.js';
import { CITATION, SELECTIONS, adultCounts, syntheticBids, type Instance } from './inputs.js';
import { RULES, capsOf } from './instances.js';
import { nneOf, live } from './measures.js';
import { nashKeeps } from './theory.js';

const SEEDS = 10;
const CONSTRAINED = ['one agent', 'two agents'] as const;
type Constrained = (typeof CONSTRAINED)[number];

type Row = [input: string, constrained: Constrained, rule: string, seed: number, q: number];
/** 1 − q_min of each seed. */
type Lookup = (input: string, constrained: Constrained, rule: string) => number[];

/** 1 − q_min of every rule, agents constrained one at a time and two at a time, over ten draws of the caps. */
function figure(
  letter: string,
  title: string,
  inputs: (seed: number) => readonly Instance[],
  judge: (of: Lookup) => Claim[],
): Experiment {
  const name = `figure1${letter}`;
  return {
    id: `s2/${name}`,
    title,
    citation: CITATION,
    async run(engine, write, options) {
      const seeds = Array.from({ length: options.count ?? SEEDS }, (_, s) => options.seed + s);
      const rows: Row[] = [];
      let margin = Infinity;
      for (const seed of seeds) {
        for (const instance of inputs(seed)) {
          const caps = capsOf(instance, seed);
          for (const [rule, mechanism] of RULES) {
            const { single, double, singleAll, doubleAll } = await nneOf(engine, mechanism, instance, caps, options);
            rows.push([instance.name, 'one agent', rule, seed, single]);
            rows.push([instance.name, 'two agents', rule, seed, double]);
            const n = live(instance);
            if (rule === 'Nash') margin = Math.min(margin, singleAll - nashKeeps(n, 1), doubleAll - nashKeeps(n, 2));
          }
        }
      }
      const points = rows.map(([input, constrained, rule, , q]): Point => ({
        panel: `${input}, ${constrained} constrained`,
        rule,
        y: 1 - q,
      }));
      await write.table(`${name}.csv`, ['input', 'constrained', 'rule', 'seed', 'q_min'], rows);
      await write.picture(`${name}.svg`, boxes(title, '1 − q_min', points, CONSTRAINED.length));
      const of: Lookup = (input, constrained, rule) =>
        rows.filter(([a, b, c]) => a === input && b === constrained && c === rule).map((row) => 1 - row[4]);
      return [
        {
          claim: 'Nash: nobody keeps less than r, r + 1/r = 2 (k + 1) − k (k + 2)/n, nobody left out',
          paper: 'a quarter, one agent constrained (Corollary 2)',
          measured: `the nearest of all draws and constrained agents stays ${margin.toFixed(3)} above`,
          holds: margin > -1e-6,
        },
        ...judge(of),
      ];
    },
  };
}

const median = (numbers: readonly number[]): number => spread(numbers).median;

/** How rules compare on one input; what the paper found on its own data is judged on that. */
function comparison(of: Lookup, input: string, judged: boolean): Claim[] {
  return CONSTRAINED.map((constrained) => {
    const middle = (rule: string) => median(of(input, constrained, rule));
    const far = middle('utilitarian') > 1.5 * Math.max(middle('Nash'), middle('γ = 0.1'));
    return {
      claim: `${input}, ${constrained} constrained: 1 − q_min, median (least to largest)`,
      paper: judged ? 'utilitarian far above Nash and γ = 0.1' : 'the same on the bids of Yahoo A3',
      measured: RULES.map(([rule]) => `${rule} ${shown(of(input, constrained, rule))}`).join('; '),
      ...(judged ? { holds: far } : {}),
    };
  });
}

/** What the paper says of UCI Adult. */
function ofAdult(of: Lookup, input: string): Claim[] {
  const one = (rule: string) => of(input, 'one agent', rule);
  const numbers = (pick: (of: number[]) => number, rules: readonly string[]) =>
    rules.map((rule) => `${rule} ${pick(one(rule)).toFixed(3)}`).join(', ');
  return [
    {
      claim: `${input}, one agent constrained: Nash and γ = 0.1 take less than 10 %`,
      paper: 'below 10 %',
      measured: `medians ${numbers(median, ['Nash', 'γ = 0.1'])}; largest ${numbers((all) => Math.max(...all), ['Nash', 'γ = 0.1'])}`,
      holds: Math.max(median(one('Nash')), median(one('γ = 0.1'))) < 0.1,
    },
    {
      claim: `${input}, one agent constrained: γ = 0.5 takes at least twice as much as Nash`,
      paper: 'twice',
      measured: `medians ${numbers(median, ['γ = 0.5', 'Nash'])}`,
      holds: median(one('γ = 0.5')) >= 2 * median(one('Nash')),
    },
  ];
}

export const figure1a = figure(
  'a',
  'UCI Adult: what others lose when occupations want as many men as women',
  () => SELECTIONS.map(adultCounts),
  (of) => SELECTIONS.flatMap((input) => [...comparison(of, input, true), ...ofAdult(of, input)]),
);

export const figure1b = figure(
  'b',
  'Synthetic bids in place of Yahoo A3: what others lose when advertisers want all phrases equally',
  (seed) => [syntheticBids(seed)],
  (of) => comparison(of, 'synthetic bids', false),
);
