import type { JobRoots } from '../src/blobs/index.js';
import type { Commitments } from '../src/chain/index.js';
import type { Job } from '../src/chain/generated/assay/compute/v1/compute.js';
import { TensorKind } from '../src/chain/generated/assay/referee/v1/proof.js';
import { CHUNK_BYTES, sameHash } from '../src/merkle/index.js';
import { DTYPE, firstNotCanonical, KIND, type Operand, type Program } from '../src/onnx/index.js';
import { firstBeyond } from './compare.js';
import type { TensorName } from './demand.js';
import type { Accusation, Referee, Scan } from '../src/referee/index.js';

/** What a search works on: a worker's roots, one's own, and a way to the worker's bytes. */
export interface Search {
  readonly program: Program;
  /** the worker's, checked against the chain */
  readonly roots: JobRoots;
  /** data roots of one's own trace */
  readonly own: readonly Uint8Array[];
  readonly bundle: string;
  readonly commitments: Commitments;
  /** puts a tensor of the worker's into the bundle and returns its bytes */
  readonly place: (name: TensorName) => Promise<Uint8Array>;
  /** judge every node, also those whose values equal one's own */
  readonly every?: boolean;
  readonly onProgress: (done: number, of: number) => void;
  /** is told what each call of the judge showed */
  readonly onScan?: (scan: Scan) => void;
}

/** The output link: a malformed output, or one that differs from the worker's own trace beyond what was signed. */
export async function outputFault(job: Job, s: Search): Promise<Accusation | undefined> {
  for (const [slot, operand] of s.program.outputs.entries()) {
    const committed = await s.place({ kind: TensorKind.TENSOR_KIND_OUTPUT, index: slot });
    const chunk = malformedChunk(operand.type!.dtype, committed);
    if (chunk !== undefined) return { kind: 'FORMAT', tensor: 'OUTPUT', node: 0, slot, element: chunk };
    if (sameHash(s.roots.output[slot]!, s.roots.value![operand.index]!)) continue;
    const traced = await s.place({ kind: TensorKind.TENSOR_KIND_VALUE, index: operand.index });
    const beyond = firstBeyond({ ...s.program, outputs: [operand] }, [committed], [traced], job.tolerance);
    if (beyond) return { kind: 'OUTPUT', node: 0, slot, element: BigInt(beyond.element) };
  }
  return undefined;
}

/**
 * The first node in topological order whose values no honest machine computes from the worker's own operands. Nodes whose
 * values equal one's own need no judging, unless `every` is asked for. Most faults sit in the first suspect, hence batches that grow from one.
 */
export async function nodeFault(referee: Referee, s: Search): Promise<Accusation | undefined> {
  const judge = async (nodes: readonly number[]): Promise<Accusation | undefined> => {
    const scan = await referee.scan(s.bundle, nodes, s.commitments);
    s.onScan?.(scan);
    return scan.fault;
  };
  const differs = (index: number): boolean => !sameHash(s.roots.value![index]!, s.own[index]!);
  const suspects = s.program.nodes.flatMap((n, i) => (s.every || n.outputs.some((_, k) => differs(n.first + k)) ? [i] : []));
  for (let at = 0, size = 1; at < suspects.length; at += size, size = Math.min(32, size * 2)) {
    s.onProgress(at, suspects.length);
    const batch = suspects.slice(at, at + size);
    for (const index of batch) {
      const malformed = await placeNode(s, index);
      if (!malformed) continue;
      // What comes before it in the batch is judged first: any fault convicts, but the first one explains.
      const before = batch.slice(0, batch.indexOf(index));
      return (before.length > 0 ? await judge(before) : undefined) ?? malformed;
    }
    const fault = await judge(batch);
    if (fault) return fault;
  }
  return undefined;
}

// Operands and values of a node into the bundle; an accusation when a value is malformed, which no judge could read.
async function placeNode(s: Search, index: number): Promise<Accusation | undefined> {
  const node = s.program.nodes[index]!;
  for (const operand of node.inputs) if (operand.kind !== KIND.none) await s.place(nameOf(operand));
  for (const [slot, type] of node.outputs.entries()) {
    const bytes = await s.place({ kind: TensorKind.TENSOR_KIND_VALUE, index: node.first + slot });
    const chunk = malformedChunk(type.dtype, bytes);
    if (chunk !== undefined) return { kind: 'FORMAT', tensor: 'VALUE', node: index, slot, element: chunk };
  }
  return undefined;
}

function nameOf({ kind, index }: Operand): TensorName {
  if (kind === KIND.input) return { kind: TensorKind.TENSOR_KIND_INPUT, index };
  return { kind: kind === KIND.weight ? TensorKind.TENSOR_KIND_WEIGHT : TensorKind.TENSOR_KIND_VALUE, index };
}

/** Chunk that holds the first malformed element, in memory order. */
export function malformedChunk(dtype: number, bytes: Uint8Array): bigint | undefined {
  const at = firstNotCanonical(dtype, bytes);
  if (at < 0) return undefined;
  const width = dtype === DTYPE.float32 ? 4 : dtype === DTYPE.bool ? 1 : 2;
  return BigInt(Math.floor((at * width) / CHUNK_BYTES));
}
