// Linear programmes by HiGHS, as npm's `highs` brings it.
import highsLoader from 'highs';

// The package is CommonJS: what is imported is the loader itself, which its types call `default`.
const load = highsLoader as unknown as typeof highsLoader.default;

/** A linear programme to maximise over columns >= 0. */
export interface Programme {
  readonly columns: number;
  readonly costs: number[];
  /** Column, row, coefficient. */
  readonly entries: (readonly [number, number, number])[];
  /** Upper bounds of the rows. */
  readonly tops: number[];
}

/** A model of HiGHS, handed over once; solving starts without a basis. */
export async function highsOf(p: Programme, solver: 'simplex' | 'ipm' = 'simplex') {
  const highs = await load();
  const starts = new Int32Array(p.columns + 1);
  for (const [column] of p.entries) starts[column + 1]!++;
  for (let c = 0; c < p.columns; c++) starts[c + 1]! += starts[c]!;
  const sorted = [...p.entries].sort((x, y) => x[0] - y[0] || x[1] - y[1]);
  const model = highs.createModel({
    numCols: p.columns,
    numRows: p.tops.length,
    sense: highs.constants.objectiveSense.maximize,
    colCost: Float64Array.from(p.costs),
    colLower: new Float64Array(p.columns),
    colUpper: new Float64Array(p.columns).fill(highs.infinity),
    rowLower: new Float64Array(p.tops.length).fill(-highs.infinity),
    rowUpper: Float64Array.from(p.tops),
    matrix: {
      format: 'csc',
      numCols: p.columns,
      numRows: p.tops.length,
      starts,
      indices: Int32Array.from(sorted, ([, row]) => row),
      values: Float64Array.from(sorted, ([, , x]) => x),
    },
  });
  model.options.set({ output_flag: false, presolve: 'off', solver });
  return {
    run: () => {
      model.clearSolver();
      model.run();
    },
    objective: () => model.getObjectiveValue(),
    dispose: () => model.dispose(),
  };
}
