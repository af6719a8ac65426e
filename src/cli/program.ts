import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { EvenhandError } from '../errors.js';
import { allocateCommand } from './commands/allocate.js';
import { benchCommand } from './commands/bench.js';
import { evaluateCommand } from './commands/evaluate.js';
import { exploitCommand } from './commands/exploit.js';
import { externalityCommand } from './commands/externality.js';
import { gradientCommand } from './commands/gradient.js';
import { mechanismsCommand } from './commands/mechanisms.js';
import { paymentsCommand } from './commands/payments.js';
import { propertiesCommand } from './commands/properties.js';
import { reproduceCommand } from './commands/reproduce.js';
import { sampleCommand } from './commands/sample.js';
import { simulateCommand } from './commands/simulate.js';
import { trainCommand } from './commands/train.js';
import { tourCommand } from './commands/tour.js';
import { verifyCommand } from './commands/verify.js';
import { Exit } from './context.js';
import { dropNotes, say, sayNotes } from './output.js';

const { version, description } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
  description: string;
};

/** The command line, made afresh: commander keeps what it parsed. */
function program(): Command {
  const root = new Command('evenhand').description(description).version(version);
  for (const command of [
    allocateCommand(),
    simulateCommand(),
    gradientCommand(),
    exploitCommand(),
    externalityCommand(),
    paymentsCommand(),
    evaluateCommand(),
    sampleCommand(),
    propertiesCommand(),
    verifyCommand(),
    mechanismsCommand(),
    trainCommand(),
    reproduceCommand(),
    benchCommand(),
    tourCommand(),
  ]) {
    root.addCommand(command.version(version));
  }
  root.showHelpAfterError(false);
  const quiet = (command: Command): void => {
    command.exitOverride().configureOutput({ writeErr: () => undefined });
    command.commands.forEach(quiet);
  };
  quiet(root);
  return root;
}

/** One line for a person, whatever was thrown. */
function report(error: unknown): number {
  if (error instanceof Error && error.message === 'interrupted') {
    sayNotes();
    return Exit.interrupted;
  }
  dropNotes();
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return Exit.done;
    if (error.code === 'commander.help') {
      say('evenhand: no command given; evenhand --help lists them');
      return Exit.badUsage;
    }
    say(`evenhand: ${error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ')}`);
    return Exit.badUsage;
  }
  if (error instanceof EvenhandError) {
    say(`evenhand: ${error.message}`);
    return Exit.badUsage;
  }
  if (error instanceof RangeError) {
    say(`evenhand: ${error.message}`); // an array or a kernel that memory cannot hold
    return Exit.badUsage;
  }
  say(`evenhand: unexpected: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return Exit.badUsage;
}

/** Runs the words after `evenhand`; resolves to the exit code. */
export async function main(words: readonly string[]): Promise<number> {
  try {
    await program().parseAsync(words, { from: 'user' });
    sayNotes();
    return Number(process.exitCode ?? Exit.done);
  } catch (error) {
    return report(error);
  }
}
