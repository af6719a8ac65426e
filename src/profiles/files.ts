import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { InputError } from '../errors.js';
import type { NamedArrays } from '../types.js';
import { CsvEncoder, readCsv } from './csv.js';
import { JsonEncoder, readJson, writeJson } from './json.js';
import { toLongForm } from './long-form-write.js';
import { readNpz, writeNpz } from './npz.js';
import { OutputFile, writeAtomically } from './output-file.js';
import { readParquet } from './parquet.js';
import { GROUP_ROWS, ParquetEncoder } from './parquet-writer.js';
import type { ByteSink, ColumnData, StoredColumn, TableColumn, TableEncoder, TableWriter } from './table.js';

export type { ColumnData, TableColumn, TableWriter } from './table.js';

const READERS: Readonly<Record<string, (path: string) => Promise<NamedArrays>>> = {
  '.npz': readNpz,
  '.json': readJson,
  '.csv': readCsv,
  '.parquet': readParquet,
};

const ENCODERS: Readonly<Record<string, new (sink: ByteSink, columns: readonly StoredColumn[]) => TableEncoder>> = {
  '.csv': CsvEncoder,
  '.parquet': ParquetEncoder,
  '.json': JsonEncoder,
};

/**
 * Reads the arrays of an .npz, .json, .csv or .parquet file. Whatever is wrong with the file, from its name to its last
 * byte, is an InputError of one sentence that begins with the path.
 */
export async function readArrays(path: string): Promise<NamedArrays> {
  return explained(path, async () => {
    const read = choose(READERS, path);
    const found = await stat(path);
    if (found.isDirectory()) throw new InputError('is a folder, expected a file');
    if (!found.isFile()) throw new InputError('is not a regular file');
    return read(path);
  });
}

/**
 * Writes arrays to an .npz, .json, .csv or .parquet file, under a temporary name that is then changed. Throws InputError
 * when the format cannot hold them or the file cannot be written; then nothing is left behind.
 */
export async function writeArrays(path: string, arrays: NamedArrays): Promise<void> {
  await explained(path, async () => {
    choose(READERS, path);
    const extension = extname(path).toLowerCase();
    if (extension === '.npz') return writeNpz(path, arrays);
    if (extension === '.json') return writeAtomically(path, (file) => writeJson(file, arrays));
    const table = toLongForm(arrays);
    return writeAtomically(path, async (file) => {
      const encoder = new ENCODERS[extension]!(file, table.columns);
      for (let start = 0; start < table.rows; start += GROUP_ROWS) {
        await encoder.write(table.block(start, Math.min(table.rows, start + GROUP_ROWS)));
      }
      await encoder.finish();
    });
  });
}

/**
 * Opens a .csv, .parquet or .json (array of objects) file for writing row by row in constant memory. The rows gather
 * under a temporary name until `close`. Throws InputError for other extensions and files that cannot be written.
 */
export async function openTable(path: string, columns: readonly TableColumn[]): Promise<TableWriter> {
  return explained(path, async () => {
    const Encoder = choose(ENCODERS, path);
    const file = await OutputFile.create(path);
    return new FileTable(path, file, new Encoder(file, columns));
  });
}

class FileTable implements TableWriter {
  private state: 'open' | 'failed' | 'closed' = 'open';

  constructor(
    private readonly path: string,
    private readonly file: OutputFile,
    private readonly encoder: TableEncoder,
  ) {}

  async write(columns: readonly ColumnData[]): Promise<void> {
    await this.step(() => this.encoder.write(columns));
  }

  async close(): Promise<void> {
    await this.step(async () => {
      await this.encoder.finish();
      await this.file.commit();
    });
    this.state = 'closed';
  }

  async abort(): Promise<void> {
    if (this.state !== 'open') return;
    this.state = 'closed';
    await this.file.abort();
  }

  /** A step that fails ends the table: what has been written so far is not worth keeping. */
  private async step(work: () => Promise<void>): Promise<void> {
    if (this.state !== 'open') throw new Error(`the table ${this.path} is no longer open`);
    try {
      await explained(this.path, work);
    } catch (error) {
      this.state = 'failed';
      await this.file.abort();
      throw error;
    }
  }
}

function choose<T>(byExtension: Readonly<Record<string, T>>, path: string): T {
  const extension = extname(path).toLowerCase();
  if (Object.hasOwn(byExtension, extension)) return byExtension[extension]!;
  const known = Object.keys(byExtension);
  const list = `${known.slice(0, -1).join(', ')} or ${known.at(-1)!}`;
  throw new InputError(`has the extension ${JSON.stringify(extension)}, expected ${list}`);
}

/** Runs `work`, turning whatever it throws into an InputError whose sentence begins with `path`. */
async function explained<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const location = error instanceof InputError ? error.location : {};
    throw Object.assign(new InputError(`${path}: ${sentence(error)}`, location), { cause: error });
  }
}

const SYSTEM_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  ENOTDIR: 'no such file or folder',
  EISDIR: 'is a folder, expected a file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'the name is too long',
};

function sentence(error: unknown): string {
  if (error instanceof InputError) return error.message;
  if (error instanceof RangeError && /array|allocation|length|size|memory/i.test(error.message)) {
    return 'needs more memory than this process can have';
  }
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== undefined && Object.hasOwn(SYSTEM_ERRORS, code)) return SYSTEM_ERRORS[code]!;
  return `cannot be read or written (${message.split('\n')[0]!})`;
}
