export { EngineError, EvenhandError, InputError, MissingPackageError, type InputLocation } from './errors.js';
export {
  Status,
  isAnswer,
  type Axis,
  type NamedArrays,
  type NdArray,
  type NumericArray,
  type StatusCode,
} from './types.js';
export { createEngine, Engine, type EngineOptions } from './engine/engine.js';
export type { AllocateOptions, AllocationResult } from './engine/allocate.js';
export type { Batch } from './engine/chunk.js';
export type { EvaluateOptions, Evaluation, MetricSummary, ProfileRows } from './engine/evaluate.js';
export {
  whoPays,
  type Externality,
  type ExternalityCallOptions,
  type ExternalityOptions,
  type Payment,
} from './engine/externality.js';
export type { ExploitCallOptions, ExploitOptions, Exploitation } from './engine/exploitability.js';
export type { GradientOptions, GradientResult, ValueGradient } from './engine/gradient.js';
export { createMarket, Market, restoreMarket, type RestoreOptions } from './engine/market.js';
export type { Decision, MarketOptions } from './engine/market-options.js';
export type { Pricing } from './mechanisms/ocam/control.js';
export { holdOutError, type HoldOutOptions } from './engine/hold-out.js';
export type { MarketBundle } from './engine/market-lists.js';
export type { ReportedWeights, WeightsOf } from './engine/weights-of.js';
export type { Payments } from './engine/payments.js';
export type { CallOptions, Progress } from './engine/schedule.js';
export {
  eceei,
  eef1nn,
  expfNet,
  exsNet,
  leximin,
  fehrSchmidt,
  maxUtilitarian,
  nrr,
  ocam,
  pa,
  participatory,
  pf,
  pfPaMixture,
  roundRobin,
  serialDictatorship,
  softRoundRobin,
  utilitarian,
  welfarist,
  type FehrSchmidtOptions,
  type EceeiOptions,
  type OcamOptions,
  type NetworkOptions,
  type ParticipatoryOptions,
  type PfOptions,
  type PfPaMixtureOptions,
  type SerialDictatorshipOptions,
  type SoftRoundRobinOptions,
  type UtilitarianOptions,
  type WelfaristOptions,
} from './mechanisms/factories.js';
export type {
  Mechanism,
  MechanismDefinition,
  OptionSpec,
  OptionValues,
  OrdinalProblem,
  OrdinalResult,
} from './mechanisms/mechanism.js';
export { secondPrice, type SecondPrice } from './mechanisms/second-price.js';
export {
  clearingRule,
  ocamBound,
  ocamCapacity,
  ocamFailure,
  paperSample,
  type OcamBound,
  type OcamBoundInput,
} from './mechanisms/ocam/bound.js';
export { MECHANISMS, mechanism, parseMechanism } from './mechanisms/registry.js';
export { networkConfig, parameterCount, parameterSpecs, type NetworkConfig } from './networks/config.js';
export { loadNetwork, saveNetwork } from './networks/files.js';
export { initialNetwork, type Network } from './networks/network.js';
export { profileBatch, type BatchArray, type BatchOptions, type ProfileBatch } from './profiles/batch.js';
export { openTable, readArrays, writeArrays, type TableColumn, type TableWriter } from './profiles/files.js';
export { ordinalProblem } from './profiles/ordinal.js';
export { MARKETS, sampleMarket, type MarketSampleOptions } from './profiles/ordinal-samplers.js';
export { readProfiles, writeProfiles } from './profiles/read.js';
export {
  SAMPLERS,
  materialize,
  sampleArrays,
  sampleProfiles,
  type SampledBatch,
  type SampleOptions,
} from './profiles/samplers.js';
export {
  clearingOverTime,
  envyBeyondOne,
  unservedByFifth,
  type OrdinalOutcome,
  type OverTime,
} from './properties/ordinal.js';
export { dynamicConditions, type DynamicConditions, type DynamicOutcome } from './properties/dynamic-equilibrium.js';
export type { PropertyDefinition } from './properties/property.js';
export { PROPERTIES, property } from './properties/registry.js';
