import type { JobRoots } from '../src/blobs/index.js';
import { FaultKind, FaultProof, TensorKind, type TensorOpening } from '../src/chain/generated/assay/referee/v1/proof.js';
import { openChunks, prove, rootLeaf, taggedLeaf } from '../src/merkle/index.js';
import { encodeHeader, encodeNode, TAGS, type Program } from '../src/onnx/index.js';
import type { TensorName } from './demand.js';
import type { KnownTrace } from './known-trace.js';
import type { Accusation, Reading } from '../src/referee/index.js';

/** What a proof is put together from. */
export interface ProofParts {
  readonly program: Program;
  readonly trace: KnownTrace;
  readonly roots: Pick<JobRoots, 'input' | 'weight' | 'output'>;
  /** all bytes of an input, weight or output */
  readonly place: (name: TensorName) => Promise<Uint8Array>;
}

/**
 * Puts a proof together from chunks: the whole trace, which only the worker has, is not needed. `Accusation` is ARITHMETIC or
 * OUTPUT; the referee still judges what comes out.
 *
 * @param readings what a proof of the accusation opens, as `assayd referee reads` lists it; all of it known
 * @throws Error when a chunk of the trace is not known
 */
export async function proofOfChunks(parts: ProofParts, accusation: Accusation, readings: readonly Reading[]): Promise<Uint8Array> {
  const { program, trace, roots, place } = parts;
  const tensors: TensorOpening[] = [];
  const opened: Record<number, number[]> = { [INPUT]: [], [WEIGHT]: [], [VALUE]: [], [OUTPUT]: [] };
  for (const { kind, index, chunks } of readings) {
    const opening = kind === VALUE ? trace.open(index, chunks) : openChunks(await place({ kind, index }), chunks);
    if (!opening) throw new Error(`VALUE ${index}: chunks ${chunks.join()} are not all known`);
    tensors.push({ chunks: [...opening.chunks], hashes: [...opening.hashes] });
    opened[kind]!.push(index);
  }
  const path = (kind: number, list: readonly Uint8Array[]): Uint8Array[] => {
    const indices = opened[kind]!;
    return indices.length === 0 ? [] : prove(list.length, indices, (i) => rootLeaf(list[i]!));
  };
  const valueHashes = trace.path(opened[VALUE]!);
  if (!valueHashes) throw new Error(`VALUEs ${opened[VALUE]!.join()} are not all known`);
  const isOutput = accusation.kind === 'OUTPUT';
  const record = isOutput ? 0 : accusation.node + 1;
  return FaultProof.encode({
    kind: isOutput ? FaultKind.FAULT_KIND_OUTPUT : FaultKind.FAULT_KIND_ARITHMETIC,
    node: isOutput ? 0 : accusation.node,
    slot: accusation.slot,
    element: accusation.element,
    tensor: TensorKind.TENSOR_KIND_UNSPECIFIED,
    record: recordOf(program, record),
    programHashes: prove(program.nodes.length + 1, [record], (leaf) => taggedLeaf(leaf === 0 ? TAGS.program : TAGS.node, recordOf(program, leaf))),
    tensors,
    inputHashes: path(INPUT, roots.input),
    weightHashes: path(WEIGHT, roots.weight),
    valueHashes,
    outputHashes: path(OUTPUT, roots.output),
  }).finish();
}

const INPUT = TensorKind.TENSOR_KIND_INPUT;
const WEIGHT = TensorKind.TENSOR_KIND_WEIGHT;
const VALUE = TensorKind.TENSOR_KIND_VALUE;
const OUTPUT = TensorKind.TENSOR_KIND_OUTPUT;

// Leaf 0 of the program tree is the header, leaf 1 + i node i.
function recordOf(program: Program, leaf: number): Uint8Array {
  return leaf === 0 ? encodeHeader(program) : encodeNode(program.nodes[leaf - 1]!);
}
