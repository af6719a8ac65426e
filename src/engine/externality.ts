import type { Mechanism } from '../mechanisms/mechanism.js';
import { externalityJob, type Job } from '../mechanisms/operation.js';
import type { AllocateOptions } from './allocate.js';

export interface ExternalityOptions {
  /** `'each'` (default): every constrained agent on its own, all others unconstrained; `'together'`: all at once. */
  readonly constrain?: 'each' | 'together';
  /** Agents with less than this share of their cap, nobody constrained, are not counted as hurt; 0 (default) to 1. */
  readonly leastShare?: number;
}

export type ExternalityCallOptions = ExternalityOptions & AllocateOptions;

/** What constraints do to everybody, row-major. An agent without constraints changes nothing: its row is that of nobody constrained, q = p = 1. */
export interface Externality {
  readonly count: number;
  readonly agents: number;
  readonly items: number;
  /** The worst of the solves of each profile. */
  readonly status: Int32Array;
  readonly residual: Float64Array;
  /** [B,N] utilities with nobody constrained. */
  readonly freeUtilities: Float64Array;
  /** [B,N,N] row i: everybody's utilities under the constraints of agent i (`together`: of all). */
  readonly constrainedUtilities: Float64Array;
  /** [B,N] q_i: smallest share that another agent keeps under agent i's constraints, at most 1 (`together`: an agent without constraints, the same for all i). */
  readonly agentNne: Float64Array;
  /** [B,N] p_i: what agent i had over what its own constraints give it, at most 1. */
  readonly agentMon: Float64Array;
  /**
   * [B,N] what a unit of agent i's utility, freed from its constraints, would add to the objective, at the prices under the constraints; 0 where the
   * rule states no prices.
   */
  readonly shadowPrices: Float64Array;
}

/** The job of a comparison. */
export function externalityJobFor(mechanism: Mechanism, { constrain, leastShare }: ExternalityOptions = {}): Job {
  return externalityJob(mechanism, {
    ...(constrain === undefined ? {} : { constrain }),
    ...(leastShare === undefined ? {} : { 'least-share': leastShare }),
  });
}
