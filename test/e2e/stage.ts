import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import type { Execution, Job } from '../../src/chain/generated/assay/compute/v1/compute.js';
import { EndReason, JobState, Verdict } from '../../src/chain/generated/assay/compute/v1/compute.js';
import {
  MsgAttest, MsgClaimJob, MsgCommitResult, MsgRegisterWorker, MsgSubmitJob, MsgSubmitJobResponse,
} from '../../src/chain/generated/assay/compute/v1/tx.js';
import type { Demand, Dispute } from '../../src/chain/generated/assay/dispute/v1/dispute.js';
import {
  MsgChallenge, MsgCommitFault, MsgCommitFaultResponse, MsgDemandChunks, MsgDemandChunksResponse, MsgProveFault, MsgProveFaultResponse, MsgPublishTrace, MsgServeChunks,
} from '../../src/chain/generated/assay/dispute/v1/tx.js';
import { TensorKind } from '../../src/chain/generated/assay/referee/v1/proof.js';
import { faultCommitment, message, refusalOf, resultCommitment, type Message, type Sender, type Sent } from '../../src/chain/index.js';
import { openRange, prove, rootLeaf } from '../../src/merkle/index.js';
import { BUNDLE_KINDS, inputRoot, outputRoot, readTensor, traceRoot, weightsRoot } from '../../src/onnx/index.js';
import { demandChunks, producerOf } from '../../validator/index.js';
import { Book, BURN, depositOf } from './book.js';
import type { Run } from './runs.js';
import type { World } from './world.js';

/** Odd numbers, so that every floor leaves a rest that must be burned. */
export const FEE = 1_000_003n;
export const BOND = 40_000_001n;
/** Enough for every message here; never simulated, because simulating would judge proofs. */
const GAS = 4_000_000;
const EXECUTION: Execution = {
  profile: 'ieee-fp32', runtime: 'onnxruntime-node', version: '1', libraryHash: new Uint8Array(32).fill(1), instructionSet: 'x64', threads: 1,
};

/** A committed proof that is not revealed yet. */
export interface Pledge {
  readonly sender: Sender;
  readonly jobId: bigint;
  readonly salt: Uint8Array;
  readonly proof: Uint8Array;
  readonly id: bigint;
  readonly deadline: bigint;
}

/** One path: its own requester, worker and outsiders on the shared network, and the book of its money. */
export class Stage {
  readonly book = new Book();
  readonly jobs: bigint[] = [];

  constructor(readonly world: World, readonly requester: Sender, readonly worker: Sender, readonly outsiders: readonly Sender[]) {}

  get outsider(): Sender {
    return this.outsiders[0]!;
  }

  /** Sends messages of somebody and waits for their block. */
  send(sender: Sender, ...messages: Message[]): Promise<Sent> {
    return sender.send(messages, { gas: GAS * messages.length, signal: this.world.signal });
  }

  /** Asserts that the chain refuses messages with this code, `dispute/27`. */
  async refused(code: string, sender: Sender, ...messages: Message[]): Promise<void> {
    const error = await this.send(sender, ...messages).then(() => undefined, (e: unknown) => e);
    const refusal = refusalOf(error);
    assert.equal(refusal && `${refusal.codespace}/${refusal.code}`, code, `expected a refusal with ${code}, found ${String(error)}`);
  }

  /** Submits a job; the fee goes into escrow. Eager: with a tolerance of zero. */
  async submit(run: Run, options: { eager?: boolean; artifactId?: bigint } = {}): Promise<bigint> {
    const value: MsgSubmitJob = {
      requester: this.requester.address, artifactId: options.artifactId ?? this.world.artifactId, jobFee: FEE.toString(), profile: 'ieee-fp32',
      inputs: run.roots.input.map((dataRoot) => ({ dataRoot, uris: [], datasetId: 0n, entry: undefined })),
      tolerance: options.eager ? { abs: '0', rel: '0' } : undefined,
    };
    const { response } = await this.requester.call(message(MsgSubmitJob, value), MsgSubmitJobResponse, { gas: GAS, signal: this.world.signal });
    this.book.pay(this.requester.address, FEE);
    this.jobs.push(response.jobId);
    return response.jobId;
  }

  /** Registers the worker and claims: bond and claim deposit are locked. */
  async claim(jobId: bigint): Promise<void> {
    const worker = this.worker.address;
    await this.send(
      this.worker,
      message(MsgRegisterWorker, { worker, endpoint: 'http://127.0.0.1:1', owner: '' }),
      message(MsgClaimJob, { worker, jobId, bond: BOND.toString() }),
    );
    this.book.pay(worker, BOND + this.claimDeposit);
  }

  get claimDeposit(): bigint {
    return BigInt(this.world.compute.claimDeposit);
  }

  /** Commits to a run, once no withheld round is near. */
  async commit(jobId: bigint, run: Run, always = false): Promise<void> {
    const { feed, net } = this.world;
    if (!always) await feed.until('room to commit', () => (this.world.mayCommit() ? true : undefined));
    const job = await feed.job(jobId, 'claimed', (j) => j.state === JobState.JOB_STATE_CLAIMED);
    const worker = this.worker.address;
    const trace = job.eager ? { traceRoot: traceRoot(run.roots.value) } : {};
    const commitment = resultCommitment({
      chainId: net.chainId, jobId, worker, programRoot: job.program!.root, weightsRoot: job.weightsRoot, execution: EXECUTION,
      inputRoot: inputRoot(run.roots.input), outputRoot: outputRoot(run.roots.output), ...trace,
    });
    await this.send(this.worker, message(MsgCommitResult, {
      worker, jobId, outputDataRoots: [...run.roots.output], traceRoot: new Uint8Array(), ...trace, execution: EXECUTION, commitment,
    }));
  }

  /** Submit, claim, commit, and wait until the duties are drawn. */
  async drawn(run: Run, options: { eager?: boolean } = {}): Promise<Job> {
    const jobId = await this.submit(run, options);
    await this.claim(jobId);
    await this.commit(jobId, run);
    const job = await this.world.feed.job(jobId, 'drawn', (j) => j.drawnHeight > 0n);
    assert.equal(job.duties, this.world.verifiers.length, 'every verifier is drawn');
    return job;
  }

  /** A verifier's verdict. */
  attest(verifier: Sender, jobId: bigint, verdict = Verdict.VERDICT_VALID): Promise<Sent> {
    return this.send(verifier, message(MsgAttest, { operator: verifier.address, jobId, verdict }));
  }

  /** Every verifier attests VALID, except those named. */
  async attestAll(jobId: bigint, except: readonly Sender[] = []): Promise<string[]> {
    const all = this.world.verifiers.filter((v) => !except.includes(v));
    await Promise.all(all.map((v) => this.attest(v, jobId)));
    return all.map((v) => v.address);
  }

  /** The fee of an outsider's challenge: base + per started megabyte of trace. */
  challengeFee(job: Job): bigint {
    const { challengeFee, challengeFeePerMb } = this.world.dispute;
    return BigInt(challengeFee) + BigInt(challengeFeePerMb) * ((job.program!.traceBytes + 999_999n) / 1_000_000n);
  }

  challenge(sender: Sender, jobId: bigint): Promise<Sent> {
    return this.send(sender, message(MsgChallenge, { sender: sender.address, jobId }));
  }

  publish(jobId: bigint, run: Run): Promise<Sent> {
    return this.send(this.worker, message(MsgPublishTrace, { worker: this.worker.address, jobId, traceRoot: traceRoot(run.roots.value) }));
  }

  /** A message that demands all of one small tensor. */
  demandOf(sender: Sender, jobId: bigint, kind: TensorKind, index: number): Message {
    const node = kind === TensorKind.TENSOR_KIND_VALUE ? producerOf(this.world.program, index) : 0;
    return demandChunks(sender.address, jobId, this.world.program, [{ kind, index, first: 0n, count: 1n, node }]);
  }

  /** Demands one tensor; tells the demand and what its sender prepaid. */
  async demand(sender: Sender, jobId: bigint, kind: TensorKind, index: number): Promise<Demand> {
    const message = this.demandOf(sender, jobId, kind, index);
    const sent = await sender.call<MsgDemandChunksResponse>(message, MsgDemandChunksResponse, { gas: GAS, signal: this.world.signal });
    assert.equal(message.typeUrl, `/${MsgDemandChunks.$type}`);
    return this.world.feed.until(`demand ${sent.response.demandId}`, () => this.world.feed.demands.get(sent.response.demandId));
  }

  /** A message that answers a demand of one item from a run's bundle. */
  async serving(demand: Demand, run: Run, tamper?: (chunk: Uint8Array) => void): Promise<Message> {
    const { kind, index } = demand.tensors[0]!.item!;
    const name = BUNDLE_KINDS[[TensorKind.TENSOR_KIND_INPUT, TensorKind.TENSOR_KIND_WEIGHT, TensorKind.TENSOR_KIND_VALUE, TensorKind.TENSOR_KIND_OUTPUT].indexOf(kind)]!;
    const roots = run.roots[name];
    const opening = openRange(await readTensor(run.dir, name, index, roots[index]!), 0, 1);
    const chunks = opening.chunks.map((c) => Uint8Array.from(c));
    tamper?.(chunks[0]!);
    return message(MsgServeChunks, {
      sender: this.worker.address, demandId: demand.id,
      tensors: [{ opening: { chunks, hashes: [...opening.hashes] }, rootHashes: prove(roots.length, [index], (i) => rootLeaf(roots[i]!)) }],
    });
  }

  /** A message that commits to a proof, and what reveals it. */
  pledge(sender: Sender, jobId: bigint, proof: Uint8Array): { commit: Message; salt: Uint8Array } {
    const salt = new Uint8Array(randomBytes(32));
    const hash = faultCommitment({ chainId: this.world.net.chainId, jobId, sender: sender.address, salt, proof });
    return { commit: message(MsgCommitFault, { sender: sender.address, jobId, hash }), salt };
  }

  /** Commits to a proof: the bond is taken. */
  async commitFault(sender: Sender, jobId: bigint, proof: Uint8Array): Promise<Pledge> {
    const { commit, salt } = this.pledge(sender, jobId, proof);
    const { response } = await sender.call<MsgCommitFaultResponse>(commit, MsgCommitFaultResponse, { gas: GAS, signal: this.world.signal });
    return { sender, jobId, salt, proof, id: response.commitmentId, deadline: response.deadline };
  }

  reveal({ sender, jobId, salt, proof }: Pick<Pledge, 'sender' | 'jobId' | 'salt' | 'proof'>): Message {
    return message(MsgProveFault, { sender: sender.address, jobId, salt, proof });
  }

  /** Reveals a proof and returns the verdict as the response states it. */
  async proveFault(pledge: Pledge): Promise<MsgProveFaultResponse & { hash: string }> {
    const sent = await pledge.sender.call<MsgProveFaultResponse>(this.reveal(pledge), MsgProveFaultResponse, { gas: GAS, signal: this.world.signal });
    return { ...sent.response, hash: sent.hash };
  }

  /** A fault is committed to and proved; the chain must convict. */
  async convict(sender: Sender, jobId: bigint, proof: Uint8Array): Promise<void> {
    const pledge = await this.commitFault(sender, jobId, proof);
    const verdict = await this.proveFault(pledge);
    assert.equal(verdict.convicted, true, `convicted; the referee said ${verdict.code} ${verdict.message}`);
    assert.equal(verdict.explanation?.fault, true);
    const { dispute } = await this.world.net.client.query.dispute.Dispute({ jobId, pagination: undefined });
    assert.equal(dispute?.prover, sender.address);
    assert.deepEqual(Buffer.from(dispute.proofHash), createHash('sha256').update(proof).digest(), 'the dispute names the proof');
  }

  get proofBond(): bigint {
    return BigInt(this.world.dispute.proofBond);
  }

  /** A bond that was lost: half to the worker, half burned. `from`: whose it was. */
  loseBond(from: string): void {
    this.book.pay(from, this.proofBond);
    this.book.get(this.worker.address, this.proofBond / 2n);
    this.book.get(BURN, this.proofBond - this.proofBond / 2n);
  }

  /** Halves of an amount: to the worker, and burned. */
  halve(from: string, amount: bigint): void {
    this.book.pay(from, amount);
    this.book.get(this.worker.address, amount / 2n);
    this.book.get(BURN, amount - amount / 2n);
  }

  /** Waits for the end of a job and reads it back by query: state, reason, and that the module kept nothing. */
  async ended(jobId: bigint, state: JobState, reason = EndReason.END_REASON_UNSPECIFIED): Promise<Job> {
    await this.world.feed.job(jobId, 'ended', (j) => j.state >= JobState.JOB_STATE_FINAL);
    const { job } = await this.world.net.client.query.compute.Job({ id: jobId });
    assert.equal(`${JobState[job!.state]} ${EndReason[job!.reason]}`, `${JobState[state]} ${EndReason[reason]}`, `end of job ${jobId}`);
    return job!;
  }

  /** The dispute of a job, by query. */
  async dispute(jobId: bigint): Promise<Dispute> {
    return (await this.world.net.client.query.dispute.Dispute({ jobId, pagination: undefined })).dispute!;
  }

  /** Costs that a conviction repays into a verifier's deposit. */
  repayDeposit(operator: string, amount: bigint): void {
    this.book.get(depositOf(operator), amount);
  }
}

/** The tree over the weights of a run, as an artifact publishes it. */
export const weightsRootOf = (run: Run): Uint8Array => weightsRoot(run.roots.weight);
