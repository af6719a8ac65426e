import type { Engine } from '../../engine/engine.js';
import { Pace } from '../../engine/schedule.js';
import { nrrTrainingConfig } from '../../learning/nrr-config.js';
import { measureAssignment, type NrrMeasured } from '../../learning/nrr-held-out.js';
import { mean, orderedBy } from '../../learning/nrr-targets.js';
import { trainNrr } from '../../learning/nrr-train.js';
import { nrr, roundRobin } from '../../mechanisms/factories.js';
import type { Network } from '../../networks/network.js';
import type { ProfileBatch } from '../../profiles/batch.js';
import { materialize, sampleProfiles } from '../../profiles/samplers.js';
import type { Experiment, ExperimentOptions, Setting, Writer } from '../experiment.js';
import type { Spread } from '../s0/report.js';

export const CITATION =
  'Maruo, Takeuchi, Kashima, Learning Fair and Preferable Allocations through Neural Network, 2024';
/** The published size. */
export const AGENTS = 15;
export const ITEMS = 5;
export const LEFTOVERS = ['uniform', 'masked'] as const;
/** Enough to run every step. */
const QUICK = { samples: 40, epochs: 8, heldOut: 20 };
/** Profiles to measure on are drawn with another seed than those to train on. */
const ASIDE = 2 ** 41;

/** Training is bimodal, and takes a fifth of a second. */
export const SEEDS: NonNullable<Experiment['seeds']> = {
  paper: Array.from({ length: 16 }, (_, k) => k + 1),
  quick: [1, 2],
};

/** `count` profiles that no network is trained on; fewer in the quick setting unless given. */
export function profilesAside(
  options: ExperimentOptions,
  size: { readonly agents: number; readonly items: number; readonly sampler?: string; readonly count?: number } = {
    agents: AGENTS,
    items: ITEMS,
  },
): ProfileBatch {
  const { agents, items, sampler = 'rank-one' } = size;
  const count = options.count ?? (options.setting === 'quick' ? 100 : (size.count ?? 1000));
  const seed = (options.seed + ASIDE) % Number.MAX_SAFE_INTEGER;
  return materialize(sampleProfiles(sampler, { agents, items, count, seed }));
}

/** A network and how it came about. */
export interface TrainedSeed {
  readonly network: Network;
  readonly seed: number;
  /** Mean loss of the last epoch. */
  readonly loss: number;
}

/** One network per training seed; `fields` are those of a training configuration beside the published values. */
export async function trainSeeds(
  engine: Engine,
  label: string,
  fields: Readonly<Record<string, unknown>>,
  { seeds, setting, signal, onTraining }: ExperimentOptions,
): Promise<TrainedSeed[]> {
  const config = trainingFields(fields, setting);
  const all: TrainedSeed[] = [];
  for (const seed of seeds) {
    const pace = new Pace();
    const { network, loss } = await trainNrr(engine, config, {
      seed,
      ...(signal ? { signal } : {}),
      onProgress: (done, total) => onTraining?.(`${label}, seed ${seed}`, pace.at(done, total)),
    });
    signal?.throwIfAborted();
    all.push({ network, seed, loss });
  }
  return all;
}

export function trainingFields(fields: Readonly<Record<string, unknown>>, setting: Setting) {
  const quick = setting === 'quick' ? QUICK : {};
  return nrrTrainingConfig({ model: 'nrr', agents: AGENTS, items: ITEMS, ...fields, ...quick });
}

/** A rule measured on the profiles set aside. */
export interface Row extends NrrMeasured {
  readonly rule: string;
  /** Training seed; 0 for a rule that is not trained. */
  readonly seed: number;
  /** Training loss of the last epoch; 0 likewise. */
  readonly loss: number;
}

/** Round Robin in the order of the agents, and in that of falling mean value. */
export async function fixedRows(engine: Engine, batch: ProfileBatch): Promise<readonly [plain: Row, byMean: Row]> {
  const row = async (rule: string, of: ProfileBatch): Promise<Row> => ({
    ...{ rule, seed: 0, loss: 0 },
    ...(await measureAssignment(engine, roundRobin(), of)),
  });
  return [await row('round-robin', batch), await row('round-robin by mean value', orderedBy(batch, mean))];
}

export async function trainedRows(
  engine: Engine,
  rule: string,
  fields: Readonly<Record<string, unknown>>,
  batch: ProfileBatch,
  options: ExperimentOptions,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { network, seed, loss } of await trainSeeds(engine, rule, fields, options)) {
    rows.push({ rule, seed, loss, ...(await measureAssignment(engine, nrr({ model: network }), batch)) });
  }
  return rows;
}

/** A network that lets agents of low values pick first does worse than the order of the file. */
export function isReversed(row: Row, plain: Row): boolean {
  return row.welfareRatio < plain.welfareRatio;
}

/** Mean, and standard deviation between them. */
export function spreadOf(numbers: readonly number[]): Spread {
  const mean = numbers.reduce((a, b) => a + b, 0) / numbers.length;
  const squares = numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  return { mean, error: numbers.length > 1 ? Math.sqrt(squares / (numbers.length - 1)) : 0 };
}

export async function writeRows(write: Writer, name: string, rows: readonly Row[]): Promise<void> {
  await write.table(
    name,
    ['rule', 'seed', 'hamming', 'welfare_ratio', 'ef1', 'loss'],
    rows.map((row) => [row.rule, row.seed, row.hamming, row.welfareRatio, row.ef1, row.loss]),
  );
}

/** `3 of 16`. */
export const countOf = <T>(list: readonly T[], is: (one: T) => boolean) =>
  `${list.filter(is).length} of ${list.length}`;
