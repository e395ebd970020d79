import { cpSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { JobState, type Job } from '../../src/chain/generated/assay/compute/v1/compute.js';
import { MsgChallenge } from '../../src/chain/generated/assay/dispute/v1/tx.js';
import { message, readCommitments } from '../../src/chain/index.js';
import { assaydPath } from '../network.js';
import { convictingProof, paymentsOf } from '../../src/requester/index.js';
import { writeSettings } from '../services.js';
import { stateOf, untilEnded, untilJob, type Stage } from '../stage.js';
import { readText, type Requester } from './honest.js';
import type { Line } from './publish.js';


/** A cheat of the demo. */
export interface Cheat {
  /** account, process and scheme */
  readonly name: 'cheat-weight' | 'cheat-activation' | 'cheat-withhold' | 'cheat-output';
  readonly model: 'recognition' | 'orientation';
  /** one sentence that introduces it */
  readonly intent: string;
  /** how it must end */
  readonly end: string;
  /** fee beyond the least, by which it finds its job */
  readonly extra: bigint;
}

/** The cheats of steps 4 and 5. */
export const CHEATS: readonly Cheat[] = [
  { name: 'cheat-weight', model: 'recognition', extra: 1n, end: 'FAULTED ARITHMETIC', intent: 'A worker multiplies one of 2.7 million weights of the recognition model by -60 and commits to what it reads then.' },
  { name: 'cheat-activation', model: 'orientation', extra: 2n, end: 'FAULTED ARITHMETIC', intent: 'Another keeps the weights and flips the sign of one activation of the classifier, so that an upright line counts as upside down.' },
  { name: 'cheat-withhold', model: 'orientation', extra: 3n, end: 'FAULTED WITHHELD', intent: 'A third has tampered too and, when asked for its trace, says nothing.' },
  { name: 'cheat-output', model: 'orientation', extra: 4n, end: 'FAULTED OUTPUT', intent: 'A fourth changes only the output, and challenges itself first, so that its own challenge may clear it.' },
];

/** Starts a cheat's daemon and submits the job that it waits for. */
export async function launch(stage: Stage, requester: Requester, cheat: Cheat, line: Line, script: string): Promise<bigint> {
  const config = writeSettings(stage.paths, cheat.name, {
    ...stage.settings(),
    'key.file': stage.keyFile(cheat.name),
    'worker.dir': `${stage.paths.data}/${cheat.name}`,
  });
  // It has had the model for long.
  cpSync(join(stage.paths.data, 'publisher'), join(stage.paths.data, cheat.name, 'blobs'), { recursive: true });
  const fee = requester.prices[cheat.model] + cheat.extra;
  const args = [script, config, cheat.name.replace('cheat-', ''), fee.toString()];
  stage.processes.start({ name: cheat.name, command: process.execPath, args });
  return requester.submit(cheat.model, line, fee);
}

/** Lets a cheat challenge its own job as soon as it is committed. */
export async function challengeOneself(stage: Stage, cheat: Cheat, jobId: bigint): Promise<void> {
  await untilJob(stage, jobId, 'committed', (j) => j.state >= JobState.JOB_STATE_COMMITTED);
  const sender = stage.sender(cheat.name);
  await sender.send([message(MsgChallenge, { sender: sender.address, jobId })]);
}

/** Shows what a cheat of the recognition model claims to have read: not what stands there. */
export async function showClaim(stage: Stage, requester: Requester, jobId: bigint, line: Line): Promise<void> {
  const job = await untilJob(stage, jobId, 'computed', (j) => j.state >= JobState.JOB_STATE_COMMITTED);
  const text = await readText(stage, requester, job);
  stage.story.say(`${line.path} says "${line.truth}"; it claims to have read "${text}"`);
  stage.story.expect(`job ${jobId}: the claim is wrong`, text !== line.truth, true);
}

/** Waits for a cheat's end and checks verdict, slash, refund and reward. */
export async function settleFraud(stage: Stage, cheat: Cheat, jobId: bigint): Promise<void> {
  const { story, chain } = stage;
  const job = await untilEnded(stage, jobId);
  story.expect(`job ${jobId}`, stateOf(job), cheat.end);
  const { dispute } = await chain.query.dispute.Dispute({ jobId, pagination: undefined });
  if (dispute === undefined) throw new Error('the chain has no dispute for an ended dispute');
  if (cheat.name === 'cheat-output') story.expect(`job ${jobId}: the first challenger was the worker itself`, dispute.challenger, stage.address(cheat.name));
  const operators = stage.network.nodes.map((n) => n.operator);
  if (dispute.prover !== '') {
    story.expect(`job ${jobId}: it was a drawn verifier that proved it`, operators.includes(dispute.prover), true);
    await showProof(stage, job, dispute);
  } else {
    story.expect(`job ${jobId}: no proof was needed, the trace's deadline had passed`, Number(job.endHeight) >= Number(dispute.traceDeadline), true);
  }
  await checkFaultMoney(stage, job);
}

async function showProof(stage: Stage, job: Job, dispute: NonNullable<Awaited<ReturnType<Stage['chain']['query']['dispute']['Dispute']>>['dispute']>): Promise<void> {
  const { story } = stage;
  const e = dispute.explanation;
  story.expect(`job ${job.id}: the referee's verdict, as it stands on chain, is a fault`, e?.fault, true);
  if (e === undefined) return;
  story.show([
    `node      ${e.node}, operator ${e.op}`,
    `element   ${e.element} at [${e.coordinates.join(', ')}], of ${e.terms} numbers read`,
    `claimed   ${e.claimed}`,
    `exact     ${e.exact}`,
    `bound     ${e.bound}`,
    `ratio     ${e.ratio} times what an honest machine of any make can be off`,
  ]);
  const proof = await convictingProof(stage.chain, dispute);
  const files = { proof: join(stage.paths.proofs, `job-${job.id}.proof`), commitments: join(stage.paths.proofs, `job-${job.id}.json`) };
  writeFileSync(files.proof, proof);
  writeFileSync(files.commitments, `${JSON.stringify(await readCommitments(stage.chain.query, job), null, 2)}\n`);
  story.say(`${proof.length} bytes of proof decided it; judge them by hand:`);
  const here = (path: string): string => relative(process.cwd(), path);
  story.show([`${here(assaydPath())} referee judge --proof ${here(files.proof)} --commitments ${here(files.commitments)}`]);
}

/** PROTOCOL's row FAULTED: fee to the requester, the bond slashed whole, at most half of it paid out, the rest burned. */
async function checkFaultMoney(stage: Stage, job: Job): Promise<void> {
  const { story, chain } = stage;
  const payments = await untilPaid(stage, job);
  const bond = BigInt(job.bond);
  const sum = (fits: (p: (typeof payments)[number]) => boolean): bigint => payments.filter(fits).reduce((s, p) => s + p.amount, 0n);
  story.expect(`job ${job.id}: the requester got the fee back`, sum((p) => p.recipient === job.requester), BigInt(job.fee));
  const rewarded = sum((p) => p.purpose === 'reward' || p.purpose === 'costs');
  const burned = sum((p) => p.recipient === 'burn' && p.purpose === 'slash');
  story.expect(`job ${job.id}: of the bond of ${bond}, rewards and burned together are`, rewarded + burned, bond);
  story.expect(`job ${job.id}: at least half of the bond was burned`, burned * 2n >= bond, true);
  const { dispute } = await chain.query.dispute.Dispute({ jobId: job.id, pagination: undefined });
  if (dispute?.prover) story.expect(`job ${job.id}: the prover was paid`, rewarded > 0n, true);
}

async function untilPaid(stage: Stage, job: Job): ReturnType<typeof paymentsOf> {
  const { chain } = stage;
  const read = async (): ReturnType<typeof paymentsOf> => paymentsOf(chain, job.id, Number(job.submitHeight), (await chain.head()).height);
  // A reward waits for older commitments; a few blocks at most.
  return stage.story.until(`the bond of job ${job.id} to be shared out`, async () => {
    const payments = await read();
    const out = payments.filter((p) => ['reward', 'costs', 'slash'].includes(p.purpose)).reduce((s, p) => s + p.amount, 0n);
    return out >= BigInt(job.bond) ? payments : undefined;
  }, { seconds: 30 });
}
