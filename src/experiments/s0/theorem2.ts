import { measure, mechanismOf } from '../../learning/held-out.js';
import { materialize, sampleProfiles } from '../../profiles/samplers.js';
import type { Claim, Experiment } from '../experiment.js';
import { exsNetTerms, generalizationBound, samplesFor } from '../theory/generalization.js';
import { testProfiles } from './compare.js';
import { CITATION } from './instance.js';
import { trained } from './trained.js';

const AT = { agents: 2, items: 2, budget: 1 };
const SAMPLES = [128, 512, 2048, 8192];
/** Training profiles that the mean over them is taken from; more would add nothing. */
const MEASURED = 2048;

interface Gap {
  readonly samples: number;
  readonly seed: number;
  readonly training: number;
  readonly heldOut: number;
  readonly bound: number;
  /** Samples below which the bound says nothing, and from which it is below 1e-3. */
  readonly needed: readonly [number, number];
}

/** Theorem 2: how much more exploitable ExS-Net is on new profiles than on those it was trained on, and a bound of that. */
export const theorem2: Experiment = {
  id: 's0/theorem2',
  title:
    'Exploitability on training profiles and on new ones, and a covering-number bound of the difference, ExS-Net at 2x2',
  citation: CITATION,
  async run(engine, write, options) {
    const quick = options.setting === 'quick';
    const test = testProfiles('uniform', AT, options);
    const gaps: Gap[] = [];
    for (const samples of quick ? SAMPLES.slice(0, 2) : SAMPLES) {
      const fields = { model: 'exs-net', ...AT, samples, iterations: 2000 };
      const networks = await trained(engine, write, options, `exs-net-2x2-samples-${samples}`, fields);
      for (const [k, network] of networks.entries()) {
        const seed = options.seeds[k]!;
        const count = Math.min(samples, test.count * 2, MEASURED);
        // The first of the profiles that training with this seed drew.
        const seen = materialize(sampleProfiles('uniform', { ...AT, count, seed }));
        const mean = async (batch: typeof seen) => {
          const how = { effort: 'quick', ...(options.signal ? { signal: options.signal } : {}) } as const;
          return (await measure(engine, mechanismOf(network), batch, how)).exploitability;
        };
        const terms = exsNetTerms(network, AT.budget, samples);
        gaps.push({
          samples,
          seed,
          training: await mean(seen),
          heldOut: await mean(test),
          bound: generalizationBound(terms),
          needed: [samplesFor(terms.range, terms), samplesFor(1e-3, terms)],
        });
      }
    }
    await write.table(
      'theorem2.csv',
      ['samples', 'seed', 'training', 'held_out', 'gap', 'bound', 'samples_to_say_anything', 'samples_for_0.001'],
      gaps.map(({ samples, seed, training, heldOut, bound, needed }) => [
        samples,
        seed,
        training,
        heldOut,
        heldOut - training,
        bound,
        ...needed,
      ]),
    );
    await write.picture('theorem2.svg', picture(gaps));
    return claims(gaps);
  },
};

function claims(gaps: readonly Gap[]): Claim[] {
  const range = AT.items * Math.min(1, AT.budget);
  const needed = (k: 0 | 1) => Math.max(...gaps.map((gap) => gap.needed[k])).toExponential(1);
  const byCount = [...new Set(gaps.map(({ samples }) => samples))].map((samples) => {
    const own = gaps.filter((gap) => gap.samples === samples);
    const mean = own.reduce((sum, { training, heldOut }) => sum + heldOut - training, 0) / own.length;
    return `${samples} profiles: ${mean.toExponential(1)}`;
  });
  return [
    {
      claim: 'exploitability on new profiles exceeds that on the training profiles by no more than the bound',
      paper: 'Theorem 2: a gap of order 1/√L up to logarithms',
      measured: `${byCount.join('; ')}; the bound is ${Math.min(...gaps.map(({ bound }) => bound)).toPrecision(3)} or more`,
      holds: gaps.every(({ training, heldOut, bound }) => heldOut - training <= bound),
    },
    {
      claim: 'the bound says more than that gains are bounded',
      paper: 'a guarantee under finite samples',
      measured: `vacuous at ${gaps.filter(({ bound }) => bound >= range).length} of ${gaps.length} networks (no gain exceeds ${range}); it says something from ${needed(0)} profiles on, and guarantees 1e-3 from ${needed(1)} on`,
      holds: gaps.every(({ bound }) => bound < range),
    },
  ];
}

function picture(gaps: readonly Gap[]): object {
  const values = gaps.flatMap(({ samples, training, heldOut, bound }) => [
    { samples, kind: 'on training profiles', value: training },
    { samples, kind: 'on new profiles', value: heldOut },
    { samples, kind: 'bound of the difference', value: bound },
  ]);
  const range = AT.items * Math.min(1, AT.budget);
  const x = { field: 'samples', type: 'quantitative', title: 'training profiles', scale: { type: 'log' } };
  const y = { type: 'quantitative', title: 'exploitability', scale: { type: 'log' } };
  const color = { field: 'kind', type: 'nominal', title: null, sort: null };
  return {
    title: 'Zeng et al. 2023, Theorem 2: ExS-Net at 2x2',
    width: 420,
    height: 320,
    layer: [
      {
        data: { values },
        mark: { type: 'point', filled: true, size: 50 },
        encoding: { x, y: { ...y, field: 'value' }, color },
      },
      {
        data: { values },
        mark: 'line',
        encoding: { x, y: { ...y, field: 'value', aggregate: 'mean' }, color },
      },
      {
        data: { values: [{ range }] },
        mark: { type: 'rule', strokeDash: [4, 4] },
        encoding: { y: { ...y, field: 'range' } },
      },
    ],
  };
}
