import type { WasmMemory } from './webassembly.js';

/**
 * The kernels' exports as TypeScript sees them. Every `…At` is an address in the kernels' memory (0: the array is absent),
 * every `…Stride` the number of elements from one profile to the next (0: one array for every profile). The headers in
 * assembly/ say what each operand is.
 */
export interface KernelExports {
  readonly memory: WasmMemory;
  readonly HEAP_BASE: { readonly value: number };

  proportionalFairnessScratch(agents: number, items: number): number;
  proportionalFairness(
    count: number,
    agents: number,
    items: number,
    valuesAt: number,
    valuesStride: number,
    demandsAt: number,
    demandsStride: number,
    budgetsAt: number,
    budgetsStride: number,
    weightsAt: number,
    weightsStride: number,
    regularizerAt: number,
    regularizerStride: number,
    tolerance: number,
    allocationAt: number,
    utilitiesAt: number,
    pricesAt: number,
    lowerAt: number,
    upperAt: number,
    uniqueAt: number,
    iterationsAt: number,
    statusAt: number,
    residualAt: number,
    scratchAt: number,
  ): void;

  welfaristScratch(agents: number, items: number, rows: number, groups: number, pieces: number): number;
  welfarist(
    count: number,
    problemAt: number,
    kind: number,
    gamma: number,
    scale: number,
    tableAt: number,
    tolerance: number,
    scratchAt: number,
  ): void;
  leximinScratch(agents: number, items: number, rows: number, groups: number, pieces: number): number;
  leximin(count: number, problemAt: number, scratchAt: number): void;
  utilitarianVertexScratch(agents: number, items: number, rows: number, groups: number, pieces: number): number;
  utilitarianVertex(count: number, problemAt: number, scratchAt: number): void;

  misreportScratch(agents: number, items: number, candidates: number, nodes: number): number;
  misreport(count: number, problemAt: number, settingsAt: number, foundAt: number, scratchAt: number): void;

  networkLayout(netAt: number): number;
  networkPack(netAt: number): void;
  networkBatch(netAt: number, batchAt: number, count: number, noisy: number, placeAt: number): number;
  networkDesk(netAt: number, batchAt: number, repeats: number, deskAt: number): number;
  networkInfer(netAt: number, problemAt: number, count: number, deskAt: number): void;
  networkAscend(netAt: number, batchAt: number, ascentAt: number, deskAt: number): void;
  networkSlopeScratch(netAt: number, batchAt: number): number;
  networkSlope(netAt: number, batchAt: number, requestAt: number, deskAt: number, scratchAt: number): void;

  partialAllocationScratch(agents: number, items: number): number;
  partialAllocation(
    count: number,
    problemAt: number,
    tolerance: number,
    allocationAt: number,
    utilitiesAt: number,
    fractionsAt: number,
    scratchAt: number,
  ): void;

  gradientScratch(agents: number, items: number): number;
  gradientDenseScratch(agents: number, items: number): number;
  gradientOneSidedScratch(agents: number, items: number): number;
  gradientOneSided(
    count: number,
    problemAt: number,
    chunkAt: number,
    tolerance: number,
    scratchAt: number,
    workAt: number,
    solverAt: number,
  ): void;
  gradientForest(count: number, problemAt: number, chunkAt: number, scratchAt: number): number;
  gradientGeneral(
    count: number,
    problemAt: number,
    chunkAt: number,
    all: number,
    scratchAt: number,
    denseAt: number,
  ): void;

  maxUtilitarian(
    count: number,
    agents: number,
    items: number,
    valuesAt: number,
    valuesStride: number,
    ownerAt: number,
    utilitiesAt: number,
    statusAt: number,
    residualAt: number,
  ): void;

  roundRobinScratch(agents: number, items: number): number;
  roundRobin(
    count: number,
    agents: number,
    items: number,
    valuesAt: number,
    valuesStride: number,
    orderAt: number,
    orderStride: number,
    ownerAt: number,
    utilitiesAt: number,
    statusAt: number,
    residualAt: number,
    scratchAt: number,
  ): void;

  softRoundRobinScratch(agents: number, items: number): number;
  softRoundRobinGradientScratch(agents: number, items: number): number;
  softRoundRobin(
    count: number,
    agents: number,
    items: number,
    valuesAt: number,
    valuesStride: number,
    orderAt: number,
    orderStride: number,
    tau: number,
    form: number,
    allocationAt: number,
    utilitiesAt: number,
    statusAt: number,
    residualAt: number,
    scratchAt: number,
  ): void;
  softRoundRobinGradient(
    count: number,
    agents: number,
    items: number,
    valuesAt: number,
    valuesStride: number,
    orderAt: number,
    orderStride: number,
    tau: number,
    form: number,
    cotangentAt: number,
    cotangentStride: number,
    dValuesAt: number,
    statusAt: number,
    residualAt: number,
    scratchAt: number,
  ): void;

  convolutionTable(layers: number): number;
  convolutionLayout(netAt: number): number;
  convolutionPack(netAt: number): void;
  convolutionInferScratch(netAt: number, planesAt: number, together: number, agents: number, items: number): number;
  convolutionInfer(
    netAt: number,
    planesAt: number,
    count: number,
    valuesAt: number,
    valuesStride: number,
    outputAt: number,
    ownerAt: number,
    utilitiesAt: number,
    statusAt: number,
    residualAt: number,
    scratchAt: number,
  ): void;
  convolutionSlopeScratch(netAt: number, planesAt: number, agents: number, items: number): number;
  convolutionSlope(
    netAt: number,
    planesAt: number,
    count: number,
    valuesAt: number,
    targetAt: number,
    objectiveAt: number,
    lossAt: number,
    gradientAt: number,
    scratchAt: number,
  ): void;

  neuralFeaturesScratch(agents: number, items: number): number;
  neuralFeatures(
    count: number,
    agents: number,
    items: number,
    valuesAt: number,
    valuesStride: number,
    featuresAt: number,
    scratchAt: number,
  ): void;
  neuralScores(rows: number, hidden: number, featuresAt: number, parametersAt: number, scoresAt: number): void;
  neuralScoresSlope(
    rows: number,
    hidden: number,
    featuresAt: number,
    parametersAt: number,
    dScoresAt: number,
    gradientAt: number,
  ): void;
  neuralOrder(count: number, agents: number, scoresAt: number, orderAt: number): void;
  neuralTemperature(schedule: number, from: number, to: number, done: number): number;
  neuralLossScratch(agents: number, items: number): number;
  neuralLoss(
    count: number,
    agents: number,
    items: number,
    valuesAt: number,
    scoresAt: number,
    targetAt: number,
    tau: number,
    softness: number,
    masked: number,
    envy: number,
    meanForm: number,
    lossAt: number,
    dScoresAt: number,
    sharesAt: number,
    sortedAt: number,
    scratchAt: number,
  ): void;

  serialDictatorshipMasks(
    agents: number,
    goods: number,
    startAt: number,
    masksAt: number,
    orderAt: number,
    assignmentAt: number,
    remainingAt: number,
    openAt: number,
  ): void;
  serialDictatorshipUnits(
    agents: number,
    goods: number,
    startAt: number,
    unitsAt: number,
    orderAt: number,
    assignmentAt: number,
    remainingAt: number,
  ): void;
  mergeRows(
    rows: number,
    width: number,
    dataAt: number,
    idsAt: number,
    representativeAt: number,
    tableAt: number,
    size: number,
  ): number;
  mergeLists(
    agents: number,
    startAt: number,
    idsAt: number,
    renameAt: number,
    multiplicityAt: number,
    listAt: number,
    firstAt: number,
    endAt: number,
    weightAt: number,
    tableAt: number,
    size: number,
  ): number;
  expectedDemand(
    agents: number,
    goods: number,
    startAt: number,
    masksAt: number,
    unitsAt: number,
    multiplicityAt: number,
    pricesAt: number,
    edgesAt: number,
    massAt: number,
    pieces: number,
    demandAt: number,
    costsAt: number,
  ): number;
  eceeiScratch(goods: number, bundles: number): number;
  eceei(
    economyAt: number,
    epsilon: number,
    seed: bigint,
    most: number,
    pricesAt: number,
    reportAt: number,
    scratchAt: number,
  ): void;
  stallOpen(stallAt: number): void;
  stallServe(
    stallAt: number,
    startAt: number,
    idsAt: number,
    first: number,
    last: number,
    budgetsAt: number,
    assignmentAt: number,
    stoppedAt: number,
  ): void;
  drawBudgets(
    seed: bigint,
    stream: bigint,
    first: number,
    count: number,
    epsilon: number,
    golden: number,
    outAt: number,
  ): void;
  randomOrder(agents: number, seed: bigint, stream: bigint, orderAt: number): void;

  hash64(seed: bigint, stream: bigint, counter: bigint): bigint;
  unit(bits: bigint): number;

  envyScratch(agents: number, items: number): number;
  measureEnvy(
    measure: number,
    count: number,
    agents: number,
    items: number,
    valuesAt: number,
    valuesStride: number,
    demandsAt: number,
    demandsStride: number,
    budgetsAt: number,
    budgetsStride: number,
    weightsAt: number,
    weightsStride: number,
    allocationAt: number,
    allocationStride: number,
    ownerAt: number,
    ownerStride: number,
    outAt: number,
    scratchAt: number,
  ): void;
  measureSupply(
    measure: number,
    count: number,
    agents: number,
    items: number,
    demandsAt: number,
    demandsStride: number,
    budgetsAt: number,
    budgetsStride: number,
    allocationAt: number,
    allocationStride: number,
    ownerAt: number,
    ownerStride: number,
    outAt: number,
  ): void;
  paretoScratch(agents: number, items: number): number;
  measurePareto(
    count: number,
    agents: number,
    items: number,
    valuesAt: number,
    valuesStride: number,
    demandsAt: number,
    demandsStride: number,
    budgetsAt: number,
    budgetsStride: number,
    weightsAt: number,
    weightsStride: number,
    allocationAt: number,
    allocationStride: number,
    ownerAt: number,
    ownerStride: number,
    outAt: number,
    scratchAt: number,
  ): void;
  measureUtilities(
    count: number,
    agents: number,
    items: number,
    valuesAt: number,
    valuesStride: number,
    demandsAt: number,
    demandsStride: number,
    budgetsAt: number,
    budgetsStride: number,
    allocationAt: number,
    allocationStride: number,
    ownerAt: number,
    ownerStride: number,
    outAt: number,
  ): void;
  welfareScratch(agents: number): number;
  measureWelfare(
    measure: number,
    count: number,
    agents: number,
    items: number,
    valuesAt: number,
    valuesStride: number,
    demandsAt: number,
    demandsStride: number,
    budgetsAt: number,
    budgetsStride: number,
    weightsAt: number,
    weightsStride: number,
    allocationAt: number,
    allocationStride: number,
    ownerAt: number,
    ownerStride: number,
    outAt: number,
    scratchAt: number,
  ): void;

  aversionScratch(agents: number): number;
  measureAversion(
    code: number,
    count: number,
    agents: number,
    items: number,
    valuesAt: number,
    valuesStride: number,
    demandsAt: number,
    demandsStride: number,
    budgetsAt: number,
    budgetsStride: number,
    alphaAt: number,
    alphaStride: number,
    betaAt: number,
    betaStride: number,
    sharesAt: number,
    sharesStride: number,
    averse: number,
    allocationAt: number,
    allocationStride: number,
    ownerAt: number,
    ownerStride: number,
    outAt: number,
    scratchAt: number,
  ): void;

  utilitarianScratch(agents: number, items: number): number;
  utilitarian(
    count: number,
    agents: number,
    items: number,
    valuesAt: number,
    valuesStride: number,
    demandsAt: number,
    demandsStride: number,
    budgetsAt: number,
    budgetsStride: number,
    weightsAt: number,
    weightsStride: number,
    select: number,
    tolerance: number,
    allocationAt: number,
    utilitiesAt: number,
    pricesAt: number,
    objectiveAt: number,
    dualBoundAt: number,
    statusAt: number,
    residualAt: number,
    scratchAt: number,
  ): void;

  fehrSchmidtScratch(agents: number, items: number): number;
  fehrSchmidt(
    count: number,
    problemAt: number,
    alpha: number,
    beta: number,
    solver: number,
    best: number,
    scratchAt: number,
  ): void;

  participatoryHead(agents: number, items: number): number;
  participatoryScratch(count: number, problemAt: number, alpha: number, beta: number, scratchAt: number): number;
  participatory(count: number, problemAt: number, alpha: number, beta: number, scratchAt: number): void;

  sampleValues(
    kind: number,
    parameter: number,
    seed: number,
    first: number,
    count: number,
    agents: number,
    items: number,
    outAt: number,
  ): void;
  sampleDemands(
    kind: number,
    parameter: number,
    keep: number,
    seed: number,
    first: number,
    count: number,
    agents: number,
    items: number,
    outAt: number,
  ): void;
}
