import { profileBatch, type ProfileBatch } from '../../profiles/batch.js';
import { Stream } from '../../random.js';
import type { Averse } from './bounds.js';

export const CITATION = 'Shirali et al., Participatory Objective Design via Preference Elicitation, 2024';

/** Kinds of agents, by how their values relate. */
export const KINDS = ['independent', 'similar', 'dissimilar', 'clustered'] as const;
export type Kind = (typeof KINDS)[number];

const CLUSTERS = 2;
/** How far similar agents' values are from one draw, at most. */
export const NOISE = 0.05;

/**
 * Random values in [0, 1]: independent; `similar` within `noise` of one draw; `dissimilar` of which each is near 0 or near 1, so that few ratios are near 1;
 * `clustered` in two groups that are similar inside. α and β are U(0, top).
 */
export function drawAgents(
  kind: Kind,
  n: number,
  m: number,
  count: number,
  top: number,
  seed: number,
  noise = NOISE,
): Averse[] {
  const stream = new Stream(seed, KINDS.indexOf(kind), n, m);
  const row = () => Array.from({ length: m }, () => stream.unit());
  const around = (center: readonly number[]) =>
    center.map((x) => Math.min(1, Math.max(0, x + noise * (2 * stream.unit() - 1))));
  return Array.from({ length: count }, () => {
    const centers = Array.from({ length: kind === 'clustered' ? CLUSTERS : 1 }, row);
    const values = Array.from({ length: n }, (_, i) => {
      if (kind === 'independent') return row();
      if (kind === 'dissimilar') return row().map((x) => (x < 0.5 ? 0.2 * x : 1 - 0.2 * (1 - x)));
      return around(centers[i % centers.length]!);
    });
    const aversion = () => Array.from({ length: n }, () => top * stream.unit());
    return { values, alpha: aversion(), beta: aversion() };
  });
}

/** Profiles of one shape as a batch. */
export function batchOf(profiles: readonly Averse[]): ProfileBatch {
  const [count, n, m] = [profiles.length, profiles[0]!.values.length, profiles[0]!.values[0]!.length];
  return profileBatch({
    values: { shape: [count, n, m], data: Float64Array.from(profiles.flatMap(({ values }) => values.flat())) },
    alpha: { shape: [count, n], data: Float64Array.from(profiles.flatMap(({ alpha }) => [...alpha])) },
    beta: { shape: [count, n], data: Float64Array.from(profiles.flatMap(({ beta }) => [...beta])) },
  });
}
