import { rootOf, rootOfRoots, tagged, taggedLeaf } from '../merkle/index.js';
import { encodeHeader, encodeNode } from './record.js';
import type { Program } from './program.js';
import { sha256 } from './sha256.js';

/** Tags of the leaves of a program tree and of the digests below (PROTOCOL §1). */
export const TAGS = {
  program: 'assay/program/1',
  node: 'assay/node/1',
  model: 'assay/model/1',
  result: 'assay/result/1',
} as const;

/** 32 zero bytes: the trace root of a commitment without an eager trace. */
export const NO_TRACE = new Uint8Array(32);

/** Program root: tree of the header (tag assay/program/1) and the nodes (tag assay/node/1). 32 bytes. */
export function programRoot(program: Program): Uint8Array {
  return rootOf([
    taggedLeaf(TAGS.program, encodeHeader(program)),
    ...program.nodes.map((node) => taggedLeaf(TAGS.node, encodeNode(node))),
  ]);
}

/** Weights root: tree over the data roots of all WEIGHTs. SHA256("") for a program without weights. */
export const weightsRoot: (dataRoots: readonly Uint8Array[]) => Uint8Array = rootOfRoots;

/** Input root: tree over the data roots of all INPUTs, in order; a tree even for one. */
export const inputRoot: (dataRoots: readonly Uint8Array[]) => Uint8Array = rootOfRoots;

/** Output root: tree over the data roots of all OUTPUTs, in order; a tree even for one. */
export const outputRoot: (dataRoots: readonly Uint8Array[]) => Uint8Array = rootOfRoots;

/** Trace root: tree over the data roots of all VALUEs, in order. */
export const traceRoot: (dataRoots: readonly Uint8Array[]) => Uint8Array = rootOfRoots;

/**
 * Digest of a MODEL (default) or PROGRAM artifact: SHA256(one length byte ‖ tag ‖ program root ‖ weights root).
 */
export function artifactDigest(
  program: Uint8Array,
  weights: Uint8Array,
  tag: typeof TAGS.model | typeof TAGS.program = TAGS.model,
): Uint8Array {
  return sha256(tagged(tag, Buffer.concat([program, weights])));
}

/** What a worker commits to with CommitResult (PROTOCOL §4). Roots and hashes are 32 bytes. */
export interface ResultParts {
  readonly chainId: string;
  /** assigned by the chain, from 1 */
  readonly job: bigint;
  /** raw address bytes, not bech32 */
  readonly worker: Uint8Array;
  /** the job's program root and weights root */
  readonly program: Uint8Array;
  readonly weights: Uint8Array;
  readonly profileHash: Uint8Array;
  readonly input: Uint8Array;
  readonly output: Uint8Array;
  /** trace root, or NO_TRACE */
  readonly trace: Uint8Array;
}

/**
 * SHA256(tag ‖ chain id ‖ job ‖ worker ‖ program root ‖ weights root ‖ profile hash ‖ input ‖ output ‖ trace root), variable
 * fields after one length byte, the job id as u64 big-endian: the `commitment` of MsgCommitResult.
 */
export function resultCommitment(parts: ResultParts): Uint8Array {
  const job = new Uint8Array(8);
  new DataView(job.buffer).setBigUint64(0, parts.job);
  const fixed = [parts.program, parts.weights, parts.profileHash, parts.input, parts.output, parts.trace];
  for (const hash of fixed) if (hash.length !== 32) throw new Error(`a root has 32 bytes, found ${hash.length}`);
  const body = Buffer.concat([prefixed(Buffer.from(parts.chainId)), job, prefixed(parts.worker), ...fixed]);
  return sha256(tagged(TAGS.result, body));
}

function prefixed(bytes: Uint8Array): Uint8Array {
  if (bytes.length > 255) throw new Error(`a variable field has at most 255 bytes, found ${bytes.length}`);
  return Buffer.concat([Buffer.of(bytes.length), bytes]);
}
