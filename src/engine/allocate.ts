import { checkFit, operationOf, type Job } from '../mechanisms/operation.js';
import type { BatchArray } from '../profiles/batch.js';
import { sharedArray } from '../profiles/convert.js';
import { OUTPUT_ARRAYS } from '../profiles/schema.js';
import { Status, type NamedArrays, type NumericArray } from '../types.js';
import { elementsOf } from '../profiles/spots.js';
import { bytesPerProfile, outputNames, type Batch } from './chunk.js';
import type { Pool } from './pool.js';
import { firstChunk, runChunks, type CallOptions } from './schedule.js';

const CHUNK_BYTES = 2 ** 24;
/** A batch that takes less than this is not worth handing over. */
const SMALL_MS = 5;
const PROBE = 32; // profiles solved in the calling thread to learn the speed

/**
 * Results of a batch: one typed array per output of the mechanism in camelCase, row-major with the leading batch dimension, plus `status`
 * and `residual` of every profile.
 */
export interface AllocationResult {
  readonly count: number;
  readonly agents: number;
  readonly items: number;
  /** Outcome of each profile (see Status). From status 2 on (7 apart) floats are 0, integers −1, residual infinite. */
  readonly status: Int32Array;
  /** Largest violation of the rule's optimality conditions, from the returned numbers; 0 where a rule has no certificate. */
  readonly residual: Float64Array;
  /** [B,N,M] amounts (divisible rules). */
  readonly allocation?: Float64Array;
  /** [B,M] agent that gets the item (indivisible rules). */
  readonly owner?: Int32Array;
  /** [B,N] agents in the order in which they picked (learned orders). */
  readonly order?: Int32Array;
  /** [B,N] */
  readonly utilities?: Float64Array;
  /** [B,M] duals of the budgets. */
  readonly prices?: Float64Array;
  /** [B,N] worth of a further unit of each agent's utility (welfare rules). */
  readonly marginals?: Float64Array;
  /** [B] fairness exponent, −infinity for leximin (welfare rules). */
  readonly gamma?: Float64Array;
  /** [B,N] 1 where the agent wants equal amounts of every item that it values (welfare rules). */
  readonly equalItems?: Int8Array;
  /** [B,N,M] duals of allocation >= 0. */
  readonly lowerDuals?: Float64Array;
  /** [B,N,M] duals of allocation <= demand. */
  readonly upperDuals?: Float64Array;
  /** [B] 1 where the optimal allocation is unique. */
  readonly unique?: Int8Array;
  /** [B] */
  readonly iterations?: Int32Array;
  /** [B,N] share of its proportionally fair bundle that each agent gets (Partial Allocation). */
  readonly fractions?: Float64Array;
  /** [B] 1 where the mixture drew proportional fairness. */
  readonly drawn?: Int32Array;
  /** [B] objective of the programme. */
  readonly objective?: Float64Array;
  /** [B,N] price of each agent's utility (Fehr-Schmidt, participatory objectives). */
  readonly dual?: Float64Array;
  /** [B,N,N] worth of a further unit of each agent's envy of another (participatory objectives). */
  readonly envyDuals?: Float64Array;
  /** [B] steps of the solver (Fehr-Schmidt, participatory objectives). */
  readonly pivots?: Int32Array;
  /** [B] bound that no allocation exceeds. */
  readonly dualBound?: Float64Array;
}

export interface AllocateOptions extends CallOptions {
  /** On abort, return what was finished (the rest has status 2) instead of rejecting. */
  readonly partial?: boolean;
}

/** Does a job on every profile; results by array name as files have them. */
export async function runJob(pool: Pool, job: Job, batch: Batch, options: AllocateOptions = {}): Promise<NamedArrays> {
  const operation = operationOf(job);
  checkFit(job.mechanism, batch);
  const { signal, onProgress, partial } = options;
  if (!partial) signal?.throwIfAborted();
  const { count, agents, items } = batch;
  const results: Record<string, BatchArray> = {};
  for (const name of outputNames(operation)) {
    const stride = elementsOf(name, agents, items);
    results[name] = { data: sharedArray(OUTPUT_ARRAYS[name]!.dtype, count * stride), stride };
  }
  const task = { kind: 'job', job, batch, results } as const;

  // The first profiles run here: a small batch ends here, a large one tells how long it will be.
  const first = operation.slow ? 1 : firstChunk(agents, items);
  let done = 0;
  const begun = performance.now();
  let here = pool.threads === 0;
  if (!here && count > 0 && agents * items <= 4096 && !signal?.aborted) {
    try {
      const high = Math.min(count, PROBE, first);
      await pool.run({ ...task, low: 0, high }, true);
      done = high;
      const seconds = (performance.now() - begun) / 1000;
      const rate = done / Math.max(seconds, 1e-9);
      onProgress?.({ done, total: count, seconds, rate, remaining: (count - done) / rate });
      here = ((1000 * seconds) / done) * (count - done) < SMALL_MS;
    } catch (error) {
      if (pool.fatal(error)) throw error; // a trap is left to the chunks below
    }
  }
  const bytes = bytesPerProfile(batch, operation);
  let finished = done;
  try {
    await runChunks({
      ...(signal ? { signal } : {}),
      ...(onProgress ? { onProgress } : {}),
      count,
      done,
      first,
      align: 1,
      most: Math.max(1, Math.floor(CHUNK_BYTES / bytes)),
      width: here ? 1 : pool.width,
      run: (low, high) => pool.run({ ...task, low, high }, here),
      fatal: pool.fatal,
      commit: (_, __, high) => {
        finished = high;
      },
      abandon: (low, high) => {
        finished = high;
        fail(results, low, high, Status.numericalError);
      },
    });
  } catch (error) {
    if (!(partial && signal?.aborted)) throw error;
    fail(results, finished, count, Status.iterationLimit);
  }
  const size = { profile: count, agent: agents, item: items, row: 0, group: 0, piece: 0 };
  return Object.fromEntries(
    Object.entries(results).map(([name, { data }]) => {
      const { axes, dimensions } = OUTPUT_ARRAYS[name]!;
      return [name, { shape: (axes ?? dimensions!).map((axis) => size[axis]), data }];
    }),
  );
}

function fail(results: Readonly<Record<string, BatchArray>>, low: number, high: number, status: number): void {
  for (const [name, { data, stride }] of Object.entries(results)) {
    const value = name === 'status' ? status : name === 'residual' ? Infinity : data instanceof Float64Array ? 0 : -1;
    (data as Float64Array).fill(value, low * stride, high * stride);
  }
}

/** Keys in camelCase, data only: what the library returns. */
export function asResult<R>(batch: Batch, arrays: NamedArrays, camelCase: (name: string) => string): R {
  const { count, agents, items } = batch;
  const data = Object.fromEntries(
    Object.entries(arrays).map(([name, array]) => [camelCase(name), array.data as NumericArray]),
  );
  return { count, agents, items, ...data } as unknown as R;
}
