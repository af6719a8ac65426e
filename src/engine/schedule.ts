/** How far a call is. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  /** Seconds since the call began. */
  readonly seconds: number;
  /** Profiles per second so far. */
  readonly rate: number;
  /** Seconds left at that rate. */
  readonly remaining: number;
}

/** Tells progress of work that counts what is done; the clock starts with it, the rate with the first count told. */
export class Pace {
  private readonly begun = performance.now();
  private first: number | undefined;

  /** `done` of `total`, the work since the last count being one unit. */
  at(done: number, total: number): Progress {
    this.first ??= done - 1;
    const seconds = (performance.now() - this.begun) / 1000;
    const rate = (done - this.first) / Math.max(seconds, 1e-9);
    return { done, total, seconds, rate, remaining: (total - done) / rate };
  }
}

export interface CallOptions {
  /** Stops the call at the next chunk boundary; it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called after each chunk. */
  readonly onProgress?: (progress: Progress) => void;
}

export interface Plan<R> extends CallOptions {
  /** Profiles in all. */
  readonly count: number;
  /** Profiles that are done already, the first ones; default 0. */
  readonly done?: number;
  /** Chunk boundaries are multiples of this. */
  readonly align: number;
  /** Profiles of the first chunk, which only learns the speed; default 64. */
  readonly first?: number;
  /** Most profiles of a chunk (memory). */
  readonly most: number;
  /** Chunks under way at a time. */
  readonly width: number;
  /** Runs a chunk; rejects if its worker dies. */
  run(low: number, high: number): Promise<R>;
  /** Called in profile order. */
  commit(result: R, low: number, high: number): void | Promise<void>;
  /** In place of `commit` for a chunk whose worker died twice. */
  abandon(low: number, high: number): void | Promise<void>;
  /** Rejections that a second try cannot mend. */
  fatal(error: unknown): boolean;
}

const TARGET_MS = 20; // of one chunk: long against the cost of handing it over, short against patience
const FIRST = 64;

/** Profiles of a first chunk that is not long whatever the rule: fewer where a profile is large. */
export function firstChunk(agents: number, items: number): number {
  return Math.max(1, Math.min(FIRST, Math.floor(2 ** 15 / (agents * items))));
}

interface Chunk {
  readonly low: number;
  readonly high: number;
  tries: number;
}

/**
 * Cuts a batch into chunks of about TARGET_MS each, learning the speed as it goes, keeps `width` of them under way and commits results in
 * profile order. Memory is bounded: no chunk starts while 2·width results wait for an earlier one. Resolves or rejects when no chunk is
 * under way any more.
 */
export async function runChunks<R>(plan: Plan<R>): Promise<void> {
  const { count, align, signal } = plan;
  const begun = performance.now();
  const waiting = new Map<number, { chunk: Chunk; result?: R; dead?: boolean }>();
  const again: Chunk[] = [];
  const running = new Set<Promise<void>>();
  const start = plan.done ?? 0;
  const first = plan.first ?? FIRST;
  let next = start;
  let committed = start;
  let perProfile: number | undefined;
  let failure: { error: unknown } | undefined;

  const sizeOf = (): number => {
    const left = count - next;
    const ideal = perProfile === undefined ? first : TARGET_MS / perProfile;
    const fair = left / (2 * plan.width);
    const size = Math.min(plan.most, ideal, Math.max(fair, first));
    return Math.min(left, Math.max(align, Math.floor(size / align) * align));
  };

  const launch = (chunk: Chunk): void => {
    const from = performance.now();
    const task: Promise<void> = plan
      .run(chunk.low, chunk.high)
      .then(
        (result) => {
          const each = (performance.now() - from) / (chunk.high - chunk.low);
          // Queueing behind another chunk inflates the time; the least seen is nearest the truth.
          perProfile = perProfile === undefined ? each : Math.min(perProfile * 1.1, each);
          waiting.set(chunk.low, { chunk, result });
        },
        (error: unknown) => {
          chunk.tries += 1;
          if (plan.fatal(error)) failure ??= { error };
          else if (chunk.tries < 2) again.push(chunk);
          else waiting.set(chunk.low, { chunk, dead: true });
        },
      )
      .finally(() => running.delete(task));
    running.add(task);
  };

  const commitReady = async (): Promise<void> => {
    for (let ready = waiting.get(committed); ready; ready = waiting.get(committed)) {
      const { low, high } = ready.chunk;
      waiting.delete(low);
      await (ready.dead ? plan.abandon(low, high) : plan.commit(ready.result as R, low, high));
      committed = high;
      const seconds = (performance.now() - begun) / 1000;
      const rate = (committed - start) / Math.max(seconds, 1e-9);
      plan.onProgress?.({ done: committed, total: count, seconds, rate, remaining: (count - committed) / rate });
    }
  };

  // A chunk to be redone always may start: results that wait for it leave no room for others.
  const mayStart = (): boolean =>
    running.size < plan.width && (again.length > 0 || (next < count && waiting.size < 2 * plan.width));

  try {
    while (committed < count && !failure && !signal?.aborted) {
      while (mayStart()) {
        const chunk = again.pop() ?? { low: next, high: next + sizeOf(), tries: 0 };
        if (chunk.high > next) next = chunk.high;
        launch(chunk);
      }
      if (running.size > 0) await Promise.race(running);
      await commitReady();
    }
  } finally {
    await Promise.all(running);
  }
  // What was under way at an abort is done as well by now.
  if (!failure) await commitReady();
  if (failure) throw failure.error;
  if (committed < count) signal?.throwIfAborted();
}
