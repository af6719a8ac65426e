import { mechanism, profileBatch } from 'evenhand';
import { Stream } from '#dist/random.js';
import { highsOf, type Programme } from './highs.js';
import { placedBatch } from './placed.js';
import type { Row } from './rows.js';
import { median, seconds, time } from './stats.js';

const PARTS = ['own', 'mean', 'chen_kempe', 'fehr_schmidt', 'max_envy', 'network_envy', 'floor'] as const;
type Part = (typeof PARTS)[number];

const MIXES: readonly (readonly [name: string, parts: readonly Part[]])[] = [
  ['own and fehr-schmidt', ['own', 'fehr_schmidt']],
  ['all seven objectives', PARTS],
];

/** Agents, items; for each of the mixes instances for the kernel and for HiGHS. */
const SIZES = [
  [10, 10, [200, 5], [50, 5]],
  [30, 10, [50, 2], [5, 1]],
] as const;
const ROUNDS = 5;

/** Values and weights U(0,1), α and β U(0,1/2), a network in which everybody sees everybody. */
function instances(n: number, m: number, count: number, parts: readonly Part[]) {
  const stream = new Stream(n, m, parts.length);
  const list = (length: number, top = 1) => Float64Array.from({ length }, () => top * stream.unit());
  return {
    n,
    m,
    values: list(count * n * m),
    alpha: list(count * n, 0.5),
    beta: list(count * n, 0.5),
    theta: new Map(parts.map((part) => [part, list(count * n)])),
  };
}
type Instances = ReturnType<typeof instances>;

/**
 * The sum of the objectives written out, with a column for every utility, for what a pair costs, for every edge of envy, every greatest envy and the
 * floor. A utility may be less than the amounts give: who throws some of them away is envied no more.
 */
function programme({ n, m, values, alpha, beta, theta }: Instances, p: number): Programme {
  const weight = (part: Part, i: number) => theta.get(part)?.[p * n + i] ?? 0;
  const total = (part: Part) => Array.from({ length: n }, (_, i) => weight(part, i)).reduce((a, b) => a + b, 0);
  const value = (i: number, j: number) => values[(p * n + i) * m + j]!;
  const costs = Array<number>(n * m).fill(0);
  const tops: number[] = Array<number>(m).fill(1);
  const entries: [number, number, number][] = [];
  for (let i = 0; i < n; i++) {
    const row = tops.push(0) - 1;
    costs.push(weight('own', i) + total('mean') / n + total('chen_kempe') - weight('chen_kempe', i));
    entries.push([n * m + i, row, 1]);
    for (let j = 0; j < m; j++) entries.push([i * m + j, j, 1], [i * m + j, row, -value(i, j)]);
  }
  /** rate × (v_i·x_k − u_l) <= column, where v_i·x_k is u_i if k = i. */
  const atLeast = (column: number, rate: number, i: number, k: number, l: number) => {
    const row = tops.push(0) - 1;
    entries.push([column, row, -1], [n * m + l, row, -rate]);
    if (i === k) entries.push([n * m + i, row, rate]);
    else for (let j = 0; j < m; j++) entries.push([k * m + j, row, rate * value(i, j)]);
  };
  const each = Array.from({ length: n }, (_, i) => i);
  const others = each.flatMap((i) => each.filter((k) => k !== i).map((k) => [i, k] as const));
  if (theta.has('fehr_schmidt')) {
    const minds = (list: Float64Array, i: number) => (weight('fehr_schmidt', i) * list[p * n + i]!) / (n - 1);
    for (const [i, k] of others.filter(([a, b]) => a < b)) {
      const column = costs.push(-1) - 1;
      atLeast(column, minds(beta, i) + minds(alpha, k), i, i, k);
      atLeast(column, minds(beta, k) + minds(alpha, i), k, k, i);
    }
  }
  if (theta.has('network_envy'))
    for (const [i, k] of others) atLeast(costs.push(-weight('network_envy', i) / (n - 1)) - 1, 1, i, k, i);
  if (theta.has('max_envy')) {
    const columns = each.map((i) => costs.push(-weight('max_envy', i)) - 1);
    for (const [i, k] of others) atLeast(columns[i]!, 1, i, k, i);
  }
  if (theta.has('floor')) {
    const column = costs.push(total('floor')) - 1;
    for (const i of each) {
      const row = tops.push(0) - 1;
      entries.push([column, row, 1], [n * m + i, row, -1]);
    }
  }
  return { columns: costs.length, costs, entries, tops };
}

async function mix(
  n: number,
  m: number,
  name: string,
  parts: readonly Part[],
  [count, many]: readonly [number, number],
) {
  const all = instances(n, m, count, parts);
  const shaped = (data: Float64Array, ...shape: number[]) => ({ shape: [count, ...shape], data });
  const ours = placedBatch(
    mechanism('participatory'),
    profileBatch({
      values: shaped(all.values, n, m),
      alpha: shaped(all.alpha, n),
      beta: shaped(all.beta, n),
      ...Object.fromEntries(
        PARTS.map((part) => [`theta_${part}`, shaped(all.theta.get(part) ?? new Float64Array(count * n), n)]),
      ),
    }),
  );
  if (!ours.check()) throw new Error('a profile was not solved');
  const objective = ours.floats('objective', count).slice();
  const solvers = ['simplex', 'ipm'] as const;
  const models = await Promise.all(
    solvers.map((solver) => Promise.all(Array.from({ length: many }, (_, k) => highsOf(programme(all, k), solver)))),
  );
  const kernel: number[] = [];
  const highs = solvers.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    kernel.push((await time(name, ours.run, { runs: 3, warmup: round === 0 ? 10 : 1 })) / count / 1000);
    for (const [s, list] of models.entries()) {
      const begun = performance.now();
      for (const model of list) model.run();
      highs[s]!.push((performance.now() - begun) / many / 1000);
    }
  }
  for (const list of models) {
    list.forEach((model, k) => {
      const found = model.objective();
      if (!(Math.abs(found - objective[k]!) <= 1e-7 * Math.abs(objective[k]!)))
        throw new Error(`highs finds ${found}, the kernel ${objective[k]}`);
      model.dispose();
    });
  }
  const pivots = ours.kernels.arena.i32(ours.output.address('pivots'), count);
  const steps = pivots.reduce((a, b) => a + b, 0) / count;
  ours.dispose();
  const rows: Row[] = [
    {
      name: `participatory ${n}x${m}, ${name}`,
      value: `${seconds(median(kernel))} a profile`,
      note: `${steps.toFixed(1)} steps`,
    },
    ...solvers.map((solver, s) => ({
      name: `  highs (${solver}), model built before, over that`,
      value: `${median(highs[s]!.map((t, r) => t / kernel[r]!)).toFixed(1)} times`,
      note: seconds(median(highs[s]!)),
    })),
  ];
  return rows;
}

export const cases = Object.fromEntries(
  SIZES.map(([n, m, ...counts]) => [
    `participatory ${n}x${m}`,
    async () => {
      const rows: Row[] = [];
      for (const [k, [name, parts]] of MIXES.entries()) rows.push(...(await mix(n, m, name, parts, counts[k]!)));
      return rows;
    },
  ]),
);
