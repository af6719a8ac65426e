import { Command } from 'commander';
import { InputError } from '../../errors.js';
import type { Mechanism, OrdinalResult } from '../../mechanisms/mechanism.js';
import { Reason } from '../../mechanisms/ocam/control.js';
import { definitionOf } from '../../mechanisms/registry.js';
import { profileBatch } from '../../profiles/batch.js';
import { readArrays, writeArrays } from '../../profiles/files.js';
import { isOrdinal, ordinalProblem, type OrdinalBatch } from '../../profiles/ordinal.js';
import { OUTPUT_ARRAYS } from '../../profiles/schema.js';
import { inFile } from '../../profiles/read.js';
import { dynamicConditions } from '../../properties/dynamic-equilibrium.js';
import { isAnswer, type NamedArrays } from '../../types.js';
import { commonFlags, interruptSignal, withEngine, type CommonFlags } from '../context.js';
import { sayIgnored, someProfiles } from '../input.js';
import { ARRAY_FILES, PROFILE_FILES, checkOutput } from '../out-file.js';
import { badProfileFlag, summarise, type BadProfileFlags } from '../job.js';
import { chosen, mechanismFlags } from '../mechanism-flags.js';
import { ProgressLine, say } from '../output.js';

export interface AllocateFlags extends CommonFlags, BadProfileFlags {
  readonly out?: string;
  /** Measure the conditions of a dynamic equilibrium, where agents arrive. */
  readonly check?: boolean;
}

export function allocateCommand(): Command {
  const command = badProfileFlag(
    commonFlags(
      new Command('allocate')
        .description('run a mechanism on every profile of a file')
        .argument('<mechanism>', 'id of the mechanism (evenhand mechanisms lists them)')
        .argument('<in>', 'profiles: .npz, .json, .csv or .parquet')
        .option('--out <file>', 'results (required): .npz, .json, .csv or .parquet'),
    ),
  );
  mechanismFlags(command);
  return command.action(async (id: string, input: string, flags: AllocateFlags) => {
    await runAllocate(id, input, flags);
  });
}

/** Runs the mechanism that the flags choose on a file. */
export async function runAllocate(id: string, input: string, flags: AllocateFlags): Promise<void> {
  await run(chosen(id, flags as unknown as Record<string, unknown>), input, flags);
}

async function run(chosenMechanism: Mechanism, path: string, flags: AllocateFlags): Promise<void> {
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
    if (definition.kind === 'ordinal') return ordinalProblem(arrays, { fractional: definition.fractional === true });
    const batch = someProfiles(profileBatch(arrays, definition.reads, { badProfiles: flags.badProfiles }));
    definition.admit?.(batch, chosenMechanism.options);
    return batch;
  });
  sayIgnored(definition.id, arrays, definition.reads);
  const progress = new ProgressLine(definition.id, flags.progress);
  const signal = interruptSignal();
  const results = await withEngine(flags, async (engine): Promise<NamedArrays> => {
    if ('capacities' in input) return ordinalArrays(await engine.allocate(chosenMechanism, input, { signal }));
    return engine.allocateArrays(chosenMechanism, input, { signal, onProgress: progress.update, partial: true });
  }).finally(() => progress.end());
  await writeArrays(out, writable(results, out));
  noteDrift(results);
  const measured = flags.check && 'capacities' in input ? checked(input, results) : undefined;
  summarise(chosenMechanism.id, results, out, flags.json === true, measured);
}

/** The arrays that the file is to hold: one between agents and agents is left out where it holds nothing, and has no column in files of rows. */
function writable(results: NamedArrays, out: string): NamedArrays {
  const rows = !ARRAY_FILES.some((extension) => out.toLowerCase().endsWith(extension));
  return Object.fromEntries(
    Object.entries(results).filter(([name, { data }]) => {
      if (!OUTPUT_ARRAYS[name]?.dimensions) return true;
      if (!(data as Float64Array).some((x) => x !== 0)) return false;
      if (rows) say(`${name} goes in .npz and .json files only, left out`);
      return !rows;
    }),
  );
}

function ordinalArrays(result: OrdinalResult): NamedArrays {
  return Object.fromEntries(Object.entries(result).map(([name, data]) => [name, { shape: [data.length], data }]));
}

/** A line on stderr where the online mechanism found that arrivals do not look random. */
function noteDrift({ pricing_at: at, pricing_reason: why }: NamedArrays): void {
  if (!at || !why) return;
  const noticed = Array.from(at.data as Int32Array).filter((_, k) => Number(why.data[k]) === Reason.drift);
  if (noticed.length === 0) return;
  say(
    `arrivals do not look random: demand had left what prices expect after agent ${noticed.join(', ')}; new prices were made of the latest arrivals`,
  );
}

/** What `--check` says of a result of the online mechanism; nothing where there is no answer. */
function checked(problem: OrdinalBatch, results: NamedArrays): Record<string, number> {
  if (!isAnswer(Number(results.status!.data[0]))) return {};
  const of = (name: string) => results[name]!.data;
  const conditions = dynamicConditions(problem, {
    assignment: of('assignment'),
    prices: of('prices') as Float64Array,
    budgets: of('budgets') as Float64Array,
    phase: of('phase') as Int8Array,
    pricingAt: of('pricing_at') as Int32Array,
    postedPrices: of('posted_prices') as Float64Array,
  });
  return {
    agents: conditions.agents,
    budget_spread: conditions.budgetSpread,
    not_favourite: conditions.notFavourite,
    above: conditions.above,
    below: conditions.below,
    envy_beyond_one: conditions.envyBeyondOne,
    stopped: (of('stopped') as Int8Array).reduce((sum, x) => sum + x, 0),
  };
}
