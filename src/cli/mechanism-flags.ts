import { Option, type Command } from 'commander';
import type { Mechanism, OptionSpec } from '../mechanisms/mechanism.js';
import { MECHANISMS, definitionOf, mechanism } from '../mechanisms/registry.js';

/** Every option of every mechanism, or of some, once, with the mechanisms that take it. */
function optionsOfAll(some?: readonly string[]): Map<OptionSpec, string[]> {
  const byName = new Map<string, [OptionSpec, string[]]>();
  for (const { id, options } of MECHANISMS) {
    if (some && !some.includes(id)) continue;
    for (const spec of options) {
      if (spec.name === 'seed') continue; // every command has it
      const entry = byName.get(spec.name) ?? [spec, []];
      entry[1].push(id);
      byName.set(spec.name, entry);
    }
  }
  return new Map(byName.values());
}

function flagOf(spec: OptionSpec, ids: readonly string[]): Option {
  const flag = spec.type === 'boolean' ? `--${spec.name}` : `--${spec.name} <value>`;
  const without =
    spec.type === 'network' ? 'required' : `default: ${spec.default === '' ? 'none' : String(spec.default)}`;
  return new Option(flag, `${ids.join(', ')}: ${spec.about} (${without})`);
}

/** Adds a flag for every option of every mechanism, or of those named. */
export function mechanismFlags(command: Command, some?: readonly string[]): void {
  for (const [spec, ids] of optionsOfAll(some)) command.addOption(flagOf(spec, ids));
}

function camel(name: string): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** The mechanism with the options that the flags give it. */
export function chosen(id: string, flags: Readonly<Record<string, unknown>>): Mechanism {
  const own = definitionOf(id).options.map(({ name }) => name);
  const all = [...optionsOfAll().keys()].map(({ name }) => name);
  const given = [...all, ...own].filter((name) => flags[camel(name)] !== undefined);
  return mechanism(id, Object.fromEntries(given.map((name) => [name, flags[camel(name)]])));
}
