import { access, constants, stat } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { InputError } from '../errors.js';

/** Formats that hold arrays of any shape. */
export const ARRAY_FILES = ['.npz', '.json'] as const;
/** Formats that hold profiles and results of profiles. */
export const PROFILE_FILES = [...ARRAY_FILES, '.csv', '.parquet'] as const;
/** Formats that hold a table. */
export const TABLE_FILES = ['.csv', '.parquet', '.json'] as const;

/**
 * The value of --out. Refuses a file that cannot be written before any work is done for it: none given, wrong extension, missing folder, no
 * permission.
 */
export async function checkOutput(path: string | undefined, extensions: readonly string[]): Promise<string> {
  // Checked here rather than by commander, which would complain of it before a misspelt flag.
  if (path === undefined) throw new InputError(`--out is missing, expected a file ${extensions.join(', ')}`);
  const extension = extname(path).toLowerCase();
  if (!extensions.includes(extension)) {
    const list = `${extensions.slice(0, -1).join(', ')} or ${extensions.at(-1)!}`;
    throw new InputError(`${path}: has the extension ${JSON.stringify(extension)}, expected ${list}`);
  }
  const folder = dirname(path);
  const found = await stat(folder).catch(() => undefined);
  if (!found) throw new InputError(`${path}: no such folder ${folder}`);
  if (!found.isDirectory()) throw new InputError(`${path}: ${folder} is a file, expected a folder`);
  const writable = await access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!writable) throw new InputError(`${path}: the folder ${folder} cannot be written to`);
  if ((await stat(path).catch(() => undefined))?.isDirectory()) {
    throw new InputError(`${path}: is a folder, expected a file name`);
  }
  return path;
}
