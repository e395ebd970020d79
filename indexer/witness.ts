import { Proposal } from 'cosmjs-types/cosmos/gov/v1/gov';
import type { BlockResults, CometClient } from '../src/comet/index.js';

/** State that no event carries, read when its block was: the tally of each proposal whose voting ended in it. */
export interface Witness {
  /** By proposal id. Raw proposals of the gov store after the block, hex. */
  readonly proposals: Readonly<Record<string, string>>;
}

/** A block that needs no state. */
export const NO_WITNESS: Witness = { proposals: {} };

/** Prefix of gov's proposals: collections.Map under byte 0, key uint64 big-endian (cosmos-sdk v0.55.0 x/gov/types/keys.go). */
function proposalKey(id: bigint): Uint8Array {
  const key = Buffer.alloc(9);
  key.writeBigUInt64BE(id, 1);
  return key;
}

/** Proposals whose voting ended in these results. */
export function endedProposals(results: BlockResults): bigint[] {
  const ended = results.blockEvents.filter((e) => e.type === 'active_proposal').flatMap((e) => e.attributes.filter((a) => a.key === 'proposal_id'));
  return ended.filter((a) => /^\d{1,19}$/.test(a.value)).map((a) => BigInt(a.value));
}

/**
 * Reads what a block's projection needs of the state after it. Unproven for now, so a node can lie about a tally, and one
 * that has pruned that height leaves it out: the tally is then null, never a guess.
 */
export async function readWitness(client: CometClient, height: number, results: BlockResults, signal?: AbortSignal): Promise<Witness> {
  const ids = endedProposals(results);
  if (ids.length === 0) return NO_WITNESS;
  const proposals: Record<string, string> = {};
  for (const id of ids) {
    try {
      const { value } = await client.storeValue('gov', proposalKey(id), height, signal);
      if (value.length > 0) proposals[String(id)] = Buffer.from(value).toString('hex');
    } catch (error) {
      if (signal?.aborted) throw error;
    }
  }
  return { proposals };
}

/** The tally by stake that a witness holds, in units of the bond denomination. */
export function tallyOf(witness: Witness, id: bigint): { yes: string; no: string; abstain: string; noWithVeto: string } | null {
  const raw = witness.proposals[String(id)];
  if (raw === undefined) return null;
  const tally = Proposal.decode(Buffer.from(raw, 'hex')).finalTallyResult;
  if (!tally) return null;
  return { yes: tally.yesCount, no: tally.noCount, abstain: tally.abstainCount, noWithVeto: tally.noWithVetoCount };
}
