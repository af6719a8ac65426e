import { Option, type Command } from 'commander';
import { createEngine, type Engine } from '../engine/engine.js';
import { InputError } from '../errors.js';
import type { ProgressMode } from './output.js';

/** Exit codes of the command line. */
export const Exit = { done: 0, someFailed: 1, badUsage: 2, interrupted: 130 } as const;

export interface CommonFlags {
  readonly threads?: number;
  readonly seed?: number;
  readonly json?: boolean;
  readonly progress: ProgressMode;
}

/** A flag's number, refused with a sentence if it is none. */
export function numberFlag(
  name: string,
  low = -Number.MAX_VALUE,
  high = Number.MAX_VALUE,
  integer = false,
): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? NaN : Number(text);
    if (!(value >= low && value <= high) || (integer && !Number.isInteger(value))) {
      const kind = integer ? 'an integer' : 'a number';
      const bounds =
        low === -Number.MAX_VALUE ? '' : high === Number.MAX_VALUE ? ` >= ${low}` : ` from ${low} to ${high}`;
      throw new InputError(`${name} is ${text}, expected ${kind}${bounds}`);
    }
    return value;
  };
}

/** The different seeds of `--seeds a,b,c`. */
export function seedList(text: string): readonly number[] {
  const seeds = text.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
  if (seeds.some((seed) => !Number.isSafeInteger(seed) || seed < 0) || new Set(seeds).size < seeds.length) {
    throw new InputError(`--seeds is ${text}, expected different integers >= 0 with commas between`);
  }
  return seeds;
}

/** Adds the flags that every command takes. */
export function commonFlags(command: Command): Command {
  return command
    .option('--threads <K>', 'worker threads, 0: this one (default: all cores)', numberFlag('--threads', 0, 1024, true))
    .option(
      '--seed <S>',
      'seed of everything drawn (default: 0)',
      numberFlag('--seed', 0, Number.MAX_SAFE_INTEGER, true),
    )
    .option('--json', 'print one JSON document on stdout')
    .addOption(
      new Option('--progress <how>', 'progress on stderr: on a terminal, as JSON lines, or none')
        .choices(['auto', 'json', 'none'])
        .default('auto'),
    );
}

const interrupt = new AbortController();
let listening = false;

/** Aborted at the first Ctrl-C; the second ends the process at once. */
export function interruptSignal(): AbortSignal {
  if (!listening) {
    listening = true;
    const stop = () => {
      if (interrupt.signal.aborted) process.exit(Exit.interrupted);
      interrupt.abort(new Error('interrupted'));
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
  }
  return interrupt.signal;
}

/** Runs with an engine and closes it. */
export async function withEngine<T>(flags: CommonFlags, use: (engine: Engine) => Promise<T>): Promise<T> {
  const engine = await createEngine(flags.threads === undefined ? {} : { threads: flags.threads });
  try {
    return await use(engine);
  } finally {
    await engine.close();
  }
}

/** Sets the exit code, keeping the most serious. */
export function finish(code: number): void {
  process.exitCode = interrupt.signal.aborted ? Exit.interrupted : Math.max(Number(process.exitCode ?? 0), code);
}
