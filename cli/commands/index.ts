import type { Register } from '../context.js';
import { registerDevnet } from './devnet.js';
import { registerVersion } from './version.js';

/** Every command of `assay`, in the order of its help. */
export const COMMANDS: readonly Register[] = [registerDevnet, registerVersion];
