import { join } from 'node:path';
import { Command, Option } from 'commander';
import { Pace } from '../../engine/schedule.js';
import { InputError } from '../../errors.js';
import type { Checkpoint, Trained } from '../../learning/train.js';
import type { IterationLog } from '../../learning/trainer.js';
import { readJsonObject } from '../../profiles/json-object.js';
import { commonFlags, Exit, finish, interruptSignal, seedList, withEngine, type CommonFlags } from '../context.js';
import { note, printJson, ProgressLine, say, sayNotes, spread, table } from '../output.js';
import { trainAssignmentSeeds } from './train-assignment.js';

const MODELS = ['expf-net', 'exs-net', 'nrr', 'eef1nn'];
const BACKENDS = ['auto', 'kernels', 'tensorflow-gpu', 'tensorflow', 'webgpu', 'wasm', 'cpu'] as const;

interface Flags extends CommonFlags {
  readonly config?: string;
  readonly out?: string;
  readonly data?: string;
  readonly warmStart?: string;
  readonly resume?: boolean;
  readonly backend: (typeof BACKENDS)[number];
  readonly seeds?: readonly number[];
}

async function readConfig(model: string, path: string | undefined): Promise<Record<string, unknown>> {
  if (!MODELS.includes(model)) throw new InputError(`unknown model ${model}, known: ${MODELS.join(', ')}`);
  if (path === undefined)
    throw new InputError('--config is missing, expected a .json file with at least agents and items');
  const config = await readJsonObject(path);
  if (config.model !== undefined && config.model !== model) {
    throw new InputError(`${path}: model is ${JSON.stringify(config.model)}, expected ${model}`);
  }
  return { ...config, model };
}

/** The seed that a configuration names; 0 without one. */
function seedOf({ seed }: Readonly<Record<string, unknown>>): number {
  if (seed === undefined) return 0;
  if (!Number.isSafeInteger(seed) || (seed as number) < 0) {
    throw new InputError(`config: seed is ${JSON.stringify(seed)}, expected an integer from 0`);
  }
  return seed as number;
}

/** How good a network is by its own misreports in an iteration, and on held-out profiles when last measured. */
function detailOf({ logNsw, trainExploitability }: IterationLog, last: Checkpoint | undefined): string {
  const heldOut = last
    ? ` (held out ${last.measured.logNsw.toPrecision(4)}, ${last.measured.exploitability.toPrecision(2)})`
    : '';
  return `log-NSW ${logNsw.toPrecision(4)}, exploitability ${trainExploitability.toPrecision(2)}${heldOut}`;
}

export function trainCommand(): Command {
  return commonFlags(
    new Command('train')
      .description(
        'train a learned mechanism; of expf-net and exs-net the best network by its exploitability on held-out profiles is kept',
      )
      .argument('<model>', MODELS.join(', '))
      .option(
        '--config <file>',
        'configuration (required): .json, at least agents and items; docs/learning.md has the rest',
      )
      .option(
        '--out <folder>',
        'folder for network, checkpoint and log (required); with --seeds one folder per seed in it',
      )
      .option('--data <file>', "profiles to train on, in place of the configuration's; the last of them are held out")
      .option(
        '--warm-start <folder>',
        'network to start from (expf-net, exs-net), such as an equivariant one that was trained for fewer agents',
      )
      .option('--resume', 'go on from the checkpoint in the folder, exactly as if it had not stopped')
      .addOption(
        new Option('--backend <name>', 'what computes: auto takes a GPU that TensorFlow finds, else the kernels')
          .choices(BACKENDS)
          .default('auto'),
      )
      .option('--seeds <a,b,c>', 'several runs; mean and spread are printed', seedList),
  ).action(async (model: string, flags: Flags) => {
    const given = await readConfig(model, flags.config);
    const raw = {
      ...given,
      ...(flags.data === undefined ? {} : { file: flags.data }),
      ...(flags.warmStart === undefined ? {} : { warmStart: flags.warmStart }),
    };
    if (flags.out === undefined) throw new InputError('--out is missing, expected a folder');
    const seeds = flags.seeds ?? [flags.seed ?? seedOf(raw)];
    const assigns = model === 'nrr' || model === 'eef1nn';
    if (assigns && flags.warmStart !== undefined)
      throw new InputError(`--warm-start is for expf-net and exs-net, not ${model}`);
    if (assigns) return trainAssignmentSeeds(model, raw, seeds, flags.out, flags);
    const { trainNetwork } = await import('../../learning/train.js');
    const { trainingConfig } = await import('../../learning/training-config.js');
    const config = trainingConfig(raw);
    const signal = interruptSignal();
    const results = await withEngine(flags, async (engine) => {
      const done: Trained[] = [];
      for (const seed of seeds) {
        if (signal.aborted) break;
        const out = flags.seeds ? join(flags.out!, `seed-${seed}`) : flags.out!;
        const progress = new ProgressLine(`${model}, seed ${seed}`, flags.progress, 'iterations');
        const pace = new Pace();
        let measured: Checkpoint | undefined;
        const result = await trainNetwork(engine, config, {
          seed,
          out,
          resume: flags.resume === true,
          backend: flags.backend,
          signal,
          onProgress: (done, total, log) => {
            sayNotes();
            progress.update(pace.at(done, total), detailOf(log, measured));
          },
          onMeasured: (found) => (measured = found),
          onBackend: (name, refused) => {
            const why = refused.map((each) => `; not ${each.name}: ${each.reason}`).join('');
            if (done.length === 0) note(`computed by ${name}${why}`);
          },
        })
          .catch((error: unknown) => {
            if (signal.aborted) say(`interrupted before the first held-out measurement; --resume goes on from ${out}`);
            throw error;
          })
          .finally(() => progress.end());
        if (signal.aborted) say(`interrupted; --resume goes on from ${out}`);
        if (result.diverged) {
          say(
            `training broke off after iteration ${result.iterations}: the loss or its gradient is beyond single precision; the best network until then is kept`,
          );
        }
        say(`seed ${seed}: best of ${result.iterations} iterations at ${result.bestIteration}; wrote ${out}`);
        done.push(result);
      }
      return done;
    });
    if (flags.json) {
      const runs = results.map((result, k) => ({ seed: seeds[k], ...result, network: undefined }));
      printJson({ model, backend: results[0]?.backend, runs });
    } else if (results.length > 0) {
      const rows = [
        ['log_nsw', spread(results.map(({ heldOut }) => heldOut.logNsw))],
        ['exploitability', spread(results.map(({ heldOut }) => heldOut.exploitability))],
        ['largest agent', spread(results.map(({ heldOut }) => heldOut.exploitabilityMax))],
        ['efficiency', spread(results.map(({ heldOut }) => heldOut.efficiency))],
      ];
      say(table(['held out', results.length > 1 ? 'mean ± sd' : 'value'], rows));
    }
    finish(Exit.done);
  });
}
