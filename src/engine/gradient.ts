import { InputError } from '../errors.js';
import { gradientJob } from '../mechanisms/operation.js';
import type { Mechanism } from '../mechanisms/mechanism.js';
import { profileBatch, type ProfileBatch } from '../profiles/batch.js';
import { materialize } from '../profiles/samplers.js';
import type { NamedArrays } from '../types.js';
import { runJob, type AllocateOptions } from './allocate.js';
import type { Batch } from './chunk.js';
import type { Pool } from './pool.js';
import { chainWeights, reportedWeights, type WeightsOf } from './weights-of.js';

export interface GradientOptions extends AllocateOptions {
  /**
   * Where no derivative exists: `'least-norm'` (default) the least-norm solution with status 7; `'one-sided'` right-hand derivatives of
   * the real map in each parameter, status 7 only where even those do not exist; `'error'` zeros with status 5.
   */
  readonly degenerate?: 'least-norm' | 'one-sided' | 'error';
  /** `'structured'` (default) or `'dense'`: the whole KKT matrix. */
  readonly method?: 'structured' | 'dense';
  /** Weights as a function of the reports; its derivative is added to `dValues` and `dDemands`. Replaces the batch's weights. */
  readonly weightsOf?: WeightsOf;
}

/** Derivatives of the loss in the values, row-major: all that `soft-round-robin` has. */
export interface ValueGradient {
  readonly count: number;
  readonly agents: number;
  readonly items: number;
  /** As of `allocate`; 7 where no derivative exists and the least-norm value stands. */
  readonly status: Int32Array;
  /** Of the linear system, relative to the largest cotangent; 0 where none is solved. */
  readonly residual: Float64Array;
  /** [B,N,M] */
  readonly dValues: Float64Array;
}

/** Derivatives of the loss through proportional fairness, and what is known of them. */
export interface GradientResult extends ValueGradient {
  /** [B,N,M] */
  readonly dDemands: Float64Array;
  /** [B,N] */
  readonly dWeights: Float64Array;
  /** [B,N,M] */
  readonly dRegularizer: Float64Array;
  /** [B,M] */
  readonly dBudgets: Float64Array;
  /** [B] rank that the reduced system lacks. */
  readonly rankDeficiency: Int32Array;
  /** [B] constraints whose slack and dual both vanish. */
  readonly weaklyActive: Int32Array;
}

/** Cotangents beside a batch's arrays; [N,M] holds for every profile. */
function withCotangent(batch: Batch, cotangent: Float64Array): ProfileBatch {
  const drawn = batch.kind === 'sampled' ? materialize(batch) : batch;
  const { count, agents, items } = drawn;
  const each = agents * items;
  if (cotangent.length !== each && cotangent.length !== count * each) {
    throw new InputError(`cotangent has ${cotangent.length} elements, expected ${count} x ${agents} x ${items}`, {
      array: 'cotangent',
    });
  }
  const shape = cotangent.length === each && count !== 1 ? [agents, items] : [count, agents, items];
  // The values' shape fixes the batch, so that the check of shapes is the one of files.
  const values = { shape: [count, agents, items], data: new Float64Array(count * each) };
  const placed = profileBatch({ values, cotangent: { shape, data: cotangent } }, ['cotangent']).arrays;
  return { ...drawn, arrays: { ...drawn.arrays, ...placed } };
}

/** Gradients of every profile; results by array name as files have them. */
export async function gradient(
  pool: Pool,
  mechanism: Mechanism,
  batch: Batch,
  cotangent: Float64Array | undefined,
  options: GradientOptions = {},
): Promise<NamedArrays> {
  const { degenerate, method, weightsOf, ...call } = options;
  const job = gradientJob(mechanism, {
    ...(degenerate === undefined ? {} : { degenerate }),
    ...(method === undefined ? {} : { method }),
  });
  if (weightsOf && mechanism.id !== 'pf') throw new InputError(`${mechanism.id} has no weights, weightsOf is for pf`);
  const given = cotangent ? withCotangent(batch, cotangent) : batch;
  if (given.kind === 'sampled' || !Object.hasOwn(given.arrays, 'cotangent')) {
    throw new InputError('cotangent is missing, expected an array [B,N,M] or [N,M]', { array: 'cotangent' });
  }
  if (!weightsOf) return runJob(pool, job, given, call);
  const reported = reportedWeights(given, weightsOf);
  return chainWeights(await runJob(pool, job, reported.batch, call), reported);
}
