import { Kernels } from '#dist/wasm/kernels.js';
import { seconds, time } from './stats.js';
import type { Row } from './rows.js';

const AGENTS = 1_000_000;
const GOODS = 20;
const BUNDLES = 8;

/** A million agents with 8 bundles of 1 to 3 goods each, places for about a third of what is wanted. */
async function million(): Promise<Row[]> {
  const { arena, call } = new Kernels();
  const [capacities, start, masks, assignment, remaining, open] = [
    4 * GOODS,
    4 * (AGENTS + 1),
    8 * AGENTS * BUNDLES,
    8 * AGENTS,
    4 * GOODS,
    8,
  ].map((bytes) => arena.take(bytes));
  arena.i32(capacities!, GOODS).fill(Math.round((AGENTS * 2) / GOODS / 3));
  arena.i32(start!, AGENTS + 1).forEach((_, i, view) => (view[i] = i * BUNDLES));
  const view = arena.u64(masks!, AGENTS * BUNDLES);
  for (let t = 0; t < view.length; t++) {
    let bits = call.hash64(1n, 0n, BigInt(t));
    let mask = 0n;
    for (let n = 0; n < 1 + (t % 3); n++, bits >>= 8n) mask |= 1n << BigInt(Number(bits & 255n) % GOODS);
    view[t] = mask;
  }
  const run = () => {
    arena.i32(remaining!, GOODS).set(arena.i32(capacities!, GOODS));
    call.serialDictatorshipMasks(AGENTS, GOODS, start!, masks!, 0, assignment!, remaining!, open!);
  };
  run();
  if (arena.i32(remaining!, GOODS).some((places) => places < 0)) throw new Error('capacity exceeded');
  const served = new BigInt64Array(call.memory.buffer, assignment!, AGENTS).reduce(
    (n, choice) => n + (choice >= 0n ? 1 : 0),
    0,
  );
  const taken = (await time('serial dictatorship', run, { runs: 9, warmup: 5 })) / 1000;
  const bytes = 8 * AGENTS * BUNDLES + 12 * AGENTS;
  return [
    {
      name: 'serial dictatorship, 1,000,000 agents, 20 goods, 8 bundles',
      value: seconds(taken),
      note: `${served.toLocaleString('en-US')} served, ${(bytes / taken / 1e9).toFixed(1)} GB/s of input`,
      target: '<= 300 ms',
      met: taken <= 0.3,
    },
  ];
}

export const cases = { 'serial-dictatorship million': million };
