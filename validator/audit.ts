import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { faultCommitment, message, type ChainClient, type Sender } from '../src/chain/index.js';
import { JobState } from '../src/chain/generated/assay/compute/v1/compute.js';
import { DisputePhase } from '../src/chain/generated/assay/dispute/v1/dispute.js';
import { MsgChallenge, MsgCommitFault, MsgCommitFaultResponse, MsgProveFault, MsgProveFaultResponse } from '../src/chain/generated/assay/dispute/v1/tx.js';
import { AssayError, hasCode, isRetryable } from '../src/errors.js';
import { hasEnded, JobBook, writeWhole, type JobView } from '../src/jobs/index.js';
import type { Logger } from '../src/log.js';
import { sleep } from '../src/shutdown.js';
import type { Check } from './case-file.js';
import { demandNext } from './demanding.js';
import { Judged } from './judged.js';
import { withheldTensor, type Examiner, type Fault } from './examiner.js';
import { proofGas } from './gas.js';

/** What an audit found. */
export interface AuditReport {
  readonly view: JobView;
  /** how one's own run compares with the committed output */
  readonly check: Check;
  /** a fault in the trace; undefined where there is none, or no trace to look at */
  readonly fault: Fault | undefined;
  /** whether a trace was there to be searched */
  readonly searched: boolean;
  /** what of it was judged; undefined where it was not searched, or came off the chain tensor by tensor */
  readonly judged: Judged | undefined;
}

/**
 * Re-executes any job and, where a trace is known and the output differs, searches it; with `every`, judges every element of
 * a known trace whatever the output. Sends nothing and costs nothing.
 *
 * @throws AssayError CHAIN_NOT_FOUND, AUDIT_TOO_EARLY, BYTES_WITHHELD, BLOB_UNAVAILABLE
 */
export async function audit(options: { chain: ChainClient; examiner: Examiner; jobId: bigint; every?: boolean }): Promise<AuditReport> {
  const { chain, examiner, jobId, every = false } = options;
  const view = await new JobBook(chain).lookUp(jobId);
  if (view.job.outputRoot.length === 0)
    throw new AssayError('AUDIT_TOO_EARLY', `job ${jobId} has no committed result (${JobState[view.job.state] ?? view.job.state})`);
  const check = await examiner.check(view);
  const searched = (every || check === 'differs') && view.job.traceRoot.length > 0;
  if (!searched) return { view, check, searched, fault: undefined, judged: undefined };
  const judged = new Judged(view.job.program?.nodes ?? 0);
  const fault = await examiner.inspect(view, { every, onRoots: (tensors) => judged.roots(tensors), onScan: (scan) => judged.add(scan) });
  return { view, check, searched, fault, judged: judged.tensors > 0 ? judged : undefined };
}

/** Options of {@link challenge}. */
export interface ChallengeOptions {
  readonly chain: ChainClient;
  /** pays the challenge fee and the proof bond; any account */
  readonly sender: Sender;
  readonly examiner: Examiner;
  readonly jobId: bigint;
  /** directory for salt and proof: a challenge that is interrupted goes on where it stood */
  readonly dir: string;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** challenge even when one's own run agrees with the result */
  readonly anyway?: boolean;
}

/** How a challenge went. */
export interface ChallengeOutcome {
  readonly view: JobView;
  /** `agrees`: one's own run gave the same, nothing was sent. `clean`: no fault in the trace. `refused`: the referee refused
   * the proof and the bond is lost. `convicted`. `ended`: the job ended otherwise while it was searched. */
  readonly result: 'agrees' | 'clean' | 'refused' | 'convicted' | 'ended';
  readonly fault: Fault | undefined;
  /** reply to the proof */
  readonly verdict: MsgProveFaultResponse | undefined;
}

/** An outsider's challenge from the question to the conviction. Free questions first: nothing is sent when the runs agree. */
export async function challenge(o: ChallengeOptions): Promise<ChallengeOutcome> {
  const book = new JobBook(o.chain);
  if (!o.anyway) {
    const checked = await demanding(o, book, (view) => o.examiner.check(view));
    if (checked.ended) return outcome(checked.view, 'ended');
    if (checked.value !== 'differs') return outcome(checked.view, 'agrees');
  }
  let view: JobView;
  let challenged = false;
  for (;;) {
    view = await book.lookUp(o.jobId);
    if (hasEnded(view.job)) return outcome(view, 'ended');
    if (view.job.traceRoot.length > 0) break;
    if (!challenged && !view.dispute?.challenger) {
      await o.sender.send([message(MsgChallenge, { sender: o.sender.address, jobId: o.jobId })]).catch((error: unknown) => {
        if (!hasCode(error, 'CHAIN_DISPUTE_CHALLENGED')) throw error;
      });
      challenged = true;
      o.log.info({ job: o.jobId.toString() }, 'challenged');
    }
    if (view.dispute?.phase === DisputePhase.DISPUTE_PHASE_TRACE_DEMANDED) await o.examiner.prepare(view);
    await sleep(o.chain.pollMs, o.signal);
  }
  const inspected = await demanding(o, book, (now) => o.examiner.inspect(now));
  if (inspected.ended) return outcome(inspected.view, 'ended');
  const fault = inspected.value;
  if (!fault) return outcome(await book.lookUp(o.jobId), 'clean');
  const { response, ended } = await accuse(o, view, fault);
  const after = await book.lookUp(o.jobId);
  if (ended) return outcome(after, 'ended', fault);
  return outcome(after, response?.convicted ? 'convicted' : 'refused', fault, response);
}

async function accuse(o: ChallengeOptions, view: JobView, fault: Fault): Promise<{ response?: MsgProveFaultResponse; ended: boolean }> {
  const { jobId, sender, chain } = o;
  const salt = await keepSalt(join(o.dir, `${jobId}.salt`));
  await writeWhole(join(o.dir, `${jobId}.proof`), fault.proof);
  const hash = faultCommitment({ chainId: chain.chainId, jobId, sender: sender.address, salt, proof: fault.proof });
  try {
    const committed = await sender.call(message(MsgCommitFault, { sender: sender.address, jobId, hash }), MsgCommitFaultResponse);
    // The reveal counts from the next block on.
    await chain.waitForHeight(committed.height, o.signal);
    const gas = await proofGas(chain, view.job, fault.proof.length, fault.judgement);
    const { response } = await sender.call(message(MsgProveFault, { sender: sender.address, jobId, salt, proof: fault.proof }), MsgProveFaultResponse, { gas });
    return { response, ended: false };
  } catch (error) {
    if (hasCode(error, 'CHAIN_DISPUTE_JOB_STATE') || hasCode(error, 'CHAIN_DISPUTE_NO_COMMITMENT')) return { ended: true };
    throw error;
  }
}

async function keepSalt(path: string): Promise<Uint8Array> {
  const kept = await readFile(path).catch(() => undefined);
  if (kept?.length === 32) return new Uint8Array(kept);
  const salt = new Uint8Array(randomBytes(32));
  await writeWhole(path, salt);
  return salt;
}

// Repeats a look at a job until it succeeds; what nobody serves off chain is demanded on chain, at the sender's cost.
async function demanding<T>(o: ChallengeOptions, book: JobBook, look: (view: JobView) => Promise<T>): Promise<{ view: JobView; ended: true } | { view: JobView; ended: false; value: T }> {
  for (let failures = 0; ; ) {
    const view = await book.lookUp(o.jobId);
    if (hasEnded(view.job)) return { view, ended: true };
    try {
      return { view, ended: false, value: await look(view) };
    } catch (error) {
      const missing = withheldTensor(error);
      if (!isRetryable(error) || (!missing && ++failures >= 5)) throw error;
      o.log.warn({ job: o.jobId.toString(), err: error }, 'failed, will retry');
      const next = missing && ++failures > 1 ? await demandNext(o.chain, o.examiner.loader, view, o.sender.address, missing) : undefined;
      if (next?.kind === 'send') await o.sender.send([next.message]);
      await sleep(2 * o.chain.pollMs, o.signal);
    }
  }
}

function outcome(view: JobView, result: ChallengeOutcome['result'], fault?: Fault, verdict?: MsgProveFaultResponse): ChallengeOutcome {
  return { view, result, fault, verdict };
}
