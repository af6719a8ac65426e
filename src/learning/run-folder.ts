import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../errors.js';
import type { NetworkConfig } from '../networks/config.js';
import { readJsonObject } from '../profiles/json-object.js';
import { hasCheckpoint } from './checkpoint.js';

/** What a run's folder calls its log. */
export const LOG = 'log.jsonl';

interface RunConfig {
  readonly network: NetworkConfig;
}

/** A configuration as config.json has it. */
function written({ network, ...rest }: RunConfig, seed: number): Record<string, unknown> {
  return { ...network, ...rest, seed };
}

/** Makes the folder ready: an earlier run in it is not overwritten unawares, nor continued as another. */
export async function prepareFolder(out: string, config: RunConfig, seed: number, resume: boolean): Promise<void> {
  const found = await hasCheckpoint(out);
  if (resume && !found) throw new InputError(`${out} has no checkpoint to resume from`);
  if (!resume && found) {
    throw new InputError(`${out} holds a run already: resume it (--resume) or name another folder`);
  }
  const path = join(out, 'config.json');
  const fields = written(config, seed);
  if (resume) {
    const earlier = await readJsonObject(path);
    for (const [name, value] of Object.entries(fields)) {
      if (name === 'file' || name === 'warmStart' || JSON.stringify(earlier[name]) === JSON.stringify(value)) continue;
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
