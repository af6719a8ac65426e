import type { CardinalDefinition, OptionValues } from '../../src/mechanisms/mechanism.js';
import { property } from '../../src/properties/registry.js';
import type { NumericArray } from '../../src/types.js';
import type { Kernels } from '../../src/wasm/kernels.js';
import { place, placeOutputs, readBack } from './place.js';

export type Arrays = Readonly<Record<string, NumericArray>>;

export interface Shape {
  readonly count: number;
  readonly agents: number;
  readonly items: number;
  /** Constraint rows, groups and pieces of utility an agent at most. */
  readonly rows?: number;
  readonly groups?: number;
  readonly pieces?: number;
}

/** Result arrays of a run, as numbers. */
export interface Outcome {
  readonly status: Int32Array;
  readonly residual: Float64Array;
  readonly utilities: Float64Array;
  readonly owner: Int32Array;
  readonly allocation: Float64Array;
  readonly prices: Float64Array;
  readonly marginals: Float64Array;
  readonly objective: Float64Array;
  readonly dual_bound: Float64Array;
}

/** Runs a mechanism on a chunk; checks that the arena and the inputs are left as they were and that nothing wrote too far. */
export function run(
  kernels: Kernels,
  definition: Pick<CardinalDefinition, 'outputs' | 'run'>,
  { count, agents, items, rows, groups, pieces }: Shape,
  arrays: Arrays,
  options: OptionValues = {},
): Outcome {
  const mark = kernels.arena.mark();
  try {
    const input = place(kernels, count, agents, items, arrays, rows, groups, pieces);
    const names = [...definition.outputs, 'status', 'residual'];
    const output = placeOutputs(kernels, count, agents, items, names);
    const before = kernels.arena.mark();
    definition.run(kernels, input, output, options);
    if (kernels.arena.mark() !== before) throw new Error('the arena was not released');
    for (const [name, data] of Object.entries(arrays)) {
      const after = readBack(kernels, input, name);
      if (data.some((x, k) => !Object.is(x, after[k]))) throw new Error(`${name} was changed`);
    }
    return Object.fromEntries(names.map((name) => [name, readBack(kernels, output, name)])) as unknown as Outcome;
  } finally {
    kernels.arena.release(mark);
  }
}

/** Measures one property on a chunk of profiles and allocations or owners. */
export function measure(
  kernels: Kernels,
  name: string,
  { count, agents, items }: Shape,
  arrays: Arrays,
  result: Arrays,
): number[] {
  const mark = kernels.arena.mark();
  try {
    const input = place(kernels, count, agents, items, arrays);
    const measured = place(kernels, count, agents, items, result);
    const out = placeOutputs(kernels, count, agents, items, ['objective']);
    const before = kernels.arena.mark();
    property(name).measure(kernels, input, measured, out.address('objective'));
    if (kernels.arena.mark() !== before) throw new Error('the arena was not released');
    return [...(readBack(kernels, out, 'objective') as Float64Array)];
  } finally {
    kernels.arena.release(mark);
  }
}

/** Reorders one axis of a [count, agents, items] array. */
export function permuted(
  data: Float64Array,
  shape: Shape,
  agents: readonly number[],
  items: readonly number[],
): Float64Array {
  const { count } = shape;
  return Float64Array.from({ length: data.length }, (_, k) => {
    const m = k % shape.items;
    const i = Math.floor(k / shape.items) % shape.agents;
    const p = Math.floor(k / (shape.items * shape.agents));
    if (p >= count) throw new Error('more elements than the shape has');
    return data[(p * shape.agents + agents[i]!) * shape.items + items[m]!]!;
  });
}
