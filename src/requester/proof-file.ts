import { MsgExec } from 'cosmjs-types/cosmos/authz/v1beta1/tx';
import { Tx } from 'cosmjs-types/cosmos/tx/v1beta1/tx';
import type { ChainClient } from '../chain/index.js';
import type { Dispute } from '../chain/generated/assay/dispute/v1/dispute.js';
import { MsgProveFault } from '../chain/generated/assay/dispute/v1/tx.js';
import { AssayError } from '../errors.js';
import { sha256 } from '../onnx/sha256.js';

const hex = (b: Uint8Array): string => Buffer.from(b).toString('hex');

/**
 * The proof that convicted a job's worker, out of the block that carries it, checked against the hash on chain.
 *
 * @throws AssayError PROOF_NONE where no proof convicted, PROOF_NOT_FOUND where the block does not hold it
 */
export async function convictingProof(client: ChainClient, dispute: Dispute): Promise<Uint8Array> {
  if (dispute.proofHash.length === 0) throw new AssayError('PROOF_NONE', `no proof convicted the worker of job ${dispute.jobId}`);
  const { block } = await client.comet.block(Number(dispute.proofHeight));
  for (const bytes of block.txs) {
    for (const proof of provenIn(bytes)) if (hex(sha256(proof)) === hex(dispute.proofHash)) return proof;
  }
  throw new AssayError('PROOF_NOT_FOUND', `block ${dispute.proofHeight} does not hold the proof of job ${dispute.jobId}`, { decision: 'peer' });
}

function provenIn(tx: Uint8Array): Uint8Array[] {
  const messages = Tx.decode(tx).body?.messages ?? [];
  return messages
    .flatMap((m) => (m.typeUrl === MsgExec.typeUrl ? MsgExec.decode(m.value).msgs : [m]))
    .filter((m) => m.typeUrl === `/${MsgProveFault.$type}`)
    .map((m) => MsgProveFault.decode(m.value).proof);
}
