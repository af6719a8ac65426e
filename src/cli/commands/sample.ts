import { Command } from 'commander';
import { InputError } from '../../errors.js';
import { writeProfiles } from '../../profiles/read.js';
import { SAMPLERS, sampleProfiles, type SampledBatch } from '../../profiles/samplers.js';
import { Exit, commonFlags, finish, interruptSignal, numberFlag, type CommonFlags } from '../context.js';
import { PROFILE_FILES, checkOutput } from '../out-file.js';
import { printJson, say, whole } from '../output.js';

export interface SampleFlags extends CommonFlags {
  readonly agents?: number;
  readonly items?: number;
  readonly count?: number;
  readonly budget?: number;
}

/** Adds the flags that describe random profiles. */
export function sampleFlags(command: Command): Command {
  return command
    .option('--agents <N>', 'agents of each random profile', numberFlag('--agents', 1, 1e6, true))
    .option('--items <M>', 'items of each random profile', numberFlag('--items', 1, 1e6, true))
    .option('--count <K>', 'number of random profiles', numberFlag('--count', 1, Number.MAX_SAFE_INTEGER, true))
    .option(
      '--budget <b>',
      'supply of every item (default: agents/2; rank-one and integer: 1)',
      numberFlag('--budget', 0),
    );
}

/** The batch that the flags describe. */
export function sampledBatch(name: string, { agents, items, count, budget, seed }: SampleFlags): SampledBatch {
  for (const [flag, value] of Object.entries({ agents, items, count })) {
    if (value === undefined) throw new InputError(`--${flag} is missing, expected an integer >= 1`);
  }
  return sampleProfiles(name, {
    agents: agents!,
    items: items!,
    count: count!,
    ...(budget === undefined ? {} : { budget }),
    ...(seed === undefined ? {} : { seed }),
  });
}

export const SAMPLER_HELP = Object.entries(SAMPLERS)
  .map(([name, { about, parameter }]) => `  ${(parameter ? `${name}:${parameter[0]}` : name).padEnd(14)}${about}`)
  .join('\n');

export function sampleCommand(): Command {
  return sampleFlags(commonFlags(new Command('sample')))
    .description('draw random profiles')
    .argument('<name>', 'sampler')
    .option('--out <file>', 'profiles (required): .npz, .json, .csv or .parquet')
    .addHelpText('after', `\nSamplers:\n${SAMPLER_HELP}`)
    .action(async (name: string, flags: SampleFlags & { readonly out?: string }) => {
      const batch = sampledBatch(name, flags);
      const out = await checkOutput(flags.out, PROFILE_FILES);
      interruptSignal(); // a file that is being written is finished
      await writeProfiles(out, batch);
      if (flags.json)
        printJson({
          sampler: name,
          count: batch.count,
          agents: batch.agents,
          items: batch.items,
          budget: batch.budget,
          seed: batch.seed,
          out,
        });
      else say(`drew ${whole(batch.count)} profiles of ${batch.agents} agents and ${batch.items} items; wrote ${out}`);
      finish(Exit.done);
    });
}
