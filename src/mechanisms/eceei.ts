import { InputError } from '../errors.js';
import { Status } from '../types.js';
import type { Kernels } from '../wasm/kernels.js';
import { mergeBundles } from './eceei/bundles.js';
import { clearing, uniformLaw, type BudgetLaw, type Clearing } from './eceei/clearing.js';
import { exactPrices, toLimbs, type ExactPrices } from './eceei/exact.js';
import { toNumber } from './eceei/rational.js';
import { clearingLaw } from './eceei/reweight.js';
import { excessBound, roundLotteries } from './eceei/round.js';
import { SMALLEST_PRICE, solvePrices } from './eceei/solve.js';
import type { OptionValues, OrdinalDefinition, OrdinalProblem, OrdinalResult } from './mechanism.js';

/** Largest relative violation of market clearing that counts as solved. */
export const CLEARS = 1e-9;

/**
 * Prices at which every good's expected demand meets its capacity when all agents' budgets are uniform on [1 − eps, 1]. What is returned has been measured
 * on the problem as given; prices that do not clear are never returned as an answer.
 */
export const eceei: OrdinalDefinition = {
  kind: 'ordinal',
  id: 'eceei',
  name: 'Expected competitive equilibrium from equal incomes',
  citation:
    'Nguyen, Teytelboym, Vardi, Dynamic Combinatorial Assignment, arXiv 2303.13967, Definition 4 and Theorem 1; one law of budgets for all: the same, Competitive Equilibrium from Random Incomes, arXiv 2509.13198',
  algorithm:
    'homotopy in eps with semismooth Newton, exact pivoting along the piecewise linear path where it stalls, a linear programme for the law of budgets at last; certificate from the lists as given',
  options: [
    {
      name: 'epsilon',
      type: 'number',
      default: 0.05,
      range: [1e-9, 1],
      about: 'budgets are uniform on [1 - epsilon, 1]',
    },
    {
      name: 'seed',
      type: 'number',
      default: 0,
      range: [0, Number.MAX_SAFE_INTEGER],
      about: 'seed of the perturbations of the path, an integer',
    },
    {
      name: 'work',
      type: 'number',
      default: 2e10,
      range: [1, 1e15],
      about: 'list entries looked at before giving up',
    },
    {
      name: 'exact',
      type: 'boolean',
      default: false,
      about: 'also rational prices at which the market clears exactly',
    },
    {
      name: 'round',
      type: 'boolean',
      default: false,
      about: 'also one bundle for every agent, with a bound on excess demand',
    },
  ],
  reads: ['capacities', 'bundle_start', 'bundle_mask', 'bundle_units', 'multiplicity'],
  outputs: ['prices', 'expected_demand', 'clearing_error', 'law_edges', 'law_mass'],
  fractional: true,
  claims: [],
  ties: 'the measure of a tie is 0; of several equilibria the one that the homotopy meets',
  solve(kernels: Kernels, problem: OrdinalProblem, options: OptionValues): OrdinalResult {
    const epsilon = Number(options.epsilon ?? 0.05);
    const seed = Number(options.seed ?? 0);
    if (!Number.isSafeInteger(seed)) throw new InputError(`seed is ${seed}, expected an integer`);
    const { arena } = kernels;
    const mark = arena.mark();
    try {
      const most = Number(options.work ?? 2e10);
      const { multiplicity } = problem;
      const { prices, looked } = solvePrices(
        kernels,
        mergeBundles(kernels, problem),
        problem.bundleStart,
        problem.capacities,
        { epsilon, seed, most, ...(multiplicity && { multiplicity }) },
      );
      const result = certified(kernels, problem, prices, epsilon, options.exact === true);
      const round = options.round === true;
      if (result) return round ? { ...result, ...rounded(problem, result) } : result;
      const none = noAnswer(problem, clearing(kernels, problem, prices, uniformLaw(epsilon)), looked >= most);
      return round ? { ...none, ...notRounded(problem) } : none;
    } finally {
      arena.release(mark);
    }
  },
};

/** The answer that the prices make, under the uniform law or else under a re-weighted one; undefined if they clear under neither. */
function certified(
  kernels: Kernels,
  problem: OrdinalProblem,
  found: Float64Array,
  epsilon: number,
  exact: boolean,
): OrdinalResult | undefined {
  let prices = found;
  let law = uniformLaw(epsilon);
  let measured = clearing(kernels, problem, prices, law);
  const rational = exact && measured.error < 1e-3 ? exactPrices(problem, prices, epsilon) : undefined;
  if (rational) {
    prices = roundedPrices(rational);
    measured = clearing(kernels, problem, prices, law);
  }
  if (clears(measured)) {
    const status = exact && !rational ? Status.reducedAccuracy : Status.solved;
    return answer(prices, law, measured, status, rational);
  }
  const other = clearingLaw(problem, prices, epsilon);
  if (!other) return undefined;
  law = other;
  measured = clearing(kernels, problem, prices, law);
  return clears(measured) ? answer(prices, law, measured, Status.reducedAccuracy) : undefined;
}

function clears({ error, wrong }: Clearing): boolean {
  return error <= CLEARS && wrong < 0;
}

function roundedPrices({ nums, den }: ExactPrices): Float64Array {
  return Float64Array.from(nums, (num) => {
    const p = toNumber(num, den);
    return p < SMALLEST_PRICE ? 0 : p;
  });
}

function answer(
  prices: Float64Array,
  law: BudgetLaw,
  { demand, error }: Clearing,
  status: number,
  rational?: ExactPrices,
): OrdinalResult {
  return {
    prices,
    expected_demand: demand,
    clearing_error: Float64Array.of(error),
    law_edges: law.edges,
    law_mass: law.mass,
    ...(rational && { exact_prices: toLimbs(rational) }),
    status: Int32Array.of(status),
    residual: Float64Array.of(error),
  };
}

/** Nothing that may be posted; `clearing_error` says how near the best prices came. */
function noAnswer({ capacities }: OrdinalProblem, { error }: Clearing, outOfWork: boolean): OrdinalResult {
  const goods = capacities.length;
  return {
    prices: new Float64Array(goods),
    expected_demand: new Float64Array(goods),
    clearing_error: Float64Array.of(error),
    law_edges: new Float64Array(2),
    law_mass: new Float64Array(1),
    status: Int32Array.of(outOfWork ? Status.iterationLimit : Status.numericalError),
    residual: Float64Array.of(Infinity),
  };
}

/** One bundle of its lottery for everybody. */
function rounded(problem: OrdinalProblem, { prices, law_edges: edges, law_mass: mass }: OrdinalResult) {
  const law = { edges: edges as Float64Array, mass: mass as Float64Array };
  const { assignment, budgets, consumed, norm, bound } = roundLotteries(problem, prices as Float64Array, law);
  return { assignment, budgets, consumed, excess_norm: Float64Array.of(norm), excess_bound: Float64Array.of(bound) };
}

function notRounded(problem: OrdinalProblem) {
  const { multiplicity, bundleStart, capacities } = problem;
  const agents = multiplicity ? multiplicity.reduce((sum, n) => sum + n, 0) : bundleStart.length - 1;
  return {
    assignment: new BigInt64Array(agents).fill(-1n),
    budgets: new Float64Array(agents),
    consumed: new Int32Array(capacities.length).fill(-1),
    excess_norm: Float64Array.of(0),
    excess_bound: Float64Array.of(excessBound(problem)),
  };
}
