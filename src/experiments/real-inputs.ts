import { readFileSync } from 'node:fs';
import { profileBatch, type ProfileBatch } from '../profiles/batch.js';
import { materialize, sampleProfiles } from '../profiles/samplers.js';

/** Rows of a small comma-separated file without quotes, keyed by its header. */
function rowsOf(file: string): Record<string, string>[] {
  const text = readFileSync(new URL(`../../data/${file}`, import.meta.url), 'utf8');
  const [head, ...lines] = text.trim().split(/\r?\n/);
  const names = head!.split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    return Object.fromEntries(names.map((name, c) => [name, cells[c] ?? '']));
  });
}

export interface RealInput {
  readonly batch: ProfileBatch;
  readonly agents: readonly string[];
  readonly items: readonly string[];
}

/** UCI Adult, first 500 rows: how many women and men each of 14 occupations has; one unit of each group to divide. */
export function adult(): RealInput {
  const rows = rowsOf('adult/adult_first500_values.csv');
  const items = ['female', 'male'];
  const values = Float64Array.from(rows.flatMap((row) => items.map((item) => Number(row[item]))));
  return {
    batch: profileBatch({ values: { shape: [rows.length, 2], data: values } }),
    agents: rows.map((row) => row.occupation!),
    items,
  };
}

/** Seats that stay of each hundred: the capacities are those of a whole year group, of which 26 students bid. */
const SEATS_KEPT = 0.05;

/** Course bids at Ariel University: points of 26 students over 23 courses, at most one seat each, capacities scaled to be scarce. */
export function arielCourses(): RealInput {
  const items = rowsOf('ariel-courses/ariel_items.csv');
  const points = rowsOf('ariel-courses/ariel_points.csv');
  const names = items.map(({ item }) => item!);
  const cells = points.flatMap((row) => names.map((name) => row[name]!));
  const shape = [points.length, names.length];
  return {
    batch: profileBatch({
      values: { shape, data: Float64Array.from(cells, Number) },
      demands: { shape, data: Float64Array.from(cells, (cell) => (Number(cell) > 0 ? 1 : 0)) },
      budgets: {
        shape: [names.length],
        data: Float64Array.from(items, ({ capacity }) => Math.max(1, Number(capacity) * SEATS_KEPT)),
      },
    }),
    agents: points.map((row) => row.agent!),
    items: names,
  };
}

/** What rows value columns at, [agents, items]. */
export interface ValueTable {
  readonly agents: number;
  readonly items: number;
  readonly values: Float64Array;
}

/** Course bids at Ariel University as they are, blanks 0. */
export function arielValues(): ValueTable {
  return valueTable('ariel-courses/ariel_points.csv');
}

/** Ratings of sections at UMass Amherst, 1 to 8, blanks 0; students who rated nothing left out. */
export function umassValues(): ValueTable {
  return valueTable('umass-courses/umass_ratings.csv');
}

/** A file whose first column names the row. */
function valueTable(file: string): ValueTable {
  const rows = rowsOf(file)
    .map((row) => Object.values(row).slice(1).map(Number))
    .filter((row) => row.some((x) => x > 0));
  return { agents: rows.length, items: rows[0]!.length, values: Float64Array.from(rows.flat()) };
}

const WINDOW = 16;
const SCARCITY = 0.5;

/**
 * Requests of a GPU cluster in order of arrival, 16 at a time: demands for processor, memory and GPU, supply half of what the 16 ask for.
 * What a unit is worth to a task is not recorded: it is drawn from U(0.1, 1) per share of the supply.
 */
export function gpuCluster(): RealInput {
  const rows = rowsOf('openb-cluster/openb_demand_matrix.csv');
  const items = ['cpu_milli', 'memory_mib', 'gpu_milli'];
  const count = Math.floor(rows.length / WINDOW);
  const demands = Float64Array.from(
    rows.slice(0, count * WINDOW).flatMap((row) => items.map((item) => Number(row[item]))),
  );
  const budgets = new Float64Array(count * 3);
  demands.forEach((x, k) => (budgets[Math.floor(k / (WINDOW * 3)) * 3 + (k % 3)]! += SCARCITY * x));
  const drawn = materialize(sampleProfiles('uniform-full', { agents: WINDOW, items: 3, count, seed: 1 })).arrays.values!
    .data as Float64Array;
  const values = drawn.map((v, k) => {
    const supply = budgets[Math.floor(k / (WINDOW * 3)) * 3 + (k % 3)]!;
    return supply > 0 ? v / supply : 0;
  });
  const shape = [count, WINDOW, 3];
  return {
    batch: profileBatch({
      values: { shape, data: values },
      demands: { shape, data: demands },
      budgets: { shape: [count, 3], data: budgets },
    }),
    agents: Array.from({ length: WINDOW }, (_, i) => `request ${i + 1} of 16`),
    items,
  };
}
