import { InputError } from '../errors.js';
import { cardinal, checkFit, operationOf } from '../mechanisms/operation.js';
import { mechanism as checked } from '../mechanisms/registry.js';
import type { Mechanism } from '../mechanisms/mechanism.js';
import { PROPERTIES, camelCase, property } from '../properties/registry.js';
import { Status, isAnswer } from '../types.js';
import { bytesPerProfile, type Batch } from './chunk.js';
import { externalityJobFor, type ExternalityOptions } from './externality.js';
import { exploitJobFor, type ExploitOptions } from './exploitability.js';
import type { Pool } from './pool.js';
import { firstChunk, runChunks, type CallOptions } from './schedule.js';
import { BLOCK, BlockStream, Histogram, MomentsTree, exactQuantile } from './statistics.js';
import type { EvaluatedMechanism } from './tasks.js';

/** Batches up to this many profiles get exact quantiles. */
export const EXACT_QUANTILES = 100_000;

const CHUNK_BYTES = 2 ** 22;
const LARGE = 512; // entries of a profile that is large

/** What a property was over the profiles that were solved. */
export interface MetricSummary {
  /** Over finite numbers; NaN if there are none. */
  readonly mean: number;
  /** Standard error of the mean; NaN for fewer than two numbers. */
  readonly stderr: number;
  readonly min: number;
  readonly max: number;
  /** Quantiles: exact up to 100,000 profiles, beyond that to 0.5 % relative. */
  readonly p5: number;
  readonly p50: number;
  readonly p95: number;
  /** Profiles with an infinite number (an agent who can gain gets nothing): left out of mean and stderr. */
  readonly zeroCount: number;
  /** Share of solved profiles at which a property that measures a violation holds (1e-9); absent for other properties. */
  readonly satisfied?: number;
}

export interface Evaluation {
  /** Mechanism, with its options where they are not the defaults: `pf:tolerance=1e-9`. */
  readonly mechanism: string;
  readonly count: number;
  /** Time of the streaming loop; with several mechanisms, this one's share of it. */
  readonly seconds: number;
  readonly profilesPerSecond: number;
  /** Profiles that ended with status 2 to 6; no metric has them. */
  readonly failed: number;
  /** By property name in camelCase. */
  readonly metrics: Readonly<Record<string, MetricSummary>>;
}

/** Numbers of consecutive profiles, for one mechanism. */
export interface ProfileRows {
  readonly mechanism: string;
  /** Index of the first profile. */
  readonly first: number;
  readonly status: Int32Array;
  /** By property name in camelCase; NaN where the profile has no answer. */
  readonly metrics: Readonly<Record<string, Float64Array>>;
}

export interface EvaluateOptions extends CallOptions {
  /** Property names, snake_case or camelCase. Default: log_nsw, efficiency, utilitarian, egalitarian, ef, and ef1 of integral rules. */
  readonly metrics?: readonly string[];
  /** Receives every profile's numbers in profile order, some consecutive profiles at a time, one entry per mechanism. */
  readonly onProfiles?: (rows: readonly ProfileRows[]) => void | Promise<void>;
  /** The search behind `exploitability`; default `{ effort: 'quick' }`. */
  readonly exploit?: ExploitOptions;
  /** How `nne` and `mon` compare the rule with and without constraints; default each constrained agent on its own, nobody left out. */
  readonly externality?: ExternalityOptions;
  /** The rule whose results `hamming` measures the distance to. */
  readonly target?: Mechanism;
  /** On abort, return what was finished instead of rejecting. */
  readonly partial?: boolean;
}

/** Name of a mechanism in tables. */
export function labelOf({ id, options }: Mechanism): string {
  const defaults = checked(id).options;
  const changed = Object.entries(options).flatMap(([name, value]) => {
    // A network that was read from a folder has its name, another one none.
    const shown = typeof value === 'object' && 'config' in value ? value.name : value;
    return defaults[name] === value || shown === undefined ? [] : [`${name}=${String(shown)}`];
  });
  return changed.length === 0 ? id : `${id}:${changed.join(',')}`;
}

function metricsOf(mechanism: Mechanism, asked: readonly string[] | undefined): string[] {
  const integral = cardinal(mechanism).outputs.includes('owner');
  const names = asked ?? ['log_nsw', 'efficiency', 'utilitarian', 'egalitarian', 'ef', 'ef1'];
  const found = names.map(property).filter(({ integralOnly }) => integral || !integralOnly);
  return [...new Set(found.map(({ name }) => name))];
}

/** Streams a batch through mechanisms and summarises their properties, in memory that does not grow with the batch. */
export async function evaluate(
  pool: Pool,
  mechanisms: readonly Mechanism[],
  batch: Batch,
  options: EvaluateOptions = {},
): Promise<Evaluation[]> {
  if (mechanisms.length === 0) throw new InputError('no mechanism to evaluate');
  const { signal, onProgress, partial } = options;
  if (!partial) signal?.throwIfAborted();
  const metrics = mechanisms.map((mechanism) => metricsOf(mechanism, options.metrics));
  for (const name of metrics.flat()) {
    const { agent } = property(name);
    if (agent !== undefined && agent >= batch.agents) {
      throw new InputError(`there is no ${name}, agents are 0 to ${batch.agents - 1}`);
    }
  }
  const { target } = options;
  const aimed = metrics.flat().find((name) => property(name).needs === 'target');
  if (aimed !== undefined && !target)
    throw new InputError(`${aimed} needs a target: the rule whose results are aimed at`);
  for (const mechanism of mechanisms) checkFit(mechanism, batch);
  const { count } = batch;
  const exact = count <= EXACT_QUANTILES;
  // A block of large profiles, or of searches, may take minutes: workers then return numbers, of as few profiles as they like, and blocks are made here.
  const slow = metrics.some((names) => names.some((name) => property(name).needs === 'gain'));
  const large = slow || batch.agents * batch.items > LARGE;
  const keep = exact || large || options.onProfiles !== undefined;
  const labels = mechanisms.map(labelOf);
  const sums = metrics.map((names) =>
    names.map(() => {
      const tree = new MomentsTree();
      return { tree, stream: new BlockStream(tree), histogram: new Histogram(), kept: [] as Float64Array[] };
    }),
  );
  const milliseconds = mechanisms.map(() => 0);
  const failed = mechanisms.map(() => 0);
  let done = 0;

  const all = target ? [...mechanisms, target] : mechanisms;
  const searches = slow
    ? mechanisms.map((each) => exploitJobFor(each, batch, { effort: 'quick', ...options.exploit }))
    : undefined;
  const compared = metrics.some((names) => names.some((name) => property(name).needs === 'constraints'));
  const comparisons = compared ? mechanisms.map((each) => externalityJobFor(each, options.externality)) : undefined;
  const operations = [...all.map(cardinal), ...(comparisons ?? []).map(operationOf)];
  const bytes = Math.max(...operations.map((operation) => bytesPerProfile(batch, operation)));
  const most = Math.max(BLOCK, Math.floor(CHUNK_BYTES / bytes));
  const more = {
    ...(searches ? { searches } : {}),
    ...(comparisons ? { comparisons } : {}),
    ...(target ? { target } : {}),
  };
  const task = { kind: 'evaluate', mechanisms, metrics, batch, keep, ...more } as const;
  if (count > 0 && !signal?.aborted) {
    // One chunk on every worker first: kernels are compiled by then, and timing starts from there.
    const high = Math.min(count, large ? 1 : BLOCK);
    const warmUp = () =>
      pool.run({ ...task, low: 0, high }).catch((error: unknown) => {
        if (pool.fatal(error)) throw error; // a worker that dies here is no worse than one that dies below
      });
    await Promise.all(Array.from({ length: Math.max(1, pool.threads) }, warmUp));
  }

  const begun = performance.now();
  try {
    await runChunks<readonly EvaluatedMechanism[]>({
      ...(signal ? { signal } : {}),
      ...(onProgress ? { onProgress } : {}),
      count,
      first: slow ? 1 : firstChunk(batch.agents, batch.items),
      align: large ? 1 : BLOCK,
      most,
      width: pool.width,
      run: async (low, high) => (await pool.run({ ...task, low, high })) as readonly EvaluatedMechanism[],
      fatal: pool.fatal,
      async commit(results, low, high) {
        done = high;
        const profiles: ProfileRows[] = [];
        for (const [which, result] of results.entries()) {
          milliseconds[which]! += result.milliseconds;
          failed[which]! += result.failed;
          const rows: Record<string, Float64Array> = {};
          for (const [k, { nodes, histogram, values }] of result.metrics.entries()) {
            const sum = sums[which]![k]!;
            if (!large) sum.tree.append(nodes);
            if (histogram) sum.histogram.merge(histogram);
            if (!values) continue;
            if (large) sum.stream.add(values, (j) => isAnswer(result.status![j]!));
            const solved = values.filter((x, j) => isAnswer(result.status![j]!) && !Number.isNaN(x));
            if (exact) sum.kept.push(solved);
            else sum.histogram.add(solved, new Uint8Array(solved.length).fill(1));
            rows[camelCase(metrics[which]![k]!)] = values.map((x, j) => (isAnswer(result.status![j]!) ? x : NaN));
          }
          if (keep) profiles.push({ mechanism: labels[which]!, first: low, status: result.status!, metrics: rows });
        }
        await options.onProfiles?.(profiles);
      },
      async abandon(low, high) {
        done = high;
        const none = new Float64Array(high - low).fill(NaN);
        const status = new Int32Array(high - low).fill(Status.numericalError);
        const profiles = mechanisms.map((_, which): ProfileRows => {
          failed[which]! += high - low;
          if (large) for (const { stream } of sums[which]!) stream.add(none, () => false);
          const rows = Object.fromEntries(metrics[which]!.map((name) => [camelCase(name), none]));
          return { mechanism: labels[which]!, first: low, status, metrics: rows };
        });
        await options.onProfiles?.(profiles);
      },
    });
  } catch (error) {
    if (!(partial && signal?.aborted)) throw error;
  }
  const seconds = (performance.now() - begun) / 1000;
  const busy = milliseconds.reduce((a, b) => a + b, 0);

  return mechanisms.map((_, which) => {
    const share =
      mechanisms.length === 1 || busy === 0 ? seconds / mechanisms.length : (seconds * milliseconds[which]!) / busy;
    return {
      mechanism: labels[which]!,
      count: done,
      seconds: share,
      profilesPerSecond: done === 0 ? 0 : done / share,
      failed: failed[which]!,
      metrics: Object.fromEntries(
        metrics[which]!.map((name, k) => {
          const { tree, stream, histogram, kept } = sums[which]![k]!;
          stream.end();
          const { n, mean, m2, min, max, zeros, satisfied } = tree.total();
          const sorted = exact ? sort(kept) : undefined;
          const quantile = (q: number) => (sorted ? exactQuantile(sorted, q) : clamp(histogram.quantile(q), min, max));
          const summary: MetricSummary = {
            mean: n > 0 ? mean : NaN,
            stderr: n > 1 ? Math.sqrt(m2 / (n - 1) / n) : NaN,
            min: n + zeros > 0 ? min : NaN,
            max: n + zeros > 0 ? max : NaN,
            p5: quantile(0.05),
            p50: quantile(0.5),
            p95: quantile(0.95),
            zeroCount: zeros,
            ...(property(name).violation ? { satisfied: n + zeros > 0 ? satisfied / (n + zeros) : NaN } : {}),
          };
          return [camelCase(name), summary];
        }),
      ),
    };
  });
}

function sort(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all.sort();
}

function clamp(x: number, low: number, high: number): number {
  return Math.min(Math.max(x, low), high);
}

/** Names of every property, for help texts. */
export const METRIC_NAMES = PROPERTIES.map(({ name }) => name);
