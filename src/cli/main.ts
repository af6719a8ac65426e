#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { EvenhandError } from '../errors.js';
import { allocateCommand } from './commands/allocate.js';
import { benchCommand } from './commands/bench.js';
import { evaluateCommand } from './commands/evaluate.js';
import { mechanismsCommand } from './commands/mechanisms.js';
import { propertiesCommand } from './commands/properties.js';
import { sampleCommand } from './commands/sample.js';
import { tourCommand } from './commands/tour.js';
import { verifyCommand } from './commands/verify.js';
import { Exit } from './context.js';
import { say } from './output.js';

const { version, description } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
  description: string;
};

const program = new Command('evenhand').description(description).version(version);
for (const command of [
  allocateCommand(),
  evaluateCommand(),
  sampleCommand(),
  propertiesCommand(),
  verifyCommand(),
  mechanismsCommand(),
  benchCommand(),
  tourCommand(),
]) {
  program.addCommand(command);
}
program.showHelpAfterError(false);
const quiet = (command: Command): void => {
  command.exitOverride().configureOutput({ writeErr: () => undefined });
  command.commands.forEach(quiet);
};
quiet(program);

/** One line for a person, whatever was thrown. */
function report(error: unknown): number {
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
  if (error instanceof Error && error.message === 'interrupted') return Exit.interrupted;
  if (error instanceof Error && (error as NodeJS.ErrnoException).code === 'EPIPE') return Exit.done;
  say(`evenhand: unexpected: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return Exit.badUsage;
}

try {
  await program.parseAsync(process.argv);
} catch (error) {
  process.exitCode = report(error);
}
