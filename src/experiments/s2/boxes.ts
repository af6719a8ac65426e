/** One number of a box: which panel, which rule. */
export interface Point {
  readonly panel: string;
  readonly rule: string;
  readonly y: number;
}

/** What solvers leave, which no axis should be stretched to. */
const NOTHING = 1e-9;

/** Box plots, one panel beside the other: quartiles, median, whiskers to the least and the largest. */
export function boxes(title: string, axis: string, points: readonly Point[], columns: number): object {
  return {
    title,
    data: { values: points.map((point) => (Math.abs(point.y) < NOTHING ? { ...point, y: 0 } : point)) },
    facet: { field: 'panel', type: 'nominal', title: null, sort: [...new Set(points.map(({ panel }) => panel))] },
    columns,
    resolve: { scale: { y: 'independent' } },
    spec: {
      width: 210,
      height: 180,
      mark: { type: 'boxplot', extent: 'min-max', size: 18 },
      encoding: {
        x: { field: 'rule', type: 'nominal', title: null, sort: null },
        y: { field: 'y', type: 'quantitative', title: axis },
        color: { field: 'rule', type: 'nominal', legend: null, sort: null },
      },
    },
  };
}

/** Median, least and largest. */
export function spread(numbers: readonly number[]): { median: number; low: number; high: number } {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return {
    median: (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2,
    low: sorted[0]!,
    high: sorted.at(-1)!,
  };
}

/** `0.041 (0.007 to 0.085)`. */
export function shown(numbers: readonly number[], digits = 3): string {
  const { median, low, high } = spread(numbers);
  return `${median.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`;
}
