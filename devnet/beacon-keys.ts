import { createHash } from 'node:crypto';
import { bls12_381 } from '@noble/curves/bls12-381.js';

/**
 * The drand scheme `bls-unchained-g1-rfc9380`: the message is SHA256(round as 8 bytes, big-endian), signatures are
 * compressed points of G1 (48 bytes), keys compressed points of G2 (96 bytes). Checked against drand quicknet's round 1000.
 */
const scheme = bls12_381.shortSignatures;
/** RFC 9380 suite that drand's G1 schemes hash to the curve with. */
const DST = 'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_';

function message(round: bigint): ReturnType<typeof scheme.hash> {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(round);
  return scheme.hash(createHash('sha256').update(bytes).digest(), DST);
}

/** The public key (96 bytes) of a secret key (32 bytes). */
export function beaconPublicKey(secret: Uint8Array): Uint8Array {
  return scheme.getPublicKey(secret).toBytes(true);
}

/** Signs a round: 48 bytes, canonical compressed G1. */
export function signRound(secret: Uint8Array, round: bigint): Uint8Array {
  return scheme.sign(message(round), secret).toBytes(true);
}

/** Whether a signature (48 bytes) over a round holds under a public key (96 bytes). Malformed points are just false. */
export function verifyRound(publicKey: Uint8Array, round: bigint, signature: Uint8Array): boolean {
  try {
    return scheme.verify(scheme.Signature.fromBytes(signature), message(round), bls12_381.G2.Point.fromBytes(publicKey));
  } catch {
    return false;
  }
}

/** The randomness that a signature yields: its SHA-256. */
export function randomness(signature: Uint8Array): Uint8Array {
  return createHash('sha256').update(signature).digest();
}
