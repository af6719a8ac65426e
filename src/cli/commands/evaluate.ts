import { cardinal } from '../../mechanisms/operation.js';
import { Command } from 'commander';
import type { Evaluation, ProfileRows } from '../../engine/evaluate.js';
import { writeSummary } from '../../engine/summary.js';
import { METRIC_NAMES } from '../../engine/evaluate.js';
import { InputError } from '../../errors.js';
import { definitionOf, parseMechanism } from '../../mechanisms/registry.js';
import type { Mechanism } from '../../mechanisms/mechanism.js';
import { profileBatch } from '../../profiles/batch.js';
import { openTable, readArrays, type TableWriter } from '../../profiles/files.js';
import { isOrdinal } from '../../profiles/ordinal.js';
import { inFile } from '../../profiles/read.js';
import { camelCase, property } from '../../properties/registry.js';
import type { Batch } from '../../engine/chunk.js';
import { Exit, commonFlags, finish, interruptSignal, withEngine, type CommonFlags } from '../context.js';
import { sayIgnored, someProfiles } from '../input.js';
import { badProfileFlag, type BadProfileFlags } from '../job.js';
import { TABLE_FILES, checkOutput } from '../out-file.js';
import { ProgressLine, note, printJson, say, short, table, whole } from '../output.js';
import { exploitFlags, exploitOptions, type ExploitFlags } from './exploit.js';
import { externalityFlags, externalityOptions, type ExternalityFlags } from './externality.js';
import { SAMPLER_HELP, sampleFlags, sampledBatch, type SampleFlags } from './sample.js';

interface Flags extends CommonFlags, SampleFlags, ExploitFlags, ExternalityFlags, BadProfileFlags {
  readonly sample?: string;
  readonly metrics?: string;
  readonly out?: string;
  readonly perProfile?: boolean;
  readonly target?: string;
}

export function evaluateCommand(): Command {
  return badProfileFlag(externalityFlags(exploitFlags(sampleFlags(commonFlags(new Command('evaluate'))), 'quick')))
    .description('stream profiles through mechanisms and summarise what they give')
    .argument('<mechanisms>', 'ids with commas between, options after a colon: pf,round-robin,pf:tolerance=1e-9')
    .argument('[in]', 'profiles: .npz, .json, .csv or .parquet; or use --sample')
    .option('--sample <name>', 'random profiles in place of a file')
    .option('--metrics <a,b>', `properties to measure: ${METRIC_NAMES.join(', ')}`)
    .option('--out <file>', 'table: .csv, .parquet or .json')
    .option('--target <mechanism>', 'the rule whose results hamming measures the distance to')
    .option('--per-profile', 'one row per profile and mechanism in place of the summary')
    .addHelpText('after', `\nSamplers:\n${SAMPLER_HELP}`)
    .action(run);
}

/** Splits `a,b:x=1,y=2,c` at the commas that begin a mechanism. */
export function parseMechanisms(text: string): Mechanism[] {
  const parts: string[] = [];
  for (const part of text.split(',')) {
    if (parts.length > 0 && part.includes('=') && !part.includes(':')) parts.push(`${parts.pop()!},${part}`);
    else parts.push(part);
  }
  return parts.map((part) => parseMechanism(part.trim()));
}

async function run(ids: string, input: string | undefined, flags: Flags): Promise<void> {
  const mechanisms = parseMechanisms(ids);
  for (const { id } of mechanisms) {
    if (definitionOf(id).kind === 'ordinal')
      throw new InputError(`${id} takes one ordinal problem; use evenhand allocate ${id}`);
  }
  const target = flags.target === undefined ? undefined : parseMechanism(flags.target.trim());
  const metrics = metricsOf(flags.metrics);
  if (metrics?.some((name) => property(name).needs === 'target') && !target) {
    throw new InputError('hamming needs --target, the rule whose results it measures the distance to');
  }
  const rules = target ? [...mechanisms, target] : mechanisms;
  if (flags.perProfile && !flags.out) throw new InputError('--per-profile needs --out, the file to write the rows to');
  if (flags.out !== undefined) await checkOutput(flags.out, TABLE_FILES);
  const batch = await batchOf(input, rules, flags);
  saySkipped(mechanisms, metrics);
  const signal = interruptSignal();
  const writer = flags.perProfile ? await profileTable(flags.out!, mechanisms, metrics) : undefined;
  const progress = new ProgressLine('evaluate', flags.progress);
  let results: Evaluation[];
  try {
    results = await withEngine(flags, (engine) =>
      engine.evaluate(mechanisms, batch, {
        ...(metrics ? { metrics } : {}),
        ...(target ? { target } : {}),
        ...(writer ? { onProfiles: writer.write } : {}),
        exploit: exploitOptions(flags),
        externality: externalityOptions(flags),
        signal,
        onProgress: progress.update,
        partial: true,
      }),
    );
    if (results[0]!.count === 0) signal.throwIfAborted();
    await writer?.table.close();
  } catch (error) {
    await writer?.table.abort();
    throw error;
  } finally {
    progress.end();
  }
  if (flags.out && !writer) await writeSummary(flags.out, results);
  if (results[0]!.count < batch.count) {
    say(`interrupted: ${whole(results[0]!.count)} of ${whole(batch.count)} profiles are in the result`);
  }
  if (flags.json) {
    printJson({ results: results.map(named) });
    for (const { mechanism, count, failed } of results) {
      if (failed > 0) say(`${mechanism}: ${whole(failed)} of ${whole(count)} profiles have no answer`);
    }
  } else show(results, flags.out);
  finish(results.some(({ failed }) => failed > 0) ? Exit.someFailed : Exit.done);
}

/** A result with its properties by the names that files and the command line have. */
function named(result: Evaluation): Evaluation {
  const metrics = Object.entries(result.metrics).map(([name, summary]) => [property(name).name, summary]);
  return { ...result, metrics: Object.fromEntries(metrics) as Evaluation['metrics'] };
}

async function batchOf(input: string | undefined, mechanisms: readonly Mechanism[], flags: Flags): Promise<Batch> {
  if ((input === undefined) === (flags.sample === undefined)) {
    throw new InputError(
      `${input === undefined ? 'no profiles given' : 'both a file and --sample given'}, expected a file or --sample NAME`,
    );
  }
  if (flags.sample !== undefined) return sampledBatch(flags.sample, flags);
  for (const flag of ['agents', 'items', 'count', 'budget'] as const) {
    if (flags[flag] !== undefined) throw new InputError(`--${flag} is for --sample, not for the profiles of ${input!}`);
  }
  const arrays = await readArrays(input!);
  const measured = (metricsOf(flags.metrics) ?? []).flatMap((name) => property(name).reads ?? []);
  const reads = [...new Set([...mechanisms.flatMap(({ id }) => definitionOf(id).reads), ...measured])];
  const batch = inFile(input!, () => {
    if (isOrdinal(arrays)) throw new InputError('has an ordinal problem, evaluate takes profiles with values');
    const found = someProfiles(profileBatch(arrays, reads, { badProfiles: flags.badProfiles }));
    for (const each of mechanisms) cardinal(each).admit?.(found, each.options);
    return found;
  });
  sayIgnored(mechanisms.map(({ id }) => id).join(','), arrays, reads);
  return batch;
}

/** Property names, each once. */
function metricsOf(text: string | undefined): string[] | undefined {
  return text === undefined ? undefined : [...new Set(text.split(',').map((name) => property(name.trim()).name))];
}

/** Names the properties asked for that a mechanism's divisible results do not have. */
function saySkipped(mechanisms: readonly Mechanism[], metrics: readonly string[] = []): void {
  const integralOnly = metrics.filter((name) => property(name).integralOnly);
  for (const { id } of mechanisms) {
    if (integralOnly.length === 0 || definitionOf(id).outputs.includes('owner')) continue;
    note(`skipped ${integralOnly.join(', ')} of ${id}: defined for indivisible items only`);
  }
}

interface RowWriter {
  readonly table: TableWriter;
  write(rows: readonly ProfileRows[]): Promise<void>;
}

/** Streams one row per profile and mechanism, in that order whatever the chunks. */
async function profileTable(
  path: string,
  mechanisms: readonly Mechanism[],
  metrics: readonly string[] | undefined,
): Promise<RowWriter> {
  let names = metrics;
  if (!names) {
    const integral = mechanisms.some(({ id }) => definitionOf(id).outputs.includes('owner'));
    names = ['log_nsw', 'efficiency', 'utilitarian', 'egalitarian', 'ef', ...(integral ? ['ef1'] : [])];
  }
  const out = await openTable(path, [
    { name: 'profile', type: 'int' },
    { name: 'mechanism', type: 'string' },
    { name: 'status', type: 'int' },
    ...names.map((name) => ({ name, type: 'double' as const })),
  ]);
  return {
    table: out,
    async write(rows) {
      const each = rows.length;
      const total = rows[0]!.status.length * each;
      const spread = <T>(pick: (row: ProfileRows, k: number) => T): T[] =>
        Array.from({ length: total }, (_, r) => pick(rows[r % each]!, Math.floor(r / each)));
      await out.write([
        spread(({ first }, k) => first + k),
        spread(({ mechanism }) => mechanism),
        spread(({ status }, k) => status[k]!),
        ...names.map((name) => spread((row, k) => row.metrics[camelCase(name)]?.[k] ?? NaN)),
      ] as number[][]);
    },
  };
}

function show(results: readonly Evaluation[], out: string | undefined): void {
  for (const { mechanism, count, seconds, profilesPerSecond, failed, metrics } of results) {
    say(
      `${mechanism}: ${whole(count)} profiles in ${short(seconds)} s, ${whole(profilesPerSecond)} profiles/s${failed > 0 ? `, ${whole(failed)} without an answer` : ''}`,
    );
    say(
      table(
        ['metric', 'mean', 'std. error', 'min', '5 %', '50 %', '95 %', 'max', 'zeros', 'satisfied'],
        Object.entries(metrics).map(([name, s]) => [
          property(name).name,
          ...[s.mean, s.stderr, s.min, s.p5, s.p50, s.p95, s.max].map(short),
          whole(s.zeroCount),
          short(s.satisfied),
        ]),
      ),
    );
    say('');
  }
  if (out) say(`wrote ${out}`);
}
