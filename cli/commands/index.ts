import type { Register } from '../context.js';
import { registerDevnet } from './devnet.js';
import { registerProgram } from './program.js';
import { registerServe } from './serve.js';
import { registerVersion } from './version.js';

/** Every command of `assay`, in the order of its help. */
export const COMMANDS: readonly Register[] = [registerProgram, registerServe, registerDevnet, registerVersion];
