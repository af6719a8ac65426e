import { createMarket, sampleMarket } from '#dist/index.js';
import { mergeBundles } from '#dist/mechanisms/eceei/bundles.js';
import { solvePrices } from '#dist/mechanisms/eceei/solve.js';
import { eceei } from '#dist/mechanisms/eceei.js';
import { Stall } from '#dist/mechanisms/ocam/stall.js';
import { Kernels } from '#dist/wasm/kernels.js';
import type { Row } from './rows.js';
import { median, seconds, time } from './stats.js';

const ARRIVALS = 1_000_000;
const LISTED = 32;
const GOODS = 20;

/** A million agents with 32 of 1140 triples of goods each, prices such that about a third of the list is looked at. */
async function arrivals(): Promise<Row[]> {
  const kernels = new Kernels();
  const { arena, call } = kernels;
  const good: number[] = [];
  for (let a = 0; a < GOODS; a++) for (let b = 0; b < a; b++) for (let c = 0; c < b; c++) good.push(c, b, a);
  const count = good.length / 3;
  const contents = {
    count,
    start: Int32Array.from({ length: count + 1 }, (_, b) => 3 * b),
    good: Int32Array.from(good),
    units: new Float64Array(good.length).fill(1),
  };
  const stall = new Stall(kernels, contents, GOODS);
  const [start, ids, budgets, assignment, stopped] = [
    4 * (ARRIVALS + 1),
    4 * ARRIVALS * LISTED,
    8 * ARRIVALS,
    8 * ARRIVALS,
    ARRIVALS,
  ].map((bytes) => arena.take(bytes)) as [number, number, number, number, number];
  arena.i32(start, ARRIVALS + 1).forEach((_, i, view) => (view[i] = i * LISTED));
  const view = arena.i32(ids, ARRIVALS * LISTED);
  let state = 1;
  for (let t = 0; t < view.length; t++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    view[t] = state % count;
  }
  call.drawBudgets(1n, 1n, 0, ARRIVALS, 0.2, 0, budgets);
  const prices = Float64Array.from({ length: GOODS }, (_, g) => 0.25 + (0.3 * g) / GOODS);
  const books = () => ({
    prices,
    room: new Float64Array(GOODS).fill(0.9 * ARRIVALS),
    used: new Float64Array(GOODS),
    wanted: new Float64Array(GOODS),
  });
  const read = books();
  const run = () => {
    stall.write(books());
    call.stallServe(stall.at, start, ids, 0, ARRIVALS, budgets, assignment, stopped);
  };
  run();
  stall.read(read);
  if (read.used.some((used, g) => used + read.room[g]! !== 0.9 * ARRIVALS)) throw new Error('places do not add up');
  const taken = (await time('posted prices', run, { runs: 9, warmup: 3 })) / 1000;
  const looked = new BigInt64Array(call.memory.buffer, assignment, ARRIVALS).reduce(
    (sum, choice) => sum + (choice < 0n ? LISTED : Number(choice) + 1),
    0,
  );
  return [
    {
      name: '1,000,000 arrivals at posted prices, 32 bundles listed',
      value: seconds(taken),
      note: `${(looked / ARRIVALS).toFixed(1)} bundles looked at on average`,
      target: '<= 100 ms',
      met: taken <= 0.1,
    },
  ];
}

/** Solves of markets in which every agent has a list of its own. */
async function solves(): Promise<Row[]> {
  const kernels = new Kernels();
  const rows: Row[] = [];
  for (const [agents, runs, target] of [
    [1000, 30, 0.04],
    [10_000, 3, 2],
  ] as const) {
    const times: number[] = [];
    for (let seed = 0; seed < runs; seed++) {
      const name = ['additive', 'common-value', 'slot-pairs'][seed % 3]!;
      const supply = seed % 2 ? 0.4 : 1.1;
      const epsilon = [0.2, 0.05, 0.01][Math.floor(seed / 2) % 3]!;
      const market = sampleMarket(name, { agents, goods: 10, supply, seed });
      if (seed === 0) eceei.solve(kernels, market, { epsilon });
      const mark = kernels.arena.mark();
      const bundles = mergeBundles(kernels, market);
      const before = performance.now();
      const { residual } = solvePrices(kernels, bundles, market.bundleStart, market.capacities, {
        epsilon,
        seed: 0,
        most: 2e10,
      });
      times.push((performance.now() - before) / 1000);
      kernels.arena.release(mark);
      if (!(residual <= 1e-9)) throw new Error(`${name} ${seed} does not clear: ${residual}`);
    }
    const middle = median(times);
    rows.push({
      name: `eceei, ${agents.toLocaleString('en-US')} agents with lists of their own, 10 goods`,
      value: seconds(middle),
      note: `median of ${runs} markets of three kinds, ${seconds(Math.min(...times))} to ${seconds(Math.max(...times))}`,
      target: target < 1 ? '<= 40 ms' : '<= 2 s',
      met: middle <= target,
    });
  }
  return rows;
}

/** An open market: time of an arrival with its log line in memory, between two pricings. */
async function streaming(): Promise<Row[]> {
  const agents = 20_000;
  const market = createMarket({
    capacities: Array<number>(GOODS).fill(2000),
    expected: agents,
    epsilonSample: 0.01,
    reprice: 0,
    drift: 0,
    keep: true,
  });
  let state = 7;
  const next = (n: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) % n;
  };
  const lists = Array.from({ length: agents }, () =>
    Array.from({ length: LISTED }, () => [next(6), 6 + next(7), 13 + next(7)]),
  );
  const times = lists.map((list) => {
    const before = performance.now();
    market.arrive(list);
    return (performance.now() - before) / 1000;
  });
  const middle = median(times.slice(agents / 2));
  return [
    {
      name: 'one arrival at an open market, 32 bundles listed, log line in memory',
      value: seconds(middle),
      note: `memory: ${4 * LISTED + 4} bytes an agent for its list, and the log line (${Math.round(market.entries!.at(-1)!.length)} characters here)`,
      target: '<= 20 us',
      met: middle <= 20e-6,
    },
  ];
}

export const cases = { 'ocam arrivals': arrivals, 'eceei solve': solves, 'ocam streaming': streaming };
