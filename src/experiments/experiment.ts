import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine } from '../engine/engine.js';
import type { CallOptions, Progress } from '../engine/schedule.js';
import { openTable, type TableColumn } from '../profiles/files.js';
import { drawSvg } from './plot.js';

/** One line of what a paper says beside what was measured. */
export interface Claim {
  readonly claim: string;
  readonly paper: string;
  readonly measured: string;
  /** Whether the measurement bears the claim out; absent where nothing is at stake. */
  readonly holds?: boolean;
}

/** `paper`: what the claims are judged by. `quick`: the same steps with hardly any training, minutes for everything. */
export const SETTINGS = ['paper', 'quick'] as const;
export type Setting = (typeof SETTINGS)[number];

/** Training seeds unless given, or the experiment has its own. */
export const DEFAULT_SEEDS: Readonly<Record<Setting, readonly number[]>> = { paper: [1, 2, 3], quick: [1, 2] };

export interface ExperimentOptions extends CallOptions {
  /** Of the profiles that rules are measured on. */
  readonly seed: number;
  /** Random profiles; each experiment has a default. */
  readonly count?: number;
  readonly setting: Setting;
  /** Networks are trained once from each. */
  readonly seeds: readonly number[];
  /** How far the training of a network is, in iterations. */
  readonly onTraining?: (label: string, progress: Progress) => void;
}

/** A table or figure of a paper. */
export interface Experiment {
  /** `s0/figure2`. */
  readonly id: string;
  readonly title: string;
  readonly citation: string;
  /** Training seeds in place of DEFAULT_SEEDS. */
  readonly seeds?: Readonly<Record<Setting, readonly number[]>>;
  run(engine: Engine, write: Writer, options: ExperimentOptions): Promise<Claim[]>;
}

const CONFIG = { legend: { labelLimit: 400 }, axis: { labelLimit: 400 } };

/** Writes what an experiment leaves in its folder. */
export class Writer {
  readonly files: string[] = [];

  constructor(readonly folder: string) {}

  private path(name: string): string {
    this.files.push(name);
    return join(this.folder, name);
  }

  /** A .csv table from rows of numbers and texts. */
  async table(
    name: string,
    columns: readonly string[],
    rows: readonly (readonly (number | string)[])[],
  ): Promise<void> {
    const specs = columns.map((column, c): TableColumn => ({
      name: column,
      type: typeof rows[0]?.[c] === 'string' ? 'string' : 'double',
    }));
    const out = await openTable(this.path(name), specs);
    try {
      await out.write(columns.map((_, c) => rows.map((row) => row[c]!) as number[]));
      await out.close();
    } catch (error) {
      await out.abort();
      throw error;
    }
  }

  /** A Vega-Lite picture as .svg. */
  async picture(name: string, specification: object): Promise<void> {
    await drawSvg(
      {
        $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
        background: 'white',
        config: CONFIG,
        ...specification,
      },
      this.path(name),
    );
  }

  async text(name: string, text: string): Promise<void> {
    await writeFile(this.path(name), text);
  }
}

/** Runs an experiment into a folder of its own; the claims are written too, as claims.csv. */
export async function reproduce(
  engine: Engine,
  experiment: Experiment,
  folder: string,
  options: ExperimentOptions,
): Promise<{ readonly claims: readonly Claim[]; readonly files: readonly string[] }> {
  await mkdir(folder, { recursive: true });
  const write = new Writer(folder);
  const claims = await experiment.run(engine, write, options);
  await write.table(
    'claims.csv',
    ['claim', 'paper', 'measured', 'holds'],
    claims.map(({ claim, paper, measured, holds }) => [
      claim,
      paper,
      measured,
      holds === undefined ? '' : holds ? 'yes' : 'no',
    ]),
  );
  return { claims, files: write.files };
}
