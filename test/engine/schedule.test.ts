import { describe, expect, it } from 'vitest';
import { runChunks, type Plan, type Progress } from '../../src/engine/schedule.js';

interface Log {
  readonly committed: [number, number][];
  readonly abandoned: [number, number][];
  readonly started: [number, number][];
}

const soon = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A plan that notes what happens to it. */
function plan(overrides: Partial<Plan<string>> = {}): { plan: Plan<string>; log: Log } {
  const log: Log = { committed: [], abandoned: [], started: [] };
  const { run, ...rest } = overrides;
  return {
    log,
    plan: {
      count: 1000,
      align: 1,
      most: 90,
      width: 3,
      async run(low, high) {
        log.started.push([low, high]);
        await soon();
        return run ? run(low, high) : 'done';
      },
      commit: (_, low, high) => void log.committed.push([low, high]),
      abandon: (low, high) => void log.abandoned.push([low, high]),
      fatal: () => false,
      ...rest,
    },
  };
}

/** The ranges follow one another from `from` to `to`. */
function expectCovers(ranges: readonly [number, number][], from: number, to: number): void {
  let at = from;
  for (const [low, high] of ranges) {
    expect(low).toBe(at);
    expect(high).toBeGreaterThan(low);
    at = high;
  }
  expect(at).toBe(to);
}

describe('runChunks', () => {
  it('covers every profile once and commits in profile order, whichever chunk ends first', async () => {
    const { plan: given, log } = plan({
      async run(low) {
        for (let k = 0; k < (low * 7) % 11; k++) await soon();
        return 'done';
      },
    });
    await runChunks(given);
    expectCovers(log.committed, 0, 1000);
    expect(log.abandoned).toEqual([]);
  });

  it('cuts at multiples of `align` and keeps to `most`', async () => {
    const { plan: given, log } = plan({ align: 16, most: 48 });
    await runChunks(given);
    for (const [low, high] of log.committed) {
      expect(low % 16).toBe(0);
      expect(high - low).toBeLessThanOrEqual(48);
    }
    expectCovers(log.committed, 0, 1000);
  });

  it('leaves alone the profiles that are done already', async () => {
    const seen: number[] = [];
    const { plan: given, log } = plan({ done: 32, onProgress: ({ done }) => seen.push(done) });
    await runChunks(given);
    expectCovers(log.committed, 32, 1000);
    expect(seen.at(-1)).toBe(1000);
  });

  it('keeps at most `width` chunks under way', async () => {
    let [now, most] = [0, 0];
    const { plan: given } = plan({
      width: 4,
      async run() {
        most = Math.max(most, ++now);
        await soon();
        now -= 1;
        return 'done';
      },
    });
    await runChunks(given);
    expect(most).toBe(4);
  });

  it('does a chunk again whose worker died once', async () => {
    const died = new Set<number>();
    const { plan: given, log } = plan({
      async run(low) {
        if (low % 2 === 0 && !died.has(low)) {
          died.add(low);
          throw new Error('worker exited');
        }
        return 'done';
      },
    });
    await runChunks(given);
    expect(died.size).toBeGreaterThan(0);
    expectCovers(log.committed, 0, 1000);
    expect(log.abandoned).toEqual([]);
  });

  it('abandons a chunk whose worker died twice, and no other', async () => {
    const { plan: given, log } = plan({
      async run(low, high) {
        if (low <= 500 && 500 < high) throw new Error('worker exited');
        return 'done';
      },
    });
    await runChunks(given);
    expect(log.abandoned.length).toBe(1);
    const [low, high] = log.abandoned[0]!;
    expect(log.started.filter(([from]) => from === low)).toEqual([
      [low, high],
      [low, high],
    ]);
    expectCovers(
      [...log.committed, ...log.abandoned].sort((a, b) => a[0] - b[0]),
      0,
      1000,
    );
  });

  it('redoes the first chunk when results of later ones already fill the room for waiting ones', async () => {
    let tries = 0;
    const { plan: given, log } = plan({
      async run(low) {
        if (low === 0 && tries++ === 0) {
          // Late enough for every other chunk that may start to have ended.
          for (let k = 0; k < 100; k++) await soon();
          throw new Error('worker exited');
        }
        return 'done';
      },
    });
    // A scheduler that waits for room that nobody can make spins: that must fail here rather than hang.
    let reads = 0;
    const spinning = Object.defineProperty(given, 'width', {
      get() {
        if (++reads > 100_000) throw new Error('the scheduler spins');
        return 3;
      },
    });
    await runChunks(spinning);
    expectCovers(log.committed, 0, 1000);
  });

  it('rejects with a fatal error once nothing is under way, without a second try', async () => {
    let under = 0;
    const { plan: given, log } = plan({
      fatal: (error) => (error as Error).message === 'out of memory',
      async run(low) {
        under += 1;
        for (let k = 0; k < 5; k++) await soon();
        under -= 1;
        if (low === 0) throw new Error('out of memory');
        return 'done';
      },
    });
    await expect(runChunks(given)).rejects.toThrow('out of memory');
    expect(under).toBe(0);
    expect(log.started.filter(([low]) => low === 0).length).toBe(1);
  });

  it('rejects with what a commit throws once nothing is under way', async () => {
    let under = 0;
    const { plan: given } = plan({
      async run() {
        under += 1;
        for (let k = 0; k < 5; k++) await soon();
        under -= 1;
        return 'done';
      },
      commit() {
        throw new Error('the disk is full');
      },
    });
    await expect(runChunks(given)).rejects.toThrow('the disk is full');
    expect(under).toBe(0);
  });

  it('stops at an abort, commits what was under way and rejects with the reason', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    const { plan: given, log } = plan({
      signal: stop.signal,
      onProgress: ({ done }) => {
        if (done >= 300) stop.abort(reason);
      },
    });
    await expect(runChunks(given)).rejects.toBe(reason);
    const end = log.committed.at(-1)![1];
    expect(end).toBeGreaterThanOrEqual(300);
    expect(end).toBeLessThan(1000);
    expectCovers(log.committed, 0, end);
    expect(log.started.length).toBe(log.committed.length);
  });

  it('starts nothing if the signal is aborted already', async () => {
    const { plan: given, log } = plan({ signal: AbortSignal.abort(new Error('never')) });
    await expect(runChunks(given)).rejects.toThrow('never');
    expect(log.started).toEqual([]);
  });

  it('reports progress that never falls and ends at the total', async () => {
    const seen: Progress[] = [];
    const { plan: given } = plan({ onProgress: (progress) => void seen.push(progress) });
    await runChunks(given);
    expect(seen.length).toBeGreaterThan(5);
    seen.slice(1).forEach(({ done }, k) => expect(done).toBeGreaterThan(seen[k]!.done));
    expect(seen.at(-1)).toMatchObject({ done: 1000, total: 1000, remaining: 0 });
    for (const { rate, seconds } of seen) expect([rate > 0, seconds >= 0]).toEqual([true, true]);
  });

  it('has nothing to do for no profiles', async () => {
    const { plan: given, log } = plan({ count: 0 });
    await runChunks(given);
    expect(log.started).toEqual([]);
  });
});
