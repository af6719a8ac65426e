import type { Progress } from '../engine/schedule.js';

const notes: string[] = [];

/** Keeps a line until something else is said or the command ends; a refusal, which has one line only, drops it. */
export function note(text: string): void {
  notes.push(text);
}

/** Writes the lines that were kept. */
export function sayNotes(): void {
  for (const text of notes.splice(0)) process.stderr.write(`${text}\n`);
}

export function dropNotes(): void {
  notes.length = 0;
}

/** Writes a line of human text. Data goes to files, one JSON document to stdout, everything else here. */
export function say(text: string): void {
  sayNotes();
  process.stderr.write(`${text}\n`);
}

/** Prints one JSON document; numbers that JSON lacks become null. */
export function printJson(value: unknown): void {
  process.stdout.write(
    `${JSON.stringify(value, (_, x: unknown) => (typeof x === 'number' && !Number.isFinite(x) ? null : x))}\n`,
  );
}

/** Aligns columns: text left, numbers right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, c) => Math.max(title.length, ...rows.map((row) => row[c]!.length)));
  const numeric = head.map((_, c) => rows.every((row) => /^[-+]?[\d.,]|^(-?inf|nan|–)/.test(row[c]!)));
  const line = (row: readonly string[]) =>
    row
      .map((text, c) => (numeric[c] ? text.padStart(widths[c]!) : text.padEnd(widths[c]!)))
      .join('  ')
      .trimEnd();
  return [line(head), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)].join('\n');
}

/** Six significant digits, without an exponent where that reads well. */
export function short(x: number | undefined): string {
  if (x === undefined) return '–';
  if (Number.isNaN(x)) return 'nan';
  if (!Number.isFinite(x)) return x > 0 ? 'inf' : '-inf';
  const size = Math.abs(x);
  if (x !== 0 && (size < 1e-4 || size >= 1e9)) return x.toExponential(3);
  return String(Number(x.toPrecision(6)));
}

/** `1,234,567`. */
export function whole(x: number): string {
  return Math.round(x).toLocaleString('en-US');
}

export type ProgressMode = 'auto' | 'json' | 'none';

const SILENT_SECONDS = 1; // what is over sooner needs no progress
const EVERY_MS = 200;

/** Shows how far a call is: a line that rewrites itself on a terminal, JSON lines for programs, nothing otherwise. */
export class ProgressLine {
  private last = -Infinity;
  private shown = false;

  constructor(
    private readonly label: string,
    private readonly mode: ProgressMode,
    private readonly unit = 'profiles',
  ) {}

  /** `detail`: what else to show at the end of the line, such as how good it is so far. */
  update = ({ done, total, seconds, rate, remaining }: Progress, detail = ''): void => {
    if (this.mode === 'none' || (this.mode === 'auto' && !process.stderr.isTTY)) return;
    const now = performance.now();
    if (seconds < SILENT_SECONDS || (now - this.last < EVERY_MS && done < total)) return;
    this.last = now;
    if (this.mode === 'json') {
      say(
        JSON.stringify({
          progress: { label: this.label, done, total, seconds, rate, remaining, ...(detail ? { detail } : {}) },
        }),
      );
      return;
    }
    this.shown = true;
    const percent = ((100 * done) / total).toFixed(0).padStart(3);
    const left = remaining >= 90 ? `${Math.round(remaining / 60)} min` : `${Math.ceil(remaining)} s`;
    process.stderr.write(
      `\r\x1b[K${this.label} ${percent} %  ${rate < 10 ? short(rate) : whole(rate)} ${this.unit}/s  ${left} left${detail && `  ${detail}`}`,
    );
  };

  /** Wipes the line. */
  end(): void {
    if (this.shown) process.stderr.write('\r\x1b[K');
    this.shown = false;
  }
}

/** Mean, and standard deviation if there are several. */
export function spread(all: readonly number[]): string {
  const mean = all.reduce((a, b) => a + b, 0) / all.length;
  if (all.length === 1) return short(mean);
  const deviation = Math.sqrt(all.reduce((a, b) => a + (b - mean) ** 2, 0) / (all.length - 1));
  return `${short(mean)} ± ${short(deviation)}`;
}
