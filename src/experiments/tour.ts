import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine } from '../engine/engine.js';
import type { Evaluation } from '../engine/evaluate.js';
import type { Batch } from '../engine/chunk.js';
import type { CallOptions } from '../engine/schedule.js';
import { writeSummary } from '../engine/summary.js';
import { maxUtilitarian, pf, roundRobin, utilitarian } from '../mechanisms/factories.js';
import type { Mechanism } from '../mechanisms/mechanism.js';
import { writeArrays } from '../profiles/files.js';
import { sampleProfiles } from '../profiles/samplers.js';
import { drawSvg } from './plot.js';
import { adult, arielCourses, gpuCluster } from './real-inputs.js';

const METRICS = ['log_nsw', 'efficiency', 'utilitarian', 'egalitarian', 'ef1'];

export interface TourInput {
  readonly id: string;
  readonly title: string;
  readonly batch: Batch;
  readonly mechanisms: readonly Mechanism[];
  /** Names of agents, where the allocation itself is worth a file. */
  readonly agents?: readonly string[];
}

/** Three real inputs and `count` random profiles. */
export function tourInputs(count: number): TourInput[] {
  const divisible = [pf(), utilitarian()];
  const all = [...divisible, roundRobin(), maxUtilitarian()];
  const occupations = adult();
  const courses = arielCourses();
  const cluster = gpuCluster();
  return [
    { id: 'adult', title: 'UCI Adult, 14 occupations x 2 groups', mechanisms: divisible, ...occupations },
    { id: 'ariel-courses', title: 'Ariel course bids, 26 students x 23 courses', mechanisms: all, ...courses },
    {
      id: 'gpu-cluster',
      title: `GPU cluster, ${cluster.batch.count} x 16 requests x 3 resources`,
      mechanisms: divisible,
      batch: cluster.batch,
    },
    {
      id: 'random',
      title: `random, ${count.toLocaleString('en-US')} x 10 agents x 3 items, supply 1`,
      mechanisms: all,
      batch: sampleProfiles('uniform', { agents: 10, items: 3, count, budget: 1, seed: 1 }),
    },
  ];
}

export interface TourResult {
  readonly input: TourInput;
  readonly evaluations: readonly Evaluation[];
}

/** Runs every input, writes allocations, summaries and the picture below `folder`, and returns what a table shows. */
export async function tour(
  engine: Engine,
  folder: string,
  inputs: readonly TourInput[],
  callOptions: (input: TourInput) => CallOptions,
): Promise<TourResult[]> {
  await mkdir(folder, { recursive: true });
  const results: TourResult[] = [];
  const welfare: { occupation: string; mechanism: string; utility: number }[] = [];
  for (const input of inputs) {
    const options = callOptions(input);
    const evaluations = await engine.evaluate(input.mechanisms, input.batch, { metrics: METRICS, ...options });
    await writeSummary(join(folder, `${input.id}.csv`), evaluations);
    if (input.batch.kind === 'profiles') {
      for (const mechanism of input.mechanisms) {
        const arrays = await engine.allocateArrays(mechanism, input.batch, options);
        await writeArrays(join(folder, `${input.id}-${mechanism.id}.npz`), arrays);
        if (input.id === 'adult') {
          input.agents!.forEach((occupation, i) =>
            welfare.push({ occupation, mechanism: mechanism.id, utility: Number(arrays.utilities!.data[i]) }),
          );
        }
      }
    }
    results.push({ input, evaluations });
  }
  await drawSvg(picture(welfare, results), join(folder, 'tour.svg'));
  return results;
}

/** Left: who gets what from Adult. Right: what each rule does to total welfare and to the worst-off agent. */
function picture(welfare: readonly object[], results: readonly TourResult[]): object {
  const points = results.flatMap(({ input, evaluations }) => {
    const best = Math.max(...evaluations.map(({ metrics }) => metrics.utilitarian!.mean));
    const kindest = Math.max(...evaluations.map(({ metrics }) => metrics.egalitarian!.mean));
    return evaluations.map(({ mechanism, metrics }) => ({
      input: input.id,
      mechanism,
      total: metrics.utilitarian!.mean / best,
      worst: kindest > 0 ? metrics.egalitarian!.mean / kindest : 0,
    }));
  });
  const color = {
    field: 'mechanism',
    type: 'nominal',
    title: 'mechanism',
    sort: ['pf', 'utilitarian', 'round-robin', 'max-utilitarian'],
  };
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    hconcat: [
      {
        title: 'UCI Adult: utility of each occupation',
        width: 330,
        height: 360,
        data: { values: welfare },
        mark: { type: 'bar' },
        encoding: {
          y: { field: 'occupation', type: 'nominal', title: null },
          yOffset: { field: 'mechanism' },
          x: { field: 'utility', type: 'quantitative', title: 'utility (people)' },
          color,
        },
      },
      {
        title: 'Total welfare against the worst-off agent',
        width: 330,
        height: 360,
        data: { values: points },
        mark: { type: 'point', filled: true, size: 110, opacity: 0.8 },
        encoding: {
          x: {
            field: 'total',
            type: 'quantitative',
            title: 'mean total utility, 1 = best rule here',
            scale: { zero: false },
          },
          y: { field: 'worst', type: 'quantitative', title: 'worst-off agent, 1 = best rule here' },
          color,
          shape: { field: 'input', type: 'nominal', title: 'input' },
        },
      },
    ],
  };
}
