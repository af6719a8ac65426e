import type { Engine } from '../../engine/engine.js';
import { measure, mechanismOf, type Measured } from '../../learning/held-out.js';
import { pa, pf } from '../../mechanisms/factories.js';
import type { Mechanism } from '../../mechanisms/mechanism.js';
import type { Network } from '../../networks/network.js';
import type { ProfileBatch } from '../../profiles/batch.js';
import { materialize, sampleProfiles } from '../../profiles/samplers.js';
import type { ExperimentOptions, Writer } from '../experiment.js';
import { trained } from './trained.js';

/** A rule measured at one point of a figure; the seed is that of its training, 0 for a rule that is not learned. */
export interface Row extends Omit<Measured, 'failed' | 'zeros'> {
  readonly point: string;
  readonly rule: string;
  readonly seed: number;
}

/** A rule under its name in figures. */
export interface Entry {
  readonly rule: string;
  readonly seed: number;
  readonly mechanism: Mechanism;
}

export const PF = 'PF';
export const PA = 'PA';
export const HALF = 'mixture 1/2';
export const EXPF = 'ExPF-Net';
export const EXS = 'ExS-Net';
export const FIXED: readonly Entry[] = [
  { rule: PF, seed: 0, mechanism: pf() },
  { rule: PA, seed: 0, mechanism: pa() },
];

/** Where rules are compared. */
export interface Point {
  readonly point: string;
  readonly agents: number;
  readonly items: number;
  /** Supply of every item; the paper's own is half the number of agents. */
  readonly budget: number;
  readonly epsilon: number;
}

/** Test profiles are drawn with seeds that neither training nor the choice of the best network draws with. */
const TEST = 2 ** 41;

export function testProfiles(
  sampler: string,
  { agents, items, budget }: Pick<Point, 'agents' | 'items' | 'budget'>,
  { seed, count, setting }: ExperimentOptions,
): ProfileBatch {
  // What can be gained at the paper's supply is gained in few profiles: means need many.
  const many = count ?? (setting === 'quick' ? 30 : agents * items > 10 ? 600 : 1000);
  return materialize(sampleProfiles(sampler, { agents, items, budget, count: many, seed: TEST + seed }));
}

/** Measures rules on the same profiles, exploitability by the search of `exploit`. */
export async function measureAll(
  engine: Engine,
  point: string,
  entries: readonly Entry[],
  batch: ProfileBatch,
  { signal, setting }: ExperimentOptions,
  demandMisreport = true,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { rule, seed, mechanism } of entries) {
    signal?.throwIfAborted();
    // Searches take time in proportion to the square of the agents; the quick one finds within a percent as much.
    const effort = setting === 'quick' || batch.agents > 5 ? 'quick' : 'thorough';
    const measured = await measure(engine, mechanism, batch, {
      effort,
      demandMisreport,
      ...(signal ? { signal } : {}),
    });
    rows.push({ point, rule, seed, ...measured });
  }
  return rows;
}

/** PF with probability rho, else PA: every number is the mean over the draw, the liar knowing what was drawn. */
export function mixture(rows: readonly Row[], rho: number, rule: string): Row {
  const [fair, withheld] = [PF, PA].map((name) => rows.find((row) => row.rule === name)!);
  const mean = (of: (row: Row) => number) => rho * of(fair!) + (1 - rho) * of(withheld!);
  const perAgent = fair!.perAgent.map((_, i) => mean((row) => row.perAgent[i]!));
  return {
    point: fair!.point,
    rule,
    seed: 0,
    logNsw: mean((row) => row.logNsw),
    efficiency: mean((row) => row.efficiency),
    exploitability: mean((row) => row.exploitability),
    exploitabilityError: mean((row) => row.exploitabilityError),
    exploitabilityMax: Math.max(...perAgent),
    perAgent,
  };
}

export function learned(rule: string, networks: readonly Network[], seeds: readonly number[]): Entry[] {
  return networks.map((network, k) => ({ rule, seed: seeds[k]!, mechanism: mechanismOf(network) }));
}

/** Steps of training by the number of entries of a profile: a quarter of an hour for a figure on two cores. */
const ITERATIONS = {
  'expf-net': { small: 1200, middle: 1000, large: 750 },
  'exs-net': { small: 1500, middle: 1500, large: 1000 },
};

/** ExPF-Net and ExS-Net, trained for a point; with `steps` both for as many. */
export async function learnBoth(
  engine: Engine,
  write: Writer,
  options: ExperimentOptions,
  { agents, items, budget, epsilon }: Point,
  steps?: number,
): Promise<Entry[]> {
  const size = agents * items > 15 ? 'large' : agents * items > 10 ? 'middle' : 'small';
  const entries: Entry[] = [];
  for (const [rule, model] of [
    [EXPF, 'expf-net'],
    [EXS, 'exs-net'],
  ] as const) {
    const iterations = steps ?? ITERATIONS[model][size];
    const name = `${model}-${agents}x${items}-supply-${budget}-epsilon-${epsilon}${steps ? `-${steps}-steps` : ''}`;
    // Among many agents a dense ExS-Net does not get beyond equal shares; the equivariant one (Remark 2) does.
    const shape =
      model === 'exs-net' && agents >= 5 ? { architecture: 'equivariant', hidden: [32, 32], batch: 64 } : {};
    const fields = { model, agents, items, budget, epsilon, iterations, heldOut: agents > 5 ? 300 : 500, ...shape };
    entries.push(...learned(rule, await trained(engine, write, options, name, fields), options.seeds));
  }
  return entries;
}

/** PF, PA, their even mixture, ExPF-Net and ExS-Net at a point. */
export async function compareAt(
  engine: Engine,
  write: Writer,
  options: ExperimentOptions,
  at: Point,
  steps?: number,
): Promise<Row[]> {
  const nets = await learnBoth(engine, write, options, at, steps);
  const batch = testProfiles('uniform', at, options);
  const rows = await measureAll(engine, at.point, [...FIXED, ...nets], batch, options);
  return [...rows.slice(0, 2), mixture(rows, 0.5, HALF), ...rows.slice(2)];
}
