// Runs the benches whose name contains the filter. Every case checks its answers before it is timed.
import { cpus } from 'node:os';
import { cases as assignments } from './assignments.bench.js';
import { cases as courseMatch } from './course-match.bench.js';
import { cases as externality } from './externality.bench.js';
import { cases as exploitability } from './exploitability.bench.js';
import { cases as fehrSchmidt } from './fehr-schmidt.bench.js';
import { cases as memory } from './memory.bench.js';
import { cases as network } from './network.bench.js';
import { cases as ordinal } from './ordinal.bench.js';
import { cases as participatory } from './participatory.bench.js';
import { cases as proportionalFairness } from './proportional-fairness.bench.js';
import { cases as gradient } from './proportional-fairness-gradient.bench.js';
import { cases as roundRobin } from './round-robin.bench.js';
import type { Row } from './rows.js';
import { cases as serialDictatorship } from './serial-dictatorship.bench.js';
import { cases as welfarist } from './welfarist.bench.js';
import { cases as softRoundRobin } from './soft-round-robin.bench.js';

const ALL: Readonly<Record<string, () => Promise<Row[]>>> = {
  ...proportionalFairness,
  ...gradient,
  ...exploitability,
  ...fehrSchmidt,
  ...participatory,
  ...network,
  ...roundRobin,
  ...softRoundRobin,
  ...assignments,
  ...serialDictatorship,
  ...ordinal,
  ...courseMatch,
  ...welfarist,
  ...externality,
  ...memory,
};

export interface Report {
  readonly machine: string;
  readonly rows: readonly (Row & { readonly bench: string })[];
}

export const names = Object.keys(ALL);

/** `onRow` gets each row as it is there. */
export async function run(filter: string, onRow: (row: Row) => void, onStart: (name: string) => void): Promise<Report> {
  const rows: (Row & { bench: string })[] = [];
  for (const [name, bench] of Object.entries(ALL)) {
    if (!name.includes(filter)) continue;
    onStart(name);
    for (const row of await bench()) {
      onRow(row);
      rows.push({ bench: name, ...row });
    }
  }
  const machine = `Node.js ${process.versions.node} (V8 ${process.versions.v8}), ${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}, ${process.platform} ${process.arch}`;
  return { machine, rows };
}
