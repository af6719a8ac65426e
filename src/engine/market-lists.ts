import { InputError } from '../errors.js';
import type { Lists } from '../mechanisms/ocam/pricing.js';
import { said } from './market-options.js';

/** Lists as a snapshot holds them: bundles by their goods, typed arrays in base 64. */
export interface SavedLists {
  readonly bundles: readonly MarketBundle[];
  readonly ids: string;
  readonly starts: string;
}

/** A bundle: the numbers of its goods, one as often as it has units of it. */
export type MarketBundle = readonly number[];

/** Everything that agents have listed, each bundle once. Grows as they come. */
export class MarketLists {
  private readonly numbers = new Map<string, number>();
  private goodStart = [0];
  private readonly goods: number[] = [];
  private readonly units: number[] = [];
  private ids = new Int32Array(1024);
  private starts = new Int32Array(256);
  /** Agents so far. */
  agents = 0;
  /** Cost of each bundle at the prices of the last `reprice`. */
  private costs = new Float64Array(256);
  private prices: Float64Array;

  constructor(private readonly goodCount: number) {
    this.prices = new Float64Array(goodCount);
  }

  /** Different bundles so far. */
  get bundles(): number {
    return this.goodStart.length - 1;
  }

  /** Refuses a list that is none, and bundles that are not made of goods. */
  check(list: readonly MarketBundle[]): void {
    if (!Array.isArray(list)) throw new InputError(`the list is ${said(list)}, expected bundles, best first`);
    for (let l = 0; l < list.length; l++) {
      const bundle = list[l] as unknown;
      if (!Array.isArray(bundle) || bundle.length === 0) {
        throw new InputError(`bundle ${l} is ${said(bundle)}, expected a list of at least one good`);
      }
      for (const g of bundle as number[]) {
        if (!(Number.isInteger(g) && g >= 0 && g < this.goodCount)) {
          throw new InputError(
            `bundle ${l} has the good ${said(g)}, expected an integer from 0 to ${this.goodCount - 1}`,
          );
        }
      }
    }
  }

  /** Adds an agent's list, which `check` has let pass. */
  add(list: readonly MarketBundle[]): void {
    const from = this.starts[this.agents]!;
    const end = from + list.length;
    if (end > this.ids.length) this.ids = grown(this.ids, end);
    if (this.agents + 2 > this.starts.length) this.starts = grown(this.starts, this.agents + 2);
    for (let l = 0; l < list.length; l++) this.ids[from + l] = this.number(list[l]!);
    this.starts[++this.agents] = end;
  }

  /** Forgets the last agent's list. */
  drop(): void {
    this.agents -= 1;
  }

  private number(bundle: MarketBundle): number {
    const key = bundle.join();
    const known = this.numbers.get(key);
    if (known !== undefined) return known;
    const sorted = [...bundle].sort((a, b) => a - b);
    const plain = sorted.join();
    let id = this.numbers.get(plain);
    if (id === undefined) {
      id = this.bundles;
      for (let k = 0; k < sorted.length; k++) {
        if (k > 0 && sorted[k] === sorted[k - 1]) this.units[this.units.length - 1]! += 1;
        else {
          this.goods.push(sorted[k]!);
          this.units.push(1);
        }
      }
      this.goodStart.push(this.goods.length);
      this.numbers.set(plain, id);
      if (id >= this.costs.length) this.costs = grown(this.costs, id + 1);
      this.costs[id] = this.costOf(id);
    }
    if (key !== plain) this.numbers.set(key, id);
    return id;
  }

  /** Costs at new prices. */
  reprice(prices: Float64Array): void {
    this.prices = prices.slice();
    for (let b = 0; b < this.bundles; b++) this.costs[b] = this.costOf(b);
  }

  private costOf(b: number): number {
    let sum = 0;
    for (let k = this.goodStart[b]!; k < this.goodStart[b + 1]!; k++)
      sum += this.units[k]! * this.prices[this.goods[k]!]!;
    return sum;
  }

  /** Bundles of an agent, best first. */
  listOf(agent: number): Int32Array {
    return this.ids.subarray(this.starts[agent], this.starts[agent + 1]);
  }

  cost(bundle: number): number {
    return this.costs[bundle]!;
  }

  fits(bundle: number, room: Float64Array): boolean {
    for (let k = this.goodStart[bundle]!; k < this.goodStart[bundle + 1]!; k++) {
      if (this.units[k]! > room[this.goods[k]!]!) return false;
    }
    return true;
  }

  /** books += factor times the bundle */
  addTo(books: Float64Array, bundle: number, factor: number): void {
    for (let k = this.goodStart[bundle]!; k < this.goodStart[bundle + 1]!; k++)
      books[this.goods[k]!]! += factor * this.units[k]!;
  }

  /** Goods of a bundle, ascending, one as often as the bundle has units of it. */
  goodsOf(bundle: number): number[] {
    const all: number[] = [];
    for (let k = this.goodStart[bundle]!; k < this.goodStart[bundle + 1]!; k++) {
      for (let n = this.units[k]!; n > 0; n--) all.push(this.goods[k]!);
    }
    return all;
  }

  /** All lists as JSON holds them. */
  save(): SavedLists {
    const bytes = (array: Int32Array) =>
      Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString('base64');
    return {
      bundles: Array.from({ length: this.bundles }, (_, b) => this.goodsOf(b)),
      ids: bytes(this.ids.subarray(0, this.starts[this.agents])),
      starts: bytes(this.starts.subarray(0, this.agents + 1)),
    };
  }

  /** Fills lists that are empty with what `save` returned. */
  load({ bundles, ids, starts }: SavedLists): void {
    const numbers = (text: string) =>
      Int32Array.from(new Int32Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer));
    bundles.forEach((bundle) => this.number(bundle));
    this.ids = grown(numbers(ids), 1024);
    this.starts = grown(numbers(starts), 256);
    this.agents = numbers(starts).length - 1;
  }

  /** As the mechanism reads them. */
  view(): Lists {
    return {
      contents: {
        count: this.bundles,
        start: Int32Array.from(this.goodStart),
        good: Int32Array.from(this.goods),
        units: Float64Array.from(this.units),
      },
      ids: this.ids.subarray(0, this.starts[this.agents]),
      start: this.starts.subarray(0, this.agents + 1),
    };
  }
}

/** The array with room for at least `length` elements, twice what it had. */
function grown<T extends Int32Array | Float64Array>(array: T, length: number): T {
  const larger = new (array.constructor as new (length: number) => T)(Math.max(length, 2 * array.length));
  larger.set(array);
  return larger;
}
