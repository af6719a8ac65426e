import { InputError } from '../errors.js';
import type { Mechanism } from '../mechanisms/mechanism.js';
import { OBJECTIVES, thetaArray } from '../mechanisms/participatory-objectives.js';
import { mechanism as mechanismOf } from '../mechanisms/registry.js';
import { objectivesOf, statedProfile, withoutAgent, type Stated } from '../mechanisms/stated-objectives.js';
import { profileBatch, type ProfileBatch } from '../profiles/batch.js';
import { materialize } from '../profiles/samplers.js';
import { isAnswer, type NamedArrays } from '../types.js';
import { runJob, type AllocateOptions } from './allocate.js';
import { allocateJob } from '../mechanisms/operation.js';
import type { Batch } from './chunk.js';
import type { Pool } from './pool.js';

/** Externality payments of every agent, row-major. */
export interface Payments {
  readonly count: number;
  readonly agents: number;
  readonly items: number;
  /** Of the allocation that is paid for, or of a programme without some agent where that is worse. */
  readonly status: Int32Array;
  readonly residual: Float64Array;
  /** [B,N,M] what is paid for. */
  readonly allocation: Float64Array;
  /** [B,N] each agent's own objective there. */
  readonly objectives: Float64Array;
  /** [B,N] what the others lose by the agent's being there: the most their objectives can add up to without it, less what they do with it. */
  readonly payments: Float64Array;
}

/** Rules that maximise a sum of the agents' own objectives. */
const RULES = ['fehr-schmidt', 'participatory'];

function stack(profiles: readonly Stated[]): ProfileBatch {
  const [count, n, m] = [profiles.length, profiles[0]!.values.length, profiles[0]!.shares.length];
  const array = (shape: number[], pick: (p: Stated) => readonly number[]) => ({
    shape: [count, ...shape],
    data: Float64Array.from(profiles.flatMap(pick)),
  });
  return profileBatch({
    values: array([n, m], (p) => p.values.flatMap((row) => [...row])),
    alpha: array([n], (p) => p.alpha),
    beta: array([n], (p) => p.beta),
    shares: array([m], (p) => p.shares),
    network: array([n, n], (p) => p.network.flat()),
    ...Object.fromEntries(OBJECTIVES.map((name) => [thetaArray(name), array([n], (p) => p.theta[name])])),
  });
}

/**
 * Vickrey, Clarke and Groves: each agent pays the externality that it is (Shirali et al. 2024, Eq. 33). Whatever the others report, stating its true
 * aversions and weights is then best for every agent. True values are best too where nobody else minds its utility (own utility and envy only): where others do,
 * what they mind is the utility that it states.
 */
export async function payments(
  pool: Pool,
  mechanism: Mechanism,
  given: Batch,
  options: AllocateOptions = {},
): Promise<NamedArrays> {
  if (!RULES.includes(mechanism.id)) {
    throw new InputError(`${mechanism.id} has no externality payments here, expected ${RULES.join(' or ')}`);
  }
  const batch = given.kind === 'sampled' ? materialize(given) : given;
  const { count, agents, items } = batch;
  const { signal } = options;
  const results = await runJob(pool, allocateJob(mechanism), batch, options);
  const data = (name: string) => results[name]!.data as Float64Array;
  const status = results.status!.data as Int32Array;
  const allocation = data('allocation');
  const solved = [...status.keys()].filter((k) => isAnswer(status[k]!));
  const profiles = solved.map((k) => statedProfile(batch, k, mechanism));
  const objectives = new Float64Array(count * agents);
  solved.forEach((k, at) => {
    const found = objectivesOf(profiles[at]!, allocation.subarray(k * agents * items, (k + 1) * agents * items));
    objectives.set(found, k * agents);
  });
  const paid = new Float64Array(count * agents);
  for (let i = 0; i < agents && agents > 1 && solved.length > 0; i++) {
    const rest = stack(profiles.map((p) => withoutAgent(p, i)));
    const without = await runJob(pool, allocateJob(mechanismOf('participatory')), rest, signal ? { signal } : {});
    solved.forEach((k, at) => {
      const code = (without.status!.data as Int32Array)[at]!;
      const residual = (without.residual!.data as Float64Array)[at]!;
      status[k] = Math.max(status[k]!, code);
      data('residual')[k] = Math.max(data('residual')[k]!, residual);
      let others = (without.objective!.data as Float64Array)[at]!;
      for (let h = 0; h < agents; h++) if (h !== i) others -= objectives[k * agents + h]!;
      paid[k * agents + i] = others;
    });
  }
  for (let k = 0; k < count; k++) {
    if (isAnswer(status[k]!)) continue;
    data('residual')[k] = Infinity;
    for (const list of [objectives, paid]) list.fill(0, k * agents, (k + 1) * agents);
    allocation.fill(0, k * agents * items, (k + 1) * agents * items);
  }
  const perAgent = (list: Float64Array) => ({ shape: [count, agents], data: list });
  return {
    allocation: results.allocation!,
    objectives: perAgent(objectives),
    payments: perAgent(paid),
    status: results.status!,
    residual: results.residual!,
  };
}
