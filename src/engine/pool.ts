import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import { EngineError, EvenhandError, InputError } from '../errors.js';
import { Kernels } from '../wasm/kernels.js';
import { kernelModule } from '../wasm/module.js';
import { execute, type Task, type TaskResult } from './tasks.js';

/** Pools that may come to nothing, one after the other, before the engine gives up. */
const MAX_STARTS = 2;

/**
 * Where chunks run: worker threads, started when first needed, or this thread when there are to be none. A worker that dies is replaced by
 * the pool; its chunk rejects.
 */
export class Pool {
  readonly threads: number;
  private piscina: Piscina | undefined;
  private kernels: Kernels | undefined;
  private closed = false;
  /** Pools that lost all their workers since a chunk was last finished, and why the last worker died. */
  private fruitless = 0;
  private cause = 'they end before they are ready';
  /** What a worker runs. */
  private readonly worker = new URL('./worker-entry.cjs', import.meta.url).href;

  constructor(threads: number = availableParallelism()) {
    if (!Number.isInteger(threads) || threads < 0 || threads > 1024) {
      throw new InputError(`threads is ${threads}, expected an integer from 0 to 1024`);
    }
    this.threads = threads;
  }

  /** Chunks to keep under way: one running and one waiting per worker. */
  get width(): number {
    return Math.max(1, 2 * this.threads);
  }

  /** Kernels of the calling thread. */
  get own(): Kernels {
    this.checkOpen();
    return (this.kernels ??= new Kernels());
  }

  /** Throws EngineError once the engine is closed. */
  checkOpen(): void {
    if (this.closed) throw new EngineError('the engine is closed');
  }

  async run(task: Task, inThisThread = false): Promise<TaskResult> {
    this.checkOpen();
    if (this.threads === 0 || inThisThread) {
      // Lets signals and timers in between chunks.
      await new Promise((resolve) => setImmediate(resolve));
      return execute(this.own, task);
    }
    this.piscina ??= this.start();
    try {
      const result = (await this.piscina.run(task)) as TaskResult;
      this.fruitless = 0;
      return result;
    } catch (error) {
      this.checkOpen();
      if (this.fruitless < MAX_STARTS) throw error;
      throw new EngineError(`the workers cannot be started: ${this.cause}`);
    }
  }

  private start(): Piscina {
    const piscina = new Piscina({
      filename: this.worker,
      minThreads: this.threads,
      maxThreads: this.threads,
      workerData: { module: kernelModule() },
      // Chunks leave little garbage; V8 would let it grow to three times 16 MB before it looks.
      resourceLimits: { maxYoungGenerationSizeMb: 6 },
    });
    // An idle worker that dies concerns nobody: the pool replaces it. Unheard, the event would end the process.
    piscina.on('error', (error: Error) => {
      this.cause = error.message;
    });
    // It does not replace one that dies while it starts; when none is left, what waits for one would wait for ever.
    piscina.on('workerDestroy', () => {
      setImmediate(() => {
        if (this.closed || this.piscina !== piscina || piscina.threads.length > 0) return;
        this.fruitless += 1;
        this.piscina = undefined;
        piscina.destroy().catch(() => undefined);
      });
    });
    return piscina;
  }

  /** Worker threads that are running. */
  get workers(): readonly { terminate(): Promise<number> }[] {
    return this.piscina?.threads ?? [];
  }

  /** True for errors that the same chunk would meet again. */
  fatal = (error: unknown): boolean =>
    this.closed ||
    error instanceof EvenhandError ||
    error instanceof RangeError ||
    (error as Error).name === 'InputError';

  async close(): Promise<void> {
    this.closed = true;
    await this.piscina?.destroy();
    this.piscina = undefined;
    this.kernels = undefined;
  }
}
