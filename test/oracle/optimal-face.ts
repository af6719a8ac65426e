import highsLoader from 'highs';
import { EVD, Matrix, SingularValueDecomposition, solve } from 'ml-matrix';
import { canGain, caps, gradient, utilitiesOf, type Profile } from './proportional-fairness.js';

// The package is CommonJS: what is imported is the loader itself, which its types call `default`.
const highs = await (highsLoader as unknown as typeof highsLoader.default)();

const TIE = 1e-6; // relative difference of slopes that count as equal
const FIXED = 1e-5; // range of an amount that counts as a point, in units of its supply

const PLAY = 1e-7;

type Entry = readonly [agent: number, item: number];

/** All optimal allocations: those on the face of the linearised programme that give the optimal utilities. */
interface Face {
  /** Amounts that are the same in every optimal allocation; 0 at the others. */
  readonly fixed: number[][];
  readonly entries: readonly Entry[];
  /** Σ over entries of coefficient times amount equals, or is at most, the right-hand side. */
  readonly rows: readonly {
    readonly by: ReadonlyMap<number, number>;
    readonly right: number;
    readonly slack: boolean;
  }[];
}

const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);

/** Fractional knapsack, item by item: the steepest get all they can use, those that tie where it runs out are loose. */
function faceAt(p: Profile, optimal: readonly (readonly number[])[]): Face {
  const g = gradient(p, optimal);
  const most = caps(p);
  const fixed = most.map((row) => row.map(() => 0));
  const entries: Entry[] = [];
  const rows: { by: Map<number, number>; right: number; slack: boolean }[] = [];
  p.budgets.forEach((budget, m) => {
    const tie = TIE * Math.max(...g.map((row) => Math.abs(row[m]!)), 1e-300);
    const waiting = [...g.keys()].filter((i) => most[i]![m]! > 0 && g[i]![m]! >= -tie);
    waiting.sort((i, j) => g[j]![m]! - g[i]![m]!);
    let left = budget;
    while (waiting.length > 0 && left > TIE * budget) {
      const level = g[waiting[0]!]![m]!;
      const group = waiting.filter((i) => g[i]![m]! >= level - tie);
      waiting.splice(0, group.length);
      const idle = Math.abs(level) <= tie;
      if (!idle && sum(group.map((i) => most[i]![m]!)) <= left * (1 + TIE)) {
        for (const i of group) left -= fixed[i]![m] = most[i]![m]!;
        continue;
      }
      const by = new Map(group.map((i) => [entries.push([i, m]) - 1, 1] as const));
      rows.push({ by, right: left, slack: idle });
      left = 0;
    }
  });
  utilitiesOf(p, optimal).forEach((u, i) => {
    const mine = [...entries.keys()].filter((e) => entries[e]![0] === i && p.values[i]![entries[e]![1]]! > 0);
    if (!canGain(p, i) || mine.length === 0) return;
    const owed = u - sum(fixed[i]!.map((x, m) => x * p.values[i]![m]!));
    rows.push({ by: new Map(mine.map((e) => [e, p.values[i]![entries[e]![1]]! / u])), right: owed / u, slack: false });
  });
  return { fixed, entries, rows };
}

/** The point of the face where `goal` is greatest. */
function extreme(p: Profile, face: Face, goal: ReadonlyMap<number, number>): number[] {
  const terms = (by: ReadonlyMap<number, number>): string =>
    [...by].map(([e, c]) => `${c < 0 ? '-' : '+'} ${Math.abs(c)} x${e}`).join(' ');
  // `optimal` may be off by a little, so equalities are given some play.
  const lines = face.rows.flatMap((row, k) => [
    ` m${k}: ${terms(row.by)} <= ${row.right + PLAY}`,
    ...(row.slack ? [] : [` l${k}: ${terms(row.by)} >= ${row.right - PLAY}`]),
  ]);
  const bounds = face.entries.map(([i, m], e) => ` 0 <= x${e} <= ${caps(p)[i]![m]!}`);
  const answer = highs.solve(
    `Maximize\n o: ${terms(goal)}\nSubject To\n${lines.join('\n')}\nBounds\n${bounds.join('\n')}\nEnd`,
    { primal_feasibility_tolerance: 1e-9, dual_feasibility_tolerance: 1e-9 },
  );
  if (answer.Status !== 'Optimal') throw new Error(`the face's programme ended ${answer.Status}`);
  return face.entries.map((_, e) => (answer.Columns[`x${e}`] as { Primal: number }).Primal);
}

/** Columns that span the vectors which every row of `rows` annuls. */
function nullSpace(rows: Matrix): Matrix {
  const { realEigenvalues, eigenvectorMatrix } = new EVD(rows.transpose().mmul(rows), { assumeSymmetric: true });
  const kept = [...realEigenvalues.keys()].filter((k) => realEigenvalues[k]! < 1e-10);
  return kept.length === 0 ? Matrix.zeros(rows.columns, 0) : eigenvectorMatrix.subMatrixColumn(kept);
}

export interface Centre {
  readonly unique: boolean;
  readonly allocation: number[][];
}

/**
 * Analytic centre of the optimal allocations: greatest sum of the logarithms of the amounts, of what each falls short of its
 * demand (the supply if less) and of what is left of each supply, those left out that are 0 in every optimal allocation. Linear programmes find what can move;
 * Newton's method in the null space of what must not change does the rest. `optimal` is any optimal allocation.
 */
export function analyticCentre(p: Profile, optimal: readonly (readonly number[])[]): Centre {
  const face = faceAt(p, optimal);
  const most = caps(p);
  const allocation = face.fixed.map((row) => [...row]);
  if (face.entries.length === 0) return { unique: true, allocation };

  const slackRows = face.rows.filter((row) => row.slack);
  const goals = [...face.entries.keys()].flatMap((e) => [new Map([[e, 1]]), new Map([[e, -1]])]);
  for (const row of slackRows) goals.push(new Map([...row.by].map(([e]) => [e, -1])));
  const points = goals.map((goal) => extreme(p, face, goal));
  const start = face.entries.map((_, e) => sum(points.map((x) => x[e]!)) / points.length);
  const unit = (e: number): number => p.budgets[face.entries[e]![1]]!;
  const moving = [...start.keys()].filter(
    (e) => Math.max(...points.map((x) => x[e]!)) - Math.min(...points.map((x) => x[e]!)) > FIXED * unit(e),
  );
  const put = (x: readonly number[]): void => face.entries.forEach(([i, m], e) => (allocation[i]![m] = x[e]!));
  const only = { unique: true, allocation: optimal.map((row) => [...row]) };
  if (moving.length === 0) return only;

  // Slacks that are positive somewhere on the face, as affine functions of the moving amounts.
  const left = (row: (typeof slackRows)[number], x: readonly number[]): number =>
    row.right - sum([...row.by.keys()].map((e) => x[e]!));
  const opens = (row: (typeof slackRows)[number]): boolean => points.some((x) => left(row, x) > FIXED * row.right);
  const equalities = face.rows.filter((row) => !(row.slack && opens(row)));
  const matrix = new Matrix([...equalities.map((row) => moving.map((e) => row.by.get(e) ?? 0)), moving.map(() => 0)]);
  const basis = nullSpace(matrix);
  if (basis.columns === 0) return only;

  // Back onto the equalities, from which the linear programmes may be off by their tolerance.
  const x = [...start];
  const off = Matrix.columnVector([
    ...equalities.map((row) => row.right - sum([...row.by].map(([e, c]) => c * x[e]!))),
    0,
  ]);
  const repair = new SingularValueDecomposition(matrix, { autoTranspose: true }).solve(off);
  moving.forEach((e, k) => (x[e] = x[e]! + repair.get(k, 0)));

  type Slack = { readonly at: (x: readonly number[]) => number; readonly slope: number[] };
  const slacks: Slack[] = moving.flatMap((e, k): Slack[] => {
    const [i, m] = face.entries[e]!;
    const slope = moving.map((_, l) => (l === k ? 1 : 0));
    return [
      { at: (y) => y[e]!, slope },
      { at: (y) => most[i]![m]! - y[e]!, slope: slope.map((s) => -s) },
    ];
  });
  for (const row of slackRows.filter(opens))
    slacks.push({ at: (y) => left(row, y), slope: moving.map((e) => (row.by.has(e) ? -1 : 0)) });
  const slopes = new Matrix(slacks.map((s) => s.slope)).mmul(basis);
  const merit = (y: readonly number[]): number => sum(slacks.map((s) => Math.log(s.at(y))));
  for (let step = 0; step < 200; step++) {
    const inverse = slacks.map((s) => 1 / s.at(x));
    const ascent = slopes.transpose().mmul(Matrix.columnVector(inverse));
    const scaled = Matrix.diag(inverse).mmul(slopes);
    const direction = basis.mmul(solve(scaled.transpose().mmul(scaled), ascent));
    const target = (t: number): number[] =>
      x.map((value, e) => value + (moving.includes(e) ? t * direction.get(moving.indexOf(e), 0) : 0));
    let t = 1;
    while (t > 1e-12 && !(slacks.every((s) => s.at(target(t)) > 0) && merit(target(t)) >= merit(x) - 1e-12)) t /= 2;
    target(t).forEach((value, e) => (x[e] = value));
    if (direction.norm() < 1e-13) break;
  }
  put(x);
  return { unique: false, allocation };
}
