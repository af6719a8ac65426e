import { solve as yalps, type Coefficients, type Constraint } from 'yalps';
import { createEngine, mechanism, profileBatch, type ProfileBatch } from 'evenhand';
import { Stream } from '#dist/random.js';
import { highsOf, type Programme } from './highs.js';
import { placedBatch } from './placed.js';
import { median, seconds, time } from './stats.js';
import type { Row } from './rows.js';

/** Agents, items, target of a solve in seconds, instances for the kernel, for HiGHS, for YALPS (0: it does not end in a minute). */
const SIZES = [
  [2, 10, 12e-6, 400, 10, 10],
  [5, 10, 40e-6, 400, 10, 10],
  [10, 10, 100e-6, 200, 5, 3],
  [20, 10, 300e-6, 100, 3, 1],
  [50, 30, 6e-3, 20, 1, 0],
] as const;
const ROUNDS = 5;

interface Instances {
  readonly n: number;
  readonly m: number;
  readonly count: number;
  readonly values: Float64Array;
  readonly alpha: Float64Array;
  readonly beta: Float64Array;
}

/** Values U(0,1), α and β U(0,1/2). */
function instances(n: number, m: number, count: number): Instances {
  const stream = new Stream(n, m);
  const list = (length: number, top: number) => Float64Array.from({ length }, () => top * stream.unit());
  return { n, m, count, values: list(count * n * m, 1), alpha: list(count * n, 0.5), beta: list(count * n, 0.5) };
}

const batchOf = ({ n, m, count, values, alpha, beta }: Instances): ProfileBatch =>
  profileBatch({
    values: { shape: [count, n, m], data: values },
    alpha: { shape: [count, n], data: alpha },
    beta: { shape: [count, n], data: beta },
  });

/** Lemma 3.3 with one variable for both sides of a pair: z_ik >= P_ik (u_i − u_k), z_ik >= P_ki (u_k − u_i): half of the printed rows and columns. */
function programme({ n, m, values, alpha, beta }: Instances, k: number): Programme {
  const a = values.subarray(k * n * m, (k + 1) * n * m);
  const [behind, ahead] = [alpha, beta].map((x) => x.subarray(k * n, (k + 1) * n)) as [Float64Array, Float64Array];
  const costs: number[] = [...a];
  const tops: number[] = [];
  const entries: [number, number, number][] = [];
  for (let j = 0; j < m; j++) {
    for (let i = 0; i < n; i++) entries.push([i * m + j, j, 1]);
    tops.push(1);
  }
  let z = n * m;
  for (let i = 0; i < n; i++) {
    for (let l = i + 1; l < n; l++, z++) {
      costs.push(-1);
      for (const [rich, poor] of [
        [i, l],
        [l, i],
      ] as const) {
        const rate = (ahead[rich]! + behind[poor]!) / (n - 1);
        const row = tops.push(0) - 1;
        for (let j = 0; j < m; j++) {
          entries.push([rich * m + j, row, rate * a[rich * m + j]!], [poor * m + j, row, -rate * a[poor * m + j]!]);
        }
        entries.push([z, row, -1]);
      }
    }
  }
  return { columns: z, costs, entries, tops };
}

function yalpsModel(p: Programme) {
  const constraints: [string, Constraint][] = p.tops.map((top, r) => [`r${r}`, { max: top }]);
  const columns: [string, number][][] = Array.from({ length: p.columns }, () => []);
  for (const [column, row, x] of p.entries) columns[column]!.push([`r${row}`, x]);
  const variables: [string, Coefficients][] = columns.map((column, c) => [`x${c}`, [...column, ['obj', p.costs[c]!]]]);
  return { direction: 'maximize' as const, objective: 'obj', constraints, variables };
}

async function size([n, m, target, count, many, few]: (typeof SIZES)[number]): Promise<Row[]> {
  const all = instances(n, m, count);
  const ours = placedBatch(mechanism('fehr-schmidt'), batchOf(all));
  if (!ours.check()) throw new Error('a profile was not solved');
  const objective = ours.floats('objective', count).slice();
  const same = (name: string, found: number, k: number, tolerance: number) => {
    if (!(Math.abs(found - objective[k]!) <= tolerance * Math.abs(objective[k]!)))
      throw new Error(`${name} finds ${found}, the kernel ${objective[k]}`);
  };
  const kernel: number[] = [];
  const highs: number[] = [];
  const tiny: number[] = [];
  const models = await Promise.all(Array.from({ length: many }, (_, k) => highsOf(programme(all, k))));
  const texts = Array.from({ length: few }, (_, k) => yalpsModel(programme(all, k)));
  for (let round = 0; round < ROUNDS; round++) {
    const own = await time('fehr-schmidt', ours.run, { runs: 3, warmup: round === 0 ? 10 : 1 });
    kernel.push(own / count / 1000);
    const begun = performance.now();
    for (const model of models) model.run();
    highs.push((performance.now() - begun) / many / 1000);
    if (few === 0 || (n >= 20 && round > 2)) continue;
    const then = performance.now();
    texts.forEach((model, k) => same('yalps', yalps(model).result, k, 1e-6));
    tiny.push((performance.now() - then) / few / 1000);
  }
  models.forEach((model, k) => {
    same('highs', model.objective(), k, 1e-7);
    model.dispose();
  });
  const pivots = ours.kernels.arena.i32(ours.output.address('pivots'), count);
  const steps = pivots.reduce((a, b) => a + b, 0) / count;
  ours.dispose();
  const own = median(kernel);
  const rows: Row[] = [
    {
      name: `fehr-schmidt ${n}x${m}`,
      value: `${seconds(own)} a profile`,
      note: `${steps.toFixed(1)} steps`,
      target: `<= ${seconds(target)}`,
      met: own <= target,
    },
  ];
  for (const [name, theirs] of [
    ['highs, model built before, simplex without presolve', highs],
    ['yalps, arrays built before', tiny],
  ] as const) {
    if (theirs.length === 0) {
      rows.push({ name: `  ${name}`, value: 'not run', note: 'does not end in a minute' });
      continue;
    }
    const ratio = median(theirs.map((t, r) => t / kernel[r]!));
    rows.push({
      name: `  ${name}, over that`,
      value: `${ratio.toFixed(0)} times`,
      note: seconds(median(theirs)),
      ...(n >= 10 ? { target: '>= 30', met: ratio >= 30 } : {}),
    });
  }
  return rows;
}

/** Least squares of log time on log n. */
async function growth(): Promise<Row[]> {
  const points: [number, number, number][] = [];
  for (const n of [5, 10, 20, 40, 80]) {
    const count = Math.max(5, Math.round(1000 / n));
    const ours = placedBatch(mechanism('fehr-schmidt'), batchOf(instances(n, 10, count)));
    if (!ours.check()) throw new Error('a profile was not solved');
    const own = (await time('fehr-schmidt', ours.run, { runs: 7, warmup: 5 })) / count / 1000;
    const steps = ours.kernels.arena.i32(ours.output.address('pivots'), count).reduce((a, b) => a + b, 0) / count;
    points.push([Math.log(n), Math.log(own), Math.log(steps)]);
    ours.dispose();
  }
  const slope = (y: 1 | 2) => {
    const [mx, my] = [0, y].map((c) => points.reduce((sum, p) => sum + p[c]!, 0) / points.length) as [number, number];
    const top = points.reduce((sum, p) => sum + (p[0] - mx) * (p[y] - my), 0);
    return top / points.reduce((sum, p) => sum + (p[0] - mx) ** 2, 0);
  };
  return [
    {
      name: 'fehr-schmidt, 10 items, 5 to 80 agents: growth of time',
      value: `n^${slope(1).toFixed(2)}`,
      note: `steps n^${slope(2).toFixed(2)}, each (m + n)^2 and less; ${points.map((p) => seconds(Math.exp(p[1]))).join(', ')}`,
    },
  ];
}

/** The simplex against the interior point on the same instances. */
async function solvers(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [n, m, count] of [
    [5, 10, 200],
    [20, 10, 50],
    [50, 30, 5],
  ] as const) {
    const batch = batchOf(instances(n, m, count));
    const times: number[] = [];
    for (const solver of ['simplex', 'ipm']) {
      const ours = placedBatch(mechanism('fehr-schmidt', { solver }), batch);
      if (!ours.check()) throw new Error('a profile was not solved');
      times.push((await time(solver, ours.run, { runs: 5, warmup: 2 })) / count / 1000);
      ours.dispose();
    }
    rows.push({
      name: `fehr-schmidt ${n}x${m}, interior point over simplex`,
      value: `${(times[1]! / times[0]!).toFixed(1)} times`,
      note: `${seconds(times[1]!)}, ${seconds(times[0]!)}`,
    });
  }
  return rows;
}

async function threads(): Promise<Row[]> {
  const batch = batchOf(instances(10, 10, 20_000));
  const [one, two] = [await createEngine({ threads: 1 }), await createEngine({ threads: 2 })];
  const ratios: number[] = [];
  try {
    for (let round = 0; round < 6; round++) {
      const begun = performance.now();
      await one.allocate(mechanism('fehr-schmidt'), batch);
      const then = performance.now();
      await two.allocate(mechanism('fehr-schmidt'), batch);
      if (round > 0) ratios.push((then - begun) / (performance.now() - then));
    }
  } finally {
    await one.close();
    await two.close();
  }
  const ratio = median(ratios);
  return [
    {
      name: 'allocate fehr-schmidt 10x10: 2 threads',
      value: `${ratio.toFixed(2)} times 1 thread`,
      note: `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`,
      target: '>= 1.7',
      met: ratio >= 1.7,
    },
  ];
}

export const cases = {
  ...Object.fromEntries(SIZES.map((each) => [`fehr-schmidt ${each[0]}x${each[1]}`, () => size(each)])),
  'fehr-schmidt growth': growth,
  'fehr-schmidt solvers': solvers,
  'fehr-schmidt threads': threads,
};
