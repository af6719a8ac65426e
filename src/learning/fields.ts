import { InputError, nearest } from '../errors.js';
import { NETWORK_FIELDS, networkConfig, type NetworkConfig } from '../networks/config.js';

/** One field of a training configuration. */
export interface Field {
  readonly default: number | string | boolean;
  /** Bounds of a number, both included. */
  readonly range?: readonly [number, number];
  readonly whole?: boolean;
  readonly choices?: readonly string[];
  readonly about: string;
}

/** What the config.json of a run has beside its configuration. */
const OF_RUN = ['seed', 'fileHash'];

/** The network that a training configuration describes. Throws InputError for a field that neither it nor `fields` nor OF_RUN has. */
export function networkFields(
  from: Readonly<Record<string, unknown>>,
  fields: Readonly<Record<string, Field>>,
): NetworkConfig {
  const known = [...NETWORK_FIELDS, ...Object.keys(fields)];
  for (const name of Object.keys(from)) {
    if (from[name] === null) {
      throw new InputError(`config: ${name} is null, expected a value; a field that is left out has its default`);
    }
    if (known.includes(name) || OF_RUN.includes(name)) continue;
    const near = nearest(name, known);
    throw new InputError(
      `config: unknown field ${name}, ${near ? `did you mean ${near}?` : `known: ${known.join(', ')}`}`,
    );
  }
  return networkConfig(Object.fromEntries(Object.entries(from).filter(([name]) => NETWORK_FIELDS.includes(name))));
}

/** Values of all fields, with `own` defaults before those of the fields. Throws InputError naming the field. */
export function fieldValues(
  from: Readonly<Record<string, unknown>>,
  fields: Readonly<Record<string, Field>>,
  own: Readonly<Record<string, unknown>> = {},
): Record<string, number | string | boolean> {
  const values = Object.entries(fields).map(([name, field]) => {
    const given = from[name] ?? own[name] ?? field.default;
    const refuse = (expected: string): never => {
      throw new InputError(`config: ${name} is ${JSON.stringify(given)}, expected ${expected}`);
    };
    if (typeof given !== typeof field.default) return refuse(`a ${typeof field.default}`);
    if (field.choices && !field.choices.includes(given as string)) return refuse(`one of ${field.choices.join(', ')}`);
    if (typeof given === 'number') {
      const [low, high] = field.range!;
      const kind = field.whole ? 'a whole number' : 'a number';
      if (!(given >= low && given <= high) || (field.whole && !Number.isInteger(given))) {
        return refuse(`${kind} from ${low} to ${high}`);
      }
    }
    return [name, given as number | string | boolean] as const;
  });
  return Object.fromEntries(values);
}
