// What a Piscina worker runs: one instance of the kernels per thread, one chunk per task.
import { workerData } from 'node:worker_threads';
import type { WasmModule } from '../wasm/webassembly.js';
import { Kernels } from '../wasm/kernels.js';
import { execute, type Task, type TaskResult } from './tasks.js';

const { module } = workerData as { module: WasmModule };
const kernels = new Kernels(module);

export default function work(task: Task): TaskResult {
  return execute(kernels, task);
}
