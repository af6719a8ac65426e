// Properties of an allocation: the exports of assembly/properties/, where the mathematics stands.
export { aversion as measureAversion, aversionScratch } from './properties/aversion';
export { utilities as measureUtilities } from './properties/bundle';
export { envy as measureEnvy, envyScratch } from './properties/envy';
export { pareto as measurePareto, paretoScratch } from './properties/pareto';
export { supply as measureSupply } from './properties/supply';
export { welfare as measureWelfare, welfareScratch } from './properties/welfare';
