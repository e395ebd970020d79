import { hash } from 'node:crypto';
import { useSha256 } from '../merkle/index.js';

/** SHA-256 by node:crypto, as a plain Uint8Array (a Buffer would compare unequal to one). */
export function sha256(data: Uint8Array): Uint8Array {
  const digest = hash('sha256', data, 'buffer');
  return new Uint8Array(digest.buffer, digest.byteOffset, digest.byteLength);
}

// Importing this module gives the trees of this process node:crypto's SHA-256.
useSha256(sha256);
