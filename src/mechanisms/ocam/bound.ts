import { InputError } from '../../errors.js';

/** The size of a market that is going to open, and how its sample is taken. */
export interface OcamBoundInput {
  /** Agents expected, n. */
  readonly agents: number;
  /** Goods, m. */
  readonly goods: number;
  /** Different bundles that anybody lists. */
  readonly bundles: number;
  /** Smallest capacity. */
  readonly capacity: number;
  /** Share of arrivals in the sample, eps_s. */
  readonly epsilonSample: number;
  /** Share of the periods, the first ones, that do not count, eps_n; default 0.2. 1: only the end counts. */
  readonly epsilonN?: number;
  /** Most units of a good in a bundle; default 1. */
  readonly units?: number;
}

/** What is guaranteed, and where it comes from; shares of k c_j / n. */
export interface OcamBound {
  /** With the probability asked for, use of all goods stays within 1 ± epsilonF of k c_j / n in all periods that count (below: goods with a price). */
  readonly epsilonF: number;
  /** Part that the sample's prices err by. */
  readonly prices: number;
  /** Part that the order of later arrivals and their budgets add. */
  readonly arrivals: number;
  /** Part of places that the sample may have left. */
  readonly sample: number;
}

/**
 * A bound on how far the online mechanism leaves k c_j / n when prices are made once, capacities are soft and agents come in a random order: eps_f such that all periods
 * but the first share `epsilonN` are within 1 ± eps_f with probability at least 1 − failure. Ours, with the proof in docs/papers/s4.md; it depends on the
 * number of bundles and not on the number of types.
 */
export function ocamBound(input: OcamBoundInput, failure = 0.05): OcamBound {
  if (!(failure > 0 && failure < 1)) throw new InputError(`failure is ${failure}, expected a number above 0, below 1`);
  return boundOf(checked(input), Math.log(failure));
}

/** The probability, at most 1, that our bound leaves to some good missing 1 ± epsilonF in a period that counts. */
export function ocamFailure(input: OcamBoundInput, epsilonF: number): number {
  const size = checked(input);
  const within = (logFailure: number) => boundOf(size, logFailure).epsilonF <= epsilonF;
  if (!within(0)) return 1;
  return Math.exp(smallest(-1e6, 0, within));
}

/** The smallest capacity with which our bound promises epsilonF but for a probability `failure`; infinity if none does. */
export function ocamCapacity(input: Omit<OcamBoundInput, 'capacity'>, epsilonF: number, failure = 0.05): number {
  const within = (logCapacity: number) =>
    ocamBound({ ...input, capacity: Math.exp(logCapacity) }, failure).epsilonF <= epsilonF;
  return within(100) ? Math.exp(smallest(-1, 100, within)) : Infinity;
}

/**
 * How far the largest of m goods is likely to be off at the end, by the variance of a sample of `epsilonSample · agents` alone: sqrt(2 ln(2m) (n / c − 1) (1 − eps_s) / s).
 * A rule of thumb: prices are taken as if they had not been fitted to the sample.
 */
export function clearingRule(input: OcamBoundInput): number {
  const { agents, goods, capacity, epsilonSample } = checked(input);
  const spread = Math.max(0, agents / capacity - 1) * (1 - epsilonSample);
  return Math.sqrt((2 * Math.log(2 * goods) * spread) / (epsilonSample * agents));
}

/** The share of the sample that goes with eps_f and eps_n in the paper: eps_f eps_n / 4. */
export function paperSample(epsilonF: number, epsilonN: number): number {
  return (epsilonF * epsilonN) / 4;
}

function boundOf(input: Required<OcamBoundInput>, logFailure: number): OcamBound {
  const { agents, goods, bundles, capacity, epsilonSample, epsilonN, units } = input;
  const first = Math.max(epsilonN * agents, epsilonSample * agents);
  const periods = Math.max(1, Math.ceil(agents - first));
  const sets = logAffordable(bundles, goods);
  const x = (units * (Math.log(4 * goods) + sets - logFailure)) / (epsilonSample * capacity);
  // Demand of all agents above and below what the sample says, as shares; of those after the sample.
  const more = (x + Math.sqrt(x * x + 2 * x)) / (1 - epsilonSample);
  const less = Math.sqrt(2 * x) / (1 - epsilonSample);
  const late = (units * (Math.log(4 * goods * periods) - logFailure)) / ((first / agents) * capacity);
  const arrivals = Math.sqrt(2 * (1 + more) * late) + (2 / 3) * late;
  const sample = (epsilonSample * agents) / first;
  return { epsilonF: Math.max(more, less + sample) + arrivals, prices: Math.max(more, less), arrivals, sample };
}

/**
 * Logarithm of a bound on how many sets of bundles are what some prices and some budget make affordable: halfspaces cut B points of R^m in at most
 * 2 Σ_{k ≤ m} C(B − 1, k) ways (Cover, Geometrical and Statistical Properties of Systems of Linear Inequalities, 1965), and never in more than 2^B.
 */
function logAffordable(bundles: number, goods: number): number {
  let log = 0;
  let sum = 0;
  for (let k = 1; k <= Math.min(goods, bundles - 1); k++) {
    log += Math.log((bundles - k) / k);
    sum = Math.max(sum, log) + Math.log1p(Math.exp(-Math.abs(sum - log)));
  }
  return Math.min(Math.LN2 + sum, bundles * Math.LN2);
}

/** Where `holds`, false at first and then true, becomes true between `low` and `high`. */
function smallest(low: number, high: number, holds: (x: number) => boolean): number {
  let [a, b] = [low, high];
  for (let k = 0; k < 200 && b - a > 1e-12 * Math.max(1, Math.abs(b)); k++) {
    const middle = (a + b) / 2;
    if (holds(middle)) b = middle;
    else a = middle;
  }
  return b;
}

function checked(input: OcamBoundInput): Required<OcamBoundInput> {
  for (const name of ['agents', 'goods', 'bundles'] as const) {
    const value = input[name];
    if (!(Number.isInteger(value) && value >= 1)) throw new InputError(`${name} is ${value}, expected an integer >= 1`);
  }
  const { capacity, epsilonSample, epsilonN = 0.2, units = 1 } = input;
  for (const [name, value, most] of [
    ['capacity', capacity, Infinity],
    ['epsilonN', epsilonN, 1],
    ['units', units, Infinity],
  ] as const) {
    if (!(value > 0 && value <= most)) throw new InputError(`${name} is ${value}, expected a number above 0`);
  }
  if (!(epsilonSample > 0 && epsilonSample < 1)) {
    throw new InputError(`epsilonSample is ${epsilonSample}, expected a number above 0, below 1`);
  }
  return { ...input, epsilonN, units };
}
