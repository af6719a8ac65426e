import { open } from 'node:fs/promises';
import { InputError } from '../errors.js';
import type { NamedArrays } from '../types.js';
import { LongFormReader } from './long-form.js';
import { NumberScanner, formatNumber, parseNumber } from './number-text.js';
import { blockRows } from './table.js';
import type { ByteSink, ColumnData, StoredColumn, TableEncoder } from './table.js';

/** Bytes read at once; no line may be longer. */
const CHUNK = 1 << 20;
/** Rows gathered before they are handed on. */
const BLOCK_ROWS = 1 << 15;
/** Characters gathered before they are written. */
const FLUSH_AT = 1 << 18;
const [NEWLINE, RETURN, COMMA, QUOTE] = [0x0a, 0x0d, 0x2c, 0x22];

/**
 * Reads a .csv file in long form (RFC 4180: quotes, CRLF or LF, an optional byte order mark and final line end).
 * Throws InputError naming line and column for anything but numbers; see LongFormReader for the rest.
 */
export async function readCsv(path: string): Promise<NamedArrays> {
  const handle = await open(path, 'r');
  try {
    const parser = new CsvParser();
    let held = 0;
    const buffer = Buffer.alloc(CHUNK + 1);
    for (;;) {
      const { bytesRead } = await handle.read(buffer, held, CHUNK - held, null);
      let end = held + bytesRead;
      if (bytesRead === 0) {
        if (held === 0) break;
        // The last line may lack its end.
        buffer[end++] = NEWLINE;
      }
      const complete = buffer.lastIndexOf(NEWLINE, end - 1) + 1;
      parser.parse(buffer, complete);
      buffer.copyWithin(0, complete, end);
      held = end - complete;
      if (held >= CHUNK) throw new InputError(`has a line ${parser.line} longer than ${CHUNK} bytes`);
    }
    return parser.finish();
  } finally {
    await handle.close();
  }
}

class CsvParser {
  /** Number of the line to come, from 1. */
  line = 1;
  private names: string[] = [];
  private reader: LongFormReader | undefined;
  private block: Float64Array[] = [];
  private rows = 0;
  private readonly scanner = new NumberScanner();

  /** Parses whole lines: bytes [0, end), the last of which ends a line. */
  parse(bytes: Buffer, end: number): void {
    let at = 0;
    if (!this.reader && end > 0) at = this.header(bytes);
    while (at < end) {
      const lineEnd = bytes[at] === NEWLINE ? at + 1 : bytes[at] === RETURN && bytes[at + 1] === NEWLINE ? at + 2 : 0;
      at = lineEnd > 0 ? lineEnd : this.row(bytes, at);
      this.line++;
    }
  }

  private header(bytes: Buffer): number {
    const newline = bytes.indexOf(NEWLINE);
    const text = bytes
      .toString('utf8', 0, newline)
      .replace(/^\uFEFF/, '')
      .replace(/\r$/, '');
    this.names = splitFields(text, 1).map((name) => name.trim());
    this.reader = new LongFormReader(this.names);
    this.startBlock();
    this.line++;
    return newline + 1;
  }

  private startBlock(): void {
    this.block = this.names.map(() => new Float64Array(BLOCK_ROWS));
    this.rows = 0;
  }

  /** Parses the row at `at` and returns where the next begins. */
  private row(bytes: Buffer, at: number): number {
    const last = this.names.length - 1;
    for (let c = 0; c <= last; c++) {
      let value = this.scanner.scan(bytes, at);
      let end = this.scanner.end;
      let stop = bytes[end];
      if (!this.scanner.plain || (stop !== COMMA && stop !== NEWLINE && stop !== RETURN)) {
        end = fieldEnd(bytes, at, this.line);
        value = this.slowField(bytes.toString('utf8', at, end), c);
        stop = bytes[end];
      } else if (value !== value) {
        value = Number(bytes.toString('latin1', at, end));
      }
      this.block[c]![this.rows] = value;
      if (stop === RETURN && bytes[end + 1] === NEWLINE) stop = bytes[++end];
      if (stop !== (c === last ? NEWLINE : COMMA)) throw this.wrongCount(bytes, end, c);
      at = end + 1;
    }
    if (++this.rows === BLOCK_ROWS) {
      this.reader!.append(this.block);
      this.startBlock();
    }
    return at;
  }

  private wrongCount(bytes: Buffer, end: number, c: number): InputError {
    if (bytes[end] === RETURN) {
      return new InputError(`line ${this.line} has a carriage return in column ${this.names[c]!}`);
    }
    const found = bytes[end] === COMMA ? `more than ${this.names.length} fields` : `${c + 1} fields`;
    return new InputError(`line ${this.line} has ${found}, expected ${this.names.length}`);
  }

  private slowField(raw: string, c: number): number {
    const text = raw.startsWith('"') ? splitFields(raw, this.line)[0]! : raw;
    const value = parseNumber(text);
    if (value !== undefined) return value;
    const name = this.names[c]!;
    const expected = 'a number';
    const found = text.trim() === '' ? 'is missing' : `is ${JSON.stringify(text)}`;
    throw new InputError(`${name} in line ${this.line} ${found}, expected ${expected}`, {
      array: name,
      found: text,
      expected,
    });
  }

  finish(): NamedArrays {
    if (!this.reader) throw new InputError('is empty, expected a header line');
    this.reader.append(this.block.map((column) => column.subarray(0, this.rows)));
    return this.reader.finish();
  }
}

/** Where the field at `at` ends: at a comma or a line end that is not between quotes. */
function fieldEnd(bytes: Buffer, at: number, line: number): number {
  let quoted = false;
  for (let end = at; ; end++) {
    const byte = bytes[end];
    if (byte === QUOTE) quoted = !quoted;
    else if (byte === NEWLINE) {
      // A line break inside quotes is legal CSV but never part of a number.
      if (quoted) throw new InputError(`line ${line} has a quoted field without an end`);
      return end > at && bytes[end - 1] === RETURN ? end - 1 : end;
    } else if (byte === COMMA && !quoted) return end;
  }
}

/** The fields of one line, unquoted. */
function splitFields(text: string, line: number): string[] {
  const fields: string[] = [];
  const field = /\s*"((?:[^"]|"")*)"\s*(,|$)|([^,"]*)(,|$)/y;
  for (;;) {
    const match = field.exec(text);
    if (!match) throw new InputError(`line ${line} has misplaced quotes`);
    fields.push(match[1] !== undefined ? match[1].replaceAll('""', '"') : match[3]!);
    if ((match[2] ?? match[4]) === '') return fields;
  }
}

/** Writes a table as CSV: a header, LF line ends, numbers in the shortest form that reads back as the same double. */
export class CsvEncoder implements TableEncoder {
  private text: string;

  constructor(
    private readonly sink: ByteSink,
    private readonly columns: readonly StoredColumn[],
  ) {
    this.text = `${columns.map(({ name }) => quoteField(name)).join(',')}\n`;
  }

  async write(columns: readonly ColumnData[]): Promise<void> {
    const rows = blockRows(this.columns, columns);
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns.length; c++) {
        const value = columns[c]![r]!;
        if (c > 0) this.text += ',';
        if (typeof value === 'number') this.text += formatNumber(value);
        else this.text += typeof value === 'bigint' ? String(value) : quoteField(value);
      }
      this.text += '\n';
      if (this.text.length >= FLUSH_AT) await this.flush();
    }
  }

  async finish(): Promise<void> {
    await this.flush();
  }

  private async flush(): Promise<void> {
    const bytes = Buffer.from(this.text, 'utf8');
    this.text = '';
    await this.sink.write(bytes);
  }
}

function quoteField(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
