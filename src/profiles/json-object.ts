import { readFile } from 'node:fs/promises';
import { InputError } from '../errors.js';

/** The object that a .json file holds. `expected` says what the file should be, where it cannot be read. Throws InputError that begins with the path. */
export async function readJsonObject(path: string, expected = ''): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    throw new InputError(`${path} cannot be read${expected === '' ? '' : `, expected ${expected}`}`);
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new InputError(`${path}: is not JSON (${(error as Error).message})`);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new InputError(`${path}: holds no JSON object`);
  }
  return parsed as Record<string, unknown>;
}
