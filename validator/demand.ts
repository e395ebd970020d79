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

/** What nobody serves: a tensor, or only some chunks of one or more. */
export interface Wanted extends TensorName {
  /** ascending by (kind, index, first); absent: the whole tensor */
  readonly items?: readonly DemandItem[];
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

/** An item for people: kind/index first+count. */
export function itemText({ kind, index, first, count }: DemandItem): string {
  return `${kind}/${index} ${first}+${count}`;
}

/** What of some ranges no demand asked for yet, as much as one demand may hold. */
export function freshItems(items: readonly DemandItem[], demands: Iterable<Demand>, maxBytes: bigint): DemandItem[] {
  const asked = new Set<string>();
  for (const demand of demands) {
    if (demand.state === DemandState.DEMAND_STATE_DROPPED) continue;
    for (const { item } of demand.tensors) if (item) for (let c = 0n; c < item.count; c++) asked.add(`${item.kind} ${item.index} ${item.first + c}`);
  }
  const fresh: DemandItem[] = [];
  let room = Math.floor(Number(maxBytes) / CHUNK_BYTES);
  for (const item of items)
    for (let chunk = item.first; chunk < item.first + item.count; chunk++) {
      if (asked.has(`${item.kind} ${item.index} ${chunk}`)) continue;
      if (room-- <= 0) return fresh;
      const last = fresh.at(-1);
      if (last && last.kind === item.kind && last.index === item.index && last.first + last.count === chunk) last.count++;
      else fresh.push({ ...item, first: chunk, count: 1n });
    }
  return fresh;
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
