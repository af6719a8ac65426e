// Starts workers as Piscina does (require in a CommonJS worker) and ends them at moments spread over the time they take to load.
import { setTimeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { kernelModule } from '../../dist/wasm/module.js';

const file = new URL('../../dist/engine/worker-entry.cjs', import.meta.url).pathname;
const code = `
const { parentPort } = require('node:worker_threads');
parentPort.postMessage('started');
Promise.resolve(require(${JSON.stringify(file)})).then((work) => parentPort.postMessage(typeof work));`;
const open = () => new Worker(code, { eval: true, workerData: { module: kernelModule() } });
const message = (worker) => new Promise((done) => worker.once('message', done));

let took = 0;
for (let round = 0; round < 30; round++) {
  const workers = Array.from({ length: 3 }, open);
  await Promise.all(workers.map(message));
  const since = performance.now();
  if (round % 10 === 0) {
    const loaded = await Promise.all(workers.map(message));
    took = performance.now() - since;
    if (loaded.some((type) => type !== 'function')) throw new Error(`the workers run ${loaded.join(', ')}`);
  } else {
    // As irregular as the golden ratio makes it.
    await setTimeout(took * (0.4 + 0.7 * ((round * 0.618) % 1)));
  }
  await Promise.all(workers.map((worker) => worker.terminate()));
}
console.log('alive');
