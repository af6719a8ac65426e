import { EngineError, InputError } from '../errors.js';
import type { MarketLog } from './market-log.js';

/** What a market says as it happens: to its log, to memory, or against the lines of a log that is being replayed. */
export class MarketJournal {
  /** Lines, where they are kept. */
  readonly entries: string[] | undefined;
  /** Lines so far. */
  lines = 0;
  /** Lines yet to be replayed, last first. */
  private replayed: string[] = [];
  /** Lines that the log has yet to take, as it could not be written. */
  private readonly owed: string[] = [];

  constructor(
    private readonly log: MarketLog | undefined,
    keep: boolean,
  ) {
    this.entries = keep ? [] : undefined;
  }

  /** From now on lines are compared with these, until they are used up. */
  replay(lines: readonly string[]): void {
    this.replayed = [...lines].reverse();
  }

  /** Next line to be replayed. */
  get next(): string | undefined {
    return this.replayed.at(-1);
  }

  /** Takes the line of something that happens only if the line can be written. */
  emit(line: string): void {
    if (this.replayed.length > 0) {
      const expected = this.replayed.pop();
      this.lines += 1;
      if (expected !== line)
        throw new InputError(`line ${this.lines} of the log is not what the market decides: ${line}`);
      return;
    }
    this.settle();
    this.write(line);
  }

  /** Takes the line of something that has happened already: if it cannot be written, it goes before the next one. */
  tell(line: string): void {
    if (this.replayed.length > 0) return this.emit(line);
    this.owed.push(line);
    try {
      this.settle();
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
    }
  }

  /** Writes what the log has yet to take. */
  settle(): void {
    for (; this.owed.length > 0; this.owed.shift()) this.write(this.owed[0]!);
  }

  close(): void {
    this.log?.close();
  }

  private write(line: string): void {
    this.log?.add(line);
    this.entries?.push(line);
    this.lines += 1;
  }
}
