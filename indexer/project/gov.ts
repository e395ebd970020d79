import { MsgSubmitProposal, MsgSubmitProposalResponse } from 'cosmjs-types/cosmos/gov/v1/tx';
import { VoteOption, voteOptionToJSON } from 'cosmjs-types/cosmos/gov/v1/gov';
import type { DecodedEvent } from '../decode/events.js';
import { toJson, type DecodedMessage } from '../decode/messages.js';
import { tallyOf, type Witness } from '../witness.js';
import { edit, endAll, fact, put, type Change } from './changes.js';
import { moduleParams } from './params.js';
import * as v from './values.js';

/** A proposal that a message submitted. Its id stands in the message's response, under the next header's results hash. */
export function submittedProposal(message: DecodedMessage, height: number): Change[] {
  if (message.typeUrl !== MsgSubmitProposal.typeUrl || !message.executed || !message.response) return [];
  const proposal = MsgSubmitProposal.decode(message.bytes);
  return [
    put('proposals', {
      id: v.id(MsgSubmitProposalResponse.decode(message.response).proposalId),
      proposer: proposal.proposer,
      title: proposal.title,
      summary: proposal.summary,
      metadata: proposal.metadata,
      expedited: proposal.expedited,
      messages: proposal.messages.map((any) => ({ typeUrl: any.typeUrl, value: toJson(any) ?? null })),
      status: 'DEPOSIT_PERIOD',
      submitHeight: height,
      votingStartHeight: null,
      endHeight: null,
      log: null,
      tally: null,
    }),
  ];
}

/** Outcome words of gov's end block (cosmos-sdk v0.55.0 x/gov/types/events.go). */
const OUTCOMES: Readonly<Record<string, string>> = {
  proposal_passed: 'PASSED',
  proposal_failed: 'FAILED',
  proposal_rejected: 'REJECTED',
  proposal_dropped: 'DROPPED',
};

/** What an event of gov does. Votes come from here alone: the chain deletes them at the tally. */
export function govChanges(event: DecodedEvent, height: number, witness: Witness): Change[] {
  const get = (key: string) => event.attributes.find((a) => a.key === key)?.value;
  const started = get('voting_period_start');
  if ((event.type === 'submit_proposal' || event.type === 'proposal_deposit') && started) {
    return [edit('proposals', { id: v.id(BigInt(started)) }, { status: 'VOTING_PERIOD', votingStartHeight: height })];
  }
  const written = get('proposal_id');
  if (!written || !/^\d{1,19}$/.test(written)) return [];
  const proposalId = v.id(BigInt(written));
  if (event.type === 'proposal_vote') {
    return [put('votes', { proposalId, voter: get('voter') ?? '', options: voteOptions(get('option') ?? '[]') })];
  }
  if (event.type === 'proposal_deposit') {
    return [fact('deposits', { height, position: event.position, proposalId, depositor: get('depositor') ?? '', amount: get('amount') ?? '' })];
  }
  if (event.type === 'cancel_proposal') {
    return [edit('proposals', { id: proposalId }, { status: 'CANCELLED', endHeight: height }), endAll('votes', { proposalId })];
  }
  if (event.type !== 'active_proposal' && event.type !== 'inactive_proposal') return [];
  const result = get('proposal_result') ?? '';
  const log = get('proposal_log') ?? null;
  if (result === 'expedited_proposal_rejected') {
    // Back in voting as a regular proposal, with its votes erased.
    return [edit('proposals', { id: proposalId }, { expedited: false, log }), endAll('votes', { proposalId })];
  }
  const status = OUTCOMES[result];
  if (!status) return [];
  const tally = event.type === 'active_proposal' ? tallyOf(witness, proposalId) : null;
  return [
    edit('proposals', { id: proposalId }, { status, endHeight: height, log, tally }, (row) =>
      status === 'PASSED' ? row.messages.flatMap((m) => moduleParams(m, proposalId)) : [],
    ),
  ];
}

/** Options as gov prints them: `[{"option":1,"weight":"1.000000000000000000"}]`. */
export function voteOptions(written: string): { option: string; weight: string }[] {
  const options = JSON.parse(written) as unknown;
  if (!Array.isArray(options)) throw new RangeError(`expected vote options, found ${written.slice(0, 100)}`);
  return options.map((o: { option?: number; weight?: string }) => ({
    option: v.enumName(voteOptionToJSON, 'VOTE_OPTION_', o.option ?? VoteOption.VOTE_OPTION_UNSPECIFIED),
    weight: v.decimal(o.weight ?? '1'),
  }));
}
