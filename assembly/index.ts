// The kernels' ABI: every export, and nothing else. src/wasm/abi.ts is its mirror.
// Memory belongs to the caller, who takes it above HEAP_BASE: static tables (exp, log) live below.
export const HEAP_BASE: usize = __heap_base;

export { convolutionInfer, convolutionInferScratch, convolutionLayout, convolutionPack, convolutionSlope, convolutionSlopeScratch, convolutionTable } from './convolution';
export { maxUtilitarian } from './max-utilitarian';
export { aversionScratch, envyScratch, measureAversion, measureEnvy, measurePareto, measureSupply, measureUtilities, measureWelfare, paretoScratch, welfareScratch } from './properties';
export { neuralFeatures, neuralFeaturesScratch, neuralLoss, neuralLossScratch, neuralOrder, neuralScores, neuralScoresSlope, neuralTemperature } from './neural-round-robin';
export { hash64, unit } from './random';
export { fehrSchmidt, fehrSchmidtScratch } from './fehr-schmidt';
export { participatory, participatoryHead, participatoryScratch } from './participatory';
export { roundRobin, roundRobinScratch } from './round-robin';
export { softRoundRobin, softRoundRobinGradient, softRoundRobinGradientScratch, softRoundRobinScratch } from './soft-round-robin';
export { randomOrder, serialDictatorshipMasks, serialDictatorshipUnits } from './serial-dictatorship';
export { utilitarian, utilitarianScratch } from './utilitarian';
export { proportionalFairness, proportionalFairnessScratch } from './proportional-fairness';
export { sampleDemands, sampleValues } from './samplers';
export { gradientDenseScratch, gradientForest, gradientGeneral, gradientOneSided, gradientOneSidedScratch, gradientScratch } from './proportional-fairness-gradient';
export { misreport, misreportScratch } from './misreport';
export { partialAllocation, partialAllocationScratch } from './partial-allocation';
export { networkAscend, networkBatch, networkDesk, networkInfer, networkLayout, networkPack, networkSlope, networkSlopeScratch } from './network';
export { welfarist, welfaristScratch } from './welfarist';
export { leximin, leximinScratch } from './leximin';
export { utilitarianVertex, utilitarianVertexScratch } from './utilitarian-vertex';
export { eceei, eceeiScratch, expectedDemand, mergeLists, mergeRows } from './eceei';
export { drawBudgets, stallOpen, stallServe } from './ocam';
