import type { Kernels } from '../../wasm/kernels.js';
import { holdOut, price, type Lists, type Posted } from './pricing.js';
import { mostPlaces, sampleSize, type OcamSettings } from './settings.js';

/** Why prices were made. */
export const Reason = { sample: 0, schedule: 1, drift: 2, forecast: 3 } as const;

export interface Pricing {
  /** Arrivals that had been served. */
  readonly at: number;
  readonly reason: (typeof Reason)[keyof typeof Reason];
  readonly prices: Float64Array;
  /** Largest relative violation of market clearing among those that the prices were made from. */
  readonly error: number;
  /** False: no prices were found that clear, the old ones stay. */
  readonly used: boolean;
}

/** Places and money: what changes with every arrival. */
export interface Books {
  /** Price of each good; 0 during the sample. */
  readonly prices: Float64Array;
  /** Places that may still be handed out, of each good. */
  readonly room: Float64Array;
  /** Places handed out. */
  readonly used: Float64Array;
  /** Places that agents would have taken at their prices if nothing ever ran out, since the prices were made. */
  readonly wanted: Float64Array;
}

type Stored = readonly (number | null)[];

/** State of a Control as JSON holds it; null stands for infinity. */
export interface ControlState {
  readonly n: number;
  readonly since: number;
  readonly due: number | null;
  readonly books: Readonly<Record<keyof Books, Stored>>;
  readonly posted:
    | (Omit<Posted, 'prices' | 'mean' | 'variance'> & {
        readonly prices: Stored;
        readonly mean: Stored;
        readonly variance: Stored;
      })
    | undefined;
  readonly pricings: readonly (Omit<Pricing, 'prices'> & { readonly prices: Stored })[];
}

/** Prices clear to this, or are not used. */
const CLEARS = 1e-9;

/**
 * The mechanism between arrivals: when prices are made, of whom, against which capacities. The same for a file of arrivals and for a market that is open,
 * so that both decide alike.
 */
export class Control {
  readonly pricings: Pricing[] = [];
  readonly books: Books;
  private posted: Posted | undefined;
  /** Arrivals served when the prices in force were made, and when they are due again. */
  private since = 0;
  private due = Infinity;

  /** `n`: arrivals expected. */
  constructor(
    private readonly kernels: Kernels,
    readonly capacities: Float64Array,
    readonly settings: OcamSettings,
    private n: number,
  ) {
    const zeros = () => new Float64Array(capacities.length);
    this.books = {
      prices: zeros(),
      room: capacities.map((c) => Math.floor(settings.epsilonSample * c + 1e-9)),
      used: zeros(),
      wanted: zeros(),
    };
  }

  /** All that later decisions depend on, as plain data. */
  save(): ControlState {
    const { prices, room, used, wanted } = this.books;
    const list = (x: Float64Array) => Array.from(x, (v) => (v === Infinity ? null : v));
    return {
      n: this.n,
      since: this.since,
      due: this.due === Infinity ? null : this.due,
      books: { prices: list(prices), room: list(room), used: list(used), wanted: list(wanted) },
      posted: this.posted && {
        ...this.posted,
        prices: list(this.posted.prices),
        mean: list(this.posted.mean),
        variance: list(this.posted.variance),
      },
      pricings: this.pricings.map((pricing) => ({ ...pricing, prices: list(pricing.prices) })),
    };
  }

  /** Goes on from where `save` was called. */
  load(state: ControlState): void {
    const array = (x: readonly (number | null)[]) => Float64Array.from(x, (v) => v ?? Infinity);
    this.n = state.n;
    this.since = state.since;
    this.due = state.due ?? Infinity;
    for (const name of ['prices', 'room', 'used', 'wanted'] as const) this.books[name].set(array(state.books[name]));
    this.posted = state.posted && {
      ...state.posted,
      prices: array(state.posted.prices),
      mean: array(state.posted.mean),
      variance: array(state.posted.variance),
    };
    this.pricings.splice(
      0,
      Infinity,
      ...state.pricings.map((pricing) => ({ ...pricing, prices: array(pricing.prices) })),
    );
  }

  get expected(): number {
    return this.n;
  }

  get sample(): number {
    return sampleSize(this.settings, this.n);
  }

  /** True while agents are served by serial dictatorship. */
  sampling(served: number): boolean {
    return served < this.sample;
  }

  /** Number of arrivals after which `check` must be called next; it is above `served`. */
  next(served: number): number {
    if (this.sampling(served)) return this.sample;
    const drift =
      this.settings.drift > 0 ? this.since + this.step * (1 + Math.floor((served - this.since) / this.step)) : Infinity;
    return Math.min(this.due > served ? this.due : Infinity, drift);
  }

  /** Arrivals between two looks for drift. */
  private get step(): number {
    return Math.max(50, Math.ceil(this.n / 100));
  }

  /** After `served` arrivals: makes prices if they are due. Returns true if they are new. */
  check(served: number, lists: () => Lists): boolean {
    if (served >= this.sample && this.pricings.length === 0) {
      // A forecast may say that the sample was over some time ago: then it is another share of the arrivals.
      const share = served === this.sample ? this.settings.epsilonSample : served / this.n;
      return this.make(
        served,
        Reason.sample,
        lists,
        0,
        this.capacities.map((c) => c * share),
      );
    }
    if (this.pricings.length === 0) return false;
    if (served >= this.due) return this.remake(served, Reason.schedule, lists, 0);
    if (this.drifted(served))
      return this.remake(served, Reason.drift, lists, served - Math.max(this.sample, served - this.since));
    return false;
  }

  /** Another number of arrivals is expected from now on; prices are made (anew) if the sample is over. */
  forecast(n: number, served: number, lists: () => Lists): boolean {
    this.n = n;
    return this.pricings.length > 0 ? this.remake(served, Reason.forecast, lists, 0) : this.check(served, lists);
  }

  /** Prices for the arrivals to come, as many as `n` says, from those after `first`: what is left, scaled to their number. */
  private remake(served: number, reason: Pricing['reason'], lists: () => Lists, first: number): boolean {
    const rest = this.n - served;
    if (rest <= 0) {
      this.due = Infinity;
      return false;
    }
    const { used } = this.books;
    const scale = (served - first) / rest;
    return this.make(
      served,
      reason,
      lists,
      first,
      this.capacities.map((c, g) => Math.max(0, c - used[g]!) * scale),
    );
  }

  private make(
    served: number,
    reason: Pricing['reason'],
    lists: () => Lists,
    first: number,
    capacities: Float64Array,
  ): boolean {
    const { epsilonBudget: epsilon, seed, reserve, reprice } = this.settings;
    const how = { epsilon, seed };
    const seen = lists();
    const back = reserve >= 0 ? reserve : holdOut(this.kernels, seen, first, served, capacities, how);
    const posted = price(
      this.kernels,
      seen,
      first,
      served,
      capacities.map((c) => c * (1 - back)),
      how,
    );
    const used = posted.error <= CLEARS;
    this.pricings.push({ at: served, reason, prices: posted.prices, error: posted.error, used });
    this.due = reprice > 0 ? served + Math.max(1, Math.round(reprice * this.n)) : Infinity;
    if (reason === Reason.sample) {
      this.books.room.set(this.capacities.map((c, g) => mostPlaces(this.settings, c) - this.books.used[g]!));
    }
    if (!used) return false;
    this.books.prices.set(posted.prices);
    this.books.wanted.fill(0);
    this.posted = posted;
    this.since = served;
    return true;
  }

  /** True if what agents want has left what the prices expect by more standard deviations than the settings allow, sampling error counted. */
  private drifted(served: number): boolean {
    const count = served - this.since;
    if (!this.posted || this.settings.drift === 0 || count === 0 || count % this.step !== 0) return false;
    const { mean, variance, agents } = this.posted;
    return mean.some((x, g) => {
      // One unit more than was seen keeps goods that hardly anybody of the sample wanted from looking like news.
      const deviation = Math.sqrt((variance[g]! + 1 / agents) * count * (1 + count / agents));
      return Math.abs(this.books.wanted[g]! - count * x) > this.settings.drift * deviation;
    });
  }
}
