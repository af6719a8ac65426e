import { InputError } from '../errors.js';
import type { Pricing } from '../mechanisms/ocam/control.js';
import { OCAM_OPTIONS, ocamSettings, type OcamSettings } from '../mechanisms/ocam/settings.js';
import { checkOptions } from '../mechanisms/registry.js';

export interface MarketOptions extends Partial<Omit<OcamSettings, 'batch'>> {
  /** Places of each good. */
  readonly capacities: readonly number[];
  /** Arrivals expected. */
  readonly expected: number;
  /** File that every decision is appended to before it is returned. Default: none. */
  readonly log?: string;
  /** Wait for the disk after every line of the log. */
  readonly sync?: boolean;
  /** Keep the lines of the log in memory too (`entries`). */
  readonly keep?: boolean;
  /** Called when prices have been made; reason 2 (drift) is the warning that arrivals do not look random. Not for those that a log being replayed has. */
  readonly onPricing?: (pricing: Pricing) => void;
}

/** What an agent gets. */
export interface Decision {
  /** Number of the agent, in order of arrival; a batch that a crash cut short may leave numbers unused. */
  readonly agent: number;
  /** Index into the agent's list, -1: nothing. */
  readonly choice: number;
  /**
   * Money that the agent had, settled by seed and number; in the mode as printed and for a list that the sample has seen, the atom of that list's law below it.
   */
  readonly budget: number;
  /** What the bundle cost. */
  readonly cost: number;
  /** The agent is one of the sample, served by serial dictatorship. */
  readonly sample: boolean;
  /** The agent would have taken another bundle, which was gone: no promise of fairness or efficiency holds for this agent. */
  readonly stopped: boolean;
}

/** Options that are not the mechanism's. */
const OWN = ['capacities', 'expected', 'log', 'sync', 'keep', 'onPricing'];

/** Refuses capacities that are no whole numbers, and a number of arrivals that makes no sense. */
export function checkMarket(options: MarketOptions): void {
  const { capacities, expected } = (options ?? {}) as Partial<MarketOptions>;
  if (!Array.isArray(capacities))
    throw new InputError(`capacities is ${said(capacities)}, expected a list of integers`);
  (capacities as unknown[]).forEach((c, g) => {
    if (!(Number.isInteger(c) && Number(c) >= 0))
      throw new InputError(`capacities[${g}] is ${said(c)}, expected an integer >= 0`);
  });
  if (capacities.length === 0) throw new InputError('capacities is empty, expected at least one good');
  checkExpected(expected as number, 0);
}

export function checkExpected(expected: number, served: number): void {
  if (!(Number.isInteger(expected) && expected >= Math.max(1, served) && expected < 2 ** 31)) {
    throw new InputError(`expected is ${expected}, expected an integer of at least ${Math.max(1, served)}`);
  }
}

/** The settings as the mechanism's options name them. */
export function settingsOf(options: MarketOptions): OcamSettings {
  const given = Object.fromEntries(
    Object.entries(options)
      .filter(([name, value]) => !OWN.includes(name) && value !== undefined)
      .map(([name, value]) => [name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`), value]),
  );
  return ocamSettings(checkOptions('a market', OCAM_OPTIONS, given));
}

export function headerOf(options: MarketOptions): string {
  const stays = Object.entries(options).filter(([name]) => !['log', 'sync', 'keep', 'onPricing'].includes(name));
  return JSON.stringify({ market: Object.fromEntries(stays.sort(([a], [b]) => (a < b ? -1 : 1))) });
}

/** A value as a sentence shows it. */
export function said(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}
