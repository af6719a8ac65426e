import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { InputError } from '../errors.js';
import type { NetworkConfig } from '../networks/config.js';
import { readJsonObject } from '../profiles/json-object.js';
import { hasCheckpoint } from './checkpoint.js';

/** What a run's folder calls its log. */
export const LOG = 'log.jsonl';

interface RunConfig {
  readonly network: NetworkConfig;
  /** Profiles to train on; absent or empty: they are drawn. */
  readonly file?: string;
}

/** SHA-256 of a file's contents, in hexadecimal. */
async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/** A configuration as config.json has it: with the seed and, of a run on a file, the hash of its contents. */
export async function writtenConfig({ network, ...rest }: RunConfig, seed: number): Promise<Record<string, unknown>> {
  return { ...network, ...rest, ...(rest.file ? { fileHash: await hashOf(rest.file) } : {}), seed };
}

/** Refuses to go on with other profiles, under whatever name, than those that the run was begun on. */
function checkFile(
  path: string,
  earlier: Readonly<Record<string, unknown>>,
  now: Readonly<Record<string, unknown>>,
): void {
  if (now.fileHash === earlier.fileHash) return;
  const begun = earlier.file ? `the profiles of ${JSON.stringify(earlier.file)}` : 'profiles that are drawn';
  if (!now.fileHash || !earlier.file) {
    const found = now.file ? `those of ${JSON.stringify(now.file)}` : 'drawn ones';
    throw new InputError(`${path}: the run was begun on ${begun}, it cannot go on with ${found}`);
  }
  throw new InputError(
    `${String(now.file)}: contents have changed, expected the file that the run was begun on (fileHash in ${path})`,
  );
}

/** Fields in which the continuation may differ: where the profiles are now, and what is in the checkpoint anyway. */
const MAY_DIFFER = ['file', 'warmStart'];

/** Makes the folder ready: an earlier run in it is not overwritten unawares, nor continued as another. */
export async function prepareFolder(out: string, config: RunConfig, seed: number, resume: boolean): Promise<void> {
  const found = await hasCheckpoint(out);
  if (resume && !found) throw new InputError(`${out} has no checkpoint to resume from`);
  if (!resume && found) {
    throw new InputError(`${out} holds a run already: resume it (--resume) or name another folder`);
  }
  const path = join(out, 'config.json');
  const fields = await writtenConfig(config, seed);
  if (resume) {
    const earlier = await readJsonObject(path);
    checkFile(path, earlier, fields);
    for (const [name, value] of Object.entries(fields)) {
      if (MAY_DIFFER.includes(name) || JSON.stringify(earlier[name]) === JSON.stringify(value)) continue;
      throw new InputError(
        `${path}: ${name} is ${JSON.stringify(earlier[name])}, the run to be continued cannot have ${JSON.stringify(value)}`,
      );
    }
    return;
  }
  await mkdir(out, { recursive: true });
  await writeFile(path, `${JSON.stringify(fields, null, 2)}\n`);
  await writeFile(join(out, LOG), '');
}
