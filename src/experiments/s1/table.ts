import type { Engine } from '../../engine/engine.js';
import { Pace } from '../../engine/schedule.js';
import { nrrTrainingConfig } from '../../learning/nrr-config.js';
import { measureAssignment, type NrrMeasured } from '../../learning/nrr-held-out.js';
import { trainNrr } from '../../learning/nrr-train.js';
import { nrr, roundRobin } from '../../mechanisms/factories.js';
import type { ProfileBatch } from '../../profiles/batch.js';
import { materialize, sampleProfiles } from '../../profiles/samplers.js';
import type { Claim, Experiment, ExperimentOptions } from '../experiment.js';

const AGENTS = 15;
const ITEMS = 5;
const LEFTOVERS = ['uniform', 'masked'] as const;
/** Enough to run every step. */
const QUICK = { samples: 40, epochs: 8, heldOut: 20 };
/** Profiles to measure on are drawn with another seed than those to train on. */
export const ASIDE = 2 ** 41;

interface Row extends NrrMeasured {
  readonly rule: string;
  /** Training seed; 0 for a rule that is not trained. */
  readonly seed: number;
  /** Training loss of the last epoch; 0 likewise. */
  readonly loss: number;
}

/** Hamming distance to the assignment of greatest welfare, welfare and EF1 of Round Robin in three orders, every training seed by itself. */
export const table: Experiment = {
  id: 's1/table',
  title:
    'Round Robin, in the order of falling mean value, and in a learned order, at 15 agents and 5 items: every seed',
  citation: 'Maruo, Takeuchi, Kashima, Learning Fair and Preferable Allocations through Neural Network, 2024',
  // Training is bimodal, and takes a fifth of a second.
  seeds: { paper: Array.from({ length: 16 }, (_, k) => k + 1), quick: [1, 2] },
  async run(engine, write, options) {
    const quick = options.setting === 'quick';
    const count = options.count ?? (quick ? 100 : 1000);
    const seed = (options.seed + ASIDE) % Number.MAX_SAFE_INTEGER;
    const batch = materialize(sampleProfiles('rank-one', { agents: AGENTS, items: ITEMS, count, seed }));
    const fixed: Row[] = [
      { rule: 'round-robin', seed: 0, loss: 0, ...(await measureAssignment(engine, roundRobin(), batch)) },
      {
        rule: 'round-robin by mean value',
        seed: 0,
        loss: 0,
        ...(await measureAssignment(engine, roundRobin(), byMeanValue(batch))),
      },
    ];
    const learned: Row[] = [];
    for (const leftover of LEFTOVERS) learned.push(...(await trainedRows(engine, leftover, batch, options)));
    const rows = [...fixed, ...learned];
    await write.table(
      'table.csv',
      ['rule', 'seed', 'hamming', 'welfare_ratio', 'ef1', 'loss'],
      rows.map((row) => [row.rule, row.seed, row.hamming, row.welfareRatio, row.ef1, row.loss]),
    );
    await write.picture('table.svg', picture(rows));
    return claims(fixed[0]!, fixed[1]!, learned);
  },
};

async function trainedRows(
  engine: Engine,
  leftover: 'uniform' | 'masked',
  batch: ProfileBatch,
  { seeds, setting, signal, onTraining }: ExperimentOptions,
): Promise<Row[]> {
  const config = nrrTrainingConfig({
    model: 'nrr',
    agents: AGENTS,
    items: ITEMS,
    leftover,
    ...(setting === 'quick' ? QUICK : {}),
  });
  const rows: Row[] = [];
  for (const seed of seeds) {
    const label = `nrr, ${leftover} leftovers`;
    const pace = new Pace();
    const { network, loss } = await trainNrr(engine, config, {
      seed,
      ...(signal ? { signal } : {}),
      onProgress: (done, total) => onTraining?.(`${label}, seed ${seed}`, pace.at(done, total)),
    });
    signal?.throwIfAborted();
    rows.push({ rule: label, seed, loss, ...(await measureAssignment(engine, nrr({ model: network }), batch)) });
  }
  return rows;
}

/** The same profiles, agents of higher mean value first. */
export function byMeanValue(batch: ProfileBatch): ProfileBatch {
  const { count, agents, items } = batch;
  const values = batch.arrays.values!.data as Float64Array;
  const order = new Int32Array(count * agents);
  for (let k = 0; k < count; k++) {
    const sums = Array.from({ length: agents }, (_, i) =>
      values.subarray((k * agents + i) * items, (k * agents + i + 1) * items).reduce((a, b) => a + b, 0),
    );
    order.set(
      sums.map((_, i) => i).sort((a, b) => sums[b]! - sums[a]! || a - b),
      k * agents,
    );
  }
  return { ...batch, arrays: { ...batch.arrays, order: { data: order, stride: agents } } };
}

/** A network that lets agents of low values pick first does worse than the order of the file. */
function isReversed(row: Row, plain: Row): boolean {
  return row.welfareRatio < plain.welfareRatio;
}

const shown = ({ hamming, welfareRatio }: Row) => `${hamming.toFixed(3)}, ${welfareRatio.toFixed(3)}`;

function claims(plain: Row, byMean: Row, learned: readonly Row[]): Claim[] {
  const good = learned.filter((row) => !isReversed(row, plain));
  const best = (from: readonly Row[]) => from.reduce((a, b) => (b.welfareRatio > a.welfareRatio ? b : a));
  const all = [plain, byMean, ...learned];
  return [
    {
      claim: 'every rule is EF1 on every profile',
      paper: 'EF1 by construction',
      measured: `${all.filter(({ ef1 }) => ef1 === 1).length} of ${all.length} rules and seeds`,
      holds: all.every(({ ef1 }) => ef1 === 1),
    },
    {
      claim: 'a learned order is nearer the greatest welfare than a fixed one (Hamming, welfare ratio)',
      paper: 'NRR improves on Round Robin',
      measured: `${shown(best(learned))} (best seed) against ${shown(plain)}`,
      holds: best(learned).welfareRatio > plain.welfareRatio && best(learned).hamming < plain.hamming,
    },
    {
      claim: 'and what it learns is the order of falling mean value (Hamming, welfare ratio)',
      paper: 'not compared',
      measured: good.length > 0 ? `${shown(best(good))} (best seed) against ${shown(byMean)}` : 'no seed learned it',
    },
    ...LEFTOVERS.map((leftover) => {
      const rows = learned.filter(({ rule }) => rule.includes(leftover));
      const reversed = rows.filter((row) => isReversed(row, plain));
      const losses = (of: readonly Row[]) => (of.length > 0 ? of.map(({ loss }) => loss.toFixed(2)).join(' ') : 'none');
      return {
        claim: `${leftover} leftovers: seeds that learn the opposite order`,
        paper: 'not mentioned',
        measured: `${reversed.length} of ${rows.length} (losses ${losses(reversed)}; the others ${losses(rows.filter((row) => !isReversed(row, plain)))})`,
      };
    }),
  ];
}

function picture(rows: readonly Row[]): object {
  return {
    title: 'Round Robin in several orders, 15 agents x 5 items; one point a seed',
    width: 420,
    height: 260,
    data: { values: rows.map(({ rule, hamming, welfareRatio }) => ({ rule, hamming, welfareRatio })) },
    mark: { type: 'point', filled: true, size: 90, opacity: 0.6 },
    encoding: {
      x: {
        field: 'hamming',
        type: 'quantitative',
        title: 'Hamming distance to greatest welfare',
        scale: { zero: false },
      },
      y: { field: 'welfareRatio', type: 'quantitative', title: 'welfare over the greatest', scale: { zero: false } },
      color: { field: 'rule', type: 'nominal', title: null },
      shape: { field: 'rule', type: 'nominal', title: null },
    },
  };
}
