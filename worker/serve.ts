import { prove, openRange, rootLeaf } from '../src/merkle/index.js';
import type { BlobStore, JobRoots } from '../src/blobs/index.js';
import { message, type Message } from '../src/chain/index.js';
import type { Demand } from '../src/chain/generated/assay/dispute/v1/dispute.js';
import { MsgServeChunks, type ServedTensor } from '../src/chain/generated/assay/dispute/v1/tx.js';
import { TensorKind } from '../src/chain/generated/assay/referee/v1/proof.js';
import { AssayError } from '../src/errors.js';

/**
 * Answers a demand: each item's chunks, their multiproof in the tensor, and the data root's in the tree of its kind.
 *
 * @throws AssayError BLOB_MISSING, BLOB_DIGEST when the disk lost bytes, DEMAND_UNKNOWN
 */
export async function serveChunks(sender: string, demand: Demand, roots: JobRoots, store: BlobStore): Promise<Message> {
  const tensors: ServedTensor[] = [];
  for (const { item } of demand.tensors) {
    if (!item) throw unknown(demand.id, 'an item is missing');
    const list = rootsOf(item.kind, roots);
    const root = list?.[item.index];
    if (!list || !root) throw unknown(demand.id, `tensor ${item.index} of kind ${item.kind} is not known`);
    const bytes = await store.tensor(root);
    const opening = openRange(bytes, Number(item.first), Number(item.count));
    tensors.push({
      opening: { chunks: [...opening.chunks], hashes: [...opening.hashes] },
      rootHashes: prove(list.length, [item.index], (i) => rootLeaf(list[i]!)),
    });
  }
  return message(MsgServeChunks, { sender, demandId: demand.id, tensors });
}

/** Data roots of one kind, in the order of the tree that the job commits to. */
export function rootsOf(kind: TensorKind, roots: JobRoots): readonly Uint8Array[] | undefined {
  switch (kind) {
    case TensorKind.TENSOR_KIND_INPUT:
      return roots.input;
    case TensorKind.TENSOR_KIND_WEIGHT:
      return roots.weight;
    case TensorKind.TENSOR_KIND_VALUE:
      return roots.value;
    case TensorKind.TENSOR_KIND_OUTPUT:
      return roots.output;
    default:
      return undefined;
  }
}

function unknown(id: bigint, why: string): AssayError {
  return new AssayError('DEMAND_UNKNOWN', `demand ${id} cannot be answered: ${why}`, { decision: 'bug' });
}
