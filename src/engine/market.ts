import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { EngineError, InputError } from '../errors.js';
import { Control, type ControlState, type Pricing } from '../mechanisms/ocam/control.js';
import { drawBudgets } from '../mechanisms/ocam/stall.js';
import { Stream } from '../random.js';
import { Kernels } from '../wasm/kernels.js';
import { MarketLists, type MarketBundle, type SavedLists } from './market-lists.js';
import { MarketJournal } from './market-journal.js';
import { lineOf, MarketLog, parsed, pricingLine, readLog } from './market-log.js';
import {
  checkExpected,
  checkMarket,
  headerOf,
  settingsOf,
  type Decision,
  type MarketOptions,
} from './market-options.js';

const BLOCK = 1024;

/** The online mechanism as a market that stays open: an agent comes, and has its bundle at once. */
export class Market {
  private readonly kernels = new Kernels();
  private readonly control: Control;
  private readonly lists: MarketLists;
  private readonly journal: MarketJournal;
  private served = 0;
  /** Number of the next agent. */
  private number = 0;
  /** Arrivals after which the mechanism looks at its prices next. */
  private due: number;
  /** Budgets of a block of agents. */
  private block: { at: number; budgets: Float64Array } = { at: -1, budgets: new Float64Array() };
  /** Lists of the sample, where they matter. */
  private seen: Set<string> | undefined;

  /** @internal */
  constructor(
    private readonly options: MarketOptions,
    append = false,
  ) {
    checkMarket(options);
    const { capacities, expected, log, sync = false } = options;
    this.control = new Control(this.kernels, Float64Array.from(capacities), settingsOf(options), expected);
    this.lists = new MarketLists(capacities.length);
    this.due = this.control.next(0);
    const file = log === undefined ? undefined : new MarketLog(log, sync, append ? 'a' : 'ax');
    this.journal = new MarketJournal(file, options.keep === true);
    if (!append) this.journal.emit(headerOf(options));
  }

  /** Agents who have been served. */
  get agents(): number {
    return this.served;
  }

  /** Lines of the log, where they are kept. */
  get entries(): readonly string[] | undefined {
    return this.journal.entries;
  }

  /** Prices in force; 0 during the sample. */
  get prices(): Float64Array {
    return this.control.books.prices.slice();
  }

  /** Places handed out of each good. */
  get consumed(): Float64Array {
    return this.control.books.used.slice();
  }

  /** Every pricing so far, with its reason and how well it cleared. Reason 2 (drift) says that arrivals do not look random. */
  get pricings(): readonly Pricing[] {
    return this.control.pricings;
  }

  /** Serves one agent: its acceptable bundles, best first. */
  arrive(list: readonly MarketBundle[]): Decision {
    this.lists.check(list);
    return this.serve(list, this.number);
  }

  /** Serves agents who came together, in a random order drawn from the seed; decisions are in the order given. A list that makes no sense refuses them all. */
  arriveTogether(lists: readonly (readonly MarketBundle[])[]): Decision[] {
    for (const list of lists) this.lists.check(list);
    const first = this.number;
    const decisions: Decision[] = [];
    for (const k of new Stream(this.control.settings.seed, 2, first).choose(lists.length, lists.length)) {
      decisions[k] = this.serve(lists[k]!, first + k);
    }
    return decisions;
  }

  private serve(list: readonly MarketBundle[], number: number): Decision {
    const { lists, control } = this;
    lists.add(list);
    const budget = this.budgetOf(number);
    const sample = control.sampling(this.served);
    const { room, used, wanted } = control.books;
    const own = lists.listOf(lists.agents - 1);
    let favourite = 0;
    while (favourite < own.length && lists.cost(own[favourite]!) > budget) favourite++;
    let choice = favourite;
    while (choice < own.length && !(lists.cost(own[choice]!) <= budget && lists.fits(own[choice]!, room))) choice++;
    const stopped = !sample && choice > favourite;
    if (choice === own.length) choice = -1;
    const cost = choice < 0 ? 0 : lists.cost(own[choice]!);
    const atom = control.settings.mode === 'paper' && !sample && this.sampled(own);
    const had = atom ? Math.max(1 - control.settings.epsilonBudget, cost) : budget;
    const decision = { agent: number, choice, budget: had, cost, sample, stopped };
    try {
      this.journal.emit(lineOf(decision, list));
    } catch (error) {
      lists.drop();
      throw error;
    }
    if (favourite < own.length) lists.addTo(wanted, own[favourite]!, 1);
    if (choice >= 0) {
      lists.addTo(used, own[choice]!, 1);
      lists.addTo(room, own[choice]!, -1);
    }
    this.served += 1;
    this.number = Math.max(this.number, number + 1);
    if (this.served >= this.due) this.look(() => control.check(this.served, () => lists.view()));
    return decision;
  }

  /** Another number of arrivals is expected in all; prices are made anew if the sample is over. */
  forecast(expected: number): void {
    checkExpected(expected, this.served);
    this.journal.emit(JSON.stringify({ forecast: expected }));
    this.look(() => this.control.forecast(expected, this.served, () => this.lists.view()));
  }

  private look(act: () => boolean): void {
    const before = this.control.pricings.length;
    if (this.served < this.control.expected || before === 0) {
      if (act()) this.lists.reprice(this.control.books.prices);
    }
    const made = this.control.pricings.slice(before);
    const fresh = this.journal.next === undefined;
    for (const pricing of made) this.journal.tell(pricingLine(pricing));
    if (this.control.pricings[0]?.used === false) throw new EngineError('no prices were found that clear the sample');
    this.due = this.control.next(this.served);
    if (fresh) for (const pricing of made) this.options.onPricing?.(pricing);
  }

  /** True if an agent of the sample had the same list. */
  private sampled(own: Int32Array): boolean {
    const { lists, control } = this;
    this.seen ??= new Set(Array.from({ length: control.pricings[0]?.at ?? 0 }, (_, i) => lists.listOf(i).join()));
    return this.seen.has(own.join());
  }

  private budgetOf(number: number): number {
    const block = Math.floor(number / BLOCK);
    if (this.block.at !== block) {
      const { settings } = this.control;
      this.block = { at: block, budgets: drawBudgets(this.kernels, settings, block * BLOCK, BLOCK) };
    }
    return this.block.budgets[number % BLOCK]!;
  }

  /** Repeats what a log says has happened, and checks every line of it. */
  private replay(lines: readonly string[]): void {
    const { journal } = this;
    journal.replay(lines);
    for (let line = journal.next; line !== undefined; line = journal.next) {
      const event = parsed(line, journal.lines + 1);
      if ('list' in event) {
        this.lists.check(event.list as MarketBundle[]);
        this.serve(event.list as MarketBundle[], Number(event.agent));
      } else if ('forecast' in event) this.forecast(Number(event.forecast));
      else throw new InputError(`line ${journal.lines + 1} of the log is no event that the market expects: ${line}`);
    }
  }

  /** Writes all that later decisions depend on to a file, under a temporary name first. */
  snapshot(path: string): void {
    this.journal.settle();
    const { options, number } = this;
    const { lines } = this.journal;
    const state = { options, lines, number, control: this.control.save(), lists: this.lists.save() };
    const temporary = `${path}.partial`;
    writeFileSync(temporary, JSON.stringify(state));
    renameSync(temporary, path);
  }

  /** Ends the log. */
  close(): void {
    this.journal.close();
  }

  /**
   * Opens a market again from its log, from the last snapshot on if there is one, and appends to the log from there. Every decision in the log is made once
   * more and must come out the same. A last line without an end is cut off: the agent has had no answer.
   */
  static restore({ log, snapshot, onPricing }: RestoreOptions): Market {
    const lines = readLog(log);
    if (lines.length === 0) throw new InputError(`${log}: has no first line, expected the log of a market`);
    const header = parsed(lines[0]!, 1);
    if (!('market' in header)) throw new InputError(`${log}: does not begin with the settings of a market`);
    const market = new Market({ ...(header.market as MarketOptions), log, ...(onPricing && { onPricing }) }, true);
    market.journal.lines = 1;
    if (snapshot !== undefined) {
      const state = parsed(readFileSync(snapshot, 'utf8'), 1) as unknown as Snapshot;
      if (headerOf(state.options) !== lines[0] || state.lines > lines.length) {
        throw new InputError(`${snapshot}: is no snapshot of the market of ${log}`);
      }
      market.control.load(state.control);
      market.lists.load(state.lists);
      market.lists.reprice(market.control.books.prices);
      market.journal.lines = state.lines;
      market.served = market.lists.agents;
      market.number = state.number;
      market.due = market.control.next(market.served);
    }
    market.replay(lines.slice(market.journal.lines));
    return market;
  }
}

/** Where a market is to be found again. */
export interface RestoreOptions extends Pick<MarketOptions, 'onPricing'> {
  readonly log: string;
  readonly snapshot?: string;
}

interface Snapshot {
  readonly options: MarketOptions;
  readonly lines: number;
  readonly number: number;
  readonly control: ControlState;
  readonly lists: SavedLists;
}

/**
 * Opens a market: agents come one at a time and have their bundles at once, as `ocam` would decide. With `log`, every decision is in that file before it is
 * returned, and `restoreMarket` opens the market again from it.
 */
export function createMarket(options: MarketOptions): Market {
  return new Market(options);
}

/** Opens a market again from its log (and a snapshot, to be quicker); see `Market.restore`. */
export function restoreMarket(from: RestoreOptions): Market {
  return Market.restore(from);
}
