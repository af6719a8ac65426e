import { spawn, spawnSync } from 'node:child_process';
import fs, { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  createEngine,
  createMarket,
  ocam,
  restoreMarket,
  sampleMarket,
  type Decision,
  type Market,
  type MarketOptions,
  type Pricing,
} from 'evenhand';
import { afterAll, describe, expect, it } from 'vitest';
import { unitsOf } from '../helpers/markets.js';

const folder = mkdtempSync(join(tmpdir(), 'evenhand-market-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const AGENTS = 400;
const sampled = sampleMarket('common-value', { agents: AGENTS, goods: 6, types: 90, seed: 3 });
const lists = Array.from({ length: AGENTS }, (_, i) => {
  const { bundleStart } = sampled;
  return Array.from({ length: bundleStart[i + 1]! - bundleStart[i]! }, (__, l) =>
    unitsOf(sampled, bundleStart[i]! + l).flatMap((n, g) => Array<number>(n).fill(g)),
  );
});
const base: MarketOptions = { capacities: [...sampled.capacities], expected: AGENTS, seed: 5, reprice: 0.2 };
const PAPER = { mode: 'paper' } as const;

function lines(name: string): string[] {
  return readFileSync(join(folder, name), 'utf8').trim().split('\n');
}

function serve(market: Market, from = market.agents, to = AGENTS): Decision[] {
  return lists.slice(from, to).map((list) => market.arrive(list));
}

describe('a market that stays open', () => {
  it('decides as the mechanism does on the file of all arrivals', async () => {
    await using engine = await createEngine({ threads: 0 });
    for (const options of [{}, PAPER, { capacity: 'soft', overflow: 0.02, draw: 'golden' }] as const) {
      const result = await engine.allocate(ocam({ seed: 5, reprice: 0.2, ...options }), sampled);
      const market = createMarket({ ...base, ...options });
      const decisions = serve(market);
      expect(decisions.map(({ choice }) => choice)).toEqual(Array.from(result.assignment as BigInt64Array, Number));
      expect(decisions.map(({ stopped }) => Number(stopped))).toEqual(Array.from(result.stopped as Int8Array));
      expect([...market.consumed]).toEqual(Array.from(result.consumed as Int32Array));
      expect(market.prices).toEqual(result.prices);
      expect(decisions.map(({ budget }) => budget)).toEqual(Array.from(result.budgets as Float64Array));
      // Of lists that the sample has seen, the mode as printed has budgets of exactly what was bought.
      const atoms = decisions.filter(({ sample, budget, cost }) => !sample && budget === cost).length;
      expect(atoms > 50).toBe(options === PAPER);
    }
  });

  it('writes the same log for the same arrivals, kept in memory or not, and replays it', () => {
    const market = createMarket({ ...base, log: join(folder, 'a'), keep: true });
    const decisions = serve(market);
    market.close();
    expect(lines('a')).toEqual(market.entries);
    const again = createMarket({ ...base, log: join(folder, 'b') });
    serve(again);
    again.close();
    expect(readFileSync(join(folder, 'b')).equals(readFileSync(join(folder, 'a')))).toBe(true);
    const restored = restoreMarket({ log: join(folder, 'b') });
    expect([restored.agents, restored.prices]).toEqual([AGENTS, market.prices]);
    restored.close();
    expect(readFileSync(join(folder, 'b')).equals(readFileSync(join(folder, 'a')))).toBe(true);
    // An agent's line says all that its decision hangs on.
    const logged = lines('a').map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(logged.filter((line) => 'agent' in line)).toEqual(decisions.map((d, i) => ({ list: lists[i], ...d })));
    expect(logged.filter((line) => 'pricing' in line).map((line) => line.pricing)).toEqual([
      'sample',
      ...Array<string>(4).fill('schedule'),
    ]);
  });

  it('goes on from a snapshot as if nothing had happened', () => {
    const market = createMarket({ ...base, log: join(folder, 'c') });
    serve(market, 0, 150);
    market.snapshot(join(folder, 'c.snapshot'));
    serve(market, 150, 170);
    market.close();
    const restored = restoreMarket({ log: join(folder, 'c'), snapshot: join(folder, 'c.snapshot') });
    expect(restored.agents).toBe(170);
    serve(restored);
    restored.close();
    expect(lines('c')).toEqual(lines('a'));
  });

  it('loses no decided agent when it is killed', async () => {
    writeFileSync(join(folder, 'job'), JSON.stringify({ options: { ...base, log: join(folder, 'd') }, lists }));
    const child = spawn(process.execPath, [
      fileURLToPath(new URL('market-child.mjs', import.meta.url)),
      join(folder, 'job'),
    ]);
    let said = '';
    await new Promise<void>((done) => {
      child.stdout.on('data', (data: Buffer) => {
        said += data.toString();
        if (said.split('\n').length > 60) child.kill('SIGKILL');
      });
      child.on('close', () => done());
    });
    const decided = said
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Decision);
    expect(decided.length).toBeGreaterThanOrEqual(60);
    const restored = restoreMarket({ log: join(folder, 'd') });
    expect(restored.agents).toBeGreaterThanOrEqual(decided.length);
    const logged = lines('d')
      .map((line) => JSON.parse(line) as Decision & { list?: unknown })
      .filter((line) => line.list !== undefined);
    decided.forEach((decision, i) => expect(logged[i]).toMatchObject({ ...decision }));
    serve(restored);
    restored.close();
    expect(lines('d')).toEqual(lines('a'));
  });

  it('loses no decided agent when the disk is full in the middle of a line', () => {
    writeFileSync(join(folder, 'job'), JSON.stringify({ options: { ...base, log: join(folder, 'full') }, lists }));
    const child = fileURLToPath(new URL('market-child.mjs', import.meta.url));
    const { stdout, stderr } = spawnSync(
      'bash',
      ['-c', 'trap "" XFSZ; ulimit -f 64; exec "$@"', 'bash', process.execPath, child, join(folder, 'job')],
      { encoding: 'utf8' },
    );
    expect(stderr).toMatch(/full: cannot be written/);
    const decided = stdout.trim().split('\n').length;
    expect(decided).toBeGreaterThan(10);
    // Every line is whole.
    expect(readFileSync(join(folder, 'full')).at(-1)).toBe(10);
    const restored = restoreMarket({ log: join(folder, 'full') });
    expect(restored.agents).toBe(decided);
    serve(restored);
    restored.close();
    expect(lines('full')).toEqual(lines('a'));
  });

  it('goes on where it was when the disk has room again, after a decision and after prices that it could not write', () => {
    const log = join(folder, 'l');
    const market = createMarket({ ...base, log });
    // Takes half of the bytes, then nothing.
    const { writeSync } = fs;
    let calls = 0;
    const full = (file: number, bytes: Uint8Array, at: number) => {
      if (calls++ > 0) throw new Error('no space left');
      return writeSync(file, bytes, at, bytes.length >> 1);
    };
    const whileFull = (act: () => void) => {
      calls = 0;
      fs.writeSync = full as typeof fs.writeSync;
      syncBuiltinESMExports();
      try {
        act();
      } finally {
        fs.writeSync = writeSync;
        syncBuiltinESMExports();
      }
      expect(calls).toBeGreaterThan(1);
    };
    serve(market, 0, 25);
    whileFull(() => expect(() => market.arrive(lists[25]!)).toThrow('no space left'));
    expect(market.agents).toBe(25);
    serve(market, 25, 39);
    // The last one of the sample: its own line fits, that on the prices does not.
    calls = -1;
    const { length } = lines('l');
    fs.writeSync = ((file: number, bytes: Uint8Array, at: number) =>
      calls++ < 0 ? writeSync(file, bytes, at) : full(file, bytes, at)) as typeof fs.writeSync;
    syncBuiltinESMExports();
    const { agent } = market.arrive(lists[39]!);
    fs.writeSync = writeSync;
    syncBuiltinESMExports();
    expect([agent, market.pricings.length, lines('l').length]).toEqual([39, 1, length + 1]);
    serve(market, 40, 60);
    market.snapshot(join(folder, 'l.snapshot'));
    serve(market, 60, 70);
    market.close();
    const restored = restoreMarket({ log, snapshot: join(folder, 'l.snapshot') });
    expect(restored.agents).toBe(70);
    serve(restored);
    restored.close();
    expect(lines('l')).toEqual(lines('a'));
  });

  it('makes its first prices when fewer arrivals are expected than make up the sample', () => {
    const market = createMarket({ ...base, reprice: 0, drift: 0, log: join(folder, 'i') });
    serve(market, 0, 30);
    market.forecast(200);
    expect(market.pricings.map(({ at, reason }) => [at, reason])).toEqual([[30, 0]]);
    expect(Math.max(...market.prices)).toBeGreaterThan(0.5);
    expect(serve(market, 30, 200).every(({ sample }) => !sample)).toBe(true);
    market.close();
    const restored = restoreMarket({ log: join(folder, 'i') });
    expect([restored.agents, restored.prices]).toEqual([200, market.prices]);
    restored.close();
  });

  it('says when it makes prices, and when arrivals do not look random', () => {
    const said: [number, number][] = [];
    const onPricing = ({ at, reason }: Pricing) => said.push([at, reason]);
    const options = { capacities: [500, 500], expected: 1500, epsilonSample: 0.3, reprice: 0, onPricing };
    const market = createMarket({ ...options, log: join(folder, 'm') });
    for (let i = 0; i < 700; i++) market.arrive(i < 500 ? [[0], [1]] : [[1], [0]]);
    market.close();
    const made = market.pricings.map(({ at, reason }) => [at, reason]);
    expect(said).toEqual(made);
    expect(new Set(said.map(([, reason]) => reason))).toEqual(new Set([0, 2]));
    expect(said[1]![0]).toBeGreaterThan(500);
    said.length = 0;
    const restored = restoreMarket({ log: join(folder, 'm'), onPricing });
    expect([said, restored.pricings.length]).toEqual([[], made.length]);
    restored.forecast(1600);
    restored.close();
    expect(said).toEqual([[700, 3]]);
  });

  it('cuts off a line that was not finished, and refuses one that was changed', () => {
    const market = createMarket({ ...base, log: join(folder, 'e') });
    serve(market, 0, 50);
    market.close();
    const whole = readFileSync(join(folder, 'e'));
    truncateSync(join(folder, 'e'), whole.length - 10);
    const restored = restoreMarket({ log: join(folder, 'e') });
    expect(restored.agents).toBe(49);
    restored.arrive(lists[49]!);
    restored.close();
    expect(readFileSync(join(folder, 'e')).equals(whole)).toBe(true);
    writeFileSync(join(folder, 'e'), whole.toString().replace('"choice":0', '"choice":1'));
    expect(() => restoreMarket({ log: join(folder, 'e') })).toThrow(
      /line \d+ of the log is not what the market decides/,
    );
    writeFileSync(join(folder, 'f'), '');
    expect(() => restoreMarket({ log: join(folder, 'f') })).toThrow(/has no first line/);
    appendFileSync(join(folder, 'f'), '{"agent":1}\n');
    expect(() => restoreMarket({ log: join(folder, 'f') })).toThrow(/does not begin with the settings/);
  });

  it('makes new prices when another number of arrivals is expected', () => {
    const market = createMarket({ ...base, reprice: 0, log: join(folder, 'g') });
    serve(market, 0, 100);
    const before = market.prices;
    market.forecast(150);
    expect(market.pricings.map(({ reason }) => reason)).toEqual([0, 3]);
    // Fewer to come: everything is cheaper.
    expect(market.prices.reduce((a, b) => a + b)).toBeLessThan(before.reduce((a, b) => a + b));
    serve(market, 100, 160);
    market.close();
    const restored = restoreMarket({ log: join(folder, 'g') });
    expect(restored.prices).toEqual(market.prices);
    restored.close();
    expect(() => market.forecast(10)).toThrow(/expected is 10, expected an integer of at least 160/);
  });

  it('serves those who come together in a random order, at the prices and budgets of their numbers', () => {
    const market = createMarket({ capacities: [1], expected: 1000, epsilonSample: 0.5, log: join(folder, 'h') });
    const full = createMarket({ capacities: [2], expected: 10, epsilonSample: 0.5 });
    const together = full.arriveTogether(Array.from({ length: 5 }, () => [[0]]));
    expect(together.map(({ agent }) => agent)).toEqual([0, 1, 2, 3, 4]);
    expect(together.filter(({ choice }) => choice === 0).length).toBe(1);
    market.arriveTogether([[[0]], [], [[0]]]);
    market.close();
    const restored = restoreMarket({ log: join(folder, 'h') });
    expect(restored.agents).toBe(3);
    restored.close();
  });

  it('refuses all who come together if one list makes no sense, and gives no number twice after a crash among them', () => {
    const market = createMarket({ capacities: [9], expected: 1000, log: join(folder, 'j') });
    for (let size = 2; size < 8; size++) {
      const together = Array.from({ length: size }, (_, k) => [[k === size >> 1 ? 1 : 0]]);
      expect(() => market.arriveTogether(together)).toThrow('bundle 0 has the good 1, expected an integer from 0 to 0');
    }
    expect(market.agents).toBe(0);
    market.arriveTogether(Array.from({ length: 9 }, () => [[0]]));
    market.close();
    const whole = lines('j');
    for (let decided = 1; decided < 9; decided++) {
      // As if it had been killed among the nine.
      const [log, snapshot] = ['k', 'k.snapshot'].map((name) => join(folder, name)) as [string, string];
      writeFileSync(log, `${whole.slice(0, 1 + decided).join('\n')}\n`);
      const restored = restoreMarket({ log });
      restored.arrive([[0]]);
      restored.snapshot(snapshot);
      restored.close();
      const again = restoreMarket({ log, snapshot });
      again.arrive([[0]]);
      again.close();
      const numbers = lines('k')
        .slice(1)
        .map((line) => (JSON.parse(line) as Decision).agent);
      expect(new Set(numbers).size).toBe(decided + 2);
    }
  });

  it('refuses what makes no sense with a sentence, and nothing has changed', () => {
    const market = createMarket({ ...base });
    const refused = (list: unknown) => expect(() => market.arrive(list as number[][]));
    refused([[0], [6]]).toThrow('bundle 1 has the good 6, expected an integer from 0 to 5');
    refused([[]]).toThrow('bundle 0 is [], expected a list of at least one good');
    refused([[0], '0']).toThrow('bundle 1 is "0", expected a list of at least one good');
    refused([[0], ['0']]).toThrow('bundle 1 has the good "0", expected an integer from 0 to 5');
    refused(null).toThrow('the list is null, expected bundles, best first');
    expect(market.agents).toBe(0);
    expect(() => createMarket({ ...base, capacities: [1.5] })).toThrow(
      'capacities[0] is 1.5, expected an integer >= 0',
    );
    expect(() => createMarket({ expected: 9 } as MarketOptions)).toThrow('capacities is undefined, expected a list');
    expect(() => createMarket({ ...base, expected: 0 })).toThrow(/expected is 0/);
    expect(() => createMarket({ ...base, epsilonBudgets: 1 } as MarketOptions)).toThrow(/did you mean epsilon-budget/);
    expect(() => createMarket({ ...base, log: join(folder, 'a') })).toThrow(/there is a log already/);
  });
});
