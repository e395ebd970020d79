import { hash } from 'node:crypto';
import { useSha256 } from '../merkle/index.js';

// Importing this module gives the trees of this process node:crypto's SHA-256.
useSha256((data) => hash('sha256', data, 'buffer'));

/** SHA-256 by node:crypto. */
export const sha256 = (data: Uint8Array): Uint8Array => new Uint8Array(hash('sha256', data, 'buffer'));
