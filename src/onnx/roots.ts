import { rootOf, rootOfRoots, taggedLeaf } from '../merkle/index.js';
import { encodeHeader, encodeNode } from './record.js';
import type { Program } from './program.js';
import './sha256.js';

/** Tags of the leaves of a program tree and of the digests below (PROTOCOL §1). */
export const TAGS = {
  program: 'assay/program/1',
  node: 'assay/node/1',
  model: 'assay/model/1',
  programArtifact: 'assay/program-artifact/1',
} as const;

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
 * Digest of a MODEL (default) or PROGRAM artifact: SHA256(0x00 ‖ one length byte ‖ tag ‖ program root ‖ weights root), as the
 * registry computes it.
 */
export function artifactDigest(
  program: Uint8Array,
  weights: Uint8Array,
  tag: typeof TAGS.model | typeof TAGS.programArtifact = TAGS.model,
): Uint8Array {
  return taggedLeaf(tag, Buffer.concat([program, weights]));
}
