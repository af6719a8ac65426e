import { placeBatch, placeDesk } from '../networks/place.js';
import type { Kernels } from '../wasm/kernels.js';
import type { Placed } from '../wasm/placed.js';
import type { ClimbBox } from './mechanism.js';

/** Rates of Adam, one after the other, as a share of the box of values. */
const RATES = [0.1, 0.02];

/**
 * Reports of one agent climb by Adam along the gradient through the network (assembly/network/ascent.ts), in single precision; the caller
 * tries what comes out again.
 */
export function climbNetwork(
  kernels: Kernels,
  net: number,
  input: Placed,
  profile: number,
  agent: number,
  reports: readonly Float64Array[],
  box: ClimbBox,
): Float64Array[] {
  const { arena, call } = kernels;
  const { agents, items } = input;
  const mark = arena.mark();
  try {
    const f32 = (at: number, length: number) => new Float32Array(call.memory.buffer, at, length);
    const batch = placeBatch(kernels, net, 1);
    const block = arena.take(64);
    const list = arena.take(4);
    const at = arena.take(8 * items * reports.length);
    const gains = arena.take(4 * reports.length);
    const desk = placeDesk(kernels, net, batch, reports.length);
    const read = (name: string, length: number, absent: number) => {
      const from = input.address(name);
      if (from === 0) return new Float64Array(length).fill(absent);
      return arena.f64(from + 8 * profile * input.stride(name), length).slice();
    };
    const budgets = read('budgets', items, 1);
    const demands = read('demands', agents * items, Infinity).map((x, j) => Math.min(x, budgets[j % items]!));
    const [, values, wishes, , , supplies, weights] = new Uint32Array(call.memory.buffer, batch, 7);
    f32(values!, agents * items).set(read('values', agents * items, 0));
    f32(wishes!, agents * items).set(demands);
    f32(supplies!, items).set(budgets);
    f32(weights!, agents).set(read('weights', agents, 1));
    arena.i32(list, 1)[0] = agent;
    reports.forEach((report, r) => f32(at + 8 * items * r, 2 * items).set(report));
    const words = new Int32Array(call.memory.buffer, block, 16);
    const numbers = f32(block, 16);
    words.set([list, 1, reports.length, box.steps]);
    numbers.set([box.low, box.high, Math.max(...box.demandHigh)], 5);
    words.set([box.demandsToo ? 1 : 0, at, gains], 8);
    for (const rate of RATES) {
      numbers[4] = rate * (box.high - box.low);
      call.networkAscend(net, batch, block, desk);
    }
    return reports.map((report, r) => {
      const reached = Float64Array.from(f32(at + 8 * items * r, 2 * items));
      // Demands that are not lied about keep their bits.
      if (!box.demandsToo) reached.set(report.subarray(items), items);
      return reached;
    });
  } finally {
    arena.release(mark);
  }
}
