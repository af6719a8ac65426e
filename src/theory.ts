/**
 * `evenhand/theory`: what the papers prove, as functions of numbers. Each says what it bounds, in which units, and which theorem it is, or is in the manner
 * of; docs/papers has statements and proofs.
 */

// Zeng et al. 2023: how far training profiles speak for new ones (docs/papers/s0.md).
export {
  exsNetTerms,
  generalizationBound,
  networkSize,
  samplesFor,
  type GeneralizationTerms,
  type NetworkSize,
} from './experiments/theory/generalization.js';
export {
  productTv,
  profileChiSquared,
  profileTv,
  shiftBound,
  shiftBoundByVariance,
  uniformBetaAffinity,
  uniformBetaChiSquared,
  uniformBetaTv,
} from './experiments/theory/distribution-shift.js';

// Shen et al. 2021: what an agent's constraints may do to others, and to itself (docs/papers/s2.md).
export {
  NAMED as WELFARES,
  monAtLeast,
  monUtilitarian,
  monWitness,
  nashKeeps,
  nashMon,
  nneAtLeast,
  nneAtMost,
  nneMany,
  nnePair,
  nneWitness,
  power as powerWelfare,
  rangeOf as rangeOfWelfare,
  type Welfare,
} from './experiments/s2/theory.js';

// Shirali et al. 2024: what inequality aversion costs and brings (docs/papers/s3.md).
export {
  bestThresholdBound,
  distanceBound,
  limitRatio,
  lossBound,
  passingRatio,
  relativeLossBound,
  thresholdBound,
  twoAgentBound,
  type Averse,
} from './experiments/s3/bounds.js';
export {
  expectedLossBoundPower,
  expectedPassing,
  expectedPassingMany,
  expectedPassingPower,
  expectedShare,
  expectedThreshold,
  expectedTop,
  powerDistribution,
  type Distribution,
} from './experiments/s3/expectations.js';
export {
  equalDivisionGain,
  gainAndLossBound,
  inequalityOf,
  leastUtilityBound,
  penaltyOf,
  tradeoffBound,
} from './experiments/s3/gains.js';
export { KINDS as AGENT_KINDS, drawAgents, type Kind as AgentKind } from './experiments/s3/agents.js';
export {
  everyOther,
  oneSharpest,
  oneSharpestKnown,
  richAndMany,
  richAndManyKnown,
} from './experiments/s3/instances.js';
