import type { Row } from './compare.js';
import { rowsOf, spread, type Quantity } from './report.js';

const TITLES: Readonly<Record<Quantity, string>> = {
  exploitability: 'expected exploitability',
  exploitabilityMax: 'of the agent who can gain most',
  logNsw: 'log Nash social welfare',
  efficiency: 'share of the supply used',
};

interface Mark {
  readonly rule: string;
  readonly point: string;
  readonly x?: number;
}

/** One entry per rule and point: mean, and mean ± spread, of each quantity. */
export function summaries(rows: readonly Row[], quantities: readonly Quantity[]): Record<string, number | string>[] {
  const keys = new Map<string, Mark>();
  for (const { rule, point } of rows) keys.set(`${rule}\n${point}`, { rule, point });
  return [...keys.values()].map(({ rule, point }) => {
    const entry: Record<string, number | string> = { rule, point };
    for (const quantity of quantities) {
      const { mean, error } = spread(rowsOf(rows, rule, point), quantity);
      entry[quantity] = mean;
      entry[`${quantity}_low`] = quantity === 'logNsw' ? mean - error : Math.max(0, mean - error);
      entry[`${quantity}_high`] = mean + error;
    }
    return entry;
  });
}

/** A dot with a bar of its spread for every rule, one panel a quantity; `x` is nominal (points side by side) or a number along an axis. */
export function ruleChart(
  title: string,
  rows: readonly Row[],
  quantities: readonly Quantity[],
  x: { readonly title: string; readonly along?: (point: string) => number; readonly log?: boolean },
  extra: readonly object[] = [],
): object {
  const values = summaries(rows, quantities).map((entry) => ({
    ...entry,
    ...(x.along ? { x: x.along(entry.point as string) } : {}),
  }));
  const place = x.along
    ? { x: { field: 'x', type: 'quantitative', title: x.title, scale: x.log ? { type: 'log' } : { zero: false } } }
    : {
        x: { field: 'point', type: 'nominal', title: x.title, sort: null, axis: { labelAngle: 0 } },
        xOffset: { field: 'rule', sort: null },
      };
  const color = { field: 'rule', type: 'nominal', title: 'rule', sort: null };
  const panel = (quantity: Quantity) => ({
    width: x.along ? 300 : 90 * new Set(rows.map(({ point }) => point)).size,
    height: 260,
    layer: [
      {
        mark: { type: 'rule', strokeWidth: 1.5 },
        encoding: {
          ...place,
          y: {
            field: `${quantity}_low`,
            type: 'quantitative',
            title: TITLES[quantity],
            scale: { zero: quantity === 'exploitability' },
          },
          y2: { field: `${quantity}_high` },
          color,
        },
      },
      ...(x.along
        ? [
            {
              mark: { type: 'line', strokeWidth: 1 },
              encoding: { ...place, y: { field: quantity, type: 'quantitative' }, color },
            },
          ]
        : []),
      {
        mark: { type: 'point', filled: true, size: 60, opacity: 1 },
        encoding: { ...place, y: { field: quantity, type: 'quantitative' }, color },
      },
      ...(quantity === 'exploitability' ? extra : []),
    ],
  });
  return { title, data: { values }, hconcat: quantities.map(panel) };
}
