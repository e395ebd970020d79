// What worker and sidecar share: the jobs as the chain sees them, what they read, how they run, and what was sent.
export { hasEnded, JobBook, type JobView, type Tick } from './book.js';
export { checkProfile, suits } from './certified.js';
export { createExecutor, outputTensors, type Executor, type ExecutorOptions } from './executor.js';
export { Journal, writeWhole, type Line } from './journal.js';
export { eachOf } from './each-of.js';
export { MaterialsLoader, type Materials } from './materials.js';
export { JobRunner, type Lane, type RunnerOptions, type Standing } from './runner.js';
