import type { Axis } from '../types.js';

/** Element type that an array has in memory, and in result files. */
export type Dtype = keyof typeof TYPED_ARRAYS;

/** The typed array of each element type. */
export const TYPED_ARRAYS = {
  float64: Float64Array,
  int32: Int32Array,
  int64: BigInt64Array,
  int8: Int8Array,
  uint16: Uint16Array,
  uint64: BigUint64Array,
} as const;

export interface ArraySpec {
  readonly dtype: Dtype;
  /**
   * Dimensions that profiles, agents and items give. Arrays with other dimensions (goods, bundles, constraint rows) have
   * none here and live in .npz and .json files only.
   */
  readonly axes?: readonly Axis[];
  /** Dimensions beyond those: constraint rows, groups and pieces, counted by the arrays themselves, or agents twice. */
  readonly dimensions?: readonly Dimension[];
  /**
   * Numbers that make sense; finite unless it says otherwise. `cap`: >= 0, infinity: none; `below`, `above`: bounds with 0 between them, infinite:
   * none; `group`: −1 or a group.
   */
  readonly domain: 'non-negative' | 'real' | 'index' | 'cap' | 'below' | 'above' | 'group' | 'any';
  readonly about: string;
}

/** What one dimension of an array counts that files of rows cannot hold. */
export type Dimension = Axis | 'row' | 'group' | 'piece';

const PNM = ['profile', 'agent', 'item'] as const;
const PN = ['profile', 'agent'] as const;
const PM = ['profile', 'item'] as const;
const P = ['profile'] as const;

/** `alpha` and `beta` of every agent where a batch has no such array. */
export const AVERSION = 0.25;

/** Every array that an input file may hold. */
export const INPUT_ARRAYS: Readonly<Record<string, ArraySpec>> = {
  values: { dtype: 'float64', axes: PNM, domain: 'non-negative', about: 'value of one unit of the item to the agent' },
  demands: { dtype: 'float64', axes: PNM, domain: 'non-negative', about: 'most of the item that the agent can use' },
  budgets: { dtype: 'float64', axes: PM, domain: 'non-negative', about: 'supply of the item' },
  weights: { dtype: 'float64', axes: PN, domain: 'non-negative', about: 'weight of the agent' },
  regularizer: { dtype: 'float64', axes: PNM, domain: 'real', about: 'linear term of the regularized programme' },
  order: { dtype: 'int32', axes: PN, domain: 'index', about: 'agents, first picker first' },
  caps: { dtype: 'float64', axes: PN, domain: 'cap', about: 'largest utility that counts' },
  piece_slopes: {
    dtype: 'float64',
    dimensions: ['profile', 'agent', 'piece', 'item'],
    domain: 'non-negative',
    about: 'utility is at most piece_constants plus this times amounts',
  },
  piece_constants: {
    dtype: 'float64',
    dimensions: ['profile', 'agent', 'piece'],
    domain: 'cap',
    about: 'utility of the piece at nothing',
  },
  constraint_matrix: {
    dtype: 'float64',
    dimensions: ['profile', 'agent', 'row', 'item'],
    domain: 'real',
    about: "rows of the agent's polytope",
  },
  constraint_lower: {
    dtype: 'float64',
    dimensions: ['profile', 'agent', 'row'],
    domain: 'below',
    about: 'lower bounds of the rows',
  },
  constraint_upper: {
    dtype: 'float64',
    dimensions: ['profile', 'agent', 'row'],
    domain: 'above',
    about: 'upper bounds of the rows',
  },
  groups: { dtype: 'int32', axes: PNM, domain: 'group', about: 'group of the item for the agent, -1 none' },
  proportions: {
    dtype: 'float64',
    dimensions: ['profile', 'agent', 'group'],
    domain: 'non-negative',
    about: 'share of each group',
  },
  proportion_eps: { dtype: 'float64', axes: PN, domain: 'non-negative', about: 'tolerance of the shares' },
  alpha: { dtype: 'float64', axes: PN, domain: 'non-negative', about: `aversion to being behind; default ${AVERSION}` },
  beta: { dtype: 'float64', axes: PN, domain: 'non-negative', about: `aversion to being ahead; default ${AVERSION}` },
  shares: {
    dtype: 'float64',
    axes: PM,
    domain: 'non-negative',
    about: 'most of the item that one agent gets; default 1',
  },
  network: {
    dtype: 'float64',
    dimensions: ['profile', 'agent', 'agent'],
    domain: 'non-negative',
    about: 'how much the agent minds its envy of each other one; default 1/(N-1)',
  },
  theta_own: { dtype: 'float64', axes: PN, domain: 'real', about: "weight of the agent's own utility" },
  theta_mean: { dtype: 'float64', axes: PN, domain: 'real', about: 'weight of the mean of all utilities' },
  theta_chen_kempe: { dtype: 'float64', axes: PN, domain: 'real', about: "weight of the others' utilities" },
  theta_fehr_schmidt: {
    dtype: 'float64',
    axes: PN,
    domain: 'real',
    about: "weight of the agent's inequality aversion",
  },
  theta_max_envy: { dtype: 'float64', axes: PN, domain: 'real', about: "weight of the agent's greatest envy" },
  theta_network_envy: { dtype: 'float64', axes: PN, domain: 'real', about: 'weight of envy along the network' },
  theta_floor: { dtype: 'float64', axes: PN, domain: 'real', about: 'weight of the smallest utility' },
  cotangent: { dtype: 'float64', axes: PNM, domain: 'real', about: 'derivative of the loss in the allocation' },
  capacities: { dtype: 'int32', domain: 'non-negative', about: 'places of each good' },
  bundle_start: { dtype: 'int64', domain: 'index', about: "first row of each agent's list of bundles" },
  bundle_mask: { dtype: 'uint64', domain: 'any', about: 'goods of each bundle, one bit each' },
  bundle_units: { dtype: 'uint16', domain: 'any', about: 'units of each good in each bundle' },
  multiplicity: { dtype: 'int32', domain: 'non-negative', about: 'number of agents alike' },
  agent_budgets: { dtype: 'float64', domain: 'non-negative', about: 'money of each agent' },
};

/** Every array that a result file may hold. */
export const OUTPUT_ARRAYS: Readonly<Record<string, ArraySpec>> = {
  allocation: { dtype: 'float64', axes: PNM, domain: 'real', about: 'amount of the item that the agent gets' },
  utilities: { dtype: 'float64', axes: PN, domain: 'real', about: 'utility of the agent' },
  prices: { dtype: 'float64', axes: PM, domain: 'real', about: "dual of the item's budget" },
  marginals: { dtype: 'float64', axes: PN, domain: 'real', about: "worth of a further unit of the agent's utility" },
  gamma: { dtype: 'float64', axes: P, domain: 'any', about: 'fairness exponent; NaN: leximin, or no power' },
  welfare_function: {
    dtype: 'int8',
    axes: P,
    domain: 'any',
    about: 'function of utilities: 0 power, 1 exponential, 2 log1p, 3 loglog1p, 4 log2-log1p, 5 the user’s own',
  },
  welfare_scale: {
    dtype: 'float64',
    axes: P,
    domain: 'any',
    about: 'what utilities are multiplied by in the function',
  },
  equal_items: {
    dtype: 'int8',
    axes: PN,
    domain: 'any',
    about: '1 where the agent wants equal amounts of all it values',
  },
  lower_duals: { dtype: 'float64', axes: PNM, domain: 'real', about: 'dual of allocation >= 0' },
  upper_duals: { dtype: 'float64', axes: PNM, domain: 'real', about: 'dual of allocation <= demand' },
  unique: { dtype: 'int8', axes: P, domain: 'any', about: '1 where the optimal allocation is unique' },
  iterations: { dtype: 'int32', axes: P, domain: 'any', about: 'iterations of the solver' },
  owner: { dtype: 'int32', axes: PM, domain: 'index', about: 'agent that gets the item' },
  order: INPUT_ARRAYS.order!,
  target: { dtype: 'int32', axes: PM, domain: 'index', about: 'agent that should get the item' },
  target_allocation: {
    dtype: 'float64',
    axes: PNM,
    domain: 'real',
    about: 'amount of the item that the agent should get',
  },
  objective: { dtype: 'float64', axes: P, domain: 'real', about: 'objective of the programme' },
  dual: { dtype: 'float64', axes: PN, domain: 'real', about: "price of the agent's utility" },
  envy_duals: {
    dtype: 'float64',
    dimensions: ['profile', 'agent', 'agent'],
    domain: 'real',
    about: "worth of a further unit of the agent's envy of each other one",
  },
  ...Object.fromEntries(Object.entries(INPUT_ARRAYS).filter(([name]) => name.startsWith('theta_'))),
  pivots: { dtype: 'int32', axes: P, domain: 'any', about: 'steps of the solver' },
  dual_bound: { dtype: 'float64', axes: P, domain: 'real', about: 'bound that no allocation exceeds' },
  fractions: {
    dtype: 'float64',
    axes: PN,
    domain: 'real',
    about: 'share of its proportionally fair bundle that the agent gets',
  },
  drawn: {
    dtype: 'int32',
    axes: P,
    domain: 'any',
    about: '1 where proportional fairness was drawn, 0 for partial allocation',
  },
  d_values: { dtype: 'float64', axes: PNM, domain: 'real', about: 'derivative of the loss in the value' },
  d_demands: { dtype: 'float64', axes: PNM, domain: 'real', about: 'derivative of the loss in the demand' },
  d_weights: { dtype: 'float64', axes: PN, domain: 'real', about: 'derivative of the loss in the weight' },
  d_regularizer: { dtype: 'float64', axes: PNM, domain: 'real', about: 'derivative of the loss in the linear term' },
  d_budgets: { dtype: 'float64', axes: PM, domain: 'real', about: 'derivative of the loss in the supply' },
  rank_deficiency: { dtype: 'int32', axes: P, domain: 'any', about: 'rank that the reduced gradient system lacks' },
  weakly_active: { dtype: 'int32', axes: P, domain: 'any', about: 'constraints whose slack and dual both vanish' },
  objectives: { dtype: 'float64', axes: PN, domain: 'real', about: "the agent's own objective" },
  payments: { dtype: 'float64', axes: PN, domain: 'real', about: 'what the agent pays' },
  gain: { dtype: 'float64', axes: PN, domain: 'real', about: 'most utility that a misreport found adds' },
  gain_bound: { dtype: 'float64', axes: PN, domain: 'real', about: 'utility that no misreport can add more than' },
  truthful: { dtype: 'float64', axes: PN, domain: 'real', about: 'utility of the true report' },
  evaluations: { dtype: 'int32', axes: P, domain: 'any', about: 'solves that a search took' },
  misreport_values: { dtype: 'float64', axes: PNM, domain: 'real', about: "row i: values of agent i's best misreport" },
  misreport_demands: {
    dtype: 'float64',
    axes: PNM,
    domain: 'real',
    about: "row i: demands of agent i's best misreport",
  },
  misreport_alpha: { dtype: 'float64', axes: PN, domain: 'real', about: "alpha of the agent's best misreport" },
  misreport_beta: { dtype: 'float64', axes: PN, domain: 'real', about: "beta of the agent's best misreport" },
  free_utilities: { dtype: 'float64', axes: PN, domain: 'real', about: 'utility of the agent, nobody constrained' },
  constrained_utilities: {
    dtype: 'float64',
    dimensions: ['profile', 'agent', 'agent'],
    domain: 'real',
    about: "row i: utilities under agent i's constraints",
  },
  agent_nne: {
    dtype: 'float64',
    axes: PN,
    domain: 'real',
    about: "smallest share that another agent keeps under the agent's constraints",
  },
  agent_mon: {
    dtype: 'float64',
    axes: PN,
    domain: 'real',
    about: 'what the agent had as a share of what its own constraints give it, at most 1',
  },
  shadow_prices: {
    dtype: 'float64',
    axes: PN,
    domain: 'real',
    about: "what a unit of the agent's utility, freed from its constraints, adds to the objective",
  },
  assignment: { dtype: 'int64', domain: 'index', about: "index into the agent's own list, -1 nothing" },
  remaining: { dtype: 'int32', domain: 'any', about: 'places left of each good' },
  budgets: INPUT_ARRAYS.budgets!,
  phase: { dtype: 'int8', domain: 'any', about: '0 for agents of the sample, 1 at posted prices' },
  stopped: { dtype: 'int8', domain: 'any', about: '1 where the agent would have taken a bundle that was gone' },
  consumed: { dtype: 'int32', domain: 'any', about: 'places handed out of each good' },
  worst_clearing: { dtype: 'float64', domain: 'any', about: 'largest relative difference of places and capacity' },
  pricing_at: { dtype: 'int32', domain: 'any', about: 'arrivals before each pricing' },
  pricing_reason: { dtype: 'int32', domain: 'any', about: '0 sample, 1 schedule, 2 drift, 3 forecast' },
  posted_prices: { dtype: 'float64', domain: 'real', about: 'prices of each pricing, one after the other' },
  expected_demand: { dtype: 'float64', domain: 'real', about: 'expected demand for each good' },
  clearing_error: { dtype: 'float64', domain: 'any', about: 'largest relative violation of market clearing' },
  excess_norm: { dtype: 'float64', domain: 'any', about: 'Euclidean norm of excess demand' },
  excess_bound: { dtype: 'float64', domain: 'any', about: 'what the norm of excess demand is at most' },
  law_edges: { dtype: 'float64', domain: 'real', about: 'budgets between which their law is uniform' },
  law_mass: { dtype: 'float64', domain: 'real', about: 'share of all budgets between neighbouring edges' },
  exact_prices: {
    dtype: 'uint64',
    domain: 'any',
    about:
      'prices as integers over a common denominator, which comes last; equally many limbs of 48 bits each, lowest first',
  },
  status: { dtype: 'int32', axes: P, domain: 'any', about: 'outcome of the profile' },
  residual: { dtype: 'float64', axes: P, domain: 'any', about: 'largest violation of the optimality conditions' },
};

/** The specification of any known array. */
export function arraySpec(name: string): ArraySpec | undefined {
  return Object.hasOwn(INPUT_ARRAYS, name)
    ? INPUT_ARRAYS[name]
    : Object.hasOwn(OUTPUT_ARRAYS, name)
      ? OUTPUT_ARRAYS[name]
      : undefined;
}
