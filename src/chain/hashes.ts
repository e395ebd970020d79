import { createHash } from 'node:crypto';
import { taggedLeaf } from '../merkle/index.js';
import { addressBytes } from './address.js';
import { Execution } from './generated/assay/compute/v1/compute.js';

// Hashes that chain and clients compute alike (PROTOCOL §1, §4, §5, §6): every variable field after one length byte,
// integers u64 big-endian, roots 32 bytes.

/** 32 zero bytes: the trace root of a commitment without an eager trace. */
export const NO_TRACE = new Uint8Array(32);

/** The profile hash of a commitment: the record leaf SHA256(0x00 ‖ len ‖ assay/execution/1 ‖ canonical bytes of the Execution). */
export function executionHash(execution: Execution): Uint8Array {
  return taggedLeaf('assay/execution/1', Execution.encode(execution).finish());
}

/** What a worker commits to with CommitResult. Roots are 32 bytes. */
export interface ResultParts {
  readonly chainId: string;
  readonly jobId: bigint;
  /** bech32 address of the worker */
  readonly worker: string;
  readonly programRoot: Uint8Array;
  readonly weightsRoot: Uint8Array;
  readonly execution: Execution;
  readonly inputRoot: Uint8Array;
  readonly outputRoot: Uint8Array;
  /** of an eager job; absent otherwise */
  readonly traceRoot?: Uint8Array;
}

/**
 * SHA256(len ‖ assay/result/1 ‖ len ‖ chain id ‖ job ‖ len ‖ worker ‖ program root ‖ weights root ‖ profile hash ‖
 * input root ‖ output root ‖ trace root or 32 zeros). Bound to chain, job and worker, so that nobody can copy it.
 */
export function resultCommitment(p: ResultParts): Uint8Array {
  return digest([
    variable('assay/result/1'),
    variable(p.chainId),
    u64(p.jobId),
    variable(addressBytes(p.worker)),
    hash32('program root', p.programRoot),
    hash32('weights root', p.weightsRoot),
    executionHash(p.execution),
    hash32('input root', p.inputRoot),
    hash32('output root', p.outputRoot),
    hash32('trace root', p.traceRoot ?? NO_TRACE),
  ]);
}

/** What hides a fault proof until it stands in a block. */
export interface FaultParts {
  readonly chainId: string;
  readonly jobId: bigint;
  /** bech32 address of the prover; under authz the operator, not the hot key */
  readonly sender: string;
  /** 32 random bytes, persisted before they are used */
  readonly salt: Uint8Array;
  /** encoded FaultProof */
  readonly proof: Uint8Array;
}

/** SHA256(len ‖ assay/fault/1 ‖ len ‖ chain id ‖ job ‖ len ‖ sender ‖ salt ‖ SHA256(proof)). */
export function faultCommitment(p: FaultParts): Uint8Array {
  return digest([
    variable('assay/fault/1'),
    variable(p.chainId),
    u64(p.jobId),
    variable(addressBytes(p.sender)),
    hash32('salt', p.salt),
    digest([p.proof]),
  ]);
}

/**
 * The number that decides a duty, as an unsigned 256-bit integer:
 * SHA256(len ‖ assay/duty/1 ‖ randomness ‖ job ‖ len ‖ operator). Rank is by ascending number.
 */
export function dutyNumber(randomness: Uint8Array, jobId: bigint, operator: string): bigint {
  return numberOf(digest([variable('assay/duty/1'), hash32('randomness', randomness), u64(jobId), variable(addressBytes(operator))]));
}

/** Whether an operator is drawn: h · W · 10⁶ < 2²⁵⁶ · λ · w, with λ in parts per million, w of W the power. */
export function isDrawn(duty: bigint, lambdaPpm: bigint, power: bigint, totalPower: bigint): boolean {
  return duty * totalPower * 1_000_000n < (1n << 256n) * lambdaPpm * power;
}

/**
 * The elements, numbers below `total`, that tier B's statistic is drawn over (PROTOCOL §7): h mod total for c = 0, 1, …, with
 * h = U256be(SHA256(len ‖ assay/residual/1 ‖ randomness ‖ job ‖ c)); an h at or above the largest multiple of total is passed
 * over, so that no element is likelier than another. With replacement.
 */
export function drawElements(randomness: Uint8Array, jobId: bigint, total: bigint, count: number): bigint[] {
  if (total < 1n) throw new RangeError(`expected at least one element to draw from, found ${total}`);
  const limit = (1n << 256n) - ((1n << 256n) % total);
  const head = [variable('assay/residual/1'), hash32('randomness', randomness), u64(jobId)];
  const drawn: bigint[] = [];
  for (let c = 0n; drawn.length < count; c++) {
    const h = numberOf(digest([...head, u64(c)]));
    if (h < limit) drawn.push(h % total);
  }
  return drawn;
}

/** SHA-256 of the parts in order. */
export function digest(parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}

function numberOf(hash: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(hash).toString('hex')}`);
}

function variable(field: string | Uint8Array): Uint8Array {
  const bytes = typeof field === 'string' ? new TextEncoder().encode(field) : field;
  if (bytes.length > 255) throw new RangeError(`a variable field has at most 255 bytes, found ${bytes.length}`);
  return Uint8Array.of(bytes.length, ...bytes);
}

function u64(value: bigint): Uint8Array {
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, value);
  return out;
}

function hash32(name: string, bytes: Uint8Array): Uint8Array {
  if (bytes.length !== 32) throw new RangeError(`${name}: expected 32 bytes, found ${bytes.length}`);
  return bytes;
}
