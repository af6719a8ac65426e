import { openTable, type TableColumn } from '../profiles/files.js';
import { property } from '../properties/registry.js';
import type { Evaluation } from './evaluate.js';

const SUMMARY = ['mean', 'stderr', 'min', 'max', 'p5', 'p50', 'p95', 'zeroCount', 'satisfied'] as const;

/** Writes one row per mechanism and metric; no times, so that the same input gives the same bytes. */
export async function writeSummary(path: string, results: readonly Evaluation[]): Promise<void> {
  const columns: TableColumn[] = [
    { name: 'mechanism', type: 'string' },
    { name: 'metric', type: 'string' },
    { name: 'count', type: 'int' },
    { name: 'failed', type: 'int' },
    ...SUMMARY.map((name) => ({
      name: name === 'zeroCount' ? 'zero_count' : name,
      type: name === 'zeroCount' ? ('int' as const) : ('double' as const),
    })),
  ];
  const rows = results.flatMap(({ mechanism, count, failed, metrics }) =>
    Object.entries(metrics).map(([name, summary]) => [
      mechanism,
      property(name).name,
      count,
      failed,
      ...SUMMARY.map((key) => summary[key] ?? NaN),
    ]),
  );
  const out = await openTable(path, columns);
  try {
    await out.write(columns.map((_, c) => rows.map((row) => row[c]!) as string[]));
    await out.close();
  } catch (error) {
    await out.abort();
    throw error;
  }
}
