import { definitionOf } from '../mechanisms/registry.js';
import type { CardinalDefinition, Mechanism } from '../mechanisms/mechanism.js';
import type { BatchArray } from '../profiles/batch.js';
import { property } from '../properties/registry.js';
import { isAnswer } from '../types.js';
import type { Kernels } from '../wasm/kernels.js';
import { collect, inputsOf, placeInput, placeOutput, runPlaced, type Batch } from './chunk.js';
import { BLOCK, FIELDS, Histogram, measureBlock } from './statistics.js';

/** Solve profiles `low` … `high − 1` and write them to shared results. */
export interface AllocateTask {
  readonly kind: 'allocate';
  readonly mechanism: Mechanism;
  readonly batch: Batch;
  readonly results: Readonly<Record<string, BatchArray>>;
  readonly low: number;
  readonly high: number;
}

/** Solve profiles by several mechanisms and reduce what their properties measure. */
export interface EvaluateTask {
  readonly kind: 'evaluate';
  readonly mechanisms: readonly Mechanism[];
  /** Property names per mechanism. */
  readonly metrics: readonly (readonly string[])[];
  readonly batch: Batch;
  readonly low: number;
  readonly high: number;
  /** Return every number (for exact quantiles and per-profile rows), not only histograms. */
  readonly keep: boolean;
}

/** Measure results that are in memory already. */
export interface MeasureTask {
  readonly kind: 'measure';
  readonly metrics: readonly string[];
  readonly batch: Batch;
  readonly allocation: Readonly<Record<string, BatchArray>>;
  readonly results: Readonly<Record<string, BatchArray>>;
  readonly low: number;
  readonly high: number;
}

export type Task = AllocateTask | EvaluateTask | MeasureTask;

/** What one mechanism gave on one chunk. */
export interface EvaluatedMechanism {
  readonly milliseconds: number;
  readonly failed: number;
  /** Status of every profile, if kept. */
  readonly status?: Int32Array;
  readonly metrics: readonly {
    /** FIELDS numbers a block. */
    readonly blocks: Float64Array;
    /** Cells and counts; absent if kept. */
    readonly histogram?: Float64Array;
    readonly values?: Float64Array;
  }[];
}

export type TaskResult = readonly EvaluatedMechanism[] | undefined;

/** Properties read these beside the result. */
const MEASURED_FROM = ['values', 'demands', 'budgets', 'weights'];

export function cardinal(mechanism: Mechanism): CardinalDefinition {
  const definition = definitionOf(mechanism.id);
  if (definition.kind !== 'cardinal') throw new Error(`${mechanism.id} takes one ordinal problem, not a batch of profiles`);
  return definition;
}

/** Executes a task on this thread's kernels. */
export function execute(kernels: Kernels, task: Task): TaskResult {
  const mark = kernels.arena.mark();
  try {
    if (task.kind === 'allocate') return allocate(kernels, task);
    if (task.kind === 'measure') return measure(kernels, task);
    return evaluate(kernels, task);
  } finally {
    kernels.arena.release(mark);
  }
}

function allocate(kernels: Kernels, { mechanism, batch, results, low, high }: AllocateTask): undefined {
  const definition = cardinal(mechanism);
  const input = placeInput(kernels, batch, inputsOf(batch, definition), low, high);
  const output = placeOutput(kernels, definition, input);
  runPlaced(kernels, definition, mechanism, input, output, badOf(batch, low, high));
  collect(kernels, definition, output, results, low);
}

function badOf(batch: Batch, low: number, high: number): Uint8Array | undefined {
  return batch.kind === 'profiles' ? batch.bad?.subarray(low, high) : undefined;
}

function measure(kernels: Kernels, { metrics, batch, allocation, results, low, high }: MeasureTask): undefined {
  const { arena } = kernels;
  const read = [...MEASURED_FROM].filter((name) => batch.kind === 'sampled' || Object.hasOwn(batch.arrays, name));
  const input = placeInput(kernels, batch, read, low, high);
  const given = { ...batch, kind: 'profiles' as const, arrays: allocation };
  const result = placeInput(kernels, given, Object.keys(allocation), low, high);
  const out = arena.take((high - low) * 8);
  for (const name of metrics) {
    property(name).measure(kernels, input, result, out);
    (results[name]!.data as Float64Array).set(arena.f64(out, high - low), low);
  }
}

function evaluate(kernels: Kernels, { mechanisms, metrics, batch, low, high, keep }: EvaluateTask): EvaluatedMechanism[] {
  const { arena } = kernels;
  const count = high - low;
  const definitions = mechanisms.map(cardinal);
  const read = new Set(definitions.flatMap((definition) => inputsOf(batch, definition)));
  const input = placeInput(kernels, batch, [...read], low, high);
  const blocks = Math.ceil(count / BLOCK);
  return mechanisms.map((mechanism, which) => {
    const begun = performance.now();
    const mark = arena.mark();
    const definition = definitions[which]!;
    // A rule that ignores demands, budgets and weights is measured without them: every agent can use a whole item.
    const seen = only(input, definition.reads);
    const output = placeOutput(kernels, definition, input);
    runPlaced(kernels, definition, mechanism, seen, output, badOf(batch, low, high));
    const status = arena.i32(output.address('status'), count).slice();
    const use = Uint8Array.from(status, (s) => (isAnswer(s) ? 1 : 0));
    const out = arena.take(count * 8);
    const measured = metrics[which]!.map((name) => {
      property(name).measure(kernels, seen, output, out);
      const values = arena.f64(out, count).slice();
      const numbers = new Float64Array(blocks * FIELDS);
      for (let b = 0; b < blocks; b++) {
        measureBlock(values, use, b * BLOCK, Math.min(count, (b + 1) * BLOCK), numbers, b * FIELDS);
      }
      if (keep) return { blocks: numbers, values };
      const histogram = new Histogram();
      histogram.add(values, use);
      return { blocks: numbers, histogram: histogram.entries() };
    });
    arena.release(mark);
    const failed = use.reduce((n, used) => n + 1 - used, 0);
    return { milliseconds: performance.now() - begun, failed, metrics: measured, ...(keep ? { status } : {}) };
  });
}

/** The same arrays, those not named left out. */
function only(input: ReturnType<typeof placeInput>, names: readonly string[]): ReturnType<typeof placeInput> {
  return {
    count: input.count,
    agents: input.agents,
    items: input.items,
    address: (name) => (names.includes(name) ? input.address(name) : 0),
    stride: (name) => (names.includes(name) ? input.stride(name) : 0),
  };
}
