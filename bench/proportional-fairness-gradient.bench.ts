// The backward pass alone against the forward solve, and against numpy's least squares on the dense KKT matrix.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { placeAddresses, placeProblem } from '#dist/wasm/problem.js';
import { placedCase } from './placed.js';
import { pythonWith } from './python.js';
import type { Row } from './rows.js';
import { median, seconds, time } from './stats.js';

const AGENTS = 10;
const ITEMS = 3;
const COUNT = 5_000;
const ROUNDS = 7;
const DENSE = 20; // profiles that numpy is given

const DERIVATIVES = ['values', 'demands', 'weights', 'regularizer', 'budgets'] as const;

/** A solved chunk with room for its derivatives, and calls of the gradient kernels on it. */
function solvedCase() {
  const solved = placedCase('pf', 'uniform', { agents: AGENTS, items: ITEMS, count: COUNT, budget: 1, seed: 1 });
  if (!solved.check()) throw new Error('a profile was not solved');
  const { arena, call } = solved.kernels;
  const each = {
    values: AGENTS * ITEMS,
    demands: AGENTS * ITEMS,
    weights: AGENTS,
    regularizer: AGENTS * ITEMS,
    budgets: ITEMS,
  };
  const cotangent = arena.take(8 * COUNT * AGENTS * ITEMS);
  arena.f64(cotangent, COUNT * AGENTS * ITEMS).forEach((_, j, all) => (all[j] = Math.sin(j)));
  const out = Object.fromEntries(DERIVATIVES.map((name) => [name, arena.take(8 * COUNT * each[name])]));
  const [deficiency, weak, residual] = [arena.take(4 * COUNT), arena.take(4 * COUNT), arena.take(8 * COUNT)];
  const problem = placeProblem(solved.kernels, solved.input, solved.output);
  const chunk = placeAddresses(solved.kernels, [
    cotangent,
    8 * AGENTS * ITEMS,
    ...DERIVATIVES.map((name) => out[name]!),
    deficiency,
    weak,
    residual,
  ]);
  const scratch = arena.take(call.gradientScratch(AGENTS, ITEMS));
  const dense = arena.take(call.gradientDenseScratch(AGENTS, ITEMS));
  return {
    solved,
    structured: () => {
      if (call.gradientForest(COUNT, problem, chunk, scratch) !== 0) throw new Error('a profile needs dense algebra');
    },
    dense: () => call.gradientGeneral(DENSE, problem, chunk, 1, scratch, dense),
    values: () => arena.f64(out.values!, COUNT * AGENTS * ITEMS),
    read: (name: string, count: number) =>
      arena.f64((name in { values: 0, demands: 0 } ? solved.input : solved.output).address(name), count),
    cotangent: arena.f64(cotangent, DENSE * AGENTS * ITEMS),
  };
}

async function backward(): Promise<Row[]> {
  const bench = solvedCase();
  const { solved } = bench;
  bench.structured();
  const fast = bench.values().slice(0, DENSE * AGENTS * ITEMS);
  bench.dense();
  const slow = bench.values().slice(0, DENSE * AGENTS * ITEMS);
  if (fast.some((x, j) => !(Math.abs(x - slow[j]!) <= 1e-8))) throw new Error('dense and structured gradients differ');
  const forward: number[] = [];
  const structured: number[] = [];
  const dense: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    forward.push((await time('pf', solved.run, { runs: 3, warmup: round === 0 ? 30 : 1 })) / COUNT / 1000);
    structured.push(
      (await time('backward', bench.structured, { runs: 3, warmup: round === 0 ? 30 : 1 })) / COUNT / 1000,
    );
    dense.push((await time('dense', bench.dense, { runs: 1, warmup: 1 })) / DENSE / 1000);
  }
  const ratio = median(structured.map((t, r) => t / forward[r]!));
  const numpy = await againstNumpy(bench);
  const rows: Row[] = [
    {
      name: 'pf gradient 10x3, scarce: structured',
      value: `${seconds(median(structured))} a profile`,
      note: `forward ${seconds(median(forward))}`,
    },
    {
      name: '  ratio to one solve',
      value: ratio.toFixed(3),
      note: 'backward pass alone',
      target: '<= 0.5',
      met: ratio <= 0.5,
    },
    {
      name: '  dense path (complete orthogonal decomposition)',
      value: `${seconds(median(dense))} a profile`,
      note: `${(median(dense) / median(structured)).toFixed(0)} times structured`,
    },
  ];
  if (numpy === undefined) {
    rows.push({ name: '  numpy.linalg.lstsq', value: 'not run', note: 'no Python with NumPy found' });
  } else {
    for (const which of ['live', 'whole'] as const) {
      const size = numpy[0]![which].size.toFixed(0);
      const times = median(numpy.map((round) => round[which].seconds / round.structured));
      rows.push({
        name: `  numpy.linalg.lstsq over structured, ${MATRICES[which]}`,
        value: `${times.toFixed(0)} times`,
        note: `numpy ${seconds(median(numpy.map((round) => round[which].seconds)))} a profile, ${size} x ${size}, matrix ready`,
        target: '>= 1000',
        met: times >= 1000,
      });
    }
  }
  solved.dispose();
  return rows;
}

/** What numpy is given: agents that get nothing left out, as the dense path does, or with identity in their rows. */
const MATRICES = { live: 'agents that get something', whole: 'whole matrix' };

type Timed = Record<keyof typeof MATRICES, { seconds: number; size: number }>;

/**
 * Seconds a profile of numpy's least squares on the paper's matrix and its mean size, built by bench/python/kkt.py and checked against the
 * structured answer, beside those of the structured pass just before and after: in turns, since other work comes and goes.
 */
async function againstNumpy(
  bench: ReturnType<typeof solvedCase>,
): Promise<(Timed & { structured: number })[] | undefined> {
  const python = pythonWith('numpy');
  if (!python) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'evenhand-'));
  try {
    const entries = DENSE * AGENTS * ITEMS;
    const arrays = [
      ...['values', 'demands', 'allocation', 'lower_duals', 'upper_duals'].map((name) => bench.read(name, entries)),
      bench.read('prices', DENSE * ITEMS),
      bench.cotangent,
    ];
    const file = join(folder, 'profiles.bin');
    writeFileSync(file, Buffer.concat(arrays.map((a) => Buffer.from(a.slice().buffer))));
    bench.structured();
    writeFileSync(join(folder, 'expected.bin'), Buffer.from(bench.values().slice(0, entries).buffer));
    const script = fileURLToPath(new URL('../../bench/python/kkt.py', import.meta.url));
    const env = { ...process.env };
    delete env.OPENBLAS_CORETYPE;
    delete env.OPENBLAS_L2_SIZE;
    const own = async () => (await time('backward', bench.structured, { runs: 15, warmup: 10 })) / COUNT / 1000;
    const rounds = [];
    for (let round = 0; round < ROUNDS; round++) {
      const before = await own();
      const run = spawnSync(
        python,
        [script, file, join(folder, 'expected.bin'), ...[AGENTS, ITEMS, DENSE].map(String)],
        { encoding: 'utf8', env: { ...env, OPENBLAS_NUM_THREADS: '1' } },
      );
      if (run.status !== 0) throw new Error(run.stderr);
      rounds.push({ ...(JSON.parse(run.stdout) as Timed), structured: (before + (await own())) / 2 });
    }
    return rounds;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const cases = { 'pf gradient': backward };
