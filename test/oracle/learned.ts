// Learned mechanisms of given parameters, one profile at a time, and what lies bring in them.
import type { NetworkConfig } from 'evenhand';
import { networkRows, shares, utility, type PlainProfile } from './network.js';

/** Demands above the supply cannot bind. */
function capped(told: PlainProfile): PlainProfile {
  return { ...told, demands: told.demands.map((row) => row.map((x, m) => Math.min(x, told.budgets[m]!))) };
}

/** Output of the network: logits of an ExS-Net, z of an ExPF-Net. */
export function outputs(config: NetworkConfig, parameters: ArrayLike<number>, told: PlainProfile): number[][] {
  return networkRows(config, parameters, capped(told));
}

export type Allocate = (told: PlainProfile) => number[][];

/** An ExS-Net. */
export function sharing(config: NetworkConfig, parameters: ArrayLike<number>): Allocate {
  return (told) => shares(outputs(config, parameters, told), capped(told));
}

/** The truth with agent i's report (values, demands) in its place. */
export function lie(truth: PlainProfile, i: number, report: readonly number[]): PlainProfile {
  const M = report.length / 2;
  return {
    ...truth,
    values: truth.values.map((row, j) => (j === i ? report.slice(0, M) : row)),
    demands: truth.demands.map((row, j) => (j === i ? report.slice(M) : row)),
  };
}

/** True utility that agent i gains by a report. */
export function gain(allocate: Allocate, truth: PlainProfile, i: number, report: readonly number[]): number {
  const worth = (told: PlainProfile) => utility(truth.values[i]!, truth.demands[i]!, allocate(told)[i]!);
  return worth(lie(truth, i, report)) - worth(truth);
}
