import { join } from 'node:path';
import type { Engine } from '../../engine/engine.js';
import { measureAssignment, type NrrMeasured } from '../../learning/nrr-held-out.js';
import { nrr } from '../../mechanisms/factories.js';
import type { Network } from '../../networks/network.js';
import { profileBatch, type ProfileBatch } from '../../profiles/batch.js';
import { writeProfiles } from '../../profiles/read.js';
import { Stream } from '../../random.js';
import type { Claim, Experiment, ExperimentOptions, Writer } from '../experiment.js';
import { arielValues, umassValues, type ValueTable } from '../real-inputs.js';
import { shown, type Spread } from '../s0/report.js';
import { CITATION, fixedRows, LEFTOVERS, spreadOf, trainSeeds, type Row } from './nrr.js';

const SOURCES = [
  {
    name: 'ariel',
    table: arielValues,
    sizes: [
      { agents: 10, items: 5 },
      { agents: 10, items: 15 },
    ],
  },
  {
    name: 'umass',
    table: umassValues,
    sizes: [
      { agents: 10, items: 5 },
      { agents: 10, items: 15 },
    ],
  },
] as const;
/** Draws to train on and those that training holds out, and draws to measure on. */
const COUNTS = { paper: { train: 200, measure: 1000 }, quick: { train: 60, measure: 40 } };
/** Purpose of the random streams. */
const DRAWS = 12;

/**
 * Networks see values as they are, and so far from 1 to 2, where they were trained, sigmoids have no slope. Scaled by one number for all, the greatest
 * value is this; orders of picks, welfare ratio and EF1 do not change.
 */
const GREATEST = 2;

interface RealRow extends NrrMeasured {
  readonly data: string;
  readonly rule: string;
  readonly seed: number;
}

/** Networks trained on drawn values, and on draws of the data themselves, on what students said of their courses. */
export const real: Experiment = {
  id: 's1/real',
  title: 'Neural Round Robin on bids and ratings of real courses: trained on rank-one values, and on draws of the data',
  citation: CITATION,
  seeds: { paper: [1, 2, 3, 4, 5, 6, 7, 8], quick: [1, 2] },
  async run(engine, write, options) {
    const rows: RealRow[] = [];
    for (const leftover of LEFTOVERS) {
      const drawn = await trainSeeds(engine, `rank-one, ${leftover} leftovers`, { leftover }, options);
      for (const { name, table, sizes } of SOURCES) {
        const plain = table();
        const all = scaled(plain);
        const { students, others } = halves(all, options.seed);
        for (const size of sizes) {
          const label = `${name}, ${size.agents} x ${size.items}`;
          const count = options.count ?? COUNTS[options.setting].measure;
          const batch = draws(others, size, count, new Stream(options.seed, DRAWS, 1));
          const own = await trainedOnDraws(
            engine,
            write,
            options,
            students,
            size,
            `${name}-${size.agents}x${size.items}`,
            leftover,
          );
          const unscaled = draws(halves(plain, options.seed).others, size, count, new Stream(options.seed, DRAWS, 1));
          rows.push(...(await measured(engine, label, { batch, unscaled }, leftover, drawn, own)));
        }
        if (name === 'ariel') {
          const one = ({ agents, items, values }: ValueTable) =>
            profileBatch({ values: { shape: [1, agents, items], data: values } });
          const label = `${name}, all ${all.agents} x ${all.items}`;
          const profiles = { batch: one(all), unscaled: one(plain) };
          rows.push(...(await measured(engine, label, profiles, leftover, drawn, [])));
        }
      }
    }
    await write.table(
      'real.csv',
      ['data', 'rule', 'seed', 'hamming', 'welfare_ratio', 'ef1'],
      rows.map((r) => [r.data, r.rule, r.seed, r.hamming, r.welfareRatio, r.ef1]),
    );
    await write.picture('real.svg', picture(rows));
    return claims(rows);
  },
};

type Trained = readonly { readonly network: Network; readonly seed: number }[];

/** Fixed orders are measured once, with the first of the leftovers. */
async function measured(
  engine: Engine,
  data: string,
  { batch, unscaled }: { readonly batch: ProfileBatch; readonly unscaled: ProfileBatch },
  leftover: (typeof LEFTOVERS)[number],
  drawn: Trained,
  own: Trained,
): Promise<RealRow[]> {
  const rows: RealRow[] = [];
  if (leftover === LEFTOVERS[0]) {
    rows.push(...(await fixedRows(engine, batch)).map(({ rule, ...row }: Row) => ({ ...row, data, rule })));
  }
  for (const [rule, networks, on] of [
    [transferred(leftover), drawn, batch],
    [asTheyAre(leftover), drawn, unscaled],
    [native(leftover), own, batch],
  ] as const) {
    for (const { network, seed } of networks) {
      rows.push({ data, rule, seed, ...(await measureAssignment(engine, nrr({ model: network }), on)) });
    }
  }
  return rows;
}

const transferred = (leftover: string) => `nrr of rank-one values, ${leftover} leftovers`;
const asTheyAre = (leftover: string) => `${transferred(leftover)}, on unscaled values`;
const native = (leftover: string) => `nrr of draws of the data, ${leftover} leftovers`;

function scaled({ values, ...size }: ValueTable): ValueTable {
  const most = values.reduce((a, b) => Math.max(a, b), 0);
  return { ...size, values: values.map((v) => (v / most) * GREATEST) };
}

/** Half of the students to train on, and the others to measure on. */
function halves({ agents, items, values }: ValueTable, seed: number) {
  const order = new Stream(seed, DRAWS, 0).choose(agents, agents);
  const part = (which: Int32Array): ValueTable => ({
    agents: which.length,
    items,
    values: Float64Array.from({ length: which.length * items }, (_, k) => {
      return values[which[Math.floor(k / items)]! * items + (k % items)]!;
    }),
  });
  const half = Math.floor(agents / 2);
  return { students: part(order.slice(0, half)), others: part(order.slice(half)) };
}

/** Profiles of random students and random courses. */
export function draws(
  { agents: rows, items: columns, values }: ValueTable,
  { agents, items }: { readonly agents: number; readonly items: number },
  count: number,
  stream: Stream,
): ProfileBatch {
  const data = new Float64Array(count * agents * items);
  for (let p = 0; p < count; p++) {
    const [who, what] = [stream.choose(rows, agents), stream.choose(columns, items)];
    who.forEach((i, r) => {
      what.forEach((m, c) => (data[(p * agents + r) * items + c] = values[i * columns + m]!));
    });
  }
  return profileBatch({ values: { shape: [count, agents, items], data } });
}

async function trainedOnDraws(
  engine: Engine,
  write: Writer,
  options: ExperimentOptions,
  students: ValueTable,
  size: { readonly agents: number; readonly items: number },
  name: string,
  leftover: (typeof LEFTOVERS)[number],
): Promise<Trained> {
  const { train } = COUNTS[options.setting];
  const file = join(write.folder, `${name}.npz`);
  await writeProfiles(file, draws(students, size, train, new Stream(options.seed, DRAWS, 2)));
  if (!write.files.includes(`${name}.npz`)) write.files.push(`${name}.npz`);
  return trainSeeds(engine, `${name}, ${leftover} leftovers`, { ...size, file, leftover }, options);
}

function claims(rows: readonly RealRow[]): Claim[] {
  return [...new Set(rows.map(({ data }) => data))].flatMap((data) => {
    const of = (rule: string) => rows.filter((row) => row.data === data && row.rule === rule);
    const ratio = (rule: string) => spreadOf(of(rule).map(({ welfareRatio }) => welfareRatio));
    const [plain, byMean] = ['round-robin', 'round-robin by mean value'].map(ratio) as [Spread, Spread];
    const learned = [transferred, asTheyAre, native].flatMap((rule) =>
      LEFTOVERS.map(rule)
        .filter((name) => of(name).length > 0)
        .map((name): Claim => {
          const found = ratio(name);
          return {
            claim: `${data}: ${name} is worth more than Round Robin (welfare ratio)`,
            paper: 'real data not tried',
            measured: `${shown(found)}; Round Robin ${plain.mean.toFixed(3)}, by mean value ${byMean.mean.toFixed(3)}`,
            holds: found.mean > plain.mean,
          };
        }),
    );
    const fair = rows.filter((row) => row.data === data);
    return [
      {
        claim: `${data}: every rule is EF1 on every draw`,
        paper: 'EF1 by construction',
        measured: `${fair.filter(({ ef1 }) => ef1 === 1).length} of ${fair.length} rules and seeds`,
        holds: fair.every(({ ef1 }) => ef1 === 1),
      },
      ...learned,
    ];
  });
}

function picture(rows: readonly RealRow[]): object {
  const names = [...new Set(rows.map(({ rule }) => rule))].sort();
  return {
    title: 'Round Robin on real courses; one point a seed',
    data: { values: rows.map(({ data, rule, welfareRatio }) => ({ data, rule, welfareRatio })) },
    facet: { field: 'data', type: 'nominal', title: null },
    columns: 3,
    spec: {
      width: 240,
      height: 150,
      mark: { type: 'point', filled: true, size: 50, opacity: 0.6 },
      encoding: {
        y: { field: 'rule', type: 'nominal', sort: names, title: null },
        x: { field: 'welfareRatio', type: 'quantitative', title: 'welfare over the greatest', scale: { zero: false } },
        color: { field: 'rule', type: 'nominal', sort: names, legend: null },
      },
    },
    resolve: { scale: { x: 'independent' } },
  };
}
