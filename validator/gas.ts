import type { ChainClient } from '../src/chain/index.js';
import type { Job } from '../src/chain/generated/assay/compute/v1/compute.js';
import type { Judgement } from '../src/referee/index.js';

// Signature, state and events of a conviction; measured well below this.
const BASE_GAS = 1_000_000;
// The SDK's price of a byte of a transaction is 10; events and decoding come on top.
const GAS_A_BYTE = 20;

/** Units of gas for revealing a proof. Never simulated: that would run the judgement in the node's query thread. */
export async function proofGas(chain: ChainClient, job: Job, proofBytes: number, j: Judgement): Promise<number> {
  const { params } = await chain.query.dispute.Params({ version: job.disputeParamsVersion });
  const { macMilligas = 0n, exponentialMilligas = 0n, hashMilligas = 0n } = params?.params ?? {};
  const milligas = BigInt(j.macs) * macMilligas + BigInt(j.exponentials) * exponentialMilligas + BigInt(j.hashes) * hashMilligas;
  return BASE_GAS + GAS_A_BYTE * proofBytes + Math.ceil(Number(milligas / 1000n) * 1.25);
}
