import type { Engine } from '../../engine/engine.js';
import { fehrSchmidt } from '../../mechanisms/factories.js';
import type { ExperimentOptions } from '../experiment.js';
import { batchOf } from './agents.js';
import type { Averse } from './bounds.js';

export const digits = (x: number, n = 4): string => String(Number(x.toPrecision(n)));
export const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);
export const mean = (list: readonly number[]): number => sum(list) / list.length;

/** Solves profiles of one shape by the Fehr-Schmidt rule and measures them. Refuses to go on without an answer. */
export async function measured(
  engine: Engine,
  profiles: readonly Averse[],
  metrics: readonly string[],
  options: ExperimentOptions,
): Promise<{ utilities: number[][]; found: Readonly<Record<string, Float64Array>> }> {
  const batch = batchOf(profiles);
  const { allocation, utilities, status } = await engine.allocate(fehrSchmidt(), batch, options);
  if (status.some((code) => code !== 0)) throw new Error('an instance was not solved');
  const n = batch.agents;
  const placed = { allocation: { data: allocation!, stride: n * batch.items } };
  const found = metrics.length === 0 ? {} : await engine.measure(metrics, batch, placed, options);
  return { utilities: profiles.map((_, k) => [...utilities!.subarray(k * n, (k + 1) * n)]), found };
}

/** Utilities of the utilitarian optimum, every item with the lowest agent that values it most. */
export function utopiaOf({ values }: Averse): number[] {
  const u = values.map(() => 0);
  values[0]!.forEach((_, j) => {
    const column = values.map((row) => row[j]!);
    const most = Math.max(...column);
    u[column.indexOf(most)]! += most;
  });
  return u;
}

interface Axis {
  readonly field: string;
  readonly title: string;
  readonly scale?: object;
}

/** Lines over x, one for each `series`, in a panel for each `panel` if there are any, with scales of their own if `apart`. */
export function lines(
  title: string,
  values: readonly object[],
  [x, y]: readonly [Axis, Axis],
  options: { readonly step?: boolean; readonly series?: string; readonly apart?: boolean } = {},
): object {
  const quantitative = ({ field, title: name, scale }: Axis) => ({
    field,
    type: 'quantitative',
    title: name,
    ...(scale ? { scale } : {}),
  });
  const panel = {
    mark: { type: 'line', point: true, ...(options.step ? { interpolate: 'step-after' } : {}) },
    encoding: {
      x: quantitative(x),
      y: quantitative(y),
      color: { field: 'series', type: 'nominal', title: options.series ?? null, sort: null },
    },
  };
  if (!values.some((row) => 'panel' in row)) return { title, width: 420, height: 280, data: { values }, ...panel };
  return {
    title,
    data: { values },
    facet: { column: { field: 'panel', type: 'nominal', title: null, sort: null } },
    spec: { width: 220, height: 240, ...panel },
    ...(options.apart ? { resolve: { scale: { y: 'independent' } } } : {}),
  };
}

export const LOG = { type: 'log' } as const;
