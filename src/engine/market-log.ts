import { closeSync, fsyncSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import { InputError } from '../errors.js';

/** Lines of JSON that are on their way to the disk when `add` returns: what a killed process has added is there. */
export class MarketLog {
  private file: number | undefined;

  /** `sync`: each line is on the disk itself, so that it outlives the machine too (milliseconds a line). */
  constructor(
    readonly path: string,
    private readonly sync: boolean,
    flag: 'wx' | 'a',
  ) {
    try {
      this.file = openSync(path, flag);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new InputError(
        code === 'EEXIST'
          ? `${path}: there is a log already, restore the market from it or choose another name`
          : `${path}: cannot be written (${(error as Error).message})`,
      );
    }
  }

  add(line: string): void {
    if (this.file === undefined) throw new InputError(`${this.path}: the market is closed`);
    writeSync(this.file, `${line}\n`);
    if (this.sync) fsyncSync(this.file);
  }

  close(): void {
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
  }
}

/** The lines of a log, a torn last one cut off the file: its agent has had no answer. */
export function readLog(path: string): string[] {
  let text: Buffer;
  try {
    text = readFileSync(path);
  } catch (error) {
    throw new InputError(`${path}: cannot be read (${(error as Error).message})`);
  }
  const whole = text.lastIndexOf(0x0a) + 1;
  if (whole < text.length) truncateSync(path, whole);
  return text.toString('utf8', 0, whole).split('\n').slice(0, -1);
}
