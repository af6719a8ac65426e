import type { Mechanism, OrdinalProblem, OrdinalResult } from '../mechanisms/mechanism.js';
import { allocateJob } from '../mechanisms/operation.js';
import { definitionOf, loaded } from '../mechanisms/registry.js';
import { camelCase, property } from '../properties/registry.js';
import { badElement, InputError } from '../errors.js';
import { convertArray, sharedArray } from '../profiles/convert.js';
import { OUTPUT_ARRAYS } from '../profiles/schema.js';
import type { BatchArray } from '../profiles/batch.js';
import type { NamedArrays } from '../types.js';
import { asResult, runJob, type AllocateOptions, type AllocationResult } from './allocate.js';
import { elementsOf } from '../profiles/spots.js';
import type { Batch } from './chunk.js';
import { evaluate, type EvaluateOptions, type Evaluation } from './evaluate.js';
import { externalityJobFor, type Externality, type ExternalityCallOptions } from './externality.js';
import { exploitJobFor, type ExploitCallOptions, type Exploitation } from './exploitability.js';
import { gradient, type GradientOptions, type GradientResult, type ValueGradient } from './gradient.js';
import { payments, type Payments } from './payments.js';
import { Pool } from './pool.js';
import { runChunks, type CallOptions } from './schedule.js';

// Node 20 has the protocol but not the symbol in every release; without it `await using` cannot be written there anyway.
(Symbol as { asyncDispose?: symbol }).asyncDispose ??= Symbol.for('Symbol.asyncDispose');

export interface EngineOptions {
  /** Worker threads; 0: solve in the calling thread. Default: as many as the machine runs at once. */
  readonly threads?: number;
}

/** Runs mechanisms over batches. One engine serves many calls at once; close it when done. */
export class Engine {
  /** @internal */
  readonly pool: Pool;

  /** @internal */
  constructor(options: EngineOptions) {
    this.pool = new Pool(options.threads);
  }

  /** Worker threads that this engine uses. */
  get threads(): number {
    return this.pool.threads;
  }

  /** Solves an ordinal problem. */
  allocate(mechanism: Mechanism, problem: OrdinalProblem, options?: AllocateOptions): Promise<OrdinalResult>;
  /**
   * Solves every profile of a batch. A profile that cannot be solved gets a status and the others their answer; the same batch gives
   * the same bits for any number of threads.
   *
   * @throws InputError if the mechanism takes another kind of input; the signal's reason on abort.
   */
  allocate(mechanism: Mechanism, batch: Batch, options?: AllocateOptions): Promise<AllocationResult>;
  async allocate(
    mechanism: Mechanism,
    input: Batch | OrdinalProblem,
    options: AllocateOptions = {},
  ): Promise<AllocationResult | OrdinalResult> {
    this.pool.checkOpen();
    const definition = definitionOf(mechanism.id);
    if ('capacities' in input) {
      if (definition.kind !== 'ordinal') throw new InputError(`${mechanism.id} takes profiles, not an ordinal problem`);
      const part = definition.fractional ? -1 : input.capacities.findIndex((c) => !Number.isInteger(c));
      if (part >= 0) throw badElement('capacities', [part], input.capacities[part], 'an integer >= 0');
      options.signal?.throwIfAborted();
      return definition.solve(this.pool.own, input, mechanism.options);
    }
    if (definition.kind !== 'cardinal') throw new InputError(`${mechanism.id} takes an ordinal problem, not profiles`);
    return asResult<AllocationResult>(
      input,
      await runJob(this.pool, allocateJob(await loaded(mechanism)), input, options),
      camelCase,
    );
  }

  /** The same, as named arrays with shapes, ready for `writeArrays`. */
  async allocateArrays(mechanism: Mechanism, batch: Batch, options: AllocateOptions = {}): Promise<NamedArrays> {
    this.pool.checkOpen();
    return runJob(this.pool, allocateJob(await loaded(mechanism)), batch, options);
  }

  /** Derivatives of a loss l(R) through SoftRR in the values; `cotangent` is dl/dR. */
  async gradient(
    mechanism: Mechanism<'soft-round-robin'>,
    batch: Batch,
    cotangent: Float64Array,
    options?: AllocateOptions,
  ): Promise<ValueGradient>;
  /**
   * Derivatives of a loss l(a) through a mechanism: `cotangent` is dl/da, [B,N,M] or [N,M] for every profile. Proportional fairness and SoftRR only.
   *
   * @throws InputError for another mechanism or a cotangent of the wrong length.
   */
  async gradient(
    mechanism: Mechanism,
    batch: Batch,
    cotangent: Float64Array,
    options?: GradientOptions,
  ): Promise<GradientResult>;
  async gradient(
    mechanism: Mechanism,
    batch: Batch,
    cotangent: Float64Array,
    options: GradientOptions = {},
  ): Promise<GradientResult> {
    return asResult(batch, await this.gradientArrays(mechanism, batch, cotangent, options), camelCase);
  }

  /** The same, as named arrays with shapes; without `cotangent` the batch has it among its arrays. */
  async gradientArrays(
    mechanism: Mechanism,
    batch: Batch,
    cotangent?: Float64Array,
    options: GradientOptions = {},
  ): Promise<NamedArrays> {
    this.pool.checkOpen();
    return gradient(this.pool, mechanism, batch, cotangent, options);
  }

  /**
   * Searches for what each agent can gain by a false report, all others being truthful: a gain that is reached, by a report that replays, and a
   * bound that none exceeds. Any mechanism over profiles.
   */
  async exploitability(mechanism: Mechanism, batch: Batch, options: ExploitCallOptions = {}): Promise<Exploitation> {
    return asResult(batch, await this.exploitabilityArrays(mechanism, batch, options), camelCase);
  }

  /** The same, as named arrays with shapes. */
  async exploitabilityArrays(
    mechanism: Mechanism,
    batch: Batch,
    options: ExploitCallOptions = {},
  ): Promise<NamedArrays> {
    this.pool.checkOpen();
    return runJob(this.pool, exploitJobFor(await loaded(mechanism), batch, options), batch, options);
  }

  /**
   * What every agent pays under `fehr-schmidt` or `participatory` for its externality: the most that the others' objectives can add up to without it, less
   * what they add up to with it. Stating its true aversions and weights is then best for every agent, whatever the
   * others state; its true values too where nobody else minds what utility it has.
   *
   * @throws InputError for another rule.
   */
  async payments(mechanism: Mechanism, batch: Batch, options: AllocateOptions = {}): Promise<Payments> {
    return asResult(batch, await this.paymentsArrays(mechanism, batch, options), camelCase);
  }

  /** The same, as named arrays with shapes. */
  async paymentsArrays(mechanism: Mechanism, batch: Batch, options: AllocateOptions = {}): Promise<NamedArrays> {
    this.pool.checkOpen();
    return payments(this.pool, mechanism, batch, options);
  }

  /**
   * What the constraints in the profiles do to everybody: utilities with nobody constrained, under each agent's constraints, and how much others
   * keep (q) and who states them gains (p). Any mechanism over profiles; one that reads no constraints is not changed by them.
   */
  async externality(mechanism: Mechanism, batch: Batch, options: ExternalityCallOptions = {}): Promise<Externality> {
    return asResult(batch, await this.externalityArrays(mechanism, batch, options), camelCase);
  }

  /** The same, as named arrays with shapes. */
  async externalityArrays(
    mechanism: Mechanism,
    batch: Batch,
    options: ExternalityCallOptions = {},
  ): Promise<NamedArrays> {
    this.pool.checkOpen();
    return runJob(this.pool, externalityJobFor(await loaded(mechanism), options), batch, options);
  }

  /**
   * Draws or reads profiles, solves them by each mechanism, measures properties and reduces them to statistics, in memory that does not
   * grow with the batch.
   */
  async evaluate(mechanisms: readonly Mechanism[], batch: Batch, options: EvaluateOptions = {}): Promise<Evaluation[]> {
    this.pool.checkOpen();
    const target = options.target ? { target: await loaded(options.target) } : {};
    return evaluate(this.pool, await Promise.all(mechanisms.map(loaded)), batch, { ...options, ...target });
  }

  /**
   * Measures properties of results: `result` holds `allocation` [B,N,M] or `owner` [B,M] of every profile of the batch. Returns one
   * number a profile and property, keyed by the property's snake_case name; NaN where a worker died of the profile. Owners are measured
   * by the batch's values alone, as the rules that name owners read nothing else.
   */
  async measure(
    names: readonly string[],
    batch: Batch,
    result: Readonly<Record<string, { readonly data: Float64Array | Int32Array; readonly stride: number }>>,
    options: CallOptions = {},
  ): Promise<Record<string, Float64Array>> {
    this.pool.checkOpen();
    options.signal?.throwIfAborted();
    const metrics = names.map((name) => {
      const definition = property(name);
      if (definition.needs === 'gain' || definition.needs === 'constraints') {
        throw new InputError(`${definition.name} is a property of a rule, not of an allocation: evaluate measures it`);
      }
      if (definition.needs === 'target' && !('target' in result || 'target_allocation' in result)) {
        throw new InputError(`${definition.name} needs a target: target [B,M], owners, or target_allocation [B,N,M]`);
      }
      return definition.name;
    });
    const results = Object.fromEntries(
      metrics.map((name) => [name, { data: sharedArray('float64', batch.count), stride: 1 }]),
    );
    const allocation = Object.fromEntries(
      Object.entries(result)
        .filter(([name]) => Object.hasOwn(OUTPUT_ARRAYS, name))
        .map(([name, given]) => [name, checkedResult(name, given, batch)]),
    );
    await runChunks({
      ...options,
      count: batch.count,
      align: 1,
      most: Math.max(1, Math.floor(2 ** 21 / (batch.agents * batch.items))),
      width: this.pool.width,
      run: (low, high) => this.pool.run({ kind: 'measure', metrics, batch, allocation, results, low, high }),
      fatal: this.pool.fatal,
      commit: () => undefined,
      abandon: (low, high) => {
        for (const { data } of Object.values(results)) data.fill(NaN, low, high);
      },
    });
    return Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, data]));
  }

  /** Stops the workers. Calls under way reject. */
  async close(): Promise<void> {
    await this.pool.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** A result array on memory that workers share, if it has the length that the batch asks for. */
function checkedResult(name: string, { data, stride }: BatchArray, { count, agents, items }: Batch): BatchArray {
  const each = elementsOf(name, agents, items);
  if (stride !== each || data.length !== count * each) {
    throw new InputError(`${name} has ${data.length} elements, expected ${count} x ${each}`, { array: name });
  }
  return { data: convertArray(name, { shape: [count, each], data }, OUTPUT_ARRAYS[name]!.dtype), stride };
}

/** Makes an engine. Workers start with the first call that is worth them. */
export async function createEngine(options: EngineOptions = {}): Promise<Engine> {
  return new Engine(options);
}
