import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { EngineError, InputError } from '../errors.js';
import type { Pricing } from '../mechanisms/ocam/control.js';
import type { MarketBundle } from './market-lists.js';
import type { Decision } from './market-options.js';

const REASONS = ['sample', 'schedule', 'drift', 'forecast'] as const;

/** Lines of JSON that are on their way to the disk when `add` returns: what a killed process has added is there. */
export class MarketLog {
  private file: number | undefined;
  /** Bytes of the lines that are whole. */
  private length: number;

  /** `sync`: each line is on the disk itself, so that it outlives the machine too (milliseconds a line). */
  constructor(
    readonly path: string,
    private readonly sync: boolean,
    flag: 'ax' | 'a',
  ) {
    try {
      this.file = openSync(path, flag);
      this.length = fstatSync(this.file).size;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new InputError(
        code === 'EEXIST'
          ? `${path}: there is a log already, restore the market from it or choose another name`
          : `${path}: cannot be written (${(error as Error).message})`,
      );
    }
  }

  /** Adds the whole line, or throws and adds nothing. */
  add(line: string): void {
    const { file } = this;
    if (file === undefined) throw new InputError(`${this.path}: the market is closed`);
    const bytes = Buffer.from(`${line}\n`);
    try {
      // A file system that runs full takes a part of the line, and says so only when asked for the rest.
      for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
      if (this.sync) fsyncSync(file);
    } catch (error) {
      ftruncateSync(file, this.length);
      throw new EngineError(`${this.path}: cannot be written (${(error as Error).message})`);
    }
    this.length += bytes.length;
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

/** What the agent asked for, what it had, what it got. */
export function lineOf(
  { agent, choice, budget, cost, sample, stopped }: Decision,
  list: readonly MarketBundle[],
): string {
  return `{"agent":${agent},"list":${JSON.stringify(list)},"budget":${budget},"choice":${choice},"cost":${cost},"sample":${sample},"stopped":${stopped}}`;
}

export function pricingLine({ at, reason, prices, error, used }: Pricing): string {
  return JSON.stringify({ pricing: REASONS[reason], at, prices: Array.from(prices), error, used });
}

export function parsed(text: string, line: number): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // said below
  }
  throw new InputError(`line ${line} is no JSON object`);
}
