import { MsgExec } from 'cosmjs-types/cosmos/authz/v1beta1/tx';
import { Tx } from 'cosmjs-types/cosmos/tx/v1beta1/tx';
import type { ChainClient } from '../chain/index.js';
import type { Job } from '../chain/generated/assay/compute/v1/compute.js';
import type { Dispute } from '../chain/generated/assay/dispute/v1/dispute.js';
import { MsgProveFault } from '../chain/generated/assay/dispute/v1/tx.js';
import { AssayError } from '../errors.js';
import { sha256 } from '../onnx/sha256.js';

/** What the chain holds of a job, in the form that `assayd referee judge --commitments` reads. Roots are hexadecimal. */
export interface CommitmentsFile {
  readonly program_root: string;
  readonly counts: { readonly inputs: number; readonly weights: number; readonly values: number; readonly nodes: number; readonly outputs: number };
  readonly weights_root: string;
  readonly input_root: string;
  readonly output_root: string;
  readonly trace_root: string;
  /** integers of 10⁻¹⁸ units */
  readonly tolerance_abs: string;
  readonly tolerance_rel: string;
}

const hex = (b: Uint8Array | undefined): string => Buffer.from(b ?? []).toString('hex');

/** The commitments of a job for judging a proof about it offline. The referee's default constants apply. */
export function commitmentsOf(job: Job): CommitmentsFile {
  const p = job.program;
  return {
    program_root: hex(p?.root),
    counts: { inputs: p?.inputs ?? 0, weights: p?.weights ?? 0, values: p?.values ?? 0, nodes: p?.nodes ?? 0, outputs: p?.outputs ?? 0 },
    weights_root: hex(job.weightsRoot),
    input_root: hex(job.inputRoot),
    output_root: hex(job.outputRoot),
    trace_root: hex(job.traceRoot),
    tolerance_abs: job.tolerance?.abs ?? '0',
    tolerance_rel: job.tolerance?.rel ?? '0',
  };
}

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
