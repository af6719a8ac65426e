import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { parquetMetadata } from 'hyparquet';
import type { ColumnMetaData, FileMetaData, RowGroup, SchemaElement } from 'hyparquet';
import { InputError } from '../errors.js';
import type { NamedArrays } from '../types.js';
import { LongFormReader } from './long-form.js';
import { MissingValue, decodeChunk } from './parquet-pages.js';
import type { NumberType } from './parquet-values.js';
import { ThriftReader } from './thrift.js';

/** The letters that begin and end a file. */
const MAGIC = 'PAR1';
/** Magic, footer length, magic. */
const FRAME = 12;
/** Far more footer than any table here needs. */
const MAX_FOOTER = 1 << 28;
/**
 * Rows that a byte of file may stand for, and those that need no bytes to be believed. Keys differ from row to row, so
 * even the most compressible table needs some bytes for them; a claim beyond this is a lie, or as good as one.
 */
const ROWS_PER_BYTE = 1000;
const FREE_ROWS = 1_000_000;

/**
 * Reads a .parquet file in long form: flat columns of integers, booleans, floats or decimals that fit 64 bits. Throws
 * InputError for damaged files, and for columns, counts and values that cannot be; see LongFormReader for the rest.
 */
export async function readParquet(path: string): Promise<NamedArrays> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    const metadata = await readFooter(handle, size);
    const columns = flatColumns(metadata.schema);
    checkRows(metadata, size);
    const reader = new LongFormReader(columns.map(({ name }) => name));
    let row = 0;
    for (const group of metadata.row_groups) {
      const rows = Number(group.num_rows);
      const block: Float64Array[] = [];
      for (const [c, column] of columns.entries()) {
        block.push(await readChunk(handle, size, group, c, column, row));
      }
      reader.append(block);
      row += rows;
    }
    return reader.finish();
  } finally {
    await handle.close();
  }
}

async function readFooter(handle: FileHandle, size: number): Promise<FileMetaData> {
  if (size < FRAME) throw new InputError('is not a Parquet file: it is too short');
  const tail = await readBytes(handle, size - 8, 8);
  const head = await readBytes(handle, 0, 4);
  if (tail.toString('latin1', 4) !== MAGIC || head.toString('latin1') !== MAGIC) {
    throw new InputError('is not a Parquet file, or is cut short: it does not begin and end with PAR1');
  }
  const length = tail.readUInt32LE(0);
  if (length > size - FRAME || length > MAX_FOOTER) {
    throw new InputError(`claims a footer of ${length} bytes in a file of ${size}`);
  }
  const footer = await readBytes(handle, size - 8 - length, length + 8);
  // hyparquet allocates what a footer claims; read it once with bounds before it does.
  new ThriftReader(footer.subarray(0, length)).struct();
  try {
    return parquetMetadata(footer, { geoparquet: false });
  } catch (error) {
    throw new InputError(`has a damaged Parquet footer (${(error as Error).message})`);
  }
}

async function readBytes(handle: FileHandle, start: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(bytes, done, Math.min(length - done, 1 << 28), start + done);
    if (bytesRead === 0) throw new InputError('ends too early');
    done += bytesRead;
  }
  return bytes;
}

interface Column {
  readonly name: string;
  readonly required: boolean;
  readonly type: NumberType;
}

function flatColumns(schema: readonly SchemaElement[]): Column[] {
  const [root, ...elements] = schema;
  if (root?.num_children !== elements.length || elements.some((element) => element.num_children)) {
    throw new InputError('has nested columns, expected a flat table');
  }
  return elements.map((element) => {
    if (element.repetition_type !== 'REQUIRED' && element.repetition_type !== 'OPTIONAL') {
      throw new InputError(`has lists in column ${element.name}, expected numbers`);
    }
    return { name: element.name, required: element.repetition_type === 'REQUIRED', type: numberType(element) };
  });
}

function numberType({ name, type, converted_type, logical_type, scale }: SchemaElement): NumberType {
  const meaning = logical_type?.type ?? converted_type;
  const unsigned =
    converted_type?.startsWith('UINT_') === true || (logical_type?.type === 'INTEGER' && !logical_type.isSigned);
  const decimal = logical_type?.type === 'DECIMAL' || converted_type === 'DECIMAL';
  const places = decimal ? (scale ?? 0) : 0;
  const plain = meaning === undefined || decimal || /^(INTEGER|U?INT_(8|16|32|64))$/.test(meaning);
  const stored = type === 'INT32' || type === 'INT64' || (!decimal && (type === 'FLOAT' || type === 'DOUBLE'));
  // Powers of ten up to 22 are exact, so that dividing by them rounds just once.
  if (plain && places >= 0 && places <= 22 && (stored || (type === 'BOOLEAN' && meaning === undefined))) {
    return { physical: type, unsigned, scale: places };
  }
  throw new InputError(`has ${meaning ?? type ?? 'no'} values in column ${name}, expected integers or floats`);
}

/** The number of rows is claimed twice, and the file must be large enough for either. */
function checkRows(metadata: FileMetaData, size: number): void {
  let total = 0;
  for (const group of metadata.row_groups) {
    const rows = count(group.num_rows, 'rows');
    if (group.columns.length !== metadata.schema.length - 1) {
      throw new InputError('is damaged: a row group lacks columns');
    }
    total += rows;
  }
  const claimed = count(metadata.num_rows, 'rows');
  if (Math.max(claimed, total) > FREE_ROWS + ROWS_PER_BYTE * size) {
    throw new InputError(`claims ${Math.max(claimed, total)} rows in ${size} bytes, which it cannot hold`);
  }
  if (claimed !== total) throw new InputError(`claims ${claimed} rows but its row groups have ${total}`);
}

function count(value: unknown, what: string): number {
  const number = typeof value === 'bigint' || typeof value === 'number' ? Number(value) : -1;
  if (!(Number.isSafeInteger(number) && number >= 0)) throw new InputError(`is damaged: it claims ${number} ${what}`);
  return number;
}

async function readChunk(
  handle: FileHandle,
  size: number,
  group: RowGroup,
  c: number,
  { name, required, type }: Column,
  firstRow: number,
): Promise<Float64Array> {
  const { file_path, meta_data: meta } = group.columns[c]!;
  if (file_path !== undefined && file_path !== null) throw new InputError(`keeps column ${name} in another file`);
  if (!meta || meta.type !== type.physical || meta.path_in_schema.join('.') !== name) {
    throw new InputError(`is damaged: a row group does not describe column ${name}`);
  }
  const start = chunkStart(meta);
  const length = count(meta.total_compressed_size, 'bytes');
  if (start + length > size) throw new InputError(`claims that column ${name} lies outside the file`);
  const bytes = await readBytes(handle, start, length);
  try {
    return decodeChunk(bytes, { codec: meta.codec, type, required, rows: Number(group.num_rows) });
  } catch (error) {
    if (error instanceof MissingValue) {
      throw new InputError(`${name} in row ${firstRow + error.row + 1} is missing, expected a number`, { array: name });
    }
    throw error instanceof InputError ? new InputError(`column ${name} ${error.message}`, { array: name }) : error;
  }
}

/** Some writers leave out where the dictionary is, or write 0; it precedes the data in any case. */
function chunkStart(meta: ColumnMetaData): number {
  const data = count(meta.data_page_offset, 'bytes');
  const dictionary = meta.dictionary_page_offset === undefined ? 0 : count(meta.dictionary_page_offset, 'bytes');
  return dictionary > 0 ? Math.min(data, dictionary) : data;
}
