import assert from 'node:assert/strict';
import { governanceAddress, proposalOutcome, propose, vote } from '../../devnet/governance.js';
import { Verdict } from '../../src/chain/generated/assay/compute/v1/compute.js';
import { MsgAttest, MsgCancelJob } from '../../src/chain/generated/assay/compute/v1/tx.js';
import { CommitmentState, DemandState, DisputePhase } from '../../src/chain/generated/assay/dispute/v1/dispute.js';
import { MsgChallenge, MsgChallengeResponse, MsgCommitFault, MsgCommitFaultResponse, MsgDemandChunksResponse, MsgOpenInput, MsgOpenWeight } from '../../src/chain/generated/assay/dispute/v1/tx.js';
import { TensorKind } from '../../src/chain/generated/assay/referee/v1/proof.js';
import { PolicyStatus } from '../../src/chain/generated/assay/registry/v1/registry.js';
import { MsgSetPolicy } from '../../src/chain/generated/assay/registry/v1/tx.js';
import { faultCommitment, message } from '../../src/chain/index.js';
import { demandChunks } from '../../validator/index.js';
import { serveChunks } from '../../worker/index.js';
import { accuse, claim, commit, committed, compute, drawn, ends, paid, prove, publishTrace, read, scan, send, storeRun, submit, type Lab } from './lab.js';

/** One numbered path: what it shows, and the doing. */
export interface Path {
  readonly name: string;
  run(lab: Lab): Promise<void>;
}

/** What the other paths need to know: artifacts of their own. */
export interface Extras {
  /** an artifact that governance bans */
  readonly banned: bigint;
  /** an artifact whose first weight is malformed, and the bundle that shows it */
  readonly broken: { readonly artifactId: bigint; readonly dir: string };
  /** jobs whose rounds are not posted: never, and once */
  readonly unlit: { readonly always: bigint; readonly once: bigint };
}

const half = (amount: bigint): bigint => amount / 2n;
const PPM = 1_000_000n;

/** Puts a NaN that is not canonical in the place of the first float32. */
export function malform(data: Uint8Array): void {
  data.set([0x01, 0x00, 0xc0, 0x7f]);
}

/** All paths: every row of the money table and every timeout of PROTOCOL. */
export function paths(extras: Extras): Path[] {
  return [
    { name: 'window: a job that nobody challenges is FINAL; worker 90 %, verifiers 8 %, pool 2 %', run: finalPath },
    { name: 'T_prove: an outsider\'s challenge finds nothing, is CLEARED, and the job is FINAL; half of the fee to the worker', run: clearedPath },
    { name: 'T_reveal: a fault commitment that is never revealed loses its bond; the job is FINAL', run: unrevealedPath },
    { name: 'a proof about another job is refused with its reason and loses its bond; the job is FINAL', run: refusedPath },
    { name: 'EXPIRED CANCELLED: the requester cancels and has the fee back', run: cancelledPath },
    { name: 'claim: EXPIRED UNCLAIMED, the fee returns', run: async (lab) => { const id = await submit(lab, lab.model.input(6)); const job = await ends(lab, id, 'EXPIRED UNCLAIMED'); assert.deepEqual(await paid(lab, job), { requester: BigInt(job.fee) }); } },
    { name: 'commit: EXPIRED UNCOMMITTED, fee and bond return, the claim deposit burns', run: uncommittedPath },
    { name: 'VOID INPUT: a malformed element of the input is shown; fee, bond and deposit return', run: voidInputPath },
    { name: 'VOID MODEL: a malformed weight is shown; the publication is closed', run: (lab) => voidModelPath(lab, extras) },
    { name: 'VOID BANNED: governance bans a digest and its OPEN job is drained', run: (lab) => voidBannedPath(lab, extras) },
    { name: 'T_beacon, three times: VOID BEACON, everybody has their money back', run: (lab) => voidBeaconPath(lab, extras) },
    { name: 'T_beacon, once: the round is fixed anew and the job is FINAL', run: (lab) => refixedPath(lab, extras) },
    { name: 'FAULTED ARITHMETIC: one element beyond its bound', run: arithmeticPath },
    { name: 'FAULTED OUTPUT: committed output and own trace differ beyond the signed tolerance', run: outputPath },
    { name: 'FAULTED FORMAT: a committed value holds a NaN that is not canonical', run: formatPath },
    { name: 'T_trace: FAULTED WITHHELD, the trace was not published', run: withheldTracePath },
    { name: 'T_serve: FAULTED WITHHELD, a demand was not served', run: withheldDemandPath },
    { name: 'a demand that is served in time; the job is FINAL', run: servedDemandPath },
  ];
}

async function finalPath(lab: Lab): Promise<void> {
  const input = lab.model.input(1);
  const id = await committed(lab, 'w1', input, await compute(lab, input));
  await drawn(lab, id);
  const operators = lab.network.nodes.map((_, i) => `validator-${i}`);
  await Promise.all(operators.map((name) => send(lab, name, message(MsgAttest, { operator: lab.sender(name).address, jobId: id, verdict: Verdict.VERDICT_VALID }))));
  const job = await ends(lab, id, 'FINAL');
  const fee = BigInt(job.fee);
  const got = await paid(lab, job);
  assert.equal(got['w1'], (fee * lab.params.workerPpm) / PPM + BigInt(job.bond) + BigInt(job.deposit));
  const each = (fee * lab.params.verifierPpm) / PPM / BigInt(operators.length);
  for (const name of operators) assert.equal(got[name], each, name);
  assert.equal(sum(got), fee + BigInt(job.bond) + BigInt(job.deposit));
}

async function clearedPath(lab: Lab): Promise<void> {
  const input = lab.model.input(2);
  const run = await compute(lab, input);
  const id = await committed(lab, 'w2', input, run);
  const fee = await challenged(lab, 'outsider', id, 'w2', run);
  const job = await ends(lab, id, 'FINAL');
  const { dispute } = await lab.chain.query.dispute.Dispute({ jobId: id });
  assert.equal(dispute!.phase, DisputePhase.DISPUTE_PHASE_ENDED);
  assert.ok(await sawPhase(lab, id, DisputePhase.DISPUTE_PHASE_CLEARED), 'the dispute was CLEARED before the job ended');
  const got = await paid(lab, job);
  assert.equal(got['w2'], (BigInt(job.fee) * lab.params.workerPpm) / PPM + BigInt(job.bond) + BigInt(job.deposit) + half(fee));
  assert.equal(sum(got), BigInt(job.fee) + BigInt(job.bond) + BigInt(job.deposit) + fee);
}

async function unrevealedPath(lab: Lab): Promise<void> {
  const input = lab.model.input(3);
  const run = await compute(lab, input);
  const id = await committed(lab, 'w3', input, run);
  const sender = lab.sender('outsider');
  const hash = faultCommitment({ chainId: lab.network.chainId, jobId: id, sender: sender.address, salt: new Uint8Array(32), proof: new Uint8Array(1) });
  const fee = await challenged(lab, 'outsider', id, 'w3', run);
  const { response } = await sender.call(message(MsgCommitFault, { sender: sender.address, jobId: id, hash }), MsgCommitFaultResponse);
  const job = await ends(lab, id, 'FINAL');
  const { commitments } = await lab.chain.query.dispute.Dispute({ jobId: id });
  const own = commitments.find((c) => c.id === response.commitmentId)!;
  assert.equal(own.state, CommitmentState.COMMITMENT_STATE_LOST);
  const got = await paid(lab, job);
  const bond = BigInt(own.bond);
  assert.equal(got['w3'], (BigInt(job.fee) * lab.params.workerPpm) / PPM + BigInt(job.bond) + BigInt(job.deposit) + half(fee) + half(bond));
}

async function refusedPath(lab: Lab): Promise<void> {
  const input = lab.model.input(4);
  const run = await compute(lab, input);
  const id = await committed(lab, 'w4', input, run);
  await challenged(lab, 'outsider', id, 'w4', run);
  // True of another run: its openings lead to other roots.
  const other = await compute(lab, lab.model.input(99), (_, values) => { const v = values[0]!; v.data.set([0, 0, 128, 63], 0); });
  const { response } = await accuse(lab, 'outsider', id, await prove(other.dir, '--node', '0', '--element', '0'));
  assert.equal(response.convicted, false);
  assert.match(response.code, /^proof_/);
  const job = await ends(lab, id, 'FINAL');
  const { commitments } = await lab.chain.query.dispute.Dispute({ jobId: id });
  assert.equal(commitments[0]!.state, CommitmentState.COMMITMENT_STATE_LOST);
  assert.ok((await paid(lab, job))['w4']! > 0n);
}

async function cancelledPath(lab: Lab): Promise<void> {
  const id = await submit(lab, lab.model.input(5));
  await send(lab, 'requester', message(MsgCancelJob, { requester: lab.sender('requester').address, jobId: id }));
  const job = await ends(lab, id, 'EXPIRED CANCELLED');
  assert.deepEqual(await paid(lab, job), { requester: BigInt(job.fee) });
}

async function uncommittedPath(lab: Lab): Promise<void> {
  const id = await submit(lab, lab.model.input(7));
  await claim(lab, 'w5', id);
  const job = await ends(lab, id, 'EXPIRED UNCOMMITTED');
  assert.deepEqual(await paid(lab, job), { requester: BigInt(job.fee), w5: BigInt(job.bond), burn: BigInt(job.deposit) });
}

async function voidInputPath(lab: Lab): Promise<void> {
  const input = lab.model.input(8);
  malform(input.data);
  const id = await submit(lab, input);
  await claim(lab, 'w6', id);
  const run = await compute(lab, input);
  const proof = await prove(run.dir, '--opening', '--kind', 'format', '--tensor', 'input', '--slot', '0', '--element', '0');
  await send(lab, 'outsider', message(MsgOpenInput, { sender: lab.sender('outsider').address, jobId: id, proof }));
  const job = await ends(lab, id, 'VOID INPUT');
  assert.deepEqual(await paid(lab, job), { requester: BigInt(job.fee), w6: BigInt(job.bond) + BigInt(job.deposit) });
}

async function voidModelPath(lab: Lab, { broken }: Extras): Promise<void> {
  const id = await submit(lab, lab.model.input(9), broken.artifactId);
  const proof = await prove(broken.dir, '--opening', '--kind', 'format', '--tensor', 'weight', '--slot', '0', '--element', '0');
  await send(lab, 'outsider', message(MsgOpenWeight, { sender: lab.sender('outsider').address, artifactId: broken.artifactId, proof }));
  const job = await ends(lab, id, 'VOID MODEL');
  assert.deepEqual(await paid(lab, job), { requester: BigInt(job.fee) });
  await assert.rejects(submit(lab, lab.model.input(9), broken.artifactId), 'a closed publication takes no job');
}

async function voidBannedPath(lab: Lab, { banned }: Extras): Promise<void> {
  const { artifact } = await lab.chain.query.registry.Artifact({ id: banned });
  const authority = await governanceAddress(lab.chain);
  const policy = { digest: artifact!.digest, status: PolicyStatus.POLICY_STATUS_BANNED, lambdaPpm: 0n, maxTolerance: undefined, reason: 'a path of the end-to-end test' };
  const proposalId = await propose(lab.sender('requester'), {
    title: 'Ban an artifact', summary: policy.reason, messages: [message(MsgSetPolicy, { authority, policy })], deposit: { amount: '1000000', denom: lab.network.denom },
  });
  await Promise.all(lab.network.nodes.map((_, i) => vote(lab.sender(`validator-${i}`), proposalId)));
  const id = await submit(lab, lab.model.input(10), banned);
  const job = await ends(lab, id, 'VOID BANNED');
  assert.equal(await proposalOutcome(lab.chain, proposalId), 'PASSED');
  assert.deepEqual(await paid(lab, job), { requester: BigInt(job.fee) });
}

async function voidBeaconPath(lab: Lab, { unlit }: Extras): Promise<void> {
  const job = await ends(lab, unlit.always, 'VOID BEACON');
  assert.equal(job.beaconTries, 3);
  assert.deepEqual(await paid(lab, job), { requester: BigInt(job.fee), w7: BigInt(job.bond) + BigInt(job.deposit) });
}

async function refixedPath(lab: Lab, { unlit }: Extras): Promise<void> {
  const job = await ends(lab, unlit.once, 'FINAL');
  assert.equal(job.beaconTries, 2);
}

/** Commits a job whose first `count` rounds the relay does not post, and waits until no later job can share its round. */
export async function unlitJob(lab: Lab, worker: string, seed: number, count: number): Promise<bigint> {
  const input = lab.model.input(seed);
  const run = await compute(lab, input);
  const id = await submit(lab, input);
  lab.held.set(id, count);
  await claim(lab, worker, id);
  await commit(lab, worker, id, run);
  const { height } = await lab.chain.head();
  await lab.chain.waitForHeight(height + 8);
  return id;
}

async function arithmeticPath(lab: Lab): Promise<void> {
  const input = lab.model.input(13);
  const run = await compute(lab, input, (_, values, outputs) => {
    values[3]!.data.set([0, 0, 200, 66], 0);
    outputs[0]!.data.set([0, 0, 200, 66], 0);
  });
  const id = await committed(lab, 'w9', input, run);
  await challenged(lab, 'outsider', id, 'w9', run);
  const fault = await scan(run.dir);
  assert.equal(fault?.node, 3);
  const { response } = await accuse(lab, 'outsider', id, await prove(run.dir, '--node', '3', '--element', String(fault.element)));
  assert.equal(response.convicted, true, response.message);
  await slashed(lab, id, 'FAULTED ARITHMETIC', 'w9');
}

async function outputPath(lab: Lab): Promise<void> {
  const input = lab.model.input(14);
  const run = await compute(lab, input, (_, _values, outputs) => outputs[0]!.data.set([0, 0, 200, 66], 8));
  const id = await committed(lab, 'w10', input, run);
  await challenged(lab, 'outsider', id, 'w10', run);
  const { response } = await accuse(lab, 'outsider', id, await prove(run.dir, '--kind', 'output', '--slot', '0', '--element', '2'));
  assert.equal(response.convicted, true, response.message);
  await slashed(lab, id, 'FAULTED OUTPUT', 'w10');
}

async function formatPath(lab: Lab): Promise<void> {
  const input = lab.model.input(15);
  const run = await compute(lab, input, (_, values) => malform(values[1]!.data));
  const id = await committed(lab, 'w11', input, run);
  await challenged(lab, 'outsider', id, 'w11', run);
  const { response } = await accuse(lab, 'outsider', id, await prove(run.dir, '--kind', 'format', '--tensor', 'value', '--node', '1', '--slot', '0', '--element', '0'));
  assert.equal(response.convicted, true, response.message);
  await slashed(lab, id, 'FAULTED FORMAT', 'w11');
}

async function withheldTracePath(lab: Lab): Promise<void> {
  const input = lab.model.input(16);
  const id = await committed(lab, 'w12', input, await compute(lab, input));
  await send(lab, 'outsider', message(MsgChallenge, { sender: lab.sender('outsider').address, jobId: id }));
  const job = await slashed(lab, id, 'FAULTED WITHHELD', 'w12');
  const { dispute } = await lab.chain.query.dispute.Dispute({ jobId: id });
  assert.ok(job.endHeight >= dispute!.traceDeadline);
}

async function withheldDemandPath(lab: Lab): Promise<void> {
  const input = lab.model.input(17);
  const id = await committed(lab, 'w13', input, await compute(lab, input));
  await demandOutput(lab, id);
  await slashed(lab, id, 'FAULTED WITHHELD', 'w13');
}

async function servedDemandPath(lab: Lab): Promise<void> {
  const input = lab.model.input(18);
  const run = await compute(lab, input);
  const id = await committed(lab, 'w14', input, run);
  const { store, roots } = await storeRun(lab, id, run);
  const demandId = await demandOutput(lab, id);
  const { demands } = await lab.chain.query.dispute.Dispute({ jobId: id });
  await send(lab, 'w14', await serveChunks(lab.sender('w14').address, demands.find((d) => d.id === demandId)!, roots, store));
  const { demand } = await lab.chain.query.dispute.Demand({ id: demandId });
  assert.equal(demand!.state, DemandState.DEMAND_STATE_SERVED);
  await ends(lab, id, 'FINAL');
}

async function demandOutput(lab: Lab, jobId: bigint): Promise<bigint> {
  const sender = lab.sender('outsider');
  const item = { kind: TensorKind.TENSOR_KIND_OUTPUT, index: 0, first: 0n, count: 1n, node: 0 };
  const { response } = await sender.call(demandChunks(sender.address, jobId, lab.model.prepared.program, [item]), MsgDemandChunksResponse);
  return response.demandId;
}

/** Challenges a job, has its trace published, and returns the fee of the challenge. */
async function challenged(lab: Lab, who: string, jobId: bigint, worker: string, run: Awaited<ReturnType<typeof compute>>): Promise<bigint> {
  const sender = lab.sender(who);
  const { response } = await sender.call(message(MsgChallenge, { sender: sender.address, jobId }), MsgChallengeResponse);
  await publishTrace(lab, worker, jobId, run);
  return BigInt(response.fee.replace(/[a-z]+$/, ''));
}

/** The row FAULTED: the requester has the fee back, the bond is gone whole, and at least half of it burned. */
async function slashed(lab: Lab, jobId: bigint, end: string, worker: string): ReturnType<typeof ends> {
  const job = await ends(lab, jobId, end);
  const got = await paid(lab, job);
  assert.equal(got['requester'], BigInt(job.fee), 'the requester has the fee back');
  assert.ok((got[worker] ?? 0n) <= BigInt(job.deposit), 'the worker has nothing but its claim deposit');
  assert.ok((got['burn'] ?? 0n) * 2n >= BigInt(job.bond), 'half of the bond burned');
  assert.ok((got['outsider'] ?? 0n) > 0n, 'the outsider was paid');
  return job;
}

async function sawPhase(lab: Lab, jobId: bigint, phase: DisputePhase): Promise<boolean> {
  const job = await read(lab, jobId);
  for (let h = Number(job.commitHeight); h <= Number(job.endHeight); h++) {
    const { events } = await lab.chain.blockEvents(h);
    if (events.some((e) => e.type === 'assay.dispute.v1.EventDisputeUpdated' && e.value.dispute?.jobId === jobId && e.value.dispute.phase === phase)) return true;
  }
  return false;
}

function sum(amounts: Record<string, bigint>): bigint {
  return Object.values(amounts).reduce((a, b) => a + b, 0n);
}
