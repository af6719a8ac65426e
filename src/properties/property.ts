import type { Kernels } from '../wasm/kernels.js';
import type { Placed } from '../wasm/placed.js';

/** A number measured on each profile and its allocation. */
export interface PropertyDefinition {
  /** snake_case; the camelCase form is the library's name. */
  readonly name: string;
  readonly about: string;
  readonly citation: string;
  /** Measures a violation: 0 means that the property holds. */
  readonly violation: boolean;
  /** Defined for indivisible items only. */
  readonly integralOnly: boolean;
  /** A profile can have an infinity, which means and standard errors leave out and count. */
  readonly countsZeros?: boolean;
  /** Input arrays that it reads beside those of the rule (values, demands, budgets, weights). */
  readonly reads?: readonly string[];
  /**
   * What the result must have beside the allocation: what a search for misreports found; `target` owners, or a `target_allocation`; what the rule
   * does without constraints.
   */
  readonly needs?: 'gain' | 'target' | 'constraints';
  /** The agent that it is of, where it is of one. */
  readonly agent?: number;
  /**
   * Measures a chunk: `input` has the profile arrays, `result` has `allocation` or `owner`; writes one float64 a profile at
   * the address `out`.
   */
  measure(kernels: Kernels, input: Placed, result: Placed, out: number): void;
}
