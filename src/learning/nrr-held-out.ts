import type { Engine } from '../engine/engine.js';
import { maxUtilitarian } from '../mechanisms/factories.js';
import type { Mechanism } from '../mechanisms/mechanism.js';
import type { ProfileBatch } from '../profiles/batch.js';

/** A rule that assigns items, measured against the greatest sum of utilities; means over profiles. */
export interface NrrMeasured {
  /** Share of the items that the assignment of greatest welfare gives to someone else. */
  readonly hamming: number;
  /** Sum of utilities over the greatest one. */
  readonly welfareRatio: number;
  /** Share of profiles that are envy-free up to one item. */
  readonly ef1: number;
  /** |A − T| / (2M) of assignment A and target shares T, where it was trained towards them: the part of the items that should be elsewhere. */
  readonly targetDistance?: number;
}

/** |A − Â| / (2M) of two assignments [B,M], mean over profiles: the share of items whose owners differ. */
export function hamming(owner: Int32Array, target: Int32Array): number {
  return owner.reduce((sum, i, k) => sum + (i === target[k] ? 0 : 1), 0) / owner.length;
}

/** Distance of owners [B,M] to shares [B,N,M]. */
export function targetDistance(owner: Int32Array, shares: Float64Array, agents: number, items: number): number {
  const met = owner.reduce((sum, i, k) => sum + shares[(Math.floor(k / items) * agents + i) * items + (k % items)]!, 0);
  return 1 - met / owner.length;
}

export async function measureAssignment(engine: Engine, rule: Mechanism, batch: ProfileBatch): Promise<NrrMeasured> {
  const { count, items } = batch;
  const found = await engine.allocate(rule, batch);
  const best = await engine.allocate(maxUtilitarian(), batch);
  const measured = await engine.measure(['ef1', 'welfare_ratio'], batch, {
    owner: { data: found.owner!, stride: items },
  });
  return {
    hamming: hamming(found.owner!, best.owner!),
    welfareRatio: measured.welfare_ratio!.reduce((a, b) => a + b, 0) / count,
    ef1: measured.ef1!.filter((x) => x <= 1e-9).length / count,
  };
}
