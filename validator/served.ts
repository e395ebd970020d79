import { MsgExec } from 'cosmjs-types/cosmos/authz/v1beta1/tx';
import { Tx } from 'cosmjs-types/cosmos/tx/v1beta1/tx';
import type { ChainClient } from '../src/chain/index.js';
import { DemandState, type Demand } from '../src/chain/generated/assay/dispute/v1/dispute.js';
import { MsgServeChunks } from '../src/chain/generated/assay/dispute/v1/tx.js';
import { chunkCount, CHUNK_BYTES, dataRoot, sameHash, verifyRange } from '../src/merkle/index.js';
import type { TensorName } from './demand.js';

/**
 * A tensor's bytes as far as they were served on chain: read from the transactions that carried them, checked against the
 * data root again. Undefined while chunks are missing.
 */
export async function servedTensor(chain: ChainClient, demands: Iterable<Demand>, name: TensorName, root: Uint8Array, size: number): Promise<Uint8Array | undefined> {
  const bytes = new Uint8Array(size);
  const have = new Uint8Array(chunkCount(size));
  for (const demand of demands) {
    if (demand.state !== DemandState.DEMAND_STATE_SERVED) continue;
    const at = demand.tensors.findIndex((t) => t.item?.kind === name.kind && t.item.index === name.index);
    if (at < 0) continue;
    const answer = await findAnswer(chain, demand);
    for (const [i, { item }] of demand.tensors.entries()) {
      const opening = answer?.tensors[i]?.opening;
      if (!item || !opening || item.kind !== name.kind || item.index !== name.index) continue;
      const [first, count] = [Number(item.first), Number(item.count)];
      bytes.set(verifyRange(root, size, first, count, opening), first * CHUNK_BYTES);
      have.fill(1, first, first + count);
    }
  }
  if (have.length === 0 || have.includes(0)) return undefined;
  return sameHash(dataRoot(bytes), root) ? bytes : undefined;
}

/** The transaction's message that served a demand; undefined when its block does not hold it. */
export async function findAnswer(chain: ChainClient, demand: Demand): Promise<MsgServeChunks | undefined> {
  const { block } = await chain.comet.block(Number(demand.servedHeight));
  for (const raw of block.txs) {
    const messages = Tx.decode(raw).body?.messages ?? [];
    const inner = messages.flatMap((m) => (m.typeUrl === MsgExec.typeUrl ? MsgExec.decode(m.value).msgs : [m]));
    for (const m of inner) {
      if (m.typeUrl !== `/${MsgServeChunks.$type}`) continue;
      const answer = MsgServeChunks.decode(m.value);
      if (answer.demandId === demand.id) return answer;
    }
  }
  return undefined;
}
