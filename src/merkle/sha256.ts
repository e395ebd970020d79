import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';

/** SHA-256 of one contiguous buffer; returns 32 fresh bytes. */
export type Sha256 = (data: Uint8Array) => Uint8Array;

let current: Sha256 = nobleSha256;

/**
 * Replaces the portable SHA-256 by a faster one, for the whole process. Node code imports `src/onnx/sha256.ts`, which
 * injects `node:crypto` (about ten times faster than JavaScript); browsers keep @noble/hashes.
 *
 * @throws Error when `faster` does not give the digest of the empty string: a wrong hash would void every commitment.
 */
export function useSha256(faster: Sha256): void {
  const probe = hex(faster(new Uint8Array(0)));
  if (probe !== EMPTY_HEX) throw new Error(`not SHA-256: digest of nothing is ${probe}, expected ${EMPTY_HEX}`);
  current = faster;
}

/** SHA-256 with whatever implementation is in use. */
export const sha256: Sha256 = (data) => current(data);

const EMPTY_HEX = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
}
