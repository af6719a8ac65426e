import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { InputError } from '../../errors.js';
import { commonFlags, type CommonFlags } from '../context.js';
import { printJson, say } from '../output.js';

interface Row {
  readonly name: string;
  readonly value: string;
  readonly note: string;
  readonly target?: string;
  readonly met?: boolean;
}

/** What bench/run.ts exports; it lives outside the package. */
interface Benches {
  readonly names: readonly string[];
  run(
    filter: string,
    onRow: (row: Row) => void,
    onStart: (name: string) => void,
  ): Promise<{ machine: string; rows: readonly Row[] }>;
}

const RUN = new URL('../../../build/bench/run.js', import.meta.url);

export function benchCommand(): Command {
  return commonFlags(new Command('bench'))
    .description(
      'time the kernels and the engine, each checked before it is timed; native C beside them where there is a compiler',
    )
    .argument('[filter]', 'only benches whose name contains this', '')
    .action(async (filter: string, flags: CommonFlags) => {
      if (!existsSync(RUN))
        throw new InputError('the benches are not part of the package; run them from a clone: npm ci && npm run build');
      const { names, run } = (await import(RUN.href)) as Benches;
      if (!names.some((name) => name.includes(filter)))
        throw new InputError(`no bench is named like ${filter}, known: ${names.join(', ')}`);
      const tell = (text: string) => {
        if (process.stderr.isTTY && flags.progress === 'auto') process.stderr.write(text);
      };
      const report = await run(
        filter,
        (row) => {
          tell('\r\x1b[K');
          if (!flags.json) say(line(row));
        },
        (name) => tell(`\r\x1b[K${name} ...`),
      );
      tell('\r\x1b[K');
      if (flags.json) printJson(report);
      else say(`\n${report.machine}`);
    });
}

function line({ name, value, note, target, met }: Row): string {
  const goal = target === undefined ? '' : `  target ${target}: ${met ? 'met' : 'MISSED'}`;
  return `${name.padEnd(60)}${value.padStart(26)}  (${note})${goal}`;
}
