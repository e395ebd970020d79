import { MsgExec, MsgExecResponse } from 'cosmjs-types/cosmos/authz/v1beta1/tx';
import { TxMsgData } from 'cosmjs-types/cosmos/base/abci/v1beta1/abci';
import { MsgSubmitProposal, MsgSubmitProposalResponse, MsgVote, MsgVoteResponse } from 'cosmjs-types/cosmos/gov/v1/tx';
import { AuthInfo, Fee, TxBody, TxRaw } from 'cosmjs-types/cosmos/tx/v1beta1/tx';
import { Round } from '../../src/chain/generated/assay/beacon/v1/beacon.js';
import { EventBeaconRecorded } from '../../src/chain/generated/assay/beacon/v1/events.js';
import { Duty, EndReason, Job, JobState, Verdict, VersionedParams } from '../../src/chain/generated/assay/compute/v1/compute.js';
import { EventAttested, EventDutyDrawn, EventJobSubmitted, EventJobUpdated, EventParamsUpdated, EventPayment } from '../../src/chain/generated/assay/compute/v1/events.js';
import { MsgSubmitJob, MsgSubmitJobResponse, MsgUpdateParams } from '../../src/chain/generated/assay/compute/v1/tx.js';
import { CommitmentState, DemandState, Dispute, DisputePhase } from '../../src/chain/generated/assay/dispute/v1/dispute.js';
import { EventDemandUpdated, EventDisputeUpdated, EventFaultCommitmentUpdated, EventProofJudged } from '../../src/chain/generated/assay/dispute/v1/events.js';
import { FaultKind } from '../../src/chain/generated/assay/referee/v1/proof.js';
import { EventArtifactPublished, EventArtifactStatusChanged } from '../../src/chain/generated/assay/registry/v1/events.js';
import { ArtifactKind, ArtifactStatus, Evidence, ParentRole } from '../../src/chain/generated/assay/registry/v1/registry.js';
import { scriptedChain, type ScriptedChain, type ScriptedTx } from './chain.js';
import { plainEvent, snake, typedEvent } from './events.js';

// A short chain with one of everything that the index speaks of. Heights are fixed, so tests can name them.

export const ALICE = 'assay1alice';
export const WORKER = 'assay1worker';
export const CHEAT = 'assay1cheat';
export const VERIFIER = 'assay1verifier';
export const EXPLANATION = {
  kind: FaultKind.FAULT_KIND_ARITHMETIC, node: 17, op: 'MatMul', slot: 0, element: 42n, coordinates: [0n, 42n],
  claimed: '1.5', exact: '1.25', bound: '0.00001', ratio: '25000', fault: true, terms: 512n, macs: 512n, hashes: 90n,
};
const root = (n: number) => new Uint8Array(32).fill(n);
const text = (s: string) => new TextEncoder().encode(s);

const PROGRAM = { root: root(1), inputs: 1, weights: 3, values: 20, nodes: 20, outputs: 1, macs: 18_000_000_000_000_000_001n, quantised: false };

/** Genesis state of the modules, as their JSON codec writes it. */
export const GENESIS = {
  compute: {
    params: [snake(VersionedParams.toJSON(VersionedParams.fromPartial({ version: 1n, params: { denom: 'uassay', windowBlocks: 20n, feeMin: '1000' } })))],
    next_job_id: '1',
    verifiers: [{ operator: VERIFIER, deposit: '5000000', owner: '', height: '0', leaving: false, leave_job: '0', duties: '0', attested: '0' }],
    snapshots: [{ number: '1', height: '0', total_power: '18446744073709551615', entries: [{ operator: VERIFIER, power: '100', owner: '' }], jobs: '0' }],
  },
  gov: { params: { quorum: '0.334000000000000000', voting_period: '20s' } },
};

function job(id: bigint, over: Partial<Job>): Job {
  return Job.fromPartial({
    id, requester: ALICE, artifactId: 2n, artifactDigest: root(2), program: PROGRAM, weightsRoot: root(3), inputRoot: root(4), inputDataRoots: [root(5)],
    sources: [{ input: 0, datasetId: 1n, path: 'lines/one.png', evidence: Evidence.EVIDENCE_MATCHED }],
    fee: '123456789012345678901234567890', profile: 'ieee-fp32', tolerance: { abs: '0.000010000000000000', rel: '0.001000000000000000' },
    bond: '0', deposit: '0', ...over,
  });
}

/** A signed transaction of these messages. Signatures are not looked at by an indexer. */
export function tx(messages: readonly { typeUrl: string; value: Uint8Array }[], over: Omit<ScriptedTx, 'bytes'> & { memo?: string; responses?: readonly { typeUrl: string; value: Uint8Array }[] } = {}): ScriptedTx {
  const bodyBytes = TxBody.encode(TxBody.fromPartial({ messages: [...messages], memo: over.memo ?? '' })).finish();
  const authInfoBytes = AuthInfo.encode(AuthInfo.fromPartial({ fee: Fee.fromPartial({ amount: [{ denom: 'uassay', amount: '500' }], gasLimit: 200_000n }) })).finish();
  const { memo: _, responses, ...rest } = over;
  return {
    bytes: TxRaw.encode({ bodyBytes, authInfoBytes, signatures: [text('signature')] }).finish(),
    data: responses ? TxMsgData.encode(TxMsgData.fromPartial({ msgResponses: [...responses] })).finish() : undefined,
    ...rest,
  };
}

const ours = <T>(type: { $type: string; encode(m: T): { finish(): Uint8Array }; fromPartial(p: Partial<T>): T }, value: Partial<T>) => ({ typeUrl: `/${type.$type}`, value: type.encode(type.fromPartial(value)).finish() });
const END = { mode: 'EndBlock' } as const;
const update = (j: Job, cause: string, place?: typeof END) => typedEvent(EventJobUpdated, { job: j, cause }, place);

/** The story, 14 blocks. Grow it further with `add`. */
export function story(chainId = 'assay-test', salt = ''): ScriptedChain {
  const chain = scriptedChain(chainId, GENESIS, salt);
  chain.add(); // 1: empty
  chain.add({ txs: [tx([{ typeUrl: '/assay.registry.v1.MsgNobodyKnows', value: text('bytes') }], { memo: 'a NUL \u0000 and half an emoji \ud83d', events: [ // 2
    typedEvent(EventArtifactPublished, { artifact: { id: 1n, kind: ArtifactKind.ARTIFACT_KIND_DATASET, digest: root(8), publisher: ALICE, name: 'lines', licence: 'MIT', manifestRoot: root(9), entries: 5n, status: ArtifactStatus.ARTIFACT_STATUS_ACTIVE, height: 2n } as never }),
    typedEvent(EventArtifactPublished, { artifact: { id: 2n, kind: ArtifactKind.ARTIFACT_KIND_MODEL, digest: root(2), publisher: ALICE, name: 'rec', licence: 'MIT', program: PROGRAM, weightsRoot: root(3), status: ArtifactStatus.ARTIFACT_STATUS_ACTIVE, height: 2n,
      parents: [{ role: ParentRole.PARENT_ROLE_TRAINED_ON, artifactId: 1n, evidence: Evidence.EVIDENCE_DECLARED, path: '' }] } as never }),
  ] })] });
  const open = { state: JobState.JOB_STATE_OPEN, submitHeight: 3n, deadline: 43n };
  chain.add({ txs: [1n, 2n].map((id) => tx([ours(MsgSubmitJob, { requester: ALICE, artifactId: 2n })], { responses: [ours(MsgSubmitJobResponse, { jobId: id })], events: [ // 3
    typedEvent(EventJobSubmitted, { jobId: id, inputs: [{ dataRoot: root(5), uris: ['https://example.org/one'], datasetId: 1n, entry: { entry: { path: 'lines/one.png' } } }] as never }),
    update(job(id, open), 'submit'),
  ] })) });
  const claimed = { ...open, state: JobState.JOB_STATE_CLAIMED, worker: WORKER, bond: '10000', claimHeight: 4n, paramsVersion: 1n };
  chain.add({ txs: [tx([], { events: [update(job(1n, claimed), 'claim'), update(job(2n, { ...claimed, worker: CHEAT }), 'claim')] })] }); // 4
  const committed = { ...claimed, state: JobState.JOB_STATE_COMMITTED, commitHeight: 5n, outputRoot: root(6), outputDataRoots: [root(7)] };
  chain.add({ txs: [tx([], { events: [update(job(1n, committed), 'commit'), update(job(2n, { ...committed, worker: CHEAT }), 'commit')] })] }); // 5
  const drawn = { ...committed, beaconRound: 9n, drawnHeight: 6n, ready: 26n, duties: 1 };
  chain.add({ events: [ // 6: the job changes twice in one block
    update(job(1n, { ...committed, beaconRound: 9n }), 'round_fixed', END),
    typedEvent(EventBeaconRecorded, { round: Round.fromPartial({ round: 9n, randomness: root(11), signature: new Uint8Array(48).fill(1), poster: VERIFIER, height: 6n }) }, END),
    typedEvent(EventDutyDrawn, { duty: Duty.fromPartial({ jobId: 1n, operator: VERIFIER, rank: 0 }) }, END),
    typedEvent(EventDutyDrawn, { duty: Duty.fromPartial({ jobId: 2n, operator: VERIFIER, rank: 0 }) }, END),
    update(job(1n, drawn), 'drawn', END),
    update(job(2n, { ...drawn, worker: CHEAT }), 'drawn', END),
  ] });
  const dispute = (over: object) => Dispute.fromPartial({ jobId: 2n, phase: DisputePhase.DISPUTE_PHASE_PROVING, challenger: VERIFIER, drawn: true, worker: CHEAT, openedHeight: 7n, fee: '0', ...over });
  chain.add({ txs: [tx([], { events: [ // 7
    typedEvent(EventAttested, { duty: Duty.fromPartial({ jobId: 1n, operator: VERIFIER, rank: 0, verdict: Verdict.VERDICT_VALID, height: 7n }) }),
    typedEvent(EventDisputeUpdated, { dispute: dispute({ phase: DisputePhase.DISPUTE_PHASE_TRACE_DEMANDED }), cause: 'challenged' }),
  ] })] });
  chain.add({ txs: [tx([], { events: [ // 8
    typedEvent(EventDisputeUpdated, { dispute: dispute({ traceRoot: root(12), publishedHeight: 8n }), cause: 'trace_published' }),
    typedEvent(EventDemandUpdated, { demand: { id: 1n, jobId: 2n, sender: VERIFIER, drawn: true, tensors: [], bytes: 1024n, serveFee: '5', demandFee: '0', state: DemandState.DEMAND_STATE_SERVED, height: 8n, deadline: 20n, servedBy: CHEAT, servedHeight: 8n } }),
    typedEvent(EventFaultCommitmentUpdated, { commitment: { id: 1n, jobId: 2n, sender: VERIFIER, hash: root(13), height: 8n, deadline: 14n, bond: '100', state: CommitmentState.COMMITMENT_STATE_LIVE, fromDeposit: true } }),
  ] })] });
  chain.add({ txs: [tx([], { events: [ // 9: convicted
    typedEvent(EventProofJudged, { jobId: 2n, commitmentId: 1n, prover: VERIFIER, convicted: true, explanation: EXPLANATION as never, proofHash: root(14) }),
    typedEvent(EventFaultCommitmentUpdated, { commitment: { id: 1n, jobId: 2n, sender: VERIFIER, hash: root(13), height: 8n, deadline: 14n, bond: '100', state: CommitmentState.COMMITMENT_STATE_PROVED, fromDeposit: true } }),
    typedEvent(EventDisputeUpdated, { dispute: dispute({ phase: DisputePhase.DISPUTE_PHASE_ENDED, reason: EndReason.END_REASON_ARITHMETIC, prover: VERIFIER, explanation: EXPLANATION as never, proofHash: root(14), endHeight: 9n }), cause: 'convicted' }),
    typedEvent(EventPayment, { jobId: 2n, recipient: ALICE, amount: '123456789012345678901234567890', purpose: 'refund' }),
    typedEvent(EventPayment, { jobId: 2n, recipient: VERIFIER, amount: '5000', purpose: 'reward' }),
    typedEvent(EventPayment, { jobId: 2n, recipient: 'burn', amount: '5000', purpose: 'slash' }),
    update(job(2n, { ...drawn, worker: CHEAT, state: JobState.JOB_STATE_FAULTED, reason: EndReason.END_REASON_ARITHMETIC, endHeight: 9n }), 'faulted'),
  ] })] });
  const proposal = MsgSubmitProposal.fromPartial({ proposer: ALICE, title: 'A longer window', summary: 'Forty blocks', messages: [ours(MsgUpdateParams, { authority: 'gov' })] });
  chain.add({ txs: [tx([{ typeUrl: MsgSubmitProposal.typeUrl, value: MsgSubmitProposal.encode(proposal).finish() }], { // 10
    responses: [{ typeUrl: MsgSubmitProposalResponse.typeUrl, value: MsgSubmitProposalResponse.encode({ proposalId: 1n }).finish() }],
    events: [plainEvent('submit_proposal', { proposal_id: '1', msg_index: '0' }), plainEvent('proposal_deposit', { depositor: ALICE, amount: '1000uassay', proposal_id: '1', msg_index: '0' }), plainEvent('submit_proposal', { voting_period_start: '1', msg_index: '0' })],
  })] });
  const vote = MsgVote.encode(MsgVote.fromPartial({ proposalId: 1n, voter: VERIFIER, option: 1 })).finish();
  const exec = MsgExec.encode(MsgExec.fromPartial({ grantee: ALICE, msgs: [{ typeUrl: MsgVote.typeUrl, value: vote }] })).finish();
  const voted = (voter: string, option: number) => plainEvent('proposal_vote', { voter, option: `[{"option":${option},"weight":"1.000000000000000000"}]`, proposal_id: '1', msg_index: '0', authz_msg_index: '0' });
  chain.add({ txs: [ // 11: a vote through authz, one that changes its mind in the next block, a failed transaction, and bytes that are none
    tx([{ typeUrl: MsgExec.typeUrl, value: exec }], { responses: [{ typeUrl: MsgExecResponse.typeUrl, value: MsgExecResponse.encode({ results: [MsgVoteResponse.encode({}).finish()] }).finish() }], events: [voted(VERIFIER, 1), voted(WORKER, 3)] }),
    tx([{ typeUrl: MsgExec.typeUrl, value: exec }], { code: 5, log: 'insufficient funds' }),
    { bytes: text('no transaction at all'), code: 2, log: 'tx parse error' },
  ] });
  chain.add({ txs: [tx([], { events: [voted(WORKER, 1)] })] }); // 12
  const params = { version: 2n, params: { denom: 'uassay', windowBlocks: 40n, feeMin: '1000' }, height: 13n };
  chain.add({ events: [ // 13: the proposal passes
    typedEvent(EventParamsUpdated, { params: params as never }, END),
    plainEvent('active_proposal', { proposal_id: '1', proposal_result: 'proposal_passed', proposal_log: 'passed', mode: 'EndBlock' }),
  ] });
  chain.add({ txs: [tx([], { events: [typedEvent(EventArtifactStatusChanged, { artifactId: 2n, status: ArtifactStatus.ARTIFACT_STATUS_DEPRECATED, reason: 'a better one exists' })] })], events: [ // 14: job 1 is final
    typedEvent(EventPayment, { jobId: 1n, recipient: WORKER, amount: '900', purpose: 'fee' }, END),
    update(job(1n, { ...drawn, state: JobState.JOB_STATE_FINAL, fulfilled: 1, endHeight: 14n }), 'final', END),
  ] });
  return chain;
}
