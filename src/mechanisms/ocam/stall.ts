import type { Kernels } from '../../wasm/kernels.js';
import type { Bundles } from '../eceei/bundles.js';
import type { Books } from './control.js';
import type { OcamSettings } from './settings.js';

/** Prices, places and costs in the kernels' memory, as class Stall of assembly/ocam.ts reads them. Stays until the arena is released. */
export class Stall {
  readonly at: number;
  private readonly books: Readonly<Record<keyof Books, number>>;

  constructor(
    private readonly kernels: Kernels,
    contents: Pick<Bundles, 'count' | 'start' | 'good' | 'units'>,
    private readonly goods: number,
  ) {
    const { arena } = kernels;
    const { count, start, good, units } = contents;
    this.at = arena.take(64);
    const [startAt, goodAt, unitsAt] = [
      arena.take(start.byteLength),
      arena.take(good.byteLength),
      arena.take(units.byteLength),
    ];
    const [prices, room, used, wanted, largest] = Array.from({ length: 5 }, () => arena.take(8 * goods)) as [
      number,
      number,
      number,
      number,
      number,
    ];
    const [cost, open] = [arena.take(8 * count), arena.take(8 * count)];
    arena.i32(startAt, start.length).set(start);
    arena.i32(goodAt, good.length).set(good);
    arena.f64(unitsAt, units.length).set(units);
    arena
      .i32(this.at, 12)
      .set([goods, count, startAt, goodAt, unitsAt, prices, room, used, wanted, cost, open, largest]);
    this.books = { prices, room, used, wanted };
  }

  /** Takes the books over, and works out what bundles cost and which of them fit. */
  write(books: Books): void {
    for (const name of ['prices', 'room', 'used', 'wanted'] as const) {
      this.kernels.arena.f64(this.books[name], this.goods).set(books[name]);
    }
    this.kernels.call.stallOpen(this.at);
  }

  /** Brings the books up to what has been served. */
  read(books: Books): void {
    for (const name of ['room', 'used', 'wanted'] as const) {
      books[name].set(this.kernels.arena.f64(this.books[name], this.goods));
    }
  }
}

/** Stream of the seed that budgets are drawn from, apart from those of random orders. */
const BUDGETS = 1n;

/** Budgets of agents `first` … `first + count − 1`: a function of the seed and the agent's number, so that they are settled before any report. */
export function drawBudgets(
  { arena, call }: Kernels,
  { seed, epsilonBudget, draw }: OcamSettings,
  first: number,
  count: number,
): Float64Array {
  const mark = arena.mark();
  const at = arena.take(8 * count);
  call.drawBudgets(BigInt(seed), BUDGETS, first, count, epsilonBudget, draw === 'golden' ? 1 : 0, at);
  const budgets = arena.f64(at, count).slice();
  arena.release(mark);
  return budgets;
}
