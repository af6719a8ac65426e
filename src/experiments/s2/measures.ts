import type { Engine } from '../../engine/engine.js';
import type { CallOptions } from '../../engine/schedule.js';
import type { Mechanism } from '../../mechanisms/mechanism.js';
import { isAnswer } from '../../types.js';
import type { Instance } from './inputs.js';
import { pairsOf, profiles, type Reading } from './instances.js';

/** The paper leaves out of NNE agents that have less than a tenth of their cap, nobody constrained. */
const LEAST_SHARE = 0.1;
/** A utility below this is none: values are in units of the items. */
const DUST = 1e-6;

/** Smallest shares that another agent keeps (q_min), agents constrained one at a time, and every two at a time. */
export interface Kept {
  readonly single: number;
  readonly double: number;
  /** The same with nobody left out. */
  readonly singleAll: number;
  readonly doubleAll: number;
}

/** p_min, whose it is, and that agent's utility without and with its own constraint. */
export interface Gain {
  readonly p: number;
  readonly who: string;
  readonly before: number;
  readonly after: number;
}

/** Agents who can gain anything. */
export function live({ agents, items, values }: Instance): number {
  let n = 0;
  for (let i = 0; i < agents; i++) if (values.subarray(i * items, (i + 1) * items).some((v) => v > 0)) n++;
  return n;
}

/** Smallest share that an agent outside `set` keeps, of those who had `least` of their cap. */
export function kept(
  before: Float64Array,
  after: Float64Array,
  caps: Float64Array,
  set: readonly number[],
  least: number,
): number {
  let q = 1;
  before.forEach((had, l) => {
    if (!set.includes(l) && had > DUST && had >= least * caps[l]!) q = Math.min(q, after[l]! / had);
  });
  return q;
}

/** What the constraint of every agent, and those of every two, leave to the others under a rule. */
export async function nneOf(
  engine: Engine,
  rule: Mechanism,
  instance: Instance,
  caps: Float64Array,
  options: CallOptions,
): Promise<Kept> {
  const { agents } = instance;
  const each = Array.from({ length: agents }, (_, i) => i);
  const pairs = pairsOf(agents);
  const alone = answered(await engine.externality(rule, profiles(instance, caps, [each]), options));
  const two = answered(await engine.allocate(rule, profiles(instance, caps, pairs), options));
  const before = alone.freeUtilities;
  const row = (numbers: Float64Array, k: number) => numbers.subarray(k * agents, (k + 1) * agents);
  const single = (least: number) =>
    Math.min(...each.map((i) => kept(before, row(alone.constrainedUtilities, i), caps, [i], least)));
  const double = (least: number) =>
    Math.min(...pairs.map((pair, k) => kept(before, row(two.utilities!, k), caps, pair, least)));
  return { single: single(LEAST_SHARE), double: double(LEAST_SHARE), singleAll: single(0), doubleAll: double(0) };
}

/** Who gains most by a constraint of its own under a rule. */
export async function monOf(
  engine: Engine,
  rule: Mechanism,
  instance: Instance,
  caps: Float64Array,
  reading: Reading,
  options: CallOptions,
): Promise<Gain> {
  const { agents, people } = instance;
  const each = Array.from({ length: agents }, (_, i) => i);
  const batch = profiles(instance, caps, [each], reading);
  const found = answered(await engine.externality(rule, batch, options));
  const i = found.agentMon.reduce((best, p, k, all) => (p < all[best]! ? k : best), 0);
  return {
    p: found.agentMon[i]!,
    who: people[i]!,
    before: found.freeUtilities[i]!,
    after: found.constrainedUtilities[i * agents + i]!,
  };
}

function answered<T extends { readonly status: Int32Array }>(result: T): T {
  const k = result.status.findIndex((code) => !isAnswer(code));
  if (k >= 0) throw new Error(`profile ${k} has no answer, status ${result.status[k]}`);
  return result;
}
