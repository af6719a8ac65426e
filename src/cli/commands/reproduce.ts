import { resolve } from 'node:path';
import { Command } from 'commander';
import { InputError } from '../../errors.js';
import { reproduce } from '../../experiments/experiment.js';
import { EXPERIMENTS, experimentOf } from '../../experiments/registry.js';
import { Exit, commonFlags, finish, interruptSignal, numberFlag, withEngine, type CommonFlags } from '../context.js';
import { ProgressLine, printJson, say, table } from '../output.js';

type Flags = CommonFlags & { readonly out?: string; readonly count?: number };

export function reproduceCommand(): Command {
  return commonFlags(new Command('reproduce'))
    .description("a paper's table or figure: data (.csv), picture (.svg), and a line per claim")
    .argument('<experiment>', 'list, or an id such as s0/figure2')
    .option('--out <folder>', 'where results go (required)')
    .option('--count <K>', 'random profiles', numberFlag('--count', 1, Number.MAX_SAFE_INTEGER, true))
    .action(async (id: string, flags: Flags) => {
      if (id === 'list') return list(flags);
      const experiment = experimentOf(id);
      if (flags.out === undefined) throw new InputError('--out is missing, expected a folder');
      const folder = flags.out;
      const progress = new ProgressLine(id, flags.progress);
      const { claims, files } = await withEngine(flags, (engine) =>
        reproduce(engine, experiment, folder, {
          seed: flags.seed ?? 1,
          ...(flags.count === undefined ? {} : { count: flags.count }),
          signal: interruptSignal(),
          onProgress: progress.update,
        }),
      ).finally(() => progress.end());
      if (flags.json) printJson({ experiment: id, claims, files, out: resolve(folder) });
      else {
        say(`${experiment.title}\n(${experiment.citation})\n`);
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
