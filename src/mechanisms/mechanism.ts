import type { Network } from '../networks/network.js';
import type { ProfileBatch } from '../profiles/batch.js';
import type { SampledBatch } from '../profiles/samplers.js';
import type { Kernels } from '../wasm/kernels.js';
import type { Placed } from '../wasm/placed.js';

/** One option of a mechanism, as the command line (`--name`, `id:name=value`) and the library take it. */
export interface OptionSpec {
  readonly name: string;
  /**
   * `network`: a trained network, or the folder it is in; `agents`, `names` (of `choices`), `numbers`: a list of them, as text with `,` or `+` between,
   * rows of numbers with `;`; `welfare`: one of the choices, or the table of a function (`tabulate`).
   */
  readonly type: 'number' | 'boolean' | 'choice' | 'network' | 'agents' | 'names' | 'numbers' | 'welfare';
  readonly default: number | boolean | string;
  readonly choices?: readonly string[];
  /** Names that users might expect, and why they are no choice. */
  readonly refused?: Readonly<Record<string, string>>;
  /** Refuses a number outside, bounds included unless `exclusive`. */
  readonly range?: readonly [number, number];
  readonly exclusive?: boolean;
  readonly about: string;
}

export type OptionValue = number | boolean | string | Network | Float64Array;
export type OptionValues = Readonly<Record<string, OptionValue>>;

/** What the registry says of a mechanism. */
interface Described {
  readonly id: string;
  readonly name: string;
  /** Author, title, year, and the theorem or equation that defines the rule. */
  readonly citation: string;
  readonly algorithm: string;
  readonly options: readonly OptionSpec[];
  /** Property names (snake_case) that hold on every profile; each is tested. */
  readonly claims: readonly string[];
  /** How ties are broken. */
  readonly ties: string;
}

/** A rule made ready for many chunks in a row. */
export interface OpenRule {
  run(input: Placed, output: Placed): void;
  /**
   * Improves reports (values, then demands) of agent `agent` in profile `profile` of the chunk by ascent along the gradient of its true utility;
   * absent where the rule has no gradient.
   */
  climb?(
    input: Placed,
    profile: number,
    agent: number,
    reports: readonly Float64Array[],
    box: ClimbBox,
  ): Float64Array[];
}

/** Where reports may go, and how long they climb. */
export interface ClimbBox {
  readonly low: number;
  readonly high: number;
  /** Most of each item. */
  readonly demandHigh: Float64Array;
  readonly demandsToo: boolean;
  readonly steps: number;
}

/** A rule over profiles of additive values. */
export interface CardinalDefinition extends Described {
  readonly kind: 'cardinal';
  /** Input arrays that the rule reads; others are ignored. `values` always is among them. */
  readonly reads: readonly string[];
  /** Result arrays beside `status` and `residual`. */
  readonly outputs: readonly string[];
  /** Refuses options that do not fit profiles of that many agents. */
  check?(agents: number, options: OptionValues): void;
  /**
   * Solves a chunk of profiles. Every array of `reads` that the input has, and every output, stands in the kernels' memory.
   * Writes all outputs, `status` and `residual` of every profile.
   */
  run(kernels: Kernels, input: Placed, output: Placed, options: OptionValues): void;
  /** Throws an InputError where a batch holds what the rule does not take; absent where it takes all. */
  admit?(batch: ProfileBatch | SampledBatch, options: OptionValues): void;
  /** The same as `run` for many chunks of the size of `like` (at most as many profiles), until the arena is released; absent where nothing is to be made ready. */
  open?(kernels: Kernels, like: Placed, options: OptionValues): OpenRule;
}

/** Ordered lists of acceptable bundles over goods with capacities (one problem, no batch). */
export interface OrdinalProblem {
  /** Places of each good, length G; fractions only where the rule takes them. */
  readonly capacities: Int32Array | Float64Array;
  /** Rows of agent i are `bundleStart[i]` to `bundleStart[i + 1] - 1`; length n + 1. */
  readonly bundleStart: Int32Array;
  /** Goods of each bundle, ceil(G / 64) words a row. Either this or `bundleUnits`. */
  readonly bundleMask?: BigUint64Array;
  /** Units of each good in each bundle, [T, G]. */
  readonly bundleUnits?: Uint16Array;
  /** Agents that each list stands for, length n; default 1. */
  readonly multiplicity?: Int32Array;
  /** Budgets that agents have drawn, length n. */
  readonly agentBudgets?: Float64Array;
}

/** A rule over ordered bundles. */
export interface OrdinalDefinition extends Described {
  readonly kind: 'ordinal';
  readonly reads: readonly string[];
  readonly outputs: readonly string[];
  /** Capacities may be fractions. */
  readonly fractional?: boolean;
  /** Solves one problem; returns its result arrays by name, `status` and `residual` of length 1 among them. */
  solve(kernels: Kernels, problem: OrdinalProblem, options: OptionValues): OrdinalResult;
}

export interface OrdinalResult {
  readonly status: Int32Array;
  readonly residual: Float64Array;
  readonly [name: string]: Int32Array | Float64Array | BigInt64Array | BigUint64Array | Int8Array;
}

export type MechanismDefinition = CardinalDefinition | OrdinalDefinition;

/** A mechanism with its options chosen; plain data, so it can be handed to a worker. */
export interface Mechanism<Id extends string = string> {
  readonly id: Id;
  readonly options: OptionValues;
}
