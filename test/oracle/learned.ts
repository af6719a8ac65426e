// Learned mechanisms in plain loops and double precision, one profile at a time.
import type { NetworkConfig, Network } from 'evenhand';
import { parameterSpecs } from 'evenhand';

export interface Told {
  readonly values: readonly (readonly number[])[];
  readonly demands: readonly (readonly number[])[];
  readonly budgets: readonly number[];
  readonly weights: readonly number[];
}

type Matrix = number[][];

function arraysOf(config: NetworkConfig, parameters: ArrayLike<number>): Record<string, Matrix> {
  let at = 0;
  return Object.fromEntries(
    parameterSpecs(config).map(({ name, rows, columns }) => {
      const matrix = Array.from({ length: Math.max(1, rows) }, () =>
        Array.from({ length: columns }, () => parameters[at++]!),
      );
      return [name, matrix];
    }),
  );
}

const times = (x: readonly number[], w: Matrix): number[] =>
  w[0]!.map((_, c) => x.reduce((sum, value, r) => sum + value * w[r]![c]!, 0));
const plus = (...all: readonly (readonly number[])[]): number[] =>
  all[0]!.map((_, k) => all.reduce((sum, x) => sum + x[k]!, 0));
const meanOf = (rows: Matrix): number[] =>
  rows[0]!.map((_, k) => rows.reduce((s, row) => s + row[k]!, 0) / rows.length);

/** Output of the network: rows of M numbers, of the agents and, in an ExS-Net, of the one who burns. */
export function outputs(config: NetworkConfig, parameters: ArrayLike<number>, told: Told): Matrix {
  const arrays = arraysOf(config, parameters);
  const { items } = config;
  const features = told.values.map((v, i) => [
    ...v,
    ...told.demands[i]!.map((x, m) => Math.min(x, told.budgets[m]!)),
    ...(config.agentWeights ? [told.weights[i]!] : []),
  ]);
  if (config.architecture === 'dense') {
    let h = [...features.flat(), ...told.budgets];
    config.hidden.forEach((_, l) => {
      h = plus(times(h, arrays[`layer${l}_weight`]!), arrays[`layer${l}_bias`]![0]!).map(Math.tanh);
    });
    const out = plus(times(h, arrays.output_weight!), arrays.output_bias![0]!);
    return Array.from({ length: out.length / items }, (_, i) => out.slice(i * items, (i + 1) * items));
  }
  let h: Matrix = features;
  const supply = told.budgets.map((b) => b / features.length);
  config.hidden.forEach((_, l) => {
    const common = times(meanOf(h), arrays[`layer${l}_mean`]!);
    h = h.map((row) => {
      const parts = [times(row, arrays[`layer${l}_own`]!), common, arrays[`layer${l}_bias`]![0]!];
      if (l === 0) parts.push(times(supply, arrays.layer0_supply!));
      return plus(...parts).map(Math.tanh);
    });
  });
  const mean = meanOf(h);
  const out = h.map((row) =>
    plus(times(row, arrays.output_own!), times(mean, arrays.output_mean!), arrays.output_bias![0]!),
  );
  if (config.model === 'expf-net') return out;
  const burn = plus(times(mean, arrays.burn_weight!), arrays.burn_bias![0]!).map((x) => x + Math.log(features.length));
  return [...out, burn];
}

/** Allocation of an ExS-Net. */
export function shares(config: NetworkConfig, parameters: ArrayLike<number>, told: Told): Matrix {
  const logits = outputs(config, parameters, told);
  return told.values.map((_, i) =>
    told.budgets.map((b, m) => {
      const sum = logits.reduce((s, row) => s + Math.exp(row[m]!), 0);
      return Math.min((Math.exp(logits[i]![m]!) / sum) * b, told.demands[i]![m]!);
    }),
  );
}

export type Allocate = (told: Told) => Matrix;

export function allocator(network: Network): Allocate {
  return (told) => shares(network.config, network.parameters, told);
}

export function utilities(truth: Told, allocation: Matrix): number[] {
  return truth.values.map((v, i) =>
    v.reduce((sum, value, m) => sum + value * Math.min(allocation[i]![m]!, truth.demands[i]![m]!), 0),
  );
}

/** The truth with agent i's report (values, demands) in its place. */
export function lie(truth: Told, i: number, report: readonly number[]): Told {
  const M = report.length / 2;
  return {
    ...truth,
    values: truth.values.map((row, j) => (j === i ? report.slice(0, M) : row)),
    demands: truth.demands.map((row, j) => (j === i ? report.slice(M) : row)),
  };
}

export function gain(allocate: Allocate, truth: Told, i: number, report: readonly number[]): number {
  return utilities(truth, allocate(lie(truth, i, report)))[i]! - utilities(truth, allocate(truth))[i]!;
}

/** The loss of src/learning/stepper.ts; `reports[s][a]` is of agent `agents[a]`. */
export function lossOf(
  allocate: Allocate,
  profiles: readonly Told[],
  agents: readonly number[],
  reports: readonly (readonly (readonly number[])[])[],
  coefficients: readonly number[],
  offset: number,
  envy: number,
): number {
  let loss = 0;
  profiles.forEach((truth, s) => {
    const allocation = allocate(truth);
    const u = utilities(truth, allocation);
    truth.values.forEach((v, i) => {
      if (!(v.reduce((sum, x, m) => sum + x * truth.demands[i]![m]!, 0) > 0 && truth.weights[i]! > 0)) return;
      loss -= truth.weights[i]! * Math.log(u[i]! + offset);
      const worth = allocation.map((a) => v.reduce((sum, x, m) => sum + x * Math.min(a[m]!, truth.demands[i]![m]!), 0));
      loss += envy * Math.max(0, ...worth.map((x) => x - u[i]!));
    });
    agents.forEach((i, a) => (loss += coefficients[a]! * Math.max(0, gain(allocate, truth, i, reports[s]![a]!))));
  });
  return loss / profiles.length;
}
