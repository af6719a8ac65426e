import { InputError } from '../errors.js';
import type { ProfileBatch } from '../profiles/batch.js';
import type { SampledBatch } from '../profiles/samplers.js';
import type { Kernels } from '../wasm/kernels.js';
import type { Placed } from '../wasm/placed.js';
import { aversionsOf } from './exploit-trial.js';
import { EXTERNALITY_OUTPUTS, externality } from './externality.js';
import { EXTERNALITY_OPTIONS } from './externality-options.js';
import { EXPLOIT_OPTIONS } from './exploit-options.js';
import { exploitBlackBox } from './exploit-black-box.js';
import { EXPLOIT_OUTPUTS, exploitByKernel, exploitMixture } from './exploit.js';
import { GRADIENT_OPTIONS, proportionalFairnessGradient } from './proportional-fairness-gradient.js';
import type { CardinalDefinition, Mechanism, OptionSpec, OptionValues } from './mechanism.js';
import { checkOptions, definitionOf } from './registry.js';
import { softRoundRobinGradient } from './soft-round-robin.js';

/** What the engine does to chunks of profiles: arrays in, arrays out. A mechanism is one; so are its gradient, its exploitation and what constraints change. */
export interface Operation {
  /** Input arrays that are used; others are ignored. */
  readonly reads: readonly string[];
  /** Result arrays beside `status` and `residual`. */
  readonly outputs: readonly string[];
  /** A profile takes milliseconds or more: chunks begin with one. */
  readonly slow?: boolean;
  run(kernels: Kernels, input: Placed, output: Placed, options: OptionValues): void;
}

/** An operation by name, as plain data that can be handed to a worker. */
export interface Job {
  readonly kind: 'allocate' | 'gradient' | 'exploit' | 'externality';
  readonly mechanism: Mechanism;
  /** Options of the job and of the mechanism, defaults filled in. */
  readonly options: OptionValues;
}

/** The definition of a mechanism over profiles. */
export function cardinal(mechanism: Mechanism): CardinalDefinition {
  const definition = definitionOf(mechanism.id);
  if (definition.kind !== 'cardinal') {
    throw new InputError(`${mechanism.id} takes an ordinal problem (capacities and bundles), not profiles`);
  }
  return definition;
}

/** Refuses a mechanism whose options do not fit the profiles, and profiles that it does not take. */
export function checkFit(mechanism: Mechanism, batch: ProfileBatch | SampledBatch): void {
  const definition = cardinal(mechanism);
  definition.check?.(batch.agents, mechanism.options);
  definition.admit?.(batch, mechanism.options);
}

export function allocateJob(mechanism: Mechanism): Job {
  cardinal(mechanism);
  return { kind: 'allocate', mechanism, options: mechanism.options };
}

interface Gradient {
  readonly operation: Operation;
  /** Beside the mechanism's own. */
  readonly options: readonly OptionSpec[];
}

const GRADIENTS: Readonly<Record<string, Gradient>> = {
  pf: { operation: proportionalFairnessGradient, options: GRADIENT_OPTIONS },
  'soft-round-robin': { operation: softRoundRobinGradient, options: [] },
};

/** Ids of mechanisms that have a gradient. */
export const DIFFERENTIABLE: readonly string[] = Object.keys(GRADIENTS);

function gradientOf({ id }: Mechanism): Gradient {
  if (Object.hasOwn(GRADIENTS, id)) return GRADIENTS[id]!;
  throw new InputError(`${id} has no gradient here, expected ${DIFFERENTIABLE.join(' or ')}`);
}

/** The gradient of a mechanism. */
export function gradientJob(mechanism: Mechanism, options: Readonly<Record<string, unknown>> = {}): Job {
  cardinal(mechanism);
  const own = checkOptions(`gradient ${mechanism.id}`, gradientOf(mechanism).options, options);
  return { kind: 'gradient', mechanism, options: { ...mechanism.options, ...own } };
}

/** The search for misreports of a mechanism; options as EXPLOIT_OPTIONS, ranges filled in. */
export function exploitJob(mechanism: Mechanism, options: Readonly<Record<string, unknown>>): Job {
  cardinal(mechanism);
  const own = checkOptions('exploit', EXPLOIT_OPTIONS, options);
  return { kind: 'exploit', mechanism, options: { ...mechanism.options, ...own } };
}

/** The comparison of a mechanism with and without constraints; options as EXTERNALITY_OPTIONS. */
export function externalityJob(mechanism: Mechanism, options: Readonly<Record<string, unknown>> = {}): Job {
  cardinal(mechanism);
  const own = checkOptions('externality', EXTERNALITY_OPTIONS, options);
  return { kind: 'externality', mechanism, options: { ...mechanism.options, ...own } };
}

export function operationOf({ kind, mechanism }: Job): Operation {
  if (kind === 'gradient') return gradientOf(mechanism).operation;
  const definition = cardinal(mechanism);
  if (kind === 'allocate') return definition;
  if (kind === 'externality') {
    return { reads: definition.reads, outputs: EXTERNALITY_OUTPUTS, run: externality(definition) };
  }
  const aversions = aversionsOf(definition).map((name) => `misreport_${name}`);
  return {
    reads: definition.reads,
    outputs: [...EXPLOIT_OUTPUTS, ...aversions],
    slow: true,
    run: searchOf(definition),
  };
}

/** How misreports of a rule are searched: inside a kernel, after its draw, or as a black box. */
function searchOf(definition: CardinalDefinition): Operation['run'] {
  if (definition.id === 'pf' || definition.id === 'pa') return exploitByKernel(definition.id);
  return definition.id === 'pf-pa-mixture' ? exploitMixture : exploitBlackBox(definition);
}
