import type { Engine } from '../../engine/engine.js';
import { hamming } from '../../learning/nrr-held-out.js';
import { parseTargets, targetOwners, type NrrTarget } from '../../learning/nrr-targets.js';
import { nrr } from '../../mechanisms/factories.js';
import type { ProfileBatch } from '../../profiles/batch.js';
import type { Claim, Experiment, ExperimentOptions } from '../experiment.js';
import { shown } from '../s0/report.js';
import { CITATION, profilesAside, SEEDS, spreadOf, trainSeeds } from './nrr.js';

type Rule = Exclude<NrrTarget, 'file'>;
const RULES: readonly Rule[] = [
  'max-utilitarian',
  'max-nash',
  'leximin',
  'utilitarian-ef1',
  'pf-rounded',
  'round-robin',
  'round-robin-by-mean',
  'round-robin-by-range',
];
/** Alone, and several at once. */
const TRAINED = [
  ...RULES,
  'max-nash,leximin',
  'max-utilitarian,leximin',
  'round-robin-by-mean,round-robin-by-range',
  'round-robin-by-mean:3,round-robin-by-range:1',
];
const CASES = [
  { name: 'rank-one, 15 x 5', agents: 15, items: 5, sampler: 'rank-one' },
  { name: 'uniform, 4 x 7', agents: 4, items: 7, sampler: 'uniform-full' },
] as const;
/** Orders that no value tells: what comes out is as good as any. */
const HIDDEN: Rule = 'round-robin';

interface Row {
  readonly data: string;
  /** What the network was trained towards; of a rule by itself its name. */
  readonly trained: string;
  /** Training seed; 0: a rule, not a network. */
  readonly seed: number;
  /** Hamming distance to the assignments of each rule. */
  readonly to: Readonly<Record<Rule, number>>;
}

/** Networks trained towards rules that are an order of picks, towards some that are none, and towards several at once. */
export const targets: Experiment = {
  id: 's1/targets',
  title: 'Neural Round Robin trained towards eight rules and four mixtures: distance to every rule',
  citation: CITATION,
  seeds: { ...SEEDS, paper: SEEDS.paper.slice(0, 8) },
  async run(engine, write, options) {
    const rows: Row[] = [];
    for (const data of CASES) rows.push(...(await rowsOf(engine, data, options)));
    await write.table(
      'targets.csv',
      ['data', 'trained_towards', 'seed', ...RULES],
      rows.map((row) => [row.data, row.trained, row.seed, ...RULES.map((rule) => row.to[rule])]),
    );
    await write.picture('targets.svg', picture(rows));
    return CASES.flatMap(({ name }) =>
      claims(
        name,
        rows.filter(({ data }) => data === name),
      ),
    );
  },
};

async function rowsOf(engine: Engine, data: (typeof CASES)[number], options: ExperimentOptions): Promise<Row[]> {
  const { name, agents, items, sampler } = data;
  const batch: ProfileBatch = profilesAside(options, { ...data, count: 500 });
  const owners = new Map<Rule, Int32Array>();
  for (const rule of RULES) owners.set(rule, await targetOwners(engine, batch, rule));
  const distances = (owner: Int32Array) =>
    Object.fromEntries(RULES.map((rule) => [rule, hamming(owner, owners.get(rule)!)])) as Record<Rule, number>;
  const rows: Row[] = RULES.map((rule) => ({ data: name, trained: rule, seed: 0, to: distances(owners.get(rule)!) }));
  for (const target of TRAINED) {
    // Masked, where fewer seeds learn an order backwards.
    const fields = { agents, items, sampler, target, leftover: 'masked' };
    for (const { network, seed } of await trainSeeds(engine, `${name}, ${target}`, fields, options)) {
      const { owner } = await engine.allocate(nrr({ model: network }), batch);
      rows.push({ data: name, trained: target, seed, to: distances(owner!) });
    }
  }
  return rows;
}

function claims(data: string, rows: readonly Row[]): Claim[] {
  const networks = (target: string) => rows.filter(({ trained, seed }) => trained === target && seed > 0);
  const distance = (target: string, rule: Rule) => networks(target).map(({ to }) => to[rule]);
  const fixed = (rule: Rule, to: Rule) => rows.find(({ trained, seed }) => trained === rule && seed === 0)!.to[to];
  return [
    ...RULES.map((rule): Claim => {
      const found = distance(rule, rule);
      const plain = fixed(HIDDEN, rule);
      const byMean = fixed('round-robin-by-mean', rule);
      return rule === HIDDEN
        ? {
            claim: `${data}: an order that no value tells cannot be learned (Hamming distance)`,
            paper: 'not tried',
            measured: shown(spreadOf(found)),
          }
        : {
            claim: `${data}: trained towards ${rule}, networks are nearer to it than Round Robin is (Hamming distance, mean over seeds)`,
            paper: 'implicit rules can be learned from examples',
            measured: `${shown(spreadOf(found))}, best ${Math.min(...found).toFixed(3)}; Round Robin ${plain.toFixed(3)}, by mean value ${byMean.toFixed(3)}`,
            holds: spreadOf(found).mean < plain,
          };
    }),
    ...TRAINED.filter((target) => target.includes(',')).map((target): Claim => {
      const parts = parseTargets(target).map(({ rule }) => rule as Rule);
      const each = parts.map((rule) => `to ${rule} ${shown(spreadOf(distance(target, rule)))}`);
      const alone = parts.map((rule) => `${rule} ${shown(spreadOf(distance(rule, rule)))}`);
      return {
        claim: `${data}: trained towards ${target} at once (Hamming distance to each)`,
        paper: 'an open question',
        measured: `${each.join(', ')}; trained towards one alone: ${alone.join(', ')}`,
      };
    }),
  ];
}

/** One square for each thing trained towards and rule, with the mean distance in it. */
function picture(rows: readonly Row[]): object {
  const values = CASES.flatMap(({ name }) =>
    TRAINED.flatMap((target) => {
      const own = rows.filter((row) => row.data === name && row.trained === target && row.seed > 0);
      return RULES.map((rule) => {
        const { mean } = spreadOf(own.map(({ to }) => to[rule]));
        return { data: name, trained: target, rule, distance: mean, text: mean.toFixed(2) };
      });
    }),
  );
  const place = {
    x: { field: 'rule', type: 'nominal', sort: RULES, title: 'distance to', axis: { labelAngle: -40 } },
    y: { field: 'trained', type: 'nominal', sort: TRAINED, title: 'trained towards' },
  };
  return {
    title: 'Hamming distance of networks to rules, mean over seeds',
    data: { values },
    facet: { field: 'data', type: 'nominal', title: null },
    spec: {
      width: 360,
      height: 320,
      layer: [
        {
          mark: 'rect',
          encoding: {
            ...place,
            color: { field: 'distance', type: 'quantitative', title: 'distance', scale: { reverse: true } },
          },
        },
        { mark: { type: 'text', fontSize: 9 }, encoding: { ...place, text: { field: 'text' } } },
      ],
    },
  };
}
