import { networkConfig, parameterCount, type NetworkConfig } from '../../src/networks/config.js';
import type { TrainingBatch } from '../../src/learning/stepper.js';
import { Draw } from '../helpers/draw.js';
import type { PlainProfile } from '../oracle/network.js';

/** A generator of numbers in [0, 1) for tests. */
export function stream(seed: number): () => number {
  const draw = Draw.from(seed);
  return () => draw.unit();
}

export const tiny = (model: string, architecture: string, more: object = {}): NetworkConfig =>
  networkConfig({ model, architecture, agents: 3, items: 2, hidden: [5, 4], agentWeights: true, ...more });

export function randomParameters(config: NetworkConfig, seed: number, size = 0.6): Float32Array {
  const draw = stream(seed);
  return Float32Array.from({ length: parameterCount(config) }, () => size * (2 * draw() - 1));
}

/** Profiles of agents who all can gain, told the truth unless `noise` is given. */
export function randomBatch(config: NetworkConfig, count: number, seed: number, noise = 0): TrainingBatch {
  const draw = stream(seed);
  const { agents, items } = config;
  const fill = (length: number, low: number, high: number) =>
    Float32Array.from({ length }, () => low + (high - low) * draw());
  const values = fill(count * agents * items, 0.2, 1);
  const demands = fill(count * agents * items, 0.1, 0.8);
  return {
    count,
    values,
    reportedValues: values.map((v) => v + noise * draw()),
    demands,
    reportedDemands: demands.map((x) => x + noise * draw()),
    budgets: fill(count * items, 0.8, 1.2),
    weights: fill(count * agents, 0.5, 1.5),
  };
}

/** Reports [S,T,A,2M] near the truth. */
export function randomReports(config: NetworkConfig, count: number, seed: number): Float32Array {
  const draw = stream(seed);
  return Float32Array.from({ length: count * 2 * config.items }, () => 0.2 + 0.6 * draw());
}

const table = (data: Float32Array, from: number, rows: number, columns: number) =>
  Array.from({ length: rows }, (_, i) => [...data.slice(from + i * columns, from + (i + 1) * columns)]);

/** Profile s of a batch in doubles, true or as told. */
export function plain(config: NetworkConfig, batch: TrainingBatch, s: number, told: boolean): PlainProfile {
  const { items } = config;
  const agents = batch.values.length / (batch.count * items);
  const at = s * agents * items;
  return {
    values: table(told ? batch.reportedValues : batch.values, at, agents, items),
    demands: table(told ? batch.reportedDemands : batch.demands, at, agents, items),
    budgets: [...batch.budgets.slice(s * items, (s + 1) * items)],
    weights: [...batch.weights.slice(s * agents, (s + 1) * agents)],
  };
}

/** That profile where an agent reports [2M] something else. */
export function lying(profile: PlainProfile, agent: number, report: ArrayLike<number>): PlainProfile {
  const items = profile.budgets.length;
  const numbers = Array.from(report);
  return {
    ...profile,
    values: profile.values.map((row, i) => (i === agent ? numbers.slice(0, items) : row)),
    demands: profile.demands.map((row, i) => (i === agent ? numbers.slice(items) : row)),
  };
}

/** Largest difference of two arrays, relative to the largest entry of the second. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [apart, size] = [a.length === b.length ? 0 : Infinity, 1e-30];
  for (let k = 0; k < b.length; k++) {
    const gap = Math.abs(a[k]! - b[k]!);
    apart = gap <= apart ? apart : gap;
    size = Math.max(size, Math.abs(b[k]!));
  }
  return apart / size;
}
