import type { Engine } from '../../engine/engine.js';
import { measureAssignment } from '../../learning/nrr-held-out.js';
import { nrr } from '../../mechanisms/factories.js';
import { initialNetwork } from '../../networks/network.js';
import type { ProfileBatch } from '../../profiles/batch.js';
import type { Claim, Experiment, ExperimentOptions } from '../experiment.js';
import { shown } from '../s0/report.js';
import {
  CITATION,
  fixedRows,
  isReversed,
  LEFTOVERS,
  profilesAside,
  spreadOf,
  trainedRows,
  trainingFields,
  type Row,
} from './nrr.js';

interface Course extends Row {
  readonly leftover: (typeof LEFTOVERS)[number];
  /** Welfare ratio of the network before its training. */
  readonly before: number;
}

/** Which of two opposite orders training ends in, from many seeds, and whether it was there already. */
export const bimodal: Experiment = {
  id: 's1/bimodal',
  title: 'The two outcomes of training, and where it started, by leftovers: every seed',
  citation: CITATION,
  seeds: { paper: Array.from({ length: 32 }, (_, k) => k + 1), quick: [1, 2] },
  async run(engine, write, options) {
    const batch = profilesAside(options);
    const [plain, byMean] = await fixedRows(engine, batch);
    const rows: Course[] = [];
    for (const leftover of LEFTOVERS) rows.push(...(await courses(engine, leftover, batch, options)));
    await write.table(
      'bimodal.csv',
      ['leftover', 'seed', 'ratio_before', 'ratio_after', 'hamming', 'loss'],
      rows.map((row) => [row.leftover, row.seed, row.before, row.welfareRatio, row.hamming, row.loss]),
    );
    await write.picture('bimodal.svg', picture(rows, [plain, byMean]));
    return LEFTOVERS.flatMap((leftover) =>
      claims(
        leftover,
        rows.filter((row) => row.leftover === leftover),
        plain,
      ),
    );
  },
};

async function courses(
  engine: Engine,
  leftover: (typeof LEFTOVERS)[number],
  batch: ProfileBatch,
  options: ExperimentOptions,
): Promise<Course[]> {
  const rows: Course[] = [];
  const { network } = trainingFields({ leftover }, options.setting);
  for (const row of await trainedRows(engine, `${leftover} leftovers`, { leftover }, batch, options)) {
    const { welfareRatio } = await measureAssignment(engine, nrr({ model: initialNetwork(network, row.seed) }), batch);
    rows.push({ ...row, leftover, before: welfareRatio });
  }
  return rows;
}

const LEVEL = 1.96;

/** Wilson's 95 % interval of a share, in per cent. */
export function wilson(count: number, of: number): readonly [low: number, high: number] {
  const [p, z2] = [count / of, LEVEL ** 2];
  const centre = p + z2 / (2 * of);
  const half = LEVEL * Math.sqrt((p * (1 - p)) / of + z2 / (4 * of * of));
  return [(100 * (centre - half)) / (1 + z2 / of), (100 * (centre + half)) / (1 + z2 / of)];
}

function claims(leftover: string, rows: readonly Course[], plain: Row): Claim[] {
  const reversed = rows.filter((row) => isReversed(row, plain));
  const others = rows.filter((row) => !isReversed(row, plain));
  const [low, high] = wilson(reversed.length, rows.length);
  const about = (list: readonly Course[], of: (row: Course) => number) =>
    list.length > 0 ? shown(spreadOf(list.map(of))) : 'none';
  const began = (list: readonly Course[]) => list.filter(({ before }) => before < plain.welfareRatio).length;
  return [
    {
      claim: `${leftover} leftovers: share of seeds that learn the opposite order`,
      paper: 'not mentioned',
      measured: `${reversed.length} of ${rows.length} (95 % interval ${low.toFixed(0)} to ${high.toFixed(0)} %)`,
    },
    {
      claim: `${leftover} leftovers: welfare ratio of these and of the others`,
      paper: 'one outcome reported',
      measured: `${about(reversed, ({ welfareRatio }) => welfareRatio)}; ${about(others, ({ welfareRatio }) => welfareRatio)}`,
    },
    {
      claim: `${leftover} leftovers: the loss tells them apart, the right order having the lower one`,
      paper: 'presumed by training at all',
      measured: `${about(reversed, ({ loss }) => loss)} in the opposite order, ${about(others, ({ loss }) => loss)} in the other`,
      ...(reversed.length > 0 && others.length > 0
        ? { holds: Math.max(...others.map(({ loss }) => loss)) < Math.min(...reversed.map(({ loss }) => loss)) }
        : {}),
    },
    {
      claim: `${leftover} leftovers: of the seeds that end in the opposite order (in the other), those that began in it`,
      paper: 'not mentioned',
      measured: `${began(reversed)} of ${reversed.length} (${began(others)} of ${others.length})`,
    },
  ];
}

function picture(rows: readonly Course[], fixed: readonly Row[]): object {
  const axis = { type: 'quantitative', scale: { zero: false } };
  const y = { ...axis, field: 'welfareRatio', title: 'welfare ratio after training' };
  const color = { field: 'leftover', type: 'nominal', title: 'leftovers' };
  const panel = (x: object) => ({
    width: 300,
    height: 260,
    layer: [
      {
        data: { values: fixed.map(({ welfareRatio }) => ({ welfareRatio })) },
        mark: { type: 'rule', strokeDash: [4, 3], color: 'grey' },
        encoding: { y: { field: 'welfareRatio', type: 'quantitative' } },
      },
      { mark: { type: 'point', filled: true, size: 60, opacity: 0.6 }, encoding: { x: { ...axis, ...x }, y, color } },
    ],
  });
  return {
    title: 'One point a seed; broken lines: Round Robin in the order of the agents, and by mean value',
    data: {
      values: rows.map(({ leftover, before, welfareRatio, loss }) => ({ leftover, before, welfareRatio, loss })),
    },
    hconcat: [
      panel({ field: 'before', title: 'welfare ratio before training' }),
      panel({ field: 'loss', title: 'training loss at the end' }),
    ],
  };
}
