import { InputError } from '../../errors.js';
import type { OptionSpec, OptionValues } from '../mechanism.js';

/** How the online combinatorial assignment mechanism is run. */
export interface OcamSettings {
  /** Budgets lie in (1 − epsilonBudget, 1]. */
  readonly epsilonBudget: number;
  /** Share of arrivals in the sample, which is served by serial dictatorship with that share of all places. */
  readonly epsilonSample: number;
  readonly seed: number;
  readonly mode: 'default' | 'paper';
  readonly capacity: 'hard' | 'soft';
  /** Soft capacities are exceeded by at most this share. */
  readonly overflow: number;
  /** Prices are made anew after every such share of arrivals; 0: never. */
  readonly reprice: number;
  /** Share of every capacity that prices hold back; -1: as large as a hold-out says they err. */
  readonly reserve: number;
  /** Standard deviations of demand from what prices expect that count as drift; 0: not looked for. */
  readonly drift: number;
  /** How budgets are drawn: of each agent's number alone, or evenly spread along the arrivals. */
  readonly draw: 'independent' | 'golden';
  /** Agents that come together and are served in a random order. */
  readonly batch: number;
}

export const OCAM_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'epsilon-budget',
    type: 'number',
    default: 0.2,
    range: [1e-6, 1],
    about: 'budgets are uniform on (1 - epsilon-budget, 1]',
  },
  {
    name: 'epsilon-sample',
    type: 'number',
    default: 0.1,
    range: [0, 1],
    exclusive: true,
    about: 'share of arrivals that are the sample',
  },
  {
    name: 'seed',
    type: 'number',
    default: 0,
    range: [0, Number.MAX_SAFE_INTEGER],
    about: 'seed of budgets and orders, an integer',
  },
  {
    name: 'mode',
    type: 'choice',
    default: 'default',
    choices: ['default', 'paper'],
    about: 'paper: one price vector, no stop, a law of budgets for each type seen',
  },
  {
    name: 'capacity',
    type: 'choice',
    default: 'hard',
    choices: ['hard', 'soft'],
    about: 'hard: what is gone is gone; soft: places may be exceeded',
  },
  {
    name: 'overflow',
    type: 'number',
    default: 1,
    range: [0, 1e6],
    about: 'most that soft capacities are exceeded by, as a share',
  },
  {
    name: 'reprice',
    type: 'number',
    default: 0.1,
    range: [0, 1],
    about: 'new prices after every such share of arrivals, 0 never',
  },
  {
    name: 'reserve',
    type: 'number',
    default: 0,
    range: [-1, 0.9],
    about: 'share of capacity that prices hold back, -1: by hold-out',
  },
  {
    name: 'drift',
    type: 'number',
    default: 5,
    range: [0, 1e6],
    about: 'standard deviations of demand that count as drift (a warning and new prices), 0: not looked for',
  },
  {
    name: 'draw',
    type: 'choice',
    default: 'independent',
    choices: ['independent', 'golden'],
    about: 'budgets drawn one by one, or evenly spread along the arrivals',
  },
  {
    name: 'batch',
    type: 'number',
    default: 1,
    range: [1, 1e9],
    about: 'agents that come together, served in a random order',
  },
];

/** The settings that checked options make. */
export function ocamSettings(options: OptionValues): OcamSettings {
  const of = (name: string) => options[name] ?? OCAM_OPTIONS.find((spec) => spec.name === name)!.default;
  const paper = of('mode') === 'paper';
  const seed = Number(of('seed'));
  const batch = Number(of('batch'));
  for (const [name, value] of Object.entries({ seed, batch })) {
    if (!Number.isSafeInteger(value)) throw new InputError(`${name} is ${value}, expected an integer`);
  }
  return {
    epsilonBudget: Number(of('epsilon-budget')),
    epsilonSample: Number(of('epsilon-sample')),
    seed,
    mode: paper ? 'paper' : 'default',
    capacity: of('capacity') === 'soft' ? 'soft' : 'hard',
    overflow: Number(of('overflow')),
    reprice: paper ? 0 : Number(of('reprice')),
    reserve: paper ? 0 : Number(of('reserve')),
    drift: paper ? 0 : Number(of('drift')),
    draw: of('draw') === 'golden' ? 'golden' : 'independent',
    batch,
  };
}

/** Agents of the sample: the share of n arrivals, rounded, at least one. */
export function sampleSize({ epsilonSample }: OcamSettings, n: number): number {
  return Math.min(n, Math.max(1, Math.round(epsilonSample * n)));
}

/** Places that may be handed out in all. */
export function mostPlaces({ mode, capacity, overflow }: OcamSettings, places: number): number {
  if (mode === 'paper') return Infinity;
  return capacity === 'hard' ? places : Math.floor(places * (1 + overflow) + 1e-9);
}
