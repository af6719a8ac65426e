import type { Engine } from '../engine/engine.js';
import { expfNet, exsNet } from '../mechanisms/factories.js';
import type { Mechanism } from '../mechanisms/mechanism.js';
import type { Network } from '../networks/network.js';
import type { ProfileBatch } from '../profiles/batch.js';
import { isAnswer } from '../types.js';
import type { ExploitOptions } from '../engine/exploitability.js';
import type { TrainingConfig } from './training-config.js';
import type { TrainingData } from './training-data.js';

/** A rule measured on profiles that it was not trained on; exploitability by the search of `exploit`, in utility. */
export interface Measured {
  readonly logNsw: number;
  readonly efficiency: number;
  /** Mean over agents of each agent's expected gain, its standard error over profiles, and the largest agent's. */
  readonly exploitability: number;
  readonly exploitabilityError: number;
  readonly exploitabilityMax: number;
  /** Expected gain of each agent (Definition 4). */
  readonly perAgent: readonly number[];
  /** Profiles that the rule did not solve: left out of all means, which are NaN where there is no other. */
  readonly failed: number;
  /** Profiles in which an agent who could gain gets nothing: left out of the mean of log-NSW. */
  readonly zeros: number;
}

export function mechanismOf(network: Network): Mechanism {
  return network.config.model === 'exs-net' ? exsNet({ model: network }) : expfNet({ model: network });
}

/** Measures a network as its training does on the way. */
export function measureHeldOut(
  engine: Engine,
  { effort, demandMisreport }: TrainingConfig,
  network: Network,
  { heldOut }: TrainingData,
): Promise<Measured> {
  return measure(engine, mechanismOf(network), heldOut, { effort, demandMisreport });
}

/** Measures any rule over profiles. */
export async function measure(
  engine: Engine,
  mechanism: Mechanism,
  batch: ProfileBatch,
  options: ExploitOptions & { readonly signal?: AbortSignal },
): Promise<Measured> {
  const { count, agents } = batch;
  const { gain, status } = await engine.exploitability(mechanism, batch, options);
  const solved = status.reduce((sum, each) => sum + (isAnswer(each) ? 1 : 0), 0);
  const perAgent = new Array<number>(agents).fill(solved === 0 ? NaN : 0);
  let [sum, squares] = [0, 0];
  for (let k = 0; k < count; k++) {
    if (!isAnswer(status[k]!)) continue;
    let mean = 0;
    for (let i = 0; i < agents; i++) {
      perAgent[i]! += gain[k * agents + i]! / solved;
      mean += gain[k * agents + i]! / agents;
    }
    sum += mean;
    squares += mean * mean;
  }
  const exploitability = sum / solved;
  const variance = Math.max(0, squares / solved - exploitability * exploitability);
  const [found] = await engine.evaluate([mechanism], batch, {
    metrics: ['logNsw', 'efficiency'],
    ...(options.signal ? { signal: options.signal } : {}),
  });
  return {
    logNsw: found!.metrics.logNsw!.mean,
    efficiency: found!.metrics.efficiency!.mean,
    exploitability,
    exploitabilityError: Math.sqrt(variance / Math.max(1, solved - 1)),
    exploitabilityMax: Math.max(...perAgent),
    perAgent,
    failed: count - solved,
    zeros: found!.metrics.logNsw!.zeroCount,
  };
}
