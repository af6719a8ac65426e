import { Command, Option } from 'commander';
import { whoPays, type ExternalityOptions } from '../../engine/externality.js';
import { InputError } from '../../errors.js';
import { definitionOf } from '../../mechanisms/registry.js';
import { writeArrays } from '../../profiles/files.js';
import { inFile } from '../../profiles/read.js';
import { isAnswer, type NamedArrays } from '../../types.js';
import { commonFlags, interruptSignal, numberFlag, withEngine, type CommonFlags } from '../context.js';
import { badProfileFlag, readBatch, summarise, type BadProfileFlags } from '../job.js';
import { chosen, mechanismFlags } from '../mechanism-flags.js';
import { ARRAY_FILES, checkOutput } from '../out-file.js';
import { ProgressLine, say, short, table } from '../output.js';

export interface ExternalityFlags {
  readonly constrain?: 'each' | 'together';
  readonly leastShare?: number;
}

/** Adds the flags of the comparison of a rule with and without constraints. */
export function externalityFlags(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--constrain <whom>',
        'whose constraints nne and mon bring in: of each agent on its own (default), or of all together',
      ).choices(['each', 'together']),
    )
    .option(
      '--least-share <s>',
      'nne leaves out agents with less than this share of their cap, nobody constrained (default 0)',
      numberFlag('--least-share', 0, 1),
    );
}

/** Options of the library from flags. */
export function externalityOptions({ constrain, leastShare }: ExternalityFlags): ExternalityOptions {
  return { ...(constrain ? { constrain } : {}), ...(leastShare === undefined ? {} : { leastShare }) };
}

type Flags = CommonFlags & ExternalityFlags & BadProfileFlags & { readonly out?: string };

export function externalityCommand(): Command {
  const command = externalityFlags(
    badProfileFlag(
      commonFlags(new Command('externality'))
        .description(
          'who pays for whose constraint: utilities with nobody constrained and under each agent’s constraints',
        )
        .argument('<mechanism>', 'id of a mechanism over profiles (evenhand mechanisms lists them)')
        .argument('<in>', 'profiles: .npz, .json, .csv or .parquet')
        .option('--out <file>', 'utilities, shares kept and shadow prices (required): .npz or .json'),
    ),
  );
  mechanismFlags(command);
  return command.action(async (id: string, input: string, flags: Flags) => {
    const definition = definitionOf(id);
    if (definition.kind === 'ordinal') {
      throw new InputError(`${id} takes ordered bundles, externality takes a mechanism over profiles with values`);
    }
    const rule = chosen(id, flags as unknown as Record<string, unknown>);
    const out = await checkOutput(flags.out, ARRAY_FILES);
    const batch = await readBatch(input, `externality ${id}`, definition.reads, flags);
    inFile(input, () => definition.admit?.(batch, rule.options));
    const progress = new ProgressLine('externality', flags.progress);
    const results = await withEngine(flags, (engine) =>
      engine.externalityArrays(rule, batch, {
        ...externalityOptions(flags),
        signal: interruptSignal(),
        onProgress: progress.update,
        partial: true,
      }),
    ).finally(() => progress.end());
    await writeArrays(out, results);
    if (!flags.json) showPayments(results, batch.count, batch.agents);
    const least = (name: string) => {
      const status = results.status!.data as Int32Array;
      return (results[name]!.data as Float64Array).reduce(
        (low, x, j) => (isAnswer(status[Math.floor(j / batch.agents)]!) ? Math.min(low, x) : low),
        1,
      );
    };
    const more = { leastNne: least('agent_nne'), leastMon: least('agent_mon') };
    summarise(`externality ${id}`, results, out, flags.json === true, more);
  });
}

const SHOWN = 10;

/** The largest losses of all profiles, as a table. */
function showPayments(results: NamedArrays, count: number, agents: number): void {
  const of = (name: string) => results[name]!.data as Float64Array;
  const utilities = {
    agents,
    freeUtilities: of('free_utilities'),
    constrainedUtilities: of('constrained_utilities'),
  };
  const price = of('shadow_prices');
  const all = Array.from({ length: count }, (_, k) => whoPays(utilities, k).map((each) => ({ k, ...each })))
    .flat()
    .sort((a, b) => a.after / a.before - b.after / b.before);
  if (all.length === 0) return say('nobody pays for anybody’s constraint');
  say(
    table(
      ['profile', 'constraint of', 'paid by', 'before', 'after', 'share lost', 'shadow price'],
      all
        .slice(0, SHOWN)
        .map(({ k, constrained, pays, before, after }) => [
          String(k),
          String(constrained),
          String(pays),
          short(before),
          short(after),
          short(1 - after / before),
          short(price[k * agents + constrained]!),
        ]),
    ),
  );
  if (all.length > SHOWN) say(`… and ${all.length - SHOWN} smaller ones`);
}
