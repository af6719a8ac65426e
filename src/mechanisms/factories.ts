import type { Network } from '../networks/network.js';
import type { Mechanism } from './mechanism.js';
import type { Objective } from './participatory-objectives.js';
import type { OcamSettings } from './ocam/settings.js';
import { mechanism } from './registry.js';
import { tabulate, type OwnFunction, type WelfareName } from './welfare-function.js';

export interface PfOptions {
  /** Duality gap, in units of the largest weight, at which to stop where the active set does not show; 1e-15 to 1e-3, default 1e-11. */
  readonly tolerance?: number;
}

/** Proportional fairness (maximum Nash welfare of divisible items). Result: allocation, utilities, prices, both sets of duals, `unique`. */
export function pf(options: PfOptions = {}): Mechanism {
  return mechanism('pf', { ...options });
}

/** Partial Allocation: truthful in values, by withholding a fraction of every proportionally fair bundle. Result: allocation, utilities, fractions. */
export function pa(): Mechanism {
  return mechanism('pa');
}

export interface PfPaMixtureOptions {
  /** Probability of proportional fairness, 0 to 1; default 0.5. */
  readonly rho?: number;
  /** Seed of the draws, an integer from 0 to 2^53 − 1; default 0. */
  readonly seed?: number;
}

/** Proportional fairness with probability rho, else Partial Allocation. Result: allocation, utilities, drawn. */
export function pfPaMixture(options: PfPaMixtureOptions = {}): Mechanism {
  return mechanism('pf-pa-mixture', { ...options });
}

export interface NetworkOptions {
  /** A trained network, or the folder that holds one (network.json, weights.npz). */
  readonly model: Network | string;
}

/** ExPF-Net: proportional fairness with a regularizer that a network gives. Result: allocation, utilities. */
export function expfNet(options: NetworkOptions): Mechanism {
  return mechanism('expf-net', { ...options });
}

/** ExS-Net: shares by a network. Result: allocation, utilities. */
export function exsNet(options: NetworkOptions): Mechanism {
  return mechanism('exs-net', { ...options });
}

export interface WelfaristOptions {
  /** Fairness exponent, −20 to 1: 1 utilitarian, 0 (default) Nash, towards −infinity leximin. */
  readonly gamma?: number;
  /** Relative duality gap at which to stop, 1e-14 to 1e-3; default 1e-11. */
  readonly tolerance?: number;
  /**
   * Function of utilities: `'power'` (default) with exponent gamma; of utilities times `scale` `'exponential'` 1 − exp(−V), `'log1p'` log(1 + V),
   * `'loglog1p'` log log(1 + V), `'log2-log1p'` 2 log V − log(1 + V); or one of your own by value, slope and curvature.
   */
  readonly welfare?: WelfareName | OwnFunction;
  /** What utilities are multiplied by in a function that is no power; > 0, default 1. */
  readonly scale?: number;
  /** Agents that want equal amounts of every item that they value; default none. */
  readonly equalItems?: readonly number[];
}

/** Gamma-fair welfare under caps and constraints of each agent's own. Result: allocation, utilities, prices, marginals, objective, dualBound. */
export function welfarist(options: WelfaristOptions = {}): Mechanism {
  const { equalItems, welfare, ...others } = options;
  const own = typeof welfare === 'object' ? tabulate(welfare) : welfare;
  return mechanism('welfarist', {
    ...others,
    ...(own ? { welfare: own } : {}),
    ...(equalItems ? { 'equal-items': equalItems } : {}),
  });
}

/** The smallest utility as large as possible, then the next, under caps and constraints. Result as welfarist. */
export function leximin(options: Pick<WelfaristOptions, 'equalItems'> = {}): Mechanism {
  return mechanism('leximin', options.equalItems ? { 'equal-items': options.equalItems } : {});
}

export interface UtilitarianOptions {
  /** Default 1e-11. */
  readonly tolerance?: number;
  /** Which of several optima: `'entropy'` (default) the limit of gamma-fair rules for gamma to 1, `'vertex'` ties to the lowest agent. */
  readonly select?: 'entropy' | 'vertex';
  /** Agents that want equal amounts of every item that they value; default none. */
  readonly equalItems?: readonly number[];
}

/** Maximum weighted sum of utilities of divisible items, under caps and constraints where the profiles have them. */
export function utilitarian(options: UtilitarianOptions = {}): Mechanism {
  const { equalItems, ...others } = options;
  return mechanism('utilitarian', { ...others, ...(equalItems ? { 'equal-items': equalItems } : {}) });
}

export interface FehrSchmidtOptions {
  /** `'auto'` (default): closed form for two agents, else simplex, interior point where the certificate fails; `'simplex'` or `'ipm'`: that alone. */
  readonly solver?: 'auto' | 'simplex' | 'ipm';
  /** Of several optima: `'vertex'` (default) where the simplex ends, or one with the largest sum of utilities, `'utilitarian'`. */
  readonly select?: 'vertex' | 'utilitarian';
}

/**
 * Fehr-Schmidt: the largest sum of utilities less what agents mind being behind and ahead, of one unit of each divisible item. Reads `alpha`,
 * `beta` ([B,N] or [N], default 0.25) and `shares`. Result: allocation, utilities, objective, dual, dualBound, pivots.
 */
export function fehrSchmidt(options: FehrSchmidtOptions = {}): Mechanism {
  return mechanism('fehr-schmidt', { ...options });
}

export interface ParticipatoryOptions {
  /** What the agents' objectives are made of; default own utility and Fehr-Schmidt inequality aversion. */
  readonly objectives?: readonly Objective[];
  /** Weights of those objectives, the same for all agents [K] or of each [N][K]; default 1. Arrays `theta_own`, … of a batch stand in their place. */
  readonly theta?: readonly number[] | readonly (readonly number[])[];
}

/**
 * Participatory objectives: the largest sum over agents of objectives of their own, each a mix of own utility, altruism, inequality aversion, envy and
 * an egalitarian floor. Reads `alpha`, `beta`, `shares` as fehrSchmidt does, `network` [B,N,N] and the weights `theta_…` [B,N].
 * Result: as fehrSchmidt, and envyDuals.
 */
export function participatory(options: ParticipatoryOptions = {}): Mechanism {
  return mechanism('participatory', { ...options });
}

/** Round Robin over indivisible items, in the order of the batch's `order` array (default 0, 1, …). Result: owner, utilities. */
export function roundRobin(): Mechanism {
  return mechanism('round-robin');
}

export interface SoftRoundRobinOptions {
  /** Temperature of the softmax, 1e-9 to 1e9; default 0.01. */
  readonly tau?: number;
  /** Picks after the items are gone: `'uniform'` (default) over all items, as published, or `'masked'`, left out. */
  readonly leftover?: 'uniform' | 'masked';
  /** Divide every item's column by its sum; default false. */
  readonly normalize?: boolean;
}

/** Round Robin with softmax picks, differentiable in the values (`engine.gradient`). Result: allocation, utilities. */
export function softRoundRobin(options: SoftRoundRobinOptions = {}): Mechanism<'soft-round-robin'> {
  return mechanism('soft-round-robin', { ...options }) as Mechanism<'soft-round-robin'>;
}

/** Neural Round Robin: Round Robin in an order that a network chooses. Result: owner, order, utilities. */
export function nrr(options: NetworkOptions): Mechanism {
  return mechanism('nrr', { ...options });
}

/** EEF1-NN: a convolutional network names the owner of every item. Result: owner, utilities. */
export function eef1nn(options: NetworkOptions): Mechanism {
  return mechanism('eef1nn', { ...options });
}

/** Every indivisible item to an agent that values it most. Result: owner, utilities. */
export function maxUtilitarian(): Mechanism {
  return mechanism('max-utilitarian');
}

export interface SerialDictatorshipOptions {
  /** Agents choose in a random order instead of the order of arrival. */
  readonly randomOrder?: boolean;
  /** Seed of the random order, an integer from 0 to 2^53 − 1; default 0. */
  readonly seed?: number;
}

/** Serial dictatorship over bundles of goods with capacities (an OrdinalProblem). Result: assignment, remaining. */
export function serialDictatorship(options: SerialDictatorshipOptions = {}): Mechanism {
  const { randomOrder, seed } = options;
  return mechanism('serial-dictatorship', {
    ...(randomOrder === undefined ? {} : { 'random-order': randomOrder }),
    ...(seed === undefined ? {} : { seed }),
  });
}

export interface EceeiOptions {
  /** Budgets are uniform on [1 − epsilon, 1]; 1e-9 to 1, default 0.05. */
  readonly epsilon?: number;
  /** Seed of the perturbations of the path, an integer from 0 to 2^53 − 1; default 0. */
  readonly seed?: number;
  /** List entries looked at before giving up; default 2e10, about half a minute. */
  readonly work?: number;
  /** Also rational prices (`exact_prices`) at which the market clears exactly. */
  readonly exact?: boolean;
  /** Also one bundle for every agent (`assignment`, `budgets`, `consumed`), excess demand at most `excess_bound` in Euclidean norm. */
  readonly round?: boolean;
}

/** Expected competitive equilibrium from equal incomes over bundles (an OrdinalProblem). Result: prices, expected_demand, clearing_error, law_edges, law_mass. */
export function eceei(options: EceeiOptions = {}): Mechanism {
  return mechanism('eceei', { ...options });
}

export type OcamOptions = Partial<OcamSettings>;

/** The online combinatorial assignment mechanism on agents in order of arrival (an OrdinalProblem). Result: assignment, prices, budgets, phase, stopped, consumed, … */
export function ocam(options: OcamOptions = {}): Mechanism {
  return mechanism('ocam', kebab(options));
}

/** Option names as the registry has them. */
function kebab(options: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(options)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`), value]),
  );
}
