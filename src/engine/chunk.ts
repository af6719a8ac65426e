import type { OptionValues } from '../mechanisms/mechanism.js';
import type { Operation } from '../mechanisms/operation.js';
import type { BatchArray, ProfileBatch } from '../profiles/batch.js';
import { drawArray, sampledArrays, type SampledBatch } from '../profiles/samplers.js';
import { OUTPUT_ARRAYS, TYPED_ARRAYS, arraySpec } from '../profiles/schema.js';
import { Spots, bytesOf, elementsOf } from '../profiles/spots.js';
import { Status, isAnswer, type NumericArray } from '../types.js';
import type { Kernels } from '../wasm/kernels.js';
import type { Placed } from '../wasm/placed.js';

export type Batch = ProfileBatch | SampledBatch;

/** Every array that a mechanism writes. */
export function outputNames(operation: Operation): string[] {
  return [...operation.outputs, 'status', 'residual'];
}

/** Bytes of kernel memory that one more profile takes. */
export function bytesPerProfile(batch: Batch, operation: Operation): number {
  const { agents, items } = batch;
  const inputs = inputNames(batch, operation).reduce(
    (sum, name) => sum + strideOf(batch, name) * bytesOfElement(name),
    0,
  );
  return outputNames(operation).reduce((sum, name) => sum + bytesOf(name, agents, items), inputs);
}

function inputNames(batch: Batch, operation: Operation): string[] {
  const present = batch.kind === 'sampled' ? sampledArrays(batch) : Object.keys(batch.arrays);
  return present.filter((name) => operation.reads.includes(name));
}

function bytesOfElement(name: string): number {
  return TYPED_ARRAYS[arraySpec(name)!.dtype].BYTES_PER_ELEMENT;
}

function strideOf(batch: Batch, name: string): number {
  if (batch.kind === 'profiles') return batch.arrays[name]!.stride;
  return name === 'budgets' ? 0 : elementsOf(name, batch.agents, batch.items);
}

/** Puts profiles `low` … `high − 1` of the arrays named into kernel memory. Bad profiles become zeros. */
export function placeInput(
  kernels: Kernels,
  batch: Batch,
  names: readonly string[],
  low: number,
  high: number,
): Placed {
  const { arena, call } = kernels;
  const { agents, items } = batch;
  const count = high - low;
  const placed =
    batch.kind === 'profiles' ? new Spots(count, agents, items, low, batch) : new Spots(count, agents, items, low);
  for (const name of names) {
    const stride = strideOf(batch, name);
    const length = stride !== 0 ? count * stride : batch.kind === 'profiles' ? batch.arrays[name]!.data.length : items;
    const dtype = arraySpec(name)!.dtype;
    const address = arena.take(length * TYPED_ARRAYS[dtype].BYTES_PER_ELEMENT);
    placed.put(name, address, stride);
    if (batch.kind === 'sampled') {
      drawArray(kernels, batch, name, low, count, address);
      continue;
    }
    const { data } = batch.arrays[name]!;
    const view = new TYPED_ARRAYS[dtype](call.memory.buffer, address, length) as Float64Array;
    view.set(subarray(data, low * stride, low * stride + length) as Float64Array);
    if (batch.bad) scrub(view, batch.bad, low, count, stride);
  }
  return placed;
}

function subarray(data: NumericArray, from: number, to: number): NumericArray {
  return data.subarray(from, to) as NumericArray;
}

/** Zeros in place of bad profiles: what a kernel makes of them is thrown away. */
function scrub(view: Float64Array, bad: Uint8Array, low: number, count: number, stride: number): void {
  if (stride === 0) {
    // A bad number that all share makes all bad; one bad profile does not take the array from its neighbours.
    if (bad.subarray(low, low + count).every((b) => b === 1)) view.fill(0);
    return;
  }
  for (let k = 0; k < count; k++) if (bad[low + k] === 1) view.fill(0, k * stride, (k + 1) * stride);
}

/** Runs a mechanism on what is placed; marks bad profiles with status 6 and fills what has no answer as the contract of results says. */
export function runPlaced(
  kernels: Kernels,
  operation: Operation,
  options: OptionValues,
  input: Placed,
  output: Placed,
  bad?: Uint8Array,
): void {
  operation.run(kernels, input, output, options);
  const status = kernels.arena.i32(output.address('status'), input.count);
  for (let k = 0; k < input.count; k++) {
    if (bad?.[k] === 1) status[k] = Status.badInput;
    if (!isAnswer(status[k]!)) fillFailed(kernels, operation, output, k);
  }
}

/** Floats 0, integers −1, residual infinite. */
function fillFailed(kernels: Kernels, operation: Operation, output: Placed, k: number): void {
  for (const name of outputNames(operation)) {
    if (name === 'status') continue;
    const { dtype } = OUTPUT_ARRAYS[name]!;
    const length = output.stride(name);
    const address = output.address(name) + k * length * TYPED_ARRAYS[dtype].BYTES_PER_ELEMENT;
    const view = new TYPED_ARRAYS[dtype](kernels.call.memory.buffer, address, length) as Float64Array;
    view.fill(name === 'residual' ? Infinity : dtype === 'float64' ? 0 : -1);
  }
}

/** Copies outputs to profiles `low` … of result arrays. */
export function collect(
  kernels: Kernels,
  operation: Operation,
  output: Placed,
  results: Readonly<Record<string, BatchArray>>,
  low: number,
): void {
  for (const name of outputNames(operation)) {
    const { data, stride } = results[name]!;
    const length = output.count * stride;
    const view = new TYPED_ARRAYS[OUTPUT_ARRAYS[name]!.dtype](kernels.call.memory.buffer, output.address(name), length);
    (data as Float64Array).set(view as Float64Array, low * stride);
  }
}

/** Arrays of the batch that a mechanism, or a property of its results, reads. */
export function inputsOf(batch: Batch, operation: Operation): string[] {
  return inputNames(batch, operation);
}
