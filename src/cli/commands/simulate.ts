import { Command } from 'commander';
import { InputError } from '../../errors.js';
import { commonFlags } from '../context.js';
import { badProfileFlag } from '../job.js';
import { mechanismFlags } from '../mechanism-flags.js';
import { runAllocate, type AllocateFlags } from './allocate.js';

/** `simulate ocam`: `allocate ocam` by another name, for those who look for arrivals. */
export function simulateCommand(): Command {
  const command = badProfileFlag(
    commonFlags(
      new Command('simulate')
        .description('let agents arrive one by one: the same as allocate ocam')
        .argument('<mechanism>', 'ocam')
        .argument('<in>', 'an ordinal problem, agents in order of arrival: .npz or .json')
        .option('--out <file>', 'results (required): .npz or .json'),
    ),
  );
  command.option('--check', 'measure the conditions of a dynamic equilibrium and envy beyond one object');
  mechanismFlags(command, ['ocam']);
  return command.action(async (id: string, input: string, flags: AllocateFlags) => {
    if (id !== 'ocam') throw new InputError(`simulate takes ocam, found ${id}; use evenhand allocate ${id}`);
    if (flags.check && Number((flags as { batch?: string }).batch ?? 1) !== 1) {
      throw new InputError('--check judges agents in order of arrival, which --batch gives up; leave one of them out');
    }
    await runAllocate(id, input, flags);
  });
}
