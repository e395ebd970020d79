import type { Register } from '../context.js';
import { registerDaemons } from './daemons.js';
import { registerDispute } from './dispute.js';
import { registerDevnet } from './devnet.js';
import { registerIndex } from './index-chain.js';
import { registerInfer } from './infer.js';
import { registerJob } from './job.js';
import { registerProgram } from './program.js';
import { registerPublish } from './publish.js';
import { registerRun } from './run.js';
import { registerServe } from './serve.js';
import { registerTensor } from './tensor.js';
import { registerVersion } from './version.js';

/** Every command of `assay`, in the order of its help. */
export const COMMANDS: readonly Register[] = [
  registerInfer, registerRun, registerJob, registerDispute, registerDaemons, registerIndex, registerProgram, registerPublish, registerServe, registerTensor, registerDevnet, registerVersion,
];
