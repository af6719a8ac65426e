import { createEngine, pf, property, sampleProfiles } from 'evenhand';
import { nativePf, type Native } from './native.js';
import { placedCase } from './placed.js';
import { median, seconds, time } from './stats.js';
import type { Row } from './rows.js';

const AGENTS = 10;
const ITEMS = 3;
const COUNT = 20_000;
const ROUNDS = 7;

/** The kernel against native C on the same profiles, round by round so that the machine's moods hit all alike. */
async function against(budget: number, label: string, targets: readonly (number | undefined)[]): Promise<Row[]> {
  const ours = placedCase('pf', 'uniform', { agents: AGENTS, items: ITEMS, count: COUNT, budget, seed: 1 });
  if (!ours.check()) throw new Error('a profile was not solved');
  const entries = COUNT * AGENTS * ITEMS;
  const arrays = [
    ours.floats('values', entries).slice(),
    ours.floats('demands', entries).slice(),
    ours.floats('budgets', ITEMS).slice(),
  ] as const;
  const natives = [1, 2, 8].map((lanes) => nativePf(lanes, AGENTS, ITEMS, arrays));
  const utilities = ours.floats('utilities', COUNT * AGENTS).slice();
  for (const native of natives) if (native) agree(native, utilities);
  const kernel: number[] = [];
  const theirs: number[][] = natives.map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    kernel.push((await time('pf', ours.run, { runs: 3, warmup: round === 0 ? 20 : 1 })) / COUNT / 1000);
    natives.forEach((native, k) => native && theirs[k]!.push(native.run() / 1e6));
  }
  const unconstrained = share(ours);
  natives.forEach((native) => native?.dispose());
  ours.dispose();
  const rows: Row[] = [
    {
      name: `pf kernel 10x3, ${label}`,
      value: `${seconds(median(kernel))} a profile`,
      note: `${unconstrained} of profiles need no solver`,
    },
  ];
  natives.forEach((native, k) => {
    if (!native) return;
    const ratio = median(kernel.map((t, r) => t / theirs[k]![r]!));
    rows.push({
      name: `  ratio to ${native.name}`,
      value: ratio.toFixed(3),
      note: `native ${seconds(median(theirs[k]!))}`,
      ...(targets[k] === undefined ? {} : { target: `<= ${targets[k]}`, met: ratio <= targets[k] }),
    });
  });
  if (natives.every((native) => !native))
    rows.push({ name: '  native yardsticks', value: 'not run', note: 'no C compiler found' });
  return rows;
}

/** Both solved the same profiles to the same welfare. */
function agree({ name, welfare, profiles }: Native, utilities: Float64Array): void {
  let sum = 0;
  for (const u of utilities.subarray(0, profiles * AGENTS)) if (u > 0) sum += Math.log(u);
  if (!(Math.abs(sum - welfare) <= 1e-6 * Math.abs(sum)))
    throw new Error(`${name} gives log-NSW ${welfare}, the kernel ${sum}`);
}

function share({ kernels, output, count }: ReturnType<typeof placedCase>): string {
  const iterations = kernels.arena.i32(output.address('iterations'), count);
  return `${((100 * iterations.filter((n) => n === 0).length) / count).toFixed(1)} %`;
}

/** Where the time of `evaluate` goes, and its ratio to native C end to end. */
async function endToEnd(): Promise<Row[]> {
  const count = 100_000;
  const batch = sampleProfiles('uniform', { agents: AGENTS, items: ITEMS, count, budget: 1, seed: 1 });
  const small = placedCase('pf', 'uniform', { agents: AGENTS, items: ITEMS, count: COUNT, budget: 1, seed: 1 });
  const entries = COUNT * AGENTS * ITEMS;
  const native = nativePf(1, AGENTS, ITEMS, [
    small.floats('values', entries).slice(),
    small.floats('demands', entries).slice(),
    small.floats('budgets', ITEMS).slice(),
  ]);
  const engine = await createEngine({ threads: 1 });
  const evaluated: number[] = [];
  const theirs: number[] = [];
  try {
    for (let round = 0; round < 5; round++) {
      const [result] = await engine.evaluate([pf()], batch, { metrics: ['logNsw', 'efficiency'] });
      evaluated.push(result!.seconds / count);
      if (native) theirs.push(native.run() / 1e6);
    }
  } finally {
    await engine.close();
    native?.dispose();
  }
  const kernel = (await time('kernel', small.run, { runs: 5, warmup: 5 })) / COUNT / 1000;
  const drawing = (await time('draw', small.draw, { runs: 5, warmup: 5 })) / COUNT / 1000;
  const out = small.kernels.arena.take(COUNT * 8);
  const measuring =
    (await time(
      'measure',
      () => {
        for (const name of ['logNsw', 'efficiency'])
          property(name).measure(small.kernels, small.input, small.output, out);
      },
      { runs: 5, warmup: 5 },
    )) /
    COUNT /
    1000;
  small.dispose();
  const total = median(evaluated);
  const rows: Row[] = [
    {
      name: 'evaluate pf 10x3, scarce, 1 thread',
      value: `${seconds(total)} a profile`,
      note: `kernel ${seconds(kernel)}, drawing ${seconds(drawing)}, measuring ${seconds(measuring)}, the rest ${seconds(Math.max(0, total - kernel - drawing - measuring))}`,
    },
  ];
  if (native) {
    const ratio = median(evaluated.map((t, r) => t / theirs[r]!));
    rows.push({
      name: `  ratio to ${native.name}`,
      value: ratio.toFixed(3),
      note: `native ${seconds(median(theirs))}, solving only`,
      target: '<= 0.6',
      met: ratio <= 0.6,
    });
  }
  return rows;
}

/** Two threads against one, in turn. */
async function threads(): Promise<Row[]> {
  const count = 200_000;
  const batch = sampleProfiles('uniform', { agents: AGENTS, items: ITEMS, count, budget: 1, seed: 1 });
  const [one, two] = [await createEngine({ threads: 1 }), await createEngine({ threads: 2 })];
  const ratios: number[] = [];
  try {
    for (let round = 0; round < 5; round++) {
      const [a] = await one.evaluate([pf()], batch, { metrics: ['logNsw', 'efficiency'] });
      const [b] = await two.evaluate([pf()], batch, { metrics: ['logNsw', 'efficiency'] });
      ratios.push(a!.seconds / b!.seconds);
    }
  } finally {
    await one.close();
    await two.close();
  }
  const ratio = median(ratios);
  return [
    {
      name: 'evaluate pf 10x3, scarce: 2 threads',
      value: `${ratio.toFixed(2)} times 1 thread`,
      note: `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`,
      target: '>= 1.7',
      met: ratio >= 1.7,
    },
  ];
}

export const cases = {
  'pf kernel scarce': () => against(1, 'scarce (budget 1)', [0.5, 1.3, undefined]),
  'pf kernel S0': () => against(AGENTS / 2, 'S0 (budget 5)', []),
  'pf evaluate': endToEnd,
  'pf threads': threads,
};
