import { Command, Option } from 'commander';
import { InputError } from '../../errors.js';
import type { Mechanism, OptionSpec, OrdinalResult } from '../../mechanisms/mechanism.js';
import { MECHANISMS, definitionOf, mechanism } from '../../mechanisms/registry.js';
import { profileBatch } from '../../profiles/batch.js';
import { readArrays, writeArrays } from '../../profiles/files.js';
import { isOrdinal, ordinalProblem } from '../../profiles/ordinal.js';
import { inFile } from '../../profiles/read.js';
import { isAnswer, type NamedArrays } from '../../types.js';
import { Exit, commonFlags, finish, interruptSignal, withEngine, type CommonFlags } from '../context.js';
import { sayIgnored, someProfiles } from '../input.js';
import { ARRAY_FILES, PROFILE_FILES, checkOutput } from '../out-file.js';
import { ProgressLine, printJson, say, short, whole } from '../output.js';

interface Flags extends CommonFlags {
  readonly out?: string;
  readonly badProfiles: 'refuse' | 'status';
}

export function allocateCommand(): Command {
  const command = commonFlags(
    new Command('allocate')
      .description('run a mechanism on every profile of a file')
      .argument('<mechanism>', 'id of the mechanism (evenhand mechanisms lists them)')
      .argument('<in>', 'profiles: .npz, .json, .csv or .parquet')
      .option('--out <file>', 'results (required): .npz, .json, .csv or .parquet')
      .addOption(
        new Option(
          '--bad-profiles <how>',
          'refuse input with NaN, infinite or negative numbers, or give those profiles status 6',
        )
          .choices(['refuse', 'status'])
          .default('refuse'),
      ),
  );
  for (const [spec, ids] of optionsOfAll()) command.addOption(flagOf(spec, ids));
  return command.action(async (id: string, input: string, flags: Flags) => {
    await run(chosen(id, flags as unknown as Record<string, unknown>), input, flags);
  });
}

/** Every option of every mechanism once, with the mechanisms that take it. */
function optionsOfAll(): Map<OptionSpec, string[]> {
  const byName = new Map<string, [OptionSpec, string[]]>();
  for (const { id, options } of MECHANISMS) {
    for (const spec of options) {
      if (spec.name === 'seed') continue; // every command has it
      const entry = byName.get(spec.name) ?? [spec, []];
      entry[1].push(id);
      byName.set(spec.name, entry);
    }
  }
  return new Map(byName.values());
}

function flagOf(spec: OptionSpec, ids: readonly string[]): Option {
  const flag = spec.type === 'boolean' ? `--${spec.name}` : `--${spec.name} <value>`;
  return new Option(flag, `${ids.join(', ')}: ${spec.about} (default: ${String(spec.default)})`);
}

function camel(name: string): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function chosen(id: string, flags: Readonly<Record<string, unknown>>): Mechanism {
  const own = definitionOf(id).options.map(({ name }) => name);
  const all = [...optionsOfAll().keys()].map(({ name }) => name);
  const given = [...all, ...own].filter((name) => flags[camel(name)] !== undefined);
  return mechanism(id, Object.fromEntries(given.map((name) => [name, flags[camel(name)]])));
}

async function run(chosenMechanism: Mechanism, path: string, flags: Flags): Promise<void> {
  const definition = definitionOf(chosenMechanism.id);
  const out = await checkOutput(flags.out, definition.kind === 'ordinal' ? ARRAY_FILES : PROFILE_FILES);
  const arrays = await readArrays(path);
  const ordinal = isOrdinal(arrays);
  if (ordinal !== (definition.kind === 'ordinal')) {
    const found = ordinal ? 'an ordinal problem' : 'profiles with values';
    const expected = ordinal ? 'profiles with values' : 'an ordinal problem (capacities, bundle_start, bundle_mask)';
    throw new InputError(`${path}: has ${found}, ${definition.id} takes ${expected}`);
  }
  const input = inFile(path, () => {
    if (ordinal) return ordinalProblem(arrays);
    return someProfiles(profileBatch(arrays, definition.reads, { badProfiles: flags.badProfiles }));
  });
  sayIgnored(definition.id, arrays, definition.reads);
  const progress = new ProgressLine(definition.id, flags.progress);
  const signal = interruptSignal();
  const results = await withEngine(flags, async (engine): Promise<NamedArrays> => {
    if ('capacities' in input) return ordinalArrays(await engine.allocate(chosenMechanism, input, { signal }));
    return engine.allocateArrays(chosenMechanism, input, { signal, onProgress: progress.update, partial: true });
  }).finally(() => progress.end());
  await writeArrays(out, results);
  summarise(chosenMechanism, results, out, flags.json === true);
}

function ordinalArrays(result: OrdinalResult): NamedArrays {
  return Object.fromEntries(Object.entries(result).map(([name, data]) => [name, { shape: [data.length], data }]));
}

function summarise({ id }: Mechanism, results: NamedArrays, out: string, json: boolean): void {
  const status = results.status!.data as Int32Array;
  const residual = results.residual!.data as Float64Array;
  const statuses: Record<string, number> = {};
  let worst = 0;
  status.forEach((s, k) => {
    statuses[s] = (statuses[s] ?? 0) + 1;
    if (isAnswer(s)) worst = Math.max(worst, residual[k]!);
  });
  const failed = status.reduce((n, s) => n + (isAnswer(s) ? 0 : 1), 0);
  if (json) printJson({ mechanism: id, count: status.length, statuses, failed, largestResidual: worst, out });
  else {
    say(
      `${id}: ${whole(status.length - failed)} of ${whole(status.length)} solved, largest residual ${short(worst)}; wrote ${out}`,
    );
    if (failed > 0) {
      const kinds = Object.entries(statuses).filter(([s]) => !isAnswer(Number(s)));
      say(`${whole(failed)} profiles have no answer (${kinds.map(([s, n]) => `status ${s}: ${n}`).join(', ')})`);
    }
  }
  finish(failed > 0 ? Exit.someFailed : Exit.done);
}
