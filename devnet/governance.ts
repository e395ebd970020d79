import { MsgSubmitProposal, MsgSubmitProposalResponse, MsgVote } from 'cosmjs-types/cosmos/gov/v1/tx';
import { ProposalStatus, VoteOption } from 'cosmjs-types/cosmos/gov/v1/gov';
import { messageRegistry, type ChainClient, type Message, type Sender } from '../src/chain/index.js';
import { AssayError } from '../src/errors.js';

/** What is proposed. The messages' authority must be the governance module. */
export interface Proposal {
  readonly title: string;
  readonly summary: string;
  readonly messages: readonly Message[];
  /** in the chain's denomination; at least the minimum starts the voting at once */
  readonly deposit: { readonly amount: string; readonly denom: string };
}

/** Submits a proposal and returns its id. */
export async function propose(sender: Sender, proposal: Proposal): Promise<bigint> {
  const value = MsgSubmitProposal.fromPartial({
    messages: proposal.messages.map((m) => messageRegistry.encodeAsAny(m)),
    initialDeposit: [proposal.deposit],
    proposer: sender.address,
    title: proposal.title,
    summary: proposal.summary,
  });
  const sent = await sender.send([{ typeUrl: MsgSubmitProposal.typeUrl, value }]);
  return MsgSubmitProposalResponse.decode(sent.responses[0] ?? new Uint8Array()).proposalId;
}

/** Votes on a proposal. */
export async function vote(sender: Sender, proposalId: bigint, option: VoteOption = VoteOption.VOTE_OPTION_YES): Promise<void> {
  await sender.send([{ typeUrl: MsgVote.typeUrl, value: MsgVote.fromPartial({ proposalId, voter: sender.address, option }) }]);
}

/** The address whose messages governance sends: from the module account itself, not from a constant. */
export async function governanceAddress(client: ChainClient): Promise<string> {
  const { ModuleAccount } = await import('cosmjs-types/cosmos/auth/v1beta1/auth');
  const { account } = await client.query.auth.ModuleAccountByName({ name: 'gov' });
  const address = account ? ModuleAccount.decode(account.value).baseAccount?.address : undefined;
  if (address === undefined) throw new AssayError('GOVERNANCE_ACCOUNT', 'the chain has no governance account', { decision: 'peer' });
  return address;
}

/** Whether a proposal has ended, and how: `undefined` while it is voted on. */
export async function proposalOutcome(client: ChainClient, proposalId: bigint): Promise<string | undefined> {
  const { proposal } = await client.query.gov.Proposal({ proposalId });
  switch (proposal?.status) {
    case ProposalStatus.PROPOSAL_STATUS_PASSED:
      return 'PASSED';
    case ProposalStatus.PROPOSAL_STATUS_REJECTED:
      return 'REJECTED';
    case ProposalStatus.PROPOSAL_STATUS_FAILED:
      return `FAILED: ${proposal.failedReason}`;
    default:
      return undefined;
  }
}
