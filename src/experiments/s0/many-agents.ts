import { join } from 'node:path';
import type { Engine } from '../../engine/engine.js';
import { Pace } from '../../engine/schedule.js';
import { EvenhandError } from '../../errors.js';
import { hasCheckpoint, loadCheckpoint, saveCheckpoint, TRAINER_LAYOUT } from '../../learning/checkpoint.js';
import { openStepper } from '../../learning/open-stepper.js';
import { LOG, prepareFolder } from '../../learning/run-folder.js';
import { initialState, Trainer } from '../../learning/trainer.js';
import { trainingConfig } from '../../learning/training-config.js';
import { openTrainingData } from '../../learning/training-data.js';
import { saveNetwork } from '../../networks/files.js';
import type { Network } from '../../networks/network.js';
import { materialize, sampleProfiles } from '../../profiles/samplers.js';
import type { Claim, Experiment, ExperimentOptions, Writer } from '../experiment.js';
import { ruleChart } from './charts.js';
import { EXS, FIXED, learned, measureAll, PF, type Row } from './compare.js';
import { CITATION } from './instance.js';
import { fairness, rowsOf, shown, spread, writeRows } from './report.js';
import { trained } from './trained.js';

const ITEMS = 3;
/** Scarce: a tenth of a unit of each item for each agent, who want 0.275 on average. */
const SUPPLY = 0.1;
const EPSILON = 1e-3;
/** What is trained first: few agents, all of whom lie. */
const FEW = 10;
const SIZES = {
  paper: {
    agents: 1000,
    iterations: 400,
    hidden: [32, 32],
    tests: [
      [10, 100],
      [30, 20],
      [100, 4],
      [300, 1],
      [1000, 1],
    ],
  },
  quick: {
    agents: 60,
    iterations: 10,
    hidden: [24, 24],
    tests: [
      [10, 4],
      [30, 1],
      [60, 1],
    ],
  },
} as const;
const EVERY = 20;
const label = (agents: number) => `${agents} agents`;

/** Beyond the paper: a network that treats all agents alike, trained for ten, then for a thousand of them, at other numbers too. */
export const manyAgents: Experiment = {
  id: 's0/many-agents',
  title: 'Equivariant ExS-Net trained at 10, then at 1000 agents and 3 items, tested at other numbers of agents',
  citation: `beyond ${CITATION} (Remark 2)`,
  async run(engine, write, options) {
    const { agents: trainedAt, tests } = SIZES[options.setting];
    const few = await trainFew(engine, write, options);
    const networks: Network[] = [];
    for (const [k, seed] of options.seeds.entries()) {
      networks.push(await trainMany(engine, write, options, few[k]!, seed));
    }
    const rows: Row[] = [];
    for (const [agents, count] of tests) {
      const own = { agents, items: ITEMS, budget: SUPPLY * agents, count, seed: 2 ** 41 + options.seed };
      // The search's time grows with the square of the agents: the largest are measured for one network.
      const some = agents > 300 ? networks.slice(0, 1) : networks;
      const fixed = agents > 100 ? [] : FIXED.slice(0, 1);
      const entries = [...fixed, ...learned(EXS, some, options.seeds)];
      const batch = materialize(sampleProfiles('uniform', own));
      const setting = agents > 10 ? 'quick' : options.setting;
      rows.push(...(await measureAll(engine, label(agents), entries, batch, { ...options, setting })));
    }
    await writeRows(write, 'many-agents.csv', rows);
    const along = (point: string) => parseInt(point);
    await write.picture(
      'many-agents.svg',
      ruleChart(`ExS-Net trained at ${trainedAt} agents`, rows, ['exploitability', 'efficiency'], {
        title: 'agents',
        along,
        log: true,
      }),
    );
    return tests.map(([agents]) => claim(rows, agents, trainedAt));
  },
};

function claim(rows: readonly Row[], agents: number, trainedAt: number): Claim {
  const [own, plain] = [EXS, PF].map((rule) => rowsOf(rows, rule, label(agents))) as [Row[], Row[]];
  const gain = spread(own, 'exploitability');
  const text = [`exploitability ${shown(gain)}`, `efficiency ${shown(spread(own, 'efficiency'))}`];
  if (plain.length > 0) {
    const ratio = fairness(spread(own, 'logNsw'), spread(plain, 'logNsw'), agents);
    text[0] += ` against ${shown(spread(plain, 'exploitability'))} of PF`;
    text.push(`geometric mean of utilities ${(100 * ratio).toFixed(0)} % of PF's`);
  }
  return {
    claim: `${agents} agents, trained at ${trainedAt}: exploitability within twice epsilon = ${EPSILON}`,
    paper: '-',
    measured: text.join(', '),
    holds: gain.mean <= 2 * EPSILON,
  };
}

/** What both trainings have in common. Training's misreports miss half of what the search finds: hence the margin. */
function fieldsOf(setting: ExperimentOptions['setting'], agents: number): Record<string, unknown> {
  const size = { model: 'exs-net', architecture: 'equivariant', agents, items: ITEMS, hidden: SIZES[setting].hidden };
  return { ...size, budget: SUPPLY * agents, samples: 0, epsilon: EPSILON, margin: 0.5, multiplierRate: 0.1 };
}

/** Trains for few agents, from a small multiplier: what is efficient is learned before what is truthful. */
function trainFew(engine: Engine, write: Writer, options: ExperimentOptions): Promise<Network[]> {
  const fields = { batch: 64, iterations: 3000, heldOutEvery: 1000, multiplier: 3, rate: 3e-3 };
  const name = `exs-net-${FEW}x${ITEMS}-equivariant`;
  return trained(engine, write, options, name, { ...fieldsOf(options.setting, FEW), ...fields });
}

/**
 * Trains on for many, near the multiplier that training for few ends with, and without measuring on the way: that would take longer than
 * the training. The last network is taken.
 */
async function trainMany(
  engine: Engine,
  write: Writer,
  { setting, signal, onTraining }: ExperimentOptions,
  { parameters }: Network,
  seed: number,
): Promise<Network> {
  const { agents, iterations } = SIZES[setting];
  const name = `exs-net-${agents}x${ITEMS}-seed-${seed}`;
  const folder = join(write.folder, 'networks', name);
  // So few profiles and liars are visited that none would come again: nothing is kept.
  const visits = { batch: 8, liars: 4, iterations, heldOut: 1, multiplier: 40, rate: 1e-3 };
  const config = trainingConfig({ ...fieldsOf(setting, agents), ...visits });
  const data = await openTrainingData(config, seed);
  const state = initialState(config, data.samples, seed, parameters);
  const resume = await hasCheckpoint(folder);
  await prepareFolder(folder, config, seed, resume);
  if (resume) await loadCheckpoint(folder, TRAINER_LAYOUT, state, join(folder, LOG));
  const { stepper } = await openStepper(engine, config, state.parameters, { backend: 'kernels' });
  try {
    const trainer = new Trainer(config, seed, data, stepper, state);
    const pace = new Pace();
    while (state.iteration < iterations) {
      const entry = await trainer.iterate();
      if (!entry) throw new EvenhandError(`${name}: the loss or its gradient went beyond single precision`);
      const done = entry.iteration;
      onTraining?.(name, pace.at(done, iterations));
      if (done % EVERY === 0 || done === iterations || signal?.aborted) {
        await saveCheckpoint(folder, TRAINER_LAYOUT, state, 0);
        await saveNetwork(folder, trainer.network);
      }
      signal?.throwIfAborted();
    }
    return trainer.network;
  } finally {
    await stepper.close();
  }
}
