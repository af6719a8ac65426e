import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine } from '../../engine/engine.js';
import { Pace } from '../../engine/schedule.js';
import { InputError } from '../../errors.js';
import { hasCheckpoint } from '../../learning/checkpoint.js';
import { writtenConfig } from '../../learning/run-folder.js';
import { trainNetwork } from '../../learning/train.js';
import { trainingConfig, type TrainingConfig } from '../../learning/training-config.js';
import { loadNetwork } from '../../networks/files.js';
import type { Network } from '../../networks/network.js';
import type { ExperimentOptions, Writer } from '../experiment.js';

/** What the quick setting trains with: enough to run every step, not enough to judge a claim by. */
const QUICK = { iterations: 40, batch: 32, hidden: [24, 24], heldOut: 40, heldOutEvery: 40 };

/** What is left beside a network when its training is over. */
const DONE = 'trained.json';

/**
 * One network per training seed, kept in `networks/<name>-seed-<s>` of the experiment's folder, of the quick setting in `networks/quick-<name>-seed-<s>`. What is there already is used again, and
 * training that was cut short goes on. `fields` are those of a training configuration, `quick` what the quick setting has instead.
 */
export async function trained(
  engine: Engine,
  write: Writer,
  options: ExperimentOptions,
  name: string,
  fields: Readonly<Record<string, unknown>>,
  quick: Readonly<Record<string, unknown>> = {},
): Promise<Network[]> {
  const config = trainingConfig(options.setting === 'quick' ? { ...fields, ...QUICK, ...quick } : fields);
  const networks: Network[] = [];
  for (const seed of options.seeds) {
    const label = `${options.setting === 'quick' ? 'quick-' : ''}${name}-seed-${seed}`;
    const folder = join(write.folder, 'networks', label);
    if (await isDone(folder, config, seed)) networks.push(await loadNetwork(folder));
    else networks.push(await trainOne(engine, folder, config, seed, label, options));
  }
  return networks;
}

async function trainOne(
  engine: Engine,
  folder: string,
  config: TrainingConfig,
  seed: number,
  label: string,
  { signal, onTraining }: ExperimentOptions,
): Promise<Network> {
  const pace = new Pace();
  const { network, ...rest } = await trainNetwork(engine, config, {
    seed,
    out: folder,
    resume: await hasCheckpoint(folder),
    // The same bits on every machine.
    backend: 'kernels',
    ...(signal ? { signal } : {}),
    onProgress: (done, total) => onTraining?.(label, pace.at(done, total)),
  });
  signal?.throwIfAborted();
  await writeFile(join(folder, DONE), `${JSON.stringify(rest, null, 2)}\n`);
  return network;
}

/** Whether a folder holds the network that would be trained. Throws InputError if it holds another. */
async function isDone(folder: string, config: TrainingConfig, seed: number): Promise<boolean> {
  const text = await readFile(join(folder, 'config.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return false;
  // Where the profiles' file lies may change with the folder, what it holds may not.
  const plain = (fields: object) => JSON.stringify({ ...fields, file: undefined });
  if (plain(JSON.parse(text) as object) !== plain(await writtenConfig(config, seed))) {
    throw new InputError(`${folder} holds a network that was trained in another setting: name another folder`);
  }
  return (await readFile(join(folder, DONE)).catch(() => undefined)) !== undefined;
}
