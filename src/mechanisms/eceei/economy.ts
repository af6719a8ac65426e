import type { Kernels } from '../../wasm/kernels.js';
import { tableSize, type Bundles } from './bundles.js';

/** An economy that the kernels can solve, and the goods that are in it. */
export interface PlacedEconomy {
  /** Address of the record, as class Economy of assembly/eceei/economy.ts reads it. */
  readonly at: number;
  /** Goods with places that somebody lists, by their number in the problem. */
  readonly open: Int32Array;
  readonly types: number;
  readonly bundles: number;
}

/**
 * Places the economy of `agents` agents whose lists are rows `start[i]` … `start[i + 1] − 1`, over the bundles that are left when goods without
 * places are closed. Agents with the same list become one type; `multiplicity` says how many each of them stands for. What it takes of the
 * arena stays taken.
 */
export function placeEconomy(
  kernels: Kernels,
  bundles: Bundles,
  start: Int32Array,
  capacities: ArrayLike<number>,
  multiplicity?: Int32Array,
): PlacedEconomy {
  const { arena, call } = kernels;
  const agents = start.length - 1;
  const entries = start[agents]! - start[0]!;
  const goods = capacities.length;
  const listed = new Uint8Array(goods);
  bundles.good.forEach((g) => (listed[g] = 1));
  const open = Int32Array.from({ length: goods }, (_, g) => g).filter((g) => capacities[g]! > 0 && listed[g] === 1);
  const number = new Int32Array(goods).fill(-1);
  open.forEach((g, k) => (number[g] = k));
  const { rename, kept, goodStart, good, amount } = openBundles(bundles, number);

  const at = {
    goodStart: arena.take(4 * goodStart.length),
    good: arena.take(4 * good.length),
    amount: arena.take(8 * amount.length),
    first: arena.take(4 * agents),
    end: arena.take(4 * agents),
    list: arena.take(4 * entries),
    weight: arena.take(8 * agents),
    capacity: arena.take(8 * open.length),
  };
  const record = arena.take(64);
  const mark = arena.mark();
  const size = tableSize(agents);
  const scratch = {
    start: arena.take(4 * start.length),
    rename: arena.take(4 * rename.length),
    multiplicity: multiplicity ? arena.take(4 * agents) : 0,
    table: arena.take(4 * size),
  };
  arena.i32(at.goodStart, goodStart.length).set(goodStart);
  arena.i32(at.good, good.length).set(good);
  arena.f64(at.amount, amount.length).set(amount);
  arena.f64(at.capacity, open.length).set(Float64Array.from(open, (g) => capacities[g]!));
  arena.i32(scratch.start, start.length).set(start);
  arena.i32(scratch.rename, rename.length).set(rename);
  if (multiplicity) arena.i32(scratch.multiplicity, agents).set(multiplicity);
  const types = call.mergeLists(
    agents,
    scratch.start,
    bundles.ids,
    scratch.rename,
    scratch.multiplicity,
    at.list,
    at.first,
    at.end,
    at.weight,
    scratch.table,
    size,
  );
  arena.release(mark);
  arena
    .i32(record, 11)
    .set([
      open.length,
      types,
      kept,
      at.goodStart,
      at.good,
      at.amount,
      at.first,
      at.end,
      at.list,
      at.weight,
      at.capacity,
    ]);
  return { at: record, open, types, bundles: kept };
}

/** The bundles without a closed good, renumbered, over the open goods. */
function openBundles({ count, start, good, units }: Bundles, number: Int32Array) {
  const rename = new Int32Array(count).fill(-1);
  const goodStart = [0];
  const goods: number[] = [];
  const amount: number[] = [];
  let kept = 0;
  for (let b = 0; b < count; b++) {
    const [from, to] = [start[b]!, start[b + 1]!];
    let closed = false;
    for (let k = from; k < to; k++) closed ||= number[good[k]!]! < 0;
    if (closed) continue;
    rename[b] = kept++;
    for (let k = from; k < to; k++) {
      goods.push(number[good[k]!]!);
      amount.push(units[k]!);
    }
    goodStart.push(goods.length);
  }
  return { rename, kept, goodStart, good: goods, amount };
}
