import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import { EngineError, EvenhandError, InputError } from '../errors.js';
import { Kernels } from '../wasm/kernels.js';
import { kernelModule } from '../wasm/module.js';
import { execute, type Task, type TaskResult } from './tasks.js';

/**
 * Where chunks run: worker threads, started when first needed, or this thread when there are to be none. A worker that dies is replaced by
 * the pool; its chunk rejects.
 */
export class Pool {
  readonly threads: number;
  private piscina: Piscina | undefined;
  private kernels: Kernels | undefined;
  private closed = false;

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
    return (this.kernels ??= new Kernels());
  }

  async run(task: Task, inThisThread = false): Promise<TaskResult> {
    if (this.closed) throw new EngineError('the engine is closed');
    if (this.threads === 0 || inThisThread) {
      // Lets signals and timers in between chunks.
      await new Promise((resolve) => setImmediate(resolve));
      return execute(this.own, task);
    }
    this.piscina ??= new Piscina({
      filename: new URL('./worker.js', import.meta.url).href,
      minThreads: this.threads,
      maxThreads: this.threads,
      workerData: { module: kernelModule() },
    });
    return (await this.piscina.run(task)) as TaskResult;
  }

  /** Worker threads that are running. */
  get workers(): readonly { terminate(): Promise<number> }[] {
    return this.piscina?.threads ?? [];
  }

  /** True for errors that the same chunk would meet again. */
  fatal = (error: unknown): boolean =>
    this.closed || error instanceof EvenhandError || error instanceof RangeError || (error as Error).name === 'InputError';

  async close(): Promise<void> {
    this.closed = true;
    await this.piscina?.destroy();
    this.piscina = undefined;
    this.kernels = undefined;
  }
}
