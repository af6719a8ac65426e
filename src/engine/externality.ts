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

/** What one agent's constraint takes from another agent. */
export interface Payment {
  /** Whose constraint. */
  readonly constrained: number;
  /** Who has less. */
  readonly pays: number;
  /** Utility with nobody constrained, and under that constraint. */
  readonly before: number;
  readonly after: number;
}

/**
 * Who pays for whose constraint in one profile, largest loss relative to what an agent had first. Losses below `least` of that, and what a constraint
 * costs who states it, are left out.
 */
export function whoPays(
  {
    agents,
    freeUtilities,
    constrainedUtilities,
  }: Pick<Externality, 'agents' | 'freeUtilities' | 'constrainedUtilities'>,
  profile = 0,
  least = 1e-6,
): Payment[] {
  const payments: Payment[] = [];
  for (let i = 0; i < agents; i++) {
    for (let l = 0; l < agents; l++) {
      const before = freeUtilities[profile * agents + l]!;
      const after = constrainedUtilities[(profile * agents + i) * agents + l]!;
      if (l !== i && before > 0 && before - after > least * before) {
        payments.push({ constrained: i, pays: l, before, after });
      }
    }
  }
  return payments.sort((a, b) => a.after / a.before - b.after / b.before);
}
