import type { Mechanism } from '../mechanisms/mechanism.js';
import { cardinal, operationOf, type Job } from '../mechanisms/operation.js';
import { train, type TrainingTask } from '../networks/training.js';
import type { BatchArray } from '../profiles/batch.js';
import { sampledArrays } from '../profiles/samplers.js';
import { property } from '../properties/registry.js';
import { isAnswer } from '../types.js';
import type { Kernels } from '../wasm/kernels.js';
import type { Placed } from '../wasm/placed.js';
import { bytesPerProfile, collect, inputsOf, outputNames, placeInput, runPlaced, type Batch } from './chunk.js';
import { placeRoom } from '../profiles/spots.js';
import { BLOCK, FIELDS, MomentsTree, countCells, measureBlock } from './statistics.js';

/** Do a job on profiles `low` … `high − 1` and write to shared results. */
export interface JobTask {
  readonly kind: 'job';
  readonly job: Job;
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
  /** The search for misreports of each mechanism, if a property needs it. */
  readonly searches?: readonly Job[];
  /** The comparison of each mechanism with and without constraints, if a property needs it. */
  readonly comparisons?: readonly Job[];
  /** The rule whose results others are compared with. */
  readonly target?: Mechanism;
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

/** A part of a training step. */
export interface TrainTask {
  readonly kind: 'train';
  readonly task: TrainingTask;
  readonly low: number;
  readonly high: number;
}

export type Task = JobTask | EvaluateTask | MeasureTask | TrainTask;

/** What one mechanism gave on one chunk. */
export interface EvaluatedMechanism {
  readonly milliseconds: number;
  readonly failed: number;
  /** Status of every profile, if kept. */
  readonly status?: Int32Array;
  readonly metrics: readonly {
    /** The chunk's part of the tree of moments. */
    readonly nodes: Float64Array;
    /** Cells and counts; absent if kept. */
    readonly histogram?: Int32Array;
    readonly values?: Float64Array;
  }[];
}

export type TaskResult = readonly EvaluatedMechanism[] | undefined;

/**
 * Arrays that properties of a result read. Rules that name owners ignore all but the values, so their results are measured as `evaluate`
 * measures them: any agent can use a whole item. Where shares bound what one agent gets, demands do not.
 */
export function measuredFrom(result: 'owners' | 'shares' | 'amounts'): string[] {
  if (result === 'owners') return ['values', 'alpha', 'beta'];
  if (result === 'shares') return ['values', 'budgets', 'alpha', 'beta', 'shares'];
  return ['values', 'demands', 'budgets', 'weights', 'alpha', 'beta'];
}

/** Executes a task on this thread's kernels. */
export function execute(kernels: Kernels, task: Task): TaskResult {
  const mark = kernels.arena.mark();
  try {
    if (task.kind === 'job') return work(kernels, task);
    if (task.kind === 'measure') return measure(kernels, task);
    if (task.kind === 'train') return void train(kernels, task.task);
    return evaluate(kernels, task);
  } finally {
    kernels.arena.release(mark);
  }
}

function work(kernels: Kernels, { job, batch, results, low, high }: JobTask): undefined {
  const operation = operationOf(job);
  const input = placeInput(kernels, batch, inputsOf(batch, operation), low, high);
  const output = placeRoom(kernels, input, outputNames(operation));
  runPlaced(kernels, operation, job.options, input, output, badOf(batch, low, high));
  collect(kernels, operation, output, results, low);
}

function badOf(batch: Batch, low: number, high: number): Uint8Array | undefined {
  return batch.kind === 'profiles' ? batch.bad?.subarray(low, high) : undefined;
}

function measure(kernels: Kernels, { metrics, batch, allocation, results, low, high }: MeasureTask): undefined {
  const { arena } = kernels;
  const present = batch.kind === 'sampled' ? sampledArrays(batch) : Object.keys(batch.arrays);
  const owned = Object.hasOwn(allocation, 'owner');
  const of = owned ? 'owners' : !present.includes('demands') && present.includes('shares') ? 'shares' : 'amounts';
  const read = measuredFrom(of).filter((name) => present.includes(name));
  const input = placeInput(kernels, batch, read, low, high);
  const given = { ...batch, kind: 'profiles' as const, arrays: allocation };
  const result = placeInput(kernels, given, Object.keys(allocation), low, high);
  const out = arena.take((high - low) * 8);
  for (const name of metrics) {
    property(name).measure(kernels, input, result, out);
    (results[name]!.data as Float64Array).set(arena.f64(out, high - low), low);
  }
}

/** Kernel memory that profiles under evaluation take at most, unless one alone takes more. */
const EVALUATE_BYTES = 2 ** 25;

function evaluate(kernels: Kernels, task: EvaluateTask): EvaluatedMechanism[] {
  const { arena } = kernels;
  const { mechanisms, metrics, searches, comparisons, target, batch, low, high, keep } = task;
  const count = high - low;
  const definitions = mechanisms.map(cardinal);
  const aim = target ? cardinal(target) : undefined;
  const all = aim ? [...definitions, aim] : definitions;
  const given = batch.kind === 'sampled' ? sampledArrays(batch) : Object.keys(batch.arrays);
  const wanted = metrics.flat().flatMap((name) => property(name).reads ?? []);
  const read = given.filter((name) => wanted.includes(name) || all.some(({ reads }) => reads.includes(name)));
  // Numbers are gathered in kernel memory, which is used again by the next chunk, so that long runs leave no garbage behind.
  const gathered = mechanisms.map((_, which) => ({
    milliseconds: 0,
    status: arena.take(count * 4),
    values: metrics[which]!.map(() => arena.take(count * 8)),
  }));
  const placed = [...all, ...(comparisons ?? []).map(operationOf)];
  const bytes = Math.max(...placed.map((operation) => bytesPerProfile(batch, operation)));
  const step = Math.max(1, Math.floor(EVALUATE_BYTES / bytes));
  for (let at = 0; at < count; at += step) {
    const now = Math.min(step, count - at);
    const mark = arena.mark();
    const [from, to] = [low + at, low + at + now];
    const input = placeInput(kernels, batch, read, from, to);
    const out = arena.take(now * 8);
    const aimed = aim ? placeRoom(kernels, input, outputNames(aim)) : undefined;
    if (aim) runPlaced(kernels, aim, target!.options, only(input, aim.reads), aimed!, badOf(batch, from, to));
    for (const [which, mechanism] of mechanisms.entries()) {
      const begun = performance.now();
      const inner = arena.mark();
      const definition = definitions[which]!;
      const { status, values } = gathered[which]!;
      // A rule that ignores demands, budgets and weights is measured without them: every agent can use a whole item.
      const seen = only(input, definition.reads);
      const output = placeRoom(kernels, input, outputNames(definition));
      runPlaced(kernels, definition, mechanism.options, seen, output, badOf(batch, from, to));
      arena.i32(status, count).set(arena.i32(output.address('status'), now), at);
      const search = metrics[which]!.some((name) => property(name).needs === 'gain') ? searches?.[which] : undefined;
      if (search) {
        const operation = operationOf(search);
        const found = placeRoom(kernels, input, outputNames(operation));
        runPlaced(kernels, operation, search.options, seen, found, badOf(batch, from, to));
        output.put('gain', found.address('gain'), found.stride('gain'));
      }
      if (comparisons && metrics[which]!.some((name) => property(name).needs === 'constraints')) {
        const operation = operationOf(comparisons[which]!);
        const found = placeRoom(kernels, input, outputNames(operation));
        runPlaced(kernels, operation, comparisons[which]!.options, seen, found, badOf(batch, from, to));
        for (const name of ['agent_nne', 'agent_mon']) output.put(name, found.address(name), found.stride(name));
        // A profile that one of the solves has no answer for has none.
        const codes = arena.i32(found.address('status'), now);
        arena
          .i32(status, count)
          .subarray(at, at + now)
          .forEach((code, k, all) => {
            if (isAnswer(code) && !isAnswer(codes[k]!)) all[k] = codes[k]!;
          });
      }
      if (aimed) {
        output.put('target', aimed.address('owner'), aimed.stride('owner'));
        output.put('target_allocation', aimed.address('allocation'), aimed.stride('allocation'));
      }
      for (const [k, name] of metrics[which]!.entries()) {
        const definedBy = property(name);
        const view = definedBy.reads ? only(input, [...definition.reads, ...definedBy.reads]) : seen;
        definedBy.measure(kernels, view, output, out);
        if (aimed && property(name).needs === 'target') unknown(kernels, aimed, out);
        arena.f64(values[k]!, count).set(arena.f64(out, now), at);
      }
      arena.release(inner);
      gathered[which]!.milliseconds += performance.now() - begun;
    }
    arena.release(mark);
  }
  const flags = arena.take(count);
  return gathered.map(({ milliseconds, status, values }) => {
    const use = arena.u8(flags, count);
    let failed = 0;
    arena.i32(status, count).forEach((code, k) => {
      use[k] = isAnswer(code) ? 1 : 0;
      failed += 1 - use[k];
    });
    const measured = values.map((address) => reduce(arena.f64(address, count), use, keep, low));
    return { milliseconds, failed, metrics: measured, ...(keep ? { status: arena.i32(status, count).slice() } : {}) };
  });
}

/** Infinitely far where the target has no answer: left out of means, and counted. */
function unknown({ arena }: Kernels, aimed: Placed, out: number): void {
  const numbers = arena.f64(out, aimed.count);
  arena.i32(aimed.address('status'), aimed.count).forEach((code, k) => !isAnswer(code) && (numbers[k] = Infinity));
}

/** Moments, with the numbers themselves or their histogram. `first` is the index of the first profile. */
function reduce(
  values: Float64Array,
  use: Uint8Array,
  keep: boolean,
  first: number,
): EvaluatedMechanism['metrics'][number] {
  const tree = new MomentsTree(Math.floor(first / BLOCK));
  const block = new Float64Array(FIELDS);
  for (let from = 0; from < values.length; from += BLOCK) {
    measureBlock(values, use, from, Math.min(values.length, from + BLOCK), block, 0);
    tree.push(block, 0);
  }
  const nodes = tree.nodes();
  if (keep) return { nodes, values: values.slice() };
  return { nodes, histogram: countCells(values, use) };
}

/** The same arrays, those not named left out. */
function only(input: ReturnType<typeof placeInput>, names: readonly string[]): ReturnType<typeof placeInput> {
  return {
    count: input.count,
    agents: input.agents,
    items: input.items,
    first: input.first,
    ...(input.rows === undefined ? {} : { rows: input.rows }),
    ...(input.groups === undefined ? {} : { groups: input.groups }),
    ...(input.pieces === undefined ? {} : { pieces: input.pieces }),
    address: (name) => (names.includes(name) ? input.address(name) : 0),
    stride: (name) => (names.includes(name) ? input.stride(name) : 0),
  };
}
