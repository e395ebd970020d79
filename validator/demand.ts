import { chunkCount, CHUNK_BYTES, prove, taggedLeaf } from '../src/merkle/index.js';
import { message, type Message } from '../src/chain/index.js';
import type { Demand, DemandItem } from '../src/chain/generated/assay/dispute/v1/dispute.js';
import { DemandState } from '../src/chain/generated/assay/dispute/v1/dispute.js';
import { MsgDemandChunks } from '../src/chain/generated/assay/dispute/v1/tx.js';
import { TensorKind } from '../src/chain/generated/assay/referee/v1/proof.js';
import { byteLength, encodeHeader, encodeNode, TAGS, type Program } from '../src/onnx/index.js';

/** A tensor of a job, by kind and index within its kind. */
export interface TensorName {
  readonly kind: TensorKind;
  readonly index: number;
}

/** Index of the node that defines a VALUE. */
export function producerOf(program: Program, value: number): number {
  return program.nodes.findIndex((n) => value >= n.first && value < n.first + n.outputs.length);
}

/** Bytes of a tensor of a program. */
export function sizeOf(program: Program, { kind, index }: TensorName): number {
  switch (kind) {
    case TensorKind.TENSOR_KIND_INPUT:
      return byteLength(program.inputs[index]!);
    case TensorKind.TENSOR_KIND_WEIGHT:
      return byteLength(program.weights[index]!);
    case TensorKind.TENSOR_KIND_OUTPUT:
      return byteLength(program.outputs[index]!.type!);
    default: {
      const node = program.nodes[producerOf(program, index)]!;
      return byteLength(node.outputs[index - node.first]!);
    }
  }
}

/**
 * The next chunks of a tensor to demand on chain: the first range that no demand asked for yet, as much as one demand may
 * hold. Undefined when all were asked for.
 */
export function nextRange(program: Program, name: TensorName, demands: Iterable<Demand>, maxBytes: bigint): DemandItem | undefined {
  const chunks = chunkCount(sizeOf(program, name));
  const asked = new Uint8Array(chunks);
  for (const demand of demands) {
    if (demand.state === DemandState.DEMAND_STATE_DROPPED) continue;
    for (const { item } of demand.tensors)
      if (item?.kind === name.kind && item.index === name.index) asked.fill(1, Number(item.first), Number(item.first + item.count));
  }
  const first = asked.indexOf(0);
  if (first < 0) return undefined;
  const next = asked.indexOf(1, first);
  const count = Math.min((next < 0 ? chunks : next) - first, Math.floor(Number(maxBytes) / CHUNK_BYTES));
  const node = name.kind === TensorKind.TENSOR_KIND_VALUE ? producerOf(program, name.index) : 0;
  return { kind: name.kind, index: name.index, first: BigInt(first), count: BigInt(count), node };
}

/** A demand, with the opened records that tell the chain the shapes of what is asked for. Items ascend by (kind, index, first). */
export function demandChunks(sender: string, jobId: bigint, program: Program, items: readonly DemandItem[]): Message {
  const needsHeader = items.some((i) => i.kind !== TensorKind.TENSOR_KIND_VALUE);
  const nodes = [...new Set(items.filter((i) => i.kind === TensorKind.TENSOR_KIND_VALUE).map((i) => i.node))].sort((a, b) => a - b);
  const leaf = (i: number): Uint8Array => (i === 0 ? taggedLeaf(TAGS.program, encodeHeader(program)) : taggedLeaf(TAGS.node, encodeNode(program.nodes[i - 1]!)));
  const leaves = [...(needsHeader ? [0] : []), ...nodes.map((n) => n + 1)];
  return message(MsgDemandChunks, {
    sender,
    jobId,
    items: [...items],
    records: {
      header: needsHeader ? encodeHeader(program) : new Uint8Array(),
      nodes: nodes.map((n) => encodeNode(program.nodes[n]!)),
      hashes: prove(program.nodes.length + 1, leaves, leaf),
    },
  });
}
