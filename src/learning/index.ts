export {
  networkConfig,
  parameterCount,
  parameterSpecs,
  type NetworkConfig,
  type NetworkModel,
  type ParameterSpec,
} from '../networks/config.js';
export { BACKENDS, inTurn, openBackend, type Backend, type BackendName } from './backend.js';
export { linearUtility, logNashWelfare, type Utility, type Welfare } from './allocation-graph.js';
export { FairLayer, FairPass, type FairDerivatives, type Programmes, type Solver } from './fair-layer.js';
export { networkOutput, parameterTensors, type Reports, type Shown } from './network-graph.js';
export type { AscentOptions, LossGradient, LossOptions, Misreports, Stepper, TrainingBatch } from './stepper.js';
export { TensorStepper, type TensorStepperOptions } from './tensor-stepper.js';
export type { Tf } from './tensors.js';
export { measure, mechanismOf, type Measured } from './held-out.js';
export { KernelStepper } from './kernel-stepper.js';
export { STEPPERS, type StepperOptions } from './open-stepper.js';
export { EEF1NN_FIELDS, eef1nnTrainingConfig, type Eef1nnTrainingConfig } from './eef1nn-config.js';
export { trainEef1nn, type Eef1nnTrained, type Eef1nnTrainOptions } from './eef1nn-train.js';
export { NRR_FIELDS, nrrTrainingConfig, type NrrTrainingConfig } from './nrr-config.js';
export { leximinOwners, maxNashOwners, utilitarianWithinEf1 } from './nrr-exact.js';
export { hamming, measureAssignment, targetDistance, type NrrMeasured } from './nrr-held-out.js';
export {
  NRR_TARGETS,
  parseTargets,
  targetOwners,
  targetShares,
  type NrrTarget,
  type WeightedTarget,
} from './nrr-targets.js';
export { type EpochOptions } from './epochs.js';
export { trainNrr, type NrrTrained } from './nrr-train.js';
export { trainNetwork, type Trained, type TrainOptions } from './train.js';
export { type IterationLog } from './trainer.js';
export { TRAINING_FIELDS, trainingConfig, type TrainingConfig } from './training-config.js';
