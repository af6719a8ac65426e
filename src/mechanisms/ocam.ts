import { Status } from '../types.js';
import type { Kernels } from '../wasm/kernels.js';
import type { OptionValues, OrdinalDefinition, OrdinalProblem, OrdinalResult } from './mechanism.js';
import { clearingError } from './eceei/clearing.js';
import { serveAll, type Assigned } from './ocam/batch.js';
import { OCAM_OPTIONS, ocamSettings } from './ocam/settings.js';

/**
 * Agents arrive one by one. A sample of them is served by serial dictatorship; prices are made at which the sample would clear in expectation; everybody else gets
 * a budget that is settled before any report, and the best bundle that it pays for. By default prices are made again along the way, against what is
 * left, and nothing is handed out twice.
 */
export const ocam: OrdinalDefinition = {
  kind: 'ordinal',
  id: 'ocam',
  name: 'Online combinatorial assignment mechanism',
  citation:
    'Nguyen, Teytelboym, Vardi, Dynamic Combinatorial Assignment, arXiv 2303.13967, Mechanism 1; one law of budgets for all: the same, Competitive Equilibrium from Random Incomes, arXiv 2509.13198',
  algorithm: 'serial dictatorship on the sample, expected competitive equilibrium (eceei) of the sample, posted prices',
  options: OCAM_OPTIONS,
  reads: ['capacities', 'bundle_start', 'bundle_mask', 'bundle_units', 'agent_budgets'],
  outputs: [
    'assignment',
    'prices',
    'budgets',
    'phase',
    'stopped',
    'consumed',
    'worst_clearing',
    'pricing_at',
    'pricing_reason',
    'posted_prices',
  ],
  claims: [],
  ties: 'none: lists are strict, and a bundle that costs the whole budget is affordable',
  solve(kernels: Kernels, problem: OrdinalProblem, options: OptionValues): OrdinalResult {
    const assigned = serveAll(kernels, problem, ocamSettings(options));
    return assigned ? outputs(problem, assigned) : noPrices(problem);
  },
};

function outputs(problem: OrdinalProblem, assigned: Assigned): OrdinalResult {
  const { assignment, budgets, phase, stopped, books, pricings } = assigned;
  return {
    assignment,
    prices: books.prices.slice(),
    budgets,
    phase,
    stopped,
    consumed: Int32Array.from(books.used),
    worst_clearing: Float64Array.of(clearingError(books.used, books.prices, problem.capacities)),
    ...pricingArrays(pricings, problem.capacities.length),
    status: Int32Array.of(pricings.every(({ used }) => used) ? Status.solved : Status.reducedAccuracy),
    residual: Float64Array.of(pricings.reduce((worst, { used, error }) => (used ? Math.max(worst, error) : worst), 0)),
  };
}

/** Prices that were posted, when and why; those that did not clear are left out. */
function pricingArrays(pricings: Assigned['pricings'], goods: number) {
  const posted = pricings.filter(({ used }) => used);
  const prices = new Float64Array(goods * posted.length);
  posted.forEach((pricing, k) => prices.set(pricing.prices, k * goods));
  return {
    pricing_at: Int32Array.from(posted, ({ at }) => at),
    pricing_reason: Int32Array.from(posted, ({ reason }) => reason),
    posted_prices: prices,
  };
}

function noPrices({ capacities, bundleStart }: OrdinalProblem): OrdinalResult {
  const goods = capacities.length;
  const agents = bundleStart.length - 1;
  return {
    assignment: new BigInt64Array(agents).fill(-1n),
    prices: new Float64Array(goods),
    budgets: new Float64Array(agents),
    phase: new Int8Array(agents).fill(-1),
    stopped: new Int8Array(agents).fill(-1),
    consumed: new Int32Array(goods).fill(-1),
    worst_clearing: Float64Array.of(0),
    ...pricingArrays([], goods),
    status: Int32Array.of(Status.numericalError),
    residual: Float64Array.of(Infinity),
  };
}
