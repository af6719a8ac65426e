import { join } from 'node:path';
import type { Engine } from '../../engine/engine.js';
import { Pace } from '../../engine/schedule.js';
import { hasCheckpoint } from '../../learning/checkpoint.js';
import { eef1nnTrainingConfig } from '../../learning/eef1nn-config.js';
import { trainEef1nn } from '../../learning/eef1nn-train.js';
import type { EpochOptions } from '../../learning/epochs.js';
import { nrrTrainingConfig } from '../../learning/nrr-config.js';
import { measureAssignment, type NrrMeasured } from '../../learning/nrr-held-out.js';
import { mean as meanValue, orderedBy } from '../../learning/nrr-targets.js';
import { trainNrr } from '../../learning/nrr-train.js';
import { eef1nn, nrr, roundRobin } from '../../mechanisms/factories.js';
import type { Mechanism } from '../../mechanisms/mechanism.js';
import type { ExperimentOptions, Writer } from '../experiment.js';
import type { Spread } from '../s0/report.js';
import { profilesAside, spreadOf } from './nrr.js';

export const RR = 'round-robin';
export const BY_MEAN = 'round-robin by mean value';
export const NRR = 'nrr';
export const MASKED = 'nrr, masked leftovers';
export const EEF1NN = 'eef1nn';

/** A rule measured at a size. */
export interface Row extends NrrMeasured {
  readonly agents: number;
  readonly items: number;
  readonly rule: string;
  /** Training seed; 0 for a rule that is not trained. */
  readonly seed: number;
}

export type Quantity = 'hamming' | 'welfareRatio' | 'ef1';

/** A rule that was trained from a seed. */
export interface Learned {
  readonly rule: string;
  readonly seed: number;
  readonly mechanism: Mechanism;
}

/** What the quick setting trains with: enough to run every step. */
const QUICK = {
  nrr: { samples: 20, epochs: 3, heldOut: 2 },
  eef1nn: { samples: 6, epochs: 1, heldOut: 2, hidden: [8, 8] },
};

/**
 * One network per training seed, kept in `networks/<name>-seed-<s>` of the experiment's folder; what is there already is used again. Trained at
 * that many agents and items by the published recipe.
 */
export async function learn(
  engine: Engine,
  write: Writer,
  { seeds, setting, signal, onTraining }: ExperimentOptions,
  rule: typeof NRR | typeof MASKED | typeof EEF1NN,
  agents: number,
  items: number,
): Promise<Learned[]> {
  const model = rule === EEF1NN ? 'eef1nn' : 'nrr';
  const fields = { model, agents, items, ...(setting === 'quick' ? QUICK[model] : {}) };
  const learned: Learned[] = [];
  for (const seed of seeds) {
    const name = `${setting === 'quick' ? 'quick-' : ''}${rule.replace(', ', '-').replace(' ', '-')}-${agents}x${items}-seed-${seed}`;
    const out = join(write.folder, 'networks', name);
    const pace = new Pace();
    const options: EpochOptions = {
      seed,
      out,
      resume: await hasCheckpoint(out),
      ...(signal ? { signal } : {}),
      onProgress: (done, total) => onTraining?.(name, pace.at(done, total)),
    };
    const { network } =
      model === 'eef1nn'
        ? // The same bits on every machine.
          await trainEef1nn(engine, eef1nnTrainingConfig(fields), { ...options, backend: 'kernels' })
        : await trainNrr(
            engine,
            nrrTrainingConfig({ ...fields, leftover: rule === MASKED ? 'masked' : 'uniform' }),
            options,
          );
    signal?.throwIfAborted();
    learned.push({ rule, seed, mechanism: (model === 'eef1nn' ? eef1nn : nrr)({ model: network }) });
  }
  return learned;
}

/** Round Robin in both orders and learned rules, on profiles of a size that none was trained on. */
export async function measureAll(
  engine: Engine,
  learned: readonly Learned[],
  agents: number,
  items: number,
  count: number,
  options: ExperimentOptions,
): Promise<Row[]> {
  const batch = profilesAside(options, { agents, items, count });
  const rows: Row[] = [];
  const add = async (rule: string, trainedFrom: number, mechanism: Mechanism, on = batch) => {
    options.signal?.throwIfAborted();
    rows.push({ agents, items, rule, seed: trainedFrom, ...(await measureAssignment(engine, mechanism, on)) });
  };
  await add(RR, 0, roundRobin());
  await add(BY_MEAN, 0, roundRobin(), orderedBy(batch, meanValue));
  for (const each of learned) await add(each.rule, each.seed, each.mechanism);
  return rows;
}

export async function writeRows(write: Writer, name: string, rows: readonly Row[]): Promise<void> {
  await write.table(
    name,
    ['agents', 'items', 'rule', 'seed', 'hamming', 'welfare_ratio', 'ef1'],
    rows.map((row) => [row.agents, row.items, row.rule, row.seed, row.hamming, row.welfareRatio, row.ef1]),
  );
}

/** Mean, and standard deviation between training seeds: 0 of a rule that is not trained. */
export function spread(rows: readonly Row[], of: Quantity): Spread {
  return spreadOf(rows.map((row) => row[of]));
}

/** `0.784 ± 0.012`. */
export function shown({ mean, error: sd }: Spread): string {
  return sd > 0 ? `${mean.toFixed(3)} ± ${sd.toFixed(3)}` : mean.toFixed(3);
}

export function select(rows: readonly Row[], rule: string, agents?: number, items?: number): Row[] {
  return rows.filter(
    (row) =>
      row.rule === rule &&
      (agents === undefined || row.agents === agents) &&
      (items === undefined || row.items === items),
  );
}

const TITLES: Readonly<Record<Quantity, string>> = {
  hamming: 'Hamming distance',
  welfareRatio: 'welfare over the greatest',
  ef1: 'share of profiles that are EF1',
};

/** Means over training seeds, and one standard deviation about them, along the number of items: one panel a quantity and number of agents. */
export function picture(title: string, rows: readonly Row[]): object {
  const keys = new Map(rows.map((row) => [`${row.agents} ${row.items} ${row.rule}`, row]));
  const values = [...keys.values()].flatMap(({ agents, items, rule }) =>
    (Object.keys(TITLES) as Quantity[]).map((quantity) => {
      const { mean, error: sd } = spread(select(rows, rule, agents, items), quantity);
      return {
        agents: `${agents} agents`,
        items,
        rule,
        quantity: TITLES[quantity],
        mean,
        low: mean - sd,
        high: mean + sd,
      };
    }),
  );
  const color = { field: 'rule', type: 'nominal', title: null };
  return {
    title,
    data: { values },
    facet: {
      row: { field: 'quantity', type: 'nominal', title: null },
      column: { field: 'agents', type: 'nominal', title: null, sort: null },
    },
    resolve: { scale: { y: 'independent', x: 'independent' } },
    spec: {
      width: 300,
      height: 160,
      layer: [
        {
          mark: { type: 'area', opacity: 0.15 },
          encoding: {
            x: { field: 'items', type: 'quantitative' },
            y: { field: 'low', type: 'quantitative' },
            y2: { field: 'high' },
            color,
          },
        },
        {
          mark: { type: 'line', point: true },
          encoding: {
            x: { field: 'items', type: 'quantitative', title: 'items' },
            y: { field: 'mean', type: 'quantitative', title: null, scale: { zero: false } },
            color,
          },
        },
      ],
    },
  };
}
