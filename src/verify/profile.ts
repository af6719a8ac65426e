import type { ProfileBatch } from '../profiles/batch.js';
import { InputError } from '../errors.js';
import type { NamedArrays } from '../types.js';

/** One profile and its result, element by element: slow and plain on purpose. */
export interface ProfileView {
  readonly agents: number;
  readonly items: number;
  value(i: number, m: number): number;
  /** Demand as given; the supply where none is. */
  demand(i: number, m: number): number;
  budget(m: number): number;
  weight(i: number): number;
  regularizer(i: number, m: number): number;
  /** Agents in picking order. */
  order(): number[];
  /** An element of a result array of this profile; `NaN` if the file lacks the array. */
  result(name: string, ...index: number[]): number;
}

export function profileView(batch: ProfileBatch, results: NamedArrays, k: number): ProfileView {
  const { agents, items } = batch;
  const input = (name: string, offset: number): number | undefined => {
    const array = batch.arrays[name];
    return array && Number(array.data[k * array.stride + offset]);
  };
  const budget = (m: number) => input('budgets', m) ?? 1;
  return {
    agents,
    items,
    budget,
    value: (i, m) => input('values', i * items + m)!,
    demand: (i, m) => input('demands', i * items + m) ?? budget(m),
    weight: (i) => input('weights', i) ?? 1,
    regularizer: (i, m) => input('regularizer', i * items + m) ?? 0,
    order: () => Array.from({ length: agents }, (_, i) => input('order', i) ?? i),
    result(name, ...index) {
      const array = results[name];
      if (!array) return NaN;
      const shape = array.shape.slice(-index.length || array.shape.length);
      const each = index.length === 0 ? 1 : shape.reduce((a, b) => a * b, 1);
      const offset = index.reduce((sum, n, d) => sum * shape[d]! + n, 0);
      return Number(array.data[k * each + offset]);
    },
  };
}

/** Refuses result arrays whose shapes do not fit the profiles. */
export function checkShapes(batch: ProfileBatch, results: NamedArrays, names: Readonly<Record<string, 'PNM' | 'PN' | 'PM' | 'P'>>): void {
  const size = { P: batch.count, N: batch.agents, M: batch.items };
  for (const [name, axes] of Object.entries(names)) {
    const array = results[name];
    const expected = [...axes].map((axis) => size[axis as 'P' | 'N' | 'M']);
    if (!array) throw new InputError(`the result lacks ${name}`, { array: name });
    const shape = array.shape.length === expected.length - 1 ? [1, ...array.shape] : array.shape;
    if (shape.length !== expected.length || shape.some((n, d) => n !== expected[d])) {
      throw new InputError(`${name} has shape [${array.shape.join(',')}], expected [${expected.join(',')}]`, { array: name });
    }
  }
}

/** Agents with a log term: positive weight and something to gain. */
export function canGain(view: ProfileView, i: number): boolean {
  if (!(view.weight(i) > 0)) return false;
  for (let m = 0; m < view.items; m++) if (view.value(i, m) * Math.min(view.demand(i, m), view.budget(m)) > 0) return true;
  return false;
}
