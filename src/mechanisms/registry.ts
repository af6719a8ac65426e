import { InputError, nearest } from '../errors.js';
import { eef1nn } from './eef1nn.js';
import { leximin } from './leximin.js';
import { fehrSchmidt } from './fehr-schmidt.js';
import { maxUtilitarian } from './max-utilitarian.js';
import { loadNetwork } from '../networks/files.js';
import type { Mechanism, MechanismDefinition, OptionSpec, OptionValue, OptionValues } from './mechanism.js';
import { eceei } from './eceei.js';
import { ocam } from './ocam.js';
import { exsNet, expfNet } from './network.js';
import { neuralRoundRobin } from './neural-round-robin.js';
import { participatory } from './participatory.js';
import { partialAllocation } from './partial-allocation.js';
import { pfPaMixture } from './pf-pa-mixture.js';
import { proportionalFairness } from './proportional-fairness.js';
import { roundRobin } from './round-robin.js';
import { serialDictatorship } from './serial-dictatorship.js';
import { softRoundRobin } from './soft-round-robin.js';
import { utilitarian } from './utilitarian.js';
import { welfarist } from './welfarist.js';

/** Every mechanism, in the order in which tables show them. */
export const MECHANISMS: readonly MechanismDefinition[] = [
  proportionalFairness,
  partialAllocation,
  pfPaMixture,
  expfNet,
  exsNet,
  utilitarian,
  welfarist,
  leximin,
  fehrSchmidt,
  participatory,
  roundRobin,
  softRoundRobin,
  neuralRoundRobin,
  eef1nn,
  maxUtilitarian,
  serialDictatorship,
  eceei,
  ocam,
];

const byId = new Map(MECHANISMS.map((definition) => [definition.id, definition]));

/** The mechanism of that id. */
export function definitionOf(id: string): MechanismDefinition {
  const found = byId.get(id);
  if (found) return found;
  const near = nearest(id, byId.keys());
  throw new InputError(
    `unknown mechanism ${id}, ${near ? `did you mean ${near}?` : `known: ${[...byId.keys()].join(', ')}`}`,
  );
}

/** A mechanism with its options checked and defaults filled in. Option values may be text, as the command line has them. */
export function mechanism(id: string, options: Readonly<Record<string, unknown>> = {}): Mechanism {
  return { id, options: checkOptions(id, definitionOf(id).options, options) };
}

/** Checks options against their specifications and fills defaults in; `id` is whose they are. */
export function checkOptions(
  id: string,
  specs: readonly OptionSpec[],
  options: Readonly<Record<string, unknown>>,
): OptionValues {
  const names = specs.map(({ name }) => name);
  for (const name of Object.keys(options)) {
    if (names.includes(name)) continue;
    const near = nearest(name, names);
    throw new InputError(`${id} has no option ${name}${near ? `, did you mean ${near}?` : ''}`);
  }
  const values: Record<string, OptionValue> = {};
  for (const spec of specs) {
    const given = options[spec.name];
    values[spec.name] = given === undefined ? spec.default : optionValue(id, spec, given);
  }
  return values;
}

/** `welfarist:gamma=0.5,select=vertex` as a mechanism. */
export function parseMechanism(text: string): Mechanism {
  const [id, ...rest] = text.split(':');
  const pairs = rest
    .join(':')
    .split(',')
    .filter((pair) => pair !== '');
  return mechanism(
    id!,
    Object.fromEntries(
      pairs.map((pair) => {
        const at = pair.indexOf('=');
        return at < 0 ? [pair, 'true'] : [pair.slice(0, at), pair.slice(at + 1)];
      }),
    ),
  );
}

/** The mechanism with a network that is given by its folder read. */
export async function loaded(mechanism: Mechanism): Promise<Mechanism> {
  const { model } = mechanism.options;
  if (model === undefined || typeof model === 'object') return mechanism;
  if (model === '') throw new InputError(`${mechanism.id} needs a trained network: --model DIR`);
  return { ...mechanism, options: { ...mechanism.options, model: await loadNetwork(String(model)) } };
}

/** Rows of equally many numbers, or one row, as text with `,` and `;` between; undefined where they are none. */
function numberTable(given: unknown): string | undefined {
  const rows = Array.isArray(given)
    ? (given.every(Array.isArray) ? given : [given]).map((row: unknown[]) => row.map(String))
    : String(given)
        .split(';')
        .map((row) => row.split(/,|(?<![eE])\+/));
  const numbers = rows.map((row) => row.map((text) => (text.trim() === '' ? NaN : Number(text))));
  const even = numbers.length > 0 && numbers.every((row) => row.length === numbers[0]!.length && row.length > 0);
  if (!even || !numbers.flat().every(Number.isFinite)) return undefined;
  return numbers.map((row) => row.join(',')).join(';');
}

function optionValue(id: string, spec: OptionSpec, given: unknown): OptionValue {
  const refuse = (expected: string): never => {
    throw new InputError(`option ${spec.name} of ${id} is ${String(given)}, expected ${expected}`);
  };
  if (spec.type === 'boolean') {
    if (given === true || given === 'true') return true;
    if (given === false || given === 'false') return false;
    return refuse('true or false');
  }
  if (spec.type === 'welfare' && given instanceof Float64Array) return given;
  if (spec.type === 'choice' || spec.type === 'welfare') {
    const text = String(given);
    return spec.choices!.includes(text) ? text : refuse(`one of ${spec.choices!.join(', ')}`);
  }
  if (spec.type === 'names') {
    const list = (Array.isArray(given) ? given.map(String) : String(given).split(/[,+]/)).map((text) => text.trim());
    const odd = list.find((name, k) => !spec.choices!.includes(name) || list.indexOf(name) !== k);
    if (odd === undefined) return list.join(',');
    const why = spec.refused?.[odd];
    return refuse(`some of ${spec.choices!.join(', ')}, each once${why === undefined ? '' : `; ${why}`}`);
  }
  if (spec.type === 'numbers') return numberTable(given) ?? refuse('numbers with commas between, rows with semicolons');
  if (spec.type === 'agents') {
    const list = (Array.isArray(given) ? given.map(String) : String(given).split(/[,+]/)).map((text) => text.trim());
    if (list.length === 1 && list[0] === '') return '';
    const known = list.every((text) => /^\d{1,9}$/.test(text));
    return known ? list.map(Number).join(',') : refuse('agents with commas between, the first being 0');
  }
  if (spec.type === 'network') {
    const isNetwork = typeof given === 'object' && given !== null && 'config' in given && 'parameters' in given;
    return isNetwork ? (given as OptionValue) : typeof given === 'string' ? given : refuse('a network or its folder');
  }
  const number = typeof given === 'string' && given.trim() === '' ? NaN : Number(given);
  const [low, high] = spec.range ?? [-Infinity, Infinity];
  const inside = spec.exclusive ? number > low && number < high : number >= low && number <= high;
  if (!inside || typeof given === 'boolean' || !Number.isFinite(number)) {
    const kind = spec.exclusive ? `a number above ${low} and below ${high}` : `a number from ${low} to ${high}`;
    return refuse(spec.range ? kind : 'a number');
  }
  return number;
}
