import { initialNetwork, networkConfig, type Network } from 'evenhand';
import { Draw } from '../helpers/draw.js';
import type { PlainProfile } from '../oracle/network.js';

/** A small network whose biases are not all zero and whose output is not small. */
export function drawNetwork(seed: string, fields: Readonly<Record<string, unknown>>): Network {
  const draw = new Draw(seed);
  const network = initialNetwork(networkConfig({ hidden: [9, 6], ...fields }), draw.integer(0, 1e6));
  network.parameters.forEach((x, k) => (network.parameters[k] = 1.5 * x + 0.1 * (draw.unit() - 0.5)));
  return network;
}

/** Profiles in which half of the demands are 0; all numbers are single-precision ones. */
export function drawTold(seed: string, agents: number, items: number, count: number, budget: number): PlainProfile[] {
  const draw = new Draw(seed);
  const row = (one: () => number) => Array.from({ length: items }, () => Math.fround(one()));
  return Array.from({ length: count }, () => ({
    values: Array.from({ length: agents }, () => row(() => 0.1 + 0.9 * draw.unit())),
    demands: Array.from({ length: agents }, () =>
      row(() => (draw.unit() < 0.3 ? 0 : Math.min(budget, 0.1 + 0.9 * draw.unit()))),
    ),
    budgets: row(() => budget),
    weights: Array.from({ length: agents }, () => Math.fround(0.5 + draw.unit())),
  }));
}

/** The same as a batch of training. */
export function trainingBatch(told: readonly PlainProfile[]) {
  const flat = (of: (t: PlainProfile) => readonly (number | readonly number[])[]) =>
    Float32Array.from(told.flatMap((t) => of(t).flat()));
  const values = flat((t) => t.values);
  const demands = flat((t) => t.demands);
  return {
    count: told.length,
    values,
    demands,
    reportedValues: values,
    reportedDemands: demands,
    budgets: flat((t) => t.budgets),
    weights: flat((t) => t.weights),
  };
}

/** The same as profiles. */
export function profilesOf(told: readonly PlainProfile[]) {
  const [N, M] = [told[0]!.values.length, told[0]!.budgets.length];
  const data = (of: (t: PlainProfile) => readonly (number | readonly number[])[]) =>
    Float64Array.from(told.flatMap((t) => of(t).flat()));
  return {
    values: { shape: [told.length, N, M], data: data((t) => t.values) },
    demands: { shape: [told.length, N, M], data: data((t) => t.demands) },
    budgets: { shape: [told.length, M], data: data((t) => t.budgets) },
    weights: { shape: [told.length, N], data: data((t) => t.weights) },
  };
}

/** Random reports in the box, [S][A], each 2M numbers. */
export function drawReports(seed: string, told: readonly PlainProfile[], agents: readonly number[]): number[][][] {
  const draw = new Draw(seed);
  return told.map(({ budgets }) =>
    agents.map(() => [
      ...budgets.map(() => Math.fround(0.1 + 0.9 * draw.unit())),
      ...budgets.map((b) => Math.fround(Math.min(b, draw.unit()))),
    ]),
  );
}
