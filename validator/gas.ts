import type { ChainClient } from '../src/chain/index.js';
import type { Job } from '../src/chain/generated/assay/compute/v1/compute.js';

// Signature, store and events of a message; measured well below this.
const BASE_GAS = 400_000;
// The SDK's price of a byte of a transaction is 10; hashing and decoding the proof come on top.
const GAS_A_BYTE = 20;

/**
 * Units of gas for revealing a proof. Never simulated: that would run the judgement in the node's query thread. An upper
 * estimate from the program: one element reads at most what the worst proof holds, four bytes an element.
 */
export async function proofGas(chain: ChainClient, job: Job, proof: Uint8Array): Promise<number> {
  const { params } = await chain.query.dispute.Params({ version: job.disputeParamsVersion });
  const { macMilligas = 0n, exponentialMilligas = 0n, hashMilligas = 0n } = params?.params ?? {};
  const terms = BigInt(Math.ceil(proof.length / 2));
  // Both could be charged for every term: softmax pays an exponential a term, contractions a multiply-add.
  const judging = (terms * (macMilligas + exponentialMilligas) + BigInt(Math.ceil(proof.length / 32)) * hashMilligas) / 1000n;
  return BASE_GAS + GAS_A_BYTE * proof.length + Number(judging);
}
