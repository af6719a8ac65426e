import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { ColumnSource, SchemaElement } from 'hyparquet-writer';
import { InputError } from '../errors.js';
import { blockRows } from './table.js';
import type { ByteSink, ColumnData, StoredColumn, TableEncoder } from './table.js';

/** Rows in a row group: what is held in memory at once. */
export const GROUP_ROWS = 100_000;

const PHYSICAL = { int32: 'INT32', int: 'INT64', double: 'DOUBLE', string: 'BYTE_ARRAY' } as const;

type Buffered = Int32Array | BigInt64Array | Float64Array | string[];

/** Writes a table as Parquet, one row group for each GROUP_ROWS rows, holding no more than that in memory. */
export class ParquetEncoder implements TableEncoder {
  private readonly bytes = new ByteWriter(1 << 20);
  private readonly writer: ParquetWriter;
  private readonly buffered: Buffered[];
  private rows = 0;

  constructor(
    private readonly sink: ByteSink,
    private readonly columns: readonly StoredColumn[],
  ) {
    const schema: SchemaElement[] = [
      { name: 'schema', num_children: columns.length },
      ...columns.map(({ name, type }): SchemaElement => ({
        name,
        type: PHYSICAL[type],
        repetition_type: 'REQUIRED',
        ...(type === 'string' ? { converted_type: 'UTF8' } : {}),
      })),
    ];
    this.writer = new ParquetWriter({ writer: this.bytes, schema, statistics: false, createdBy: 'evenhand' });
    this.buffered = columns.map(({ type }) => emptyColumn(type));
  }

  async write(columns: readonly ColumnData[]): Promise<void> {
    const rows = blockRows(this.columns, columns);
    for (let start = 0; start < rows;) {
      const end = Math.min(rows, start + GROUP_ROWS - this.rows);
      columns.forEach((column, c) => copyRows(column, start, end, this.buffered[c]!, this.rows, this.columns[c]!));
      this.rows += end - start;
      start = end;
      if (this.rows === GROUP_ROWS) await this.flush();
    }
  }

  async finish(): Promise<void> {
    await this.flush();
    await this.writer.finish();
    await this.drain();
  }

  private async flush(): Promise<void> {
    if (this.rows === 0) return;
    const columnData = this.columns.map(({ name, type }, c): ColumnSource => ({
      name,
      data: this.buffered[c]!.slice(0, this.rows),
      offsetIndex: false,
      // A dictionary takes 0 and -0 for one value.
      ...(type === 'double' ? { encoding: 'PLAIN' } : {}),
    }));
    await this.writer.write({ columnData, rowGroupSize: this.rows });
    this.rows = 0;
    await this.drain();
  }

  private async drain(): Promise<void> {
    await this.sink.write(this.bytes.getBytes());
    this.bytes.index = 0;
  }
}

function emptyColumn(type: StoredColumn['type']): Buffered {
  switch (type) {
    case 'int32':
      return new Int32Array(GROUP_ROWS);
    case 'int':
      return new BigInt64Array(GROUP_ROWS);
    case 'double':
      return new Float64Array(GROUP_ROWS);
    case 'string':
      return [];
  }
}

/** Copies rows [start, end) of `from` to row `at` of `to`, converting exactly or not at all. */
function copyRows(
  from: ColumnData,
  start: number,
  end: number,
  to: Buffered,
  at: number,
  { name, type }: StoredColumn,
): void {
  if (type === 'int') {
    const target = to as BigInt64Array;
    for (let r = start; r < end; r++) {
      const value = from[r]!;
      const whole = typeof value === 'bigint' || Number.isSafeInteger(value) ? BigInt(value) : undefined;
      if (whole === undefined || BigInt.asIntN(64, whole) !== whole) {
        throw new InputError(`${name} is ${value}, expected an integer of at most 64 bits`, {
          array: name,
          found: value,
        });
      }
      target[at + r - start] = whole;
    }
  } else {
    // Arrays of strings and of numbers are filled alike.
    const [source, target] = [from as ArrayLike<number>, to as unknown as number[]];
    for (let r = start; r < end; r++) target[at + r - start] = source[r]!;
  }
}
