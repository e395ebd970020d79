import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { faultCommitment, message } from '../../src/chain/index.js';
import { JobState } from '../../src/chain/generated/assay/compute/v1/compute.js';
import { CommitmentState } from '../../src/chain/generated/assay/dispute/v1/dispute.js';
import { MsgChallenge, MsgChallengeResponse, MsgCommitFault, MsgCommitFaultResponse, MsgProveFault, MsgProveFaultResponse } from '../../src/chain/generated/assay/dispute/v1/tx.js';
import { KIND, Runtime, trace } from '../../src/onnx/index.js';
import { paymentsOf } from '../../src/requester/index.js';
import { assaydPath } from '../network.js';
import { stateOf, untilEnded, untilJob, type Stage } from '../stage.js';
import { expectAttested } from './honest.js';
import type { Line, Publications } from './publish.js';

// A judgement of one element of the classifier costs a few million units of gas at most.
const PROOF_GAS = 30_000_000;

/** What the outsider did. */
export interface Accusation {
  readonly jobId: bigint;
  readonly fee: bigint;
  readonly response: MsgProveFaultResponse;
  readonly commitmentId: bigint;
}

/** An outsider challenges an honest worker, waits for the trace, and accuses it of what it did not do. */
export async function accuseHonest(stage: Stage, publications: Publications, jobId: bigint, line: Line): Promise<Accusation> {
  const { chain } = stage;
  const sender = stage.sender('outsider');
  await untilJob(stage, jobId, 'committed', (j) => j.state >= JobState.JOB_STATE_COMMITTED);
  const challenged = await sender.call(message(MsgChallenge, { sender: sender.address, jobId }), MsgChallengeResponse);
  const fee = BigInt(challenged.response.fee.replace(/[a-z]+$/, ''));
  const [proof] = await Promise.all([honestProof(stage, publications, jobId, line), untilJob(stage, jobId, 'traced', (j) => j.traceRoot.length > 0)]);
  const salt = new Uint8Array(randomBytes(32));
  const hash = faultCommitment({ chainId: chain.chainId, jobId, sender: sender.address, salt, proof });
  const committed = await sender.call(message(MsgCommitFault, { sender: sender.address, jobId, hash }), MsgCommitFaultResponse);
  await chain.waitForHeight(committed.height + 1);
  const { response } = await sender.call(message(MsgProveFault, { sender: sender.address, jobId, salt, proof }), MsgProveFaultResponse, { gas: PROOF_GAS });
  return { jobId, fee, response, commitmentId: committed.response.commitmentId };
}

/** Tells what came of an accusation and checks it: the worker is paid, the accuser's bond lost. */
export async function settleAccusation(stage: Stage, accusation: Accusation): Promise<void> {
  const { story, chain } = stage;
  const { jobId, fee, response } = accusation;
  story.say(`An outsider asked for the trace of job ${jobId}, whose worker is honest, paid ${fee} for it, and sent a proof about an element that is right.`);
  const { commitments, dispute } = await chain.query.dispute.Dispute({ jobId, pagination: undefined });
  story.expect(`job ${jobId}: the honest worker published its trace in time`, dispute !== undefined && dispute.publishedHeight > 0n, true);
  story.expect(`job ${jobId}: a proof whose every opening is true, of an element that is right, convicts`, response.convicted, false);
  story.expect('the referee says why', response.code, 'proof_no_fault');
  const own = commitments.find((c) => c.id === accusation.commitmentId);
  story.expect("the accuser's bond is", own && CommitmentState[own.state].replace('COMMITMENT_STATE_', ''), 'LOST');
  await expectAttested(stage, jobId);
  const ended = await untilEnded(stage, jobId);
  story.expect(`job ${jobId}: after challenge and accusation`, stateOf(ended), 'FINAL');
  const payments = await paymentsOf(chain, jobId, Number(ended.submitHeight), Number(ended.endHeight));
  const to = (recipient: string, purpose: string): bigint => payments.filter((p) => p.recipient === recipient && p.purpose === purpose).reduce((s, p) => s + p.amount, 0n);
  const bond = BigInt(own?.bond ?? '0');
  story.expect(`job ${jobId}: half of the challenge fee went to the worker`, to(ended.worker, 'challenge_fee'), fee / 2n);
  story.expect(`job ${jobId}: half of the lost bond went to the worker`, to(ended.worker, 'proof_bond'), bond / 2n);
  story.expect(`job ${jobId}: the other halves burned`, to('burn', 'challenge_fee') + to('burn', 'proof_bond'), fee - fee / 2n + bond - bond / 2n);
}

/** A well-formed proof about an element that nothing is wrong with, from an honest run on this machine. */
async function honestProof(stage: Stage, publications: Publications, jobId: bigint, line: Line): Promise<Uint8Array> {
  const { prepared } = publications.models.orientation;
  const { program, weights } = prepared;
  const runtime = new Runtime();
  const dir = join(stage.paths.data, 'outsider', jobId.toString());
  try {
    await trace(program, weights, [line.orientation], dir, { runtime });
  } finally {
    await runtime.close();
  }
  const node = program.nodes.findLastIndex((n) => n.inputs[1]?.kind === KIND.weight);
  const out = join(stage.paths.proofs, `job-${jobId}-false.proof`);
  execFileSync(assaydPath(), ['referee', 'prove', dir, '--node', String(node), '--element', '0', '--kind', 'arithmetic', '--out', out], { stdio: 'pipe' });
  return new Uint8Array(readFileSync(out));
}
