import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { faultCommitment, message, type ChainClient, type Sender } from '../src/chain/index.js';
import { JobState, type Job } from '../src/chain/generated/assay/compute/v1/compute.js';
import { DisputePhase } from '../src/chain/generated/assay/dispute/v1/dispute.js';
import { MsgChallenge, MsgCommitFault, MsgCommitFaultResponse, MsgProveFault, MsgProveFaultResponse } from '../src/chain/generated/assay/dispute/v1/tx.js';
import { AssayError, hasCode, isRetryable } from '../src/errors.js';
import { hasEnded, JobBook, writeWhole, type JobView } from '../src/jobs/index.js';
import type { Logger } from '../src/log.js';
import { sleep } from '../src/shutdown.js';
import type { Check } from './case-file.js';
import { lastHeight, proveBlocks } from './deadline.js';
import { demandNext } from './demanding.js';
import { Judged } from './judged.js';
import type { Examiner, Fault } from './examiner.js';
import { withheldTensor } from './withheld.js';
import { proofGas } from './gas.js';
import type { Residual } from '../src/referee/index.js';

/** Options of {@link audit}. */
export interface AuditOptions {
  readonly chain: ChainClient;
  readonly examiner: Examiner;
  readonly jobId: bigint;
  /** judge every element of a known trace, whatever the output */
  readonly every?: boolean;
  /** draw so many elements of a known trace and measure their residuals; randomness that was public only after the trace root */
  readonly residual?: { readonly count: number; readonly randomness: Uint8Array | undefined };
}

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
  /** tier B's statistic; undefined where it was not asked for, or no trace is known */
  readonly residual: Residual | undefined;
}

/**
 * Re-executes any job and, where a trace is known and the output differs, searches it; with `every`, judges every element of
 * a known trace whatever the output. Sends nothing and costs nothing.
 *
 * @throws AssayError CHAIN_NOT_FOUND, AUDIT_TOO_EARLY, BYTES_WITHHELD, BLOB_UNAVAILABLE, RESIDUAL_RANDOMNESS, RESIDUAL_NONE
 */
export async function audit(options: AuditOptions): Promise<AuditReport> {
  const { chain, examiner, jobId, every = false, residual: asked } = options;
  const view = await new JobBook(chain).lookUp(jobId);
  if (view.job.outputRoot.length === 0)
    throw new AssayError('AUDIT_TOO_EARLY', `job ${jobId} has no committed result (${JobState[view.job.state] ?? view.job.state})`);
  const known = view.job.traceRoot.length > 0;
  const randomness = asked && known ? (asked.randomness ?? (await ownRandomness(chain, view.job))) : undefined;
  const check = await examiner.check(view);
  const residual = asked && randomness ? await examiner.residual(view, { randomness, count: asked.count }) : undefined;
  const searched = (every || check === 'differs') && known;
  if (!searched) return { view, check, searched, fault: undefined, judged: undefined, residual };
  const judged = new Judged(view.job.program?.nodes ?? 0);
  const fault = await examiner.inspect(view, { every, onRoots: (tensors) => judged.roots(tensors), onScan: (scan) => judged.add(scan) });
  return { view, check, searched, fault, judged: judged.tensors > 0 ? judged : undefined, residual };
}

/** The randomness of a job's own round, if its trace root was committed before that round: with the result. */
async function ownRandomness(chain: ChainClient, job: Job): Promise<Uint8Array> {
  if (job.eager && job.drawnHeight > 0n) {
    const { round } = await chain.query.beacon.Round({ round: job.beaconRound });
    if (round) return round.randomness;
  }
  throw new AssayError('RESIDUAL_RANDOMNESS', `job ${job.id}: no round of its own was drawn after its trace root was committed`, {
    hint: 'Pass the randomness of a beacon round that was public only after the trace was published.',
  });
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
  // The other half is for what is demanded when the endpoint drips.
  const inspected = await demanding(o, book, async (now) => o.examiner.inspect(now, { fetchMs: (await msLeft(o.chain, now)) / 2 }));
  if (inspected.ended) return outcome(inspected.view, 'ended');
  const fault = inspected.value;
  if (!fault) return outcome(await book.lookUp(o.jobId), 'clean');
  const { response, ended } = await accuse(o, view, fault);
  const after = await book.lookUp(o.jobId);
  if (ended) return outcome(after, 'ended', fault);
  return outcome(after, response?.convicted ? 'convicted' : 'refused', fault, response);
}

const RECENT = 20;

/** Milliseconds until a job may become FINAL, if blocks go on as the last ones went. */
async function msLeft(chain: ChainClient, view: JobView): Promise<number> {
  const head = await chain.head();
  const before = Math.max(1, head.height - RECENT);
  const { block } = await chain.comet.block(before);
  const blockMs = (head.timeMs - block.header.time.getTime()) / Math.max(1, head.height - before);
  const { params } = await chain.query.dispute.Params({ version: view.job.disputeParamsVersion });
  const prove = params?.params ? proveBlocks(params.params, view.job.program?.traceBytes ?? 0n) : 0n;
  return Math.max(0, Number(lastHeight(view, head.height, prove)) - head.height) * blockMs;
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
