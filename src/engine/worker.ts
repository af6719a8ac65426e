// What a Piscina worker runs: one instance of the kernels per thread, one chunk per task.
import { workerData } from 'node:worker_threads';
import { move, transferableSymbol, valueSymbol } from 'piscina';
import type { WasmModule } from '../wasm/webassembly.js';
import { Kernels } from '../wasm/kernels.js';
import { execute, type Task, type TaskResult } from './tasks.js';

const { module } = workerData as { module: WasmModule };
const kernels = new Kernels(module);

/** Results are handed over, not copied: in long runs copies would be most of the garbage. */
export default function work(task: Task): TaskResult {
  const result = execute(kernels, task);
  if (!result) return result;
  const buffers = result.flatMap(({ status, metrics }) => [
    ...(status ? [status.buffer] : []),
    ...metrics.flatMap(({ nodes, histogram, values }) => [
      nodes.buffer,
      ...(histogram ? [histogram.buffer] : []),
      ...(values ? [values.buffer] : []),
    ]),
  ]);
  return move({ [transferableSymbol]: buffers, [valueSymbol]: result } as never) as unknown as TaskResult;
}
