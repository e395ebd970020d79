// The provider daemon: claims jobs, runs them, commits, serves blobs and traces, answers challenges and demands.
export { createFitness, type WorkerFitnessOptions } from './fitness.js';
export { decide, type Action } from './decide.js';
export { startWorker, workerSchema, type WorkerOverrides } from './main.js';
export { refusalOf, type Policy } from './policy.js';
export { Results } from './results.js';
export { rootsOf, serveChunks } from './serve.js';
export { createWorker, type Worker, type WorkerOptions } from './worker.js';
