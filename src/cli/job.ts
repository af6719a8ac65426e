import { Option, type Command } from 'commander';
import { InputError } from '../errors.js';
import { profileBatch, type ProfileBatch } from '../profiles/batch.js';
import { isOrdinal } from '../profiles/ordinal.js';
import { readArrays } from '../profiles/files.js';
import { inFile } from '../profiles/read.js';
import { isAnswer, type NamedArrays } from '../types.js';
import { Exit, finish } from './context.js';
import { sayIgnored, someProfiles } from './input.js';
import { printJson, say, short, whole } from './output.js';

export interface BadProfileFlags {
  readonly badProfiles: 'refuse' | 'status';
}

/** Adds --bad-profiles. */
export function badProfileFlag(command: Command): Command {
  return command.addOption(
    new Option(
      '--bad-profiles <how>',
      'refuse input with NaN, infinite or negative numbers, or give those profiles status 6',
    )
      .choices(['refuse', 'status'])
      .default('refuse'),
  );
}

/** The profiles of a file, those arrays named on stderr that `reader` does not read. */
export async function readBatch(
  path: string,
  reader: string,
  reads: readonly string[],
  { badProfiles }: BadProfileFlags,
): Promise<ProfileBatch> {
  const arrays = await readArrays(path);
  const batch = inFile(path, () => {
    if (isOrdinal(arrays)) throw new InputError(`has an ordinal problem, ${reader} takes profiles with values`);
    return someProfiles(profileBatch(arrays, reads, { badProfiles }));
  });
  sayIgnored(reader, arrays, reads);
  return batch;
}

/** Says how many profiles were solved and sets the exit code. `more` goes to --json too. */
export function summarise(
  title: string,
  results: NamedArrays,
  out: string,
  json: boolean,
  more: Readonly<Record<string, number | string>> = {},
): void {
  const status = results.status!.data as Int32Array;
  const residual = results.residual!.data as Float64Array;
  const statuses: Record<string, number> = {};
  let worst = 0;
  status.forEach((s, k) => {
    statuses[s] = (statuses[s] ?? 0) + 1;
    if (isAnswer(s)) worst = Math.max(worst, residual[k]!);
  });
  const failed = status.reduce((n, s) => n + (isAnswer(s) ? 0 : 1), 0);
  if (json) {
    printJson({ mechanism: title, count: status.length, statuses, failed, largestResidual: worst, ...more, out });
  } else {
    const rest = Object.entries(more).map(([name, x]) => `, ${name} ${typeof x === 'number' ? short(x) : x}`);
    say(
      `${title}: ${whole(status.length - failed)} of ${whole(status.length)} solved, largest residual ${short(worst)}${rest.join('')}; wrote ${out}`,
    );
  }
  if (failed > 0) {
    const kinds = Object.entries(statuses).filter(([s]) => !isAnswer(Number(s)));
    say(`${whole(failed)} profiles have no answer (${kinds.map(([s, n]) => `status ${s}: ${n}`).join(', ')})`);
  }
  finish(failed > 0 ? Exit.someFailed : Exit.done);
}
