import type { ProfileBatch } from '../profiles/batch.js';
import { InputError } from '../errors.js';
import { arraySpec } from '../profiles/schema.js';
import { Status, type NamedArrays } from '../types.js';

/** One profile and its result, element by element: slow and plain on purpose. */
export interface ProfileView {
  readonly agents: number;
  readonly items: number;
  /** Profiles in all, and which of them this is. */
  readonly count: number;
  readonly index: number;
  /** The profile holds a number that makes no sense. */
  readonly bad: boolean;
  value(i: number, m: number): number;
  /** Demand as given; the supply where none is. */
  demand(i: number, m: number): number;
  budget(m: number): number;
  weight(i: number): number;
  regularizer(i: number, m: number): number;
  /** Constraint rows, groups and pieces of utility an agent has at most. */
  readonly rows: number;
  readonly groups: number;
  readonly pieces: number;
  /** An element of an input array of this profile; `undefined` if there is none. */
  input(name: string, offset: number): number | undefined;
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
    count: batch.count,
    index: k,
    bad: batch.bad?.[k] === 1,
    rows: batch.rows ?? 0,
    groups: batch.groups ?? 0,
    pieces: batch.pieces ?? 0,
    input,
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

/** A profile without an answer must hold none: floats 0, integers -1, residual infinite (null in .json). */
export function verifyUnanswered(
  view: ProfileView,
  names: readonly string[],
  results: NamedArrays,
): { residual: number; problems: string[] } {
  const problems: string[] = [];
  const status = view.result('status');
  const bad = view.bad;
  if ((status === Status.badInput) !== bad)
    problems.push(`status is ${status}, the numbers ${bad ? 'make no' : 'all make'} sense`);
  if (!Object.values<number>(Status).includes(status)) problems.push(`status is ${status}, expected 0 to 7`);
  for (const name of names) {
    const { shape, data } = results[name]!;
    const each = data.length / (shape.length > 0 ? view.count : 1);
    const blank = arraySpec(name)!.dtype === 'float64' ? 0 : -1;
    for (let j = 0; j < each; j++) {
      const found = Number(data[view.index * each + j]);
      if (found === blank) continue;
      problems.push(`${name} holds ${found} where status ${status} leaves ${blank}`);
      break;
    }
  }
  const residual = view.result('residual');
  if (Number.isFinite(residual)) problems.push(`residual is ${residual} where status ${status} leaves infinity`);
  return { residual: Infinity, problems };
}

/** Refuses result arrays whose shapes do not fit the profiles. */
export function checkShapes(
  batch: ProfileBatch,
  results: NamedArrays,
  names: Readonly<Record<string, 'PNN' | 'PNM' | 'PN' | 'PM' | 'P'>>,
): void {
  const size = { P: batch.count, N: batch.agents, M: batch.items };
  for (const [name, axes] of Object.entries(names)) {
    const array = results[name];
    const expected = [...axes].map((axis) => size[axis as 'P' | 'N' | 'M']);
    if (!array) throw new InputError(`the result lacks ${name}`, { array: name });
    const shape = array.shape.length === expected.length - 1 ? [1, ...array.shape] : array.shape;
    if (shape.length !== expected.length || shape.some((n, d) => n !== expected[d])) {
      throw new InputError(`${name} has shape [${array.shape.join(',')}], expected [${expected.join(',')}]`, {
        array: name,
      });
    }
  }
}

/** Agents with a log term: positive weight and something to gain. */
export function canGain(view: ProfileView, i: number): boolean {
  if (!(view.weight(i) > 0)) return false;
  for (let m = 0; m < view.items; m++)
    if (view.value(i, m) * Math.min(view.demand(i, m), view.budget(m)) > 0) return true;
  return false;
}
