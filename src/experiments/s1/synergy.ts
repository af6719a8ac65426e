import type { Engine } from '../../engine/engine.js';
import { mean, orderedBy } from '../../learning/nrr-targets.js';
import { nrr, roundRobin } from '../../mechanisms/factories.js';
import type { ProfileBatch } from '../../profiles/batch.js';
import { Stream } from '../../random.js';
import type { Claim, Experiment, ExperimentOptions } from '../experiment.js';
import { shown } from '../s0/report.js';
import { CITATION, profilesAside, spreadOf, trainSeeds } from './nrr.js';
import { marginalRoundRobin, pairwiseEf1, withSynergies, type PairwiseValues } from './pairwise.js';

/** More items than agents: an agent with one item is envied by nobody, up to that item. */
const SIZE = { agents: 5, items: 12 };
const SAMPLERS = ['rank-one', 'uniform-full'] as const;
/** −1: as substitutive as values can be without an item that lowers a bundle's. */
const STRENGTHS = [-1, -0.5, 0, 0.5, 1, 2, 4, 8, 16];
/** Those that a claim is made of. */
const JUDGED = [-1, 1, 4, 16];
const SINGLETONS = 'round-robin';
const MARGINALS = 'round-robin by marginal values';
const NRR = 'nrr';
/** Purpose of the random stream. */
const SYNERGIES = 11;

interface Row {
  readonly sampler: string;
  readonly strength: number;
  readonly rule: string;
  /** Training seed; 0: no network. */
  readonly seed: number;
  /** Share of profiles that are not EF1. */
  readonly failing: number;
  /** Envy beyond one item over the envied bundle's value: mean over failing profiles, and largest. */
  readonly envy: number;
  readonly most: number;
}

/** Whether Round Robin, learned or not, stays EF1 where values of bundles are not sums. */
export const synergy: Experiment = {
  id: 's1/synergy',
  title: 'EF1 of Round Robin where pairs of items are worth more, or less, than their sum: 5 agents, 12 items',
  citation: CITATION,
  seeds: { paper: [1, 2, 3, 4, 5, 6, 7, 8], quick: [1, 2] },
  async run(engine, write, options) {
    const rows: Row[] = [];
    for (const sampler of SAMPLERS) rows.push(...(await rowsOf(engine, sampler, options)));
    await write.table(
      'synergy.csv',
      ['sampler', 'strength', 'rule', 'seed', 'not_ef1', 'envy_where_not', 'envy_most'],
      rows.map((r) => [r.sampler, r.strength, r.rule, r.seed, r.failing, r.envy, r.most]),
    );
    await write.picture('synergy.svg', picture(rows));
    return SAMPLERS.flatMap((sampler) =>
      claims(
        sampler,
        rows.filter((row) => row.sampler === sampler),
      ),
    );
  },
};

async function rowsOf(engine: Engine, sampler: string, options: ExperimentOptions): Promise<Row[]> {
  const batch = profilesAside(options, { ...SIZE, sampler, count: 500 });
  const owners = async (of: ProfileBatch) => (await engine.allocate(roundRobin(), of)).owner!;
  // These know singletons only, so that synergies do not change what they do.
  const blind: { rule: string; seed: number; owner: Int32Array }[] = [
    { rule: SINGLETONS, seed: 0, owner: await owners(batch) },
    { rule: 'round-robin by mean value', seed: 0, owner: await owners(orderedBy(batch, mean)) },
  ];
  for (const { network, seed } of await trainSeeds(engine, `${sampler}, nrr`, { ...SIZE, sampler }, options)) {
    blind.push({ rule: NRR, seed, owner: (await engine.allocate(nrr({ model: network }), batch)).owner! });
  }
  const rows: Row[] = [];
  for (const strength of STRENGTHS) {
    options.signal?.throwIfAborted();
    const profiles = profilesOf(batch, strength, options.seed);
    const row = (rule: string, seed: number, ownerOf: (profile: PairwiseValues, p: number) => ArrayLike<number>) => {
      const envies = profiles.map((profile, p) => pairwiseEf1(profile, ownerOf(profile, p)));
      const failing = envies.filter((envy) => envy > 0);
      const envy = failing.length > 0 ? spreadOf(failing).mean : 0;
      const most = Math.max(0, ...failing);
      rows.push({ sampler, strength, rule, seed, failing: failing.length / envies.length, envy, most });
    };
    for (const { rule, seed, owner } of blind) {
      row(rule, seed, (_, p) => owner.subarray(p * SIZE.items, (p + 1) * SIZE.items));
    }
    row(MARGINALS, 0, marginalRoundRobin);
  }
  return rows;
}

/** The same draws at every strength. */
function profilesOf({ count, agents, items, arrays }: ProfileBatch, strength: number, seed: number): PairwiseValues[] {
  const size = agents * items;
  return Array.from({ length: count }, (_, p) => {
    const single = (arrays.values!.data as Float64Array).subarray(p * size, (p + 1) * size);
    return withSynergies(single, agents, items, strength, new Stream(seed, SYNERGIES, p));
  });
}

const percent = (x: number) => `${(100 * x).toFixed(1)} %`;

function claims(sampler: string, rows: readonly Row[]): Claim[] {
  const at = (rule: string, strength: number) => rows.filter((r) => r.rule === rule && r.strength === strength);
  const additive = rows.filter(({ strength }) => strength === 0);
  const told = (rule: string, strength: number) => {
    const found = at(rule, strength);
    const share = shown(spreadOf(found.map(({ failing }) => 100 * failing)));
    return `${share} % of profiles, by ${percent(spreadOf(found.map(({ envy }) => envy)).mean)} of the envied bundle (at most ${percent(Math.max(...found.map(({ most }) => most)))})`;
  };
  return [
    {
      claim: `${sampler}: without synergies every rule is EF1 on every profile`,
      paper: 'EF1 for additive values',
      measured: `fails on ${percent(Math.max(...additive.map(({ failing }) => failing)))} of profiles at most`,
      holds: additive.every(({ failing }) => failing === 0),
    },
    ...JUDGED.flatMap((strength) =>
      [SINGLETONS, NRR, MARGINALS].map((rule) => ({
        claim: `${sampler}: ${rule} is EF1 at synergy ${strength}`,
        paper: 'an open question',
        measured: `fails on ${told(rule, strength)}`,
        holds: at(rule, strength).every(({ failing }) => failing === 0),
      })),
    ),
  ];
}

function picture(rows: readonly Row[]): object {
  const rules = [...new Set(rows.map(({ rule }) => rule))];
  const values = SAMPLERS.flatMap((sampler) =>
    STRENGTHS.flatMap((strength) =>
      rules.map((rule) => {
        const found = rows.filter((r) => r.sampler === sampler && r.strength === strength && r.rule === rule);
        const average = (of: (row: Row) => number) => spreadOf(found.map(of)).mean;
        return { sampler, strength, rule, failing: average((r) => r.failing), envy: average((r) => r.envy) };
      }),
    ),
  );
  const panel = (sampler: string, field: string, title: string) => ({
    title: sampler,
    width: 260,
    height: 220,
    data: { values: values.filter((value) => value.sampler === sampler) },
    mark: { type: 'line', point: true },
    encoding: {
      x: { field: 'strength', type: 'quantitative', title: 'strength of synergies' },
      y: { field, type: 'quantitative', title },
      color: { field: 'rule', type: 'nominal', title: null, sort: rules },
      strokeDash: { field: 'rule', type: 'nominal', title: null, sort: rules },
    },
  });
  return {
    title: 'EF1 where values are not additive (networks: mean over seeds)',
    columns: 2,
    concat: SAMPLERS.flatMap((sampler) => [
      panel(sampler, 'failing', 'share of profiles that are not EF1'),
      panel(sampler, 'envy', 'envy beyond one item, over the bundle'),
    ]),
  };
}
