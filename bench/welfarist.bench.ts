import { spawnSync } from 'node:child_process';
import highsLoader from 'highs';
import { placeInput, outputNames, runPlaced } from '#dist/engine/chunk.js';
import { cardinal } from '#dist/mechanisms/operation.js';
import { profileBatch } from '#dist/profiles/batch.js';
import { placeRoom } from '#dist/profiles/spots.js';
import { Stream } from '#dist/random.js';
import { Kernels } from '#dist/wasm/kernels.js';
import { utilitarian, welfarist } from 'evenhand';
import { pythonWith } from './python.js';
import type { Row } from './rows.js';
import { median, seconds, time } from './stats.js';

const COUNT = 16; // a call takes about as long as one solve of the slower peers, so that a busy machine disturbs all alike
const ROUNDS = 5;
const PEERS = 16; // profiles that slower solvers get

interface Data {
  readonly agents: number;
  readonly items: number;
  readonly values: Float64Array;
  readonly caps: Float64Array;
}

/** Random values, caps around what an agent may expect. */
function draw(agents: number, items: number): Data {
  const stream = new Stream(2021, agents, items);
  const values = Float64Array.from({ length: COUNT * agents * items }, () => stream.unit());
  const caps = Float64Array.from({ length: COUNT * agents }, () => (2 * stream.unit() * items) / agents);
  return { agents, items, values, caps };
}

/** The kernel on all profiles, agent 0 wanting equal amounts if `equal`. */
function ours({ agents, items, values, caps }: Data, gamma: number, equal: boolean, vertex = false) {
  const kernels = new Kernels();
  const batch = profileBatch({
    values: { shape: [COUNT, agents, items], data: values },
    caps: { shape: [COUNT, agents], data: caps },
  });
  const rule = vertex ? utilitarian({ select: 'vertex' }) : welfarist({ gamma, ...(equal ? { equalItems: [0] } : {}) });
  const definition = cardinal(rule);
  const input = placeInput(kernels, batch, ['values', 'caps'], 0, COUNT);
  const output = placeRoom(kernels, input, outputNames(definition));
  runPlaced(kernels, definition, rule.options, input, output);
  // Status 1 at gamma 1: the optimum is certified, its entropy may be short of the greatest.
  if (!kernels.arena.i32(output.address('status'), COUNT).every((status) => status <= (gamma === 1 ? 1 : 0))) {
    throw new Error(`gamma ${gamma}: a profile was not solved`);
  }
  return {
    objective: kernels.arena.f64(output.address('objective'), COUNT).slice(),
    run: () => definition.run(kernels, input, output, rule.options),
  };
}

/** HiGHS through its persistent model: the matrix once, then values and caps of each profile. Returns seconds a solve. */
async function highs({ agents, items, values, caps }: Data, expected: Float64Array): Promise<number[]> {
  const solver = await (highsLoader as unknown as typeof highsLoader.default)();
  const each = agents * items;
  const column = (e: number) => [e % items, items + Math.floor(e / items)];
  const times: number[] = [];
  for (let k = 0; k < PEERS; k++) {
    const v = values.subarray(k * each, (k + 1) * each);
    // Minimises. x_im in the row of its item and the row of its agent: v.x − u <= 0 is u <= v.x with u <= cap.
    const model = solver.createModel({
      numCols: each + agents,
      numRows: items + agents,
      colCost: [...new Float64Array(each), ...new Float64Array(agents).fill(-1)],
      colLower: new Float64Array(each + agents),
      colUpper: [...new Float64Array(each).fill(Infinity), ...caps.subarray(k * agents, (k + 1) * agents)],
      rowLower: new Float64Array(items + agents).fill(-Infinity),
      rowUpper: [...new Float64Array(items).fill(1), ...new Float64Array(agents)],
      matrix: {
        format: 'csc',
        numRows: items + agents,
        numCols: each + agents,
        starts: [
          ...Array.from({ length: each }, (_, e) => 2 * e),
          ...Array.from({ length: agents + 1 }, (_, i) => 2 * each + i),
        ],
        indices: [
          ...Array.from({ length: each }, (_, e) => column(e)).flat(),
          ...Array.from({ length: agents }, (_, i) => items + i),
        ],
        values: [...Array.from(v, (x) => [1, -x]).flat(), ...new Float64Array(agents).fill(1)],
      },
    });
    try {
      const runs = Array.from({ length: 5 }, () => {
        model.clearSolver();
        const begun = performance.now();
        model.run();
        return (performance.now() - begun) / 1000;
      });
      const found = -model.getObjectiveValue();
      if (!(Math.abs(found - expected[k]!) <= 1e-6 * expected[k]!))
        throw new Error(`HiGHS finds ${found}, we ${expected[k]}`);
      times.push(median(runs));
    } finally {
      model.dispose();
    }
  }
  return times;
}

/** cvxpy with Clarabel: seconds by the solver's own clock, and of a call for new values; undefined where they are not installed. */
function clarabel(
  { agents, items, values, caps }: Data,
  expected: Float64Array,
): { seconds: number; call: number } | undefined {
  const python = pythonWith('cvxpy', 'clarabel');
  if (!python) return undefined;
  const each = agents * items;
  const input = {
    values: Array.from({ length: PEERS }, (_, k) =>
      Array.from({ length: agents }, (__, i) => [...values.subarray(k * each + i * items, k * each + (i + 1) * items)]),
    ),
    caps: Array.from({ length: PEERS }, (_, k) => [...caps.subarray(k * agents, (k + 1) * agents)]),
  };
  const script = new URL('../../bench/python/gamma_fair.py', import.meta.url).pathname;
  const run = spawnSync(python, [script], { input: JSON.stringify(input), encoding: 'utf8' });
  if (run.status !== 0) throw new Error(run.stderr);
  const found = JSON.parse(run.stdout) as { seconds: number; call: number; objectives: number[] };
  found.objectives.forEach((value, k) => {
    if (!(Math.abs(value - expected[k]!) <= 1e-5 * Math.max(1, Math.abs(value))))
      throw new Error(`cvxpy finds ${value}, we ${expected[k]}`);
  });
  return found;
}

async function kernel(agents: number, items: number, target: number): Promise<Row[]> {
  const data = draw(agents, items);
  const rows: Row[] = [];
  for (const gamma of [1, 0.5, 0, -1]) {
    const { run } = ours(data, gamma, true);
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++)
      times.push((await time('welfarist', run, { runs: 15, warmup: round === 0 ? 200 : 1 })) / COUNT / 1000);
    const t = median(times);
    rows.push({
      name: `welfarist ${agents}x${items}, gamma ${gamma}`,
      value: `${seconds(t)} a profile`,
      note: gamma === 1 ? 'caps, one bundle; with the entropy of the face' : 'caps, one bundle; gap 1e-11',
      target: `<= ${target} us`,
      met: t <= target * 1e-6,
    });
  }
  return rows;
}

async function peers(agents: number, items: number): Promise<Row[]> {
  const data = draw(agents, items);
  const timeOf = async (run: () => void) => (await time('welfarist', run, { runs: 51, warmup: 200 })) / COUNT / 1000;
  const entropy = ours(data, 1, false);
  const vertex = ours(data, 1, false, true);
  const nash = ours(data, 0, false);
  const [entropyTime, vertexTime, nashTime] = [
    await timeOf(entropy.run),
    await timeOf(vertex.run),
    await timeOf(nash.run),
  ];
  const theirs = median(await highs(data, vertex.objective));
  const peer = clarabel(data, nash.objective);
  const own = (name: string, value: number): Row => ({
    name: `${name} ${agents}x${items}`,
    value: `${seconds(value)} a profile`,
    note: 'caps',
  });
  const over = (name: string, value: number, base: number, target = true): Row => ({
    name: `  ${name}, over that`,
    value: `${(value / base).toFixed(0)} times`,
    note: seconds(value),
    ...(target ? { target: '>= 20', met: value / base >= 20 } : {}),
  });
  return [
    own('utilitarian, a vertex,', vertexTime),
    over('HiGHS, persistent model', theirs, vertexTime),
    own('utilitarian, greatest entropy,', entropyTime),
    over('HiGHS, persistent model', theirs, entropyTime, false),
    own('welfarist, gamma 0,', nashTime),
    ...(peer
      ? [
          over('cvxpy with Clarabel, a call with new values', peer.call, nashTime),
          over('Clarabel alone, by its own clock', peer.seconds, nashTime, false),
        ]
      : [{ name: '  cvxpy with Clarabel', value: 'not run', note: 'cvxpy and clarabel are not installed' }]),
  ];
}

export const cases: Readonly<Record<string, () => Promise<Row[]>>> = {
  'welfarist 14x2': () => kernel(14, 2, 80),
  'welfarist 20x10': () => kernel(20, 10, 300),
  'welfarist peers': async () => [...(await peers(14, 2)), ...(await peers(20, 10))],
};
