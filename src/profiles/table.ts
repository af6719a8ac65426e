/** A column of a table that is written block by block. */
export interface TableColumn {
  readonly name: string;
  /** `int`: whole numbers (numbers or bigints), `double`: any number, `string`: text. */
  readonly type: 'int' | 'double' | 'string';
}

/** A column as the format writers know it; `int32` promises that every value fits. */
export interface StoredColumn {
  readonly name: string;
  readonly type: 'int32' | TableColumn['type'];
}

/** The values of one column in a block of rows. */
export type ColumnData = ArrayLike<number> | ArrayLike<bigint> | ArrayLike<string>;

/** A table file that takes rows as they come and keeps only a bounded number of them in memory. */
export interface TableWriter {
  /**
   * Appends a block of rows: one array for each column, all of the same length. Await it before the next call; the
   * arrays may be reused then.
   */
  write(columns: readonly ColumnData[]): Promise<void>;
  /** Writes what is left and gives the file its final name. */
  close(): Promise<void>;
  /** Removes what was written; the final name is untouched. Never throws; harmless after `close`. */
  abort(): Promise<void>;
}

/** Formats rows for one file format; bytes go wherever the caller sends them. */
export interface TableEncoder {
  write(columns: readonly ColumnData[]): Promise<void>;
  /** Writes what is buffered and what ends the file. */
  finish(): Promise<void>;
}

/** Where an encoder sends bytes; they may be reused once the promise resolves. */
export interface ByteSink {
  write(bytes: Uint8Array): Promise<void>;
}

/** The number of rows in a block. Throws when the columns do not fit the table: a mistake of the caller, not of a user. */
export function blockRows(expected: readonly StoredColumn[], columns: readonly ColumnData[]): number {
  if (columns.length !== expected.length) throw new Error(`${columns.length} columns, expected ${expected.length}`);
  const rows = columns[0]?.length ?? 0;
  columns.forEach((column, c) => {
    if (column.length !== rows) throw new Error(`${expected[c]!.name} has ${column.length} rows, expected ${rows}`);
  });
  return rows;
}
