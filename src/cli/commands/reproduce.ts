import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import type { Progress } from '../../engine/schedule.js';
import { InputError } from '../../errors.js';
import { DEFAULT_SEEDS, reproduce, SETTINGS, type Setting } from '../../experiments/experiment.js';
import { EXPERIMENTS, experimentOf } from '../../experiments/registry.js';
import {
  Exit,
  commonFlags,
  finish,
  interruptSignal,
  numberFlag,
  seedList,
  withEngine,
  type CommonFlags,
} from '../context.js';
import { ProgressLine, printJson, say, table } from '../output.js';

interface Flags extends CommonFlags {
  readonly out?: string;
  readonly count?: number;
  readonly setting: Setting;
  readonly seeds?: readonly number[];
}

export function reproduceCommand(): Command {
  return commonFlags(new Command('reproduce'))
    .description("a paper's table or figure: data (.csv), picture (.svg), and a line per claim")
    .argument('<experiment>', 'list, or an id such as s0/figure2')
    .option('--out <folder>', 'where results go (required)')
    .option('--count <K>', 'random profiles', numberFlag('--count', 1, Number.MAX_SAFE_INTEGER, true))
    .addOption(
      new Option('--setting <name>', 'paper: what the claims are judged by; quick: hardly any training')
        .choices(SETTINGS)
        .default('paper'),
    )
    .option('--seeds <a,b,c>', 'training seeds (default: 1,2,3, of s1 8 to 32 seeds from 1; quick: 1,2)', seedList)
    .action(async (id: string, flags: Flags) => {
      if (id === 'list') return list(flags);
      const experiment = experimentOf(id);
      if (flags.out === undefined) throw new InputError('--out is missing, expected a folder');
      const folder = flags.out;
      const progress = new ProgressLine(id, flags.progress);
      const training = new TrainingLines(flags);
      const { claims, files } = await withEngine(flags, (engine) =>
        reproduce(engine, experiment, folder, {
          seed: flags.seed ?? 1,
          ...(flags.count === undefined ? {} : { count: flags.count }),
          setting: flags.setting,
          seeds: flags.seeds ?? (experiment.seeds ?? DEFAULT_SEEDS)[flags.setting],
          signal: interruptSignal(),
          onProgress: progress.update,
          onTraining: training.update,
        }),
      ).finally(() => {
        progress.end();
        training.end();
      });
      if (flags.json) printJson({ experiment: id, claims, files, out: resolve(folder) });
      else {
        say(`${experiment.title}\n(${experiment.citation})\n`);
        if (flags.setting === 'quick')
          say('quick setting: hardly any training; claims are judged by --setting paper\n');
        for (const { claim, paper, measured, holds } of claims) {
          say(
            `${holds === undefined ? '      ' : holds ? 'holds ' : 'FAILS '} ${claim}\n         paper: ${paper}\n         here:  ${measured}`,
          );
        }
        say(`\n${files.join(', ')} are in ${resolve(folder)}`);
      }
      finish(Exit.done);
    });
}

/** A line of progress for the network in training. */
class TrainingLines {
  private label = '';
  private line: ProgressLine | undefined;

  constructor(private readonly flags: Flags) {}

  update = (label: string, progress: Progress): void => {
    if (label !== this.label) {
      this.end();
      this.label = label;
      this.line = new ProgressLine(label, this.flags.progress, 'iterations');
    }
    this.line!.update(progress);
  };

  end(): void {
    this.line?.end();
  }
}

function list(flags: Flags): void {
  if (flags.json) printJson(EXPERIMENTS.map(({ id, title, citation }) => ({ id, title, citation })));
  else
    say(
      table(
        ['experiment', 'what it shows'],
        EXPERIMENTS.map(({ id, title }) => [id, title]),
      ),
    );
}
