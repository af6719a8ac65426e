// The file that Piscina starts in each worker. Piscina loads it with require, and on Node 20 a worker that is ended while require is linking
// an ES module aborts the whole process; while import() is, it does not. So this module is CommonJS and imports the real one.
const entry = import('./worker.js').then((worker) => worker.default);
export = entry;
